//! The grammar of a metadata document, as far as trust depends on it: which elements are entities, where a signature may stand.

use super::in_metadata;
use super::read::is_descriptor;
use crate::check::Check;
use crate::error::{Error, Failure, Malformed, Quoted, Reason};
use crate::saml::grammar::fault;
use crate::xml::{Element, Ns};

/// A document by position: its root and the signature of the root.
#[derive(Clone, Copy)]
pub(super) struct Layout<'t, 'a> {
    pub(super) root: Element<'t, 'a>,
    pub(super) signature: Option<Element<'t, 'a>>,
    /// A signature deeper in the document, of a role or where none belongs. It is opaque: it stands in for none of the root,
    /// and refuses nothing where the root has one.
    stray: Option<Element<'t, 'a>>,
}

impl Layout<'_, '_> {
    /// What a document is refused for whose root has no signature.
    pub(super) fn unsigned(&self) -> Error {
        self.stray.map_or_else(|| super::rejected(unsigned()), |stray| misplaced(stray).into())
    }
}

/// The failure of a document whose root has no signature.
pub(super) fn unsigned() -> Failure {
    let reason = Reason::Mismatch {
        what: "signature",
        expected: vec![Quoted::protocol("the root element")],
        found: Vec::new(),
    };
    Failure::at(Check::SignatureMissing, "/", reason)
}

/// Lays out a document whose root is an EntityDescriptor or an EntitiesDescriptor.
pub(super) fn document<'t, 'a>(root: Element<'t, 'a>) -> Result<Layout<'t, 'a>, Error> {
    if !is_descriptor(root) {
        return Err(unexpected_root(root));
    }
    let mut stray = None;
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
                Place::OfRoot | Place::OfMember | Place::Extension => {}
                Place::Stray => stray = stray.or(Some(element)),
                Place::Second => {
                    let what = "an element carries two signatures";
                    return Err(in_metadata(fault(Check::SignatureDuplicate, what, element)).into());
                }
                Place::NotFirst => return Err(misplaced(element).into()),
            },
            _ => {}
        }
    }
    let signature = root.children().find(|e| e.is(Ns::Ds, "Signature"));
    ids(root)?;
    Ok(Layout { root, signature, stray })
}

pub(super) fn unexpected_root(root: Element<'_, '_>) -> Error {
    let reason = Reason::Mismatch {
        what: "root element",
        expected: vec![Quoted::protocol("md:EntityDescriptor"), Quoted::protocol("md:EntitiesDescriptor")],
        found: vec![Quoted::protocol(root.local())],
    };
    let what = "the root element is not SAML 2.0 metadata";
    in_metadata(fault(Check::UnexpectedRoot, what, root).with_reason(reason)).into()
}

enum Place {
    /// The first child of the root: the one signature that is judged.
    OfRoot,
    /// Another child of the root, which has a signature already.
    Second,
    /// A child of the root that is not its first.
    NotFirst,
    /// The first child of an entity or a group inside the root.
    OfMember,
    /// Inside an extension: foreign content that nobody here reads.
    Extension,
    /// Of a role, or anywhere else inside an entity or a group.
    Stray,
}

fn place(signature: Element<'_, '_>) -> Place {
    let Some(parent) = signature.parent() else { return Place::NotFirst };
    let first = parent.children().next();
    let is_first = first.is_some_and(|first| first.id() == signature.id());
    if parent.parent().is_none() {
        return match first {
            _ if is_first => Place::OfRoot,
            Some(first) if first.is(Ns::Ds, "Signature") => Place::Second,
            _ => Place::NotFirst,
        };
    }
    if is_descriptor(parent) && is_first {
        return Place::OfMember;
    }
    let mut around = core::iter::successors(Some(parent), Element::parent);
    match around.find(|at| at.is(Ns::Md, "Extensions") || at.is(Ns::Ds, "Signature")) {
        Some(extensions) if extensions.is(Ns::Md, "Extensions") => Place::Extension,
        _ => Place::Stray,
    }
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
