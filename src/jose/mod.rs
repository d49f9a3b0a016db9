//! JSON Object Signing and Encryption, the part that logins need: compact JWS (RFC 7515), compact JWE around
//! one (RFC 7516) and JWK sets (RFC 7517).
//!
//! A header only selects among keys and algorithms that the caller configured. It never brings a key (policy P9), except in
//! a DPoP proof, which has its own entry point.

mod algorithm;
mod compact;
#[cfg(test)]
mod conformance;
mod error;
mod header;
mod jwe;
mod jwk;
mod key_forms;
mod keyset;
mod refresh;
mod roca;
mod verify;

pub use algorithm::{Algorithm, MacAlgorithm};
pub use jwe::{ContentEncryptionAlgorithm, Decrypted, DecryptionKey, DecryptionKeys, KeyManagementAlgorithm};
pub use keyset::{KeySelection, KeySet, SkippedKey};
pub use refresh::{Advice, RefreshAdvice};

pub(crate) use algorithm::{AlgorithmSet, Signer};
pub(crate) use compact::{Compact, is_encrypted};
pub(crate) use error::to_error;
pub(crate) use header::{HeaderKey, HeaderRules, TypRule};
pub(crate) use verify::{Keys, Signed, announced_signer, untrusted_header, verify, verify_by_header_key};
