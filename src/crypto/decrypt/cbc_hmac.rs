//! AES-CBC that is authenticated by an HMAC (RFC 7518 section 5.2), by OpenSSL.

use crate::crypto::algorithm::DigestAlgorithm;
use crate::crypto::verify::constant_time_eq;
use openssl::symm::{Cipher, decrypt};
use ring::hmac;

/// What an HMAC authenticates beside the ciphertext.
#[derive(Clone, Copy)]
pub(crate) struct Authenticated<'a> {
    pub(crate) aad: &'a [u8],
    pub(crate) iv: &'a [u8],
    pub(crate) ciphertext: &'a [u8],
    pub(crate) tag: &'a [u8],
}

/// Decrypts, with PKCS #7 padding. The first half of the key authenticates, the second decrypts; the tag is the first half of
/// the HMAC (section 5.2.2.2). Nothing is decrypted before the tag holds, so that padding tells nothing.
pub(crate) fn open_cbc_hmac(
    digest: DigestAlgorithm,
    key: &[u8],
    content: &Authenticated<'_>,
) -> Option<Vec<u8>> {
    let (algorithm, cipher) = match (digest, key.len()) {
        (DigestAlgorithm::Sha256, 32) => (hmac::HMAC_SHA256, Cipher::aes_128_cbc()),
        (DigestAlgorithm::Sha384, 48) => (hmac::HMAC_SHA384, Cipher::aes_192_cbc()),
        (DigestAlgorithm::Sha512, 64) => (hmac::HMAC_SHA512, Cipher::aes_256_cbc()),
        _ => return None,
    };
    let (mac_key, key) = key.split_at_checked(key.len() >> 1)?;
    let bits = u64::try_from(content.aad.len()).ok()?.checked_mul(8)?;
    let mut context = hmac::Context::with_key(&hmac::Key::new(algorithm, mac_key));
    for part in [content.aad, content.iv, content.ciphertext, &bits.to_be_bytes()] {
        context.update(part);
    }
    let computed = context.sign();
    let (expected, _) = computed.as_ref().split_at_checked(mac_key.len())?;
    if !constant_time_eq(expected, content.tag) || content.iv.len() != 16 {
        return None;
    }
    let plaintext = decrypt(cipher, key, Some(content.iv), content.ciphertext).ok();
    if plaintext.is_none() {
        // What OpenSSL noted about the failure is nobody's business.
        let _ = openssl::error::ErrorStack::get();
    }
    plaintext
}
