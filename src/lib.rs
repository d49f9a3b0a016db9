//! Decides whether a federated login is genuine and says who it is for. Pure functions: bytes, trust, policy and `now` in,
//! verdict out. No I/O, no clock, no global state, no `unsafe`.
//!
//! # The way data flows
//!
//! ```text
//!           parse(limits)         verify(trusted keys)          validate(policy, now)
//! &[u8] ------------------> Unverified<T> ----------> Verified<U> ---------------------> Validated<U>
//!           xml/  encoding/   no accessor   crypto/     crate-only    report.rs mints      Deref
//!                                 |         mints                     ChecksPassed
//!                                 |         VerifiedOctets
//!                                 +------------------ explain(expectations, now) ------> Diagnosis (never a proof)
//! ```
//!
//! The same checks decide and explain, and nothing that was not hashed ever decides. [`saml::validate`] is the paved road;
//! [`saml::explain`] says why, with the same walk over the same rules.
//!
//! # Modules, from the ground up
//!
//! [`characters`], [`check`], [`instant`], [`limits`], `rule` (words) · [`error`], [`exception`] · [`report`] (one walk, two listeners) · `encoding` ·
//! [`crypto`] · `xml` · `trust` ([`Unverified`], [`Verified`], [`Validated`]) · [`replay`] · [`diagnosis`] ·
//! [`saml`], [`oidc`] · [`mapping`], [`certs`]. `use` points down only; `tests/floors.rs` sees to it.
//!
//! # Example
//!
//! ```
//! use bonafide::saml::{self, Policy, Request, TrustedIdp};
//!
//! let certificate = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/saml/keys/k.crt"));
//! let response = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/saml/base/b-a.xml"));
//! let now = time::macros::datetime!(2026-01-01 00:00:00 UTC);
//!
//! let idp = TrustedIdp::from_pem("https://idp.test", certificate)?;
//! let request = Request::InResponseTo("_req1".to_owned());
//! let policy = Policy::new("https://sp.test/md", ["https://sp.test/acs"], request)?;
//! let login = saml::validate(response, &idp, &policy, now)?;
//! assert_eq!(login.name_id().unwrap().value(), "alice@idp.test");
//!
//! let elsewhere = Policy::new("https://other.test/md", ["https://sp.test/acs"], Request::InResponseTo("_req1".to_owned()))?;
//! let refusal = saml::validate(response, &idp, &elsewhere, now).unwrap_err();
//! assert_eq!((refusal.check().name(), refusal.code().as_str()), ("AudienceMismatch", "SA401"));
//! # Ok::<(), bonafide::error::Error>(())
//! ```
#![forbid(unsafe_code)]
#![forbid(unused_must_use)]
#![deny(missing_docs, unreachable_pub, elided_lifetimes_in_paths)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::as_conversions,
        clippy::arithmetic_side_effects,
    )
)]
#![deny(
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    clippy::missing_errors_doc,
    clippy::disallowed_methods
)]

pub mod certs;
pub mod characters;
pub mod check;
pub mod crypto;
pub mod diagnosis;
mod encoding;
pub mod error;
pub mod exception;
pub mod instant;
pub mod jose;
pub mod json;
pub mod limits;
pub mod mapping;
pub mod oidc;
pub mod replay;
pub mod report;
mod rule;
pub mod saml;
mod trust;
mod xml;

pub use trust::{Unverified, Validated, Verified};

/// Properties of internals, for the fuzz targets.
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing {
    /// What the reader reads canonicalises to octets that say the same and are their own canonical form.
    pub fn xml(data: &[u8]) {
        crate::xml::properties::xml(data);
    }
}

/// The examples of README.md and docs/ compile.
#[cfg(all(doctest, feature = "redirect"))]
mod pages {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/encryption.md")]
    struct Encryption;
    #[doc = include_str!("../docs/service-provider.md")]
    struct ServiceProvider;
}
