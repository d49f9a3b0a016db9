//! The checked reader: every rule of XML 1.0 and Namespaces 1.0 that a document without DTD must keep (attacks.md section 3):
//! one root, end tags, names, characters, attribute syntax, namespaces, references, the declaration, and every limit.
//!
//! Tags, text and references are read here; of declarations, comments, CDATA sections and what is refused, quick-xml finds the
//! kind and the end. A test compares every piece of markup with what quick-xml makes of the whole document.

use super::chars::{is_absolute_uri, is_space};
use super::markup::{self, QName};
use super::names::{Ns, XML, XMLNS};
use super::scope::Scope;
pub(super) use super::sink::{Run, Sink, Tag, fault, over};
use super::text::Checked;
use super::tree::{Attribute, Name, Namespace, NamespaceId};
use crate::check::Check;
use crate::error::Malformed;
use crate::limits::{NAMESPACE_BYTES, XmlLimits};
use core::ops::Range;
use quick_xml::events::Event;
use std::borrow::Cow;

/// Whether comments may stand in the document (policy P1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comments {
    /// A comment is an error: protocol messages.
    Refused,
    /// Comments may stand between elements, not beside text, and processing instructions before the root: metadata.
    BetweenElements,
    /// Comments may stand anywhere: vectors of the canonicalisation standards.
    #[cfg(test)]
    Anywhere,
}

pub(super) struct Scanner<'a, 'l, S> {
    text: &'a str,
    limits: &'l XmlLimits,
    comments: Comments,
    pub(super) sink: S,
    pub(super) attributes: Vec<Attribute<'a>>,
    pub(super) namespaces: Vec<Namespace<'a>>,
    /// Declarations in scope, innermost last.
    scope: Scope<'a, NamespaceId>,
    /// What look-ups in `scope` found since it last changed.
    found: Vec<(&'a str, NamespaceId)>,
    open: Vec<Open<'a>>,
    /// Declarations that the root element has without writing them.
    pub(super) context: Vec<(&'a str, Cow<'a, str>)>,
    elements: usize,
    root_seen: bool,
    /// A carriage return is somewhere: most documents have none.
    has_cr: bool,
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
        let estimate = if S::KEEPS { text.len() >> 5 } else { 16 };
        Self {
            text,
            limits,
            comments,
            sink,
            attributes: Vec::with_capacity(estimate),
            namespaces: vec![fixed(EMPTY, EMPTY, Ns::None), fixed("xml", XML, Ns::Xml)],
            scope: Scope::new(),
            found: Vec::with_capacity(FOUND),
            open: Vec::with_capacity(16),
            context: Vec::new(),
            elements: 0,
            root_seen: false,
            has_cr: scan.has_cr,
        }
    }

    pub(super) fn run(&mut self) -> Result<(), Malformed> {
        let mut start = 0_usize;
        loop {
            let here = self.text.get(start..).unwrap_or_default();
            let end = match *here.as_bytes() {
                [] => return self.finish(start),
                [b'<', b'/', ..] => self.end(here, start)?,
                [b'<', b'!' | b'?', ..] => self.unusual(here, start)?,
                [b'<', ..] => self.start(here, start)?,
                [b'&', ..] => self.reference(here, start)?,
                _ => self.characters(here, start)?,
            };
            if self.sink.is_done() {
                return Ok(());
            }
            start = end;
        }
    }

    /// What begins with `<!` or `<?`: quick-xml finds its kind and its end.
    fn unusual(&mut self, here: &'a str, start: usize) -> Result<usize, Malformed> {
        let mut reader = quick_xml::Reader::from_str(here);
        reader.config_mut().enable_all_checks(true);
        let event = reader.read_event();
        let length = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = event.map_err(|error| syntax(&error, here, start))?;
        let raw = here.get(..length).unwrap_or_default();
        let end = start.saturating_add(length);
        match event {
            Event::CData(_) => self.cdata(cut(raw, "<![CDATA[", "]]>", start)?, start..end)?,
            Event::Comment(_) => self.comment(cut(raw, "<!--", "-->", start)?, start)?,
            Event::Decl(_) if start == 0 => {
                markup::declaration(raw).map_err(|check| fault(check, "the XML declaration", 0))?;
            }
            Event::Decl(_) => {
                return Err(fault(Check::XmlDeclInvalid, "an XML declaration after the start", start));
            }
            Event::DocType(_) => return Err(doctype(start)),
            Event::PI(_) if !self.root_seen && self.comments == Comments::BetweenElements => {
                instruction(cut(raw, "<?", "?>", start)?, start)?;
            }
            Event::PI(_) => return Err(fault(Check::XmlPiForbidden, "a processing instruction", start)),
            _ => return Err(ill_formed(start)),
        }
        Ok(end)
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

    fn start(&mut self, here: &'a str, offset: usize) -> Result<usize, Malformed> {
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
        let mut rest = here.get(1..).unwrap_or_default();
        let QName { whole: qname, prefix, local } = markup::take_qname(&mut rest)
            .map_err(|check| fault(check, "an element name that is none", offset))?;
        let (scope_mark, namespaces_mark) = (self.scope.len(), self.namespaces.len());
        if !S::KEEPS {
            self.attributes.clear();
        }
        let attributes_from = self.attributes.len();
        let is_plain = self.read_attributes(&mut rest, offset)? && self.context.is_empty();
        self.adopt_context();
        let (rest, is_empty) = match rest.strip_prefix('/') {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let rest = rest.strip_prefix('>').ok_or_else(|| ill_formed(offset))?;
        let end = self.text.len().saturating_sub(rest.len());
        let is_canonical = self.resolve_attributes(attributes_from, offset)? && is_plain;
        if prefix == "xmlns" {
            return Err(fault(Check::XmlReservedNamespace, "an element with the prefix xmlns", offset));
        }
        let namespace = self.lookup(prefix).ok_or_else(|| unbound(offset))?;
        let attributes = (index(attributes_from), index(self.attributes.len()));
        let declarations = (index(namespaces_mark), index(self.namespaces.len()));
        let name = Name { prefix, local, namespace, attributes, declarations };
        if let Some(parent) = self.open.last_mut() {
            parent.run = 0;
        }
        let attributes = self.attributes.get(attributes_from..).unwrap_or_default();
        let namespaces = &self.namespaces;
        self.sink.start(&Tag { name, qname, offset, end, is_empty, is_canonical, attributes, namespaces })?;
        self.open.push(Open {
            name: qname,
            scope_mark,
            namespaces_mark,
            run: 0,
            has_comment: false,
            has_text: false,
        });
        if is_empty {
            self.close(end..end)?;
        }
        Ok(end)
    }

    /// The root element gets the declarations of the context that it does not make itself.
    fn adopt_context(&mut self) {
        if self.context.is_empty() {
            return;
        }
        self.found.clear();
        for (prefix, uri) in core::mem::take(&mut self.context) {
            if self.scope.get(prefix).is_none() {
                self.scope.push(prefix, NamespaceId(index(self.namespaces.len())));
                let known = Ns::of(&uri);
                self.namespaces.push(Namespace { prefix, uri, known });
            }
        }
    }

    /// Reads every attribute: declarations go into scope at once, the others wait until all declarations are known. True when
    /// there are no declarations, and names, quotes and space between them are written as Canonical XML writes them.
    fn read_attributes(&mut self, rest: &mut &'a str, offset: usize) -> Result<bool, Malformed> {
        let (mut attributes, mut declarations, mut bytes) = (0_usize, 0_usize, 0_usize);
        let scope_mark = self.scope.len();
        let mut is_plain = true;
        let ill = |check| fault(check, "an attribute", offset);
        let limits = self.limits;
        loop {
            let before = *rest;
            let spaces = markup::take_space(rest);
            if matches!(rest.as_bytes(), [b'/' | b'>', ..]) {
                return Ok(is_plain && spaces == 0 && declarations == 0);
            }
            if spaces == 0 {
                return Err(ill(Check::XmlNotWellFormed));
            }
            let attribute = markup::take_attribute(rest).map_err(ill)?;
            let (QName { prefix, local, .. }, raw) = (attribute.name, attribute.raw);
            let too_many = |check, limit, unit, found| over(check, limit, unit, found, offset);
            bytes = bytes.saturating_add(raw.len());
            if bytes > limits.text_bytes {
                return Err(too_many(Check::LimitTextLength, limits.text_bytes, "bytes", Some(bytes)));
            }
            let value = markup::attribute_value(raw).map_err(ill)?;
            let as_written = matches!(value, Cow::Borrowed(_)) && attribute.is_plain;
            is_plain &= as_written && spaces == 1 && before.starts_with(' ');
            let declared = match (prefix, local) {
                ("", "xmlns") => Some(prefix),
                ("xmlns", declared) => Some(declared),
                _ => None,
            };
            if let Some(declared) = declared {
                declarations = declarations.saturating_add(1);
                if declarations > limits.namespaces {
                    return Err(too_many(Check::LimitNamespaces, limits.namespaces, "declarations", None));
                }
                if self.scope.len() >= limits.namespaces_in_scope {
                    let limit = limits.namespaces_in_scope;
                    return Err(too_many(Check::LimitNamespaces, limit, "declarations in scope", None));
                }
                if raw.len() > NAMESPACE_BYTES {
                    let (limit, unit) = (NAMESPACE_BYTES, "bytes of a namespace name");
                    return Err(too_many(Check::LimitNamespaces, limit, unit, Some(raw.len())));
                }
                self.declare(declared, value, scope_mark, offset)?;
            } else {
                attributes = attributes.saturating_add(1);
                if attributes > limits.attributes {
                    return Err(too_many(Check::LimitAttributes, limits.attributes, "attributes", None));
                }
                self.attributes.push(Attribute { prefix, local, namespace: NamespaceId(0), value });
            }
        }
    }

    fn declare(
        &mut self,
        prefix: &'a str,
        uri: Cow<'a, str>,
        scope_mark: usize,
        offset: usize,
    ) -> Result<(), Malformed> {
        if self.scope.is_bound_since(scope_mark, prefix) {
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
        self.scope.push(prefix, id);
        self.found.clear();
        Ok(())
    }

    fn lookup(&mut self, prefix: &'a str) -> Option<NamespaceId> {
        if let Some((_, id)) = self.found.iter().find(|(found, _)| *found == prefix) {
            return Some(*id);
        }
        let id = match (self.scope.get(prefix), prefix) {
            (_, "xml") => NamespaceId(1),
            (Some(id), _) => id,
            (None, "") => NamespaceId(0),
            (None, _) => return None,
        };
        if self.found.len() >= FOUND {
            self.found.clear();
        }
        self.found.push((prefix, id));
        Some(id)
    }

    /// Resolves the prefixes of the last element's attributes and finds duplicates, by name and by expanded name. True when
    /// they stand in the order of Canonical XML for certain: those without prefix by name, then at most one with prefix.
    fn resolve_attributes(&mut self, from: usize, offset: usize) -> Result<bool, Malformed> {
        let mut in_order = true;
        let mut last: Option<(&str, &str)> = None;
        for at in from..self.attributes.len() {
            let Some(Attribute { prefix, local, .. }) = self.attributes.get(at) else { break };
            let (prefix, local) = (*prefix, *local);
            in_order &=
                last.is_none_or(|(before, name)| before.is_empty() && (!prefix.is_empty() || name < local));
            last = Some((prefix, local));
            if prefix.is_empty() {
                continue;
            }
            let namespace = self.lookup(prefix).ok_or_else(|| unbound(offset))?;
            if prefix == "xml" && local.starts_with("xmlns") {
                return Err(fault(Check::XmlReservedNamespace, "an attribute xml:xmlns", offset));
            }
            if let Some(attribute) = self.attributes.get_mut(at) {
                attribute.namespace = namespace;
            }
        }
        // Names in ascending order are different names.
        let is_unique = in_order || self.has_unique_attributes(from);
        if is_unique {
            Ok(in_order)
        } else {
            Err(fault(Check::XmlDuplicateAttribute, "an attribute that occurs twice", offset))
        }
    }

    fn has_unique_attributes(&self, from: usize) -> bool {
        let own = self.attributes.get(from..).unwrap_or_default();
        let uri = |attribute: &Attribute<'_>| {
            usize::try_from(attribute.namespace.0)
                .ok()
                .and_then(|at| self.namespaces.get(at))
                .map(|n| n.uri.as_ref())
        };
        if own.len() > FEW_ATTRIBUTES {
            // An attribute without prefix has no namespace, and no prefix is bound to none.
            let mut names: Vec<_> =
                own.iter().map(|attribute| (attribute.local, uri(attribute).unwrap_or_default())).collect();
            names.sort_unstable();
            return names.iter().zip(names.iter().skip(1)).all(|(a, b)| a != b);
        }
        own.iter().enumerate().all(|(count, attribute)| {
            let same = |other: &Attribute<'_>| {
                other.local == attribute.local
                    && (other.prefix == attribute.prefix
                        || (!other.prefix.is_empty()
                            && !attribute.prefix.is_empty()
                            && uri(other) == uri(attribute)))
            };
            !own.iter().take(count).any(same)
        })
    }

    fn end(&mut self, here: &'a str, offset: usize) -> Result<usize, Malformed> {
        let closes_nothing = || fault(Check::XmlNotWellFormed, "an end tag that closes nothing", offset);
        let open = self.open.last().ok_or_else(closes_nothing)?;
        let mut rest =
            here.get(2..).and_then(|name| name.strip_prefix(open.name)).ok_or_else(closes_nothing)?;
        if !rest.starts_with('>') {
            markup::take_space(&mut rest);
        }
        let rest = rest.strip_prefix('>').ok_or_else(closes_nothing)?;
        if self.comments == Comments::BetweenElements && open.has_comment && open.has_text {
            return Err(fault(Check::XmlCommentForbidden, "a comment beside text", offset));
        }
        let end = self.text.len().saturating_sub(rest.len());
        self.close(offset..end)?;
        Ok(end)
    }

    fn close(&mut self, tag: Range<usize>) -> Result<(), Malformed> {
        if let Some(open) = self.open.pop() {
            if self.scope.len() > open.scope_mark {
                self.scope.truncate(open.scope_mark);
                self.found.clear();
            }
            self.sink.end(tag)?;
            if !S::KEEPS {
                self.namespaces.truncate(open.namespaces_mark);
            }
        }
        Ok(())
    }

    fn characters(&mut self, here: &'a str, offset: usize) -> Result<usize, Malformed> {
        let bytes = here.as_bytes();
        let blank = bytes.iter().position(|byte| !is_space(*byte)).unwrap_or(bytes.len());
        let is_blank = matches!(bytes.get(blank), None | Some(b'<' | b'&'));
        let mut length = blank;
        let mut has_greater = false;
        if !is_blank {
            let inked = bytes.get(blank..).unwrap_or_default();
            let mut stop = memchr::memchr3(b'<', b'&', b'>', inked).unwrap_or(inked.len());
            if inked.get(stop) == Some(&b'>') {
                has_greater = true;
                let tail = inked.get(stop..).unwrap_or_default();
                stop = stop.saturating_add(memchr::memchr2(b'<', b'&', tail).unwrap_or(tail.len()));
            }
            length = blank.saturating_add(stop);
        }
        let raw = here.get(..length).unwrap_or_default();
        let end = offset.saturating_add(length);
        if has_greater && raw.contains("]]>") {
            return Err(fault(Check::XmlNotWellFormed, "]]> in text", offset));
        }
        if self.open.is_empty() {
            if is_blank {
                return Ok(end);
            }
            return Err(fault(Check::XmlTrailingContent, "text outside the root element", offset));
        }
        let text = self.line_ends(raw);
        let is_canonical = !has_greater && matches!(text, Cow::Borrowed(_));
        self.append_text(Run { text, range: offset..end, is_cdata: false, is_blank, is_canonical })?;
        Ok(end)
    }

    fn line_ends(&self, raw: &'a str) -> Cow<'a, str> {
        if self.has_cr { markup::line_ends(raw) } else { Cow::Borrowed(raw) }
    }

    fn cdata(&mut self, raw: &'a str, range: Range<usize>) -> Result<(), Malformed> {
        if self.open.is_empty() {
            let what = "a CDATA section outside the root element";
            return Err(fault(Check::XmlNotWellFormed, what, range.start));
        }
        let text = markup::line_ends(raw);
        let is_blank = text.bytes().all(is_space);
        self.append_text(Run { text, range, is_cdata: true, is_blank, is_canonical: false })
    }

    fn reference(&mut self, here: &'a str, offset: usize) -> Result<usize, Malformed> {
        let inside = here.get(1..).unwrap_or_default();
        let stop = inside.bytes().position(|byte| matches!(byte, b';' | b'&' | b'<'));
        let length =
            stop.filter(|at| inside.as_bytes().get(*at) == Some(&b';')).ok_or_else(|| ill_formed(offset))?;
        let name = inside.get(..length).unwrap_or_default();
        let c = markup::resolve(name).map_err(|check| fault(check, "a reference", offset))?;
        if self.open.is_empty() {
            return Err(fault(Check::XmlTrailingContent, "text outside the root element", offset));
        }
        let text = match c {
            '&' => Cow::Borrowed("&"),
            '<' => Cow::Borrowed("<"),
            '>' => Cow::Borrowed(">"),
            other => Cow::Owned(other.to_string()),
        };
        let is_blank = text.bytes().all(is_space);
        let is_canonical = matches!(name, "amp" | "lt" | "gt");
        let end = offset.saturating_add(length).saturating_add(2);
        self.append_text(Run { text, range: offset..end, is_cdata: false, is_blank, is_canonical })?;
        Ok(end)
    }

    fn append_text(&mut self, run: Run<'a>) -> Result<(), Malformed> {
        let limit = self.limits.text_bytes;
        if let Some(open) = self.open.last_mut() {
            open.has_text |= !run.is_blank;
            open.run = open.run.saturating_add(run.text.len());
            if open.run > limit {
                let found = Some(open.run);
                return Err(over(Check::LimitTextLength, limit, "bytes", found, run.range.start));
            }
        }
        self.sink.text(run)
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
    raw.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).ok_or_else(|| ill_formed(offset))
}

/// A processing instruction that is passed over has a target, which is not `xml` (XML 1.0 section 2.6).
fn instruction(content: &str, offset: usize) -> Result<(), Malformed> {
    let target = content.split([' ', '\t', '\r', '\n']).next().unwrap_or_default();
    if super::chars::is_ncname(target) && !target.eq_ignore_ascii_case("xml") {
        return Ok(());
    }
    Err(ill_formed(offset))
}

/// Why quick-xml found no end of a piece of markup.
fn syntax(error: &quick_xml::Error, here: &str, start: usize) -> Malformed {
    use quick_xml::errors::SyntaxError;
    match error {
        quick_xml::Error::Syntax(SyntaxError::UnclosedDoctype) => doctype(start),
        _ if here.get(..9).is_some_and(|head| head.eq_ignore_ascii_case("<!DOCTYPE")) => doctype(start),
        quick_xml::Error::Syntax(SyntaxError::UnclosedXmlDecl) if start != 0 => {
            fault(Check::XmlDeclInvalid, "an XML declaration after the start", start)
        }
        _ => ill_formed(start),
    }
}

fn ill_formed(offset: usize) -> Malformed {
    fault(Check::XmlNotWellFormed, "markup that is not well-formed", offset)
}

/// Indices fit: the input is bounded far below 4 GiB.
pub(super) fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn doctype(offset: usize) -> Malformed {
    fault(Check::XmlDoctypeForbidden, "a document type declaration", offset)
}

fn unbound(offset: usize) -> Malformed {
    fault(Check::XmlUnboundPrefix, "a prefix that is not declared", offset)
}

/// Empty, at an address that can be read. `""` stands at none: glibc's `memcmp` for AVX-512 loads by mask even when the length
/// is zero, and that takes more than 100 ns where nothing can be read. Empty prefixes are slices of the input for this reason.
const EMPTY: &str = match "-".split_at_checked(0) {
    Some((empty, _)) => empty,
    None => "",
};

/// Up to so many attributes of one element are compared one by one.
const FEW_ATTRIBUTES: usize = 8;

/// Prefixes that are remembered between two changes of scope.
const FOUND: usize = 8;

#[cfg(test)]
mod tests;
