//! From the checked reader to a tree.

use super::names::Ns;
use super::reader::{Comments, Run, Scanner, Sink, Tag, index};
use super::text::checked_text;
use super::tree::{Kind, Node, NodeId, Tree};
use crate::error::Malformed;
use crate::limits::XmlLimits;
use core::ops::Range;
use std::borrow::Cow;

/// Parses a document.
///
/// `Malformed` names the check that refused, what is wrong and the byte offset.
pub(crate) fn parse<'a>(
    input: &'a [u8],
    limits: &XmlLimits,
    comments: Comments,
) -> Result<Tree<'a>, Malformed> {
    parse_within(input, limits, comments, Context::new())
}

/// Namespace declarations, by prefix.
pub(crate) type Context<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// As [`parse`], as if the root element declared what of these it does not declare itself.
pub(crate) fn parse_within<'a>(
    input: &'a [u8],
    limits: &XmlLimits,
    comments: Comments,
    context: Context<'a>,
) -> Result<Tree<'a>, Malformed> {
    let text = checked_text(input, limits)?;
    let mut scanner = Scanner::new(text, limits, comments, TreeBuilder::new(text.text));
    scanner.context = context;
    scanner.run()?;
    Ok(Tree { nodes: scanner.sink.nodes, attributes: scanner.attributes, namespaces: scanner.namespaces })
}

/// Namespace and local name of the root element, whatever follows it.
pub(crate) fn root_name(input: &[u8], limits: &XmlLimits, comments: Comments) -> Option<(Ns, String)> {
    let mut scanner = Scanner::new(checked_text(input, limits).ok()?, limits, comments, RootName(None));
    scanner.run().ok()?;
    scanner.sink.0
}

/// Listens to the first start tag only.
struct RootName(Option<(Ns, String)>);

impl<'a> Sink<'a> for RootName {
    const KEEPS: bool = false;

    fn start(&mut self, tag: &Tag<'_, 'a>) -> Result<(), Malformed> {
        self.0 = Some((tag.ns(), tag.name.local.to_owned()));
        Ok(())
    }

    fn end(&mut self, _tag: Range<usize>) -> Result<(), Malformed> {
        Ok(())
    }

    fn text(&mut self, _run: Run<'a>) -> Result<(), Malformed> {
        Ok(())
    }

    fn comment(&mut self, _text: Cow<'a, str>, _offset: usize) {}

    fn is_done(&self) -> bool {
        self.0.is_some()
    }
}

/// Builds a tree.
struct TreeBuilder<'a> {
    nodes: Vec<Node<'a>>,
    /// Open elements with the last child of each.
    open: Vec<(NodeId, Option<NodeId>)>,
}

impl<'a> TreeBuilder<'a> {
    fn new(text: &str) -> Self {
        Self {
            nodes: Vec::with_capacity(
                memchr::memchr_iter(b'<', text.as_bytes()).count().min(text.len() >> 4),
            ),
            open: Vec::with_capacity(16),
        }
    }

    fn append(&mut self, kind: Kind<'a>, offset: usize) -> NodeId {
        let id = NodeId(index(self.nodes.len()));
        let parent = self.open.last_mut().map(|(open, last)| (*open, last.replace(id)));
        match parent {
            Some((_, Some(previous))) => {
                if let Some(node) = self.node_mut(previous) {
                    node.next_sibling = Some(id);
                }
            }
            Some((parent, None)) => {
                if let Some(node) = self.node_mut(parent) {
                    node.first_child = Some(id);
                }
            }
            None => {}
        }
        let parent = parent.map(|(parent, _)| parent);
        self.nodes.push(Node { parent, next_sibling: None, first_child: None, offset, kind });
        id
    }

    fn node_mut(&mut self, id: NodeId) -> Option<&mut Node<'a>> {
        self.nodes.get_mut(usize::try_from(id.0).ok()?)
    }
}

impl<'a> Sink<'a> for TreeBuilder<'a> {
    const KEEPS: bool = true;

    fn start(&mut self, tag: &Tag<'_, 'a>) -> Result<(), Malformed> {
        let id = self.append(Kind::Element(tag.name), tag.offset);
        self.open.push((id, None));
        Ok(())
    }

    fn end(&mut self, _tag: Range<usize>) -> Result<(), Malformed> {
        self.open.pop();
        Ok(())
    }

    /// Runs that stand side by side are one text.
    fn text(&mut self, run: Run<'a>) -> Result<(), Malformed> {
        let last = self.open.last().and_then(|(_, last)| *last);
        if let Some(Node { kind: Kind::Text { text, cdata }, .. }) = last.and_then(|id| self.node_mut(id)) {
            text.to_mut().push_str(&run.text);
            *cdata = *cdata || run.is_cdata;
        } else {
            self.append(Kind::Text { text: run.text, cdata: run.is_cdata }, run.range.start);
        }
        Ok(())
    }

    fn comment(&mut self, text: Cow<'a, str>, offset: usize) {
        self.append(Kind::Comment(text), offset);
    }
}
