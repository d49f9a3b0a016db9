//! A read-only tree with resolved names. Text is one value per run: all text, CDATA and references, put together.

use super::names::Ns;
use std::borrow::Cow;

/// Index of a node in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeId(pub(super) u32);

/// A document, or rather its root element with everything in it.
pub(crate) struct Tree<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) attributes: Vec<Attribute<'a>>,
    pub(super) namespaces: Vec<Namespace<'a>>,
}

pub(super) struct Node<'a> {
    pub(super) parent: Option<NodeId>,
    pub(super) next_sibling: Option<NodeId>,
    pub(super) first_child: Option<NodeId>,
    /// Byte offset of the markup in the input.
    pub(super) offset: usize,
    pub(super) kind: Kind<'a>,
}

pub(super) enum Kind<'a> {
    Element(Name<'a>),
    Text { text: Cow<'a, str>, cdata: bool },
    Comment(Cow<'a, str>),
}

#[derive(Clone, Copy)]
pub(super) struct Name<'a> {
    pub(super) prefix: &'a str,
    pub(super) local: &'a str,
    pub(super) namespace: NamespaceId,
    /// First and last-plus-one in `attributes` and `namespaces`.
    pub(super) attributes: (u32, u32),
    pub(super) declarations: (u32, u32),
}

/// Index of a namespace declaration in its tree. 0 stands for no namespace, 1 for the one of `xml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NamespaceId(pub(super) u32);

pub(super) struct Namespace<'a> {
    pub(super) prefix: &'a str,
    pub(super) uri: Cow<'a, str>,
    pub(super) known: Ns,
}

pub(crate) struct Attribute<'a> {
    pub(super) prefix: &'a str,
    pub(super) local: &'a str,
    pub(super) namespace: NamespaceId,
    pub(super) value: Cow<'a, str>,
}

impl Attribute<'_> {
    pub(crate) fn local(&self) -> &str {
        self.local
    }

    pub(crate) fn value(&self) -> &str {
        &self.value
    }

    /// True for `xml:lang` and the like.
    pub(crate) fn is_xml(&self) -> bool {
        self.prefix == "xml"
    }

    /// True when the attribute has no namespace, as every attribute of SAML's own vocabulary.
    pub(crate) const fn is_unqualified(&self) -> bool {
        self.namespace.0 == 0
    }
}

impl<'a> Tree<'a> {
    /// The root element.
    pub(crate) const fn root(&self) -> Element<'_, 'a> {
        Element { tree: self, id: NodeId(0) }
    }

    /// The element with this index, which must come from this tree.
    #[cfg(test)]
    pub(crate) const fn element(&self, id: NodeId) -> Element<'_, 'a> {
        Element { tree: self, id }
    }

    pub(super) fn node(&self, id: NodeId) -> Option<&Node<'a>> {
        self.nodes.get(usize::try_from(id.0).ok()?)
    }

    pub(super) fn name(&self, id: NodeId) -> Option<&Name<'a>> {
        match &self.node(id)?.kind {
            Kind::Element(name) => Some(name),
            Kind::Text { .. } | Kind::Comment(_) => None,
        }
    }

    pub(super) fn namespace(&self, id: NamespaceId) -> (&str, Ns) {
        let found = usize::try_from(id.0).ok().and_then(|index| self.namespaces.get(index));
        found.map_or(("", Ns::None), |namespace| (namespace.uri.as_ref(), namespace.known))
    }

    pub(super) fn attributes_of(&self, name: &Name<'a>) -> &[Attribute<'a>] {
        slice(&self.attributes, name.attributes)
    }

    pub(super) fn declarations_of(&self, name: &Name<'a>) -> &[Namespace<'a>] {
        slice(&self.namespaces, name.declarations)
    }

    /// Every element, in document order.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn elements(&self) -> impl Iterator<Item = Element<'_, 'a>> {
        (0_u32..).zip(&self.nodes).filter_map(|(index, node)| {
            matches!(node.kind, Kind::Element(_)).then_some(Element { tree: self, id: NodeId(index) })
        })
    }
}

fn slice<T>(items: &[T], (from, to): (u32, u32)) -> &[T] {
    let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
    range.and_then(|(from, to)| items.get(from..to)).unwrap_or_default()
}

/// An element of a tree.
#[derive(Clone, Copy)]
pub(crate) struct Element<'t, 'a> {
    tree: &'t Tree<'a>,
    id: NodeId,
}

impl<'t, 'a> Element<'t, 'a> {
    pub(crate) const fn id(&self) -> NodeId {
        self.id
    }

    pub(crate) const fn tree(&self) -> &'t Tree<'a> {
        self.tree
    }

    fn name(&self) -> Option<&'t Name<'a>> {
        self.tree.name(self.id)
    }

    /// Namespace and local name.
    pub(crate) fn expanded_name(&self) -> (Ns, &'a str) {
        self.name().map_or((Ns::None, ""), |name| (self.tree.namespace(name.namespace).1, name.local))
    }

    pub(crate) fn local(&self) -> &'a str {
        self.expanded_name().1
    }

    pub(crate) fn ns(&self) -> Ns {
        self.expanded_name().0
    }

    /// The name of the namespace.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn namespace_uri(&self) -> &'t str {
        self.name().map_or("", |name| self.tree.namespace(name.namespace).0)
    }

    pub(crate) fn is(&self, ns: Ns, local: &str) -> bool {
        self.expanded_name() == (ns, local)
    }

    /// Byte offset of the start tag in the parsed text.
    pub(crate) fn offset(&self) -> usize {
        self.tree.node(self.id).map_or(0, |node| node.offset)
    }

    pub(crate) fn parent(&self) -> Option<Self> {
        let parent = self.tree.node(self.id)?.parent?;
        Some(Self { tree: self.tree, id: parent })
    }

    /// The value of an attribute without namespace.
    pub(crate) fn attribute(&self, local: &str) -> Option<&'t str> {
        self.attributes().iter().find(|a| a.is_unqualified() && a.local == local).map(Attribute::value)
    }

    /// The value of an attribute in a namespace.
    pub(crate) fn attribute_ns(&self, ns: Ns, local: &str) -> Option<&'t str> {
        let attributes = self.attributes().iter();
        attributes
            .filter(|a| !a.is_unqualified() && a.local == local)
            .find(|a| self.tree.namespace(a.namespace).1 == ns)
            .map(Attribute::value)
    }

    pub(crate) fn attributes(&self) -> &'t [Attribute<'a>] {
        self.name().map_or(&[], |name| self.tree.attributes_of(name))
    }

    /// Every declaration in scope, innermost first; prefixes that are bound to nothing are left out.
    pub(crate) fn namespaces_in_scope(&self) -> Vec<(&'a str, Cow<'a, str>)> {
        let mut found: Vec<(&'a str, Cow<'a, str>)> = Vec::new();
        let ancestors = core::iter::successors(Some(*self), Self::parent);
        for name in ancestors.filter_map(|element| element.name()) {
            for namespace in self.tree.declarations_of(name) {
                if !found.iter().any(|(prefix, _)| *prefix == namespace.prefix) {
                    found.push((namespace.prefix, namespace.uri.clone()));
                }
            }
        }
        found.retain(|(_, uri)| !uri.is_empty());
        found
    }

    /// Child elements, in order.
    pub(crate) fn children(&self) -> impl Iterator<Item = Element<'t, 'a>> + use<'t, 'a> {
        let tree = self.tree;
        self.child_nodes().filter(move |id| tree.name(*id).is_some()).map(move |id| Element { tree, id })
    }

    pub(super) fn child_nodes(&self) -> impl Iterator<Item = NodeId> + use<'t, 'a> {
        let tree = self.tree;
        let first = tree.node(self.id).and_then(|node| node.first_child);
        core::iter::successors(first, move |id| tree.node(*id)?.next_sibling)
    }

    /// The text of an element that holds text only; `None` when it holds an element.
    pub(crate) fn text(&self) -> Option<Cow<'t, str>> {
        let mut text = Cow::Borrowed("");
        for id in self.child_nodes() {
            match &self.tree.node(id)?.kind {
                Kind::Text { text: run, .. } if text.is_empty() => text = Cow::Borrowed(run.as_ref()),
                Kind::Text { text: run, .. } => text.to_mut().push_str(run),
                Kind::Comment(_) => {}
                Kind::Element(_) => return None,
            }
        }
        Some(text)
    }

    /// True when text other than white space stands directly in the element.
    pub(crate) fn has_own_text(&self) -> bool {
        self.child_nodes().any(|id| match self.tree.node(id).map(|node| &node.kind) {
            Some(Kind::Text { text, .. }) => !text.bytes().all(super::chars::is_space),
            _ => false,
        })
    }

    /// True when a CDATA section stands directly in the element.
    pub(crate) fn has_own_cdata(&self) -> bool {
        self.child_nodes().any(|id| {
            matches!(self.tree.node(id).map(|node| &node.kind), Some(Kind::Text { cdata: true, .. }))
        })
    }

    /// The element and everything in it, in document order.
    pub(crate) fn subtree(&self) -> impl Iterator<Item = Element<'t, 'a>> + use<'t, 'a> {
        self.subtree_but(|_| false)
    }

    /// As [`Self::subtree`], without what stands inside a `closed` element.
    pub(crate) fn subtree_but<F: Fn(Element<'t, 'a>) -> bool>(
        &self,
        closed: F,
    ) -> impl Iterator<Item = Element<'t, 'a>> + use<'t, 'a, F> {
        let (tree, apex) = (self.tree, self.id);
        let next = move |id: &NodeId| {
            let node = tree.node(*id)?;
            if let Some(child) = node.first_child.filter(|_| !closed(Element { tree, id: *id })) {
                return Some(child);
            }
            let mut at = *id;
            loop {
                if at == apex {
                    return None;
                }
                let node = tree.node(at)?;
                if let Some(sibling) = node.next_sibling {
                    return Some(sibling);
                }
                at = node.parent?;
            }
        };
        core::iter::successors(Some(apex), next)
            .filter(move |id| tree.name(*id).is_some())
            .map(move |id| Element { tree, id })
    }
}
