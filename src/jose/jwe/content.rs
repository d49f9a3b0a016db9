//! From a key to the content: the content key, then the content, in the same steps whether there is a content key or not.

use super::algorithm::{ContentEncryptionAlgorithm as Enc, KeyManagementAlgorithm as Alg};
use super::compact::Segments;
use super::header::{Agreement, Header};
use super::key::{DecryptionKey, Material};
#[cfg(feature = "decryption")]
use super::managed;
#[cfg(feature = "decryption")]
use crate::crypto::{Authenticated, open_cbc_hmac};
use crate::crypto::{
    ContentCipher, ContentKey, Decryptor, DigestAlgorithm, KeyManagement, NotUnwrapped, RecipientHint,
    Sealed, WrappedKey, open as open_sealed,
};
use crate::encoding::base64;
use crate::error::Failure;
use zeroize::Zeroizing;

/// Decrypts with one key. Without a content key the content is decrypted all the same, with octets that are no key, and the
/// result is dropped, so that the time does not tell.
///
/// `JweShape`: the sender's key is on no curve.
pub(super) fn open(
    key: &DecryptionKey,
    header: &Header<'_>,
    segments: &Segments<'_>,
) -> Result<Option<Vec<u8>>, Failure> {
    let octets = header.enc.key_octets();
    let content_key = content_key(key, header, segments)?.filter(|key| key.as_bytes().len() == octets);
    let is_key = content_key.is_some();
    let content_key = content_key.unwrap_or_else(|| no_key(&segments.encrypted_key, octets));
    Ok(decrypt(header.enc, content_key, segments).filter(|_| is_key))
}

/// The content key, as far as this key yields one.
fn content_key(
    key: &DecryptionKey,
    header: &Header<'_>,
    segments: &Segments<'_>,
) -> Result<Option<ContentKey>, Failure> {
    let wrapped = segments.encrypted_key.as_slice();
    match (&key.material, header.alg) {
        (Material::Held(decryptor, _), _) => Ok(held(decryptor.as_ref(), header, wrapped)),
        (Material::Shared(_) | Material::ClientSecret(_), Alg::Dir) => {
            Ok(key.shared_octets(header.enc.key_octets()))
        }
        #[cfg(feature = "decryption")]
        (Material::Shared(_) | Material::ClientSecret(_), alg) => {
            let shared = alg.shared_key_octets().and_then(|octets| key.shared_octets(octets));
            Ok(shared
                .and_then(|shared| managed::unwrap_with_shared(alg, header.enc, shared.as_bytes(), wrapped)))
        }
        #[cfg(feature = "decryption")]
        (Material::Private(managed), alg) => {
            managed.content_key(alg, header.enc, header.agreement.as_ref(), wrapped)
        }
        #[cfg(not(feature = "decryption"))]
        _ => Ok(None),
    }
}

/// The content key by a decryptor of the application.
fn held(decryptor: &dyn Decryptor, header: &Header<'_>, wrapped: &[u8]) -> Option<ContentKey> {
    let ask = |method, octets, wanted| {
        let hint = RecipientHint::default();
        let hint = header.kid.map_or(hint, |kid| hint.with_name(kid));
        let answer = decryptor.unwrap_key(&WrappedKey::new(method, octets, wanted).with_hint(hint));
        answer.ok().filter(|key| key.as_bytes().len() == wanted)
    };
    let octets = header.enc.key_octets();
    if let Some(digest) = header.alg.oaep_digest() {
        return ask(KeyManagement::RsaOaep { digest, mgf1: digest, label: b"" }, wrapped, octets);
    }
    if let Some(shared) = header.alg.shared_key_octets() {
        return ask(KeyManagement::AesKeyWrap { octets: shared }, wrapped, octets);
    }
    let Some(agreement) = &header.agreement else { return ask(KeyManagement::Direct, b"", octets) };
    let Agreement { curve, x, y, .. } = agreement;
    let shared = ask(KeyManagement::EcdhEs { curve: *curve, x, y }, b"", curve.octets())?;
    match header.alg.wrapping() {
        None => concat_kdf(shared.as_bytes(), header.enc.name(), octets, agreement),
        #[cfg(feature = "decryption")]
        Some(wrapping) => {
            let length = wrapping.shared_key_octets()?;
            let derived = concat_kdf(shared.as_bytes(), header.alg.name(), length, agreement)?;
            managed::unwrap_with_shared(wrapping, header.enc, derived.as_bytes(), wrapped)
        }
        #[cfg(not(feature = "decryption"))]
        Some(_) => None,
    }
}

/// The Concat KDF with SHA-256 (RFC 7518 section 4.6.2, NIST SP 800-56A section 5.8.1).
fn concat_kdf(
    shared: &[u8],
    algorithm: &str,
    octets: usize,
    agreement: &Agreement<'_>,
) -> Option<ContentKey> {
    let length = |octets: usize| u32::try_from(octets).ok().map(u32::to_be_bytes);
    let party = |party: Option<&str>| base64::decode_url(party.unwrap_or_default());
    let (apu, apv) = (party(agreement.apu)?, party(agreement.apv)?);
    let mut info = Zeroizing::new(shared.to_vec());
    for part in [algorithm.as_bytes(), &apu, &apv] {
        info.extend_from_slice(&length(part.len())?);
        info.extend_from_slice(part);
    }
    info.extend_from_slice(&length(octets.checked_mul(8)?)?);
    let mut derived = Zeroizing::new(Vec::with_capacity(64));
    for counter in 1_u32..=2 {
        let round = Zeroizing::new([counter.to_be_bytes().as_slice(), &info].concat());
        derived.extend_from_slice(DigestAlgorithm::Sha256.digest(&round).as_ref());
    }
    derived.get(..octets).map(ContentKey::new)
}

/// Octets in the place of a content key that there is not: the same for the same token.
fn no_key(encrypted_key: &[u8], octets: usize) -> ContentKey {
    let digest = DigestAlgorithm::Sha512.digest(encrypted_key);
    ContentKey::new(digest.as_ref().get(..octets).unwrap_or_default())
}

fn decrypt(enc: Enc, key: ContentKey, segments: &Segments<'_>) -> Option<Vec<u8>> {
    let Segments { aad, iv, ciphertext, tag, .. } = segments;
    let cipher = match enc {
        Enc::A128Gcm => ContentCipher::Aes128Gcm,
        Enc::A192Gcm => ContentCipher::Aes192Gcm,
        Enc::A256Gcm => ContentCipher::Aes256Gcm,
        #[cfg(feature = "decryption")]
        Enc::A128CbcHs256 | Enc::A192CbcHs384 | Enc::A256CbcHs512 => {
            let digest = match enc {
                Enc::A128CbcHs256 => DigestAlgorithm::Sha256,
                Enc::A192CbcHs384 => DigestAlgorithm::Sha384,
                _ => DigestAlgorithm::Sha512,
            };
            return open_cbc_hmac(digest, key.as_bytes(), &Authenticated { aad, iv, ciphertext, tag });
        }
        #[cfg(not(feature = "decryption"))]
        Enc::A128CbcHs256 | Enc::A192CbcHs384 | Enc::A256CbcHs512 => return None,
    };
    let key: Result<ContentKey, NotUnwrapped> = Ok(key);
    open_sealed(&key, &Sealed { cipher, iv, aad, ciphertext, tag }).ok()?.into_sound()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::AgreementCurve;
    use crate::jose::{DecryptionKeys, KeyManagementAlgorithm};
    use crate::json::{Bounds, Document};
    use std::sync::Arc;

    /// RFC 7518 appendix C: the shared secret Z, the content key.
    const Z: [u8; 32] = [
        158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49, 110, 163, 218,
        128, 106, 72, 246, 218, 167, 121, 140, 254, 144, 196,
    ];
    const DERIVED: &str = "VqqN6vgjbSBcIijNcacQGg";

    #[test]
    fn key_derivation_of_rfc_7518() {
        let epk = Document::parse("{}", Bounds::HEADER).unwrap();
        let agreement = Agreement {
            curve: AgreementCurve::P256,
            x: Vec::new(),
            y: Vec::new(),
            epk: epk.root(),
            apu: Some("QWxpY2U"),
            apv: Some("Qm9i"),
        };
        let derived = concat_kdf(&Z, "A128GCM", 16, &agreement).unwrap();
        assert_eq!(base64::encode_url(derived.as_bytes()), DERIVED);
        assert_eq!(concat_kdf(&Z, "A256CBC-HS512", 64, &agreement).unwrap().as_bytes().len(), 64);
        assert!(concat_kdf(&Z, "x", 65, &agreement).is_none());
    }

    /// Holds the secrets of the test, as an HSM would.
    struct Hsm;

    impl Decryptor for Hsm {
        fn unwrap_key(&self, wrapped: &WrappedKey<'_>) -> Result<ContentKey, NotUnwrapped> {
            match wrapped.method() {
                KeyManagement::Direct => Ok(ContentKey::new(&vec![7; wrapped.key_octets()])),
                KeyManagement::EcdhEs { curve: AgreementCurve::P256, .. } => Ok(ContentKey::new(&Z)),
                KeyManagement::RsaOaep { .. } if wrapped.octets() == [9; 256] => {
                    Ok(ContentKey::new(&[7; 16]))
                }
                _ => {
                    assert_eq!(wrapped.hint().name, Some("k"));
                    Err(NotUnwrapped)
                }
            }
        }
    }

    fn seal(header: &str, key: &[u8], encrypted_key: &[u8]) -> String {
        let header = base64::encode_url(header.as_bytes());
        let mut octets = b"e30.e30.AA".to_vec();
        let sealing = ring::aead::UnboundKey::new(&ring::aead::AES_128_GCM, key).unwrap();
        ring::aead::LessSafeKey::new(sealing)
            .seal_in_place_append_tag(
                ring::aead::Nonce::assume_unique_for_key([1; 12]),
                ring::aead::Aad::from(header.as_bytes()),
                &mut octets,
            )
            .unwrap();
        let (ciphertext, tag) = octets.split_at(octets.len() - 16);
        let parts = [encrypted_key, &[1; 12], ciphertext, tag].map(base64::encode_url);
        format!("{header}.{}", parts.join("."))
    }

    /// What a decryptor of the application holds serves in every build, for the algorithms that it is declared for.
    #[test]
    fn keys_that_somebody_else_holds() {
        use KeyManagementAlgorithm as A;
        let keys = |algorithms: &[A]| {
            let pairs: Vec<_> = [A::Dir, A::EcdhEs, A::RsaOaep256].map(|alg| (alg, Enc::A128Gcm)).into();
            DecryptionKeys::new([DecryptionKey::held_by(Arc::new(Hsm), algorithms)], &pairs).unwrap()
        };
        let all = keys(&[A::Dir, A::EcdhEs, A::RsaOaep256]);
        let epk = r#""epk":{"kty":"EC","crv":"P-256","x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY","y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}"#;
        let agreed = format!(r#"{{"alg":"ECDH-ES","enc":"A128GCM",{epk},"apu":"QWxpY2U","apv":"Qm9i"}}"#);
        let derived = base64::decode_url(DERIVED).unwrap();
        let transported = r#"{"alg":"RSA-OAEP-256","enc":"A128GCM","kid":"k"}"#;
        for (token, alg) in [
            (seal(r#"{"alg":"dir","enc":"A128GCM"}"#, &[7; 16], b""), A::Dir),
            (seal(&agreed, &derived, b""), A::EcdhEs),
            (seal(transported, &[7; 16], &[9; 256]), A::RsaOaep256),
        ] {
            let decrypted = all.decrypt(&token).unwrap();
            assert_eq!((decrypted.token(), decrypted.algorithms().0), ("e30.e30.AA", alg));
            let others: Vec<_> = A::ALL.iter().copied().filter(|other| *other != alg).collect();
            assert_eq!(keys(&others).decrypt(&token).unwrap_err().check().name(), "JweDecryptFailed");
        }
        let refused = all.decrypt(&seal(transported, &[7; 16], &[8; 256])).unwrap_err();
        assert_eq!(
            (refused.check().name(), refused.to_string()),
            ("JweDecryptFailed", "OI123 encrypted-token".into())
        );
    }
}
