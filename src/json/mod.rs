//! Strict JSON (RFC 8259), read in one pass into a flat index over the text.
//!
//! Stricter than the RFC where it leaves a choice: a member name occurs once per object (after unescaping, at every
//! depth), numbers keep their text and are never rounded, surrogates come in pairs, nothing follows the value, no byte
//! order mark, and depth and members are bounded.

mod number;
mod reader;
mod scan;
mod value;

pub use number::Number;
pub use value::{Elements, Kind, Members, Value};

pub(crate) use number::NumericDate;
pub(crate) use reader::Bounds;

use crate::error::Failure;
use reader::{Parsed, Reader};
use value::Node;

/// A JSON text and where its values stand in it.
pub(crate) struct Document<T> {
    text: T,
    /// Strings that were written with escapes, unescaped, one after the other.
    unescaped: String,
    nodes: Vec<Node>,
    holds_nul: bool,
}

impl<T: AsRef<str>> Document<T> {
    /// Reads a text within bounds.
    ///
    /// `JsonMalformed`, `DuplicateMember`, `JsonTooDeep`, or the check of the bounds for too many members.
    pub(crate) fn parse(text: T, bounds: Bounds) -> Result<Self, Failure> {
        let Parsed { unescaped, nodes, holds_nul } = Reader::new(text.as_ref(), bounds).read()?;
        Ok(Self { text, unescaped, nodes, holds_nul })
    }

    /// The outermost value.
    pub(crate) fn root(&self) -> Value<'_> {
        self.value(0)
    }

    /// The value at a place that [`Value::place`] named before.
    pub(crate) fn value(&self, place: u32) -> Value<'_> {
        Value::new(self.text.as_ref(), &self.unescaped, &self.nodes, place)
    }

    /// True when a string holds U+0000.
    pub(crate) const fn holds_nul(&self) -> bool {
        self.holds_nul
    }

    /// The text that was read.
    pub(crate) fn text(&self) -> &str {
        self.text.as_ref()
    }
}
