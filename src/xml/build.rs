//! From the checked reader to a tree.

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
    let text = checked_text(input, limits)?;
    let mut scanner = Scanner::new(text, limits, comments, TreeBuilder::new(text.text));
    scanner.run()?;
    Ok(Tree { nodes: scanner.sink.nodes, attributes: scanner.attributes, namespaces: scanner.namespaces })
}

/// Builds a tree.
struct TreeBuilder<'a> {
    nodes: Vec<Node<'a>>,
    /// Open elements with the last child of each.
    open: Vec<(NodeId, Option<NodeId>)>,
}

impl<'a> TreeBuilder<'a> {
    fn new(text: &str) -> Self {
        Self { nodes: Vec::with_capacity(text.len() >> 6), open: Vec::with_capacity(16) }
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
