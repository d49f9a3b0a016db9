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
