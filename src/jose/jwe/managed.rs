//! Key management with private keys (RFC 7518 section 4), by josekit on OpenSSL: only the content key comes from there. What
//! it reads was read strictly before, and its errors are not looked at.

use super::super::jwk::{elliptic, malformed, required, secret_member};
use super::algorithm::{ContentEncryptionAlgorithm, KeyManagementAlgorithm};
use super::compact::shape;
use super::header::Agreement;
use crate::check::Check;
use crate::crypto::{AgreementCurve, ContentKey};
use crate::error::{Failure, Quoted, Reason};
use crate::json::Value;
use crate::limits::{RSA_BITS_MAX, RSA_BITS_MIN};
use josekit::jwe::alg::aeskw::AeskwJweAlgorithm;
use josekit::jwe::alg::ecdh_es::EcdhEsJweAlgorithm;
use josekit::jwe::alg::rsaes::RsaesJweAlgorithm;
use josekit::jwe::enc::aescbc_hmac::AescbcHmacJweEncryption;
use josekit::jwe::enc::aesgcm::AesgcmJweEncryption;
use josekit::jwe::{JweContentEncryption, JweDecrypter, JweHeader};
use josekit::jwk::alg::ec::EcKeyPair;
use josekit::jwk::alg::ecx::EcxKeyPair;
use josekit::jwk::alg::rsa::RsaKeyPair;
use josekit::jwk::{Jwk, KeyPair};
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Private};
use std::sync::Arc;
use zeroize::Zeroizing;

/// A private key, ready for each algorithm that it fits.
#[derive(Clone)]
pub(super) struct Managed {
    ready: Arc<[(KeyManagementAlgorithm, Box<dyn JweDecrypter>)]>,
    /// The curve of an elliptic key.
    curve: Option<AgreementCurve>,
}

impl Managed {
    /// Reads a private key in PEM.
    pub(super) fn from_pem(pem: &[u8]) -> Result<Self, Failure> {
        // A passphrase is never asked for.
        let key = PKey::private_key_from_pem_callback(pem, |_| Ok(0));
        Self::new(&key.map_err(|_| malformed("no private key in PEM without passphrase"))?)
    }

    /// Reads a private JWK. An RSA key has been found strong enough before.
    pub(super) fn from_jwk(jwk: Value<'_>) -> Result<Self, Failure> {
        let kty = required(jwk, "kty")?;
        let names: &[&'static str] = match kty {
            "RSA" => &["n", "e", "d", "p", "q", "dp", "dq", "qi"],
            "EC" => &["x", "y", "d"],
            _ => &["x", "d"],
        };
        let mut members = serde_json::Map::new();
        for name in names {
            secret_member(jwk, name)?;
            members.insert((*name).to_owned(), required(jwk, name)?.into());
        }
        members.insert("kty".to_owned(), kty.into());
        if kty == "EC" {
            elliptic(jwk)?;
        }
        if kty != "RSA" {
            members.insert("crv".to_owned(), required(jwk, "crv")?.into());
        }
        let no_key = || malformed("a private key whose numbers do not fit together");
        let key = Jwk::from_map(members).map_err(|_| no_key())?;
        let der = match kty {
            "RSA" => RsaKeyPair::from_jwk(&key).map(|pair| pair.to_der_private_key()),
            "EC" => EcKeyPair::from_jwk(&key).map(|pair| pair.to_der_private_key()),
            _ => EcxKeyPair::from_jwk(&key).map(|pair| pair.to_der_private_key()),
        };
        let der = Zeroizing::new(der.map_err(|_| no_key())?);
        let key = PKey::private_key_from_der(&der).map_err(|_| no_key())?;
        let managed = Self::new(&key)?;
        let public = key.raw_public_key().ok();
        if public.is_some_and(|public| Ok(Zeroizing::new(public)) != secret_member(jwk, "x")) {
            return Err(no_key());
        }
        Ok(managed)
    }

    fn new(key: &PKey<Private>) -> Result<Self, Failure> {
        let unsupported = |found: &str| {
            let reason = Reason::Found { what: "key", found: Quoted::protocol(found) };
            Failure::at(Check::AlgUnsupported, "/keys", reason)
        };
        let no_key = |_| malformed("a private key whose numbers do not fit together");
        let curve = match key.id() {
            Id::RSA => {
                let bits = usize::try_from(key.bits()).unwrap_or(0);
                let check = if bits < RSA_BITS_MIN { Check::WeakKey } else { Check::KeyTooLarge };
                if !(RSA_BITS_MIN..=RSA_BITS_MAX).contains(&bits) {
                    let reason = Reason::KeySize { bits, least: RSA_BITS_MIN, most: RSA_BITS_MAX };
                    return Err(Failure::at(check, "/keys", reason));
                }
                if !key.rsa().and_then(|rsa| rsa.check_key()).map_err(no_key)? {
                    return Err(malformed("a private key whose numbers do not fit together"));
                }
                None
            }
            Id::EC => {
                let key = key.ec_key().map_err(no_key)?;
                key.check_key().map_err(no_key)?;
                let named = key.group().curve_name().and_then(curve_of);
                Some(named.ok_or_else(|| unsupported("another elliptic curve"))?)
            }
            Id::X25519 => Some(AgreementCurve::X25519),
            _ => return Err(unsupported("another kind of key")),
        };
        let der = Zeroizing::new(key.private_key_to_pkcs8().map_err(no_key)?);
        let mut ready: Vec<(KeyManagementAlgorithm, Box<dyn JweDecrypter>)> = Vec::new();
        for alg in KeyManagementAlgorithm::ALL.iter().copied() {
            let decrypter: Option<Box<dyn JweDecrypter>> = match curve {
                None => rsaes(alg).map(|alg| alg.decrypter_from_der(&der)).transpose().map(boxed),
                Some(_) => ecdh(alg).map(|alg| alg.decrypter_from_der(&der)).transpose().map(boxed),
            }
            .map_err(|_| malformed("a private key that OpenSSL does not take"))?;
            ready.extend(decrypter.map(|decrypter| (alg, decrypter)));
        }
        Ok(Self { ready: ready.into(), curve })
    }

    /// True when the key serves this algorithm.
    pub(super) fn fits(&self, alg: KeyManagementAlgorithm) -> bool {
        self.ready.iter().any(|(ready, _)| *ready == alg)
    }

    /// The curve of an elliptic key.
    pub(super) const fn curve(&self) -> Option<AgreementCurve> {
        self.curve
    }

    /// The content key; `None` without detail when there is none. `JweShape`: a public fact, the sender's key is on no curve.
    pub(super) fn content_key(
        &self,
        alg: KeyManagementAlgorithm,
        enc: ContentEncryptionAlgorithm,
        agreement: Option<&Agreement<'_>>,
        encrypted_key: &[u8],
    ) -> Result<Option<ContentKey>, Failure> {
        let mut header = JweHeader::new();
        if let Some(agreement) = agreement {
            if agreement.curve == AgreementCurve::P521 && !is_on_p521(&agreement.x, &agreement.y) {
                return Err(shape("/header/epk", "an epk that is no point on its curve"));
            }
            let no_header = || shape("/header/epk", "an epk that is no public key");
            header = agreed_on(agreement).ok_or_else(no_header)?;
        }
        let decrypter = self.ready.iter().find(|(ready, _)| *ready == alg).map(|(_, decrypter)| decrypter);
        Ok(decrypter.and_then(|decrypter| unwrap(decrypter.as_ref(), enc, &header, encrypted_key)))
    }
}

/// The content key that a shared key wraps (RFC 3394).
pub(super) fn unwrap_with_shared(
    alg: KeyManagementAlgorithm,
    enc: ContentEncryptionAlgorithm,
    shared: &[u8],
    encrypted_key: &[u8],
) -> Option<ContentKey> {
    let alg = match alg {
        KeyManagementAlgorithm::A128Kw => AeskwJweAlgorithm::A128kw,
        KeyManagementAlgorithm::A192Kw => AeskwJweAlgorithm::A192kw,
        KeyManagementAlgorithm::A256Kw => AeskwJweAlgorithm::A256kw,
        _ => return None,
    };
    unwrap(&alg.decrypter_from_bytes(shared).ok()?, enc, &JweHeader::new(), encrypted_key)
}

fn unwrap(
    decrypter: &dyn JweDecrypter,
    enc: ContentEncryptionAlgorithm,
    header: &JweHeader,
    encrypted_key: &[u8],
) -> Option<ContentKey> {
    let gcm: AesgcmJweEncryption;
    let cbc: AescbcHmacJweEncryption;
    let content: &dyn JweContentEncryption = match enc {
        ContentEncryptionAlgorithm::A128Gcm => {
            gcm = AesgcmJweEncryption::A128gcm;
            &gcm
        }
        ContentEncryptionAlgorithm::A192Gcm => {
            gcm = AesgcmJweEncryption::A192gcm;
            &gcm
        }
        ContentEncryptionAlgorithm::A256Gcm => {
            gcm = AesgcmJweEncryption::A256gcm;
            &gcm
        }
        ContentEncryptionAlgorithm::A128CbcHs256 => {
            cbc = AescbcHmacJweEncryption::A128cbcHs256;
            &cbc
        }
        ContentEncryptionAlgorithm::A192CbcHs384 => {
            cbc = AescbcHmacJweEncryption::A192cbcHs384;
            &cbc
        }
        ContentEncryptionAlgorithm::A256CbcHs512 => {
            cbc = AescbcHmacJweEncryption::A256cbcHs512;
            &cbc
        }
    };
    let encrypted_key = (!encrypted_key.is_empty()).then_some(encrypted_key);
    let content_key = decrypter.decrypt(encrypted_key, content, header).ok();
    let content_key = content_key.map(|key| ContentKey::new(&key));
    // What OpenSSL noted about a failure belongs to nobody.
    let _ = ErrorStack::get();
    content_key
}

/// The header as josekit takes it: what the agreement needs, and nothing else of the token.
fn agreed_on(agreement: &Agreement<'_>) -> Option<JweHeader> {
    let mut epk = serde_json::Map::new();
    for name in ["kty", "crv", "x", "y"] {
        if let Some(value) = agreement.epk.get(name).and_then(Value::as_str) {
            epk.insert(name.to_owned(), value.into());
        }
    }
    let mut header = JweHeader::new();
    header.set_claim("epk", Some(epk.into())).ok()?;
    for (name, value) in [("apu", agreement.apu), ("apv", agreement.apv)] {
        if let Some(value) = value {
            header.set_claim(name, Some(value.into())).ok()?;
        }
    }
    Some(header)
}

/// Is the point on P-521? The other curves were looked at before. OpenSSL makes no key of a point that is not.
fn is_on_p521(x: &[u8], y: &[u8]) -> bool {
    let point = || {
        let group = EcGroup::from_curve_name(Nid::SECP521R1)?;
        let (x, y) = (BigNum::from_slice(x)?, BigNum::from_slice(y)?);
        EcKey::from_public_key_affine_coordinates(&group, &x, &y).map(|_| ())
    };
    let on_curve = point().is_ok();
    let _ = ErrorStack::get();
    on_curve
}

const fn curve_of(nid: Nid) -> Option<AgreementCurve> {
    match nid {
        Nid::X9_62_PRIME256V1 => Some(AgreementCurve::P256),
        Nid::SECP384R1 => Some(AgreementCurve::P384),
        Nid::SECP521R1 => Some(AgreementCurve::P521),
        _ => None,
    }
}

fn boxed<T: JweDecrypter + 'static>(decrypter: Option<T>) -> Option<Box<dyn JweDecrypter>> {
    decrypter.map(|decrypter| -> Box<dyn JweDecrypter> { Box::new(decrypter) })
}

const fn rsaes(alg: KeyManagementAlgorithm) -> Option<RsaesJweAlgorithm> {
    match alg {
        KeyManagementAlgorithm::RsaOaep => Some(RsaesJweAlgorithm::RsaOaep),
        KeyManagementAlgorithm::RsaOaep256 => Some(RsaesJweAlgorithm::RsaOaep256),
        KeyManagementAlgorithm::RsaOaep384 => Some(RsaesJweAlgorithm::RsaOaep384),
        KeyManagementAlgorithm::RsaOaep512 => Some(RsaesJweAlgorithm::RsaOaep512),
        _ => None,
    }
}

const fn ecdh(alg: KeyManagementAlgorithm) -> Option<EcdhEsJweAlgorithm> {
    match alg {
        KeyManagementAlgorithm::EcdhEs => Some(EcdhEsJweAlgorithm::EcdhEs),
        KeyManagementAlgorithm::EcdhEsA128Kw => Some(EcdhEsJweAlgorithm::EcdhEsA128kw),
        KeyManagementAlgorithm::EcdhEsA192Kw => Some(EcdhEsJweAlgorithm::EcdhEsA192kw),
        KeyManagementAlgorithm::EcdhEsA256Kw => Some(EcdhEsJweAlgorithm::EcdhEsA256kw),
        _ => None,
    }
}
