//! Samples: claims written down as JSON, to try a mapping before anybody logs in. They never become an [`Identity`](super::Identity).

use super::claims::{Claims, Datum, Origin, Subject};
use super::identity::Outcome;
use super::input::{Hints, Input, Resolved};
use super::plan::Mapping;
use super::unique::Table;
use super::walk::Walk;
use crate::check::Check;
use crate::error::{Location, Malformed, Protocol, Quoted, Reason, Rejection};
use crate::instant::Instant;
use crate::report::Provenance;
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use time::OffsetDateTime;

/// Claims that somebody wrote down, with what is expected of them.
///
/// ```json
/// { "name": "a payroll admin", "protocol": "saml", "issuer": "https://idp.test",
///   "nameid": { "value": "u1", "format": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" },
///   "attributes": { "groups": ["g1", "g2"], "mail": "a@acme.example" },
///   "authn_context": "https://refeds.org/profile/mfa",
///   "expect": { "roles": ["admin"] } }
/// ```
///
/// or `"protocol": "oidc"` with `claims`, and optionally `userinfo`, `userinfo_signed`, `access_token`, `resolved`,
/// `scopes` (of the issuer) and `requested_scopes`. The claims of an ID token alone are read too.
pub struct Sample {
    written: Written,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Written {
    name: String,
    comment: String,
    protocol: Kind,
    issuer: String,
    nameid: Option<NameId>,
    attributes: Attributes,
    authn_context: Texts,
    authn_instant: Option<String>,
    claims: serde_json::Map<String, Value>,
    userinfo: Option<serde_json::Map<String, Value>>,
    userinfo_signed: bool,
    access_token: Option<serde_json::Map<String, Value>>,
    resolved: Vec<List>,
    scopes: Vec<String>,
    requested_scopes: Option<Vec<String>>,
    unsigned_names: Vec<String>,
    encrypted_part: bool,
    expect: Option<Expect>,
}

#[derive(Clone, Copy, Deserialize, Default, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Saml,
    #[default]
    Oidc,
    /// A call with an access token.
    AccessToken,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct NameId {
    value: String,
    format: Option<String>,
    name_qualifier: Option<String>,
    sp_name_qualifier: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Attributes {
    ByName(Table<Value>),
    InOrder(Vec<Attribute>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attribute {
    name: String,
    #[serde(default)]
    friendly_name: Option<String>,
    #[serde(default)]
    values: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Texts {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    claim: String,
    owner: (String, String),
    source: String,
    values: Vec<String>,
}

/// What a sample should lead to. What is not named is not compared.
#[derive(Clone, Debug, Deserialize, Default, PartialEq)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Expect {
    /// Exactly these roles.
    pub roles: Option<Vec<String>>,
    /// Refused with this code, such as `CM107`.
    pub refused: Option<String>,
    /// Refused by this check, such as `RoleNotGranted`.
    pub check: Option<String>,
    /// The subject key.
    pub key: Option<String>,
    /// The values of these fields; an empty list: no usable value.
    pub fields: std::collections::BTreeMap<String, Vec<String>>,
    /// The states of these fields, such as `unproven`.
    pub states: std::collections::BTreeMap<String, String>,
    /// The level of assurance.
    pub assurance: Option<String>,
    /// Codes that the notes must hold, all of them and no others.
    pub notes: Option<Vec<String>>,
}

impl Default for Attributes {
    fn default() -> Self {
        Self::InOrder(Vec::new())
    }
}

impl Default for Texts {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Sample {
    /// Reads a sample.
    ///
    /// # Errors
    /// `JsonMalformed` or, when it is JSON but not a sample, `ConfigurationInvalid`.
    pub fn from_json(text: &str) -> Result<Self, Malformed> {
        let value: Value = serde_json::from_str(text).map_err(|error| wrong(Check::JsonMalformed, &error))?;
        Self::from_value(value)
    }

    /// Reads a sample that was parsed already.
    ///
    /// # Errors
    /// `ConfigurationInvalid` when it is not a sample.
    pub fn from_value(value: Value) -> Result<Self, Malformed> {
        let bare = value.get("protocol").is_none() && value.get("iss").is_some();
        let written = match value {
            Value::Object(claims) if bare => Written { claims, ..Written::default() },
            other => {
                serde_json::from_value(other).map_err(|error| wrong(Check::ConfigurationInvalid, &error))?
            }
        };
        Ok(Self { written })
    }

    /// Its name, or nothing.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.written.name
    }

    /// What it is there to show, or nothing.
    #[must_use]
    pub fn comment(&self) -> &str {
        &self.written.comment
    }

    /// What it should lead to.
    #[must_use]
    pub const fn expect(&self) -> Option<&Expect> {
        self.written.expect.as_ref()
    }

    pub(super) fn input(&self) -> Input<'_> {
        let sample = &self.written;
        let login = match sample.protocol {
            Kind::Saml => self.assertion(),
            Kind::Oidc => token(Origin::IdToken, Provenance::Signed, &sample.claims, ""),
            Kind::AccessToken => token(Origin::AccessToken, Provenance::Signed, &sample.claims, ""),
        };
        let issuer = login.issuer.clone().into_owned();
        let mut input = Input::of(login);
        if let Some(claims) = &sample.userinfo {
            let provenance = if sample.userinfo_signed { Provenance::Signed } else { Provenance::Unsigned };
            input = input.with_claims(token(Origin::UserInfo, provenance, claims, &issuer));
        }
        if let Some(claims) = &sample.access_token {
            input = input.with_claims(token(Origin::AccessToken, Provenance::Signed, claims, &issuer));
        }
        for list in &sample.resolved {
            let owner = (&*list.owner.0, &*list.owner.1);
            let values = list.values.iter().map(|value| &**value);
            input = input.with_resolved(Resolved::new(&list.claim, owner, &list.source, values));
        }
        let mut hints = Hints::new().with_unsigned_names(sample.unsigned_names.iter().map(|name| &**name));
        if let Some(scopes) = &sample.requested_scopes {
            hints = hints.with_requested_scopes(scopes.iter().map(|scope| &**scope));
        }
        if sample.encrypted_part {
            hints = hints.with_encrypted_part();
        }
        input.with_scopes(sample.scopes.iter().map(|scope| &**scope)).with_hints(hints)
    }

    fn assertion(&self) -> Claims<'_> {
        let sample = &self.written;
        let mut claims = Claims::new(Origin::Assertion, Provenance::Signed, &*sample.issuer);
        if let Some(nameid) = &sample.nameid {
            claims = claims.with_subject(subject(nameid));
        }
        match &sample.attributes {
            Attributes::ByName(table) => {
                for (name, value) in table.iter() {
                    let values = match value {
                        Value::Array(values) => values.iter().map(attribute_value).collect(),
                        other => vec![attribute_value(other)],
                    };
                    claims = claims.with_attribute(&**name, None, values);
                }
            }
            Attributes::InOrder(list) => {
                for attribute in list {
                    let friendly = attribute.friendly_name.as_deref().map(Cow::Borrowed);
                    let values = attribute.values.iter().map(attribute_value).collect();
                    claims = claims.with_attribute(&*attribute.name, friendly, values);
                }
            }
        }
        let contexts = match &sample.authn_context {
            Texts::One(text) => core::slice::from_ref(text),
            Texts::Many(texts) => texts,
        };
        for context in contexts {
            claims = claims.with_context(&**context);
        }
        let at = sample.authn_instant.as_deref().and_then(|text| crate::encoding::datetime::parse(text).ok());
        claims.with_authenticated_at(at)
    }
}

impl Mapping {
    /// What [`apply`](Self::apply) would make of a login with these claims. The very same rules; the result proves nothing.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn simulate(&self, sample: &Sample, now: OffsetDateTime) -> Result<Outcome, Rejection> {
        self.evaluate(&sample.input(), Instant::from(now), &mut Walk::deciding())
            .map_err(|failure| Rejection::new(Protocol::Mapping, failure))
    }
}

fn subject(nameid: &NameId) -> Subject<'_> {
    Subject {
        value: Cow::Borrowed(&nameid.value),
        format: nameid.format.as_deref().map(Cow::Borrowed),
        name_qualifier: nameid.name_qualifier.as_deref().map(Cow::Borrowed),
        sp_name_qualifier: nameid.sp_name_qualifier.as_deref().map(Cow::Borrowed),
    }
}

/// A text, `null` for `xsi:nil`, `{"nameid": {...}}`, or another object for XML elements.
fn attribute_value(value: &Value) -> Datum<'_> {
    match value {
        Value::Object(members) => match members.get("nameid") {
            Some(Value::Object(nameid)) => {
                let text = |name: &str| nameid.get(name).and_then(Value::as_str).map(Cow::Borrowed);
                Datum::NameId(Box::new(Subject {
                    value: text("value").unwrap_or_default(),
                    format: text("format"),
                    name_qualifier: text("name_qualifier"),
                    sp_name_qualifier: text("sp_name_qualifier"),
                }))
            }
            _ => Datum::Xml,
        },
        other => Datum::from(other),
    }
}

fn token<'a>(
    origin: Origin,
    provenance: Provenance,
    members: &'a serde_json::Map<String, Value>,
    issuer: &str,
) -> Claims<'a> {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let issuer = text("iss").map_or_else(|| Cow::Owned(issuer.to_owned()), Cow::Borrowed);
    let mut claims = Claims::new(origin, provenance, issuer);
    if let Some(sub) = text("sub") {
        claims = claims.with_subject(Subject { value: Cow::Borrowed(sub), ..Subject::default() });
    }
    for (name, value) in members {
        claims = claims.with_claim(&**name, Datum::from(value));
    }
    let at = members.get("auth_time").and_then(Value::as_i64);
    claims.with_authenticated_at(at.map(|seconds| Instant::from_unix(seconds, 0)))
}

fn wrong(check: Check, error: &serde_json::Error) -> Malformed {
    Malformed::new(check, Protocol::Mapping, "the text is not a sample", Location::default())
        .with_reason(Reason::Found { what: "in the sample", found: Quoted::tenant(&error.to_string()) })
}

impl core::fmt::Debug for Sample {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Sample({:?})", self.written.name)
    }
}
