//! One identity provider out of one `md:EntityDescriptor` (SAML metadata 2.3.2, 2.4.3).

use super::grammar::fault;
use super::idp::{TrustedIdp, keys_rejected};
use crate::check::Check;
use crate::crypto::{Certificate, TrustedKey, TrustedKeys};
use crate::encoding::{base64, datetime};
use crate::error::{Error, Failure, Location, Malformed, Protocol, Quoted, Reason, Rejection};
use crate::instant::Instant;
use crate::limits::XmlLimits;
use crate::xml::{self, Comments, Element, Ns};
use time::OffsetDateTime;

/// Reads the identity provider of an EntityDescriptor whose source the caller trusts.
pub(super) fn identity_provider(document: &[u8], now: OffsetDateTime) -> Result<TrustedIdp, Error> {
    let now = Instant::from(now);
    let tree = xml::parse(document, &XmlLimits::METADATA, Comments::BetweenElements).map_err(in_metadata)?;
    let entity = tree.root();
    if !entity.is(Ns::Md, "EntityDescriptor") {
        let reason = Reason::Mismatch {
            what: "root element",
            expected: vec![Quoted::protocol("md:EntityDescriptor")],
            found: vec![Quoted::protocol(entity.local())],
        };
        let what = "the root element is not a SAML 2.0 EntityDescriptor";
        return Err(in_metadata(fault(Check::UnexpectedRoot, what, entity)).with_reason(reason).into());
    }
    let entity_id = entity.attribute("entityID").unwrap_or_default();
    // SAML metadata 2.2.1: a URI of at most 1024 characters; real ones are sometimes bare strings.
    if entity_id.trim().is_empty() || entity_id.chars().count() > 1024 {
        return Err(refuse(Check::MetaEntityIdInvalid, entity, Reason::Missing { what: "entityID" }));
    }
    still_valid(entity, now)?;
    let roles = || entity.children().filter(|e| e.is(Ns::Md, "IDPSSODescriptor"));
    let speaks_saml2 = |role: &Element<'_, '_>| {
        let protocols = role.attribute("protocolSupportEnumeration").unwrap_or_default();
        protocols.split_ascii_whitespace().any(|protocol| protocol == SAML2)
    };
    let mut usable = roles().filter(speaks_saml2);
    let missing =
        || refuse(Check::MetaRoleMissing, entity, Reason::Missing { what: "IDPSSODescriptor for SAML 2.0" });
    let role = usable.next().ok_or_else(missing)?;
    if usable.next().is_some() {
        let reason = Reason::Limit { limit: 1, unit: "IDPSSODescriptor", found: Some(roles().count()) };
        return Err(refuse(Check::MetaAmbiguousRole, entity, reason));
    }
    still_valid(role, now)?;
    let keys = signing_keys(role)?;
    if keys.is_empty() {
        return Err(refuse(
            Check::MetaNoSigningKey,
            role,
            Reason::Missing { what: "KeyDescriptor for signing" },
        ));
    }
    TrustedIdp::new(entity_id, TrustedKeys::new(keys).map_err(keys_rejected)?)
}

/// SAML metadata 2.4.1.1: a KeyDescriptor without `use` serves signing and encryption alike.
fn signing_keys(role: Element<'_, '_>) -> Result<Vec<TrustedKey>, Error> {
    let mut keys: Vec<TrustedKey> = Vec::new();
    for descriptor in role.children().filter(|e| e.is(Ns::Md, "KeyDescriptor")) {
        match descriptor.attribute("use") {
            None | Some("signing") => {}
            Some("encryption") => continue,
            Some(_) => {
                let reason = Reason::Stated("a KeyDescriptor whose use is neither signing nor encryption");
                return Err(refuse(Check::KeyMalformed, descriptor, reason));
            }
        }
        for key in certified_keys(descriptor)? {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    Ok(keys)
}

/// The keys of a KeyDescriptor: KeyInfo, X509Data, X509Certificate, by position. A certificate that issued another one of
/// the same X509Data is its chain (XML-DSig 4.5.4), and no key of the entity.
fn certified_keys(descriptor: Element<'_, '_>) -> Result<Vec<TrustedKey>, Error> {
    let mut keys = Vec::new();
    let data = descriptor
        .children()
        .filter(|e| e.is(Ns::Ds, "KeyInfo"))
        .flat_map(|info| info.children().filter(|e| e.is(Ns::Ds, "X509Data")));
    for data in data {
        let mut certificates: Vec<Certificate> = Vec::new();
        for element in data.children().filter(|e| e.is(Ns::Ds, "X509Certificate")) {
            let der = element.text().and_then(|text| base64::decode_xml(&text));
            let unreadable = || refuse(Check::KeyMalformed, element, Reason::Stated("not base64"));
            let read = Certificate::from_der(&der.ok_or_else(unreadable)?);
            certificates.push(read.map_err(|failure| refuse(failure.check, element, failure.reason))?);
        }
        let is_chain = |one: &Certificate| {
            let issued = |other: &Certificate| {
                other.sha256() != one.sha256()
                    && other.issuer() == one.subject()
                    && other.issuer() != other.subject()
            };
            certificates.iter().any(issued)
        };
        keys.extend(
            certificates.iter().filter(|one| !is_chain(one)).cloned().map(TrustedKey::from_certificate),
        );
    }
    Ok(keys)
}

/// validUntil (SAML metadata 2.3.2, 2.4.1) is exclusive and has no leeway.
fn still_valid(element: Element<'_, '_>, now: Instant) -> Result<(), Error> {
    let Some(text) = element.attribute("validUntil") else { return Ok(()) };
    let until = datetime::parse(text).map_err(|check| {
        let reason = Reason::Found { what: "validUntil", found: Quoted::protocol(text) };
        in_metadata(fault(check, "validUntil is not an xs:dateTime in UTC", element)).with_reason(reason)
    })?;
    if now < until {
        return Ok(());
    }
    let leeway = crate::instant::Leeway::ZERO;
    let reason = Reason::Expired { what: "validUntil", now, not_on_or_after: until, leeway };
    Err(refuse(Check::MetaExpired, element, reason))
}

fn refuse(check: Check, element: Element<'_, '_>, reason: Reason) -> Error {
    let at: Location = super::grammar::location(element);
    Rejection::new(Protocol::Metadata, Failure::new(check, reason, at)).into()
}

const fn in_metadata(malformed: Malformed) -> Malformed {
    malformed.with_protocol(Protocol::Metadata)
}

const SAML2: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
