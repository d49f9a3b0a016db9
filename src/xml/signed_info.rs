//! The closed grammar of a signature: what may stand in `ds:Signature` and `ds:SignedInfo`, in which order, how often.
//!
//! XML-DSig sections 4.1 to 4.5 as SAML core 5.4 narrows them: one Reference, two transforms, no Object, no Manifest.

use super::c14n::{Method, MethodKind};
use super::names::Ns;
use super::tree::Element;
use crate::check::Check;
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};
use crate::encoding::base64;
use crate::error::{Quoted, Reason};
use crate::limits::{ID_BYTES, PREFIX_LIST};

/// A rule that does not hold inside a signature; the caller knows where the signature stands.
pub(crate) type Fault = (Check, Reason);

/// The parts of a `ds:Signature`.
pub(crate) struct SignatureParts<'t, 'a> {
    pub(crate) signed_info: Element<'t, 'a>,
    signature_value: Element<'t, 'a>,
    pub(crate) key_info: Option<Element<'t, 'a>>,
}

/// The content of a `ds:SignedInfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignedInfo {
    pub(crate) canonicalization: Method,
    pub(crate) algorithm: SignatureAlgorithm,
    /// The ID that the one Reference names, without `#`.
    pub(crate) reference: String,
    /// How the referenced element is canonicalised, after its enveloped signature is taken out.
    pub(crate) transform: Method,
    pub(crate) digest_algorithm: DigestAlgorithm,
    pub(crate) digest: Vec<u8>,
}

/// Splits a Signature (XML-DSig 4.1) into its parts: SignedInfo, SignatureValue, at most one KeyInfo, nothing else.
pub(crate) fn split<'t, 'a>(signature: Element<'t, 'a>) -> Result<SignatureParts<'t, 'a>, Fault> {
    for element in signature.subtree() {
        if element.has_own_cdata() {
            return Err((Check::CdataForbidden, Reason::Stated("a CDATA section in a signature")));
        }
        if matches!(element.ns(), Ns::Saml | Ns::Samlp | Ns::Md) {
            return Err(shape("a SAML element inside the signature"));
        }
    }
    structural(signature)?;
    only_attributes(signature, &["Id"])?;
    let mut children = signature.children();
    let mut next = children.next();
    let signed_info = next.filter(|e| e.is(Ns::Ds, "SignedInfo")).ok_or_else(|| shape("no SignedInfo"))?;
    next = children.next();
    let value = next.filter(|e| e.is(Ns::Ds, "SignatureValue")).ok_or_else(|| shape("no SignatureValue"))?;
    next = children.next();
    let key_info = next.filter(|e| e.is(Ns::Ds, "KeyInfo"));
    if let Some(key_info) = key_info {
        // KeyInfo is not read, but nobody else shall find a second signature in it either.
        let hides = |e: Element<'_, '_>| {
            let parts = [
                "Signature",
                "SignedInfo",
                "SignatureValue",
                "Reference",
                "DigestValue",
                "Object",
                "Manifest",
            ];
            e.ns() == Ns::Ds && parts.contains(&e.local())
        };
        if key_info.subtree().any(hides) {
            return Err(shape("parts of a signature inside KeyInfo"));
        }
        next = children.next();
    }
    if next.is_some() {
        return Err(shape("an element that does not belong into a Signature"));
    }
    only_attributes(value, &["Id"])?;
    Ok(SignatureParts { signed_info, signature_value: value, key_info })
}

impl SignatureParts<'_, '_> {
    /// SignatureValue (XML-DSig 4.3).
    pub(crate) fn signature_value(&self) -> Result<Vec<u8>, Fault> {
        octets(self.signature_value, "SignatureValue")
    }
}

/// Reads a SignedInfo (XML-DSig 4.4).
pub(crate) fn read(signed_info: Element<'_, '_>) -> Result<SignedInfo, Fault> {
    structural(signed_info)?;
    // Inclusive canonicalisation gives the vouched SignedInfo the `xml:` attributes of what it stood in.
    let own = |a: &super::tree::Attribute<'_>| a.is_xml() || (a.is_unqualified() && a.local() == "Id");
    if !signed_info.attributes().iter().all(own) {
        return Err(shape("an attribute that does not belong into a signature"));
    }
    let mut children = signed_info.children();
    let method = children.next().filter(|e| e.is(Ns::Ds, "CanonicalizationMethod"));
    let canonicalization = canonicalization(method.ok_or_else(|| shape("no CanonicalizationMethod"))?)?;
    let method = children.next().filter(|e| e.is(Ns::Ds, "SignatureMethod"));
    let algorithm = signature_method(method.ok_or_else(|| shape("no SignatureMethod"))?)?;
    let references = signed_info.children().filter(|e| e.is(Ns::Ds, "Reference")).count();
    if references != 1 {
        let reason = match references {
            0 => Reason::Missing { what: "Reference" },
            several => Reason::Limit { limit: 1, unit: "Reference", found: Some(several) },
        };
        return Err((Check::ReferenceCount, reason));
    }
    let reference = children.next().filter(|e| e.is(Ns::Ds, "Reference"));
    let reference = reference.ok_or_else(|| shape("an element that does not belong into a SignedInfo"))?;
    if children.next().is_some() {
        return Err(shape("an element after the Reference"));
    }
    let id = reference_uri(reference)?;
    if reference.attribute("Type").is_some_and(|kind| kind.ends_with("#Manifest")) {
        return Err(shape("a Reference to a Manifest"));
    }
    structural(reference)?;
    only_attributes(reference, &["Id", "URI", "Type"])?;
    let mut children = reference.children();
    let transforms = children.next().filter(|e| e.is(Ns::Ds, "Transforms"));
    let transform = transforms_of(transforms.ok_or_else(|| shape("no Transforms"))?)?;
    let method = children.next().filter(|e| e.is(Ns::Ds, "DigestMethod"));
    let digest_algorithm = digest_method(method.ok_or_else(|| shape("no DigestMethod"))?)?;
    let value = children.next().filter(|e| e.is(Ns::Ds, "DigestValue"));
    let value = value.ok_or_else(|| shape("no DigestValue"))?;
    only_attributes(value, &[])?;
    let digest = octets(value, "DigestValue")?;
    if children.next().is_some() {
        return Err(shape("an element after the DigestValue"));
    }
    Ok(SignedInfo { canonicalization, algorithm, reference: id, transform, digest_algorithm, digest })
}

/// The first certificate that the KeyInfo shows, decoded: a label for people, never a key.
pub(crate) fn certificate_shown(key_info: Element<'_, '_>) -> Option<Vec<u8>> {
    let certificate = key_info.subtree().find(|e| e.is(Ns::Ds, "X509Certificate"))?;
    base64::decode_xml(&certificate.text()?)
}

/// XML-DSig 4.3.1; `&#13;` at line folds is white space as far as base64 is concerned.
fn octets(element: Element<'_, '_>, what: &'static str) -> Result<Vec<u8>, Fault> {
    let text = element.text().ok_or_else(|| shape("an element inside a base64 value"))?;
    let octets = base64::decode_xml(&text)
        .ok_or((Check::Base64Invalid, Reason::Found { what, found: Quoted::replayable(&text) }))?;
    if octets.is_empty() { Err(shape("an empty value")) } else { Ok(octets) }
}

/// SignedInfo's CanonicalizationMethod (XML-DSig 4.4.1; SAML core 5.4.3).
pub(super) fn canonicalization(element: Element<'_, '_>) -> Result<Method, Fault> {
    let uri = element.attribute("Algorithm").unwrap_or_default();
    let forbidden = || (Check::C14nAlgorithmForbidden, found("CanonicalizationMethod", uri));
    let method = Method::from_uri(uri).ok_or_else(forbidden)?;
    with_prefixes(element, method, forbidden)
}

/// Reference's Transforms (XML-DSig 4.4.3.4; SAML core 5.4.4): enveloped-signature, then at most one canonicalisation.
fn transforms_of(transforms: Element<'_, '_>) -> Result<Method, Fault> {
    structural(transforms)?;
    only_attributes(transforms, &[])?;
    if transforms.children().any(|e| !e.is(Ns::Ds, "Transform")) {
        return Err(shape("an element that is no Transform"));
    }
    let count = transforms.children().count();
    if count > 2 {
        return Err((
            Check::TransformCount,
            Reason::Limit { limit: 2, unit: "transforms", found: Some(count) },
        ));
    }
    let mut enveloped_at = None;
    let mut canonical = None;
    for (at, transform) in transforms.children().enumerate() {
        let uri = transform.attribute("Algorithm").ok_or_else(|| shape("a Transform without Algorithm"))?;
        let forbidden = || (Check::TransformForbidden, found("Transform", uri));
        if uri == ENVELOPED {
            let has_content = transform.children().next().is_some() || transform.has_own_text();
            if enveloped_at.replace(at).is_some() || has_content {
                return Err(forbidden());
            }
            only_attributes(transform, &["Algorithm"])?;
        } else {
            let method = with_prefixes(transform, Method::from_uri(uri).ok_or_else(forbidden)?, forbidden)?;
            canonical = Some((at, method));
        }
    }
    match (enveloped_at, canonical) {
        (None, _) => {
            Err((Check::TransformMissing, Reason::Missing { what: "enveloped-signature transform" }))
        }
        (Some(enveloped), Some((at, _))) if at < enveloped => {
            Err((Check::TransformOrder, Reason::Stated("canonicalisation before enveloped-signature")))
        }
        (Some(_), Some((_, method))) => Ok(method),
        // XML-DSig 4.4.3.2: a node-set becomes octets by Canonical XML 1.0 without comments.
        (Some(_), None) => Ok(Method { kind: MethodKind::Inclusive, with_comments: false }),
    }
}

/// Exclusive C14N section 4: an InclusiveNamespaces child, once, and only under an exclusive method.
fn with_prefixes(
    element: Element<'_, '_>,
    mut method: Method,
    forbidden: impl Fn() -> Fault,
) -> Result<Method, Fault> {
    if element.has_own_text() {
        return Err(forbidden());
    }
    only_attributes(element, &["Algorithm"])?;
    let mut children = element.children();
    let Some(child) = children.next() else { return Ok(method) };
    let MethodKind::Exclusive { inclusive_prefixes } = &mut method.kind else { return Err(forbidden()) };
    if !child.is(Ns::ExcC14n, "InclusiveNamespaces")
        || children.next().is_some()
        || child.children().next().is_some()
    {
        return Err(forbidden());
    }
    let list = child.attribute("PrefixList");
    let list = list.ok_or((Check::PrefixListInvalid, Reason::Missing { what: "PrefixList" }))?;
    only_attributes(child, &["PrefixList"])?;
    for token in list.split([' ', '\t', '\r', '\n']) {
        if token.is_empty() {
            continue;
        }
        if inclusive_prefixes.len() >= PREFIX_LIST {
            let reason = Reason::Limit { limit: PREFIX_LIST, unit: "prefixes", found: None };
            return Err((Check::PrefixListInvalid, reason));
        }
        if token.len() > ID_BYTES {
            let reason =
                Reason::Limit { limit: ID_BYTES, unit: "bytes of a prefix", found: Some(token.len()) };
            return Err((Check::PrefixListInvalid, reason));
        }
        let prefix = if token == "#default" { "" } else { token };
        if !prefix.is_empty() && !super::chars::is_ncname(prefix) {
            return Err((Check::PrefixListInvalid, found("PrefixList", token)));
        }
        inclusive_prefixes.push(prefix.to_owned());
    }
    Ok(method)
}

/// SignatureMethod (XML-DSig 4.4.2, RFC 9231). The list is closed; what is not on it cannot be asked for.
pub(super) fn signature_method(element: Element<'_, '_>) -> Result<SignatureAlgorithm, Fault> {
    let algorithm = signature_algorithm(element.attribute("Algorithm").unwrap_or_default())?;
    no_children(element)?;
    Ok(algorithm)
}

/// The algorithm with this URI.
pub(super) fn signature_algorithm(uri: &str) -> Result<SignatureAlgorithm, Fault> {
    use DigestAlgorithm as D;
    use SignatureAlgorithm as S;
    Ok(match uri {
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1" => S::RsaPkcs1(D::Sha1),
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256" => S::RsaPkcs1(D::Sha256),
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384" => S::RsaPkcs1(D::Sha384),
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" => S::RsaPkcs1(D::Sha512),
        "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1" => S::RsaPss(D::Sha256),
        "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1" => S::RsaPss(D::Sha384),
        "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1" => S::RsaPss(D::Sha512),
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256" => S::Ecdsa(D::Sha256),
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384" => S::Ecdsa(D::Sha384),
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512" => S::Ecdsa(D::Sha512),
        "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519" => S::Ed25519,
        _ => return Err((Check::SignatureAlgForbidden, found("SignatureMethod", uri))),
    })
}

/// The URI of an algorithm, where it has one on the list.
pub(crate) const fn signature_uri(algorithm: SignatureAlgorithm) -> Option<&'static str> {
    use DigestAlgorithm as D;
    use SignatureAlgorithm as S;
    Some(match algorithm {
        S::RsaPkcs1(D::Sha256) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        S::RsaPkcs1(D::Sha384) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
        S::RsaPkcs1(D::Sha512) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        S::RsaPss(D::Sha256) => "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        S::RsaPss(D::Sha384) => "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
        S::RsaPss(D::Sha512) => "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
        S::Ecdsa(D::Sha256) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        S::Ecdsa(D::Sha384) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
        S::Ecdsa(D::Sha512) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
        S::Ed25519 => "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
        _ => return None,
    })
}

/// DigestMethod (XML-DSig 4.4.3.5).
pub(super) fn digest_method(element: Element<'_, '_>) -> Result<DigestAlgorithm, Fault> {
    let uri = element.attribute("Algorithm").ok_or_else(|| shape("a DigestMethod without Algorithm"))?;
    let algorithm = match uri {
        "http://www.w3.org/2000/09/xmldsig#sha1" => DigestAlgorithm::Sha1,
        "http://www.w3.org/2001/04/xmlenc#sha256" => DigestAlgorithm::Sha256,
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => DigestAlgorithm::Sha384,
        "http://www.w3.org/2001/04/xmlenc#sha512" => DigestAlgorithm::Sha512,
        _ => return Err((Check::DigestAlgForbidden, found("DigestMethod", uri))),
    };
    no_children(element)?;
    Ok(algorithm)
}

/// Reference's URI: `#` and an ID (SAML core 5.4.2). No empty URI, no XPointer, nothing to fetch.
fn reference_uri(reference: Element<'_, '_>) -> Result<String, Fault> {
    let form = |reason| (Check::ReferenceUriForm, reason);
    let uri = reference.attribute("URI").ok_or_else(|| form(Reason::Missing { what: "Reference URI" }))?;
    let id = uri.strip_prefix('#').filter(|id| is_harmless_id(id));
    id.map(str::to_owned)
        .ok_or_else(|| form(Reason::Found { what: "Reference URI", found: Quoted::replayable(uri) }))
}

/// Policy P2: an ID is visible ASCII without quotes, brackets, `#`, `%`, `&`, `<` and white space.
/// It need not be an NCName, because nothing is ever looked up by it.
pub(crate) fn is_harmless_id(id: &str) -> bool {
    const HARMFUL: &str = "\"'`()[]{}<>#%&\\";
    !id.is_empty() && id.len() <= ID_BYTES && id.chars().all(|c| c.is_ascii_graphic() && !HARMFUL.contains(c))
}

pub(super) fn structural(element: Element<'_, '_>) -> Result<(), Fault> {
    if element.has_own_text() { Err(shape("text between elements of a signature")) } else { Ok(()) }
}

fn no_children(element: Element<'_, '_>) -> Result<(), Fault> {
    if element.children().next().is_some() || element.has_own_text() {
        return Err(shape("parameters that no algorithm here has"));
    }
    only_attributes(element, &["Algorithm"])
}

/// Attributes are a closed list too; `Id` is judged with all other IDs.
pub(super) fn only_attributes(element: Element<'_, '_>, known: &[&str]) -> Result<(), Fault> {
    let foreign = |a: &super::tree::Attribute<'_>| !a.is_unqualified() || !known.contains(&a.local());
    if element.attributes().iter().any(foreign) {
        return Err(shape("an attribute that does not belong into a signature"));
    }
    Ok(())
}

fn shape(what: &'static str) -> Fault {
    (Check::SignatureShape, Reason::Stated(what))
}

fn found(what: &'static str, uri: &str) -> Reason {
    Reason::Found { what, found: Quoted::protocol(uri) }
}

pub(crate) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::XmlLimits;
    use crate::xml::{Comments, parse};

    #[test]
    fn what_is_missing_and_what_is_too_much_are_told_apart() {
        let reason = |prefixes: &str, references: usize| {
            let xml = format!(
                "<SignedInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><CanonicalizationMethod \
                 Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"><e:InclusiveNamespaces \
                 xmlns:e=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"{prefixes}\"/></CanonicalizationMethod>\
                 <SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>{}</SignedInfo>",
                "<Reference/>".repeat(references)
            );
            let tree = parse(xml.as_bytes(), &XmlLimits::MESSAGE, Comments::Refused).ok().unwrap();
            read(tree.root()).err().unwrap()
        };
        let limit = |limit, unit, found| Reason::Limit { limit, unit, found };
        assert_eq!(reason("a", 0), (Check::ReferenceCount, Reason::Missing { what: "Reference" }));
        assert_eq!(reason("a", 2), (Check::ReferenceCount, limit(1, "Reference", Some(2))));
        let long = "a".repeat(ID_BYTES + 1);
        let told = limit(ID_BYTES, "bytes of a prefix", Some(ID_BYTES + 1));
        assert_eq!(reason(&long, 1), (Check::PrefixListInvalid, told));
        let many = "a ".repeat(PREFIX_LIST + 1);
        assert_eq!(reason(&many, 1), (Check::PrefixListInvalid, limit(PREFIX_LIST, "prefixes", None)));
    }
}
