//! Canonical octets of a whole document as a stream: one pass over the checked events, no tree.
//!
//! Octet for octet what [`super::c14n`] writes for the root element of the same document; a test compares the two over every
//! document of this repository. Comments never come along (XML-DSig 4.4.3.3).

use super::c14n::{self, Method, MethodKind};
use super::names::Ns;
use super::reader::{Comments, Run, Scanner, Sink, Tag, fault, over};
use super::scope::Scope;
pub(crate) use super::text::Checked;
use super::text::checked_text;
use super::tree::NamespaceId;
use crate::check::Check;
use crate::error::Malformed;
use crate::limits::XmlLimits;
use core::ops::Range;
use std::borrow::Cow;

/// What watches a document while its canonical octets come out. `out` holds the octets that were not taken yet.
pub(crate) trait Watch<'a> {
    /// An element begins; its start tag is not in `out` yet.
    fn before(&mut self, element: &Seen<'_, 'a>, out: &mut Out<'a>) -> Result<(), Malformed>;

    /// The start tag of the element stands in `out`.
    fn after_start(&mut self, _element: &Seen<'_, 'a>, _out: &mut Out<'a>) {}

    /// The innermost open element ended; its end tag stands in `out`. `end` is the offset behind it.
    fn after_end(&mut self, end: usize, out: &mut Out<'a>) -> Result<(), Malformed>;

    /// Text other than white space stands directly in the innermost open element.
    fn text(&mut self, _offset: usize) -> Result<(), Malformed> {
        Ok(())
    }

    /// There is much in `out`.
    fn drain(&mut self, out: &mut Out<'a>);

    /// Nothing more is wanted.
    fn is_done(&self) -> bool {
        false
    }
}

/// A start tag, as a watcher sees it.
pub(crate) struct Seen<'s, 'a>(&'s Tag<'s, 'a>);

impl<'a> Seen<'_, 'a> {
    /// Namespace and local name.
    pub(crate) fn name(&self) -> (Ns, &'a str) {
        (self.0.ns(), self.0.name.local)
    }

    /// The name as it is written.
    pub(crate) const fn qname(&self) -> &'a str {
        self.0.qname
    }

    /// The value of an attribute without namespace.
    pub(crate) fn attribute(&self, local: &str) -> Option<&Cow<'a, str>> {
        self.0.attribute(local)
    }

    /// Where the start tag stands.
    pub(crate) const fn range(&self) -> Range<usize> {
        self.0.offset..self.0.end
    }
}

/// Canonical octets that nobody took yet. What stands in the input as it is to be written is not copied before it must be.
pub(crate) struct Out<'a> {
    text: &'a str,
    octets: Vec<u8>,
    /// What follows `octets`, as it stands in the text.
    run: Range<usize>,
    /// How many octets were taken.
    taken: usize,
}

impl<'a> Out<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, octets: Vec::with_capacity(BLOCK), run: 0..0, taken: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.octets.len().saturating_add(self.run.len())
    }

    /// Hands the octets over, in two pieces.
    pub(crate) fn take<T>(&mut self, to: impl FnOnce([&[u8]; 2]) -> T) -> T {
        let taken = to([&self.octets, self.pending()]);
        self.clear();
        taken
    }

    pub(crate) fn append_to(&mut self, octets: &mut Vec<u8>) {
        octets.extend_from_slice(&self.octets);
        octets.extend_from_slice(self.pending());
        self.clear();
    }

    pub(crate) fn clear(&mut self) {
        self.taken = self.taken.saturating_add(self.len());
        self.octets.clear();
        self.run.start = self.run.end;
    }

    fn pending(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.run.clone()).unwrap_or_default()
    }

    /// What stands here in the text.
    fn copy(&mut self, range: Range<usize>) {
        if range.start != self.run.end {
            self.settle();
            self.run.start = range.start;
        }
        self.run.end = range.end;
    }

    fn settle(&mut self) {
        if !self.run.is_empty() {
            self.octets.extend_from_slice(self.pending());
            self.run.start = self.run.end;
        }
    }

    /// What does not stand in the text, or elsewhere.
    fn push(&mut self) -> &mut Vec<u8> {
        self.settle();
        &mut self.octets
    }
}

/// How a stream is written.
pub(crate) struct Form<'m> {
    pub(crate) method: &'m Method,
    /// Where the one element starts that is left out: the enveloped signature.
    pub(crate) excluded: Option<usize>,
}

/// The text that offsets refer to: checked, without byte order mark.
pub(crate) fn text<'a>(input: &'a [u8], limits: &XmlLimits) -> Result<Checked<'a>, Malformed> {
    checked_text(input, limits)
}

/// Walks over a document of [`text`] and tells `watch` of its elements and its canonical octets.
///
/// `LimitInputSize`: the canonical form is longer than twice the limit of the input.
pub(crate) fn run<'a, W: Watch<'a>>(
    text: Checked<'a>,
    limits: &XmlLimits,
    comments: Comments,
    form: &Form<'_>,
    watch: &mut W,
) -> Result<(), Malformed> {
    let writer = Writer {
        method: form.method,
        excluded: form.excluded,
        skipping: 0,
        watch,
        out: Out::new(text.text),
        most: limits.input_bytes.saturating_mul(2),
        rendered: Scope::new(),
        open: Vec::with_capacity(16),
        declarations: Vec::new(),
        order: Vec::new(),
    };
    let mut scanner = Scanner::new(text, limits, comments, writer);
    scanner.run()?;
    let Writer { mut out, watch, .. } = scanner.sink;
    watch.drain(&mut out);
    Ok(())
}

struct Writer<'a, 'w, W> {
    method: &'w Method,
    excluded: Option<usize>,
    /// Open elements inside the excluded one.
    skipping: usize,
    watch: &'w mut W,
    out: Out<'a>,
    /// Octets that may come out: declarations are repeated where they are used.
    most: usize,
    /// Declarations written by open ancestors, innermost last.
    rendered: Scope<'a, NamespaceId>,
    /// Names of open elements, each with its mark into `rendered`.
    open: Vec<(&'a str, usize)>,
    /// Scratch of one start tag.
    declarations: Vec<(&'a str, NamespaceId)>,
    order: Vec<usize>,
}

impl<'a, W: Watch<'a>> Sink<'a> for Writer<'a, '_, W> {
    const KEEPS: bool = false;

    fn start(&mut self, tag: &Tag<'_, 'a>) -> Result<(), Malformed> {
        self.watch.before(&Seen(tag), &mut self.out)?;
        if self.skipping > 0 || self.excluded == Some(tag.offset) {
            self.skipping = self.skipping.saturating_add(1);
            return Ok(());
        }
        self.open.push((tag.qname, self.rendered.len()));
        self.start_tag(tag);
        if self.out.taken.saturating_add(self.out.len()) > self.most {
            return Err(over(Check::LimitInputSize, self.most, "bytes", None, tag.offset));
        }
        self.watch.after_start(&Seen(tag), &mut self.out);
        self.drain();
        Ok(())
    }

    fn end(&mut self, tag: Range<usize>) -> Result<(), Malformed> {
        let end = tag.end;
        if self.skipping > 0 {
            self.skipping = self.skipping.saturating_sub(1);
        } else if let Some((qname, mark)) = self.open.pop() {
            self.rendered.truncate(mark);
            if tag.len() == qname.len().saturating_add(3) {
                self.out.copy(tag);
            } else {
                let out = self.out.push();
                out.extend_from_slice(b"</");
                out.extend_from_slice(qname.as_bytes());
                out.push(b'>');
            }
        }
        self.watch.after_end(end, &mut self.out)
    }

    fn text(&mut self, run: Run<'a>) -> Result<(), Malformed> {
        if !run.is_blank {
            self.watch.text(run.range.start)?;
        }
        if self.skipping == 0 {
            if run.is_canonical {
                self.out.copy(run.range);
            } else {
                c14n::escape_text(self.out.push(), &run.text);
            }
            self.drain();
        }
        Ok(())
    }

    fn comment(&mut self, _text: Cow<'a, str>, _offset: usize) {}

    fn is_done(&self) -> bool {
        self.watch.is_done()
    }
}

impl<'a, W: Watch<'a>> Writer<'a, '_, W> {
    fn drain(&mut self) {
        if self.out.len() >= BLOCK {
            self.watch.drain(&mut self.out);
        }
    }

    fn start_tag(&mut self, tag: &Tag<'_, 'a>) {
        self.declarations.clear();
        match &self.method.kind {
            MethodKind::Exclusive { inclusive_prefixes } => {
                self.declare_if_new(tag.name.prefix, tag.name.namespace, tag);
                for attribute in tag.attributes {
                    if !attribute.prefix.is_empty() {
                        self.declare_if_new(attribute.prefix, attribute.namespace, tag);
                    }
                }
                if !inclusive_prefixes.is_empty() {
                    self.own_declarations(tag, |prefix| inclusive_prefixes.iter().any(|p| p == prefix));
                }
            }
            MethodKind::Inclusive | MethodKind::Inclusive11 => self.own_declarations(tag, |_| true),
        }
        if tag.is_canonical && self.declarations.is_empty() {
            let close = if tag.is_empty { 2 } else { 0 };
            self.out.copy(tag.offset..tag.end.saturating_sub(close));
            if tag.is_empty {
                self.out.push().push(b'>');
            }
        } else {
            self.write_tag(tag);
        }
    }

    fn write_tag(&mut self, tag: &Tag<'_, 'a>) {
        let out = self.out.push();
        out.push(b'<');
        out.extend_from_slice(tag.qname.as_bytes());
        if !self.declarations.is_empty() {
            self.declarations.sort_unstable_by_key(|(prefix, _)| *prefix);
            for (prefix, id) in &self.declarations {
                out.extend_from_slice(if prefix.is_empty() { b" xmlns" } else { b" xmlns:" });
                out.extend_from_slice(prefix.as_bytes());
                out.extend_from_slice(b"=\"");
                c14n::escape_attribute(out, tag.uri(*id));
                out.push(b'"');
            }
        }
        if tag.attributes.len() > 1 {
            self.order.clear();
            self.order.extend(0..tag.attributes.len());
            let key = |at: &usize| tag.attributes.get(*at).map(|a| (tag.uri(a.namespace), a.local));
            self.order.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
            for at in &self.order {
                if let Some(attribute) = tag.attributes.get(*at) {
                    write_attribute(out, attribute);
                }
            }
        } else if let Some(attribute) = tag.attributes.first() {
            write_attribute(out, attribute);
        }
        out.push(b'>');
    }

    /// The element's own declarations, as far as they are wanted and new.
    fn own_declarations(&mut self, tag: &Tag<'_, 'a>, wanted: impl Fn(&str) -> bool) {
        let (from, to) = tag.name.declarations;
        for id in from..to {
            let own = usize::try_from(id).ok().and_then(|at| tag.namespaces.get(at));
            if let Some(prefix) = own.map(|own| own.prefix).filter(|prefix| wanted(prefix)) {
                self.declare_if_new(prefix, NamespaceId(id), tag);
            }
        }
    }

    /// Adds a declaration unless the element or an open ancestor has the same, or it undeclares a default that nobody wrote.
    fn declare_if_new(&mut self, prefix: &'a str, id: NamespaceId, tag: &Tag<'_, 'a>) {
        let same = match self.rendered.get(prefix) {
            Some(written) => written == id || tag.uri(written) == tag.uri(id),
            None => tag.uri(id).is_empty(),
        };
        if prefix != "xml" && !same {
            self.declarations.push((prefix, id));
            self.rendered.push(prefix, id);
        }
    }
}

fn write_attribute(out: &mut Vec<u8>, attribute: &super::tree::Attribute<'_>) {
    out.push(b' ');
    if !attribute.prefix.is_empty() {
        out.extend_from_slice(attribute.prefix.as_bytes());
        out.push(b':');
    }
    out.extend_from_slice(attribute.local.as_bytes());
    out.extend_from_slice(b"=\"");
    c14n::escape_attribute(out, &attribute.value);
    out.push(b'"');
}

/// A rule of a watcher that does not hold.
pub(crate) fn refused(check: Check, what: &'static str, offset: usize) -> Malformed {
    fault(check, what, offset)
}

/// Octets that are hashed at a time: as much as a level 2 cache holds beside everything else.
const BLOCK: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::parse;
    use std::path::{Path, PathBuf};

    #[derive(Default)]
    struct Keep(Vec<u8>);

    impl<'a> Watch<'a> for Keep {
        fn before(&mut self, _: &Seen<'_, 'a>, _: &mut Out<'a>) -> Result<(), Malformed> {
            Ok(())
        }

        fn after_end(&mut self, _: usize, _: &mut Out<'a>) -> Result<(), Malformed> {
            Ok(())
        }

        fn drain(&mut self, out: &mut Out<'a>) {
            out.append_to(&mut self.0);
        }
    }

    /// Every piece of markup and text inside the root, and where it stands.
    #[derive(Default)]
    struct Extents(Vec<(char, Range<usize>)>);

    impl<'a> Sink<'a> for Extents {
        const KEEPS: bool = false;

        fn start(&mut self, tag: &Tag<'_, 'a>) -> Result<(), Malformed> {
            self.0.push(('<', tag.offset..tag.end));
            Ok(())
        }

        fn end(&mut self, tag: Range<usize>) -> Result<(), Malformed> {
            if !tag.is_empty() {
                self.0.push(('/', tag));
            }
            Ok(())
        }

        fn text(&mut self, run: Run<'a>) -> Result<(), Malformed> {
            self.0.push(('t', run.range));
            Ok(())
        }

        fn comment(&mut self, _: Cow<'a, str>, _: usize) {}
    }

    /// What quick-xml makes of a whole document.
    fn by_quick_xml(text: &str) -> Vec<(char, Range<usize>)> {
        use quick_xml::events::Event;
        let mut reader = quick_xml::Reader::from_str(text);
        let (mut found, mut depth, mut start) = (Vec::new(), 0, 0);
        loop {
            let event = reader.read_event().unwrap();
            let end = usize::try_from(reader.buffer_position()).unwrap();
            let kind = match event {
                Event::Eof => return found,
                Event::Start(_) | Event::Empty(_) => '<',
                Event::End(_) => '/',
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) if depth > 0 => 't',
                _ => ' ',
            };
            depth += i32::from(matches!(event, Event::Start(_))) - i32::from(kind == '/');
            found.extend((kind != ' ').then_some((kind, start..end)));
            start = end;
        }
    }

    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                files(&path, found);
            } else if path.metadata().is_ok_and(|m| m.len() <= 1 << 20) {
                found.push(path);
            }
        }
    }

    /// Over every document here and beside the repository: the same verdict, and the same octets by every method, with and
    /// without an excluded child.
    #[test]
    fn stream_and_tree_write_the_same_octets() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut documents = Vec::new();
        for folder in ["testdata", "fuzz/corpus/xml", "../shared/corpus", "../shared/interop"] {
            files(&root.join(folder), &mut documents);
        }
        let limits = XmlLimits::METADATA;
        let prefixes = |list: &[&str]| MethodKind::Exclusive {
            inclusive_prefixes: list.iter().map(|p| (*p).to_owned()).collect(),
        };
        let kinds = [
            prefixes(&[]),
            prefixes(&["", "md", "saml", "samlp", "xs", "xsi", "ds", "xml", "a", "b"]),
            MethodKind::Inclusive,
            MethodKind::Inclusive11,
        ];
        let methods = kinds.map(|kind| Method { kind, with_comments: false });
        let (mut read, mut compared) = (0, 0);
        for document in &documents {
            let Ok(octets) = std::fs::read(document) else { continue };
            for comments in [Comments::BetweenElements] {
                let tree = parse(&octets, &limits, comments);
                for method in &methods {
                    let first = tree.as_ref().ok().and_then(|tree| tree.root().children().next());
                    for excluded in [None, first] {
                        let mut keep = Keep::default();
                        let form = Form { method, excluded: excluded.map(|e| e.offset()) };
                        let streamed = text(&octets, &limits)
                            .and_then(|text| run(text, &limits, comments, &form, &mut keep));
                        match (&tree, streamed) {
                            (Err(tree), Err(stream)) => assert_eq!(*tree, stream, "{}", document.display()),
                            (Ok(tree), Ok(())) => {
                                let whole = c14n::canonicalize(tree.root(), excluded.map(|e| e.id()), method)
                                    .unwrap();
                                assert!(whole == keep.0, "{} {method:?}", document.display());
                                compared += 1;
                            }
                            (tree, stream) => panic!("{}: {:?} {stream:?}", document.display(), tree.is_ok()),
                        }
                    }
                }
                if tree.is_ok() {
                    let text = text(&octets, &limits).unwrap();
                    let mut scanner = Scanner::new(text, &limits, comments, Extents::default());
                    scanner.run().unwrap();
                    assert!(scanner.sink.0 == by_quick_xml(text.text), "{}", document.display());
                    read += 1;
                }
            }
        }
        println!("{} documents, {read} read, {compared} comparisons", documents.len());
        assert!(compared > 1000, "only {compared}");
    }
}
