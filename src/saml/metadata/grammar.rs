//! The grammar of a metadata document, as far as trust depends on it: which elements are entities, where a signature may stand.

use super::in_metadata;
use super::read::is_descriptor;
use crate::check::Check;
use crate::error::{Error, Malformed, Quoted, Reason};
use crate::saml::grammar::fault;
use crate::xml::{Element, Ns};

/// A document by position: its root and the signature of the root.
#[derive(Clone, Copy)]
pub(super) struct Layout<'t, 'a> {
    pub(super) root: Element<'t, 'a>,
    pub(super) signature: Option<Element<'t, 'a>>,
}

/// Lays out a document whose root is an EntityDescriptor or an EntitiesDescriptor.
pub(super) fn document<'t, 'a>(root: Element<'t, 'a>) -> Result<Layout<'t, 'a>, Error> {
    if !is_descriptor(root) {
        let reason = Reason::Mismatch {
            what: "root element",
            expected: vec![
                Quoted::protocol("md:EntityDescriptor"),
                Quoted::protocol("md:EntitiesDescriptor"),
            ],
            found: vec![Quoted::protocol(root.local())],
        };
        let what = "the root element is not SAML 2.0 metadata";
        return Err(in_metadata(fault(Check::UnexpectedRoot, what, root).with_reason(reason)).into());
    }
    let mut of_role = None;
    for element in root.subtree() {
        let parent = element.parent();
        match element.expanded_name() {
            (Ns::Md, "EntityDescriptor" | "EntitiesDescriptor") => {
                if parent.is_some_and(|parent| !parent.is(Ns::Md, "EntitiesDescriptor")) {
                    return Err(unexpected(element));
                }
                if element.has_own_text() {
                    let what = "text between elements";
                    return Err(in_metadata(fault(Check::UnexpectedText, what, element)).into());
                }
            }
            (Ns::Md, local)
                if local != "Extensions"
                    && parent.is_some_and(|parent| parent.is(Ns::Md, "EntitiesDescriptor")) =>
            {
                return Err(unexpected(element));
            }
            (Ns::Ds, "Signature") => match place(element) {
                Place::First | Place::Extension => {}
                Place::Role => of_role = of_role.or(Some(element)),
                Place::Second => {
                    let what = "an element carries two signatures";
                    return Err(in_metadata(fault(Check::SignatureDuplicate, what, element)).into());
                }
                Place::Elsewhere => return Err(misplaced(element).into()),
            },
            _ => {}
        }
    }
    let signature = root.children().find(|e| e.is(Ns::Ds, "Signature"));
    if let (None, Some(role)) = (signature, of_role) {
        return Err(misplaced(role).into());
    }
    ids(root)?;
    Ok(Layout { root, signature })
}

enum Place {
    /// The first child of an entity or of a group.
    First,
    /// Another child of an element that has a signature already.
    Second,
    /// The first child of a role.
    Role,
    /// Inside an extension: foreign content that nobody here reads.
    Extension,
    Elsewhere,
}

fn place(signature: Element<'_, '_>) -> Place {
    let Some(parent) = signature.parent() else { return Place::Elsewhere };
    let is_first = parent.children().next().is_some_and(|first| first.id() == signature.id());
    let is_role = parent.ns() == Ns::Md && parent.local().ends_with("Descriptor");
    if is_descriptor(parent) && is_first {
        return Place::First;
    }
    if is_descriptor(parent) {
        let signed = parent.children().next().is_some_and(|first| first.is(Ns::Ds, "Signature"));
        return if signed { Place::Second } else { Place::Elsewhere };
    }
    if is_role {
        return if is_first && parent.local() != "KeyDescriptor" { Place::Role } else { Place::Elsewhere };
    }
    let mut ancestor = Some(parent);
    while let Some(at) = ancestor {
        if at.is(Ns::Md, "Extensions") {
            return Place::Extension;
        }
        if at.is(Ns::Ds, "Signature") {
            return Place::Elsewhere;
        }
        ancestor = at.parent();
    }
    Place::Elsewhere
}

/// The ID attributes of metadata's own elements are unique (defence D3). Nothing is looked up by them.
fn ids(root: Element<'_, '_>) -> Result<(), Error> {
    let own = root.subtree().filter(|e| e.ns() == Ns::Md);
    let mut seen: Vec<&str> = own.filter_map(|e| e.attribute("ID")).collect();
    seen.sort_unstable();
    if seen.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
        return Err(in_metadata(fault(Check::DuplicateId, "an ID that occurs twice", root)).into());
    }
    Ok(())
}

fn unexpected(element: Element<'_, '_>) -> Error {
    let reason = Reason::Found { what: "element", found: Quoted::protocol(element.local()) };
    let what = "an element where the schema has none";
    in_metadata(fault(Check::UnexpectedElement, what, element).with_reason(reason)).into()
}

fn misplaced(signature: Element<'_, '_>) -> Malformed {
    let what = "a signature that is not the first child of the root element";
    in_metadata(fault(Check::SignatureMisplaced, what, signature))
}
