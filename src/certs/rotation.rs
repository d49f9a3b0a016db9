//! Where the keys of one party stand on their way from one to the next, and when the switch comes.
//!
//! A login does not break when a certificate expires but when the owner signs with a key that the other side does not trust.

use super::record::{KeyFinding, KeyRecord, Role, Side};
use super::survey::Survey;
use super::thresholds::{DAY, State, Thresholds};
use crate::diagnosis::Provider;
use crate::error::{Code, Severity};
use crate::instant::Instant;
use std::collections::{BTreeMap, BTreeSet};
use time::Duration;

/// Where a slot stands, the least urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RotationState {
    /// One key, and time enough.
    Steady,
    /// The next key stands on both sides.
    Ready,
    /// Only one side was supplied, so that nobody can say whether the next key stands on both.
    UnknownSide,
    /// A retired key is trusted for more than 30 days after the switch.
    Cleanup,
    /// One key inside the notice window, and no next one.
    Plan,
    /// The relying party has the next key, its owner does not publish it.
    TrustedNotPublished,
    /// One key inside the warning window or beyond, and no next one that takes over in time.
    NoSuccessor,
    /// A key is published that a relying party does not trust: logins fail when it is used.
    PublishedNotTrusted,
}

impl RotationState {
    /// Every state.
    pub const ALL: &'static [Self] = &[
        Self::Steady,
        Self::Ready,
        Self::UnknownSide,
        Self::Cleanup,
        Self::Plan,
        Self::TrustedNotPublished,
        Self::NoSuccessor,
        Self::PublishedNotTrusted,
    ];

    /// The word for it in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Steady => "steady",
            Self::Ready => "ready",
            Self::UnknownSide => "unknown-side",
            Self::Cleanup => "cleanup",
            Self::Plan => "plan",
            Self::TrustedNotPublished => "trusted-not-published",
            Self::NoSuccessor => "no-successor",
            Self::PublishedNotTrusted => "published-not-trusted",
        }
    }

    /// What to do.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::Steady => "nothing",
            Self::Ready => "activate the next key before the cut-over date",
            Self::UnknownSide => {
                "supply the other side: the metadata or key set of the owner, or the trust of the relying party"
            }
            Self::Cleanup => "remove the retired key wherever it is trusted",
            Self::Plan => "make the next key",
            Self::TrustedNotPublished => "publish and activate the next key at its owner",
            Self::NoSuccessor => "make the next key now, publish it, and let the relying parties import it",
            Self::PublishedNotTrusted => "import the published key into every trust before it is activated",
        }
    }
}

/// One key of a slot, whatever certificates it came in and wherever it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotKey {
    spki_sha256: String,
    not_before: Option<Instant>,
    not_after: Option<Instant>,
    kid: Option<String>,
    published: bool,
    holders: BTreeSet<String>,
}

impl SlotKey {
    /// SHA-256 of the SubjectPublicKeyInfo: the identity of the key.
    #[must_use]
    pub fn spki_sha256(&self) -> &str {
        &self.spki_sha256
    }

    /// From when it is valid, by the certificate that lasts longest.
    #[must_use]
    pub const fn not_before(&self) -> Option<Instant> {
        self.not_before
    }

    /// Until when it is valid; `None` for a key without certificate.
    #[must_use]
    pub const fn not_after(&self) -> Option<Instant> {
        self.not_after
    }

    /// The key id, where a key set gives one.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// True when its owner publishes it.
    #[must_use]
    pub const fn is_published(&self) -> bool {
        self.published
    }

    /// The relying parties that trust it.
    pub fn trusted_by(&self) -> impl Iterator<Item = &str> {
        self.holders.iter().map(String::as_str)
    }

    fn is_trusted(&self) -> bool {
        !self.holders.is_empty()
    }

    /// The order in which keys take over. Keys without certificate come last: nobody knows when they do.
    fn order(&self) -> (bool, Option<Instant>, Option<Instant>, &str) {
        (self.not_before.is_none(), self.not_before, self.not_after, &self.spki_sha256)
    }

    fn ends(&self) -> Instant {
        self.not_after.unwrap_or(Instant::from_unix(i64::MAX, 0))
    }

    fn begins(&self) -> Instant {
        self.not_before.unwrap_or(Instant::from_unix(i64::MIN, 0))
    }
}

/// The keys of one party for one purpose, on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    entity: String,
    role: Role,
    keys: Vec<SlotKey>,
    active: Option<usize>,
    next: Option<usize>,
    cut_over: Option<Instant>,
    overlap: Option<i64>,
    missing: Vec<String>,
    rotation: RotationState,
    expiry: State,
    findings: Vec<KeyFinding>,
}

impl Slot {
    /// Whose keys they are.
    #[must_use]
    pub fn entity(&self) -> &str {
        &self.entity
    }

    /// What they are for.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Every key, in the order in which they take over.
    #[must_use]
    pub fn keys(&self) -> &[SlotKey] {
        &self.keys
    }

    /// The key that is in use, as far as that can be told.
    #[must_use]
    pub fn active(&self) -> Option<&SlotKey> {
        self.active.and_then(|index| self.keys.get(index))
    }

    /// The key that takes over.
    #[must_use]
    pub fn next(&self) -> Option<&SlotKey> {
        self.next.and_then(|index| self.keys.get(index))
    }

    /// The last moment at which the switch is safe, or the moment at which it is predicted: whichever comes first.
    #[must_use]
    pub const fn cut_over(&self) -> Option<Instant> {
        self.cut_over
    }

    /// Seconds during which the active and the next key are both valid from now on; negative for a gap.
    #[must_use]
    pub const fn overlap_seconds(&self) -> Option<i64> {
        self.overlap
    }

    /// The relying parties that do not trust the key that they need.
    #[must_use]
    pub fn missing_at(&self) -> &[String] {
        &self.missing
    }

    /// Where the slot stands.
    #[must_use]
    pub const fn rotation(&self) -> RotationState {
        self.rotation
    }

    /// What the time until the cut-over amounts to.
    #[must_use]
    pub const fn expiry(&self) -> State {
        self.expiry
    }

    /// What is worth knowing.
    #[must_use]
    pub fn findings(&self) -> &[KeyFinding] {
        &self.findings
    }

    /// The worst severity among the findings.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        self.findings.iter().map(KeyFinding::severity).max()
    }

    fn finding(&mut self, code: Code, severity: Severity, why: impl Into<String>) {
        self.findings.push(KeyFinding::new(code, severity, why));
    }
}

impl Survey {
    /// The slots: (entity, role) with every key that is published or trusted for it, by entity and role.
    ///
    /// What is trusted without saying whose key it is belongs to the one entity that publishes that very key, else to the only
    /// entity there is.
    #[must_use]
    pub fn slots(&self) -> Vec<Slot> {
        let records =
            || self.items().iter().map(super::Surveyed::record).filter(|record| record.key().is_some());
        let mut owners: BTreeMap<&str, BTreeSet<(&str, Role)>> = BTreeMap::new();
        for record in records().filter(|record| record.side() == Side::Published) {
            let unknown = record.role().is_none().then_some(UNSTATED);
            for role in record.roles().chain(unknown) {
                let spki = record.key().map_or("", |key| key.spki_sha256());
                owners.entry(spki).or_default().insert((record.entity().unwrap_or(record.source()), role));
            }
        }
        let all: BTreeSet<(&str, Role)> = owners.values().flatten().copied().collect();
        let mut slots: BTreeMap<(String, Role), Vec<&KeyRecord>> = BTreeMap::new();
        for record in records() {
            for (entity, role) in places(record, &owners, &all) {
                slots.entry((entity.to_owned(), role)).or_default().push(record);
            }
        }
        slots
            .into_iter()
            .map(|((entity, role), records)| slot(entity, role, &records, &self.thresholds, self.now))
            .collect()
    }

    /// What a script goes by for rotation: 2 for a slot that refuses logins or soon will, 1 for one that needs work, else 0; 3
    /// without any slot.
    #[must_use]
    pub fn rotation_exit_code(slots: &[Slot]) -> u8 {
        let code = |slot: &Slot| match slot.severity() {
            Some(Severity::Deny) => 2,
            Some(Severity::Warn | Severity::Risk) => 1,
            _ => 0,
        };
        slots.iter().map(code).max().unwrap_or(3)
    }
}

/// The slots that a record belongs to.
fn places<'a>(
    record: &'a KeyRecord,
    owners: &BTreeMap<&str, BTreeSet<(&'a str, Role)>>,
    all: &BTreeSet<(&'a str, Role)>,
) -> Vec<(&'a str, Role)> {
    let fits = |(entity, role): &&(&str, Role)| {
        record.entity().is_none_or(|known| known == *entity)
            && (record.role().is_none() || record.roles().any(|r| r == *role))
    };
    if record.side() == Side::Trusted && (record.entity().is_none() || record.role().is_none()) {
        let spki = record.key().map_or("", |key| key.spki_sha256());
        let known: Vec<_> = owners.get(spki).into_iter().flatten().filter(fits).copied().collect();
        if !known.is_empty() {
            return known;
        }
        // A key that nobody publishes: it was imported for what is signed.
        let signed = |(_, role): &&(&str, Role)| {
            record.role().is_some()
                || !matches!(role, Role::IdpEncryption | Role::SpEncryption | Role::JwksEnc)
        };
        let candidates: Vec<_> = all.iter().filter(fits).filter(signed).copied().collect();
        if let [only] = candidates.as_slice() {
            return vec![*only];
        }
    }
    let entity = record.entity().unwrap_or(record.source());
    if record.role().is_none() {
        return vec![(entity, UNSTATED)];
    }
    record.roles().map(|role| (entity, role)).collect()
}

fn slot(entity: String, role: Role, records: &[&KeyRecord], thresholds: &Thresholds, now: Instant) -> Slot {
    let keys = keys(records);
    let holders: BTreeSet<String> =
        records.iter().filter(|record| record.side() == Side::Trusted).map(|record| holder(record)).collect();
    let published = keys.iter().any(SlotKey::is_published);
    let both = published && !holders.is_empty();
    let mut active = active(&keys, both, now);
    let mut next = active.and_then(|active| successor(&keys, active, now));
    let promoted =
        next.and_then(|next| promotion(&entity, keys.get(next)?)).is_some_and(|moment| moment <= now);
    if promoted {
        active = next;
        next = active.and_then(|active| successor(&keys, active, now));
    }
    let mut slot = Slot {
        entity,
        role,
        active,
        next,
        keys,
        cut_over: None,
        overlap: None,
        missing: Vec::new(),
        rotation: RotationState::Steady,
        expiry: State::NoExpiry,
        findings: Vec::new(),
    };
    predict(&mut slot, thresholds, now);
    judge(&mut slot, &holders, both, now);
    slot
}

/// One entry per key, in the order in which they take over.
fn keys(records: &[&KeyRecord]) -> Vec<SlotKey> {
    let mut keys: BTreeMap<&str, SlotKey> = BTreeMap::new();
    for record in records {
        let Some(facts) = record.key() else { continue };
        let key = keys.entry(facts.spki_sha256()).or_insert_with(|| SlotKey {
            spki_sha256: facts.spki_sha256().to_owned(),
            not_before: None,
            not_after: None,
            kid: None,
            published: false,
            holders: BTreeSet::new(),
        });
        if let Some(certificate) = record.certificate().filter(|new| Some(new.not_after()) > key.not_after) {
            key.not_before = Some(certificate.not_before());
            key.not_after = Some(certificate.not_after());
        }
        key.kid = key.kid.take().or_else(|| record.kid().map(str::to_owned));
        match record.side() {
            Side::Published => key.published = true,
            Side::Trusted => {
                key.holders.insert(holder(record));
            }
        }
    }
    let mut keys: Vec<SlotKey> = keys.into_values().collect();
    keys.sort_by(|a, b| a.order().cmp(&b.order()));
    keys
}

fn holder(record: &KeyRecord) -> String {
    record.holder().unwrap_or(record.source()).to_owned()
}

/// The key in use: published where that side is known, valid, trusted where possible, the oldest of these.
fn active(keys: &[SlotKey], both: bool, now: Instant) -> Option<usize> {
    let any_published = keys.iter().any(SlotKey::is_published);
    let rank = |key: &SlotKey| {
        let valid = key.begins() <= now && now <= key.ends();
        (any_published && !key.published, !valid, both && !key.is_trusted())
    };
    let best = keys.iter().map(rank).min()?;
    // Among keys that have all ended, the last one; among others, the first.
    let mut equal = keys.iter().enumerate().filter(|(_, key)| rank(key) == best);
    let ended = keys.iter().filter(|key| rank(key) == best).all(|key| key.ends() < now);
    if ended { equal.next_back() } else { equal.next() }.map(|(index, _)| index)
}

/// The key that takes over: the next one that lasts longer, of those that its owner publishes if there are any.
fn successor(keys: &[SlotKey], active: usize, now: Instant) -> Option<usize> {
    let current = keys.get(active)?;
    let lasts = |key: &SlotKey| key.ends() > current.ends() && key.ends() >= now;
    let unbounded = |key: &SlotKey| key.not_after.is_none() && current.not_after.is_none();
    let candidate = |(index, key): &(usize, &SlotKey)| *index != active && (lasts(key) || unbounded(key));
    let published = keys.iter().enumerate().find(|found| found.1.published && candidate(found));
    published.or_else(|| keys.iter().enumerate().find(candidate)).map(|(index, _)| index)
}

/// When a product that switches by itself will use a published key.
fn promotion(entity: &str, next: &SlotKey) -> Option<Instant> {
    let switches = Provider::of_issuer(entity) == Some(Provider::Adfs) && next.published;
    let promoted = |from: Instant| from.plus(Duration::seconds(ADFS_PROMOTION.saturating_mul(DAY)));
    next.not_before.filter(|_| switches).map(promoted)
}

/// The cut-over date, what is left until then, and the overlap.
fn predict(slot: &mut Slot, thresholds: &Thresholds, now: Instant) {
    let Some(active) = slot.active().cloned() else { return };
    let next = slot.next().cloned();
    let Some(end) = active.not_after else { return };
    let days = |count: i64| Duration::seconds(count.saturating_mul(DAY));
    let predicted = match (Provider::of_issuer(&slot.entity), &next) {
        (_, Some(next)) => promotion(&slot.entity, next),
        // The next certificate does not exist yet; it will be made and used on these days, unless roll-over is turned off.
        (Some(Provider::Adfs), None) => Some(end.minus(days(ADFS_GENERATION.saturating_sub(ADFS_PROMOTION))))
            .filter(|moment| *moment >= now),
        _ => None,
    };
    let cut_over = predicted.map_or(end, |moment| moment.min(end));
    slot.cut_over = Some(cut_over);
    slot.expiry = thresholds.band(cut_over.seconds_since(now), end.seconds_since(active.begins()));
    slot.overlap = next.map(|next| end.min(next.ends()).seconds_since(now.max(next.begins())));
    if cut_over < end && slot.expiry != State::Good {
        let why =
            format!("AD FS is predicted to switch at {cut_over}; the active certificate expires at {end}");
        slot.finding(Code::CK106, Severity::Warn, why);
    }
}

fn judge(slot: &mut Slot, holders: &BTreeSet<String>, both: bool, now: Instant) {
    let Some(active) = slot.active().cloned() else { return };
    let expiry = slot.expiry;
    let lacking = |key: &SlotKey| -> Vec<String> {
        if both { holders.difference(&key.holders).cloned().collect() } else { Vec::new() }
    };
    if active.published && !lacking(&active).is_empty() {
        slot.missing = lacking(&active);
        slot.rotation = RotationState::PublishedNotTrusted;
        let why = format!("the published key is not trusted by {}: logins fail now", slot.missing.join(", "));
        return slot.finding(Code::CK105, Severity::Deny, why);
    }
    let gap = slot.overlap.is_some_and(|overlap| overlap < 0);
    slot.rotation = match slot.next().cloned() {
        None => match expiry {
            State::Good | State::NoExpiry => RotationState::Steady,
            State::Notice => RotationState::Plan,
            _ => RotationState::NoSuccessor,
        },
        Some(next) if both && next.published && !lacking(&next).is_empty() => {
            slot.missing = lacking(&next);
            RotationState::PublishedNotTrusted
        }
        Some(next) if both && !next.published => RotationState::TrustedNotPublished,
        Some(_) if gap => RotationState::NoSuccessor,
        Some(_) if both => RotationState::Ready,
        Some(_) => RotationState::UnknownSide,
    };
    let urgent = matches!(expiry, State::Critical | State::Expired);
    if gap {
        let why = "the active key ends before the next one begins: logins fail in between";
        slot.finding(Code::CK104, Severity::Deny, why);
    }
    match slot.rotation {
        RotationState::NoSuccessor if gap => {}
        RotationState::NoSuccessor => {
            let severity = if urgent { Severity::Deny } else { Severity::Warn };
            slot.finding(Code::CK104, severity, "the active key ends soon and there is no next one");
        }
        RotationState::Plan => {
            slot.finding(
                Code::CK104,
                Severity::Note,
                "the active key ends within the notice window and there is no next one",
            );
        }
        RotationState::PublishedNotTrusted => {
            let why = format!("the next key is published but not trusted by {}", slot.missing.join(", "));
            slot.finding(Code::CK105, Severity::Deny, why);
        }
        RotationState::TrustedNotPublished if urgent => {
            let severity = Severity::Deny;
            slot.finding(Code::CK104, severity, "the next key is trusted but its owner does not publish it");
        }
        RotationState::Ready | RotationState::UnknownSide => {
            let overlap = slot.overlap.filter(|overlap| *overlap < ENOUGH_OVERLAP.saturating_mul(DAY));
            if let Some(overlap) = overlap {
                let why = format!("both keys are valid together for {} days only", overlap.div_euclid(DAY));
                slot.finding(Code::CK104, if urgent { Severity::Deny } else { Severity::Warn }, why);
            }
        }
        _ => {}
    }
    clean_up(slot, &active, now);
}

/// Keys that are still trusted long after another one took over.
fn clean_up(slot: &mut Slot, active: &SlotKey, now: Instant) {
    let published = slot.keys.iter().any(SlotKey::is_published);
    let retired: Vec<SlotKey> = slot
        .keys
        .iter()
        .filter(|key| {
            key.is_trusted() && key.spki_sha256 != active.spki_sha256 && key.order() < active.order()
        })
        .filter(|key| {
            // It has ended, or its owner does not publish it any more: then the switch came when the active key began.
            let withdrawn = published && !key.published;
            let switched = if withdrawn { key.ends().min(active.begins()) } else { key.ends() };
            now.seconds_since(switched) > RETIRED_FOR.saturating_mul(DAY)
        })
        .cloned()
        .collect();
    for key in &retired {
        let holders: Vec<&str> = key.trusted_by().collect();
        let short = key.spki_sha256.get(..12).unwrap_or_default();
        let why = format!("the retired key {short} is still trusted by {}", holders.join(", "));
        slot.finding(Code::CK107, Severity::Risk, why);
    }
    if !retired.is_empty() {
        slot.rotation = slot.rotation.max(RotationState::Cleanup);
    }
}

/// What a key is for of which nobody says so: it is the one that certificates are handed around for.
const UNSTATED: Role = Role::IdpSigning;

/// AD FS makes the next certificate that many days before the active one ends (CertificateGenerationThreshold) ..
const ADFS_GENERATION: i64 = 20;
/// .. and uses it that many days later (CertificatePromotionThreshold).
const ADFS_PROMOTION: i64 = 5;
/// Days during which both keys should be valid.
const ENOUGH_OVERLAP: i64 = 14;
/// Days after which a retired key should not be trusted any more.
const RETIRED_FOR: i64 = 30;
