//! From elements to the model. Structure that misleads is refused here; what merely cannot be used is kept and judged later.

use super::model::{
    AttributeService, Endpoint, Entity, EntityAttribute, Key, KeyForm, KeyUse, Localized, Logo, Metadata,
    Registration, RequestedAttribute, Role, RoleKind, Scope, Shape, UiInfo,
};
use super::{in_metadata, refuse};
use crate::check::Check;
use crate::crypto::{Certificate, KeyKind, PublicKey, TrustedKey};
use crate::encoding::{base64, datetime};
use crate::error::{Error, Failure, Quoted, Reason};
use crate::instant::Instant;
use crate::saml::grammar::{fault, location};
use crate::xml::{Element, Ns};
use time::Duration;

/// Reads a document that passed the grammar.
pub(super) fn metadata(root: Element<'_, '_>) -> Result<Metadata, Error> {
    let shape = if root.local() == "EntityDescriptor" { Shape::Entity } else { Shape::Aggregate };
    let bounds = Bounds::default().within(root)?;
    let entities = descriptors(root)?.into_iter().map(|(element, outer)| entity(element, outer));
    let entities = entities.collect::<Result<_, _>>()?;
    Ok(Metadata {
        shape,
        name: owned(root, "Name"),
        valid_until: bounds.valid_until,
        cache_duration: bounds.cache_duration,
        entities,
    })
}

/// Every EntityDescriptor, in document order, with the bounds of the groups that it stands in.
pub(super) fn descriptors<'t, 'a>(root: Element<'t, 'a>) -> Result<Vec<(Element<'t, 'a>, Bounds)>, Error> {
    let mut entities = Vec::new();
    // Groups nest as deep as the reader allows; the walk keeps its own stack.
    let mut open: Vec<(Element<'_, '_>, Bounds)> = vec![(root, Bounds::default())];
    while let Some((element, outer)) = open.pop() {
        if element.local() == "EntityDescriptor" {
            entities.push((element, outer));
        } else {
            let inner = outer.within(element)?;
            let mut members: Vec<_> = element.children().filter(|e| is_descriptor(*e)).collect();
            members.reverse();
            open.extend(members.into_iter().map(|member| (member, inner)));
        }
    }
    Ok(entities)
}

pub(super) fn is_descriptor(element: Element<'_, '_>) -> bool {
    element.ns() == Ns::Md && matches!(element.local(), "EntityDescriptor" | "EntitiesDescriptor")
}

/// Expiry is the minimum over all ancestors.
#[derive(Clone, Copy, Default)]
pub(super) struct Bounds {
    pub(super) valid_until: Option<Instant>,
    pub(super) cache_duration: Option<Duration>,
}

impl Bounds {
    pub(super) fn within(self, element: Element<'_, '_>) -> Result<Self, Error> {
        let own = valid_until(element)?;
        let cache = element.attribute("cacheDuration").and_then(duration);
        Ok(Self {
            valid_until: earliest(self.valid_until, own),
            cache_duration: earliest(self.cache_duration, cache),
        })
    }
}

fn earliest<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Reads one EntityDescriptor inside groups with these bounds.
pub(super) fn entity(element: Element<'_, '_>, outer: Bounds) -> Result<Entity, Error> {
    let entity_id = entity_id(element)?;
    let bounds = outer.within(element)?;
    let mut read = Entity {
        entity_id,
        valid_until: bounds.valid_until,
        cache_duration: bounds.cache_duration,
        roles: Vec::new(),
        other_roles: Vec::new(),
        registration: None,
        attributes: Vec::new(),
    };
    let mut scopes = Vec::new();
    for extension in extensions(element) {
        match extension.expanded_name() {
            (Ns::Mdrpi, "RegistrationInfo") => {
                read.registration = Some(Registration {
                    authority: extension.attribute("registrationAuthority").unwrap_or_default().to_owned(),
                    instant: extension
                        .attribute("registrationInstant")
                        .and_then(|text| datetime::parse(text).ok()),
                });
            }
            (Ns::Mdattr, "EntityAttributes") => {
                let own = extension.children().filter(|e| e.is(Ns::Saml, "Attribute"));
                read.attributes.extend(own.map(entity_attribute));
            }
            (Ns::Shibmd, "Scope") => scopes.extend(scope(extension)),
            _ => {}
        }
    }
    for child in element.children().filter(|e| e.ns() == Ns::Md) {
        match child.local() {
            "IDPSSODescriptor" => {
                read.roles.push(role(child, RoleKind::IdentityProvider, bounds, &scopes)?);
            }
            "SPSSODescriptor" => read.roles.push(role(child, RoleKind::ServiceProvider, bounds, &scopes)?),
            other if other.ends_with("Descriptor") => read.other_roles.push(other.to_owned()),
            _ => {}
        }
    }
    Ok(read)
}

/// SAML metadata 2.2.1: a URI of at most 1024 characters; real ones are sometimes bare strings.
pub(super) fn entity_id(element: Element<'_, '_>) -> Result<String, Error> {
    let entity_id = element.attribute("entityID").unwrap_or_default();
    match entity_id_fault(entity_id) {
        None => Ok(entity_id.to_owned()),
        Some(reason) => Err(refuse(Check::MetaEntityIdInvalid, element, reason)),
    }
}

/// Why a text is no entityID, if it is none.
pub(super) fn entity_id_fault(text: &str) -> Option<Reason> {
    let long = text.len() > ENTITY_ID;
    match if long { text.chars().count() } else { 0 } {
        found if found > ENTITY_ID => {
            Some(Reason::Limit { limit: ENTITY_ID, unit: "characters of an entityID", found: Some(found) })
        }
        _ if text.is_empty() => Some(Reason::Missing { what: "entityID" }),
        _ if text.trim().is_empty() => Some(Reason::Found { what: "entityID", found: Quoted::tenant(text) }),
        _ => None,
    }
}

const ENTITY_ID: usize = 1024;

fn role(element: Element<'_, '_>, kind: RoleKind, outer: Bounds, of_entity: &[Scope]) -> Result<Role, Error> {
    let bounds = outer.within(element)?;
    let mut role = Role {
        kind,
        protocols: words(element.attribute("protocolSupportEnumeration").unwrap_or_default()),
        valid_until: bounds.valid_until,
        keys: Vec::new(),
        descriptors_without_certificate: 0,
        endpoints: Vec::new(),
        name_id_formats: Vec::new(),
        want_authn_requests_signed: flag(element, "WantAuthnRequestsSigned"),
        authn_requests_signed: flag(element, "AuthnRequestsSigned"),
        want_assertions_signed: flag(element, "WantAssertionsSigned"),
        attribute_services: Vec::new(),
        ui: UiInfo::default(),
        scopes: of_entity.to_vec(),
    };
    for extension in extensions(element) {
        match extension.expanded_name() {
            (Ns::Mdui, "UIInfo") => ui(extension, &mut role.ui),
            (Ns::Shibmd, "Scope") => role.scopes.extend(scope(extension)),
            _ => {}
        }
    }
    for child in element.children().filter(|e| e.ns() == Ns::Md) {
        match child.local() {
            "KeyDescriptor" => keys(child, &mut role),
            "NameIDFormat" => role.name_id_formats.extend(token(child)),
            "AttributeConsumingService" => role.attribute_services.push(attribute_service(child)),
            other => {
                if let Some(service) = SERVICES.iter().find(|service| **service == other) {
                    role.endpoints.push(endpoint(child, service));
                }
            }
        }
    }
    Ok(role)
}

const SERVICES: [&str; 7] = [
    "SingleSignOnService",
    "SingleLogoutService",
    "ArtifactResolutionService",
    "AssertionConsumerService",
    "ManageNameIDService",
    "NameIDMappingService",
    "AssertionIDRequestService",
];

fn endpoint(element: Element<'_, '_>, service: &'static str) -> Endpoint {
    Endpoint {
        service,
        binding: element.attribute("Binding").unwrap_or_default().to_owned(),
        location: element.attribute("Location").unwrap_or_default().to_owned(),
        response_location: owned(element, "ResponseLocation"),
        index: number(element, "index"),
        is_default: flag(element, "isDefault"),
    }
}

/// The keys of a KeyDescriptor: KeyInfo, X509Data, X509Certificate, by position; a certificate directly in KeyInfo; a key value
/// where a KeyInfo has no certificate. A certificate that issued another one of the same X509Data is its chain (XML-DSig
/// 4.5.4), and no key of the entity. What cannot be read stays visible as such.
fn keys(descriptor: Element<'_, '_>, role: &mut Role) {
    let key_use = match descriptor.attribute("use") {
        None => KeyUse::Both,
        Some("signing") => KeyUse::Signing,
        Some("encryption") => KeyUse::Encryption,
        Some(_) => KeyUse::Unknown,
    };
    let methods = descriptor.children().filter(|e| e.is(Ns::Md, "EncryptionMethod"));
    let methods: Vec<String> = methods.filter_map(|e| e.attribute("Algorithm")).map(str::to_owned).collect();
    let before = role.keys.len();
    let mut push = |content, forms| {
        role.keys.push(Key { key_use, content, encryption_methods: methods.clone(), forms });
    };
    for info in descriptor.children().filter(|e| e.is(Ns::Ds, "KeyInfo")) {
        let mut is_bare = true;
        for child in info.children() {
            if child.is(Ns::Ds, "X509Data") {
                for (content, forms) in certificates(child) {
                    is_bare = false;
                    push(content.map(TrustedKey::from_certificate), forms);
                }
            } else if child.is(Ns::Ds, "X509Certificate") {
                let (content, mut forms) = certificate(child);
                forms.insert(0, KeyForm::OutsideX509Data);
                is_bare = false;
                push(content.map(TrustedKey::from_certificate), forms);
            }
        }
        let values = info.children().filter(|e| is_bare && e.is(Ns::Ds, "KeyValue"));
        for value in values.flat_map(|e| e.children()).filter_map(key_value) {
            push(value.map(TrustedKey::from_key), vec![KeyForm::KeyValue]);
        }
    }
    if role.keys.len() == before {
        role.descriptors_without_certificate = role.descriptors_without_certificate.saturating_add(1);
    }
}

type Read<T> = (Result<T, Failure>, Vec<KeyForm>);

/// The certificates of an X509Data that are not the chain of another one.
fn certificates(data: Element<'_, '_>) -> Vec<Read<Certificate>> {
    let certificates = data.children().filter(|e| e.is(Ns::Ds, "X509Certificate")).map(certificate);
    let mut certificates: Vec<Read<Certificate>> = certificates.collect();
    let read: Vec<Certificate> =
        certificates.iter().filter_map(|(read, _)| read.as_ref().ok().cloned()).collect();
    let is_chain = |one: &Certificate| {
        let issued = |other: &Certificate| {
            other.sha256() != one.sha256()
                && other.issuer() == one.subject()
                && other.issuer() != other.subject()
        };
        read.iter().any(issued)
    };
    certificates.retain(|(read, _)| !read.as_ref().is_ok_and(is_chain));
    certificates
}

fn certificate(element: Element<'_, '_>) -> Read<Certificate> {
    let text = element.text().unwrap_or_default();
    let (body, forms) = match unarmoured(&text) {
        Some(body) => (body, vec![KeyForm::PemArmour]),
        None => (text.as_ref(), Vec::new()),
    };
    let read = octets(element, element.text().is_some().then_some(body)).and_then(|der| {
        Certificate::from_der(&der)
            .map_err(|failure| Failure::new(failure.check, failure.reason, location(element)))
    });
    (read, forms)
}

/// What stands between the two lines of PEM armour (RFC 7468), where that is all of the text.
fn unarmoured(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix("-----BEGIN CERTIFICATE-----")?;
    inside.strip_suffix("-----END CERTIFICATE-----")
}

/// A key value of XML-DSig 1.1 section 4.5.2; `None`: of another kind, which nothing here reads.
fn key_value(value: Element<'_, '_>) -> Option<Result<PublicKey, Failure>> {
    let at = |failure: Failure| Failure::new(failure.check, failure.reason, location(value));
    let part = |ns, name: &str| {
        let child = value.children().find(|e| e.is(ns, name));
        octets(value, child.and_then(|child| child.text()).as_deref())
    };
    let key = match value.expanded_name() {
        (Ns::Ds, "RSAKeyValue") => part(Ns::Ds, "Modulus").and_then(|modulus| {
            PublicKey::from_rsa_components(&modulus, &part(Ns::Ds, "Exponent")?).map_err(at)
        }),
        (Ns::Ds11, "ECKeyValue") => {
            let curve = value.children().find(|e| e.is(Ns::Ds11, "NamedCurve"))?.attribute("URI")?;
            let kind = match curve.strip_prefix("urn:oid:")? {
                "1.2.840.10045.3.1.7" => KeyKind::P256,
                "1.3.132.0.34" => KeyKind::P384,
                "1.3.132.0.35" => KeyKind::P521,
                _ => return None,
            };
            part(Ns::Ds11, "PublicKey").and_then(|point| {
                // SEC 1 section 2.3.3: an uncompressed point.
                let both = point.strip_prefix(&[4]).unwrap_or_default();
                let (x, y) = both.split_at_checked(both.len() / 2).unwrap_or_default();
                PublicKey::from_ec_point(kind, x, y).map_err(at)
            })
        }
        _ => return None,
    };
    Some(key)
}

fn octets(element: Element<'_, '_>, text: Option<&str>) -> Result<Vec<u8>, Failure> {
    let malformed = || Failure::new(Check::KeyMalformed, Reason::Stated("not base64"), location(element));
    text.and_then(base64::decode_xml).ok_or_else(malformed)
}

fn attribute_service(element: Element<'_, '_>) -> AttributeService {
    let children = |name: &'static str| element.children().filter(move |e| e.is(Ns::Md, name));
    AttributeService {
        index: number(element, "index"),
        is_default: flag(element, "isDefault"),
        names: children("ServiceName").filter_map(localized).collect(),
        requested: children("RequestedAttribute")
            .map(|e| RequestedAttribute {
                name: e.attribute("Name").unwrap_or_default().to_owned(),
                name_format: owned(e, "NameFormat"),
                friendly_name: owned(e, "FriendlyName"),
                is_required: flag(e, "isRequired"),
            })
            .collect(),
    }
}

fn ui(element: Element<'_, '_>, ui: &mut UiInfo) {
    for child in element.children().filter(|e| e.ns() == Ns::Mdui) {
        match child.local() {
            "DisplayName" => ui.display_names.extend(localized(child)),
            "Description" => ui.descriptions.extend(localized(child)),
            "InformationURL" => ui.information_urls.extend(localized(child)),
            "PrivacyStatementURL" => ui.privacy_statement_urls.extend(localized(child)),
            "Logo" => ui.logos.extend(token(child).map(|url| Logo {
                url,
                width: child.attribute("width").and_then(|text| text.trim().parse().ok()),
                height: child.attribute("height").and_then(|text| text.trim().parse().ok()),
                language: language(child),
            })),
            _ => {}
        }
    }
}

fn entity_attribute(element: Element<'_, '_>) -> EntityAttribute {
    let values = element.children().filter(|e| e.is(Ns::Saml, "AttributeValue"));
    EntityAttribute {
        name: element.attribute("Name").unwrap_or_default().to_owned(),
        values: values.filter_map(token).collect(),
    }
}

fn scope(element: Element<'_, '_>) -> Option<Scope> {
    Some(Scope { value: token(element)?, regexp: flag(element, "regexp").unwrap_or(false) })
}

fn extensions<'t, 'a>(element: Element<'t, 'a>) -> impl Iterator<Item = Element<'t, 'a>> {
    element.children().filter(|e| e.is(Ns::Md, "Extensions")).flat_map(|e| e.children())
}

fn localized(element: Element<'_, '_>) -> Option<Localized> {
    Some(Localized { language: language(element), text: token(element)? })
}

fn language(element: Element<'_, '_>) -> Option<String> {
    element.attribute_ns(Ns::Xml, "lang").map(str::to_owned)
}

/// Text with the white space around it taken off, as xs:anyURI and xs:token have it.
fn token(element: Element<'_, '_>) -> Option<String> {
    element.text().map(|text| text.trim_matches([' ', '\t', '\r', '\n']).to_owned())
}

fn words(text: &str) -> Vec<String> {
    text.split_ascii_whitespace().map(str::to_owned).collect()
}

fn owned(element: Element<'_, '_>, attribute: &str) -> Option<String> {
    element.attribute(attribute).map(str::to_owned)
}

fn flag(element: Element<'_, '_>, attribute: &str) -> Option<bool> {
    match element.attribute(attribute).map(str::trim) {
        Some("true" | "1") => Some(true),
        Some("false" | "0") => Some(false),
        _ => None,
    }
}

fn number(element: Element<'_, '_>, attribute: &str) -> Option<u16> {
    element.attribute(attribute).and_then(|text| text.trim().parse().ok())
}

/// validUntil (SAML metadata 2.3.2, 2.4.1). Exclusive, without leeway.
fn valid_until(element: Element<'_, '_>) -> Result<Option<Instant>, Error> {
    let Some(text) = element.attribute("validUntil") else { return Ok(None) };
    datetime::parse(text).map(Some).map_err(|check| {
        let reason = Reason::Found { what: "validUntil", found: Quoted::protocol(text) };
        let fault = fault(check, "validUntil is not an xs:dateTime in UTC", element).with_reason(reason);
        in_metadata(fault).into()
    })
}

/// xs:duration without sign; a year counts 365 days and a month 30, because this is a hint. `None`: cannot be read.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let rest = text.trim().strip_prefix('P')?;
    let (date, time) = rest.split_once('T').unwrap_or((rest, ""));
    let mut seconds = 0_i64;
    for (mut part, units) in [
        (date, &[('Y', 31_536_000_i64), ('M', 2_592_000), ('D', 86_400)][..]),
        (time, &[('H', 3_600), ('M', 60), ('S', 1)]),
    ] {
        for (unit, length) in units {
            let Some((number, after)) = part.split_once(*unit) else { continue };
            let whole = number.split('.').next().unwrap_or_default();
            let number: i64 = whole.parse().ok().filter(|number| *number >= 0)?;
            seconds = seconds.checked_add(number.checked_mul(*length)?)?;
            part = after;
        }
        if !part.is_empty() {
            return None;
        }
    }
    (!rest.is_empty()).then(|| Duration::seconds(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, seconds) in [
            ("PT6H", Some(21_600)),
            ("P7D", Some(604_800)),
            ("P0Y0M0DT6H0M0.000S", Some(21_600)),
            ("P1DT1M", Some(86_460)),
            ("P", None),
            ("6H", None),
            ("PT6X", None),
            ("-PT6H", None),
            ("PT-6H", None),
            ("P99999999999999999999D", None),
        ] {
            assert_eq!(duration(text), seconds.map(Duration::seconds), "{text}");
        }
    }
}
