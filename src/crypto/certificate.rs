//! X.509 certificates as containers of keys: what is inside, until when, and fingerprints. No chain is built.

use super::algorithm::sha256_hex;
use super::key::PublicKey;
use crate::check::Check;
use crate::encoding::armour::{self, Item};
use crate::error::{Failure, Location, Reason};
use crate::instant::Instant;
use crate::limits::CERTIFICATE_BYTES;
use core::fmt;
use x509_parser::prelude::{FromDer, X509Certificate};

/// A parsed certificate (RFC 5280 section 4.1).
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    key: PublicKey,
    subject: String,
    issuer: String,
    serial: String,
    not_before: Instant,
    not_after: Instant,
    sha256: String,
    spki_sha256: String,
}

impl Certificate {
    /// Reads one DER certificate and the public key in it.
    ///
    /// # Errors
    /// `KeyMalformed`: not a certificate, or octets after it, or a key that is none. `AlgUnsupported`: a kind of key that
    /// nothing here can use. `WeakKey`: an Ed25519 key of small order.
    pub fn from_der(der: &[u8]) -> Result<Self, Failure> {
        if der.len() > CERTIFICATE_BYTES {
            return Err(malformed("a certificate larger than the limit"));
        }
        let (rest, certificate) =
            X509Certificate::from_der(der).map_err(|_| malformed("not an X.509 certificate"))?;
        if !rest.is_empty() {
            return Err(malformed("octets after the certificate"));
        }
        let validity = certificate.validity();
        Ok(Self {
            key: PublicKey::from_spki(certificate.public_key())?,
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            serial: certificate.raw_serial_as_string(),
            not_before: Instant::from_unix(validity.not_before.timestamp(), 0),
            not_after: Instant::from_unix(validity.not_after.timestamp(), 0),
            sha256: sha256_hex(der),
            spki_sha256: sha256_hex(certificate.public_key().raw),
        })
    }

    /// The DER octets of the first certificate in a file as people have it, tolerantly: see
    /// [`TrustedKeys::from_any_form`](super::TrustedKeys::from_any_form).
    ///
    /// # Errors
    /// In words: what the file is instead.
    pub fn first_in_any_form(octets: &[u8]) -> Result<Vec<u8>, &'static str> {
        let mut instead = None;
        for item in armour::items(octets) {
            match item {
                Item::Certificate(der) => return Ok(der),
                Item::PublicKey(_) => instead = instead.or(Some("a public key; give the certificate")),
                Item::Other(what) => instead = instead.or(Some(what)),
            }
        }
        Err(instead.unwrap_or("no certificate in it"))
    }

    /// The public key.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The subject, as a string of relative distinguished names.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The issuer, as a string of relative distinguished names.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The serial number, hexadecimal octets separated by colons.
    #[must_use]
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// The first instant of validity.
    #[must_use]
    pub const fn not_before(&self) -> Instant {
        self.not_before
    }

    /// The last instant of validity (inclusive, RFC 5280 section 4.1.2.5).
    #[must_use]
    pub const fn not_after(&self) -> Instant {
        self.not_after
    }

    /// SHA-256 of the DER certificate, hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// SHA-256 of the DER SubjectPublicKeyInfo, hexadecimal: the identity of the key.
    #[must_use]
    pub fn spki_sha256(&self) -> &str {
        &self.spki_sha256
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, {})", self.key.kind(), self.sha256)
    }
}

fn malformed(what: &'static str) -> Failure {
    Failure::new(Check::KeyMalformed, Reason::Stated(what), Location::default())
}
