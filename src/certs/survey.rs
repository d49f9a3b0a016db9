//! Every item by itself, at a time.

use super::read::{Collection, Validity};
use super::record::{KeyFinding, KeyRecord, Material, Origin, Role, Side};
use super::thresholds::{Expiry, State, Thresholds};
use crate::error::{Code, Malformed, Severity};
use crate::instant::Instant;
use std::collections::{HashMap, HashSet};
use time::OffsetDateTime;

/// Reads and judges files one after another; the octets of one are dropped before the next is asked for.
///
/// An input that could not be opened comes as its error, and is one unreadable item.
pub fn survey<B: AsRef<[u8]>>(
    inputs: impl IntoIterator<Item = (Origin, Result<B, Malformed>)>,
    thresholds: &Thresholds,
    now: OffsetDateTime,
) -> Survey {
    let mut collection = Collection::new();
    for (origin, octets) in inputs {
        match octets {
            Ok(octets) => collection.read(&origin, octets.as_ref()),
            Err(error) => collection.unreadable(&origin, error),
        }
    }
    collection.survey(thresholds, now)
}

/// One key at one place, at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surveyed {
    pub(super) record: KeyRecord,
    pub(super) expiry: Option<Expiry>,
    pub(super) state: State,
    pub(super) findings: Vec<KeyFinding>,
}

impl Surveyed {
    fn new(mut record: KeyRecord, thresholds: &Thresholds, now: Instant) -> Self {
        let expiry = record
            .certificate()
            .map(|certificate| thresholds.judge(certificate.not_before(), certificate.not_after(), now));
        let state = match &record.material {
            Material::Certificate(_) => expiry.map_or(State::Unreadable, |expiry| expiry.state()),
            Material::Key(_) => State::NoExpiry,
            Material::Unreadable(_) => State::Unreadable,
        };
        let mut findings: Vec<KeyFinding> = expiry.and_then(|expiry| of_state(&expiry)).into_iter().collect();
        findings.extend(of_algorithms(&record));
        findings.extend(of_metadata(record.valid_until, now));
        findings.append(&mut record.findings);
        if let Some(error) = record.error() {
            findings.push(KeyFinding::new(error.code(), Severity::Deny, error.what()));
        }
        Self { record, expiry, state, findings }
    }

    /// The key and its place.
    #[must_use]
    pub const fn record(&self) -> &KeyRecord {
        &self.record
    }

    /// How long it still lives; `None` for a key without certificate and for what cannot be read.
    #[must_use]
    pub const fn expiry(&self) -> Option<&Expiry> {
        self.expiry.as_ref()
    }

    /// What that amounts to.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// True where certificate, fingerprint and key are not those of one key, or the private part is published.
    fn contradicts(&self) -> bool {
        let of_the_key = |code| matches!(code, Code::CK109 | Code::CK110);
        self.findings.iter().any(|finding| finding.severity() == Severity::Deny && of_the_key(finding.code()))
    }

    /// What is worth knowing about it.
    #[must_use]
    pub fn findings(&self) -> &[KeyFinding] {
        &self.findings
    }
}

fn of_state(expiry: &Expiry) -> Option<KeyFinding> {
    let end = expiry.not_after();
    let (code, severity, why) = match expiry.state() {
        State::Expired => (Code::CK101, Severity::Deny, format!("expired at {end}")),
        State::Critical => (Code::CK101, Severity::Deny, format!("expires at {end}")),
        State::Warning => (Code::CK101, Severity::Warn, format!("expires at {end}")),
        State::Notice => (Code::CK101, Severity::Note, format!("expires at {end}")),
        State::NotYetValid => {
            (Code::CK102, Severity::Warn, format!("not valid before {}", expiry.not_before()))
        }
        _ => return None,
    };
    Some(KeyFinding::new(code, severity, why))
}

fn of_metadata(valid_until: Validity, now: Instant) -> Option<KeyFinding> {
    let (severity, why) = match valid_until {
        Validity::Until(end) if now >= end => (Severity::Deny, format!("the metadata was valid until {end}")),
        Validity::Endless => (Severity::Note, "the metadata does not say until when it is valid".to_owned()),
        Validity::Until(_) | Validity::None => return None,
    };
    Some(KeyFinding::new(Code::CK108, severity, why))
}

fn of_algorithms(record: &KeyRecord) -> Vec<KeyFinding> {
    let mut findings = Vec::new();
    let Some(key) = record.key() else { return findings };
    if key.is_weak() {
        findings.push(KeyFinding::new(Code::CK103, Severity::Risk, format!("the key is {}", key.label())));
    } else if !key.is_known() {
        let why = format!("nothing here verifies with a key of the kind {}", key.label());
        findings.push(KeyFinding::new(Code::CK110, Severity::Note, why));
    }
    if let Some(certificate) = record.certificate().filter(|certificate| certificate.has_weak_signature()) {
        // A pinned key does not rest on who signed the certificate.
        let why = format!("the certificate is signed with {}", certificate.signature_algorithm());
        findings.push(KeyFinding::new(Code::CK103, Severity::Warn, why));
    }
    findings
}

/// A key that several parties publish as theirs.
fn shared(items: &mut [Surveyed]) {
    let published = |item: &Surveyed| {
        let record = item.record();
        let signs = !matches!(record.role(), Some(Role::IdpEncryption | Role::SpEncryption | Role::JwksEnc));
        let key = record.key().filter(|_| signs && record.side() == Side::Published)?;
        Some((key.spki_sha256().to_owned(), record.entity()?.to_owned()))
    };
    let mut owners: HashMap<String, String> = HashMap::new();
    let mut several: HashSet<String> = HashSet::new();
    for (key, entity) in items.iter().filter_map(published) {
        let first = owners.entry(key.clone()).or_insert_with(|| entity.clone());
        if *first != entity {
            several.insert(key);
        }
    }
    for item in items.iter_mut().filter(|item| published(item).is_some_and(|(key, _)| several.contains(&key)))
    {
        let why = "more than one entity publishes this key";
        item.findings.push(KeyFinding::new(Code::CK109, Severity::Note, why));
    }
}

/// Everything that was read, at a time, in the order in which it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    pub(super) items: Vec<Surveyed>,
    pub(super) thresholds: Thresholds,
    pub(super) now: Instant,
}

impl Survey {
    pub(super) fn new(records: Vec<KeyRecord>, thresholds: &Thresholds, now: Instant) -> Self {
        let mut items: Vec<Surveyed> =
            records.into_iter().map(|record| Surveyed::new(record, thresholds, now)).collect();
        shared(&mut items);
        Self { items, thresholds: *thresholds, now }
    }

    /// Every item, in the order in which it was read.
    #[must_use]
    pub fn items(&self) -> &[Surveyed] {
        &self.items
    }

    /// When it was judged.
    #[must_use]
    pub const fn evaluated_at(&self) -> Instant {
        self.now
    }

    /// How many items are in a state.
    #[must_use]
    pub fn count(&self, state: State) -> usize {
        self.items.iter().filter(|item| item.state == state).count()
    }

    /// Every item, the worst state first, then by the end of validity, then in the order in which it was read.
    #[must_use]
    pub fn by_urgency(&self) -> Vec<&Surveyed> {
        let mut items: Vec<&Surveyed> = self.items.iter().collect();
        items.sort_by_key(|item| {
            (
                core::cmp::Reverse(item.state),
                item.expiry.map_or(i64::MAX, |expiry| expiry.not_after().unix_seconds()),
            )
        });
        items
    }

    /// What a script goes by: 0 good, notice and no expiry; 1 warning, not yet valid, or unreadable among readable; 2 critical
    /// and expired, and key material that contradicts itself or is published with its private part; 3 nothing readable.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        if self.items.iter().all(|item| item.state == State::Unreadable) {
            return 3;
        }
        let code = |item: &Surveyed| match item.state {
            State::Unreadable => 1,
            _ if item.contradicts() => 2,
            State::Good | State::Notice | State::NoExpiry => 0,
            State::Warning | State::NotYetValid => 1,
            State::Critical | State::Expired => 2,
        };
        self.items.iter().map(code).max().unwrap_or(3)
    }
}
