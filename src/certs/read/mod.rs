//! From octets of any form to one record per key. An item that cannot be read is one record too, and hides nothing.

mod aggregate;
mod jwks;
mod pem;
mod saml;

use super::record::{KeyFinding, KeyRecord, Material, Origin, Role};
use super::survey::Survey;
use super::thresholds::Thresholds;
use crate::check::Check;
use crate::crypto::{CertificateFacts, KeyFacts};
use crate::encoding::der::{self, Reader};
use crate::error::{Location, Malformed, Protocol};
use crate::instant::Instant;
use crate::limits::SURVEYED_KEYS;
use ring::digest::{SHA256, digest};
use std::borrow::Cow;
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
    let octets = &*from_utf16(octets);
    let octets = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
    let trimmed = octets.trim_ascii_start();
    match trimmed.first() {
        None => sink.unreadable(Found::default(), "nothing in it"),
        _ if is_der(octets) => der(sink, octets),
        Some(b'<') => saml::read(sink, trimmed),
        Some(b'{' | b'[')
            if !pem::is_pem(octets) || serde_json::from_slice::<serde::de::IgnoredAny>(octets).is_ok() =>
        {
            jwks::read(sink, trimmed);
        }
        _ if pem::is_pem(octets) => pem::read(sink, octets),
        _ => base64(sink, octets),
    }
}

/// A SEQUENCE of a length that a text could not claim, or exactly one element.
fn is_der(octets: &[u8]) -> bool {
    match octets {
        [der::SEQUENCE, length, ..] if *length >= 0x80 => true,
        [der::SEQUENCE, ..] => {
            let mut reader = Reader::new(octets);
            reader.any().is_some() && reader.rest().is_empty()
        }
        _ => false,
    }
}

/// Tools on Windows write text as UTF-16.
fn from_utf16(octets: &[u8]) -> Cow<'_, [u8]> {
    let (units, read): (_, fn([u8; 2]) -> u16) = match octets {
        [0xff, 0xfe, units @ ..] => (units, u16::from_le_bytes),
        [0xfe, 0xff, units @ ..] => (units, u16::from_be_bytes),
        _ => return Cow::Borrowed(octets),
    };
    let units = units.chunks_exact(2).map(|pair| read(<[u8; 2]>::try_from(pair).unwrap_or_default()));
    Cow::Owned(
        char::decode_utf16(units)
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect::<String>()
            .into_bytes(),
    )
}

/// DER elements one after another.
fn der(sink: &mut Sink<'_>, octets: &[u8]) {
    let mut reader = Reader::new(octets);
    let padding = octets.iter().rev().take_while(|octet| matches!(octet, 0 | b'\r' | b'\n' | b' ')).count();
    while reader.rest().len() > padding {
        let Some(element) = reader.any() else {
            let what = if reader.rest().first() == Some(&der::SEQUENCE) {
                "cut off"
            } else {
                "octets that are no certificate"
            };
            return sink.unreadable(Found::default(), what);
        };
        one_der(sink, element);
    }
}

fn one_der(sink: &mut Sink<'_>, element: der::Element<'_>) {
    let mut parts = element.inside();
    let kinds = (parts.any().map(|first| first.tag), parts.any().map(|second| second.tag));
    match kinds {
        (Some(der::OID), _) => pkcs7(sink, element),
        (Some(der::SEQUENCE), Some(der::BIT_STRING)) => sink.spki(Found::default(), element.raw),
        (Some(der::INTEGER), Some(der::SEQUENCE)) if element.content.get(2) == Some(&3) => {
            sink.unreadable(
                Found::default(),
                "PKCS#12, which needs a password; export the certificate by itself",
            );
        }
        (Some(der::INTEGER), _) => {
            sink.unreadable(Found::default(), "a private key; give the certificate");
        }
        _ => sink.certificate(Found::default(), element.raw),
    }
}

/// The certificates of a SignedData (RFC 2315 section 9.1, RFC 5652 section 5.1).
fn pkcs7(sink: &mut Sink<'_>, element: der::Element<'_>) {
    let mut content = element.inside();
    let kind = content.next(der::OID).map(|oid| oid.content);
    let signed = content.next(der::CONTEXT_0).and_then(|content| content.inside().next(der::SEQUENCE));
    let Some(signed) = signed.filter(|_| kind == Some(SIGNED_DATA)) else {
        return sink.unreadable(Found::default(), "PKCS#7 of another kind than signed data");
    };
    let mut fields = signed.inside();
    let head = [der::INTEGER, der::SET, der::SEQUENCE].map(|tag| fields.next(tag).is_some());
    if head != [true; 3] {
        return sink.unreadable(Found::default(), "PKCS#7 that cannot be read");
    }
    let Some(certificates) = fields.next(der::CONTEXT_0) else {
        return sink.unreadable(Found::default(), "PKCS#7 without certificates");
    };
    let before = sink.count;
    let mut certificates = certificates.inside();
    while !certificates.rest().is_empty() {
        match certificates.any() {
            Some(certificate) if certificate.tag == der::SEQUENCE => {
                sink.certificate(Found::default(), certificate.raw);
            }
            // Attribute certificates and other kinds have tags of their own.
            Some(_) => {}
            None => return sink.unreadable(Found::default(), "PKCS#7 that is cut off"),
        }
    }
    if sink.count == before {
        sink.none_found();
    }
}

/// The whole text as base64, or each of several parts between empty lines.
fn base64(sink: &mut Sink<'_>, octets: &[u8]) {
    let text = String::from_utf8_lossy(octets).replace('\r', "");
    for part in text.split("\n\n").filter(|part| !part.trim().is_empty()) {
        let decoded = pem::decode_twice(part);
        match decoded.as_deref().map(|decoded| (decoded, decoded.first())) {
            Some((decoded, Some(&der::SEQUENCE))) => der(sink, decoded),
            Some((decoded, Some(b'<'))) => saml::read(sink, decoded),
            _ => sink.unreadable(Found::default(), "not a certificate, key set, metadata or message"),
        }
    }
}

const SIGNED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
