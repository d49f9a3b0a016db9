//! One identity from either protocol: a closed, declarative mapping from claims to key, fields, roles and assurance.
//!
//! A [`Mapping`] is written as JSON, or as TOML with the feature `toml`. It has no expressions: every operation is total and
//! linear, so that [`Mapping::who`] can tell who can become admin before anybody logs in. No rule, no role, no login.
//!
//! ```
//! use bonafide::mapping::{Mapping, Sample};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let example = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/mapping/example.json"));
//! // The mapping of testdata/mapping/example.json: issuer, tenant, key, e-mail, groups, two roles.
//! let mapping = Mapping::from_json(example)?;
//! let now = time::OffsetDateTime::from_unix_timestamp(1_780_272_000)?; // 2026-06-01
//!
//! // A login by SAML and one by OpenID Connect, here written down; `Mapping::apply` takes validated ones.
//! let saml = Sample::from_json(r#"{ "protocol": "saml",
//!     "issuer": "https://sts.windows.net/11111111-2222-3333-4444-555555555555/",
//!     "attributes": {
//!         "http://schemas.microsoft.com/identity/claims/objectidentifier": "aaaaaaaa-0000-4000-8000-0000000000aa",
//!         "http://schemas.microsoft.com/identity/claims/tenantid": "11111111-2222-3333-4444-555555555555",
//!         "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": "Ada@acme.example",
//!         "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups": ["app-users", "app-wiki"] } }"#)?;
//! let oidc = Sample::from_json(r#"{ "protocol": "oidc", "claims": {
//!     "iss": "https://sts.windows.net/11111111-2222-3333-4444-555555555555/", "sub": "pairwise",
//!     "oid": "aaaaaaaa-0000-4000-8000-0000000000aa", "tid": "11111111-2222-3333-4444-555555555555",
//!     "email": "ada@acme.example", "groups": ["app-users", "app-wiki"] } }"#)?;
//!
//! let (one, other) = (mapping.simulate(&saml, now)?, mapping.simulate(&oidc, now)?);
//! assert_eq!(one.subject_key(), other.subject_key());
//! assert_eq!(one.value("email"), Some("ada@acme.example"));
//! assert_eq!(one.value("email"), other.value("email"));
//! assert_eq!(one.roles(), other.roles());
//! assert!(one.has_role("viewer") && !one.has_role("admin"));
//!
//! // Who can become admin at all? The members of one group, until a day.
//! let who = mapping.who("admin", now);
//! assert_eq!(who.rules[0].any[0].label.as_deref(), Some("SG-Payroll-Admins"));
//! # Ok(())
//! # }
//! ```
//!
//! The same with two logins that were signed, by xmlsec1 and by PyJWT:
//!
//! ```
//! use bonafide::mapping::Mapping;
//! use bonafide::{oidc, saml};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # macro_rules! data { ($file:literal) => { include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/", $file)) } }
//! let now = time::macros::datetime!(2026-06-01 00:05:00 UTC);
//! let issuer = "https://sts.windows.net/11111111-2222-3333-4444-555555555555/";
//! let mapping = Mapping::from_json(data!("mapping/example.json"))?;
//!
//! let idp = saml::TrustedIdp::from_pem(issuer, data!("saml/keys/k.crt"))?;
//! let request = saml::Request::InResponseTo("_req1".to_owned());
//! let policy = saml::Policy::new("https://app.acme.example/metadata", ["https://app.acme.example/acs"], request)?;
//! let assertion = saml::validate(data!("mapping/login.xml").as_bytes(), &idp, &policy, now)?;
//!
//! let provider = oidc::TrustedProvider::from_jwks(issuer, data!("mapping/login-jwks.json").as_bytes())?;
//! let policy = oidc::Policy::new("client1", oidc::Nonce::Expected("n-0S6_WzA2Mj".to_owned())).unwrap();
//! let id_token = oidc::verify(data!("mapping/login.jwt").trim(), &provider, &policy, now)?;
//!
//! let (one, other) = (mapping.apply(&assertion, now)?, mapping.apply(&id_token, now)?);
//! assert_eq!(one.subject_key(), other.subject_key());
//! assert_eq!((one.value("email"), one.roles()), (other.value("email"), other.roles()));
//! # Ok(())
//! # }
//! ```
//!
//! # The language, version 1
//!
//! `preset` names a [`Preset`]: aliases, subject key, caps and assurance table of one provider.
//!
//! | table | members |
//! |---|---|
//! | `accept` | `issuers`, `tenants`, `scopes`, `reserved_prefixes`, `userinfo` = `signed` or `fetched`; `email_verified` = `boolean` or `text` is still read and says nothing any more |
//! | `subject` | `key`: alternatives, each a list of names; `case` = `exact` or `ascii_lower` |
//! | `field.NAME` | `from`, `concat`, `required`, `values` = `one`, `first` or `many`, `ops`, `keep`, `default`, `on_absent` = `empty`, `deny` or `host`, `on_overage` = `deny` or `host`, `max`, `verified_by` = `claim`, `domain`, `idp` or `none`, `domains`, `verified_for` = list of `issuer`, `by`, `domains` |
//! | `const`, `labels` | texts; labels are never matched |
//! | `assurance` | `acr`, `amr`, `acrs`, `authn_context`: value to level |
//! | `roles` | `default`, `on_none` = `deny` or `allow`, `combine` = `union`, `first` or `highest`, `order`, `conflicts`, `privileged` |
//! | `role` (list) | `grant`, `any`, `all`, `none`: field to listed values; `assurance`, `owner`, `ticket`, `expires` |
//!
//! A name in `from` and `key` is an exact claim or attribute name, a path into a token, `issuer`, `nameid` or `nameid.FORMAT`.
//! A path is made of member names with dots (`realm_access.roles`); `[]` takes every element of a list (`groups[].name`), and
//! `{}` at its end the names of the members of an object, but for those that are `false` or `null`
//! (`urn:zitadel:iam:org:project:roles{}`). Operations: `trim ascii_lower ascii_upper nfc split join strip_prefix strip_suffix before after dn_rdn
//! guid scope_check table keep drop prefix suffix drop_empty dedup sort`. What an operation cannot read it drops. Values are
//! compared as a whole, byte by byte; there is no substring matching.
//!
//! A value that a key or a rule reads and that holds an invisible character, or white space other than ASCII's at an end, is
//! refused before any operation sees it. White space is that of ASCII for `trim`, `dn_rdn` and `guid`. `split` takes one text
//! apart, never the elements of a JSON list, not even of a list of one. Reserved prefixes are looked for before the operations
//! and after them. `email_verified` vouches when it is `true`, or the text `true` in any case.
//!
//! What is absent, empty, behind a link or unproven satisfies no clause; a `none` clause holds only for a list that is known
//! to be whole.

mod apply;
mod assurance;
mod claims;
mod diff;
mod document;
mod expect;
mod explain;
mod field;
mod identity;
mod input;
mod judge;
mod lint;
mod missing;
mod names;
mod near;
mod note;
mod ops;
mod path;
mod pattern;
mod plan;
mod preset;
mod reach;
mod resolve;
mod roles;
mod sample;
mod sources;
mod subject;
mod unique;
mod unused;
mod walk;
mod who;

pub use assurance::{Assurance, Level};
pub use claims::{ClaimSource, Claims, Origin};
pub use diff::{Diff, NewValue, RoleChange, SampleChange};
pub use expect::{Difference, Tested};
pub use explain::Explanation;
pub use identity::{FieldValue, Granted, Identity, Outcome, Withheld};
pub use input::{Hints, Input, Resolved};
pub use missing::{Candidate, How, Missing};
pub use note::Note;
pub use plan::Mapping;
pub use preset::Preset;
pub use reach::Reach;
pub use resolve::{Overage, State, Unproven};
pub use sample::{Expect, Sample};
pub use walk::{ClauseTrace, FieldTrace, KeyTrace, RuleTrace, Trace, Tried};
pub use who::{Who, WhoRule, WhoValue};

#[cfg(test)]
mod tests;
