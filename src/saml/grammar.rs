//! The document grammar (SAML core schema, narrowed): what may stand where, how often, in which order.
//!
//! Runs over the whole document before any signature is looked at, so that a wrapped or misplaced part is refused for what
//! it is. Positions come from here; nothing is ever searched for.

use crate::check::Check;
use crate::error::{Location, Malformed, Protocol, Quoted, Reason};
use crate::xml::signature::is_harmless_id;
use crate::xml::{Element, Ns};

/// The parts of a Response, by position.
pub(super) struct ResponseLayout<'t, 'a> {
    pub(super) element: Element<'t, 'a>,
    pub(super) issuer: Option<Element<'t, 'a>>,
    pub(super) signature: Option<Element<'t, 'a>>,
    pub(super) status: Element<'t, 'a>,
    pub(super) assertion: Content<'t, 'a>,
}

/// What a Response holds.
pub(super) enum Content<'t, 'a> {
    Nothing,
    Plain(AssertionLayout<'t, 'a>),
    Encrypted(Element<'t, 'a>),
}

/// The parts of an Assertion, by position.
pub(super) struct AssertionLayout<'t, 'a> {
    pub(super) element: Element<'t, 'a>,
    pub(super) issuer: Option<Element<'t, 'a>>,
    pub(super) signature: Option<Element<'t, 'a>>,
    pub(super) subject: Option<Element<'t, 'a>>,
    pub(super) conditions: Option<Element<'t, 'a>>,
    pub(super) statements: Vec<Element<'t, 'a>>,
}

/// Lays out a Response (SAML core 3.2.2 and 3.3.3) and judges every ID in the document (defence D3).
pub(super) fn response<'t, 'a>(root: Element<'t, 'a>) -> Result<ResponseLayout<'t, 'a>, Malformed> {
    if !root.is(Ns::Samlp, "Response") {
        let reason = Reason::Mismatch {
            what: "root element",
            expected: vec![Quoted::protocol("samlp:Response")],
            found: vec![Quoted::protocol(root.local())],
        };
        return Err(fault(Check::UnexpectedRoot, "the root element is not a SAML 2.0 Response", root)
            .with_reason(reason));
    }
    sequence(root, RESPONSE)?;
    required_attributes(root)?;
    let child = |ns, local| root.children().find(|e| e.is(ns, local));
    let signature = child(Ns::Ds, "Signature");
    if let Some(signature) = signature {
        signature_content(signature)?;
    }
    if let Some(extensions) = child(Ns::Samlp, "Extensions") {
        foreign_only(extensions)?;
    }
    let status = child(Ns::Samlp, "Status");
    let status = status.ok_or_else(|| fault(Check::MissingElement, "the Response has no Status", root))?;
    status_grammar(status)?;
    let mut contents = root.children().filter(|e| is_assertion(*e));
    let content = contents.next();
    if contents.next().is_some() {
        return Err(fault(Check::MultipleAssertions, "the Response holds more than one assertion", root));
    }
    let assertion = match content {
        None => Content::Nothing,
        Some(encrypted) if encrypted.local() == "EncryptedAssertion" => Content::Encrypted(encrypted),
        Some(plain) => Content::Plain(assertion(plain)?),
    };
    nothing_hidden(root)?;
    ids(root, "Response", None)?;
    Ok(ResponseLayout { element: root, issuer: child(Ns::Saml, "Issuer"), signature, status, assertion })
}

/// The parts of a protocol message that is no login Response, by position.
pub(super) struct MessageLayout<'t, 'a> {
    pub(super) element: Element<'t, 'a>,
    pub(super) issuer: Option<Element<'t, 'a>>,
    pub(super) signature: Option<Element<'t, 'a>>,
    pub(super) status: Option<Element<'t, 'a>>,
}

/// What a protocol message is made of.
pub(super) struct MessageGrammar {
    /// The local name of its root element.
    pub(super) root: &'static str,
    /// Its children.
    pub(super) slots: &'static [Slot],
    /// The one message that may stand in it.
    pub(super) inner: Option<&'static str>,
}

/// Lays out a protocol message (SAML core 3.2) and judges every ID in the document (defence D3).
pub(super) fn message<'t, 'a>(
    root: Element<'t, 'a>,
    grammar: &MessageGrammar,
) -> Result<MessageLayout<'t, 'a>, Malformed> {
    if !root.is(Ns::Samlp, grammar.root) {
        let reason = Reason::Mismatch {
            what: "root element",
            expected: vec![Quoted::protocol(grammar.root)],
            found: vec![Quoted::protocol(root.local())],
        };
        return Err(fault(Check::UnexpectedRoot, "the root element is another one than expected here", root)
            .with_reason(reason));
    }
    sequence(root, grammar.slots)?;
    required_attributes(root)?;
    let child = |ns, local| root.children().find(|e| e.is(ns, local));
    let signature = child(Ns::Ds, "Signature");
    if let Some(signature) = signature {
        signature_content(signature)?;
    }
    if let Some(extensions) = child(Ns::Samlp, "Extensions") {
        foreign_only(extensions)?;
    }
    let status = child(Ns::Samlp, "Status");
    status.map(status_grammar).transpose()?;
    for element in root.subtree().skip(1) {
        let of_root = element.parent().is_some_and(|parent| parent.id() == root.id());
        if element.is(Ns::Ds, "Signature") && !of_root && grammar.inner.is_none() {
            return Err(unexpected(element));
        }
    }
    ids(root, grammar.root, grammar.inner)?;
    Ok(MessageLayout { element: root, issuer: child(Ns::Saml, "Issuer"), signature, status })
}

/// Lays out an Assertion (SAML core 2.3.3).
pub(super) fn assertion<'t, 'a>(element: Element<'t, 'a>) -> Result<AssertionLayout<'t, 'a>, Malformed> {
    sequence(element, ASSERTION)?;
    required_attributes(element)?;
    let child = |ns, local| element.children().find(|e| e.is(ns, local));
    let signature = child(Ns::Ds, "Signature");
    if let Some(signature) = signature {
        signature_content(signature)?;
    }
    let is_statement = |e: &Element<'_, '_>| e.ns() == Ns::Saml && e.local().ends_with("Statement");
    for statement in element.children().filter(|e| e.is(Ns::Saml, "AuthzDecisionStatement")) {
        let hides = |e: Element<'_, '_>| is_assertion(e) || !matches!(e.ns(), Ns::Saml);
        if statement.subtree().any(hides) {
            return Err(fault(
                Check::UnexpectedElement,
                "an AuthzDecisionStatement with foreign content",
                statement,
            ));
        }
    }
    Ok(AssertionLayout {
        element,
        issuer: child(Ns::Saml, "Issuer"),
        signature,
        subject: child(Ns::Saml, "Subject"),
        conditions: child(Ns::Saml, "Conditions"),
        statements: element.children().filter(is_statement).collect(),
    })
}

/// Lays out a document that is an Assertion: what an EncryptedAssertion holds. Judged like a Response as a whole.
pub(super) fn lone_assertion<'t, 'a>(root: Element<'t, 'a>) -> Result<AssertionLayout<'t, 'a>, Malformed> {
    let layout = assertion(root)?;
    nothing_hidden(root)?;
    ids(root, "Response", None)?;
    Ok(layout)
}

/// One place in a schema sequence: the names that may stand there, and whether several may.
pub(super) struct Slot {
    pub(super) names: &'static [(Ns, &'static str)],
    pub(super) many: bool,
}

pub(super) const fn one(names: &'static [(Ns, &'static str)]) -> Slot {
    Slot { names, many: false }
}

pub(super) const fn many(names: &'static [(Ns, &'static str)]) -> Slot {
    Slot { names, many: true }
}

const RESPONSE: &[Slot] = &[
    one(&[(Ns::Saml, "Issuer")]),
    one(&[(Ns::Ds, "Signature")]),
    one(&[(Ns::Samlp, "Extensions")]),
    one(&[(Ns::Samlp, "Status")]),
    many(&[(Ns::Saml, "Assertion"), (Ns::Saml, "EncryptedAssertion")]),
];

const ASSERTION: &[Slot] = &[
    one(&[(Ns::Saml, "Issuer")]),
    one(&[(Ns::Ds, "Signature")]),
    one(&[(Ns::Saml, "Subject")]),
    one(&[(Ns::Saml, "Conditions")]),
    one(&[(Ns::Saml, "Advice")]),
    many(&[
        (Ns::Saml, "AuthnStatement"),
        (Ns::Saml, "AttributeStatement"),
        (Ns::Saml, "AuthzDecisionStatement"),
    ]),
];

const STATUS_CODE: &[Slot] = &[one(&[(Ns::Samlp, "StatusCode")])];

const STATUS: &[Slot] = &[
    one(&[(Ns::Samlp, "StatusCode")]),
    one(&[(Ns::Samlp, "StatusMessage")]),
    one(&[(Ns::Samlp, "StatusDetail")]),
];

pub(super) const SUBJECT: &[Slot] = &[
    one(&[(Ns::Saml, "NameID"), (Ns::Saml, "BaseID"), (Ns::Saml, "EncryptedID")]),
    many(&[(Ns::Saml, "SubjectConfirmation")]),
];

pub(super) const SUBJECT_CONFIRMATION: &[Slot] = &[
    one(&[(Ns::Saml, "NameID"), (Ns::Saml, "BaseID"), (Ns::Saml, "EncryptedID")]),
    one(&[(Ns::Saml, "SubjectConfirmationData")]),
];

pub(super) const AUDIENCE_RESTRICTION: &[Slot] = &[many(&[(Ns::Saml, "Audience")])];

pub(super) const PROXY_RESTRICTION: &[Slot] = &[many(&[(Ns::Saml, "Audience")])];

pub(super) const AUTHN_STATEMENT: &[Slot] =
    &[one(&[(Ns::Saml, "SubjectLocality")]), one(&[(Ns::Saml, "AuthnContext")])];

pub(super) const ATTRIBUTE_STATEMENT: &[Slot] =
    &[many(&[(Ns::Saml, "Attribute"), (Ns::Saml, "EncryptedAttribute")])];

pub(super) const ATTRIBUTE: &[Slot] = &[many(&[(Ns::Saml, "AttributeValue")])];

/// Checks the children of an element against a schema sequence; text between them is refused.
pub(super) fn sequence(parent: Element<'_, '_>, slots: &[Slot]) -> Result<(), Malformed> {
    if parent.has_own_text() {
        return Err(fault(Check::UnexpectedText, "text between elements", parent));
    }
    let mut at = 0_usize;
    let mut filled = 0_u32;
    let mut previous: Option<Element<'_, '_>> = None;
    for child in parent.children() {
        let name = child.expanded_name();
        let Some(slot) = slots.iter().position(|slot| slot.names.contains(&name)) else {
            return Err(unexpected(child));
        };
        let bit = 1_u32.checked_shl(u32::try_from(slot).unwrap_or(31)).unwrap_or(0);
        let seen = filled & bit != 0;
        let may_repeat = slots.get(slot).is_some_and(|slot| slot.many);
        if seen && !may_repeat {
            let check = if name == (Ns::Ds, "Signature") {
                Check::SignatureDuplicate
            } else {
                Check::DuplicateElement
            };
            return Err(fault(check, "an element that may occur once occurs again", child));
        }
        if slot < at {
            // An Issuer after the signature: it is the signature that stands wrong.
            let signature = previous.filter(|e| e.is(Ns::Ds, "Signature"));
            return Err(unexpected(signature.unwrap_or(child)));
        }
        filled |= bit;
        at = slot;
        previous = Some(child);
    }
    Ok(())
}

fn unexpected(child: Element<'_, '_>) -> Malformed {
    if child.is(Ns::Ds, "Signature") {
        return fault(Check::SignatureMisplaced, "a signature where none may stand", child);
    }
    let found = Quoted::protocol(child.local());
    fault(Check::UnexpectedElement, "an element where the schema has none", child)
        .with_reason(Reason::Found { what: "element", found })
}

fn required_attributes(element: Element<'_, '_>) -> Result<(), Malformed> {
    for name in ["ID", "Version", "IssueInstant"] {
        if element.attribute(name).is_none() {
            return Err(fault(Check::MissingAttribute, "ID, Version or IssueInstant is missing", element)
                .with_reason(Reason::Missing { what: name }));
        }
    }
    let version = element.attribute("Version").unwrap_or_default();
    if version != "2.0" {
        return Err(fault(Check::UnsupportedVersion, "the version is not 2.0", element)
            .with_reason(Reason::Found { what: "Version", found: Quoted::protocol(version) }));
    }
    Ok(())
}

fn status_grammar(status: Element<'_, '_>) -> Result<(), Malformed> {
    sequence(status, STATUS)?;
    let code = status.children().find(|e| e.is(Ns::Samlp, "StatusCode"));
    let mut code =
        Some(code.ok_or_else(|| fault(Check::MissingElement, "the Status has no StatusCode", status))?);
    while let Some(at) = code {
        sequence(at, STATUS_CODE)?;
        if at.attribute("Value").is_none() {
            return Err(fault(Check::MissingAttribute, "a StatusCode without Value", at));
        }
        code = at.children().next();
    }
    for child in status.children() {
        match child.local() {
            "StatusMessage" if child.text().is_none() => {
                return Err(fault(Check::UnexpectedElement, "an element inside StatusMessage", child));
            }
            "StatusDetail" => foreign_only(child)?,
            _ => {}
        }
    }
    Ok(())
}

/// `Extensions` and `StatusDetail` may hold anything but the vocabularies that decide here.
fn foreign_only(container: Element<'_, '_>) -> Result<(), Malformed> {
    match container.subtree().skip(1).find(|e| e.ns().is_protocol()) {
        Some(hidden) => {
            Err(fault(Check::UnexpectedElement, "a protocol element inside foreign content", hidden))
        }
        None => Ok(()),
    }
}

/// Content that is hashed and carried, never read: in Advice (SAML core 2.6.1), and in an AttributeValue that is neither text
/// nor a NameID (2.7.3.1.1). Whatever stands there satisfies nothing and refuses nothing; only the limits of the reader apply.
fn is_opaque(container: Element<'_, '_>) -> bool {
    let ancestor = |generations| core::iter::successors(Some(container), Element::parent).nth(generations);
    match container.expanded_name() {
        (Ns::Saml, "Advice") => ancestor(1).is_some_and(is_the_assertion),
        (Ns::Saml, "AttributeValue") => {
            ancestor(1).is_some_and(|e| e.is(Ns::Saml, "Attribute"))
                && ancestor(2).is_some_and(|e| e.is(Ns::Saml, "AttributeStatement"))
                && ancestor(3).is_some_and(is_the_assertion)
                && only_name_id(container).is_none()
        }
        _ => false,
    }
}

/// An Assertion where the message has its own: the document itself, or in the Response, which an ArtifactResponse may hold.
fn is_the_assertion(element: Element<'_, '_>) -> bool {
    let is_response = |parent: Element<'_, '_>| {
        parent.is(Ns::Samlp, "Response")
            && parent.parent().is_none_or(|e| e.is(Ns::Samlp, "ArtifactResponse") && e.parent().is_none())
    };
    element.is(Ns::Saml, "Assertion") && element.parent().is_none_or(is_response)
}

/// The NameID that is all of an attribute value (eduPersonTargetedID).
pub(super) fn only_name_id<'t, 'a>(value: Element<'t, 'a>) -> Option<Element<'t, 'a>> {
    let mut children = value.children();
    let only = children.next().filter(|_| children.next().is_none() && !value.has_own_text())?;
    only.is(Ns::Saml, "NameID").then_some(only)
}

fn signature_content(signature: Element<'_, '_>) -> Result<(), Malformed> {
    crate::xml::signature::check_parts(signature)
        .map_err(|(check, reason)| fault(check, check.what(), signature).with_reason(reason))
}

/// A signature is a child of the Response or of its one Assertion (defence D2), and no second message hides anywhere.
fn nothing_hidden(root: Element<'_, '_>) -> Result<(), Malformed> {
    for element in root.subtree_but(is_opaque).skip(1) {
        let parent = element.parent();
        let of_root = parent.is_some_and(|parent| parent.id() == root.id());
        let in_assertion = || {
            let grandparent =
                parent.filter(|parent| is_assertion(*parent)).and_then(|parent| parent.parent());
            grandparent.is_some_and(|grandparent| grandparent.id() == root.id())
        };
        let hidden = match element.expanded_name() {
            (Ns::Ds, "Signature") => !of_root && !in_assertion(),
            (Ns::Saml, "Assertion" | "EncryptedAssertion") => !of_root,
            (Ns::Samlp, _) => !of_root && parent.is_none_or(|parent| parent.ns() != Ns::Samlp),
            _ => false,
        };
        if hidden {
            return Err(unexpected(element));
        }
    }
    Ok(())
}

/// Every attribute that anybody could take for an ID: in its one legal place, harmless, unique (defence D3).
fn ids(root: Element<'_, '_>, message: &str, inner: Option<&str>) -> Result<(), Malformed> {
    let mut seen: Vec<(&str, Element<'_, '_>)> = Vec::new();
    for element in root.subtree_but(is_opaque) {
        for attribute in element.attributes() {
            let (ns, local) = element.expanded_name();
            if !attribute.local().eq_ignore_ascii_case("id") {
                // SAML 1.1 spelled them so.
                let old = matches!(attribute.local(), "AssertionID" | "ResponseID" | "RequestID");
                if old && ns.is_protocol() {
                    return Err(fault(Check::UnexpectedAttribute, "an ID attribute of SAML 1.1", element));
                }
                continue;
            }
            let legal = attribute.is_unqualified()
                && match ns {
                    Ns::Samlp => (local == message || Some(local) == inner) && attribute.local() == "ID",
                    Ns::Saml => local == "Assertion" && attribute.local() == "ID",
                    Ns::Ds | Ns::Xenc | Ns::Xenc11 => attribute.local() == "Id",
                    Ns::Md => false,
                    _ => true,
                };
            if !legal {
                return Err(fault(
                    Check::UnexpectedAttribute,
                    "an ID attribute where the schema has none",
                    element,
                ));
            }
            if matches!(ns, Ns::Saml | Ns::Samlp) && !is_harmless_id(attribute.value()) {
                return Err(fault(
                    Check::IdAttributeForm,
                    "an ID with characters that have meanings",
                    element,
                ));
            }
            seen.push((attribute.value(), element));
        }
    }
    seen.sort_by_key(|(id, _)| *id);
    let twice = seen.windows(2).find_map(|pair| match pair {
        [(a, _), (b, element)] if a == b => Some((*b, *element)),
        _ => None,
    });
    let Some((id, element)) = twice else { return Ok(()) };
    // The IDs of messages are secrets while they can be replayed; those inside signatures are not.
    let is_message = matches!(element.ns(), Ns::Saml | Ns::Samlp);
    let found = if is_message { Quoted::replayable(id) } else { Quoted::protocol(id) };
    let reason = Reason::Found { what: "ID that occurs twice", found };
    Err(fault(Check::DuplicateId, "an ID that occurs twice", element).with_reason(reason))
}

fn is_assertion(element: Element<'_, '_>) -> bool {
    element.is(Ns::Saml, "Assertion") || element.is(Ns::Saml, "EncryptedAssertion")
}

/// A fault at an element, located by its path of names and its offset.
pub(super) fn fault(check: Check, what: &'static str, element: Element<'_, '_>) -> Malformed {
    Malformed::new(check, Protocol::Saml, what, location(element))
}

/// The path of an element, such as `/Response/Assertion/Subject`, and its offset.
pub(super) fn location(element: Element<'_, '_>) -> Location {
    let mut names: Vec<&str> = Vec::new();
    let mut at = Some(element);
    while let Some(ancestor) = at {
        names.push(shortened(ancestor.local()));
        at = ancestor.parent();
    }
    let path = names.iter().rev().fold(String::new(), |path, name| path + "/" + name);
    Location::built(path).with_offset(element.offset())
}

/// Names are foreign and as long as their author likes.
fn shortened(name: &str) -> &str {
    name.char_indices().nth(40).and_then(|(end, _)| name.get(..end)).unwrap_or(name)
}
