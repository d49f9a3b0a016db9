//! RSA key transport without an oracle: every candidate key is used, whatever the others gave, and what comes out of a wrapped
//! key that does not unwrap is a key like any other, derived from the wrapped octets and a secret (implicit rejection).

use super::{ContentKey, KeyManagement, NotUnwrapped, WrappedKey};
use crate::crypto::algorithm::DigestAlgorithm;
use openssl::encrypt::Decrypter;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Padding;
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};
use zeroize::Zeroizing;

/// One private RSA key.
pub(super) struct RsaKey {
    pub(super) key: PKey<Private>,
    /// From this the answers to wrapped keys that do not unwrap are derived.
    pub(super) secret: ring::hmac::Key,
    /// Hex SHA-256 of the SubjectPublicKeyInfo.
    pub(super) label: String,
}

/// The unwrapped key, or the one that stands for it; an error only where there is no candidate.
pub(super) fn unwrap_key(keys: &[&RsaKey], wrapped: &WrappedKey<'_>) -> Result<ContentKey, NotUnwrapped> {
    let first = keys.first().ok_or(NotUnwrapped)?;
    let mut chosen = stand_in(first, wrapped);
    let mut label = &first.label;
    for key in keys {
        let mut found = Zeroizing::new(vec![0; wrapped.key_octets()]);
        let holds = match wrapped.method() {
            KeyManagement::RsaOaep { digest, mgf1, label } => {
                oaep(key, (digest, mgf1, label), wrapped.octets(), &mut found)
            }
            KeyManagement::RsaPkcs1 => pkcs1(key, wrapped.octets(), &mut found),
            _ => return Err(NotUnwrapped),
        };
        for (kept, new) in chosen.iter_mut().zip(found.iter()) {
            kept.conditional_assign(new, holds);
        }
        label = if holds.into() { &key.label } else { label };
    }
    Ok(ContentKey::new(&chosen).unwrapped_with(label))
}

/// Whether the wrapped octets hold a key of the length of `found`, which is then there.
fn oaep(
    key: &RsaKey,
    (digest, mgf1, label): (DigestAlgorithm, DigestAlgorithm, &[u8]),
    wrapped: &[u8],
    found: &mut [u8],
) -> Choice {
    let run = || -> Result<Vec<u8>, ErrorStack> {
        let mut decrypter = Decrypter::new(&key.key)?;
        decrypter.set_rsa_padding(Padding::PKCS1_OAEP)?;
        decrypter.set_rsa_oaep_md(message_digest(digest))?;
        decrypter.set_rsa_mgf1_md(message_digest(mgf1))?;
        if !label.is_empty() {
            decrypter.set_rsa_oaep_label(label)?;
        }
        let mut plain = vec![0; decrypter.decrypt_len(wrapped)?];
        let length = decrypter.decrypt(wrapped, &mut plain)?;
        plain.truncate(length);
        Ok(plain)
    };
    let plain = Zeroizing::new(run().unwrap_or_default());
    let holds = plain.len() == found.len();
    if holds {
        found.copy_from_slice(&plain);
    }
    Choice::from(u8::from(holds))
}

/// RFC 8017 section 7.2.2 with a known length of the message: 00 02, non-zero octets, 00, the message. Without a branch on
/// what was decrypted.
fn pkcs1(key: &RsaKey, wrapped: &[u8], found: &mut [u8]) -> Choice {
    let never = Choice::from(0);
    let Ok(rsa) = key.key.rsa() else { return never };
    let size = usize::try_from(rsa.size()).unwrap_or(0);
    let mut block = Zeroizing::new(vec![0; size]);
    let ran = wrapped.len() == size && rsa.private_decrypt(wrapped, &mut block, Padding::NONE).is_ok();
    let Some((head, message)) = size.checked_sub(found.len()).and_then(|at| block.split_at_checked(at))
    else {
        return never;
    };
    let ([first, second, padding @ .., separator], true) = (head, head.len() >= 11) else { return never };
    let mut right = Choice::from(u8::from(ran)) & first.ct_eq(&0) & second.ct_eq(&2) & separator.ct_eq(&0);
    for octet in padding {
        right &= !octet.ct_eq(&0);
    }
    found.copy_from_slice(message);
    right
}

/// As many octets as are wanted: HMAC-SHA256 over a counter and the wrapped octets.
fn stand_in(key: &RsaKey, wrapped: &WrappedKey<'_>) -> Zeroizing<Vec<u8>> {
    let mut octets = Zeroizing::new(Vec::with_capacity(64));
    for counter in 0..u8::MAX {
        if octets.len() >= wrapped.key_octets() {
            break;
        }
        let block = [&[counter], wrapped.octets()].concat();
        octets.extend_from_slice(ring::hmac::sign(&key.secret, &block).as_ref());
    }
    octets.truncate(wrapped.key_octets());
    octets
}

fn message_digest(digest: DigestAlgorithm) -> MessageDigest {
    match digest {
        DigestAlgorithm::Sha1 => MessageDigest::sha1(),
        DigestAlgorithm::Sha256 => MessageDigest::sha256(),
        DigestAlgorithm::Sha384 => MessageDigest::sha384(),
        DigestAlgorithm::Sha512 => MessageDigest::sha512(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::decrypt::{Decryptor, PrivateKeys};
    use openssl::encrypt::Encrypter;
    use openssl::pkey::PKey;
    use openssl::rsa::Rsa;

    fn key() -> PKey<openssl::pkey::Private> {
        PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap()
    }

    fn keys(all: &[&PKey<openssl::pkey::Private>]) -> PrivateKeys {
        let pem: Vec<u8> = all.iter().flat_map(|key| key.private_key_to_pem_pkcs8().unwrap()).collect();
        PrivateKeys::from_pem(&String::from_utf8(pem).unwrap()).unwrap()
    }

    /// Every pair of digests unwraps with its own pair, by any key of the set; everything else gives a key that stands for it,
    /// the same for the same octets, and never an error.
    #[test]
    fn what_does_not_unwrap_is_not_told() {
        use DigestAlgorithm::{Sha1, Sha256, Sha384, Sha512};
        let (old, new) = (key(), key());
        let both = keys(&[&new, &old]);
        let secret = [9_u8; 32];
        for digest in [Sha1, Sha256, Sha384, Sha512] {
            for mgf1 in [Sha1, Sha256, Sha384, Sha512] {
                let mut encrypter = Encrypter::new(&old).unwrap();
                encrypter.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
                encrypter.set_rsa_oaep_md(message_digest(digest)).unwrap();
                encrypter.set_rsa_mgf1_md(message_digest(mgf1)).unwrap();
                encrypter.set_rsa_oaep_label(b"label").unwrap();
                let mut octets = vec![0; encrypter.encrypt_len(&secret).unwrap()];
                let length = encrypter.encrypt(&secret, &mut octets).unwrap();
                octets.truncate(length);
                let run = |label: &'static [u8], octets: &[u8], length: usize| {
                    let method = KeyManagement::RsaOaep { digest, mgf1, label };
                    both.unwrap_key(&WrappedKey::new(method, octets, length)).unwrap()
                };
                let good = run(b"label", &octets, 32);
                assert!(good.is(&secret), "{digest} {mgf1}");
                assert_eq!(good.label(), Some(both.own_keys()[1].label.as_str()));
                let other = run(b"", &octets, 32);
                assert!(!other.is(&secret) && other.is(run(b"", &octets, 32).as_bytes()));
                assert_eq!(run(b"label", &octets, 16).as_bytes().len(), 16);
                octets[0] ^= 1;
                let changed = run(b"label", &octets, 32);
                assert!(!changed.is(&secret) && !changed.is(other.as_bytes()));
                assert_eq!(run(b"label", b"", 32).as_bytes().len(), 32);
            }
        }
    }

    #[test]
    fn pkcs1_has_no_failure() {
        let own = key();
        let one = keys(&[&own]);
        let rsa = own.rsa().unwrap();
        let wrap = |message: &[u8]| {
            let mut octets = vec![0; 256];
            rsa.public_encrypt(message, &mut octets, Padding::PKCS1).unwrap();
            octets
        };
        let run =
            |octets: &[u8]| one.unwrap_key(&WrappedKey::new(KeyManagement::RsaPkcs1, octets, 16)).unwrap();
        assert!(run(&wrap(&[3; 16])).is(&[3; 16]));
        for bad in [wrap(&[3; 15]), wrap(&[3; 17]), vec![0; 256], vec![1; 255], vec![0xff; 256], Vec::new()] {
            let stand_in = run(&bad);
            assert!(stand_in.as_bytes().len() == 16 && stand_in.is(run(&bad).as_bytes()));
            assert!(!stand_in.is(&[3; 16]) && !stand_in.is(&[0; 16]));
        }
    }
}
