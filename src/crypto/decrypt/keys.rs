//! Private keys in this process, by OpenSSL.

use super::rsa::{self, RsaKey};
use super::{ContentKey, Decryptor, KeyManagement, NotUnwrapped, OwnKey, WrappedKey};
use crate::check::Check;
use crate::crypto::algorithm::sha256_hex;
use crate::crypto::certificate::Certificate;
use crate::encoding::pem;
use crate::error::{Failure, Location, Reason};
use crate::limits::{PRIVATE_KEYS, RSA_BITS_MAX, RSA_BITS_MIN_LEGACY};
use core::fmt;
use openssl::pkey::{Id, PKey};
use zeroize::Zeroizing;

/// One to eight private keys of the recipient, newest first by convention: during a rollover the old one stays beside the
/// new one. Which one a message needs is told by the certificate or the name that the message shows; a message that shows
/// neither, or an unknown one, is tried with every key, always all of them.
pub struct PrivateKeys(Vec<PrivateKey>);

struct PrivateKey {
    rsa: RsaKey,
    names: Vec<String>,
    certificate_sha256: Option<String>,
}

impl PrivateKeys {
    /// Every private key of a PEM text: PKCS#8 (`PRIVATE KEY`) or PKCS#1 (`RSA PRIVATE KEY`), not encrypted. A certificate in
    /// the same text is the label of the key that belongs to it.
    ///
    /// # Errors
    /// `NoTrustedKey`: no private key in it. `KeyMalformed`: a block cannot be read, or is encrypted with a passphrase.
    /// `AlgUnsupported`: a key that is not RSA. `WeakKey`, `KeyTooLarge`: RSA below 1024 or above 8192 bits. `LimitKeys`: more
    /// than eight.
    pub fn from_pem(text: &str) -> Result<Self, Failure> {
        let mut keys = Vec::new();
        let mut certificates = Vec::new();
        for block in pem::blocks(text) {
            match (block.label.as_str(), block.der) {
                ("PRIVATE KEY" | "RSA PRIVATE KEY", Some(der)) => keys.push(PrivateKey::from_der(&der)?),
                ("CERTIFICATE", Some(der)) => certificates.push(Certificate::from_der(&der)?),
                ("ENCRYPTED PRIVATE KEY", _) => {
                    return Err(malformed("a private key that is encrypted with a passphrase"));
                }
                (label, None) if label.ends_with("PRIVATE KEY") => {
                    return Err(malformed("a PEM block that is not base64"));
                }
                _ => {}
            }
        }
        for key in &mut keys {
            let own = certificates.iter().find(|certificate| certificate.spki_sha256() == key.rsa.label);
            key.certificate_sha256 = own.map(|certificate| certificate.sha256().to_owned());
        }
        Self::new(keys)
    }

    /// One private key in DER: PKCS#8 or PKCS#1.
    ///
    /// # Errors
    /// As [`PrivateKeys::from_pem`].
    pub fn from_der(der: &[u8]) -> Result<Self, Failure> {
        Self::new(vec![PrivateKey::from_der(der)?])
    }

    /// These keys, then the other ones.
    ///
    /// # Errors
    /// `LimitKeys`: more than eight together.
    pub fn and(mut self, mut other: Self) -> Result<Self, Failure> {
        self.0.append(&mut other.0);
        Self::new(self.0)
    }

    /// The same keys, known by one more name (`ds:KeyName` of messages).
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        for key in &mut self.0 {
            key.names.push(name.to_owned());
        }
        self
    }

    /// How many keys there are: 1 to 8.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.0.len()
    }

    fn new(keys: Vec<PrivateKey>) -> Result<Self, Failure> {
        if keys.is_empty() {
            let reason = Reason::Stated("no private key");
            return Err(Failure::new(Check::NoTrustedKey, reason, Location::default()));
        }
        if keys.len() > PRIVATE_KEYS {
            let reason = Reason::Limit { limit: PRIVATE_KEYS, unit: "keys", found: Some(keys.len()) };
            return Err(Failure::new(Check::LimitKeys, reason, Location::default()));
        }
        Ok(Self(keys))
    }

    /// The key that the hint names, else all. The choice depends on public values only.
    fn candidates(&self, wrapped: &WrappedKey<'_>) -> Vec<&PrivateKey> {
        let hint = wrapped.hint();
        let shown = hint.certificate.and_then(|der| Certificate::from_der(der).ok());
        let by_certificate =
            |key: &&PrivateKey| shown.as_ref().is_some_and(|shown| shown.spki_sha256() == key.rsa.label);
        let by_name = |key: &&PrivateKey| {
            hint.name.is_some_and(|name| key.rsa.label == name || key.names.iter().any(|own| own == name))
        };
        let named: Vec<&PrivateKey> =
            self.0.iter().filter(|key| by_certificate(key) || by_name(key)).collect();
        if named.is_empty() { self.0.iter().collect() } else { named }
    }
}

impl Decryptor for PrivateKeys {
    fn unwrap_key(&self, wrapped: &WrappedKey<'_>) -> Result<ContentKey, NotUnwrapped> {
        match wrapped.method() {
            KeyManagement::RsaOaep { .. } | KeyManagement::RsaPkcs1 => {
                let keys: Vec<&RsaKey> = self.candidates(wrapped).into_iter().map(|key| &key.rsa).collect();
                rsa::unwrap_key(&keys, wrapped)
            }
            _ => Err(NotUnwrapped),
        }
    }

    fn own_keys(&self) -> Vec<OwnKey> {
        let own = |key: &PrivateKey| OwnKey {
            label: key.rsa.label.clone(),
            certificate_sha256: key.certificate_sha256.clone(),
        };
        self.0.iter().map(own).collect()
    }
}

impl PrivateKey {
    fn from_der(der: &[u8]) -> Result<Self, Failure> {
        let key = PKey::private_key_from_der(der)
            .map_err(|_| malformed("not a private key in PKCS#8 or PKCS#1"))?;
        if key.id() != Id::RSA {
            let reason = Reason::Stated("a private key that is not RSA");
            return Err(Failure::new(Check::AlgUnsupported, reason, Location::default()));
        }
        let bits = usize::try_from(key.bits()).unwrap_or(0);
        let (least, most) = (RSA_BITS_MIN_LEGACY, RSA_BITS_MAX);
        if !(least..=most).contains(&bits) {
            let check = if bits < least { Check::WeakKey } else { Check::KeyTooLarge };
            return Err(Failure::new(check, Reason::KeySize { bits, least, most }, Location::default()));
        }
        let public =
            key.public_key_to_der().map_err(|_| malformed("a private key without its public half"))?;
        let private = key.private_key_to_der().map_err(|_| malformed("a private key"))?;
        let private = Zeroizing::new(private);
        let derived = ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, DERIVATION), &private);
        Ok(Self {
            rsa: RsaKey {
                secret: ring::hmac::Key::new(ring::hmac::HMAC_SHA256, derived.as_ref()),
                label: sha256_hex(&public),
                key,
            },
            names: Vec::new(),
            certificate_sha256: None,
        })
    }
}

const DERIVATION: &[u8] = b"bonafide: implicit rejection";

impl fmt::Debug for PrivateKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKeys({})", self.0.len())
    }
}

fn malformed(what: &'static str) -> Failure {
    Failure::new(Check::KeyMalformed, Reason::Stated(what), Location::default())
}
