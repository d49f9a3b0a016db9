//! Algorithms, keys, certificates and the one place where octets become `VerifiedOctets`.

mod algorithm;
mod certificate;
mod curve;
mod facts;
mod key;
mod mac;
mod trusted;
mod verify;

pub use algorithm::{DigestAlgorithm, SignatureAlgorithm};
pub use certificate::Certificate;
pub use facts::{CertificateFacts, KeyFacts};
pub use key::{KeyKind, PublicKey};
pub(crate) use mac::SharedSecret;
pub use trusted::{TrustedKey, TrustedKeys};
#[cfg(test)]
pub(crate) use verify::budget;
pub(crate) use verify::{
    PartDigest, PartStart, StreamDigest, VerifiedOctets, VouchedStream, constant_time_eq, sha256_hex, verify,
    verify_legacy, verify_mac,
};
