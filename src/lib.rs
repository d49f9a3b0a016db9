//! Decides whether a federated login is genuine and says who it is for.
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

pub mod check;
pub mod crypto;
pub mod diagnosis;
mod encoding;
pub mod error;
pub mod exception;
pub mod instant;
pub mod limits;
pub mod report;
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
