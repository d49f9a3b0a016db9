//! The keys that one party is trusted with. Never empty, parsed once, bound to that party by whoever holds them.

use super::algorithm::SignatureAlgorithm;
use super::certificate::Certificate;
use super::key::PublicKey;
use crate::check::Check;
use crate::encoding::armour::{self, Item};
use crate::encoding::der::Reader;
use crate::encoding::pem;
use crate::error::{Failure, Location, Reason};
use crate::limits::TRUSTED_KEYS;
use zeroize::Zeroizing;

/// One trusted key, with the certificate it came in, if any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    key: PublicKey,
    certificate: Option<Certificate>,
}

impl TrustedKey {
    /// The key of a certificate.
    #[must_use]
    pub fn from_certificate(certificate: Certificate) -> Self {
        Self { key: certificate.key().clone(), certificate: Some(certificate) }
    }

    /// A key without certificate.
    #[must_use]
    pub const fn from_key(key: PublicKey) -> Self {
        Self { key, certificate: None }
    }

    /// The public key.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The certificate that the key came in.
    #[must_use]
    pub const fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    /// The fingerprint that reports show: SHA-256 of the certificate, else of the key material; hexadecimal.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.certificate
            .as_ref()
            .map_or_else(|| self.key.material_id(), |certificate| certificate.sha256().to_owned())
    }
}

/// One to 32 trusted keys. A set without a key cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKeys {
    keys: Vec<TrustedKey>,
    /// Algorithms that the caller named: those that only a feature computes.
    named: Vec<SignatureAlgorithm>,
}

impl TrustedKeys {
    /// The keys, in order of preference.
    ///
    /// # Errors
    /// `NoTrustedKey`: there is none. `LimitKeys`: there are more than 32.
    pub fn new(keys: Vec<TrustedKey>) -> Result<Self, Failure> {
        if keys.is_empty() {
            let reason = Reason::Stated("a trust configuration without a key trusts nobody");
            return Err(Failure::new(Check::NoTrustedKey, reason, Location::default()));
        }
        if keys.len() > TRUSTED_KEYS {
            let reason = Reason::Limit { limit: TRUSTED_KEYS, unit: "keys", found: Some(keys.len()) };
            return Err(Failure::new(Check::LimitKeys, reason, Location::default()));
        }
        Ok(Self { keys, named: Vec::new() })
    }

    /// Every certificate of a PEM text; each block must be readable.
    ///
    /// # Errors
    /// `NoTrustedKey`: no certificate in it. `KeyMalformed`, `WeakKey`, `AlgUnsupported`: one of them cannot be used; none
    /// is skipped silently. `LimitKeys`: more than 32.
    pub fn from_pem(text: &str) -> Result<Self, Failure> {
        let mut keys = Vec::new();
        for block in pem::blocks(text) {
            match block.label.as_str() {
                "CERTIFICATE" | "X509 CERTIFICATE" => {
                    keys.push(TrustedKey::from_certificate(Certificate::from_der(&readable(block.der)?)?));
                }
                // What follows the certificate in such a block is trust settings of OpenSSL.
                "TRUSTED CERTIFICATE" => {
                    let octets = readable(block.der)?;
                    let first = Reader::new(&octets).any().map_or(octets.as_slice(), |first| first.raw);
                    keys.push(TrustedKey::from_certificate(Certificate::from_der(first)?));
                }
                "PUBLIC KEY" => {
                    keys.push(TrustedKey::from_key(PublicKey::from_spki_der(&readable(block.der)?)?))
                }
                _ => {}
            }
        }
        Self::new(keys)
    }

    /// The certificates and public keys of a file as people have it, tolerantly: PEM with anything around and between the blocks,
    /// on one line, with `\n` spelt out, indented or quoted, as UTF-16; DER; PKCS#7; base64 without armour, in JSON or between
    /// XML tags. What is trusted is what is in it: show the fingerprints to whoever gave it. [`TrustedKeys::from_pem`] is strict.
    ///
    /// # Errors
    /// As [`TrustedKeys::from_pem`]. `KeyMalformed` names what can never be meant: a private key, PKCS#12, a request, a
    /// revocation list, a fingerprint, metadata, an HTML page, nothing at all.
    pub fn from_any_form(octets: &[u8]) -> Result<Self, Failure> {
        let mut keys = Vec::new();
        for item in armour::items(octets) {
            keys.push(match item {
                Item::Certificate(der) => TrustedKey::from_certificate(Certificate::from_der(&der)?),
                Item::PublicKey(der) => TrustedKey::from_key(PublicKey::from_spki_der(&der)?),
                Item::Other(what) => {
                    return Err(Failure::new(Check::KeyMalformed, Reason::Stated(what), Location::default()));
                }
            });
            if keys.len() > TRUSTED_KEYS {
                break;
            }
        }
        Self::new(keys)
    }

    /// One DER certificate.
    ///
    /// # Errors
    /// As [`Certificate::from_der`].
    pub fn from_der(der: &[u8]) -> Result<Self, Failure> {
        Self::new(vec![TrustedKey::from_certificate(Certificate::from_der(der)?)])
    }

    /// Accepts signatures by this algorithm as well, which the default build cannot compute: ECDSA with SHA-512 on P-256 or
    /// P-384, ECDSA on P-521. Naming an algorithm that is accepted anyway changes nothing.
    #[cfg(feature = "aws-lc")]
    #[must_use]
    pub fn with_algorithm(mut self, algorithm: SignatureAlgorithm) -> Self {
        self.named.push(algorithm);
        self
    }

    /// True when the caller named the algorithm.
    pub(crate) fn names(&self, algorithm: SignatureAlgorithm) -> bool {
        self.named.contains(&algorithm)
    }

    /// The keys.
    pub fn iter(&self) -> core::slice::Iter<'_, TrustedKey> {
        self.keys.iter()
    }

    /// How many keys there are: 1 to 32.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.keys.len()
    }
}

fn readable(der: Option<Zeroizing<Vec<u8>>>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    der.ok_or_else(|| {
        Failure::new(
            Check::KeyMalformed,
            Reason::Stated("a PEM block that is not base64"),
            Location::default(),
        )
    })
}
