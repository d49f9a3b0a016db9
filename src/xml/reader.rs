//! The checked reader: quick-xml finds the markup, this file enforces what a tokenizer does not (attacks.md section 3):
//! one root, end tags, names, characters, attribute syntax, namespaces, references, the declaration, and every limit.
//!
//! Only the extent and the kind of a piece of markup are taken from quick-xml; its text is read from the input itself.

use super::chars::{Scan, is_absolute_uri, is_space, scan, split_qname};
use super::markup;
use super::names::{Ns, XML, XMLNS};
use super::tree::{Attribute, Name, Namespace, NamespaceId};
use crate::check::Check;
use crate::error::{Location, Malformed, Protocol, Reason};
use crate::limits::XmlLimits;
use quick_xml::events::Event;
use std::borrow::Cow;

/// Whether comments may stand in the document (policy P1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comments {
    /// A comment is an error: protocol messages.
    Refused,
    /// Comments may stand between elements, not beside text: metadata.
    BetweenElements,
    /// Comments may stand anywhere: vectors of the canonicalisation standards.
    #[cfg(test)]
    Anywhere,
}

/// Text without a forbidden character.
#[derive(Clone, Copy)]
pub(crate) struct Checked<'a> {
    pub(crate) text: &'a str,
    scan: Scan,
}

/// The checked text of a document that is read as a stream, or of a part of one.
pub(super) fn checked_text<'a>(input: &'a [u8], limits: &XmlLimits) -> Result<Checked<'a>, Malformed> {
    if input.len() > limits.input_bytes {
        return Err(over(Check::LimitInputSize, limits.input_bytes, "bytes", Some(input.len()), 0));
    }
    let text = as_text(input)?;
    let scan = scan(text);
    match scan.forbidden {
        Some(offset) => Err(fault(Check::XmlForbiddenChar, "a character that XML does not allow", offset)),
        None => Ok(Checked { text, scan }),
    }
}

/// The text of a document in UTF-8, without its byte order mark.
fn as_text(input: &[u8]) -> Result<&str, Malformed> {
    let foreign = matches!(
        input,
        [0xfe, 0xff, ..]
            | [0xff, 0xfe, ..]
            | [0, b'<', ..]
            | [b'<', 0, ..]
            | [0, 0, 0, b'<', ..]
            | [0, 0, 0xfe, 0xff, ..]
            | [0x4c, 0x6f, 0xa7, 0x94, ..]
    );
    if foreign {
        return Err(fault(Check::EncodingNotUtf8, "the document is not encoded as UTF-8", 0));
    }
    let text = core::str::from_utf8(input)
        .map_err(|error| fault(Check::InvalidUtf8, "octets that are not UTF-8", error.valid_up_to()))?;
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    if text.starts_with(BYTE_ORDER_MARK) {
        return Err(fault(Check::XmlNotWellFormed, "a second byte order mark", 3));
    }
    Ok(text)
}

/// What listens to a document whose every rule is checked before it hears of anything.
pub(super) trait Sink<'a> {
    /// Attributes and declarations of closed elements are kept: a tree wants them, a stream does not.
    const KEEPS: bool;

    /// A start tag, names resolved.
    fn start(&mut self, tag: &Tag<'_, 'a>) -> Result<(), Malformed>;

    /// The end of the innermost open element; `end` is the offset behind it.
    fn end(&mut self, end: usize) -> Result<(), Malformed>;

    /// A run of text, of a CDATA section or of one reference, inside the root element.
    fn text(&mut self, run: Cow<'a, str>, is_cdata: bool, offset: usize) -> Result<(), Malformed>;

    /// A comment inside the root element.
    fn comment(&mut self, text: Cow<'a, str>, offset: usize);

    /// Nothing more is wanted.
    fn is_done(&self) -> bool {
        false
    }
}

/// A start tag with its attributes and declarations.
pub(super) struct Tag<'s, 'a> {
    pub(super) name: Name<'a>,
    /// The name as it is written.
    pub(super) qname: &'a str,
    pub(super) offset: usize,
    /// The offset behind the tag.
    pub(super) end: usize,
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

pub(super) struct Scanner<'a, 'l, S> {
    text: &'a str,
    limits: &'l XmlLimits,
    comments: Comments,
    pub(super) sink: S,
    pub(super) attributes: Vec<Attribute<'a>>,
    pub(super) namespaces: Vec<Namespace<'a>>,
    /// Declarations in scope, innermost last.
    scope: Vec<NamespaceId>,
    open: Vec<Open<'a>>,
    /// Declarations that the root element has without writing them.
    pub(super) context: Vec<(&'a str, Cow<'a, str>)>,
    elements: usize,
    root_seen: bool,
    /// What most documents do not have, found in one pass: a carriage return, a closing bracket.
    has_cr: bool,
    has_bracket: bool,
}

/// An element whose end tag has not come yet.
struct Open<'a> {
    name: &'a str,
    scope_mark: usize,
    namespaces_mark: usize,
    /// Bytes of text since the last child element or comment.
    run: usize,
    has_comment: bool,
    has_text: bool,
}

impl<'a, 'l, S: Sink<'a>> Scanner<'a, 'l, S> {
    pub(super) fn new(checked: Checked<'a>, limits: &'l XmlLimits, comments: Comments, sink: S) -> Self {
        let Checked { text, scan } = checked;
        let fixed = |prefix, uri, known| Namespace { prefix, uri: Cow::Borrowed(uri), known };
        let estimate = if S::KEEPS { text.len() >> 6 } else { 16 };
        Self {
            text,
            limits,
            comments,
            sink,
            attributes: Vec::with_capacity(estimate),
            namespaces: vec![fixed("", "", Ns::None), fixed("xml", XML, Ns::Xml)],
            scope: Vec::with_capacity(16),
            open: Vec::with_capacity(16),
            context: Vec::new(),
            elements: 0,
            root_seen: false,
            has_cr: scan.has_cr,
            has_bracket: scan.has_bracket,
        }
    }

    pub(super) fn run(&mut self) -> Result<(), Malformed> {
        let mut reader = quick_xml::Reader::from_str(self.text);
        let config = reader.config_mut();
        config.enable_all_checks(true);
        config.expand_empty_elements = false;
        config.trim_text(false);
        // End tags are compared below, with the name in the input.
        config.check_end_names = false;
        config.allow_dangling_amp = false;
        config.allow_unmatched_ends = false;
        let mut start = 0_usize;
        loop {
            let event = reader.read_event();
            let end = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            let event = event.map_err(|error| self.syntax(&error, start))?;
            let raw = self.text.get(start..end).unwrap_or_default();
            match event {
                Event::Start(_) => self.start(cut(raw, "<", ">", start)?, start, end)?,
                Event::Empty(_) => {
                    self.start(cut(raw, "<", "/>", start)?, start, end)?;
                    self.close(end)?;
                }
                Event::End(_) => self.end(cut(raw, "</", ">", start)?, start, end)?,
                Event::Text(_) => self.characters(raw, start)?,
                Event::CData(_) => self.cdata(cut(raw, "<![CDATA[", "]]>", start)?, start)?,
                Event::GeneralRef(_) => self.reference(cut(raw, "&", ";", start)?, start)?,
                Event::Decl(_) if start == 0 => {
                    markup::declaration(raw).map_err(|check| fault(check, "the XML declaration", 0))?;
                }
                Event::Decl(_) => {
                    return Err(fault(Check::XmlDeclInvalid, "an XML declaration after the start", start));
                }
                Event::DocType(_) => return Err(doctype(start)),
                Event::PI(_) => {
                    return Err(fault(Check::XmlPiForbidden, "a processing instruction", start));
                }
                Event::Comment(_) => self.comment(cut(raw, "<!--", "-->", start)?, start)?,
                Event::Eof => return self.finish(start),
            }
            if self.sink.is_done() {
                return Ok(());
            }
            start = end;
        }
    }

    fn finish(&self, offset: usize) -> Result<(), Malformed> {
        if !self.open.is_empty() {
            return Err(fault(Check::XmlNotWellFormed, "the document ends inside an element", offset));
        }
        if !self.root_seen {
            return Err(fault(Check::XmlNotWellFormed, "there is no root element", offset));
        }
        Ok(())
    }

    fn syntax(&self, error: &quick_xml::Error, start: usize) -> Malformed {
        use quick_xml::errors::SyntaxError;
        let here = self.text.get(start..).unwrap_or_default();
        match error {
            quick_xml::Error::Syntax(SyntaxError::UnclosedDoctype) => doctype(start),
            _ if here.get(..9).is_some_and(|head| head.eq_ignore_ascii_case("<!DOCTYPE")) => doctype(start),
            quick_xml::Error::Syntax(SyntaxError::UnclosedXmlDecl) if start != 0 => {
                fault(Check::XmlDeclInvalid, "an XML declaration after the start", start)
            }
            _ => fault(Check::XmlNotWellFormed, "markup that is not well-formed", start),
        }
    }

    fn start(&mut self, tag: &'a str, offset: usize, end: usize) -> Result<(), Malformed> {
        if self.open.is_empty() && self.root_seen {
            return Err(fault(Check::XmlMultipleRoots, "a second root element", offset));
        }
        self.root_seen = true;
        if self.open.len() >= self.limits.depth {
            return Err(over(Check::LimitDepth, self.limits.depth, "levels", None, offset));
        }
        self.elements = self.elements.saturating_add(1);
        if self.elements > self.limits.elements {
            return Err(over(Check::LimitElements, self.limits.elements, "elements", None, offset));
        }
        let (qname, rest) = markup::split_name(tag);
        let (scope_mark, namespaces_mark) = (self.scope.len(), self.namespaces.len());
        if !S::KEEPS {
            self.attributes.clear();
        }
        let attributes_from = index(self.attributes.len());
        let declarations_from = index(self.namespaces.len());
        self.read_attributes(rest, offset)?;
        self.adopt_context();
        let declarations = (declarations_from, index(self.namespaces.len()));
        self.resolve_attributes(attributes_from, offset)?;
        let attributes = (attributes_from, index(self.attributes.len()));
        let (prefix, local) = split_qname(qname)
            .ok_or_else(|| fault(Check::XmlNotWellFormed, "an element name that is none", offset))?;
        if prefix == "xmlns" {
            return Err(fault(Check::XmlReservedNamespace, "an element with the prefix xmlns", offset));
        }
        let namespace = self.lookup(prefix).ok_or_else(|| unbound(offset))?;
        let name = Name { prefix, local, namespace, attributes, declarations };
        if let Some(parent) = self.open.last_mut() {
            parent.run = 0;
        }
        let own = usize::try_from(attributes.0).ok().and_then(|from| self.attributes.get(from..));
        let attributes = own.unwrap_or_default();
        self.sink.start(&Tag { name, qname, offset, end, attributes, namespaces: &self.namespaces })?;
        self.open.push(Open {
            name: qname,
            scope_mark,
            namespaces_mark,
            run: 0,
            has_comment: false,
            has_text: false,
        });
        Ok(())
    }

    /// The root element gets the declarations of the context that it does not make itself.
    fn adopt_context(&mut self) {
        for (prefix, uri) in core::mem::take(&mut self.context) {
            if !self.namespaces.iter().skip(2).any(|own| own.prefix == prefix) {
                self.scope.push(NamespaceId(index(self.namespaces.len())));
                let known = Ns::of(&uri);
                self.namespaces.push(Namespace { prefix, uri, known });
            }
        }
    }

    /// Reads every attribute: declarations go into scope at once, the others wait until all declarations are known.
    fn read_attributes(&mut self, mut rest: &'a str, offset: usize) -> Result<(), Malformed> {
        let (mut attributes, mut declarations) = (0_usize, 0_usize);
        let ill = |check| fault(check, "an attribute", offset);
        while let Some((qname, raw)) = markup::next_attribute(&mut rest).map_err(ill)? {
            let (prefix, local) = split_qname(qname).ok_or_else(|| ill(Check::XmlNotWellFormed))?;
            if raw.len() > self.limits.text_bytes {
                return Err(over(
                    Check::LimitTextLength,
                    self.limits.text_bytes,
                    "bytes",
                    Some(raw.len()),
                    offset,
                ));
            }
            let value = markup::attribute_value(raw).map_err(ill)?;
            let declared = match (prefix, local) {
                ("", "xmlns") => Some(""),
                ("xmlns", declared) => Some(declared),
                _ => None,
            };
            if let Some(declared) = declared {
                declarations = declarations.saturating_add(1);
                if declarations > self.limits.namespaces
                    || self.scope.len() >= self.limits.namespaces_in_scope
                {
                    return Err(over(
                        Check::LimitNamespaces,
                        self.limits.namespaces,
                        "declarations",
                        None,
                        offset,
                    ));
                }
                self.declare(declared, value, declarations, offset)?;
            } else {
                attributes = attributes.saturating_add(1);
                if attributes > self.limits.attributes {
                    return Err(over(
                        Check::LimitAttributes,
                        self.limits.attributes,
                        "attributes",
                        None,
                        offset,
                    ));
                }
                self.attributes.push(Attribute { prefix, local, namespace: NamespaceId(0), value });
            }
        }
        Ok(())
    }

    fn declare(
        &mut self,
        prefix: &'a str,
        uri: Cow<'a, str>,
        on_this_element: usize,
        offset: usize,
    ) -> Result<(), Malformed> {
        let earlier = on_this_element.saturating_sub(1);
        if self.namespaces.iter().rev().take(earlier).any(|namespace| namespace.prefix == prefix) {
            return Err(fault(Check::XmlDuplicateAttribute, "a prefix declared twice", offset));
        }
        let reserved = match prefix {
            "xml" => uri != XML,
            "xmlns" => true,
            _ => uri == XML || uri == XMLNS,
        };
        if reserved {
            return Err(fault(
                Check::XmlReservedNamespace,
                "a reserved prefix or namespace is rebound",
                offset,
            ));
        }
        if uri.is_empty() && !prefix.is_empty() {
            return Err(fault(Check::XmlNotWellFormed, "a prefix bound to nothing", offset));
        }
        if !uri.is_empty() && !is_absolute_uri(&uri) {
            return Err(fault(Check::XmlRelativeNamespace, "a namespace name that is not absolute", offset));
        }
        let known = Ns::of(&uri);
        let id = NamespaceId(index(self.namespaces.len()));
        self.namespaces.push(Namespace { prefix, uri, known });
        self.scope.push(id);
        Ok(())
    }

    fn lookup(&self, prefix: &str) -> Option<NamespaceId> {
        if prefix == "xml" {
            return Some(NamespaceId(1));
        }
        let declared = self.scope.iter().rev().find(|id| {
            usize::try_from(id.0)
                .ok()
                .and_then(|at| self.namespaces.get(at))
                .is_some_and(|n| n.prefix == prefix)
        });
        match declared {
            Some(id) => Some(*id),
            None if prefix.is_empty() => Some(NamespaceId(0)),
            None => None,
        }
    }

    /// Resolves the prefixes of the last element's attributes and finds duplicates, by name and by expanded name.
    fn resolve_attributes(&mut self, from: u32, offset: usize) -> Result<(), Malformed> {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        for at in from..self.attributes.len() {
            let Some(prefix) = self.attributes.get(at).map(|attribute| attribute.prefix) else { break };
            if prefix.is_empty() {
                continue;
            }
            let namespace = self.lookup(prefix).ok_or_else(|| unbound(offset))?;
            if let Some(attribute) = self.attributes.get_mut(at) {
                if prefix == "xml" && attribute.local.starts_with("xmlns") {
                    return Err(fault(Check::XmlReservedNamespace, "an attribute xml:xmlns", offset));
                }
                attribute.namespace = namespace;
            }
        }
        let own = self.attributes.get(from..).unwrap_or_default();
        let uri = |attribute: &Attribute<'_>| {
            usize::try_from(attribute.namespace.0)
                .ok()
                .and_then(|at| self.namespaces.get(at))
                .map(|n| n.uri.as_ref())
        };
        for (count, attribute) in own.iter().enumerate() {
            let same = |other: &Attribute<'_>| {
                other.local == attribute.local
                    && (other.prefix == attribute.prefix
                        || (!other.prefix.is_empty()
                            && !attribute.prefix.is_empty()
                            && uri(other) == uri(attribute)))
            };
            if own.iter().take(count).any(same) {
                return Err(fault(Check::XmlDuplicateAttribute, "an attribute that occurs twice", offset));
            }
        }
        Ok(())
    }

    fn end(&mut self, tag: &str, offset: usize, end: usize) -> Result<(), Malformed> {
        let name = tag.trim_end_matches([' ', '\t', '\r', '\n']);
        if self.open.last().is_none_or(|open| open.name != name) {
            return Err(fault(Check::XmlNotWellFormed, "an end tag that closes nothing", offset));
        }
        let beside_text = self.open.last().is_some_and(|open| open.has_comment && open.has_text);
        if beside_text && self.comments == Comments::BetweenElements {
            return Err(fault(Check::XmlCommentForbidden, "a comment beside text", offset));
        }
        self.close(end)
    }

    fn close(&mut self, end: usize) -> Result<(), Malformed> {
        if let Some(open) = self.open.pop() {
            self.scope.truncate(open.scope_mark);
            self.sink.end(end)?;
            if !S::KEEPS {
                self.namespaces.truncate(open.namespaces_mark);
            }
        }
        Ok(())
    }

    fn characters(&mut self, raw: &'a str, offset: usize) -> Result<(), Malformed> {
        if self.has_bracket && raw.contains("]]>") {
            return Err(fault(Check::XmlNotWellFormed, "]]> in text", offset));
        }
        if self.open.is_empty() {
            if raw.bytes().all(is_space) {
                return Ok(());
            }
            return Err(fault(Check::XmlTrailingContent, "text outside the root element", offset));
        }
        self.append_text(self.line_ends(raw), false, offset)
    }

    fn line_ends(&self, raw: &'a str) -> Cow<'a, str> {
        if self.has_cr { markup::line_ends(raw) } else { Cow::Borrowed(raw) }
    }

    fn cdata(&mut self, raw: &'a str, offset: usize) -> Result<(), Malformed> {
        if self.open.is_empty() {
            return Err(fault(Check::XmlNotWellFormed, "a CDATA section outside the root element", offset));
        }
        self.append_text(markup::line_ends(raw), true, offset)
    }

    fn reference(&mut self, name: &str, offset: usize) -> Result<(), Malformed> {
        let c = markup::resolve(name).map_err(|check| fault(check, "a reference", offset))?;
        if self.open.is_empty() {
            return Err(fault(Check::XmlTrailingContent, "text outside the root element", offset));
        }
        self.append_text(Cow::Owned(c.to_string()), false, offset)
    }

    fn append_text(&mut self, run: Cow<'a, str>, is_cdata: bool, offset: usize) -> Result<(), Malformed> {
        if self.comments == Comments::BetweenElements
            && !run.bytes().all(is_space)
            && let Some(open) = self.open.last_mut()
        {
            open.has_text = true;
        }
        let limit = self.limits.text_bytes;
        if let Some(open) = self.open.last_mut() {
            open.run = open.run.saturating_add(run.len());
            if open.run > limit {
                return Err(over(Check::LimitTextLength, limit, "bytes", Some(open.run), offset));
            }
        }
        self.sink.text(run, is_cdata, offset)
    }

    fn comment(&mut self, content: &'a str, offset: usize) -> Result<(), Malformed> {
        if self.comments == Comments::Refused {
            return Err(fault(Check::XmlCommentForbidden, "a comment", offset));
        }
        if content.contains("--") || content.ends_with('-') {
            return Err(fault(Check::XmlNotWellFormed, "-- inside a comment", offset));
        }
        if let Some(open) = self.open.last_mut() {
            open.has_comment = true;
            open.run = 0;
            self.sink.comment(markup::line_ends(content), offset);
        }
        Ok(())
    }
}

/// The markup between its delimiters. What quick-xml reports and what stands in the input must be the same thing.
fn cut<'a>(raw: &'a str, before: &str, after: &str, offset: usize) -> Result<&'a str, Malformed> {
    raw.strip_prefix(before)
        .and_then(|rest| rest.strip_suffix(after))
        .ok_or_else(|| fault(Check::XmlNotWellFormed, "markup that is not well-formed", offset))
}

/// Indices fit: the input is bounded far below 4 GiB.
pub(super) fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

pub(super) fn fault(check: Check, what: &'static str, offset: usize) -> Malformed {
    Malformed::new(check, Protocol::Saml, what, Location::offset(offset))
}

fn doctype(offset: usize) -> Malformed {
    fault(Check::XmlDoctypeForbidden, "a document type declaration", offset)
}

fn unbound(offset: usize) -> Malformed {
    fault(Check::XmlUnboundPrefix, "a prefix that is not declared", offset)
}

pub(super) fn over(
    check: Check,
    limit: usize,
    unit: &'static str,
    found: Option<usize>,
    offset: usize,
) -> Malformed {
    fault(check, "more than the limit", offset).with_reason(Reason::Limit { limit, unit, found })
}

const BYTE_ORDER_MARK: char = '\u{feff}';

#[cfg(test)]
mod tests;
