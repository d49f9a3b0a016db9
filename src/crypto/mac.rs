//! Message authentication with a shared secret, kept apart from public keys: no type can be both.

use super::algorithm::DigestAlgorithm;
use core::fmt;
use ring::hmac;
use zeroize::Zeroizing;

/// A secret that two parties share, such as an OpenID Connect client secret. Overwritten when dropped, never printed.
#[derive(Clone)]
pub(crate) struct SharedSecret(Zeroizing<Box<[u8]>>);

impl SharedSecret {
    /// The secret as octets.
    pub(crate) fn new(octets: &[u8]) -> Self {
        Self(Zeroizing::new(octets.into()))
    }

    /// Octets of the secret.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// True when `tag` is the HMAC of the octets (RFC 2104); compared in constant time.
    pub(super) fn holds(&self, digest: DigestAlgorithm, octets: &[u8], tag: &[u8]) -> bool {
        let algorithm = match digest {
            DigestAlgorithm::Sha1 => return false,
            DigestAlgorithm::Sha256 => hmac::HMAC_SHA256,
            DigestAlgorithm::Sha384 => hmac::HMAC_SHA384,
            DigestAlgorithm::Sha512 => hmac::HMAC_SHA512,
        };
        hmac::verify(&hmac::Key::new(algorithm, &self.0), octets, tag).is_ok()
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret")
    }
}
