//! Signature checks by aws-lc, with each key parsed once per algorithm and kept.

use super::super::algorithm::{DigestAlgorithm, KeyKind, MlDsaSet, SignatureAlgorithm};
use super::{Key, Material, asn1_signature, sequence_of_integers};
use crate::check::Check;
use aws_lc_rs::signature::{self as lc, ParsedPublicKey, VerificationAlgorithm};
use std::sync::{Arc, OnceLock};

/// The key as aws-lc has it, per algorithm, made when it is needed first. Copies of a key share it. Two keys are equal by
/// their material, whatever was made of it.
#[derive(Clone, Default)]
pub(crate) struct Ready(Arc<[OnceLock<Option<ParsedPublicKey>>; PLACES]>);

impl PartialEq for Ready {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Ready {}

/// Does the key verify the signature? `legacy_size`: an RSA modulus below 2048 bits.
///
/// `AlgUnsupported`: aws-lc-rs cannot compute it.
pub(crate) fn is_signature(
    algorithm: SignatureAlgorithm,
    (key, kind, ready): Key<'_>,
    octets: &[u8],
    signature: &[u8],
    legacy_size: bool,
) -> Result<bool, Check> {
    let (how, form) = parameters(algorithm, kind, legacy_size)?;
    let ready = place(algorithm).and_then(|place| ready.0.get(place)).ok_or(Check::AlgUnsupported)?;
    let Some(parsed) = ready.get_or_init(|| parse(how, key)) else { return Ok(false) };
    Ok(match form {
        Form::AsIs => parsed.verify_sig(octets, signature).is_ok(),
        Form::Asn1(field) => asn1_signature(field, signature)
            .is_some_and(|signature| parsed.verify_sig(octets, &signature).is_ok()),
    })
}

/// In which form aws-lc wants the signature.
enum Form {
    AsIs,
    /// r and s have this many octets.
    Asn1(usize),
}

type Parameters = (&'static dyn VerificationAlgorithm, Form);

fn parameters(algorithm: SignatureAlgorithm, kind: KeyKind, legacy_size: bool) -> Result<Parameters, Check> {
    use DigestAlgorithm as D;
    use KeyKind::{P256, P384, P521};
    use SignatureAlgorithm as S;
    Ok(match (algorithm, kind) {
        (S::RsaPkcs1(_) | S::RsaPss(_), KeyKind::Rsa { .. }) => {
            (rsa_parameters(algorithm, legacy_size)?, Form::AsIs)
        }
        (S::Ecdsa(D::Sha256), P256) => (&lc::ECDSA_P256_SHA256_FIXED, Form::AsIs),
        (S::Ecdsa(D::Sha384), P256) => (&lc::ECDSA_P256_SHA384_ASN1, Form::Asn1(32)),
        (S::Ecdsa(D::Sha512), P256) => (&lc::ECDSA_P256_SHA512_ASN1, Form::Asn1(32)),
        (S::Ecdsa(D::Sha256), P384) => (&lc::ECDSA_P384_SHA256_ASN1, Form::Asn1(48)),
        (S::Ecdsa(D::Sha384), P384) => (&lc::ECDSA_P384_SHA384_FIXED, Form::AsIs),
        (S::Ecdsa(D::Sha512), P384) => (&lc::ECDSA_P384_SHA512_ASN1, Form::Asn1(48)),
        (S::Ecdsa(D::Sha256), P521) => (&lc::ECDSA_P521_SHA256_FIXED, Form::AsIs),
        (S::Ecdsa(D::Sha384), P521) => (&lc::ECDSA_P521_SHA384_FIXED, Form::AsIs),
        (S::Ecdsa(D::Sha512), P521) => (&lc::ECDSA_P521_SHA512_FIXED, Form::AsIs),
        (S::Ed25519, KeyKind::Ed25519) => (&lc::ED25519, Form::AsIs),
        (S::MlDsa(MlDsaSet::MlDsa44), KeyKind::MlDsa(MlDsaSet::MlDsa44)) => (&lc::ML_DSA_44, Form::AsIs),
        (S::MlDsa(MlDsaSet::MlDsa65), KeyKind::MlDsa(MlDsaSet::MlDsa65)) => (&lc::ML_DSA_65, Form::AsIs),
        (S::MlDsa(MlDsaSet::MlDsa87), KeyKind::MlDsa(MlDsaSet::MlDsa87)) => (&lc::ML_DSA_87, Form::AsIs),
        _ => return Err(Check::AlgUnsupported),
    })
}

fn rsa_parameters(
    algorithm: SignatureAlgorithm,
    legacy_size: bool,
) -> Result<&'static lc::RsaParameters, Check> {
    use DigestAlgorithm as D;
    use SignatureAlgorithm as S;
    Ok(match (algorithm, legacy_size) {
        (S::RsaPkcs1(D::Sha1), false) => &lc::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        (S::RsaPkcs1(D::Sha256), false) => &lc::RSA_PKCS1_2048_8192_SHA256,
        (S::RsaPkcs1(D::Sha384), false) => &lc::RSA_PKCS1_2048_8192_SHA384,
        (S::RsaPkcs1(D::Sha512), false) => &lc::RSA_PKCS1_2048_8192_SHA512,
        (S::RsaPss(D::Sha256), false) => &lc::RSA_PSS_2048_8192_SHA256,
        (S::RsaPss(D::Sha384), false) => &lc::RSA_PSS_2048_8192_SHA384,
        (S::RsaPss(D::Sha512), false) => &lc::RSA_PSS_2048_8192_SHA512,
        (S::RsaPkcs1(D::Sha1), true) => &lc::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        (S::RsaPkcs1(D::Sha256), true) => &lc::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        (S::RsaPkcs1(D::Sha512), true) => &lc::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        _ => return Err(Check::AlgUnsupported),
    })
}

/// Where the key is kept for an algorithm: schemes do not share keys, so they share places.
const fn place(algorithm: SignatureAlgorithm) -> Option<usize> {
    use DigestAlgorithm as D;
    use SignatureAlgorithm as S;
    Some(match algorithm {
        S::RsaPkcs1(D::Sha256) | S::Ecdsa(D::Sha256) | S::Ed25519 | S::MlDsa(_) => 0,
        S::RsaPkcs1(D::Sha384) | S::Ecdsa(D::Sha384) => 1,
        S::RsaPkcs1(D::Sha512) | S::Ecdsa(D::Sha512) => 2,
        S::RsaPss(D::Sha256) => 3,
        S::RsaPss(D::Sha384) => 4,
        S::RsaPss(D::Sha512) => 5,
        S::RsaPkcs1(D::Sha1) => 6,
        S::RsaPss(D::Sha1) | S::Ecdsa(D::Sha1) => return None,
    })
}

const PLACES: usize = 7;

/// `None`: aws-lc refuses the key, so it verifies nothing.
fn parse(how: &'static dyn VerificationAlgorithm, key: &Material) -> Option<ParsedPublicKey> {
    match key {
        Material::Rsa { n, e } => ParsedPublicKey::new(how, sequence_of_integers(&[n, e])),
        Material::P256(octets)
        | Material::P384(octets)
        | Material::P521(octets)
        | Material::MlDsa(octets) => ParsedPublicKey::new(how, octets),
        Material::Ed25519(octets) => ParsedPublicKey::new(how, octets),
    }
    .ok()
}
