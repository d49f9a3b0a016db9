//! The one pass over the text. No recursion: open containers are chained through the index itself.

use super::scan::{hash, plain_length};
use super::value::{Node, Tag};
use crate::check::Check;
use crate::error::{Failure, Location, Reason};
use crate::limits::{JOSE_HEADER_MEMBERS, JSON_DEPTH, JSON_MEMBERS};

/// How many members and elements a text may have, and which check says so.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    members: usize,
    check: Check,
}

impl Bounds {
    /// A claims set, a key set, a discovery document.
    pub(crate) const TEXT: Self = Self { members: JSON_MEMBERS, check: Check::LimitMembers };

    /// A JOSE header.
    pub(crate) const HEADER: Self = Self { members: JOSE_HEADER_MEMBERS, check: Check::LimitHeader };
}

pub(super) struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    position: usize,
    bounds: Bounds,
    nodes: Vec<Node>,
    unescaped: String,
    holds_nul: bool,
    members: usize,
    /// The innermost open container; its `next` names the one around it until it is closed.
    open: u32,
    depth: usize,
    /// The innermost open container, and those around it, outermost first.
    frame: Frame,
    around: [Frame; JSON_DEPTH],
}

/// What is known about an open container.
#[derive(Clone, Copy)]
struct Frame {
    object: bool,
    items: usize,
    /// A bit per hash of a member name: a clear bit proves that the name is new.
    names: u64,
}

type Step<T> = Result<T, Failure>;

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, bounds: Bounds) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            position: 0,
            bounds,
            nodes: Vec::with_capacity((text.len() >> 3).clamp(8, 4096)),
            unescaped: String::new(),
            holds_nul: false,
            members: 0,
            open: NONE,
            depth: 0,
            frame: Frame { object: false, items: 0, names: 0 },
            around: [Frame { object: false, items: 0, names: 0 }; JSON_DEPTH],
        }
    }

    pub(super) fn read(mut self) -> Step<Parsed> {
        if u32::try_from(self.text.len()).is_err() {
            return Err(self.stop(Check::LimitInputSize, "the text is longer than 4 GiB"));
        }
        self.space();
        self.value()?;
        while self.open != NONE {
            self.item()?;
        }
        self.space();
        if self.position != self.bytes.len() {
            return Err(self.malformed("text after the value"));
        }
        Ok(Parsed { unescaped: self.unescaped, nodes: self.nodes, holds_nul: self.holds_nul })
    }

    /// The next element or member of the innermost container, or its end.
    #[inline]
    fn item(&mut self) -> Step<()> {
        self.space();
        if self.peek() == Some(if self.frame.object { b'}' } else { b']' }) {
            self.advance();
            return self.close();
        }
        if self.frame.items > 0 {
            if self.peek() != Some(b',') {
                return Err(self.malformed("neither a comma nor the end of the array or object"));
            }
            self.advance();
            self.space();
        }
        self.members = self.members.saturating_add(1);
        if self.members > self.bounds.members {
            let reason = Reason::Limit { limit: self.bounds.members, unit: "members", found: None };
            return Err(Failure::new(self.bounds.check, reason, Location::offset(self.position)));
        }
        if self.frame.object {
            self.member_name()?;
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.malformed("a member name without a colon"));
            }
            self.advance();
            self.space();
        }
        self.frame.items = self.frame.items.saturating_add(1);
        self.value()
    }

    #[inline]
    fn value(&mut self) -> Step<()> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'{') => self.open(Tag::Object),
            Some(b'[') => self.open(Tag::Array),
            Some(b't') => self.literal("true", Tag::True),
            Some(b'f') => self.literal("false", Tag::False),
            Some(b'n') => self.literal("null", Tag::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => Err(self.malformed("no JSON value")),
            None => Err(self.malformed("the text ends where a value should be")),
        }
    }

    fn open(&mut self, tag: Tag) -> Step<()> {
        if self.depth >= JSON_DEPTH {
            let reason = Reason::Limit { limit: JSON_DEPTH, unit: "levels", found: None };
            return Err(Failure::new(Check::JsonTooDeep, reason, Location::offset(self.position)));
        }
        let start = self.position;
        let around = self.open;
        self.open = self.place();
        self.advance();
        self.nodes.push(Node { tag, start: short(start), end: 0, next: around });
        if let Some(around) = self.around.get_mut(self.depth) {
            *around = self.frame;
        }
        self.frame = Frame { object: tag == Tag::Object, items: 0, names: 0 };
        self.depth = self.depth.saturating_add(1);
        Ok(())
    }

    fn close(&mut self) -> Step<()> {
        if self.frame.object && self.frame.items > FEW {
            self.all_names_differ()?;
        }
        let (end, next) = (short(self.position), self.place());
        let mut around = NONE;
        if let Some(node) = usize::try_from(self.open).ok().and_then(|open| self.nodes.get_mut(open)) {
            around = node.next;
            node.end = end;
            node.next = next;
        }
        self.open = around;
        self.depth = self.depth.saturating_sub(1);
        if let Some(frame) = self.around.get(self.depth) {
            self.frame = *frame;
        }
        Ok(())
    }

    /// Reads a name that must be new in its object.
    #[inline]
    fn member_name(&mut self) -> Step<()> {
        if self.peek() != Some(b'"') {
            return Err(self.malformed("no member name"));
        }
        let place = self.place();
        self.string()?;
        let bit = 1_u64 << (hash(self.name_at(place)) & 63);
        let frame = &mut self.frame;
        let seen = frame.names & bit != 0 && frame.items <= FEW;
        frame.names |= bit;
        if seen && self.occurs_before(place) {
            return Err(self.duplicate());
        }
        Ok(())
    }

    /// Is the name at `place` one of those before it in the innermost object?
    fn occurs_before(&self, place: u32) -> bool {
        let name = self.name_at(place);
        let mut at = self.open.saturating_add(1);
        while at < place {
            if self.name_at(at) == name {
                return true;
            }
            let value = at.saturating_add(1);
            at = self.node(value).map_or(place, |node| node.next);
        }
        false
    }

    /// For objects with many members: sorted, so that the cost stays near linear.
    fn all_names_differ(&self) -> Step<()> {
        let end = self.place();
        let mut names = Vec::new();
        let mut at = self.open.saturating_add(1);
        while at < end {
            names.push(self.name_at(at));
            at = self.node(at.saturating_add(1)).map_or(end, |node| node.next);
        }
        names.sort_unstable();
        let twice = names.iter().zip(names.iter().skip(1)).any(|(a, b)| a == b);
        if twice { Err(self.duplicate()) } else { Ok(()) }
    }

    #[inline]
    fn string(&mut self) -> Step<()> {
        self.advance();
        let start = self.position;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let Some(plain) = plain_length(rest) else { return Err(self.malformed("a string without end")) };
        self.position = start.saturating_add(plain);
        match self.peek() {
            Some(b'"') => {
                let end = self.position;
                self.advance();
                self.push(Tag::Text, short(start), short(end));
                Ok(())
            }
            Some(b'\\') => self.string_with_escapes(start),
            _ => Err(self.malformed("a control character in a string")),
        }
    }

    fn string_with_escapes(&mut self, start: usize) -> Step<()> {
        let from = self.unescaped.len();
        let mut copied = start;
        loop {
            let Some(byte) = self.peek() else { return Err(self.malformed("a string without end")) };
            match byte {
                b'"' | b'\\' => {
                    let plain = self.text.get(copied..self.position).unwrap_or_default();
                    self.unescaped.push_str(plain);
                    self.advance();
                    if byte == b'"' {
                        break;
                    }
                    let c = self.escape()?;
                    self.holds_nul |= c == '\0';
                    self.unescaped.push(c);
                    copied = self.position;
                }
                0..=0x1f => return Err(self.malformed("a control character in a string")),
                _ => self.advance(),
            }
        }
        let to = self.unescaped.len();
        self.push(Tag::Unescaped, short(from), short(to));
        Ok(())
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Step<char> {
        let byte = self.peek();
        self.advance();
        Ok(match byte {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let first = self.hexadecimal()?;
                let code = match first {
                    0xd800..=0xdbff => {
                        if (self.peek(), self.byte_after(1)) != (Some(b'\\'), Some(b'u')) {
                            return Err(self.malformed("half of a surrogate pair"));
                        }
                        self.advance();
                        self.advance();
                        let second = self.hexadecimal()?;
                        if !(0xdc00..=0xdfff).contains(&second) {
                            return Err(self.malformed("half of a surrogate pair"));
                        }
                        0x1_0000_u32.saturating_add(((first & 0x3ff) << 10) | (second & 0x3ff))
                    }
                    code => code,
                };
                return char::from_u32(code).ok_or_else(|| self.malformed("half of a surrogate pair"));
            }
            _ => return Err(self.malformed("an unknown escape")),
        })
    }

    fn hexadecimal(&mut self) -> Step<u32> {
        let mut code = 0_u32;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else { return Err(self.malformed("an incomplete escape")) };
            code = (code << 4) | digit;
            self.advance();
        }
        Ok(code)
    }

    fn number(&mut self) -> Step<()> {
        let start = self.position;
        if self.peek() == Some(b'-') {
            self.advance();
        }
        if self.peek() == Some(b'0') {
            self.advance();
            if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                return Err(self.malformed("a number with a leading zero"));
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.advance();
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.advance();
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.advance();
            }
            self.digits()?;
        }
        self.push(Tag::Number, short(start), short(self.position));
        Ok(())
    }

    fn digits(&mut self) -> Step<()> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            return Err(self.malformed("a number without digits"));
        }
        self.position = self.position.saturating_add(count);
        Ok(())
    }

    fn literal(&mut self, word: &str, tag: Tag) -> Step<()> {
        let start = self.position;
        let end = start.saturating_add(word.len());
        if self.bytes.get(start..end) != Some(word.as_bytes()) {
            return Err(self.malformed("no JSON value"));
        }
        self.position = end;
        self.push(tag, short(start), short(end));
        Ok(())
    }

    #[inline]
    fn push(&mut self, tag: Tag, start: u32, end: u32) {
        let next = self.place().saturating_add(1);
        self.nodes.push(Node { tag, start, end, next });
    }

    /// Where the next value will stand.
    fn place(&self) -> u32 {
        short(self.nodes.len())
    }

    fn node(&self, place: u32) -> Option<Node> {
        self.nodes.get(usize::try_from(place).ok()?).copied()
    }

    fn name_at(&self, place: u32) -> &[u8] {
        let octets = |node: Node| {
            let range = usize::try_from(node.start).ok()?..usize::try_from(node.end).ok()?;
            if node.tag == Tag::Unescaped {
                self.unescaped.as_bytes().get(range)
            } else {
                self.bytes.get(range)
            }
        };
        self.node(place).and_then(octets).unwrap_or_default()
    }

    #[inline]
    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.advance();
        }
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    fn byte_after(&self, distance: usize) -> Option<u8> {
        self.bytes.get(self.position.saturating_add(distance)).copied()
    }

    fn advance(&mut self) {
        self.position = self.position.saturating_add(1);
    }

    #[cold]
    fn malformed(&self, what: &'static str) -> Failure {
        self.stop(Check::JsonMalformed, what)
    }

    #[cold]
    fn duplicate(&self) -> Failure {
        self.stop(Check::DuplicateMember, "a member name occurs twice in an object")
    }

    #[cold]
    fn stop(&self, check: Check, what: &'static str) -> Failure {
        Failure::new(check, Reason::Stated(what), Location::offset(self.position))
    }
}

fn short(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// No open container.
const NONE: u32 = u32::MAX;

/// Up to so many members, names are compared one by one as they come.
const FEW: usize = 64;

/// What reading leaves: the index over the text.
pub(super) struct Parsed {
    pub(super) unescaped: String,
    pub(super) nodes: Vec<Node>,
    pub(super) holds_nul: bool,
}

#[cfg(test)]
mod tests {
    use super::super::Document;
    use super::Bounds;
    use crate::check::Check;

    fn check(text: &str) -> Result<String, Check> {
        Document::parse(text, Bounds::TEXT).map(|doc| doc.root().to_json()).map_err(|failure| failure.check)
    }

    #[test]
    fn good_texts_come_back_compact() {
        for (text, compact) in [
            ("{}", "{}"),
            (" [ ] ", "[]"),
            (
                "\t{ \"a\" : [1 , -0.5e+3, true,false,null ,\"x\"] , \"b\":{ } }\r\n",
                "{\"a\":[1,-0.5e+3,true,false,null,\"x\"],\"b\":{}}",
            ),
            (r#""\u0041\n\u00e9\ud83d\ude00\/""#, "\"A\\né😀/\""),
            (r#"{"a":{"a":{"a":1}},"":2,"A":3}"#, r#"{"a":{"a":{"a":1}},"":2,"A":3}"#),
            ("0", "0"),
            ("\"\u{7f}\u{2028}\"", "\"\u{7f}\u{2028}\""),
            (r#"["\u0000"]"#, r#"["\u0000"]"#),
        ] {
            assert_eq!(check(text).as_deref(), Ok(compact), "{text}");
        }
    }

    #[test]
    fn bad_texts_name_their_check() {
        for text in [
            "",
            " ",
            "{",
            "[",
            "[1",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{}{}",
            "{} x",
            "{}\0",
            "\u{feff}{}",
            "{a:1}",
            "{'a':1}",
            "[1,]",
            "{\"a\":1,}",
            "[,1]",
            "[1 2]",
            "{\"a\" 1}",
            "{\"a\":1 \"b\":2}",
            "// c\n1",
            "/**/1",
            "NaN",
            "Infinity",
            "-Infinity",
            "0x1",
            "01",
            "-01",
            "+1",
            ".5",
            "1.",
            "1e",
            "1e+",
            "--1",
            "-",
            "1.e3",
            "tru",
            "truee",
            "True",
            "nul",
            "\"",
            "\"\\",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u12g4\"",
            "\"\\u+123\"",
            "\"\\ud800\"",
            "\"\\ud800x\"",
            "\"\\udc00\\ud800\"",
            "\"\\ud800\\ud800\"",
            "\"a\nb\"",
            "\"\t\"",
            "\"\u{1f}\"",
            "]",
            "}",
            "[}",
            "{]",
            "{\"a\":}",
            "{1:2}",
            "[1]]",
            "\u{a0}1",
        ] {
            assert_eq!(check(text), Err(Check::JsonMalformed), "{text:?}");
        }
    }

    #[test]
    fn duplicates_at_every_depth_after_unescaping() {
        let many: String = (0..1_000).map(|n| format!("\"m{n}\":1,")).collect();
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":[{"y":{"a":1,"b":2,"a":3}}]}"#,
            r#"{"":1,"":2}"#,
            &format!("{{{many}\"m500\":2}}"),
            &format!("{{\"z\":1,{many}\"\\u007a\":2}}"),
        ] {
            assert_eq!(check(text), Err(Check::DuplicateMember), "{text:.60}");
        }
        assert!(check(&format!("{{{many}\"z\":2}}")).is_ok());
    }

    #[test]
    fn bounds_hold_without_recursion() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(check(&nested(32)).is_ok());
        assert_eq!(check(&nested(33)), Err(Check::JsonTooDeep));
        assert_eq!(check(&"[".repeat(1_000_000)), Err(Check::JsonTooDeep));
        assert_eq!(check(&"{\"a\":".repeat(10_000)), Err(Check::JsonTooDeep));
        let elements = |n: usize| format!("[{}1]", "1,".repeat(n - 1));
        assert!(check(&elements(100_000)).is_ok());
        assert_eq!(check(&elements(100_001)), Err(Check::LimitMembers));
        let header = Document::parse(elements(65), Bounds::HEADER);
        assert_eq!(header.err().map(|failure| failure.check), Some(Check::LimitHeader));
    }

    #[test]
    fn members_are_found_by_their_unescaped_name() {
        let doc = Document::parse(r#"{"\u0069ss":"a\u0000b","n":{"x":[1,{"y":2}]}}"#, Bounds::TEXT).unwrap();
        assert_eq!(doc.root().get("iss").and_then(|v| v.as_str()), Some("a\0b"));
        assert!(doc.holds_nul());
        let x = doc.root().get("n").and_then(|n| n.get("x")).unwrap();
        assert_eq!(x.elements().unwrap().count(), 2);
        assert_eq!(x.to_json(), r#"[1,{"y":2}]"#);
        assert!(x.get("y").is_none() && x.members().is_none() && x.as_str().is_none());
    }
}
