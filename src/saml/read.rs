//! From laid-out elements to values. Runs over hashed octets to decide, over the raw document only to describe.

use super::assertion::{
    Assertion, AuthnStatement, Conditions, Decrypted, NameId, ProxyRestriction, Subject, SubjectConfirmation,
};
use super::attributes::{Attribute, Attributes, Value};
use super::encrypted::Keys;
use super::grammar::{
    self, ATTRIBUTE, ATTRIBUTE_STATEMENT, AUDIENCE_RESTRICTION, AUTHN_STATEMENT, AssertionLayout,
    PROXY_RESTRICTION, ResponseLayout, SUBJECT, SUBJECT_CONFIRMATION, fault, sequence,
};
use crate::check::Check;
use crate::encoding::datetime;
use crate::error::{Error, Malformed, Quoted, Reason};
use crate::instant::Instant;
use crate::limits::{CANONICAL_BYTES, SUBJECT_CONFIRMATIONS};
use crate::xml::c14n::{Method, canonicalize};
use crate::xml::{Element, Ns};

/// What a Response says about itself, outside its assertion (SAML core 3.2.2).
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Envelope {
    pub(super) issue_instant: Instant,
    pub(super) destination: Option<String>,
    pub(super) in_response_to: Option<String>,
    pub(super) issuer: Option<Issuer>,
    /// Status codes, top level first.
    pub(super) status: Vec<String>,
    pub(super) status_message: Option<String>,
}

/// Issuer (SAML core 2.2.5).
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Issuer {
    pub(super) value: String,
    pub(super) format: Option<String>,
}

pub(super) fn envelope(layout: &ResponseLayout<'_, '_>) -> Result<Envelope, Malformed> {
    let element = layout.element;
    let (status, status_message) = status(layout.status)?;
    Ok(Envelope {
        issue_instant: required_time(element, "IssueInstant")?,
        destination: owned(element, "Destination"),
        in_response_to: owned(element, "InResponseTo"),
        issuer: layout.issuer.map(issuer).transpose()?,
        status,
        status_message,
    })
}

/// The codes of a Status, top level first, and its message (SAML core 3.2.2.1).
pub(super) fn status(element: Element<'_, '_>) -> Result<(Vec<String>, Option<String>), Malformed> {
    let mut codes = Vec::new();
    let mut code = element.children().find(|e| e.is(Ns::Samlp, "StatusCode"));
    while let Some(at) = code {
        codes.push(at.attribute("Value").unwrap_or_default().to_owned());
        code = at.children().next();
    }
    let message = element.children().find(|e| e.is(Ns::Samlp, "StatusMessage"));
    Ok((codes, message.map(text).transpose()?))
}

/// Reads an assertion; what is encrypted in it is decrypted. `signed_by` is filled in by whoever verified it.
pub(super) fn assertion(layout: &AssertionLayout<'_, '_>, keys: Keys<'_>) -> Result<Assertion, Error> {
    let mut authn_statements = Vec::new();
    let mut attributes = Vec::new();
    let mut decrypted = Vec::new();
    // Octets of the values that are elements, together: each repeats the declarations that it uses.
    let mut canonical = 0_usize;
    for statement in &layout.statements {
        match statement.local() {
            "AuthnStatement" => authn_statements.push(authn_statement(*statement)?),
            "AttributeStatement" => {
                attribute_statement(*statement, keys, &mut decrypted, &mut attributes, &mut canonical)?;
            }
            _ => {}
        }
    }
    let issuer = layout.issuer.map(issuer).transpose()?;
    Ok(Assertion {
        id: layout.element.attribute("ID").unwrap_or_default().to_owned(),
        issue_instant: required_time(layout.element, "IssueInstant")?,
        issuer_format: issuer.as_ref().and_then(|issuer| issuer.format.clone()),
        issuer: issuer.map(|issuer| issuer.value),
        subject: layout.subject.map(|own| subject(own, keys, &mut decrypted)).transpose()?,
        conditions: layout.conditions.map(conditions).transpose()?,
        authn_statements,
        attributes: Attributes(attributes),
        signed_by: Vec::new(),
        decrypted,
        chosen_statement: 0,
        sp_entity_id: String::new(),
        exceptions: Vec::new(),
        accepted_until: Instant::FAR_FUTURE,
    })
}

/// The Issuer of a laid-out assertion, for choosing whom to trust.
pub(super) fn issuer(element: Element<'_, '_>) -> Result<Issuer, Malformed> {
    Ok(Issuer { value: text(element)?, format: owned(element, "Format") })
}

fn subject(
    element: Element<'_, '_>,
    keys: Keys<'_>,
    decrypted: &mut Vec<Decrypted>,
) -> Result<Subject, Error> {
    sequence(element, SUBJECT)?;
    let mut read = Subject { name_id: None, confirmations: Vec::new(), confirmations_found: 0 };
    for child in element.children() {
        match child.local() {
            "NameID" => read.name_id = Some(name_id(child)?),
            "EncryptedID" => {
                let opened = keys.open(child)?;
                let tree = opened.single(child, "NameID")?;
                read.name_id = Some(name_id(tree.root())?);
                decrypted.push(opened.record("EncryptedID"));
            }
            "SubjectConfirmation" => {
                read.confirmations_found = read.confirmations_found.saturating_add(1);
                if read.confirmations.len() < SUBJECT_CONFIRMATIONS {
                    read.confirmations.push(subject_confirmation(child)?);
                }
            }
            _ => {}
        }
    }
    Ok(read)
}

pub(super) fn name_id(element: Element<'_, '_>) -> Result<NameId, Malformed> {
    Ok(NameId {
        value: text(element)?,
        format: owned(element, "Format"),
        name_qualifier: owned(element, "NameQualifier"),
        sp_name_qualifier: owned(element, "SPNameQualifier"),
        sp_provided_id: owned(element, "SPProvidedID"),
    })
}

fn subject_confirmation(element: Element<'_, '_>) -> Result<SubjectConfirmation, Malformed> {
    sequence(element, SUBJECT_CONFIRMATION)?;
    let data = element.children().find(|e| e.is(Ns::Saml, "SubjectConfirmationData"));
    let value = |name| data.and_then(|data| owned(data, name));
    let instant = |name| data.map_or(Ok(None), |data| optional_time(data, name));
    Ok(SubjectConfirmation {
        method: required(element, "Method")?,
        has_data: data.is_some(),
        not_before: instant("NotBefore")?,
        not_on_or_after: instant("NotOnOrAfter")?,
        recipient: value("Recipient"),
        in_response_to: value("InResponseTo"),
        address: value("Address"),
    })
}

fn conditions(element: Element<'_, '_>) -> Result<Conditions, Malformed> {
    if element.has_own_text() {
        return Err(fault(Check::UnexpectedText, "text between elements", element));
    }
    let mut read = Conditions {
        not_before: optional_time(element, "NotBefore")?,
        not_on_or_after: optional_time(element, "NotOnOrAfter")?,
        audience_restrictions: Vec::new(),
        one_time_use: false,
        proxy_restriction: None,
        unknown: None,
    };
    for child in element.children() {
        let twice = || fault(Check::DuplicateElement, "a condition that may occur once occurs again", child);
        match child.expanded_name() {
            (Ns::Saml, "AudienceRestriction") => read.audience_restrictions.push(audiences(child, true)?),
            (Ns::Saml, "OneTimeUse") => {
                if core::mem::replace(&mut read.one_time_use, true) {
                    return Err(twice());
                }
            }
            (Ns::Saml, "ProxyRestriction") => {
                let count = child.attribute("Count");
                let number = count.map(str::parse::<u32>).transpose();
                let Ok(count) = number else {
                    read.unknown = Some("ProxyRestriction".to_owned());
                    continue;
                };
                let restriction = ProxyRestriction { count, audiences: audiences(child, false)? };
                if read.proxy_restriction.replace(restriction).is_some() {
                    return Err(twice());
                }
            }
            // saml:Condition is abstract: what it is stands in xsi:type (SAML core 2.5.1.3).
            (_, name) => {
                let kind = child.attribute_ns(Ns::Xsi, "type");
                read.unknown = Some(kind.map_or_else(|| name.to_owned(), |kind| format!("{name} {kind}")));
            }
        }
    }
    Ok(read)
}

/// The audiences of a restriction. Audience is xs:anyURI, so surrounding white space does not count (policy P4).
fn audiences(element: Element<'_, '_>, at_least_one: bool) -> Result<Vec<String>, Malformed> {
    sequence(element, if at_least_one { AUDIENCE_RESTRICTION } else { PROXY_RESTRICTION })?;
    let collapsed = |e| text(e).map(|text| text.trim_matches([' ', '\t', '\r', '\n']).to_owned());
    let audiences = element.children().map(collapsed).collect::<Result<Vec<_>, _>>()?;
    if at_least_one && audiences.is_empty() {
        return Err(fault(Check::MissingElement, "an AudienceRestriction without Audience", element));
    }
    Ok(audiences)
}

fn authn_statement(element: Element<'_, '_>) -> Result<AuthnStatement, Malformed> {
    sequence(element, AUTHN_STATEMENT)?;
    let context = element.children().find(|e| e.is(Ns::Saml, "AuthnContext"));
    let context = context
        .ok_or_else(|| fault(Check::MissingElement, "an AuthnStatement without AuthnContext", element))?;
    let mut statement = AuthnStatement {
        authn_instant: required_time(element, "AuthnInstant")?,
        session_index: owned(element, "SessionIndex"),
        session_not_on_or_after: optional_time(element, "SessionNotOnOrAfter")?,
        context_class: None,
        authenticating_authorities: Vec::new(),
    };
    for child in context.children() {
        match child.expanded_name() {
            (Ns::Saml, "AuthnContextClassRef") => {
                let class = text(child)?.trim_matches([' ', '\t', '\r', '\n']).to_owned();
                if statement.context_class.replace(class).is_some() {
                    return Err(fault(Check::DuplicateElement, "a second AuthnContextClassRef", child));
                }
            }
            (Ns::Saml, "AuthenticatingAuthority") => statement.authenticating_authorities.push(text(child)?),
            (Ns::Saml, "AuthnContextDecl" | "AuthnContextDeclRef") => {}
            _ => return Err(fault(Check::UnexpectedElement, "an element where the schema has none", child)),
        }
    }
    Ok(statement)
}

fn attribute_statement(
    element: Element<'_, '_>,
    keys: Keys<'_>,
    decrypted: &mut Vec<Decrypted>,
    attributes: &mut Vec<Attribute>,
    canonical: &mut usize,
) -> Result<(), Error> {
    sequence(element, ATTRIBUTE_STATEMENT)?;
    for child in element.children() {
        if child.local() == "EncryptedAttribute" {
            let opened = keys.open(child)?;
            let tree = opened.single(child, "Attribute")?;
            attributes.push(attribute(tree.root(), canonical)?);
            decrypted.push(opened.record("EncryptedAttribute"));
        } else {
            attributes.push(attribute(child, canonical)?);
        }
    }
    Ok(())
}

fn attribute(element: Element<'_, '_>, canonical: &mut usize) -> Result<Attribute, Malformed> {
    sequence(element, ATTRIBUTE)?;
    let values = element.children().map(|value| attribute_value(value, canonical));
    Ok(Attribute {
        name: required(element, "Name")?,
        name_format: owned(element, "NameFormat"),
        friendly_name: owned(element, "FriendlyName"),
        values: values.collect::<Result<_, _>>()?,
    })
}

fn attribute_value(element: Element<'_, '_>, canonical: &mut usize) -> Result<Value, Malformed> {
    if matches!(element.attribute_ns(Ns::Xsi, "nil"), Some("true" | "1")) {
        return Ok(Value::Nil);
    }
    if let Some(text) = element.text() {
        let declared_type = element.attribute_ns(Ns::Xsi, "type").map(str::to_owned);
        return Ok(Value::Text { text: text.into_owned(), declared_type });
    }
    if let Some(only) = grammar::only_name_id(element) {
        return Ok(Value::NameId(name_id(only)?));
    }
    let exclusive = Method::from_uri("http://www.w3.org/2001/10/xml-exc-c14n#");
    let octets =
        exclusive.ok_or(Check::EmptyCanonicalForm).and_then(|method| canonicalize(element, None, &method));
    let octets = octets.map_err(|check| fault(check, "an attribute value", element))?;
    *canonical = canonical.saturating_add(octets.len());
    if *canonical > CANONICAL_BYTES {
        return Err(fault(Check::LimitInputSize, "attribute values longer than the limit", element));
    }
    Ok(Value::Xml(String::from_utf8_lossy(&octets).into_owned()))
}

/// The text of an element that may hold text only: one value, never cut, never trimmed.
pub(super) fn text(element: Element<'_, '_>) -> Result<String, Malformed> {
    let text = element.text().map(std::borrow::Cow::into_owned);
    text.ok_or_else(|| fault(Check::UnexpectedElement, "an element inside a text value", element))
}

pub(super) fn owned(element: Element<'_, '_>, attribute: &str) -> Option<String> {
    element.attribute(attribute).map(str::to_owned)
}

fn required(element: Element<'_, '_>, attribute: &'static str) -> Result<String, Malformed> {
    owned(element, attribute).ok_or_else(|| missing(element, attribute))
}

pub(super) fn required_time(element: Element<'_, '_>, attribute: &'static str) -> Result<Instant, Malformed> {
    optional_time(element, attribute)?.ok_or_else(|| missing(element, attribute))
}

pub(super) fn optional_time(
    element: Element<'_, '_>,
    attribute: &'static str,
) -> Result<Option<Instant>, Malformed> {
    let Some(value) = element.attribute(attribute) else { return Ok(None) };
    datetime::parse(value).map(Some).map_err(|check| {
        let reason = Reason::Found { what: attribute, found: Quoted::protocol(value) };
        fault(check, "a time that is not an xs:dateTime in UTC", element).with_reason(reason)
    })
}

fn missing(element: Element<'_, '_>, attribute: &'static str) -> Malformed {
    fault(Check::MissingAttribute, "a required attribute is missing", element)
        .with_reason(Reason::Missing { what: attribute })
}

/// Lays out a document that holds a lone Assertion: what a signature on the Assertion vouches for.
pub(super) fn lone_assertion<'t, 'a>(root: Element<'t, 'a>) -> Result<AssertionLayout<'t, 'a>, Malformed> {
    if !root.is(Ns::Saml, "Assertion") {
        return Err(fault(Check::UnexpectedRoot, "the vouched octets are no Assertion", root));
    }
    grammar::assertion(root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::XmlLimits;
    use crate::xml::{self, Comments};

    /// Namespaces that an attribute uses itself are declared again in each of its values: 1 MiB would become hundreds.
    #[test]
    fn values_that_are_elements_are_bounded_together() {
        let read = |values: usize, namespace: usize| {
            let names = || (10..70).map(|n| format!("p{n}"));
            let declared: String =
                names().map(|p| format!(" xmlns:{p}=\"u:{p}{}\"", "x".repeat(namespace))).collect();
            let used: String = names().map(|p| format!(" {p}:a=\"\"")).collect();
            let value = format!("<saml:AttributeValue><p10:b{used}/></saml:AttributeValue>");
            let attribute = format!(
                "<saml:Attribute{declared} Name=\"a\"{used}>{}</saml:Attribute>",
                value.repeat(values / 2)
            );
            let text = format!(
                "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_a\" Version=\"2.0\" IssueInstant=\"2026-01-01T00:00:00Z\"><saml:Issuer>i</saml:Issuer>{}</saml:Assertion>",
                format!("<saml:AttributeStatement>{attribute}</saml:AttributeStatement>").repeat(2)
            );
            let tree = xml::parse(text.as_bytes(), &XmlLimits::MESSAGE, Comments::Refused).unwrap();
            let layout = lone_assertion(tree.root()).unwrap();
            assertion(&layout, Keys::new(None)).map(|_| ()).map_err(|error| error.check())
        };
        assert_eq!(read(600, 10), Ok(()));
        assert_eq!(read(20, 4000), Ok(()));
        assert_eq!(read(600, 4000), Err(Check::LimitInputSize));
    }
}
