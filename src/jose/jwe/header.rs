//! The protected header of an encrypted token (RFC 7516 section 4): a closed reading, before any key is touched.

use super::super::header::{Extensions, is_token_type, text};
use super::super::jwk::refuse_secrets;
use super::algorithm::{Accepted, ContentEncryptionAlgorithm, KeyManagementAlgorithm};
use super::compact::shape;
use crate::check::Check;
use crate::crypto::{AgreementCurve, KeyKind, PublicKey};
use crate::encoding::base64;
use crate::error::{Failure, Quoted, Reason};
use crate::json::{Document, Value};

/// What of the header decides.
pub(super) struct Header<'a> {
    pub(super) alg: KeyManagementAlgorithm,
    pub(super) enc: ContentEncryptionAlgorithm,
    pub(super) kid: Option<&'a str>,
    /// Where the key management agrees on a key.
    pub(super) agreement: Option<Agreement<'a>>,
}

/// The sender's half of a key agreement (RFC 7518 section 4.6.1): a point on its curve.
pub(super) struct Agreement<'a> {
    pub(super) curve: AgreementCurve,
    pub(super) x: Vec<u8>,
    /// Empty for X25519.
    pub(super) y: Vec<u8>,
    /// As it came, for josekit.
    #[cfg_attr(not(feature = "decryption"), allow(dead_code, reason = "josekit comes with the feature"))]
    pub(super) epk: Value<'a>,
    pub(super) apu: Option<&'a str>,
    pub(super) apv: Option<&'a str>,
}

impl<'a> Header<'a> {
    /// Reads a header; policy names the pairs of algorithms.
    ///
    /// `HeaderNotObject`, `HeaderType`, `CritInvalid`, `CritUnsupported`; `AlgMissing`, `JweAlgForbidden`,
    /// `JweEncForbidden`; `JweZipForbidden`; `JweContentNotSigned`: it announces something else than a signed token;
    /// `JweShape`: no usable ephemeral key.
    pub(super) fn read<T: AsRef<str>>(
        document: &'a Document<T>,
        accepted: &Accepted,
    ) -> Result<Self, Failure> {
        let root = document.root();
        if root.members().is_none() {
            let reason = Reason::Stated("a JOSE header that is not a JSON object");
            return Err(Failure::at(Check::HeaderNotObject, "/header", reason));
        }
        Extensions { crit: root.get("crit"), b64: false }.judge(root)?;
        let alg = text(root.get("alg"), "alg", "/header/alg")?;
        let alg = alg
            .ok_or_else(|| Failure::at(Check::AlgMissing, "/header/alg", Reason::Missing { what: "alg" }))?;
        let enc = text(root.get("enc"), "enc", "/header/enc")?;
        let enc = enc.ok_or_else(|| {
            Failure::at(Check::JweEncForbidden, "/header/enc", Reason::Missing { what: "enc" })
        })?;
        let (alg, enc) = accepted.pair(alg, enc).map_err(|check| forbidden(check, accepted, alg, enc))?;
        if let Some(zip) = root.get("zip") {
            let found = Quoted::protocol(zip.as_str().unwrap_or(zip.kind().as_str()));
            return Err(Failure::at(
                Check::JweZipForbidden,
                "/header/zip",
                Reason::Found { what: "zip", found },
            ));
        }
        text(root.get("typ"), "typ", "/header/typ")?;
        let cty = text(root.get("cty"), "cty", "/header/cty")?;
        if let Some(cty) = cty.filter(|cty| !is_token_type(cty)) {
            let reason = Reason::Mismatch {
                what: "cty",
                expected: vec![Quoted::protocol("JWT")],
                found: vec![Quoted::protocol(cty)],
            };
            return Err(Failure::at(Check::JweContentNotSigned, "/header/cty", reason));
        }
        let kid = text(root.get("kid"), "kid", "/header/kid")?;
        if root.get("jwk").is_some_and(|jwk| refuse_secrets(jwk).is_err()) {
            return Err(shape("/header/jwk", "a jwk that holds a private key"));
        }
        let agreement = if alg.agrees() { Some(Agreement::read(root)?) } else { None };
        Ok(Self { alg, enc, kid, agreement })
    }
}

impl<'a> Agreement<'a> {
    fn read(root: Value<'a>) -> Result<Self, Failure> {
        let epk = root.get("epk").ok_or_else(|| shape(EPK, "no epk in the header"))?;
        // RFC 7518 section 4.6.1.1: only public key parameters.
        refuse_secrets(epk).map_err(|_| shape(EPK, "an epk that holds a private key"))?;
        let member = |name| epk.get(name).and_then(Value::as_str);
        let coordinate = |name| base64::decode_url(member(name)?);
        let (curve, kind) = match (member("kty"), member("crv")) {
            (Some("EC"), Some("P-256")) => (AgreementCurve::P256, Some(KeyKind::P256)),
            (Some("EC"), Some("P-384")) => (AgreementCurve::P384, Some(KeyKind::P384)),
            (Some("EC"), Some("P-521")) => (AgreementCurve::P521, Some(KeyKind::P521)),
            (Some("OKP"), Some("X25519")) => (AgreementCurve::X25519, None),
            _ => return Err(shape(EPK, "an epk that is no public key for key agreement")),
        };
        let no_point = || shape(EPK, "an epk that is no point on its curve");
        let x = coordinate("x").ok_or_else(no_point)?;
        let y = match kind {
            Some(_) => coordinate("y").ok_or_else(no_point)?,
            None => Vec::new(),
        };
        if x.len() != curve.octets() || (kind.is_some() && y.len() != curve.octets()) {
            // Some senders drop leading zeros; RFC 7518 section 6.2.1.2 wants the full size.
            return Err(shape(EPK, "an epk with a coordinate of another length than its curve has"));
        }
        if let Some(kind) = kind {
            PublicKey::from_ec_point(kind, &x, &y).map_err(|_| no_point())?;
        }
        let party = |name, path| {
            let value = text(root.get(name), name, path)?;
            match value.map(base64::decode_url) {
                Some(None) => Err(shape(path, "party information that is not base64url")),
                _ => Ok(value),
            }
        };
        Ok(Self { curve, x, y, epk, apu: party("apu", "/header/apu")?, apv: party("apv", "/header/apv")? })
    }
}

fn forbidden(check: Check, accepted: &Accepted, alg: &str, enc: &str) -> Failure {
    let (what, path, found) = match check {
        Check::JweEncForbidden => ("enc", "/header/enc", enc),
        _ => ("alg", "/header/alg", alg),
    };
    let mut expected: Vec<&str> = accepted
        .iter()
        .filter(|(management, _)| check == Check::JweAlgForbidden || management.name() == alg)
        .map(|(management, encryption)| match check {
            Check::JweEncForbidden => encryption.name(),
            _ => management.name(),
        })
        .collect();
    expected.dedup();
    let expected = expected.into_iter().map(Quoted::protocol).collect();
    Failure::at(check, path, Reason::Mismatch { what, expected, found: vec![Quoted::protocol(found)] })
}

const EPK: &str = "/header/epk";
