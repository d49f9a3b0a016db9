//! A key inside a certificate, for a library that takes keys in no other form. It says nothing: no names, no signature.

use super::MlDsaSet;
use super::algorithm::KeyKind;
use super::backend::Material;
use super::key::PublicKey;
use crate::encoding::der::{BIT_STRING, NULL, OID, SEQUENCE, integer, wrap};

impl PublicKey {
    /// A DER certificate (version 1) whose only content is this key. Nobody can trust it: its signature is empty.
    pub(crate) fn in_empty_certificate(&self) -> Vec<u8> {
        let algorithm = wrap(SEQUENCE, &[&wrap(OID, &[SHA256_WITH_RSA]), &wrap(NULL, &[])]);
        let nobody = wrap(SEQUENCE, &[]);
        let validity =
            wrap(SEQUENCE, &[&wrap(UTC_TIME, &[b"000101000000Z"]), &wrap(UTC_TIME, &[b"491231235959Z"])]);
        let signed = [&integer(&[1]), &algorithm, &nobody, &validity, &nobody, &self.spki_der()];
        let signed = wrap(SEQUENCE, &signed.map(Vec::as_slice));
        wrap(SEQUENCE, &[&signed, &algorithm, &wrap(BIT_STRING, &[&[0]])])
    }

    /// The key as a DER SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
    fn spki_der(&self) -> Vec<u8> {
        let bits = |octets: &[u8]| wrap(BIT_STRING, &[&[0], octets]);
        let (algorithm, key) = match &self.material {
            Material::Rsa { n, e } => {
                let algorithm = [wrap(OID, &[RSA_ENCRYPTION]), wrap(NULL, &[])].concat();
                (algorithm, bits(&wrap(SEQUENCE, &[&integer(n), &integer(e)])))
            }
            Material::P256(point) => (on_curve(CURVE_P256), bits(point)),
            Material::P384(point) => (on_curve(CURVE_P384), bits(point)),
            Material::P521(point) => (on_curve(CURVE_P521), bits(point)),
            Material::Ed25519(key) => (wrap(OID, &[ED25519]), bits(key)),
            Material::MlDsa(key) => {
                let parameters = match self.kind() {
                    KeyKind::MlDsa(MlDsaSet::MlDsa44) => ML_DSA_44,
                    KeyKind::MlDsa(MlDsaSet::MlDsa65) => ML_DSA_65,
                    _ => ML_DSA_87,
                };
                (wrap(OID, &[parameters]), bits(key))
            }
        };
        wrap(SEQUENCE, &[&wrap(SEQUENCE, &[&algorithm]), &key])
    }
}

fn on_curve(curve: &[u8]) -> Vec<u8> {
    [wrap(OID, &[EC_PUBLIC_KEY]), wrap(OID, &[curve])].concat()
}

const UTC_TIME: u8 = 0x17;
/// 1.2.840.113549.1.1.11
const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
/// 1.2.840.113549.1.1.1
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// 1.2.840.10045.2.1
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.2.840.10045.3.1.7
const CURVE_P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// 1.3.132.0.34
const CURVE_P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
/// 1.3.132.0.35
const CURVE_P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
/// 1.3.101.112
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// 2.16.840.1.101.3.4.3.17
const ML_DSA_44: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x11];
/// 2.16.840.1.101.3.4.3.18
const ML_DSA_65: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x12];
/// 2.16.840.1.101.3.4.3.19
const ML_DSA_87: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x13];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{Certificate, TrustedKeys};

    #[test]
    fn the_key_comes_out_as_it_went_in() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/saml/keys");
        let mut kinds = std::collections::BTreeSet::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let Ok(keys) = TrustedKeys::from_pem(&text) else { continue };
            for trusted in keys.iter() {
                let again = Certificate::from_der(&trusted.key().in_empty_certificate()).unwrap();
                assert!(again.key() == trusted.key(), "{path:?}");
                assert_eq!(PublicKey::from_spki_der(&trusted.key().spki_der()).unwrap(), *trusted.key());
                kinds.insert(trusted.key().kind().to_string());
            }
        }
        assert!(kinds.len() >= 3, "{kinds:?}");
    }
}
