//! Signature checks by ring. It has no form of a key that is parsed once; the DER of a key and its limits are.

use super::super::algorithm::{DigestAlgorithm, SignatureAlgorithm};
use super::{Key, Material, asn1_signature};
use crate::check::Check;
use ring::signature as rs;

/// ring keeps nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Ready(());

/// Does the key verify the signature? `legacy_size`: an RSA modulus below 2048 bits.
///
/// `AlgUnsupported`: ring cannot compute it.
pub(crate) fn is_signature(
    algorithm: SignatureAlgorithm,
    (key, _, _): Key<'_>,
    octets: &[u8],
    signature: &[u8],
    legacy_size: bool,
) -> Result<bool, Check> {
    let verdict = match key {
        Material::Rsa { n, e } => {
            let parameters = rsa_parameters(algorithm, legacy_size)?;
            rs::RsaPublicKeyComponents { n, e }.verify(parameters, octets, signature)
        }
        Material::P256(point) => return ecdsa(point, 32, algorithm, octets, signature),
        Material::P384(point) => return ecdsa(point, 48, algorithm, octets, signature),
        Material::P521(_) | Material::MlDsa(_) => return Err(Check::AlgUnsupported),
        Material::Ed25519(key) => rs::UnparsedPublicKey::new(&rs::ED25519, key).verify(octets, signature),
    };
    Ok(verdict.is_ok())
}

fn rsa_parameters(
    algorithm: SignatureAlgorithm,
    legacy_size: bool,
) -> Result<&'static rs::RsaParameters, Check> {
    use DigestAlgorithm as D;
    use SignatureAlgorithm as S;
    Ok(match (algorithm, legacy_size) {
        (S::RsaPkcs1(D::Sha1), false) => &rs::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        (S::RsaPkcs1(D::Sha256), false) => &rs::RSA_PKCS1_2048_8192_SHA256,
        (S::RsaPkcs1(D::Sha384), false) => &rs::RSA_PKCS1_2048_8192_SHA384,
        (S::RsaPkcs1(D::Sha512), false) => &rs::RSA_PKCS1_2048_8192_SHA512,
        (S::RsaPss(D::Sha256), false) => &rs::RSA_PSS_2048_8192_SHA256,
        (S::RsaPss(D::Sha384), false) => &rs::RSA_PSS_2048_8192_SHA384,
        (S::RsaPss(D::Sha512), false) => &rs::RSA_PSS_2048_8192_SHA512,
        (S::RsaPkcs1(D::Sha1), true) => &rs::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        (S::RsaPkcs1(D::Sha256), true) => &rs::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        (S::RsaPkcs1(D::Sha512), true) => &rs::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        _ => return Err(Check::AlgUnsupported),
    })
}

/// ring takes r and s in fixed form only where digest and curve have the same length; other pairs go in as ASN.1.
fn ecdsa(
    point: &[u8],
    field: usize,
    algorithm: SignatureAlgorithm,
    octets: &[u8],
    signature: &[u8],
) -> Result<bool, Check> {
    use DigestAlgorithm as D;
    let SignatureAlgorithm::Ecdsa(digest) = algorithm else { return Err(Check::AlgKeyMismatch) };
    let fixed: &'static dyn rs::VerificationAlgorithm = match (field, digest) {
        (32, D::Sha256) => &rs::ECDSA_P256_SHA256_FIXED,
        (48, D::Sha384) => &rs::ECDSA_P384_SHA384_FIXED,
        (32, D::Sha384) => return Ok(as_asn1(&rs::ECDSA_P256_SHA384_ASN1, point, field, octets, signature)),
        (48, D::Sha256) => return Ok(as_asn1(&rs::ECDSA_P384_SHA256_ASN1, point, field, octets, signature)),
        _ => return Err(Check::AlgUnsupported),
    };
    Ok(rs::UnparsedPublicKey::new(fixed, point).verify(octets, signature).is_ok())
}

fn as_asn1(
    algorithm: &'static rs::EcdsaVerificationAlgorithm,
    point: &[u8],
    field: usize,
    octets: &[u8],
    signature: &[u8],
) -> bool {
    let key = rs::UnparsedPublicKey::new(algorithm, point);
    asn1_signature(field, signature).is_some_and(|signature| key.verify(octets, &signature).is_ok())
}
