//! What the reader tells of a document.

use super::names::Ns;
use super::tree::{Attribute, Name, Namespace, NamespaceId};
use crate::check::Check;
use crate::error::{Location, Malformed, Protocol, Reason};
use core::ops::Range;
use std::borrow::Cow;

/// What listens to a document whose every rule is checked before it hears of anything.
pub(super) trait Sink<'a> {
    /// Attributes and declarations of closed elements are kept: a tree wants them, a stream does not.
    const KEEPS: bool;

    /// A start tag, names resolved.
    fn start(&mut self, tag: &Tag<'_, 'a>) -> Result<(), Malformed>;

    /// The end of the innermost open element; `tag` is where its end tag stands, without octets when it has none.
    fn end(&mut self, tag: Range<usize>) -> Result<(), Malformed>;

    /// A run of text, of a CDATA section or of one reference, inside the root element.
    fn text(&mut self, run: Run<'a>) -> Result<(), Malformed>;

    /// A comment inside the root element.
    fn comment(&mut self, text: Cow<'a, str>, offset: usize);

    /// Nothing more is wanted.
    fn is_done(&self) -> bool {
        false
    }
}

/// A run of text.
pub(super) struct Run<'a> {
    pub(super) text: Cow<'a, str>,
    /// Where it stands in the input.
    pub(super) range: Range<usize>,
    pub(super) is_cdata: bool,
    /// White space only.
    pub(super) is_blank: bool,
    /// Canonical XML writes it as it stands in the input.
    pub(super) is_canonical: bool,
}

/// A start tag with its attributes and declarations.
pub(super) struct Tag<'s, 'a> {
    pub(super) name: Name<'a>,
    /// The name as it is written.
    pub(super) qname: &'a str,
    pub(super) offset: usize,
    /// The offset behind the tag.
    pub(super) end: usize,
    /// The tag is the whole element.
    pub(super) is_empty: bool,
    /// Canonical XML writes it as it stands in the input, up to `>` or `/>`, when it adds no declaration.
    pub(super) is_canonical: bool,
    pub(super) attributes: &'s [Attribute<'a>],
    /// Every declaration in scope, by its index.
    pub(super) namespaces: &'s [Namespace<'a>],
}

impl<'a> Tag<'_, 'a> {
    pub(super) fn uri(&self, id: NamespaceId) -> &str {
        let found = usize::try_from(id.0).ok().and_then(|at| self.namespaces.get(at));
        found.map_or("", |namespace| namespace.uri.as_ref())
    }

    pub(super) fn ns(&self) -> Ns {
        let found = usize::try_from(self.name.namespace.0).ok().and_then(|at| self.namespaces.get(at));
        found.map_or(Ns::None, |namespace| namespace.known)
    }

    /// The value of an attribute without namespace.
    pub(super) fn attribute(&self, local: &str) -> Option<&Cow<'a, str>> {
        self.attributes.iter().find(|a| a.is_unqualified() && a.local == local).map(|a| &a.value)
    }
}

/// A fault of the document.
pub(super) fn fault(check: Check, what: &'static str, offset: usize) -> Malformed {
    Malformed::new(check, Protocol::Saml, what, Location::offset(offset))
}

/// A limit that the document passes.
pub(super) fn over(
    check: Check,
    limit: usize,
    unit: &'static str,
    found: Option<usize>,
    offset: usize,
) -> Malformed {
    fault(check, "more than the limit", offset).with_reason(Reason::Limit { limit, unit, found })
}
