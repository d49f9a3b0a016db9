//! Rotation on paper.

use super::json::Finding;
use super::{SCHEMA, document, plain, short};
use crate::certs::{Slot, SlotKey, Survey};
use crate::diagnosis::{Catalogue, Provider};
use crate::error::Severity;
use core::cmp::Reverse;
use core::fmt::Write as _;
use serde::Serialize;

impl Survey {
    /// The slots as text: the most urgent first, then by cut-over.
    #[must_use]
    pub fn rotation_to_human(&self) -> String {
        let catalogue = Catalogue::embedded();
        let mut slots = self.slots();
        slots.sort_by_key(|slot| (Reverse(slot.severity()), Reverse(slot.rotation()), slot.cut_over()));
        let mut text = format!("{} slots\nevaluated at {}\n", slots.len(), self.evaluated_at());
        for slot in &slots {
            let (state, role, entity) =
                (slot.rotation().as_str(), slot.role().as_str(), plain(slot.entity()));
            let _ = writeln!(text, "\n{state:<22} {role:<16} {entity}");
            if let Some(active) = slot.active() {
                let _ = writeln!(text, "  active    {}", described(active));
            }
            if let Some(next) = slot.next() {
                let _ = writeln!(text, "  next      {}", described(next));
            }
            if let Some(moment) = slot.cut_over() {
                let days = moment.seconds_since(self.evaluated_at()).div_euclid(DAY);
                let _ = writeln!(text, "  cut-over  {moment} ({days} d, {})", slot.expiry());
            }
            let _ = writeln!(text, "  do        {}", slot.rotation().action());
            for finding in slot.findings().iter().filter(|finding| finding.severity() > Severity::Note) {
                let _ = writeln!(text, "  {}     {}", finding.code(), plain(finding.why()));
                let repairs = catalogue.entry(finding.code());
                let own = Provider::of_issuer(slot.entity()).and_then(|provider| repairs?.fix(provider));
                let fix = own.or_else(|| repairs?.fix(Provider::Any)).unwrap_or_default();
                let _ = writeln!(text, "            fix: {fix}");
            }
        }
        text
    }

    /// The slots as JSON, by entity and role, indented, with a line end.
    #[must_use]
    pub fn rotation_to_json(&self) -> String {
        let slots = self.slots();
        document(&Report {
            schema: SCHEMA,
            evaluated_at: self.evaluated_at().to_string(),
            slots: slots.iter().map(entry).collect(),
        })
    }
}

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    evaluated_at: String,
    slots: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    entity: &'a str,
    role: &'static str,
    rotation: &'static str,
    action: &'static str,
    state: &'static str,
    cut_over: Option<String>,
    overlap_days: Option<i64>,
    active: Option<&'a str>,
    next: Option<&'a str>,
    missing_at: &'a [String],
    keys: Vec<Key<'a>>,
    findings: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Key<'a> {
    spki_sha256: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    not_before: Option<String>,
    not_after: Option<String>,
    published: bool,
    trusted_by: Vec<&'a str>,
}

fn entry(slot: &Slot) -> Entry<'_> {
    Entry {
        entity: slot.entity(),
        role: slot.role().as_str(),
        rotation: slot.rotation().as_str(),
        action: slot.rotation().action(),
        state: slot.expiry().as_str(),
        cut_over: slot.cut_over().map(|moment| moment.to_string()),
        overlap_days: slot.overlap_seconds().map(|seconds| seconds.div_euclid(DAY)),
        active: slot.active().map(SlotKey::spki_sha256),
        next: slot.next().map(SlotKey::spki_sha256),
        missing_at: slot.missing_at(),
        keys: slot.keys().iter().map(key).collect(),
        findings: slot.findings().iter().map(Finding::from).collect(),
    }
}

fn key(key: &SlotKey) -> Key<'_> {
    Key {
        spki_sha256: key.spki_sha256(),
        kid: key.kid(),
        not_before: key.not_before().map(|moment| moment.to_string()),
        not_after: key.not_after().map(|moment| moment.to_string()),
        published: key.is_published(),
        trusted_by: key.trusted_by().collect(),
    }
}

fn described(key: &SlotKey) -> String {
    let end = key.not_after().map_or("no expiry".to_owned(), |end| format!("until {end}"));
    let published = if key.is_published() { "published" } else { "not published" };
    let holders: Vec<String> = key.trusted_by().map(plain).collect();
    let trusted = if holders.is_empty() {
        "trusted nowhere".to_owned()
    } else {
        format!("trusted by {}", holders.join(", "))
    };
    format!("{}  {end}  {published}, {trusted}", short(key.spki_sha256()))
}

const DAY: i64 = 86_400;
