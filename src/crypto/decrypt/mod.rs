//! Decryption: who unwraps a content-encryption key, and how content is decrypted with it.
//!
//! The key that unwraps is the application's own and may live elsewhere: a [`Decryptor`] is implemented by an adapter to an
//! HSM or a KMS without OpenSSL, or by `PrivateKeys` (feature `decryption`). Content is decrypted here: AES-GCM by ring, which
//! hands out nothing before the tag holds.
//!
//! There is one failure. Whether a key did not unwrap, a padding was wrong or a tag did not hold cannot be told apart: when a
//! key does not unwrap, the content is decrypted all the same with a key that leads nowhere.

#[cfg(feature = "decryption")]
mod cbc_hmac;
mod content;
#[cfg(feature = "decryption")]
mod keys;
#[cfg(feature = "decryption")]
mod rsa;

#[cfg(feature = "decryption")]
pub(crate) use cbc_hmac::{Authenticated, open_cbc_hmac};
pub use content::ContentCipher;
pub(crate) use content::{Plaintext, Sealed, open};
#[cfg(feature = "decryption")]
pub use keys::PrivateKeys;

use super::algorithm::DigestAlgorithm;
use super::certificate::Certificate;
use super::verify::constant_time_eq;
use core::fmt;
use zeroize::Zeroizing;

/// Unwraps content-encryption keys with private or secret keys that it holds: an HSM, a KMS, or `PrivateKeys`.
///
/// It is asked after everything about the message was judged that can be judged without a key: shapes, limits, allow-lists.
/// One message causes at most [`UNWRAPPED_KEYS`](crate::limits::UNWRAPPED_KEYS) calls.
///
/// An implementation must not tell by its answer or its time *why* a key did not unwrap. With RSAES-PKCS1-v1_5 it must not
/// tell *that* it did not: it returns a key of the wanted length that depends on the wrapped octets and on a secret
/// (implicit rejection).
pub trait Decryptor: Send + Sync {
    /// The octets that [`KeyManagement`] promises for the method, in plain form.
    ///
    /// # Errors
    /// [`NotUnwrapped`]: for any reason.
    fn unwrap_key(&self, wrapped: &WrappedKey<'_>) -> Result<ContentKey, NotUnwrapped>;

    /// Labels of the keys that it holds, for reports; none by default.
    fn own_keys(&self) -> Vec<OwnKey> {
        Vec::new()
    }
}

/// The key did not unwrap. It says nothing else on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "implementations outside return it, and it never gets a field")]
pub struct NotUnwrapped;

impl fmt::Display for NotUnwrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the key did not unwrap")
    }
}

impl std::error::Error for NotUnwrapped {}

/// How the content-encryption key reaches the recipient, and which octets an unwrapping returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyManagement<'a> {
    /// RSAES-OAEP (RFC 8017 section 7.1). Returns the content-encryption key.
    RsaOaep {
        /// The digest.
        digest: DigestAlgorithm,
        /// The digest of MGF1; it may differ from the other one.
        mgf1: DigestAlgorithm,
        /// The label (`OAEPparams`); mostly empty.
        label: &'a [u8],
    },
    /// RSAES-PKCS1-v1_5 (RFC 8017 section 7.2), only under a dated exception. Returns the content-encryption key, or one that
    /// looks like it: never an error that depends on the padding.
    RsaPkcs1,
    /// AES key wrap (RFC 3394) with a key that both sides hold. Returns the content-encryption key.
    AesKeyWrap {
        /// Octets of the wrapping key: 16, 24 or 32.
        octets: usize,
    },
    /// A key that both sides hold is the content-encryption key (JWE `dir`). Returns that key; nothing is wrapped.
    Direct,
    /// Diffie-Hellman on an elliptic curve with the sender's ephemeral key (RFC 7518 section 4.6). Returns the shared secret Z:
    /// the x coordinate, as long as the field; for X25519 the 32 octets of RFC 7748 section 6.1. Key derivation and what is
    /// wrapped with the derived key are not its business. A point that is not on the curve must be refused.
    EcdhEs {
        /// The curve of both keys.
        curve: AgreementCurve,
        /// The x coordinate of the sender's point, as long as the field; for X25519 its u coordinate.
        x: &'a [u8],
        /// The y coordinate; empty for X25519.
        y: &'a [u8],
    },
}

/// A curve of key agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AgreementCurve {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// X25519 (RFC 7748).
    X25519,
}

impl AgreementCurve {
    /// Octets of a coordinate and of the shared secret.
    #[must_use]
    pub const fn octets(self) -> usize {
        match self {
            Self::P256 | Self::X25519 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// What a message says about the key that it was encrypted for. Anybody can have written it: it chooses among keys of the
/// recipient, nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecipientHint<'a> {
    /// `ds:KeyName`, or `kid` of a token.
    pub name: Option<&'a str>,
    /// A DER certificate with the public key (`ds:X509Certificate`, `x5c`).
    pub certificate: Option<&'a [u8]>,
}

impl<'a> RecipientHint<'a> {
    /// The hint with a name.
    #[must_use]
    pub const fn with_name(mut self, name: &'a str) -> Self {
        self.name = Some(name);
        self
    }

    /// The hint with a certificate.
    #[must_use]
    pub const fn with_certificate(mut self, der: &'a [u8]) -> Self {
        self.certificate = Some(der);
        self
    }
}

/// One wrapped content-encryption key.
#[derive(Clone, Copy)]
pub struct WrappedKey<'a> {
    method: KeyManagement<'a>,
    octets: &'a [u8],
    key_octets: usize,
    hint: RecipientHint<'a>,
}

impl<'a> WrappedKey<'a> {
    /// Wrapped octets (empty where the method wraps nothing) and the octets of the key that is wanted from them.
    #[must_use]
    pub const fn new(method: KeyManagement<'a>, octets: &'a [u8], key_octets: usize) -> Self {
        Self { method, octets, key_octets, hint: RecipientHint { name: None, certificate: None } }
    }

    /// The same with what the message says about the recipient's key.
    #[must_use]
    pub const fn with_hint(mut self, hint: RecipientHint<'a>) -> Self {
        self.hint = hint;
        self
    }

    /// How the key is wrapped.
    #[must_use]
    pub const fn method(&self) -> KeyManagement<'a> {
        self.method
    }

    /// The wrapped octets, as received.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// How many octets the answer must have.
    #[must_use]
    pub const fn key_octets(&self) -> usize {
        self.key_octets
    }

    /// What the message says about the recipient's key.
    #[must_use]
    pub const fn hint(&self) -> RecipientHint<'a> {
        self.hint
    }
}

impl fmt::Debug for WrappedKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WrappedKey({} bytes)", self.octets.len())
    }
}

/// Secret octets: a content-encryption key or a shared secret. Overwritten when dropped, never printed.
pub struct ContentKey {
    octets: Zeroizing<Box<[u8]>>,
    unwrapped_with: Option<String>,
}

impl ContentKey {
    /// The octets. The caller's copy is its own to overwrite.
    #[must_use]
    pub fn new(octets: &[u8]) -> Self {
        Self { octets: Zeroizing::new(octets.into()), unwrapped_with: None }
    }

    /// The same, with the label of the key that unwrapped it (the hex SHA-256 of its SubjectPublicKeyInfo, or a name).
    #[must_use]
    pub fn unwrapped_with(mut self, label: &str) -> Self {
        self.unwrapped_with = Some(label.to_owned());
        self
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.octets
    }

    /// The label of the key that unwrapped it. It means something only after the content was decrypted.
    pub(crate) fn label(&self) -> Option<&str> {
        self.unwrapped_with.as_deref()
    }

    /// Length and octets are equal; told in constant time for one length.
    #[allow(dead_code, reason = "used by tests and by tokens")]
    pub(crate) fn is(&self, octets: &[u8]) -> bool {
        constant_time_eq(&self.octets, octets)
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentKey")
    }
}

/// A label of a key that a [`Decryptor`] holds, as reports show it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnKey {
    /// Hex SHA-256 of its SubjectPublicKeyInfo, or the name under which the decryptor knows it.
    pub label: String,
    /// Hex SHA-256 of the certificate that belongs to it.
    pub certificate_sha256: Option<String>,
}

impl OwnKey {
    /// A key by its label.
    #[must_use]
    pub fn new(label: &str) -> Self {
        Self { label: label.to_owned(), certificate_sha256: None }
    }

    /// True when the certificate holds its public key, as far as the labels tell.
    pub(crate) fn is_of(&self, certificate: &Certificate) -> bool {
        self.label == certificate.spki_sha256()
            || self.certificate_sha256.as_deref() == Some(certificate.sha256())
    }

    /// The same with the fingerprint of its certificate.
    #[must_use]
    pub fn with_certificate_sha256(mut self, sha256: &str) -> Self {
        self.certificate_sha256 = Some(sha256.to_owned());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A decryptor that needs neither OpenSSL nor the feature: it "unwraps" by taking a secret off.
    struct Toy;

    impl Decryptor for Toy {
        fn unwrap_key(&self, wrapped: &WrappedKey<'_>) -> Result<ContentKey, NotUnwrapped> {
            let KeyManagement::RsaOaep { .. } = wrapped.method() else { return Err(NotUnwrapped) };
            let plain: Vec<u8> = wrapped.octets().iter().map(|octet| octet ^ 0x5a).collect();
            if plain.len() != wrapped.key_octets() {
                return Err(NotUnwrapped);
            }
            Ok(ContentKey::new(&plain).unwrapped_with("toy"))
        }
    }

    #[test]
    fn a_decryptor_serves_gcm_without_openssl() {
        let key = [7_u8; 16];
        let mut data = b"hello".to_vec();
        let sealing = ring::aead::UnboundKey::new(&ring::aead::AES_128_GCM, &key).unwrap();
        let nonce = ring::aead::Nonce::assume_unique_for_key([1; 12]);
        ring::aead::LessSafeKey::new(sealing)
            .seal_in_place_append_tag(nonce, ring::aead::Aad::from(b"aad"), &mut data)
            .unwrap();
        let wrapped: Vec<u8> = key.iter().map(|octet| octet ^ 0x5a).collect();
        let method = KeyManagement::RsaOaep {
            digest: DigestAlgorithm::Sha256,
            mgf1: DigestAlgorithm::Sha256,
            label: b"",
        };
        let cipher = ContentCipher::Aes128Gcm;
        let run = |wrapped: &[u8], data: &[u8], aad: &[u8]| {
            let (ciphertext, tag) = data.split_at(data.len() - 16);
            let key = Toy.unwrap_key(&WrappedKey::new(method, wrapped, cipher.key_octets()));
            let sealed = Sealed { cipher, iv: &[1; 12], aad, ciphertext, tag };
            open(&key, &sealed).map(|plaintext| plaintext.into_sound().map(|octets| octets.to_vec()))
        };
        assert_eq!(run(&wrapped, &data, b"aad").unwrap().unwrap(), b"hello");
        assert!(run(&wrapped[1..], &data, b"aad").unwrap().is_none());
        assert!(run(&[0; 16], &data, b"aad").unwrap().is_none());
        assert!(run(&wrapped, &data, b"").unwrap().is_none());
        for at in 0..data.len() {
            let mut changed = data.clone();
            changed[at] ^= 1;
            assert!(run(&wrapped, &changed, b"aad").unwrap().is_none(), "{at}");
        }
        assert_eq!(format!("{:?}", ContentKey::new(b"secret")), "ContentKey");
    }
}
