//! Keys of a large aggregate, some entities at a time: never is all of it a tree.

use super::Sink;
use super::saml::{self, LIMITS};
use crate::check::Check;
use crate::error::{Malformed, Reason};
use crate::limits::GROUP_TAGS_BYTES;
use crate::xml::c14n::{Method, MethodKind};
use crate::xml::stream::{self, Form, Out, Seen, Watch, refused};
use crate::xml::{self, Comments, Ns};
use core::ops::Range;

/// False: it is no aggregate. What is wrong with the document is one unreadable item, behind those that stand before it.
pub(super) fn read(sink: &mut Sink<'_>, octets: &[u8]) -> bool {
    let before = sink.count;
    let kind = MethodKind::Exclusive { inclusive_prefixes: Vec::new() };
    let form = Form { method: &Method { kind, with_comments: false }, excluded: None };
    let checked = match stream::text(octets, &LIMITS) {
        Ok(checked) => checked,
        Err(error) => {
            sink.malformed(error);
            return true;
        }
    };
    let mut walk = Walk {
        text: checked.text,
        sink,
        groups: Vec::new(),
        part: None,
        parts: String::new(),
        depth: 0,
        is_other: false,
    };
    let end = stream::run(checked, &LIMITS, Comments::BetweenElements, &form, &mut walk);
    walk.keys();
    let is_other = walk.is_other || (walk.depth == 0 && walk.groups.is_empty() && end.is_err());
    if is_other && sink.count == before {
        return false;
    }
    match end {
        Err(error) => sink.malformed(error),
        Ok(()) if sink.count == before => sink.none_found(),
        Ok(()) => {}
    }
    true
}

struct Walk<'a, 's, 'c> {
    text: &'a str,
    sink: &'s mut Sink<'c>,
    /// Start tags and names of the open groups.
    groups: Vec<(Range<usize>, &'a str)>,
    /// Where an entity or a signature of a group started, and how deep.
    part: Option<(usize, usize)>,
    /// Entities and signatures of the innermost group that were not looked at yet.
    parts: String,
    depth: usize,
    /// The root is something else.
    is_other: bool,
}

impl<'a> Watch<'a> for Walk<'a, '_, '_> {
    fn before(&mut self, element: &Seen<'_, 'a>, out: &mut Out<'a>) -> Result<(), Malformed> {
        out.clear();
        match element.name() {
            _ if self.part.is_some() => {}
            (Ns::Md, "EntitiesDescriptor") if self.groups.len() == self.depth => {
                self.keys();
                self.groups.push((element.range(), element.qname()));
                if self.groups.iter().map(|(tag, _)| tag.len()).sum::<usize>() > GROUP_TAGS_BYTES {
                    let reason = Reason::Limit { limit: GROUP_TAGS_BYTES, unit: "bytes", found: None };
                    let refusal =
                        refused(Check::LimitTextLength, "more than the limit", element.range().start);
                    return Err(refusal.with_reason(reason));
                }
            }
            _ if self.depth == 0 => self.is_other = true,
            (Ns::Md, "EntityDescriptor") | (Ns::Ds, "Signature") if self.groups.len() == self.depth => {
                self.part = Some((element.range().start, self.depth));
            }
            _ => {}
        }
        self.depth = self.depth.saturating_add(1);
        Ok(())
    }

    fn after_end(&mut self, end: usize, out: &mut Out<'a>) -> Result<(), Malformed> {
        out.clear();
        self.depth = self.depth.saturating_sub(1);
        match self.part {
            Some((start, depth)) if depth == self.depth => {
                self.part = None;
                self.parts.push_str(self.text.get(start..end).unwrap_or_default());
                if self.parts.len() > TOGETHER {
                    self.keys();
                }
            }
            None if self.groups.len() > self.depth => {
                self.keys();
                self.groups.pop();
            }
            _ => {}
        }
        Ok(())
    }

    fn drain(&mut self, out: &mut Out<'a>) {
        out.clear();
    }

    fn is_done(&self) -> bool {
        self.is_other
    }
}

/// Bytes of entities that are read at a time: many times the start tags around them.
const TOGETHER: usize = 64 * 1024;

impl Walk<'_, '_, '_> {
    /// The entities and signatures inside the start and end tags of their groups, which are read once for all of them.
    fn keys(&mut self) {
        let parts = core::mem::take(&mut self.parts);
        if parts.is_empty() {
            return;
        }
        let mut alone = String::new();
        let slice = |range: Range<usize>| self.text.get(range).unwrap_or_default();
        for (tag, _) in &self.groups {
            alone.push_str(slice(tag.clone()));
        }
        alone.push_str(&parts);
        for (_, name) in self.groups.iter().rev() {
            alone.push_str("</");
            alone.push_str(name);
            alone.push('>');
        }
        match xml::parse(alone.as_bytes(), &LIMITS, Comments::BetweenElements) {
            Ok(tree) => saml::metadata(self.sink, tree.root()),
            Err(error) => self.sink.malformed(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certs::{Collection, Origin};
    use std::path::Path;

    fn by(read: impl FnOnce(&mut Sink<'_>)) -> Collection {
        let mut collection = Collection::new();
        read(&mut Sink { collection: &mut collection, origin: &Origin::new("x"), count: 0 });
        collection
    }

    #[test]
    fn entity_by_entity_gives_what_the_tree_gives() {
        let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
        let mut compared = 0;
        for folder in ["metadata", "certs"] {
            for entry in std::fs::read_dir(testdata.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                let octets = std::fs::read(&path).unwrap_or_default();
                if path.extension().is_none_or(|extension| extension != "xml") {
                    continue;
                }
                let mut is_aggregate = false;
                let streamed = by(|sink| is_aggregate = read(sink, &octets));
                let whole = by(|sink| saml::read(sink, &octets));
                if is_aggregate {
                    assert_eq!(streamed.records, whole.records, "{}", path.display());
                    compared += 1;
                }
            }
        }
        assert!(compared >= 5, "{compared}");
    }

    /// Each look at some of the entities reads the start tags around them.
    #[test]
    fn start_tags_of_groups_are_bounded() {
        let read_with = |name: usize| {
            let md = "urn:oasis:names:tc:SAML:2.0:metadata";
            let name = "x".repeat(name);
            let group =
                format!("<md:EntitiesDescriptor xmlns:md=\"{md}\" Name=\"{name}\"></md:EntitiesDescriptor>");
            let records = by(|sink| assert!(read(sink, group.as_bytes()))).records;
            records.iter().filter_map(|record| record.error().map(Malformed::check)).collect::<Vec<_>>()
        };
        assert_eq!(read_with(10), [Check::KeyMalformed], "no key in it");
        assert_eq!(read_with(GROUP_TAGS_BYTES), [Check::LimitTextLength]);
    }

    #[test]
    fn one_corrupt_end_is_one_unreadable_item_behind_the_others() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/metadata/good-aggregate.xml");
        let mut octets = std::fs::read(path).unwrap();
        let whole = by(|sink| assert!(read(sink, &octets))).records;
        let end = octets.len().saturating_sub(10);
        octets.truncate(end);
        let cut = by(|sink| assert!(read(sink, &octets))).records;
        assert_eq!(cut.split_last().unwrap().1, whole);
        assert!(cut.last().unwrap().error().is_some());
    }
}
