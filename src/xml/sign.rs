//! Making an enveloped signature: exclusive canonicalisation, SHA-256 digest, the one shape that [`super::signature`] takes.

use super::build::parse;
use super::c14n::{Method, canonicalize};
use super::reader::Comments;
use super::signature::signature_uri;
use super::signed_info::Fault;
use crate::check::Check;
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};
use crate::encoding::base64;
use crate::error::{Quoted, Reason};
use crate::limits::XmlLimits;

/// Why nothing was signed.
pub(crate) enum Unsigned {
    /// A rule does not hold.
    Fault(Fault),
    /// The signer gave nothing.
    NoSignature,
}

impl From<Fault> for Unsigned {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Signs the document that `write` makes around a signature (an empty text stands for none). Its root has the ID `id`.
pub(crate) fn enveloped(
    write: impl Fn(&str) -> String,
    id: &str,
    algorithm: SignatureAlgorithm,
    certificate: Option<&[u8]>,
    sign: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
) -> Result<String, Unsigned> {
    let method = new_signature_uri(algorithm)?;
    let digest = DigestAlgorithm::Sha256.digest(&canonical(&write(""))?);
    let signed_info = signed_info(id, method, &base64::encode(digest.as_ref()));
    // In the document the prefix is declared by the parent; alone, SignedInfo declares it itself: its canonical form.
    let octets = canonical(&signed_info)?;
    let value = sign(&octets).ok_or(Unsigned::NoSignature)?;
    let key_info = certificate.map_or_else(String::new, |der| {
        let certificate = base64::encode(der);
        format!(
            "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        )
    });
    Ok(write(&format!(
        "<ds:Signature xmlns:ds=\"{DS}\">{}<ds:SignatureValue>{}</ds:SignatureValue>{key_info}</ds:Signature>",
        signed_info.replacen(&format!(" xmlns:ds=\"{DS}\""), "", 1),
        base64::encode(&value),
    )))
}

/// The URI of an algorithm that new signatures may have.
pub(crate) fn new_signature_uri(algorithm: SignatureAlgorithm) -> Result<&'static str, Fault> {
    signature_uri(algorithm).filter(|_| !algorithm.uses_sha1()).ok_or_else(|| {
        let found = Quoted::protocol(&algorithm.to_string());
        (Check::SignatureAlgForbidden, Reason::Found { what: "SignatureMethod", found })
    })
}

fn canonical(text: &str) -> Result<Vec<u8>, Fault> {
    let tree = parse(text.as_bytes(), &XmlLimits::METADATA, Comments::Refused)
        .map_err(|malformed| (malformed.check(), malformed.reason()))?;
    let method =
        Method::from_uri(EXCLUSIVE).ok_or((Check::C14nAlgorithmForbidden, Reason::Stated("no method")))?;
    canonicalize(tree.root(), None, &method).map_err(|check| (check, Reason::Stated(check.what())))
}

fn signed_info(id: &str, method: &str, digest: &str) -> String {
    format!(
        "<ds:SignedInfo xmlns:ds=\"{DS}\"><ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/>\
         <ds:SignatureMethod Algorithm=\"{method}\"/><ds:Reference URI=\"#{id}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"{DS}enveloped-signature\"/><ds:Transform Algorithm=\"{EXCLUSIVE}\"/></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue>{digest}</ds:DigestValue>\
         </ds:Reference></ds:SignedInfo>"
    )
}

const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
