//! Canonical XML 1.0 and 1.1, inclusive and exclusive (W3C REC-xml-c14n-20010315, REC-xml-c14n11-20080502,
//! REC-xml-exc-c14n-20020718) of one element with everything in it, except one excluded child: the enveloped signature.
//!
//! Total: what the specification calls an error cannot be in the tree (relative namespaces), or is `Err`. No recursion.

use super::names::Ns;
use super::scope::Scope;
use super::tree::{Attribute, Element, Kind, Name, NodeId, Tree};
use crate::check::Check;
use crate::limits::CANONICAL_BYTES;

/// A canonicalisation method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Method {
    pub(crate) kind: MethodKind,
    pub(crate) with_comments: bool,
}

/// Which namespaces come along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MethodKind {
    /// Canonical XML 1.0: every namespace in scope, and `xml:` attributes of ancestors.
    Inclusive,
    /// Canonical XML 1.1: as 1.0, but of the `xml:` attributes only `xml:lang` and `xml:space` are inherited.
    Inclusive11,
    /// Exclusive XML canonicalisation 1.0: what is visibly used, and the listed prefixes (`""` for `#default`).
    Exclusive { inclusive_prefixes: Vec<String> },
}

impl Method {
    /// The method with this URI, without parameters. Exact comparison.
    pub(crate) fn from_uri(uri: &str) -> Option<Self> {
        let (kind, with_comments) = match uri {
            "http://www.w3.org/2001/10/xml-exc-c14n#" => (exclusive(), false),
            "http://www.w3.org/2001/10/xml-exc-c14n#WithComments" => (exclusive(), true),
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315" => (MethodKind::Inclusive, false),
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments" => (MethodKind::Inclusive, true),
            "http://www.w3.org/2006/12/xml-c14n11" => (MethodKind::Inclusive11, false),
            "http://www.w3.org/2006/12/xml-c14n11#WithComments" => (MethodKind::Inclusive11, true),
            _ => return None,
        };
        Some(Self { kind, with_comments })
    }
}

const fn exclusive() -> MethodKind {
    MethodKind::Exclusive { inclusive_prefixes: Vec::new() }
}

/// The canonical octets of `apex` without `excluded`.
///
/// `EmptyCanonicalForm`: nothing came out, which no element can produce. `C14nAlgorithmForbidden`: Canonical XML 1.1 would
/// have to join `xml:base` URIs, which no SAML message has. `LimitInputSize`: the form would be longer than the limit.
pub(crate) fn canonicalize(
    apex: Element<'_, '_>,
    excluded: Option<NodeId>,
    method: &Method,
) -> Result<Vec<u8>, Check> {
    let tree = apex.tree();
    let mut writer = Writer {
        tree,
        method,
        apex: apex.id(),
        out: Vec::with_capacity(estimate(apex)),
        rendered: Scope::new(),
        declarations: Vec::new(),
        attributes: Vec::new(),
    };
    writer.run(excluded)?;
    if writer.out.is_empty() { Err(Check::EmptyCanonicalForm) } else { Ok(writer.out) }
}

fn estimate(apex: Element<'_, '_>) -> usize {
    apex.tree().nodes.len().saturating_mul(64)
}

struct Writer<'t, 'a> {
    tree: &'t Tree<'a>,
    method: &'t Method,
    apex: NodeId,
    out: Vec<u8>,
    /// Declarations written by open ancestors, innermost last.
    rendered: Scope<'t, &'t str>,
    /// Scratch of one start tag.
    declarations: Vec<(&'t str, &'t str)>,
    attributes: Vec<(&'t str, &'t Attribute<'a>)>,
}

impl<'t, 'a> Writer<'t, 'a> {
    fn run(&mut self, excluded: Option<NodeId>) -> Result<(), Check> {
        // Marks into `rendered`, one per open element.
        let mut open: Vec<(NodeId, usize)> = Vec::new();
        let mut next = Some(self.apex);
        while let Some(id) = next {
            let Some(node) = self.tree.node(id) else { break };
            let mut child = None;
            if Some(id) != excluded {
                match &node.kind {
                    Kind::Element(name) => {
                        open.push((id, self.rendered.len()));
                        self.start_tag(id, name)?;
                        child = node.first_child;
                        if child.is_none() {
                            self.close(&mut open);
                        }
                    }
                    Kind::Text { text, .. } => escape_text(&mut self.out, text),
                    Kind::Comment(comment) if self.method.with_comments => {
                        self.out.extend_from_slice(b"<!--");
                        self.out.extend_from_slice(comment.as_bytes());
                        self.out.extend_from_slice(b"-->");
                    }
                    Kind::Comment(_) => {}
                }
            }
            next = child.or_else(|| self.following(id, &mut open));
        }
        Ok(())
    }

    /// The next node after a finished one; closes the elements that end here.
    fn following(&mut self, mut id: NodeId, open: &mut Vec<(NodeId, usize)>) -> Option<NodeId> {
        while id != self.apex {
            let node = self.tree.node(id)?;
            if let Some(sibling) = node.next_sibling {
                return Some(sibling);
            }
            id = node.parent?;
            if open.last().is_some_and(|(top, _)| *top == id) {
                self.close(open);
            }
        }
        None
    }

    fn close(&mut self, open: &mut Vec<(NodeId, usize)>) {
        let Some((id, mark)) = open.pop() else { return };
        self.rendered.truncate(mark);
        if let Some(name) = self.tree.name(id) {
            self.out.extend_from_slice(b"</");
            self.qname(name.prefix, name.local);
            self.out.push(b'>');
        }
    }

    fn start_tag(&mut self, id: NodeId, name: &'t Name<'a>) -> Result<(), Check> {
        self.out.push(b'<');
        self.qname(name.prefix, name.local);
        self.declarations.clear();
        self.attributes.clear();
        match &self.method.kind {
            MethodKind::Exclusive { inclusive_prefixes } => {
                self.exclusive_declarations(id, name, inclusive_prefixes)
            }
            MethodKind::Inclusive | MethodKind::Inclusive11 => self.inclusive_declarations(id, name),
        }
        self.declarations.sort_unstable();
        let declarations = core::mem::take(&mut self.declarations);
        for (prefix, uri) in &declarations {
            self.out.extend_from_slice(if prefix.is_empty() { b" xmlns" } else { b" xmlns:" });
            self.out.extend_from_slice(prefix.as_bytes());
            self.out.extend_from_slice(b"=\"");
            escape_attribute(&mut self.out, uri);
            self.out.push(b'"');
        }
        self.declarations = declarations;
        let tree = self.tree;
        self.attributes.extend(tree.attributes_of(name).iter().map(|a| (tree.namespace(a.namespace).0, a)));
        if id == self.apex && !matches!(self.method.kind, MethodKind::Exclusive { .. }) {
            self.inherited_xml_attributes(id)?;
        }
        self.attributes.sort_unstable_by(|(uri_a, a), (uri_b, b)| (uri_a, a.local).cmp(&(uri_b, b.local)));
        let attributes = core::mem::take(&mut self.attributes);
        for (_, attribute) in &attributes {
            self.out.push(b' ');
            self.qname(attribute.prefix, attribute.local);
            self.out.extend_from_slice(b"=\"");
            escape_attribute(&mut self.out, &attribute.value);
            self.out.push(b'"');
        }
        self.attributes = attributes;
        self.out.push(b'>');
        if self.out.len() > CANONICAL_BYTES { Err(Check::LimitInputSize) } else { Ok(()) }
    }

    fn qname(&mut self, prefix: &str, local: &str) {
        if !prefix.is_empty() {
            self.out.extend_from_slice(prefix.as_bytes());
            self.out.push(b':');
        }
        self.out.extend_from_slice(local.as_bytes());
    }

    /// Exclusive C14N section 3: prefixes that the element or its attributes use, and the inclusive ones where they change.
    fn exclusive_declarations(&mut self, id: NodeId, name: &'t Name<'a>, inclusive: &'t [String]) {
        self.declare_if_new(name.prefix, self.tree.namespace(name.namespace).0);
        for attribute in self.tree.attributes_of(name) {
            if !attribute.prefix.is_empty() {
                self.declare_if_new(attribute.prefix, self.tree.namespace(attribute.namespace).0);
            }
        }
        if inclusive.is_empty() {
            return;
        }
        if id == self.apex {
            for prefix in inclusive {
                if let Some(uri) = self.in_scope(id, prefix) {
                    self.declare_if_new(prefix, uri);
                }
            }
        } else {
            for declaration in self.tree.declarations_of(name) {
                if inclusive.iter().any(|prefix| prefix == declaration.prefix) {
                    self.declare_if_new(declaration.prefix, &declaration.uri);
                }
            }
        }
    }

    /// Canonical XML section 2.3: every namespace in scope that the parent in the output has not written already.
    fn inclusive_declarations(&mut self, id: NodeId, name: &'t Name<'a>) {
        let tree = self.tree;
        if id != self.apex {
            for declaration in tree.declarations_of(name) {
                self.declare_if_new(declaration.prefix, &declaration.uri);
            }
            return;
        }
        let mut at = Some(id);
        while let Some(ancestor) = at {
            if let Some(name) = tree.name(ancestor) {
                for declaration in tree.declarations_of(name) {
                    if !self.declarations.iter().any(|(prefix, _)| *prefix == declaration.prefix) {
                        self.declarations.push((declaration.prefix, &declaration.uri));
                    }
                }
            }
            at = tree.node(ancestor).and_then(|node| node.parent);
        }
        self.declarations.retain(|(prefix, uri)| *prefix != "xml" && !uri.is_empty());
        for (prefix, uri) in &self.declarations {
            self.rendered.push(prefix, uri);
        }
    }

    /// Adds a declaration unless the element or an open ancestor has the same, or it undeclares a default that nobody wrote.
    fn declare_if_new(&mut self, prefix: &'t str, uri: &'t str) {
        if prefix != "xml" && self.rendered.get(prefix).map_or(!uri.is_empty(), |written| written != uri) {
            self.declarations.push((prefix, uri));
            self.rendered.push(prefix, uri);
        }
    }

    fn in_scope(&self, id: NodeId, prefix: &str) -> Option<&'t str> {
        let mut at = Some(id);
        while let Some(ancestor) = at {
            let declared = self.tree.name(ancestor).map_or(&[][..], |name| self.tree.declarations_of(name));
            if let Some(found) = declared.iter().find(|declaration| declaration.prefix == prefix) {
                return Some(&found.uri);
            }
            at = self.tree.node(ancestor).and_then(|node| node.parent);
        }
        None
    }

    /// Canonical XML 1.0 section 2.4 and 1.1 section 2.4: `xml:` attributes of left-out ancestors come along.
    fn inherited_xml_attributes(&mut self, apex: NodeId) -> Result<(), Check> {
        let tree = self.tree;
        let mut at = tree.node(apex).and_then(|node| node.parent);
        while let Some(ancestor) = at {
            let attributes = tree.name(ancestor).map_or(&[][..], |name| tree.attributes_of(name));
            for attribute in attributes {
                if tree.namespace(attribute.namespace).1 != Ns::Xml {
                    continue;
                }
                if self.method.kind == MethodKind::Inclusive11 && !matches!(attribute.local, "lang" | "space")
                {
                    if attribute.local == "base" {
                        return Err(Check::C14nAlgorithmForbidden);
                    }
                    continue;
                }
                let known = |(_, own): &(&str, &Attribute<'_>)| {
                    own.local == attribute.local && tree.namespace(own.namespace).1 == Ns::Xml
                };
                if !self.attributes.iter().any(known) {
                    self.attributes.push((tree.namespace(attribute.namespace).0, attribute));
                }
            }
            at = tree.node(ancestor).and_then(|node| node.parent);
        }
        Ok(())
    }
}

/// Text as Canonical XML writes it.
pub(super) fn escape_text(out: &mut Vec<u8>, text: &str) {
    escape(out, text, |b| (b == b'&') | (b == b'<') | (b == b'>') | (b == b'\r'), text_escape);
}

/// An attribute value as Canonical XML writes it.
pub(super) fn escape_attribute(out: &mut Vec<u8>, value: &str) {
    escape(out, value, |b| (b == b'&') | (b == b'<') | (b == b'"') | (b < b' '), attribute_escape);
}

/// Writes text, each octet that needs it replaced (Canonical XML 1.0 section 2.3).
#[inline]
fn escape(
    out: &mut Vec<u8>,
    text: &str,
    special: impl Fn(u8) -> bool,
    replacement: impl Fn(u8) -> Option<&'static [u8]>,
) {
    let bytes = text.as_bytes();
    // Without a branch per octet: most text has nothing to replace.
    if bytes.iter().fold(0, |any, byte| any | u8::from(special(*byte))) == 0 {
        out.extend_from_slice(bytes);
        return;
    }
    let mut written = 0_usize;
    for (at, byte) in bytes.iter().enumerate() {
        if let Some(replaced) = replacement(*byte) {
            out.extend_from_slice(bytes.get(written..at).unwrap_or_default());
            out.extend_from_slice(replaced);
            written = at.saturating_add(1);
        }
    }
    out.extend_from_slice(bytes.get(written..).unwrap_or_default());
}

const fn text_escape(byte: u8) -> Option<&'static [u8]> {
    match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'>' => Some(b"&gt;"),
        b'\r' => Some(b"&#xD;"),
        _ => None,
    }
}

const fn attribute_escape(byte: u8) -> Option<&'static [u8]> {
    match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'"' => Some(b"&quot;"),
        b'\t' => Some(b"&#x9;"),
        b'\n' => Some(b"&#xA;"),
        b'\r' => Some(b"&#xD;"),
        _ => None,
    }
}
