//! Algorithms, keys, certificates and the one place where octets become `VerifiedOctets`.

mod algorithm;
mod backend;
mod certificate;
mod curve;
mod decrypt;
mod facts;
mod key;
mod mac;
mod signer;
mod trusted;
mod verify;
#[cfg(feature = "xmlsec")]
mod wrapped;

pub(crate) use algorithm::sha256_hex;
pub use algorithm::{DigestAlgorithm, KeyKind, MlDsaSet, SignatureAlgorithm};
pub use certificate::Certificate;
#[cfg(feature = "decryption")]
pub use decrypt::PrivateKeys;
pub use decrypt::{
    AgreementCurve, ContentCipher, ContentKey, Decryptor, KeyManagement, NotUnwrapped, OwnKey, RecipientHint,
    WrappedKey,
};
#[cfg(feature = "decryption")]
pub(crate) use decrypt::{Authenticated, open_cbc_hmac};
pub(crate) use decrypt::{Plaintext, Sealed, open};
pub use facts::{CertificateFacts, KeyFacts};
pub use key::PublicKey;
pub(crate) use mac::SharedSecret;
pub use signer::{Signer, SigningFailed, SigningKey};
pub use trusted::{TrustedKey, TrustedKeys};
#[cfg(test)]
pub(crate) use verify::budget;
pub(crate) use verify::{
    PartDigest, PartStart, StreamDigest, VerifiedOctets, VouchedStream, constant_time_eq, verify,
    verify_legacy, verify_mac, verify_named,
};
