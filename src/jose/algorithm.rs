//! Signature algorithms by their JOSE names (RFC 7518, RFC 8037, RFC 9864): closed, asymmetric and symmetric apart.

use crate::check::Check;
#[cfg(feature = "aws-lc")]
use crate::crypto::MlDsaSet;
use crate::crypto::{DigestAlgorithm, KeyKind, SignatureAlgorithm};
use core::fmt;

macro_rules! algorithms {
    ($( $(#[$only:meta])? $variant:ident $name:literal $bit:literal $doc:literal; )*) => {
        /// An asymmetric signature algorithm. There is no `none` and no HMAC in this type.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Algorithm { $( #[doc = $doc] $(#[$only])? $variant, )* }

        impl Algorithm {
            /// Every algorithm that this build verifies. Those of feature `aws-lc` are allowed only where a provider
            /// names them.
            pub const ALL: &'static [Self] = &[ $( $(#[$only])? Self::$variant, )* ];

            /// Its name in a JOSE header.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $( $(#[$only])? Self::$variant => $name, )* } }

            const fn bit(self) -> u16 { match self { $( $(#[$only])? Self::$variant => 1 << $bit, )* } }
        }
    };
}

algorithms! {
    Rs256 "RS256" 0 "RSASSA-PKCS1-v1_5 with SHA-256.";
    Rs384 "RS384" 1 "RSASSA-PKCS1-v1_5 with SHA-384.";
    Rs512 "RS512" 2 "RSASSA-PKCS1-v1_5 with SHA-512.";
    Ps256 "PS256" 3 "RSASSA-PSS with SHA-256.";
    Ps384 "PS384" 4 "RSASSA-PSS with SHA-384.";
    Ps512 "PS512" 5 "RSASSA-PSS with SHA-512.";
    Es256 "ES256" 6 "ECDSA with P-256 and SHA-256.";
    Es384 "ES384" 7 "ECDSA with P-384 and SHA-384.";
    EdDsa "EdDSA" 8 "EdDSA with Ed25519 (RFC 8037).";
    Ed25519 "Ed25519" 9 "EdDSA with Ed25519, by its fully specified name (RFC 9864).";
    #[cfg(feature = "aws-lc")]
    Es512 "ES512" 10 "ECDSA with P-521 and SHA-512 (feature `aws-lc`).";
    #[cfg(feature = "aws-lc")]
    MlDsa44 "ML-DSA-44" 11 "ML-DSA-44 (RFC 9964; feature `aws-lc`).";
    #[cfg(feature = "aws-lc")]
    MlDsa65 "ML-DSA-65" 12 "ML-DSA-65 (RFC 9964; feature `aws-lc`).";
    #[cfg(feature = "aws-lc")]
    MlDsa87 "ML-DSA-87" 13 "ML-DSA-87 (RFC 9964; feature `aws-lc`).";
}

impl Algorithm {
    /// The algorithm of that name, exactly as written.
    ///
    /// `AlgUnsupported`: a signature algorithm that this build cannot verify. `AlgForbidden`: anything else, so `none`,
    /// HMAC and names that nobody registered.
    pub(crate) fn from_name(name: &str) -> Result<Self, Check> {
        let known = Self::ALL.iter().find(|algorithm| algorithm.name() == name).copied();
        known.ok_or(if UNSUPPORTED.contains(&name) { Check::AlgUnsupported } else { Check::AlgForbidden })
    }

    /// Scheme and digest.
    #[must_use]
    pub const fn signature(self) -> SignatureAlgorithm {
        match self {
            Self::Rs256 | Self::Rs384 | Self::Rs512 => SignatureAlgorithm::RsaPkcs1(self.digest()),
            Self::Ps256 | Self::Ps384 | Self::Ps512 => SignatureAlgorithm::RsaPss(self.digest()),
            Self::Es256 | Self::Es384 => SignatureAlgorithm::Ecdsa(self.digest()),
            Self::EdDsa | Self::Ed25519 => SignatureAlgorithm::Ed25519,
            #[cfg(feature = "aws-lc")]
            Self::Es512 => SignatureAlgorithm::Ecdsa(self.digest()),
            #[cfg(feature = "aws-lc")]
            Self::MlDsa44 => SignatureAlgorithm::MlDsa(MlDsaSet::MlDsa44),
            #[cfg(feature = "aws-lc")]
            Self::MlDsa65 => SignatureAlgorithm::MlDsa(MlDsaSet::MlDsa65),
            #[cfg(feature = "aws-lc")]
            Self::MlDsa87 => SignatureAlgorithm::MlDsa(MlDsaSet::MlDsa87),
        }
    }

    /// The digest of the algorithm: also that of at_hash and c_hash (OIDC Core 3.1.3.6). Ed25519 rests on SHA-512. No
    /// standard says which digest goes with ML-DSA; SHA-512 is taken.
    #[must_use]
    pub const fn digest(self) -> DigestAlgorithm {
        match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 => DigestAlgorithm::Sha256,
            Self::Rs384 | Self::Ps384 | Self::Es384 => DigestAlgorithm::Sha384,
            Self::Rs512 | Self::Ps512 | Self::EdDsa | Self::Ed25519 => DigestAlgorithm::Sha512,
            #[cfg(feature = "aws-lc")]
            Self::Es512 | Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => DigestAlgorithm::Sha512,
        }
    }

    /// True when the algorithm works with this kind of key; JOSE ties each ECDSA name to one curve (RFC 7518 section 3.4).
    #[must_use]
    pub const fn fits(self, kind: KeyKind) -> bool {
        match self {
            Self::Es256 => matches!(kind, KeyKind::P256),
            Self::Es384 => matches!(kind, KeyKind::P384),
            #[cfg(feature = "aws-lc")]
            Self::Es512 => matches!(kind, KeyKind::P521),
            _ => self.signature().fits(kind),
        }
    }

    /// True when a key that is bound to `bound` may be used with this algorithm. The two names of Ed25519 are one.
    pub(crate) const fn is_allowed_by(self, bound: Self) -> bool {
        self.bit() == bound.bit()
            || matches!((self, bound), (Self::EdDsa, Self::Ed25519) | (Self::Ed25519, Self::EdDsa))
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A symmetric algorithm: HMAC with a client secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum MacAlgorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
}

impl MacAlgorithm {
    /// Every symmetric algorithm.
    pub const ALL: &'static [Self] = &[Self::Hs256, Self::Hs384, Self::Hs512];

    /// Its name in a JOSE header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
        }
    }

    /// The digest of the algorithm. The secret has at least as many octets (RFC 7518 section 3.2).
    #[must_use]
    pub const fn digest(self) -> DigestAlgorithm {
        match self {
            Self::Hs256 => DigestAlgorithm::Sha256,
            Self::Hs384 => DigestAlgorithm::Sha384,
            Self::Hs512 => DigestAlgorithm::Sha512,
        }
    }

    /// As [`Algorithm::from_name`]; a signature algorithm is forbidden here.
    pub(crate) fn from_name(name: &str) -> Result<Self, Check> {
        Self::ALL.iter().find(|algorithm| algorithm.name() == name).copied().ok_or(Check::AlgForbidden)
    }
}

/// What a token was signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signer {
    /// A private key.
    Public(Algorithm),
    /// The shared secret.
    Mac(MacAlgorithm),
}

impl Signer {
    pub(crate) const fn digest(self) -> DigestAlgorithm {
        match self {
            Self::Public(algorithm) => algorithm.digest(),
            Self::Mac(algorithm) => algorithm.digest(),
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Public(algorithm) => algorithm.name(),
            Self::Mac(algorithm) => algorithm.name(),
        }
    }
}

/// Algorithms that a party may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AlgorithmSet(u16);

impl AlgorithmSet {
    /// Every algorithm of the default build, and no other: what a feature adds has to be named.
    pub(crate) const DEFAULT: Self = Self(0x3ff);

    /// The listed algorithms. Either name of Ed25519 stands for both.
    pub(crate) fn of(algorithms: &[Algorithm]) -> Self {
        let both = Algorithm::EdDsa.bit() | Algorithm::Ed25519.bit();
        let set = algorithms.iter().fold(0, |set, algorithm| set | algorithm.bit());
        Self(if set & both == 0 { set } else { set | both })
    }

    pub(crate) const fn contains(self, algorithm: Algorithm) -> bool {
        self.0 & algorithm.bit() != 0
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    #[cfg(feature = "aws-lc")]
    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Algorithm> {
        Algorithm::ALL.iter().copied().filter(move |algorithm| self.contains(*algorithm))
    }
}

/// Symmetric algorithms that a party may use: those that its secret is long enough for.
pub(crate) type MacAlgorithmSet = Vec<MacAlgorithm>;

/// Registered signature algorithms that the default build cannot verify.
const UNSUPPORTED: [&str; 10] =
    ["ES512", "ES256K", "Ed448", "RS1", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87", "ESP256", "ESP384", "ESP512"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_exact() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_name(algorithm.name()), Ok(*algorithm));
            assert_ne!(AlgorithmSet::DEFAULT.contains(*algorithm), UNSUPPORTED.contains(&algorithm.name()));
        }
        assert_eq!(AlgorithmSet::DEFAULT.iter().count(), 10);
        for name in ["none", "None", "HS256", "rs256", "RS256 ", "", "RS2560", "A128KW"] {
            assert_eq!(Algorithm::from_name(name), Err(Check::AlgForbidden), "{name}");
        }
        for name in ["ES256K", "Ed448", "RS1", "ESP256"] {
            assert_eq!(Algorithm::from_name(name), Err(Check::AlgUnsupported), "{name}");
        }
        assert_eq!(MacAlgorithm::from_name("RS256"), Err(Check::AlgForbidden));
    }
}
