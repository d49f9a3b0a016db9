//! Views of values in a text: borrowed, cheap to copy.

use super::number::Number;
use core::fmt;

/// What kind of value it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// The word for it in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Null,
    False,
    True,
    Number,
    /// A string without escapes: a range of the text.
    Text,
    /// A string with escapes: a range of the unescaped strings.
    Unescaped,
    Array,
    Object,
}

/// One value or member name. `next` is the place after it and all that it contains.
#[derive(Clone, Copy)]
pub(super) struct Node {
    pub(super) tag: Tag,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) next: u32,
}

/// The boolean that a text is, in any case.
pub(crate) fn flag(text: &str) -> Option<bool> {
    [true, false].into_iter().find(|flag| text.eq_ignore_ascii_case(if *flag { "true" } else { "false" }))
}

/// A value in a JSON text that was read strictly.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    text: &'a str,
    unescaped: &'a str,
    nodes: &'a [Node],
    place: u32,
}

impl<'a> Value<'a> {
    pub(super) const fn new(text: &'a str, unescaped: &'a str, nodes: &'a [Node], place: u32) -> Self {
        Self { text, unescaped, nodes, place }
    }

    const fn at(self, place: u32) -> Self {
        Self { place, ..self }
    }

    #[inline]
    fn node(self) -> Node {
        let nothing = Node { tag: Tag::Null, start: 0, end: 0, next: u32::MAX };
        usize::try_from(self.place).ok().and_then(|place| self.nodes.get(place)).copied().unwrap_or(nothing)
    }

    /// Where the value stands in its document.
    pub(crate) const fn place(self) -> u32 {
        self.place
    }

    /// What kind of value it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self.node().tag {
            Tag::Null => Kind::Null,
            Tag::True | Tag::False => Kind::Boolean,
            Tag::Number => Kind::Number,
            Tag::Text | Tag::Unescaped => Kind::String,
            Tag::Array => Kind::Array,
            Tag::Object => Kind::Object,
        }
    }

    /// True for `null`.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.node().tag == Tag::Null
    }

    /// The text of a string, unescaped.
    #[must_use]
    pub fn as_str(self) -> Option<&'a str> {
        let node = self.node();
        let source = match node.tag {
            Tag::Text => self.text,
            Tag::Unescaped => self.unescaped,
            _ => return None,
        };
        slice(source, node)
    }

    /// The value of a boolean.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        match self.node().tag {
            Tag::True => Some(true),
            Tag::False => Some(false),
            _ => None,
        }
    }

    /// The value of a boolean, or of the text for one in any case: so Apple, Cognito and others write flags.
    #[must_use]
    pub fn as_flag(self) -> Option<bool> {
        self.as_bool().or_else(|| flag(self.as_str()?))
    }

    /// A number, as it is written.
    #[must_use]
    pub fn as_number(self) -> Option<Number<'a>> {
        let node = self.node();
        if node.tag == Tag::Number { slice(self.text, node).map(Number::new) } else { None }
    }

    /// The elements of an array; `None` for any other value.
    #[must_use]
    pub fn elements(self) -> Option<Elements<'a>> {
        let node = self.node();
        let items = Elements { of: self, place: self.place.saturating_add(1), end: node.next };
        (node.tag == Tag::Array).then_some(items)
    }

    /// The members of an object in their order; `None` for any other value.
    #[must_use]
    pub fn members(self) -> Option<Members<'a>> {
        let node = self.node();
        let items = Elements { of: self, place: self.place.saturating_add(1), end: node.next };
        (node.tag == Tag::Object).then_some(Members(items))
    }

    /// The member of an object with this name. `None` when there is none or this is no object.
    #[must_use]
    pub fn get(self, name: &str) -> Option<Value<'a>> {
        self.members()?.find(|(member, _)| *member == name).map(|(_, value)| value)
    }

    /// The value as compact JSON; numbers as they are written.
    #[must_use]
    pub fn to_json(self) -> String {
        let mut out = String::new();
        self.write_json(&mut out);
        out
    }

    /// Depth is bounded by the reader, so that recursion is.
    fn write_json(self, out: &mut String) {
        match self.node().tag {
            Tag::Null => out.push_str("null"),
            Tag::True => out.push_str("true"),
            Tag::False => out.push_str("false"),
            Tag::Number => out.push_str(self.as_number().map_or("0", Number::as_str)),
            Tag::Text | Tag::Unescaped => write_string(self.as_str().unwrap_or_default(), out),
            Tag::Array => {
                out.push('[');
                for (index, element) in self.elements().into_iter().flatten().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    element.write_json(out);
                }
                out.push(']');
            }
            Tag::Object => {
                out.push('{');
                for (index, (name, value)) in self.members().into_iter().flatten().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_string(name, out);
                    out.push(':');
                    value.write_json(out);
                }
                out.push('}');
            }
        }
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({})", self.kind().as_str())
    }
}

/// The elements of an array.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    of: Value<'a>,
    place: u32,
    end: u32,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    #[inline]
    fn next(&mut self) -> Option<Value<'a>> {
        if self.place >= self.end {
            return None;
        }
        let value = self.of.at(self.place);
        self.place = value.node().next;
        Some(value)
    }
}

/// The members of an object, in their order.
#[derive(Clone, Debug)]
pub struct Members<'a>(Elements<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, Value<'a>);

    #[inline]
    fn next(&mut self) -> Option<(&'a str, Value<'a>)> {
        let name = self.0.next()?.as_str()?;
        Some((name, self.0.next()?))
    }
}

#[inline]
fn slice(source: &str, node: Node) -> Option<&str> {
    source.get(usize::try_from(node.start).ok()?..usize::try_from(node.end).ok()?)
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => {
                out.push_str("\\u00");
                for nibble in [u32::from(c) >> 4, u32::from(c) & 15] {
                    out.push(char::from_digit(nibble, 16).unwrap_or('0'));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
