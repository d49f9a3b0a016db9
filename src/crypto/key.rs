//! Public keys, parsed once: what kind, how strong, and the material in the form that verification takes.

use super::algorithm::{KeyKind, MlDsaSet, sha256_hex};
use super::backend::{Material, Ready};
use super::curve::{P256, P384, P521};
use crate::check::Check;
use crate::error::{Failure, Location, Reason};
use core::fmt;
use x509_parser::prelude::{FromDer, SubjectPublicKeyInfo};

/// A public key that can verify signatures.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    pub(super) material: Material,
    kind: KeyKind,
    /// The key as the backend has it, once it was needed.
    pub(super) ready: Ready,
}

impl PublicKey {
    /// Reads a DER SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
    ///
    /// # Errors
    /// `KeyMalformed`: not such a structure, or the numbers cannot be those of a key. `WeakKey`: an Ed25519 point of small
    /// order. `AlgUnsupported`: a kind of key that nothing here can use.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, Failure> {
        let (rest, spki) =
            SubjectPublicKeyInfo::from_der(der).map_err(|_| malformed("SubjectPublicKeyInfo"))?;
        if !rest.is_empty() {
            return Err(malformed("octets after the SubjectPublicKeyInfo"));
        }
        Self::from_spki(&spki)
    }

    pub(crate) fn from_spki(spki: &SubjectPublicKeyInfo<'_>) -> Result<Self, Failure> {
        let octets = spki.subject_public_key.data.as_ref();
        let algorithm = spki.algorithm.algorithm.to_id_string();
        match algorithm.as_str() {
            RSA_ENCRYPTION => {
                let (rest, key) = x509_parser::public_key::RSAPublicKey::from_der(octets)
                    .map_err(|_| malformed("RSAPublicKey"))?;
                if !rest.is_empty() {
                    return Err(malformed("octets after the RSAPublicKey"));
                }
                Self::from_rsa_components(key.modulus, key.exponent)
            }
            EC_PUBLIC_KEY => {
                let curve = spki.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
                let curve = curve.map(|oid| oid.to_id_string());
                let Some(([0x04], point)) = octets.split_at_checked(1) else {
                    return Err(malformed("elliptic curve point"));
                };
                let (x, y) = point.split_at_checked(point.len() >> 1).unwrap_or((&[], &[]));
                match curve.as_deref() {
                    Some(CURVE_P256) => Self::from_ec_point(KeyKind::P256, x, y),
                    Some(CURVE_P384) => Self::from_ec_point(KeyKind::P384, x, y),
                    Some(CURVE_P521) => Self::from_ec_point(KeyKind::P521, x, y),
                    _ => Err(unsupported("elliptic curve")),
                }
            }
            ED25519 => Self::from_ed25519(octets),
            _ => Err(unsupported("public key algorithm")),
        }
    }

    /// An RSA key from its big-endian modulus and exponent; leading zeros are dropped.
    ///
    /// # Errors
    /// `KeyMalformed`: the modulus is zero or even, or the exponent is even, below 3 or above 2^33-1.
    pub fn from_rsa_components(n: &[u8], e: &[u8]) -> Result<Self, Failure> {
        let (n, e) = (without_leading_zeros(n), without_leading_zeros(e));
        if n.last().is_none_or(|low| low & 1 == 0) {
            return Err(malformed("RSA modulus"));
        }
        let exponent = e.iter().fold(0_u64, |sum, octet| (sum << 8) | u64::from(*octet));
        if e.len() > 5 || exponent < 3 || exponent & 1 == 0 || exponent >= 1 << 33 {
            return Err(malformed("RSA public exponent"));
        }
        let unused = n.first().map_or(0, |high| high.leading_zeros());
        let bits = n.len().saturating_mul(8).saturating_sub(usize::try_from(unused).unwrap_or(0));
        Ok(Self::new(Material::Rsa { n: n.into(), e: e.into() }, KeyKind::Rsa { bits }))
    }

    /// An elliptic curve key from its coordinates, each as long as the field.
    ///
    /// # Errors
    /// `KeyMalformed`: a coordinate has another length or the point is not on the curve.
    pub fn from_ec_point(kind: KeyKind, x: &[u8], y: &[u8]) -> Result<Self, Failure> {
        let point: Box<[u8]> = [&[0x04], x, y].concat().into();
        let material = match kind {
            KeyKind::P256 if P256.contains(x, y) => Material::P256(point),
            KeyKind::P384 if P384.contains(x, y) => Material::P384(point),
            KeyKind::P521 if P521.contains(x, y) => Material::P521(point),
            _ => return Err(malformed("elliptic curve point")),
        };
        Ok(Self::new(material, kind))
    }

    /// An Ed25519 key from its 32 octets (RFC 8032 section 5.1.5).
    ///
    /// # Errors
    /// `KeyMalformed`: another length. `WeakKey`: the point has small order, so that signatures prove nothing.
    pub fn from_ed25519(octets: &[u8]) -> Result<Self, Failure> {
        let key: [u8; 32] = octets.try_into().map_err(|_| malformed("Ed25519 key"))?;
        let mut unsigned = key;
        if let Some(last) = unsigned.last_mut() {
            *last &= 0x7f;
        }
        if SMALL_ORDER.contains(&unsigned) {
            let reason = Reason::Stated("an Ed25519 point of small order");
            return Err(Failure::new(Check::WeakKey, reason, Location::default()));
        }
        Ok(Self::new(Material::Ed25519(key), KeyKind::Ed25519))
    }

    /// An ML-DSA key from its octets (FIPS 204 algorithm 22). It verifies under feature `aws-lc` only.
    ///
    /// # Errors
    /// `KeyMalformed`: another length.
    pub fn from_ml_dsa(set: MlDsaSet, octets: &[u8]) -> Result<Self, Failure> {
        if octets.len() != set.key_octets() {
            return Err(malformed("ML-DSA key"));
        }
        Ok(Self::new(Material::MlDsa(octets.into()), KeyKind::MlDsa(set)))
    }

    fn new(material: Material, kind: KeyKind) -> Self {
        Self { material, kind, ready: Ready::default() }
    }

    /// The modulus of an RSA key.
    pub(crate) fn modulus(&self) -> Option<&[u8]> {
        if let Material::Rsa { n, .. } = &self.material { Some(n) } else { None }
    }

    /// What kind of key it is.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The same key was seen twice exactly if these are equal: SHA-256 over kind and material, in hexadecimal.
    #[must_use]
    pub fn material_id(&self) -> String {
        let octets = match &self.material {
            Material::Rsa { n, e } => [b"rsa".as_slice(), n, e].concat(),
            Material::P256(point) | Material::P384(point) | Material::P521(point) => {
                [b"ec".as_slice(), point].concat()
            }
            Material::Ed25519(key) => [b"ed".as_slice(), key].concat(),
            Material::MlDsa(key) => [b"mldsa".as_slice(), key].concat(),
        };
        sha256_hex(&octets)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.kind)
    }
}

fn without_leading_zeros(octets: &[u8]) -> &[u8] {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    octets.get(zeros..).unwrap_or_default()
}

fn malformed(what: &'static str) -> Failure {
    Failure::new(Check::KeyMalformed, Reason::Stated(what), Location::default())
}

fn unsupported(what: &'static str) -> Failure {
    Failure::new(Check::AlgUnsupported, Reason::Stated(what), Location::default())
}

const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const CURVE_P256: &str = "1.2.840.10045.3.1.7";
const CURVE_P384: &str = "1.3.132.0.34";
const CURVE_P521: &str = "1.3.132.0.35";
const ED25519: &str = "1.3.101.112";

/// Encodings of the points whose order divides 8 (RFC 7748 section 6.1 gives the argument), sign bit cleared,
/// canonical and not: y = 0, 1, two of order 8, -1, and p, p + 1 as spellings of 0 and 1.
const SMALL_ORDER: [[u8; 32]; 7] = [
    [0; 32],
    *b"\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    *b"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
    *b"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
    *b"\xec\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    *b"\xed\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    *b"\xee\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
];
