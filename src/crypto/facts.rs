//! What a certificate says about itself, whether or not anything here could verify with its key. For surveys, never for trust:
//! a [`super::Certificate`] is made from the same octets by stricter rules.

use super::algorithm::sha256_hex;
use crate::check::Check;
use crate::encoding::der::{self, Element, Reader};
use crate::encoding::hex;
use crate::error::{Location, Malformed, Protocol};
use crate::instant::Instant;
use crate::limits::CERTIFICATE_BYTES;
use core::fmt;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;
use x509_parser::x509::X509Name;

/// Validity, names, fingerprints and algorithms of a certificate (RFC 5280 section 4.1). Extensions are not read.
#[derive(Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    subject: String,
    issuer: String,
    serial: String,
    not_before: Instant,
    not_after: Instant,
    key: KeyFacts,
    signature_algorithm: String,
    weak_signature: bool,
    sha256: String,
    sha1: String,
}

impl CertificateFacts {
    /// Reads one certificate.
    ///
    /// # Errors
    /// `KeyMalformed`: not the structure of a certificate, a date that is none, octets after it, or more octets than the limit.
    pub fn from_der(octets: &[u8]) -> Result<Self, Malformed> {
        if octets.len() > CERTIFICATE_BYTES {
            return Err(malformed("a certificate larger than the limit", 0));
        }
        let mut outer = Reader::new(octets);
        let Some(certificate) = outer.next(der::SEQUENCE) else {
            let what = if octets.first() == Some(&der::SEQUENCE) {
                "a certificate that is cut off"
            } else {
                "not an X.509 certificate"
            };
            return Err(malformed(what, octets.len()));
        };
        if !outer.rest().is_empty() {
            return Err(malformed("octets after the certificate", certificate.raw.len()));
        }
        Self::read(certificate).ok_or_else(|| malformed("not an X.509 certificate", 0))?
    }

    /// `None`: another structure.
    fn read(certificate: Element<'_>) -> Option<Result<Self, Malformed>> {
        let mut parts = certificate.inside();
        let signed = parts.next(der::SEQUENCE)?;
        let algorithm = parts.next(der::SEQUENCE)?;
        parts.next(der::BIT_STRING)?;
        let mut fields = signed.inside();
        // Version 1 has no version.
        fields.next(der::CONTEXT_0);
        let serial = fields.next(der::INTEGER)?;
        fields.next(der::SEQUENCE)?;
        let issuer = fields.next(der::SEQUENCE)?;
        let mut validity = fields.next(der::SEQUENCE)?.inside();
        let (not_before, not_after) = (validity.any()?, validity.any()?);
        let subject = fields.next(der::SEQUENCE)?;
        let key = KeyFacts::read(fields.next(der::SEQUENCE)?)?;
        // Unique identifiers and extensions: not read, but they must be whole.
        while !fields.rest().is_empty() {
            fields.any()?;
        }
        let (Some(not_before), Some(not_after)) = (time(not_before), time(not_after)) else {
            return Some(Err(malformed("a validity whose dates are none", 0)));
        };
        let (signature_algorithm, weak_signature) = signature(algorithm)?;
        Some(Ok(Self {
            subject: name(subject),
            issuer: name(issuer),
            serial: serial.content.iter().map(|octet| hex::encode(&[*octet])).collect::<Vec<_>>().join(":"),
            not_before,
            not_after,
            key,
            signature_algorithm,
            weak_signature,
            sha256: sha256_hex(certificate.raw),
            sha1: hex::encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate.raw).as_ref()),
        }))
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

    /// The serial number, hexadecimal octets separated by colons, two's complement as it is encoded.
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

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &KeyFacts {
        &self.key
    }

    /// The algorithm with which the issuer signed, such as `sha256WithRSAEncryption`; dotted numbers where it has no name here.
    #[must_use]
    pub fn signature_algorithm(&self) -> &str {
        &self.signature_algorithm
    }

    /// True for MD2, MD4, MD5 and SHA-1.
    #[must_use]
    pub const fn has_weak_signature(&self) -> bool {
        self.weak_signature
    }

    /// SHA-256 of the DER certificate, hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// SHA-1 of the DER certificate, hexadecimal: the thumbprint that consoles show. A name to look up, never a proof.
    #[must_use]
    pub fn sha1(&self) -> &str {
        &self.sha1
    }
}

impl fmt::Debug for CertificateFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateFacts({}, {})", self.key.label, self.sha256)
    }
}

/// What a public key is, by its SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
#[derive(Clone, PartialEq, Eq)]
pub struct KeyFacts {
    label: String,
    weak: bool,
    usable: bool,
    spki_sha256: String,
    /// SHA-256 of the key itself, without its algorithm.
    bits_sha256: String,
}

impl KeyFacts {
    /// Reads a DER SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// `KeyMalformed`: another structure, or octets after it.
    pub fn from_spki_der(octets: &[u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(octets);
        let spki = outer.next(der::SEQUENCE).filter(|_| outer.rest().is_empty());
        spki.and_then(Self::read).ok_or_else(|| malformed("not a SubjectPublicKeyInfo", 0))
    }

    fn read(spki: Element<'_>) -> Option<Self> {
        let mut parts = spki.inside();
        let mut algorithm = parts.next(der::SEQUENCE)?.inside();
        let oid = algorithm.next(der::OID)?.content;
        let parameters = algorithm.any();
        let key = parts.next(der::BIT_STRING)?.content.split_first().map_or(&[][..], |(_, key)| key);
        let (label, weak, usable) = kind(oid, parameters, key);
        Some(Self { label, weak, usable, spki_sha256: sha256_hex(spki.raw), bits_sha256: sha256_hex(key) })
    }

    /// Such as `RSA-2048`, `EC-P-256`, `DSA-1024`, `Ed448`; dotted numbers where it has no name here.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// True for RSA below 2048 bits, DSA, and curves below 224 bits.
    #[must_use]
    pub const fn is_weak(&self) -> bool {
        self.weak
    }

    /// False for kinds of keys that nothing here verifies with, such as DSA, Ed448 and the brainpool curves.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        self.usable
    }

    /// SHA-256 of the DER SubjectPublicKeyInfo, hexadecimal: the identity of the key.
    #[must_use]
    pub fn spki_sha256(&self) -> &str {
        &self.spki_sha256
    }

    /// True for the same key, whatever its algorithm identifier says beside it.
    #[must_use]
    pub fn is_same_key(&self, other: &Self) -> bool {
        self.bits_sha256 == other.bits_sha256
    }
}

impl fmt::Debug for KeyFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyFacts({}, {})", self.label, self.spki_sha256)
    }
}

/// Label, weak, and whether anything here can verify with such a key.
fn kind(oid: &[u8], parameters: Option<Element<'_>>, key: &[u8]) -> (String, bool, bool) {
    match oid {
        RSA | RSA_PSS | RSA_OAEP => {
            let prefix = if oid == RSA {
                "RSA"
            } else if oid == RSA_PSS {
                "RSA-PSS"
            } else {
                "RSA-OAEP"
            };
            let modulus =
                Reader::new(key).next(der::SEQUENCE).and_then(|key| key.inside().next(der::INTEGER));
            match modulus.map(|modulus| bits(modulus.content)) {
                Some(bits) if bits > 0 => {
                    let usable = oid == RSA && bits <= crate::limits::RSA_BITS_MAX;
                    (format!("{prefix}-{bits}"), bits < crate::limits::RSA_BITS_MIN, usable)
                }
                _ => (prefix.to_owned(), true, false),
            }
        }
        DSA => {
            let prime = parameters.and_then(|numbers| numbers.inside().next(der::INTEGER));
            let label = prime.map_or("DSA".to_owned(), |prime| format!("DSA-{}", bits(prime.content)));
            (label, true, false)
        }
        EC => {
            let curve = parameters.filter(|parameters| parameters.tag == der::OID);
            let Some(curve) = curve else { return ("EC-explicit".to_owned(), false, false) };
            match CURVES.iter().find(|(oid, ..)| *oid == curve.content) {
                Some((_, name, weak, usable)) => (format!("EC-{name}"), *weak, *usable),
                None => (format!("EC-{}", der::dotted(curve.content)), false, false),
            }
        }
        _ => match KEYS.iter().find(|(known, _)| *known == oid) {
            Some((_, name)) => ((*name).to_owned(), false, *name == "Ed25519"),
            None => (der::dotted(oid), false, false),
        },
    }
}

/// Bits of a positive INTEGER.
fn bits(integer: &[u8]) -> usize {
    let zeros = integer.iter().take_while(|octet| **octet == 0).count();
    let digits = integer.get(zeros..).unwrap_or_default();
    let unused = digits.first().map_or(0, |high| high.leading_zeros());
    digits.len().saturating_mul(8).saturating_sub(usize::try_from(unused).unwrap_or(0))
}

/// The name of a signature algorithm, and whether its digest is broken.
fn signature(algorithm: Element<'_>) -> Option<(String, bool)> {
    let mut parts = algorithm.inside();
    let oid = parts.next(der::OID)?.content;
    if oid == RSA_PSS {
        // RFC 4055 section 3.1: without a digest algorithm it is SHA-1.
        let parameters = parts.next(der::SEQUENCE);
        let digest = parameters.and_then(|parameters| parameters.inside().next(der::CONTEXT_0));
        let digest = digest.and_then(|digest| digest.inside().next(der::SEQUENCE)?.inside().next(der::OID));
        return Some(("rsassaPss".to_owned(), digest.is_none_or(|digest| digest.content == SHA1)));
    }
    Some(match SIGNATURES.iter().find(|(known, ..)| *known == oid) {
        Some((_, name, weak)) => ((*name).to_owned(), *weak),
        None => (der::dotted(oid), false),
    })
}

fn name(element: Element<'_>) -> String {
    X509Name::from_der(element.raw).map_or_else(|_| UNREADABLE_NAME.to_owned(), |(_, name)| name.to_string())
}

fn time(element: Element<'_>) -> Option<Instant> {
    let (_, time) = ASN1Time::from_der(element.raw).ok()?;
    Some(Instant::from_unix(time.timestamp(), 0))
}

const fn malformed(what: &'static str, offset: usize) -> Malformed {
    Malformed::new(Check::KeyMalformed, Protocol::Keys, what, Location::offset(offset))
}

const UNREADABLE_NAME: &str = "(a name that cannot be read)";

const RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
const RSA_OAEP: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07";
const RSA_PSS: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a";
const DSA: &[u8] = b"\x2a\x86\x48\xce\x38\x04\x01";
const EC: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
const SHA1: &[u8] = b"\x2b\x0e\x03\x02\x1a";

/// Curves: name, weak, usable.
const CURVES: &[(&[u8], &str, bool, bool)] = &[
    (b"\x2a\x86\x48\xce\x3d\x03\x01\x07", "P-256", false, true),
    (b"\x2b\x81\x04\x00\x22", "P-384", false, true),
    (b"\x2b\x81\x04\x00\x23", "P-521", false, true),
    (b"\x2a\x86\x48\xce\x3d\x03\x01\x01", "P-192", true, false),
    (b"\x2b\x81\x04\x00\x21", "P-224", false, false),
    (b"\x2b\x81\x04\x00\x0a", "secp256k1", false, false),
    (b"\x2b\x24\x03\x03\x02\x08\x01\x01\x07", "brainpoolP256r1", false, false),
    (b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0b", "brainpoolP384r1", false, false),
    (b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0d", "brainpoolP512r1", false, false),
];

/// Keys whose algorithm says everything.
const KEYS: &[(&[u8], &str)] = &[
    (b"\x2b\x65\x6e", "X25519"),
    (b"\x2b\x65\x6f", "X448"),
    (b"\x2b\x65\x70", "Ed25519"),
    (b"\x2b\x65\x71", "Ed448"),
    (b"\x60\x86\x48\x01\x65\x03\x04\x03\x11", "ML-DSA-44"),
    (b"\x60\x86\x48\x01\x65\x03\x04\x03\x12", "ML-DSA-65"),
    (b"\x60\x86\x48\x01\x65\x03\x04\x03\x13", "ML-DSA-87"),
];

/// Signature algorithms: name, broken digest.
const SIGNATURES: &[(&[u8], &str, bool)] = &[
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x02", "md2WithRSAEncryption", true),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x03", "md4WithRSAEncryption", true),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04", "md5WithRSAEncryption", true),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05", "sha1WithRSAEncryption", true),
    (b"\x2b\x0e\x03\x02\x1d", "sha1WithRSA", true),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", "sha256WithRSAEncryption", false),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c", "sha384WithRSAEncryption", false),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d", "sha512WithRSAEncryption", false),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e", "sha224WithRSAEncryption", false),
    (b"\x2a\x86\x48\xce\x38\x04\x03", "dsaWithSHA1", true),
    (b"\x60\x86\x48\x01\x65\x03\x04\x03\x01", "dsa_with_SHA224", false),
    (b"\x60\x86\x48\x01\x65\x03\x04\x03\x02", "dsa_with_SHA256", false),
    (b"\x2a\x86\x48\xce\x3d\x04\x01", "ecdsa-with-SHA1", true),
    (b"\x2a\x86\x48\xce\x3d\x04\x03\x01", "ecdsa-with-SHA224", false),
    (b"\x2a\x86\x48\xce\x3d\x04\x03\x02", "ecdsa-with-SHA256", false),
    (b"\x2a\x86\x48\xce\x3d\x04\x03\x03", "ecdsa-with-SHA384", false),
    (b"\x2a\x86\x48\xce\x3d\x04\x03\x04", "ecdsa-with-SHA512", false),
    (b"\x2b\x65\x70", "Ed25519", false),
    (b"\x2b\x65\x71", "Ed448", false),
    (b"\x60\x86\x48\x01\x65\x03\x04\x03\x11", "ML-DSA-44", false),
    (b"\x60\x86\x48\x01\x65\x03\x04\x03\x12", "ML-DSA-65", false),
    (b"\x60\x86\x48\x01\x65\x03\x04\x03\x13", "ML-DSA-87", false),
];
