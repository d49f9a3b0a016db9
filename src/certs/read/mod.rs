//! From octets of any form to one record per key. An item that cannot be read is one record too, and hides nothing.

mod aggregate;
mod jwks;
mod saml;

use super::record::{KeyFinding, KeyRecord, Material, Origin, Role};
use super::survey::Survey;
use super::thresholds::Thresholds;
use crate::check::Check;
use crate::crypto::{CertificateFacts, KeyFacts};
use crate::encoding::armour::{self, Item};
use crate::error::{Location, Malformed, Protocol};
use crate::instant::Instant;
use crate::limits::SURVEYED_KEYS;
use ring::digest::{SHA256, digest};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use time::OffsetDateTime;

/// Keys from many places. A certificate that occurs more than once is parsed once.
#[derive(Default)]
pub struct Collection {
    records: Vec<KeyRecord>,
    parsed: HashMap<[u8; 32], Arc<CertificateFacts>>,
    /// Source and issuer.
    discovered: Vec<(Arc<str>, Arc<str>)>,
}

impl Collection {
    /// Without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the octets of one place: PEM with anything between the blocks, one or several DER certificates, PKCS#7 with
    /// certificates, base64 of these, SAML metadata, a SAML message, a key set, or a discovery document (which names the issuer
    /// of the key set beside it).
    ///
    /// Octets without any key are one unreadable item.
    pub fn read(&mut self, origin: &Origin, octets: &[u8]) {
        let mut sink = Sink { collection: self, origin, count: 0 };
        detect(&mut sink, octets);
    }

    /// A place that could not be opened.
    pub fn unreadable(&mut self, origin: &Origin, error: Malformed) {
        Sink { collection: self, origin, count: 0 }.push(Found::default(), Material::Unreadable(error));
    }

    /// How many items there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.records.len()
    }

    /// Whose keys were read from the item with this number on.
    #[must_use]
    pub fn entities_since(&self, first: usize) -> BTreeSet<&str> {
        self.records.iter().skip(first).filter_map(KeyRecord::entity).collect()
    }

    /// What everything that was read amounts to at a time.
    #[must_use]
    pub fn survey(mut self, thresholds: &Thresholds, now: OffsetDateTime) -> Survey {
        self.pair_key_sets();
        Survey::new(self.records, thresholds, now.into())
    }

    /// A key set belongs to the issuer whose discovery document stands beside it, or is the only one there is.
    fn pair_key_sets(&mut self) {
        for record in &mut self.records {
            let is_jwk = matches!(record.origin.role, Some(Role::JwksSig | Role::JwksEnc));
            if !is_jwk || record.origin.entity.is_some() {
                continue;
            }
            let home = folder(&record.origin.source);
            let mut beside = self.discovered.iter().filter(|(source, _)| folder(source) == home);
            let issuer = match (beside.next(), beside.next(), self.discovered.as_slice()) {
                (Some((_, issuer)), None, _) | (None, None, [(_, issuer)]) => Some(Arc::clone(issuer)),
                _ => None,
            };
            record.origin.entity = issuer;
        }
    }
}

fn folder(source: &str) -> &str {
    source.rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder)
}

/// What the surroundings of a key say about it.
#[derive(Clone, Default)]
struct Found {
    entity: Option<Arc<str>>,
    role: Option<Role>,
    both_uses: bool,
    kid: Option<String>,
    valid_until: Validity,
    findings: Vec<KeyFinding>,
}

/// Until when metadata is valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Validity {
    /// It is no metadata.
    #[default]
    None,
    /// It does not say.
    Endless,
    Until(Instant),
}

struct Sink<'c> {
    collection: &'c mut Collection,
    origin: &'c Origin,
    count: usize,
}

impl Sink<'_> {
    fn push(&mut self, found: Found, material: Material) {
        let material = match self.count {
            ..SURVEYED_KEYS => material,
            SURVEYED_KEYS => Material::Unreadable(malformed("more keys than a file can hold")),
            _ => return,
        };
        let mut origin = self.origin.clone();
        origin.entity = found.entity.or(origin.entity);
        origin.role = found.role.or(origin.role);
        self.collection.records.push(KeyRecord {
            origin,
            index: self.count,
            both_uses: found.both_uses,
            kid: found.kid,
            valid_until: found.valid_until,
            material,
            findings: found.findings,
        });
        self.count = self.count.saturating_add(1);
    }

    fn certificate(&mut self, found: Found, der: &[u8]) {
        let material = self.parse(der).map_or_else(Material::Unreadable, Material::Certificate);
        self.push(found, material);
    }

    /// Each certificate once.
    fn parse(&mut self, der: &[u8]) -> Result<Arc<CertificateFacts>, Malformed> {
        let id = <[u8; 32]>::try_from(digest(&SHA256, der).as_ref()).unwrap_or_default();
        if let Some(known) = self.collection.parsed.get(&id) {
            return Ok(Arc::clone(known));
        }
        let read = Arc::new(CertificateFacts::from_der(der)?);
        self.collection.parsed.insert(id, Arc::clone(&read));
        Ok(read)
    }

    fn spki(&mut self, found: Found, der: &[u8]) {
        let read = KeyFacts::from_spki_der(der);
        self.push(found, read.map_or_else(Material::Unreadable, |key| Material::Key(Arc::new(key))));
    }

    fn unreadable(&mut self, found: Found, what: &'static str) {
        self.push(found, Material::Unreadable(malformed(what)));
    }

    fn malformed(&mut self, error: Malformed) {
        self.push(Found::default(), Material::Unreadable(error));
    }

    fn none_found(&mut self) {
        self.unreadable(Found::default(), "no certificate or public key in it");
    }
}

const fn malformed(what: &'static str) -> Malformed {
    Malformed::new(Check::KeyMalformed, Protocol::Keys, what, Location::offset(0))
}

/// What is it? By its first octets, and by what follows where these are not enough.
fn detect(sink: &mut Sink<'_>, octets: &[u8]) {
    if armour::is_der(octets) {
        return items(sink, octets);
    }
    let octets = &*armour::unmarked(octets);
    let trimmed = octets.trim_ascii_start();
    match trimmed.first() {
        Some(b'<') => saml::read(sink, trimmed),
        Some(b'{' | b'[')
            if !has_armour(octets) || serde_json::from_slice::<serde::de::IgnoredAny>(octets).is_ok() =>
        {
            jwks::read(sink, trimmed);
        }
        _ => match encoded_markup(octets) {
            Some(markup) => saml::read(sink, &markup),
            None => items(sink, octets),
        },
    }
}

/// Certificates and public keys, and by name what is neither.
fn items(sink: &mut Sink<'_>, octets: &[u8]) {
    let found = armour::items(octets);
    let empty = found.is_empty();
    for item in found {
        match item {
            Item::Certificate(der) => sink.certificate(Found::default(), &der),
            Item::PublicKey(der) => sink.spki(Found::default(), &der),
            Item::Other(what) => sink.unreadable(Found::default(), what),
        }
    }
    if empty {
        sink.none_found();
    }
}

fn has_armour(octets: &[u8]) -> bool {
    memchr::memmem::find(octets, b"-BEGIN ").is_some()
}

/// Metadata or a message in base64.
fn encoded_markup(octets: &[u8]) -> Option<Vec<u8>> {
    let text = core::str::from_utf8(octets).ok().filter(|_| !has_armour(octets))?;
    armour::decode(text).filter(|decoded| decoded.starts_with(b"<"))
}

/// The certificate in a value that should be one in base64.
fn certificate_in(text: &str) -> Result<Vec<u8>, &'static str> {
    match armour::items(text.as_bytes()).into_iter().next() {
        Some(Item::Certificate(der)) => Ok(der),
        Some(Item::PublicKey(_)) => Err("a public key where a certificate belongs"),
        Some(Item::Other(what)) => Err(what),
        None => Err("nothing in it"),
    }
}
