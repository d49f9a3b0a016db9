//! Algorithms of encrypted tokens by their JOSE names (RFC 7518 sections 4 and 5, RFC 8037): closed. RSA1_5, PBES2 and
//! AES-GCM key wrapping are not among them.

use crate::check::Check;
use crate::crypto::DigestAlgorithm;
use core::fmt;

macro_rules! named {
    ($(#[$doc_of_type:meta])* $type:ident { $( $variant:ident $name:literal $doc:literal; )* }) => {
        $(#[$doc_of_type])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $type { $( #[doc = $doc] $variant, )* }

        impl $type {
            /// Every algorithm that has a name here, in order of declaration.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )* ];

            /// Its name in a JOSE header.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $( Self::$variant => $name, )* } }

            /// The algorithm of that name, exactly as written.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().find(|algorithm| algorithm.name() == name).copied()
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

named! {
    /// How the content key comes: `alg` of an encrypted token (RFC 7518 section 4.1).
    KeyManagementAlgorithm {
        Dir "dir" "The shared key is the content key (section 4.5).";
        A128Kw "A128KW" "AES key wrap with a shared key of 128 bits (section 4.4).";
        A192Kw "A192KW" "AES key wrap with a shared key of 192 bits.";
        A256Kw "A256KW" "AES key wrap with a shared key of 256 bits.";
        RsaOaep "RSA-OAEP" "RSAES-OAEP with SHA-1 and MGF1 with SHA-1 (section 4.3).";
        RsaOaep256 "RSA-OAEP-256" "RSAES-OAEP with SHA-256 and MGF1 with SHA-256.";
        RsaOaep384 "RSA-OAEP-384" "RSAES-OAEP with SHA-384 and MGF1 with SHA-384.";
        RsaOaep512 "RSA-OAEP-512" "RSAES-OAEP with SHA-512 and MGF1 with SHA-512.";
        EcdhEs "ECDH-ES" "Diffie-Hellman with an ephemeral key; the agreed key is the content key (section 4.6).";
        EcdhEsA128Kw "ECDH-ES+A128KW" "Diffie-Hellman with an ephemeral key, then AES key wrap with 128 bits.";
        EcdhEsA192Kw "ECDH-ES+A192KW" "Diffie-Hellman with an ephemeral key, then AES key wrap with 192 bits.";
        EcdhEsA256Kw "ECDH-ES+A256KW" "Diffie-Hellman with an ephemeral key, then AES key wrap with 256 bits.";
    }
}

named! {
    /// How the content is encrypted: `enc` of an encrypted token (RFC 7518 section 5.1).
    ContentEncryptionAlgorithm {
        A128Gcm "A128GCM" "AES-GCM with 128 bits (section 5.3).";
        A192Gcm "A192GCM" "AES-GCM with 192 bits; needs feature `decryption`.";
        A256Gcm "A256GCM" "AES-GCM with 256 bits.";
        A128CbcHs256 "A128CBC-HS256" "AES-CBC with 128 bits and HMAC with SHA-256 (section 5.2.3); needs feature `decryption`.";
        A192CbcHs384 "A192CBC-HS384" "AES-CBC with 192 bits and HMAC with SHA-384; needs feature `decryption`.";
        A256CbcHs512 "A256CBC-HS512" "AES-CBC with 256 bits and HMAC with SHA-512; needs feature `decryption`.";
    }
}

impl KeyManagementAlgorithm {
    /// True when the token carries no encrypted key (RFC 7516 section 5.2, steps 10 and 11).
    pub(super) const fn is_direct(self) -> bool {
        matches!(self, Self::Dir | Self::EcdhEs)
    }

    /// True for the ones that need an ephemeral key in the header.
    pub(super) const fn agrees(self) -> bool {
        matches!(self, Self::EcdhEs | Self::EcdhEsA128Kw | Self::EcdhEsA192Kw | Self::EcdhEsA256Kw)
    }

    /// The digest of RSA-OAEP, for itself and for MGF1.
    pub(super) const fn oaep_digest(self) -> Option<DigestAlgorithm> {
        match self {
            Self::RsaOaep => Some(DigestAlgorithm::Sha1),
            Self::RsaOaep256 => Some(DigestAlgorithm::Sha256),
            Self::RsaOaep384 => Some(DigestAlgorithm::Sha384),
            Self::RsaOaep512 => Some(DigestAlgorithm::Sha512),
            _ => None,
        }
    }

    /// AES key wrap under an agreed key: with which.
    pub(super) const fn wrapping(self) -> Option<Self> {
        match self {
            Self::EcdhEsA128Kw => Some(Self::A128Kw),
            Self::EcdhEsA192Kw => Some(Self::A192Kw),
            Self::EcdhEsA256Kw => Some(Self::A256Kw),
            _ => None,
        }
    }

    /// True when this build can compute it, with a key here or in a decryptor of the application.
    #[must_use]
    pub const fn is_supported(self) -> bool {
        cfg!(feature = "decryption") || self.wrapping().is_none()
    }

    /// Octets of the shared key that AES key wrap takes.
    pub(super) const fn shared_key_octets(self) -> Option<usize> {
        match self {
            Self::A128Kw => Some(16),
            Self::A192Kw => Some(24),
            Self::A256Kw => Some(32),
            _ => None,
        }
    }
}

impl ContentEncryptionAlgorithm {
    /// Octets of the content key.
    #[must_use]
    pub const fn key_octets(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A192Gcm => 24,
            Self::A256Gcm | Self::A128CbcHs256 => 32,
            Self::A192CbcHs384 => 48,
            Self::A256CbcHs512 => 64,
        }
    }

    /// Octets of the initialisation vector.
    pub(super) const fn iv_octets(self) -> usize {
        match self {
            Self::A128Gcm | Self::A192Gcm | Self::A256Gcm => 12,
            Self::A128CbcHs256 | Self::A192CbcHs384 | Self::A256CbcHs512 => 16,
        }
    }

    /// True when this build can compute it.
    #[must_use]
    pub const fn is_supported(self) -> bool {
        cfg!(feature = "decryption") || matches!(self, Self::A128Gcm | Self::A256Gcm)
    }
}

/// The pairs that policy names.
#[derive(Clone, Debug)]
pub(super) struct Accepted(Vec<(KeyManagementAlgorithm, ContentEncryptionAlgorithm)>);

impl Accepted {
    pub(super) fn new(pairs: &[(KeyManagementAlgorithm, ContentEncryptionAlgorithm)]) -> Self {
        Self(pairs.to_vec())
    }

    pub(super) fn extend(&mut self, other: Self) {
        for pair in other.0 {
            if !self.0.contains(&pair) {
                self.0.push(pair);
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (KeyManagementAlgorithm, ContentEncryptionAlgorithm)> {
        self.0.iter().copied()
    }

    /// The pair of those names. `JweAlgForbidden`: no pair has the first; `JweEncForbidden`: none has both.
    pub(super) fn pair(
        &self,
        alg: &str,
        enc: &str,
    ) -> Result<(KeyManagementAlgorithm, ContentEncryptionAlgorithm), Check> {
        if !self.iter().any(|(accepted, _)| accepted.name() == alg) {
            return Err(Check::JweAlgForbidden);
        }
        self.iter()
            .find(|(accepted, content)| accepted.name() == alg && content.name() == enc)
            .ok_or(Check::JweEncForbidden)
    }
}
