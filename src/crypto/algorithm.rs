//! Algorithms as closed enums. What is not here cannot be expressed: no HMAC, no `none`, no MD5, no DSA.

use crate::encoding::hex;
use core::fmt;
use ring::digest;

/// A digest algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// SHA-1, only under a dated exception.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl DigestAlgorithm {
    /// How many octets a digest has.
    pub(crate) const fn octets(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The digest of the octets.
    pub(crate) fn digest(self, octets: &[u8]) -> digest::Digest {
        digest::digest(self.ring(), octets)
    }

    pub(super) fn ring(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }
}

impl fmt::Display for DigestAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        })
    }
}

/// A public-key signature algorithm: scheme and digest. The curve or modulus belongs to the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2).
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS (RFC 8017 section 8.1), MGF1 with the same digest, salt as long as the digest.
    RsaPss(DigestAlgorithm),
    /// ECDSA (FIPS 186-4), signature as r and s of the length of the curve, one after the other.
    Ecdsa(DigestAlgorithm),
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// ML-DSA (FIPS 204) with an empty context. Verified under feature `aws-lc` only.
    MlDsa(MlDsaSet),
}

/// A parameter set of ML-DSA (FIPS 204 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MlDsaSet {
    /// ML-DSA-44.
    MlDsa44,
    /// ML-DSA-65.
    MlDsa65,
    /// ML-DSA-87.
    MlDsa87,
}

impl MlDsaSet {
    /// Octets of a public key (FIPS 204 table 2).
    pub(crate) const fn key_octets(self) -> usize {
        match self {
            Self::MlDsa44 => 1312,
            Self::MlDsa65 => 1952,
            Self::MlDsa87 => 2592,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::MlDsa44 => "ML-DSA-44",
            Self::MlDsa65 => "ML-DSA-65",
            Self::MlDsa87 => "ML-DSA-87",
        }
    }
}

impl SignatureAlgorithm {
    /// True when the scheme works with this kind of key.
    #[must_use]
    pub const fn fits(self, kind: KeyKind) -> bool {
        match self {
            Self::RsaPkcs1(_) | Self::RsaPss(_) => matches!(kind, KeyKind::Rsa { .. }),
            Self::Ecdsa(_) => matches!(kind, KeyKind::P256 | KeyKind::P384 | KeyKind::P521),
            Self::Ed25519 => matches!(kind, KeyKind::Ed25519),
            Self::MlDsa(MlDsaSet::MlDsa44) => matches!(kind, KeyKind::MlDsa(MlDsaSet::MlDsa44)),
            Self::MlDsa(MlDsaSet::MlDsa65) => matches!(kind, KeyKind::MlDsa(MlDsaSet::MlDsa65)),
            Self::MlDsa(MlDsaSet::MlDsa87) => matches!(kind, KeyKind::MlDsa(MlDsaSet::MlDsa87)),
        }
    }

    /// True when a policy has to name the algorithm before it is used with this kind of key: what the default build cannot
    /// compute. A feature never changes what is accepted without being named.
    pub(super) const fn must_be_named(self, kind: KeyKind) -> bool {
        match self {
            Self::Ecdsa(digest) => matches!(kind, KeyKind::P521) || matches!(digest, DigestAlgorithm::Sha512),
            Self::MlDsa(_) => true,
            Self::RsaPkcs1(_) | Self::RsaPss(_) | Self::Ed25519 => false,
        }
    }

    /// The digest that is signed; Ed25519 has SHA-512 inside. ML-DSA hashes with SHAKE256; SHA-512 stands for it.
    #[must_use]
    pub const fn digest(self) -> DigestAlgorithm {
        match self {
            Self::RsaPkcs1(digest) | Self::RsaPss(digest) | Self::Ecdsa(digest) => digest,
            Self::Ed25519 | Self::MlDsa(_) => DigestAlgorithm::Sha512,
        }
    }

    /// True when the algorithm rests on SHA-1.
    #[must_use]
    pub const fn uses_sha1(self) -> bool {
        use DigestAlgorithm::Sha1;
        matches!(self, Self::RsaPkcs1(Sha1) | Self::RsaPss(Sha1) | Self::Ecdsa(Sha1))
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RsaPkcs1(digest) => write!(f, "RSA-PKCS1 with {digest}"),
            Self::RsaPss(digest) => write!(f, "RSA-PSS with {digest}"),
            Self::Ecdsa(digest) => write!(f, "ECDSA with {digest}"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::MlDsa(set) => f.write_str(set.name()),
        }
    }
}

/// What kind of key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// RSA, with the bits of its modulus.
    Rsa {
        /// Bits of the modulus.
        bits: usize,
    },
    /// Elliptic curve NIST P-256.
    P256,
    /// Elliptic curve NIST P-384.
    P384,
    /// Elliptic curve NIST P-521.
    P521,
    /// Ed25519.
    Ed25519,
    /// ML-DSA.
    MlDsa(MlDsaSet),
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "RSA-{bits}"),
            Self::P256 => f.write_str("EC-P-256"),
            Self::P384 => f.write_str("EC-P-384"),
            Self::P521 => f.write_str("EC-P-521"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::MlDsa(set) => f.write_str(set.name()),
        }
    }
}

/// SHA-256 in lower-case hexadecimal: the form of fingerprints.
pub(crate) fn sha256_hex(octets: &[u8]) -> String {
    hex::encode(DigestAlgorithm::Sha256.digest(octets).as_ref())
}
