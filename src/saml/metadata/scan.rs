//! The one pass over an aggregate: grammar, digests, and where the entities are.

use super::grammar::unsigned;
use super::model::Shape;
use super::{in_metadata, read};
use crate::check::Check;
use crate::crypto::{PartDigest, PartStart, StreamDigest, TrustedKeys, VouchedStream};
use crate::encoding::datetime;
use crate::error::{Error, Failure, Location, Malformed, Quoted, Reason};
use crate::instant::Instant;
use crate::limits::{
    AGGREGATE_ESCAPED_BYTES, AGGREGATE_IDS, ENTITIES, ENTITY_GROUPS, GROUP_TAGS_BYTES, XmlLimits,
};
use crate::xml::c14n::{Method, MethodKind};
use crate::xml::signature::{self, Rules, SignedReference};
use crate::xml::stream::{self, Checked, Form, Out, Seen, Watch, refused};
use crate::xml::{self, Comments, Ns};
use core::ops::Range;
use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// What a pass found.
pub(super) struct Scan<'a> {
    text: &'a str,
    /// How canonical octets are made.
    pub(super) method: Method,
    pub(super) shape: Shape,
    pub(super) valid_until: Option<Instant>,
    /// An entityID that occurs twice.
    pub(super) duplicate: Option<String>,
    pub(super) entities: Vec<Place>,
    groups: Vec<Group<'a>>,
    by_id: HashMap<Cow<'a, str>, u32>,
    /// Where the signature of the root starts.
    signature_start: Option<usize>,
    /// Whether a key vouched for the document; `None` when that was not asked.
    pub(super) signature: Option<Result<VouchedStream, Failure>>,
}

/// Where an entity stands.
pub(super) struct Place {
    pub(super) start: usize,
    end: usize,
    /// Index of the group that it stands in; none when it is the root.
    group: Option<u32>,
    digest: PartDigest,
}

/// An EntitiesDescriptor: its start tag, and the group that it stands in.
struct Group<'a> {
    parent: Option<u32>,
    tag: Range<usize>,
    /// Bytes of the start tag and of those around it.
    tags: usize,
    qname: &'a str,
    digest: PartDigest,
}

/// Canonical octets with the parts of them that have digests.
type Parts<'s> = Vec<(&'s PartDigest, Range<usize>)>;

/// Reads a document in one pass; with keys, its signature is judged as well.
pub(super) fn scan<'a>(document: &'a [u8], keys: Option<(&TrustedKeys, Instant)>) -> Result<Scan<'a>, Error> {
    let checked = stream::text(document, &XmlLimits::AGGREGATE).map_err(in_metadata)?;
    let head = head(checked);
    let reference = keys.map(|(keys, now)| signed_reference(checked.text, head.as_ref(), keys, now));
    let method = match &reference {
        Some(Ok(reference)) => reference.method.clone(),
        _ => Method { kind: MethodKind::Exclusive { inclusive_prefixes: Vec::new() }, with_comments: false },
    };
    let whole = reference.as_ref().and_then(|reference| reference.as_ref().ok()).map(|r| r.digest);
    let text = checked.text;
    let signature_start = head.as_ref().and_then(|head| Some(head.signature.as_ref()?.start));
    let mut pass = Pass {
        digest: StreamDigest::new(whole),
        shape: Shape::Entity,
        valid_until: None,
        duplicate: None,
        entities: Vec::new(),
        groups: Vec::new(),
        by_id: HashMap::new(),
        ids: HashSet::new(),
        escaped: 0,
        open: Vec::with_capacity(16),
        entity: None,
        is_drained: false,
        stray: None,
    };
    let form = Form { method: &method, excluded: signature_start };
    stream::run(checked, &XmlLimits::AGGREGATE, Comments::BetweenElements, &form, &mut pass)
        .map_err(in_metadata)?;
    let digest = pass.digest;
    let signature = reference.map(|reference| match (signature_start, pass.stray) {
        // As `Layout::unsigned`.
        (None, Some(offset)) => {
            let at = Location::offset(offset);
            Err(Failure::new(Check::SignatureMisplaced, Reason::Stated(MISPLACED), at))
        }
        _ => reference.and_then(|reference| reference.vouch_for_stream(digest)),
    });
    Ok(Scan {
        text,
        method,
        shape: pass.shape,
        valid_until: pass.valid_until,
        duplicate: pass.duplicate,
        entities: pass.entities,
        groups: pass.groups,
        by_id: pass.by_id,
        signature_start,
        signature,
    })
}

impl<'a> Scan<'a> {
    pub(super) fn place(&self, entity_id: &str) -> Option<&Place> {
        let index = self.by_id.get(entity_id)?;
        self.entities.get(usize::try_from(*index).ok()?)
    }

    /// The root carries a signature, whatever it is worth.
    pub(super) const fn has_signature(&self) -> bool {
        self.signature_start.is_some()
    }

    /// Every entityID, in document order.
    pub(super) fn entity_ids(&self) -> impl Iterator<Item = &str> {
        let mut ids: Vec<(&u32, &str)> = self.by_id.iter().map(|(id, at)| (at, id.as_ref())).collect();
        ids.sort_unstable();
        ids.into_iter().map(|(_, id)| id)
    }

    /// The canonical octets of an entity inside the start tags of its groups, and their end tags.
    pub(super) fn octets<'s>(&'s self, place: &'s Place) -> Result<(Vec<u8>, Parts<'s>), Malformed> {
        let mut chain: Vec<&Group<'a>> = Vec::new();
        let mut at = place.group;
        while let Some(group) = at.and_then(|at| self.groups.get(usize::try_from(at).ok()?)) {
            chain.push(group);
            at = group.parent;
        }
        chain.reverse();
        let slice = |range: Range<usize>| self.text.get(range).unwrap_or_default();
        let mut raw = String::new();
        for group in &chain {
            raw.push_str(slice(group.tag.clone()));
        }
        let excluded = self
            .signature_start
            .filter(|_| chain.is_empty())
            .and_then(|start| start.checked_sub(place.start));
        raw.push_str(slice(place.start..place.end));
        for group in chain.iter().rev() {
            raw.push_str("</");
            raw.push_str(group.qname);
            raw.push('>');
        }
        let mut capture = Capture {
            octets: Vec::with_capacity(raw.len()),
            marks: Vec::new(),
            depth: 0,
            groups: chain.len(),
        };
        let form = Form { method: &self.method, excluded };
        let checked = stream::text(raw.as_bytes(), &XmlLimits::METADATA)?;
        stream::run(checked, &XmlLimits::METADATA, Comments::BetweenElements, &form, &mut capture)
            .map_err(|malformed| malformed.with_location(Location::offset(place.start)))?;
        let digests = chain.iter().map(|group| &group.digest).chain([&place.digest]);
        Ok((capture.octets, digests.zip(capture.marks).collect()))
    }
}

/// The start of a document: up to the first child of its root.
struct Head<'a> {
    qname: &'a str,
    /// The first child of the root, when it is a signature.
    signature: Option<Range<usize>>,
    depth: usize,
    done: bool,
}

/// Finds the signature of the root. `None`: the document is faulty there; the pass says how.
fn head(text: Checked<'_>) -> Option<Head<'_>> {
    let mut head = Head { qname: "", signature: None, depth: 0, done: false };
    let method = Method::from_uri("http://www.w3.org/2001/10/xml-exc-c14n#")?;
    let form = Form { method: &method, excluded: None };
    stream::run(text, &XmlLimits::AGGREGATE, Comments::BetweenElements, &form, &mut head).ok()?;
    Some(head)
}

impl<'a> Watch<'a> for Head<'a> {
    fn before(&mut self, element: &Seen<'_, 'a>, out: &mut Out<'a>) -> Result<(), Malformed> {
        out.clear();
        match self.depth {
            0 => self.qname = element.qname(),
            1 if element.name() == (Ns::Ds, "Signature") => self.signature = Some(element.range()),
            1 => self.done = true,
            _ => {}
        }
        self.depth = self.depth.saturating_add(1);
        Ok(())
    }

    fn after_end(&mut self, end: usize, out: &mut Out<'a>) -> Result<(), Malformed> {
        out.clear();
        self.depth = self.depth.saturating_sub(1);
        if self.depth == 1 {
            if let Some(signature) = &mut self.signature {
                signature.end = end;
            }
            self.done = true;
        }
        Ok(())
    }

    fn drain(&mut self, out: &mut Out<'a>) {
        out.clear();
    }

    fn is_done(&self) -> bool {
        self.done
    }
}

/// The first half of the verification, over the root start tag and its signature alone: the rest is left out of this tree.
fn signed_reference(
    text: &str,
    head: Option<&Head<'_>>,
    keys: &TrustedKeys,
    now: Instant,
) -> Result<SignedReference, Failure> {
    let (head, range) = head.and_then(|head| Some((head, head.signature.clone()?))).ok_or_else(unsigned)?;
    let start = text.get(..range.end).unwrap_or_default();
    let small = format!("{start}</{}>", head.qname);
    let failed = |malformed: Malformed| {
        Failure::new(malformed.check(), malformed.reason(), malformed.location().clone())
    };
    let tree =
        xml::parse(small.as_bytes(), &XmlLimits::METADATA, Comments::BetweenElements).map_err(failed)?;
    let root = tree.root();
    let signature = root.children().next().filter(|e| e.is(Ns::Ds, "Signature")).ok_or_else(unsigned)?;
    let rules = Rules { keys, exceptions: &[], now };
    signature::verify_reference(root, signature, &rules, "/Signature")
}

/// Octets of an entity that is hashed by itself. 4 KiB: what is kept of a longer one, 300 octets, is little beside it.
const SMALL: usize = 4096;

struct Pass<'a> {
    digest: StreamDigest,
    shape: Shape,
    valid_until: Option<Instant>,
    duplicate: Option<String>,
    entities: Vec<Place>,
    groups: Vec<Group<'a>>,
    by_id: HashMap<Cow<'a, str>, u32>,
    /// ID attributes of metadata's own elements.
    ids: HashSet<Cow<'a, str>>,
    /// Bytes of the names above that are not written as they read.
    escaped: usize,
    open: Vec<Open>,
    /// The entity that is open, and where it began.
    entity: Option<(Place, PartStart)>,
    /// Some of its octets are hashed already.
    is_drained: bool,
    /// Where a signature stands that is opaque: of a role, or anywhere else but at the head of a group or an entity.
    stray: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Group(u32),
    Entity,
    /// Extensions and what is in them: foreign content.
    Foreign,
    Signature,
    Other,
}

struct Open {
    kind: Kind,
    /// It has a child already; the first of them is a signature.
    has_child: bool,
    is_signed: bool,
}

impl<'a> Pass<'a> {
    fn flush(&mut self, out: &mut Out<'a>) {
        out.take(|pieces| pieces.iter().for_each(|octets| self.digest.update(octets)));
    }

    fn small_part(&mut self, out: &mut Out<'a>) -> PartDigest {
        out.take(|pieces| self.digest.small_part(&pieces))
    }
}

impl<'a> Watch<'a> for Pass<'a> {
    fn before(&mut self, element: &Seen<'_, 'a>, out: &mut Out<'a>) -> Result<(), Malformed> {
        let (ns, local) = element.name();
        let offset = element.range().start;
        let parent = self.open.last().map(|open| open.kind);
        let kind = match (ns, local) {
            (Ns::Md, "EntityDescriptor") => {
                self.place_of(parent, offset)?;
                self.begin_entity(element, parent, out)?;
                Kind::Entity
            }
            (Ns::Md, "EntitiesDescriptor") => {
                self.place_of(parent, offset)?;
                self.begin_group(element, parent, out)?
            }
            _ if parent.is_none() => {
                let reason = Reason::Mismatch {
                    what: "root element",
                    expected: vec![
                        Quoted::protocol("md:EntityDescriptor"),
                        Quoted::protocol("md:EntitiesDescriptor"),
                    ],
                    found: vec![Quoted::protocol(local)],
                };
                let what = "the root element is not SAML 2.0 metadata";
                return Err(refused(Check::UnexpectedRoot, what, offset).with_reason(reason));
            }
            (Ns::Ds, "Signature") => {
                self.signature(offset)?;
                if parent == Some(Kind::Foreign) { Kind::Foreign } else { Kind::Signature }
            }
            _ if parent == Some(Kind::Foreign) => Kind::Foreign,
            (Ns::Md, "Extensions") => Kind::Foreign,
            (Ns::Md, _) if matches!(parent, Some(Kind::Group(_))) => return Err(unexpected(offset)),
            _ => Kind::Other,
        };
        if ns == Ns::Md
            && let Some(id) = element.attribute("ID")
        {
            let id = self.kept(id.clone(), offset)?;
            if self.ids.len() >= AGGREGATE_IDS {
                return Err(too_many(AGGREGATE_IDS, "IDs", offset));
            }
            if !self.ids.insert(id) {
                return Err(refused(Check::DuplicateId, "an ID that occurs twice", offset));
            }
        }
        if let Some(parent) = self.open.last_mut() {
            parent.is_signed |= !parent.has_child && kind == Kind::Signature;
            parent.has_child = true;
        }
        self.open.push(Open { kind, has_child: false, is_signed: false });
        Ok(())
    }

    fn after_start(&mut self, _element: &Seen<'_, 'a>, out: &mut Out<'a>) {
        if let Some(Kind::Group(index)) = self.open.last().map(|open| open.kind) {
            let digest = self.small_part(out);
            if let Some(group) = usize::try_from(index).ok().and_then(|at| self.groups.get_mut(at)) {
                group.digest = digest;
            }
        }
    }

    fn after_end(&mut self, end: usize, out: &mut Out<'a>) -> Result<(), Malformed> {
        let ended = self.open.pop();
        if ended.is_some_and(|open| open.kind == Kind::Entity)
            && let Some((mut place, start)) = self.entity.take()
        {
            place.end = end;
            place.digest = if self.is_drained || out.len() > SMALL {
                self.flush(out);
                self.digest.end_part(start)
            } else {
                self.small_part(out)
            };
            self.entities.push(place);
        }
        Ok(())
    }

    fn text(&mut self, offset: usize) -> Result<(), Malformed> {
        match self.open.last().map(|open| open.kind) {
            Some(Kind::Group(_) | Kind::Entity) => {
                Err(refused(Check::UnexpectedText, "text between elements", offset))
            }
            _ => Ok(()),
        }
    }

    fn drain(&mut self, out: &mut Out<'a>) {
        self.is_drained = true;
        self.flush(out);
    }
}

impl<'a> Pass<'a> {
    /// A name that is not written as it reads takes memory of its own.
    fn kept(&mut self, name: Cow<'a, str>, offset: usize) -> Result<Cow<'a, str>, Malformed> {
        if let Cow::Owned(name) = &name {
            self.escaped = self.escaped.saturating_add(name.len());
            if self.escaped > AGGREGATE_ESCAPED_BYTES {
                let (limit, unit) = (AGGREGATE_ESCAPED_BYTES, "bytes");
                let reason = Reason::Limit { limit, unit, found: None };
                return Err(
                    refused(Check::LimitTextLength, "more than the limit", offset).with_reason(reason)
                );
            }
        }
        Ok(name)
    }

    /// Entities and groups stand at the root or in groups.
    fn place_of(&self, parent: Option<Kind>, offset: usize) -> Result<(), Malformed> {
        match parent {
            None | Some(Kind::Group(_)) => Ok(()),
            Some(_) => Err(unexpected(offset)),
        }
    }

    fn begin_entity(
        &mut self,
        element: &Seen<'_, 'a>,
        parent: Option<Kind>,
        out: &mut Out<'a>,
    ) -> Result<(), Malformed> {
        let offset = element.range().start;
        if self.entities.len() >= ENTITIES {
            return Err(too_many(ENTITIES, "entities", offset));
        }
        let group = match parent {
            Some(Kind::Group(index)) => Some(index),
            _ => {
                self.valid_until = valid_until(element)?;
                None
            }
        };
        let id = element.attribute("entityID").cloned().unwrap_or_default();
        if let Some(reason) = read::entity_id_fault(&id) {
            let what = "an entityID that is none";
            return Err(refused(Check::MetaEntityIdInvalid, what, offset).with_reason(reason));
        }
        let id = self.kept(id, offset)?;
        let index = u32::try_from(self.entities.len()).unwrap_or(u32::MAX);
        match self.by_id.entry(id) {
            Entry::Occupied(known) => {
                self.duplicate.get_or_insert_with(|| known.key().clone().into_owned());
            }
            Entry::Vacant(free) => {
                free.insert(index);
            }
        }
        self.flush(out);
        let place = Place { start: offset, end: offset, group, digest: PartDigest::Unhashed };
        self.entity = Some((place, self.digest.begin_part()));
        self.is_drained = false;
        Ok(())
    }

    fn begin_group(
        &mut self,
        element: &Seen<'_, 'a>,
        parent: Option<Kind>,
        out: &mut Out<'a>,
    ) -> Result<Kind, Malformed> {
        if self.groups.len() >= ENTITY_GROUPS {
            return Err(too_many(ENTITY_GROUPS, "groups", element.range().start));
        }
        let parent = match parent {
            Some(Kind::Group(index)) => Some(index),
            _ => {
                self.shape = Shape::Aggregate;
                self.valid_until = valid_until(element)?;
                None
            }
        };
        let around = parent.and_then(|index| self.groups.get(usize::try_from(index).ok()?));
        let tags = around.map_or(0, |group| group.tags).saturating_add(element.range().len());
        if tags > GROUP_TAGS_BYTES {
            let reason = Reason::Limit { limit: GROUP_TAGS_BYTES, unit: "bytes", found: Some(tags) };
            let refusal = refused(Check::LimitTextLength, "more than the limit", element.range().start);
            return Err(refusal.with_reason(reason));
        }
        let index = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        let digest = PartDigest::Unhashed;
        self.groups.push(Group { parent, tag: element.range(), tags, qname: element.qname(), digest });
        self.flush(out);
        Ok(Kind::Group(index))
    }

    /// The same places as in `grammar.rs`.
    fn signature(&mut self, offset: usize) -> Result<(), Malformed> {
        match self.open.as_slice() {
            [root] if !root.has_child => Ok(()),
            [root] if root.is_signed => {
                Err(refused(Check::SignatureDuplicate, "an element carries two signatures", offset))
            }
            [] | [_] => Err(refused(Check::SignatureMisplaced, MISPLACED, offset)),
            [.., parent] => {
                let of_member = matches!(parent.kind, Kind::Group(_) | Kind::Entity) && !parent.has_child;
                if parent.kind != Kind::Foreign && !of_member {
                    self.stray.get_or_insert(offset);
                }
                Ok(())
            }
        }
    }
}

fn valid_until(element: &Seen<'_, '_>) -> Result<Option<Instant>, Malformed> {
    let Some(text) = element.attribute("validUntil") else { return Ok(None) };
    datetime::parse(text).map(Some).map_err(|check| {
        let reason = Reason::Found { what: "validUntil", found: Quoted::protocol(text) };
        let what = "validUntil is not an xs:dateTime in UTC";
        refused(check, what, element.range().start).with_reason(reason)
    })
}

fn too_many(limit: usize, unit: &'static str, offset: usize) -> Malformed {
    let reason = Reason::Limit { limit, unit, found: None };
    refused(Check::LimitElements, "more than the limit", offset).with_reason(reason)
}

fn unexpected(offset: usize) -> Malformed {
    refused(Check::UnexpectedElement, "an element where the schema has none", offset)
}

const MISPLACED: &str = "a signature that is not the first child of the root element";

/// Keeps the octets of a look-up and where its parts are: the start tag of each group, then the entity.
struct Capture {
    octets: Vec<u8>,
    marks: Vec<Range<usize>>,
    depth: usize,
    groups: usize,
}

impl<'a> Watch<'a> for Capture {
    fn before(&mut self, _element: &Seen<'_, 'a>, out: &mut Out<'a>) -> Result<(), Malformed> {
        out.append_to(&mut self.octets);
        if self.depth <= self.groups {
            self.marks.push(self.octets.len()..self.octets.len());
        }
        self.depth = self.depth.saturating_add(1);
        Ok(())
    }

    fn after_start(&mut self, _element: &Seen<'_, 'a>, out: &mut Out<'a>) {
        out.append_to(&mut self.octets);
        if self.depth <= self.groups {
            self.mark_end();
        }
    }

    fn after_end(&mut self, _end: usize, out: &mut Out<'a>) -> Result<(), Malformed> {
        out.append_to(&mut self.octets);
        self.depth = self.depth.saturating_sub(1);
        if self.depth == self.groups {
            self.mark_end();
        }
        Ok(())
    }

    fn drain(&mut self, out: &mut Out<'a>) {
        out.append_to(&mut self.octets);
    }
}

impl Capture {
    fn mark_end(&mut self) {
        let end = self.octets.len();
        if let Some(mark) = self.marks.last_mut() {
            mark.end = end;
        }
    }
}
