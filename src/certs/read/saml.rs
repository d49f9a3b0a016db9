//! Keys of SAML metadata by entity, role and use, and the certificates that a SAML message carries along.

use super::{Found, Sink, Validity, aggregate, certificate_in, jwks};
use crate::certs::record::Role;
use crate::encoding::armour::{self, Item};
use crate::encoding::datetime;
use crate::instant::Instant;
use crate::limits::XmlLimits;
use crate::xml::{self, Comments, Element, Ns};
use std::collections::HashMap;
use std::sync::Arc;

pub(super) fn read(sink: &mut Sink<'_>, octets: &[u8]) {
    if octets.len() > XmlLimits::METADATA.input_bytes && aggregate::read(sink, octets) {
        return;
    }
    let tree = match xml::parse(octets, &LIMITS, Comments::BetweenElements) {
        Ok(tree) => tree,
        Err(error) => {
            // No document after all: a page, or certificates with something like tags around them.
            let is_read = |item: &Item| !matches!(item, Item::Other(what) if *what != armour::HTML);
            let readable = armour::items(octets).iter().any(is_read);
            return if readable { super::items(sink, octets) } else { sink.malformed(error) };
        }
    };
    let before = sink.count;
    let root = tree.root();
    if root.ns() == Ns::Md {
        metadata(sink, root);
    } else {
        message(sink, root);
    }
    if sink.count == before {
        sink.none_found();
    }
}

pub(super) fn metadata(sink: &mut Sink<'_>, root: Element<'_, '_>) {
    for element in root.subtree().filter(|element| element.ns() == Ns::Md) {
        match element.local() {
            "EntityDescriptor" => {
                let entity = entity(element, "entityID");
                signature(sink, element, entity.clone());
                for role in element.children().filter(|child| child.ns() == Ns::Md) {
                    keys_of_role(sink, role, entity.as_ref());
                }
            }
            "EntitiesDescriptor" => signature(sink, element, entity(element, "Name")),
            _ => {}
        }
    }
}

/// The signature over an entity or a group of entities.
fn signature(sink: &mut Sink<'_>, signed: Element<'_, '_>, entity: Option<Arc<str>>) {
    for signature in signed.children().filter(|child| child.is(Ns::Ds, "Signature")) {
        for certificate in signature.subtree().filter(|element| is_certificate(element)) {
            let role = Some(Role::MetadataSigning);
            let valid_until = validity(signed);
            one(sink, certificate, Found { entity: entity.clone(), role, valid_until, ..Found::default() });
        }
    }
}

fn keys_of_role(sink: &mut Sink<'_>, role: Element<'_, '_>, entity: Option<&Arc<str>>) {
    let (signing, encryption) = match role.local() {
        "SPSSODescriptor" => (Role::SpSigning, Role::SpEncryption),
        // WS-Federation: the kind of the service stands in xsi:type.
        "RoleDescriptor"
            if role.attribute_ns(Ns::Xsi, "type").is_some_and(|kind| kind.contains("ApplicationService")) =>
        {
            (Role::SpSigning, Role::SpEncryption)
        }
        _ => (Role::IdpSigning, Role::IdpEncryption),
    };
    for descriptor in role.children().filter(|child| child.is(Ns::Md, "KeyDescriptor")) {
        let usage = descriptor.attribute("use");
        let found = Found {
            entity: entity.cloned(),
            role: Some(if usage == Some("encryption") { encryption } else { signing }),
            both_uses: usage.is_none(),
            valid_until: validity(role),
            ..Found::default()
        };
        let before = sink.count;
        for certificate in descriptor.subtree().filter(|element| is_certificate(element)) {
            one(sink, certificate, found.clone());
        }
        if sink.count == before {
            for value in descriptor.subtree().filter(|element| element.is(Ns::Ds, "RSAKeyValue")) {
                rsa(sink, value, found.clone());
            }
        }
    }
}

/// Some write it without the namespace of XML signatures; whoever trusts such metadata reads past it, a survey does not.
fn is_certificate(element: &Element<'_, '_>) -> bool {
    element.local() == "X509Certificate"
}

fn one(sink: &mut Sink<'_>, certificate: Element<'_, '_>, found: Found) {
    let text = certificate.text();
    match text.as_deref().map_or(Err("a certificate with something else inside"), certificate_in) {
        Ok(der) => sink.certificate(found, &der),
        Err(what) => sink.unreadable(found, what),
    }
}

fn rsa(sink: &mut Sink<'_>, value: Element<'_, '_>, found: Found) {
    let part = |name: &str| {
        let child = value.children().find(|child| child.is(Ns::Ds, name))?;
        armour::decode(&child.text()?)
    };
    match part("Modulus").zip(part("Exponent")) {
        Some((n, e)) => sink.spki(found, &jwks::rsa_spki(&n, &e)),
        None => sink.unreadable(found, "an RSA key value without modulus or exponent"),
    }
}

/// The earliest validUntil of an element and those around it.
fn validity(element: Element<'_, '_>) -> Validity {
    let around = core::iter::successors(Some(element), Element::parent);
    let ends = around.filter_map(|element| datetime::parse(element.attribute("validUntil")?).ok());
    ends.min().map_or(Validity::Endless, |end: Instant| Validity::Until(end))
}

fn entity(element: Element<'_, '_>, attribute: &str) -> Option<Arc<str>> {
    element.attribute(attribute).map(str::trim).filter(|name| !name.is_empty()).map(Arc::from)
}

/// A certificate that a message carries is what its sender says of itself.
fn message(sink: &mut Sink<'_>, root: Element<'_, '_>) {
    let by_service = matches!(root.local(), "AuthnRequest" | "ArtifactResolve" | "AttributeQuery");
    let of_root = issuer(root);
    // Each signed element is looked through once, however many certificates its signature shows.
    let mut issuers: HashMap<usize, Option<Arc<str>>> = HashMap::new();
    for certificate in root.subtree().filter(|element| is_certificate(element)) {
        let around = || core::iter::successors(certificate.parent(), Element::parent);
        // That of the user: a holder of a key, or a value.
        let of_user = |element: Element<'_, '_>| {
            element.is(Ns::Saml, "SubjectConfirmationData") || element.is(Ns::Saml, "AttributeValue")
        };
        if around().any(of_user) {
            continue;
        }
        let found = if around().any(|element| element.is(Ns::Xenc, "EncryptedKey")) {
            let role = if by_service { Role::IdpEncryption } else { Role::SpEncryption };
            Found { role: Some(role), ..Found::default() }
        } else {
            let signed =
                around().find(|element| element.is(Ns::Ds, "Signature")).and_then(|found| found.parent());
            let own = signed
                .and_then(|signed| issuers.entry(signed.offset()).or_insert_with(|| issuer(signed)).clone());
            let issuer = own.or_else(|| of_root.clone());
            let role = if by_service { Role::SpSigning } else { Role::IdpSigning };
            Found { entity: issuer, role: Some(role), ..Found::default() }
        };
        one(sink, certificate, found);
    }
}

fn issuer(element: Element<'_, '_>) -> Option<Arc<str>> {
    let issuer = element.children().find(|child| child.is(Ns::Saml, "Issuer"))?;
    let text = issuer.text()?;
    Some(text.trim()).filter(|name| !name.is_empty()).map(Arc::from)
}

/// A federation of 10,000 entities is about 100 MB.
pub(super) const LIMITS: XmlLimits =
    XmlLimits { input_bytes: 256 * 1024 * 1024, elements: 8_000_000, ..XmlLimits::METADATA };
