//! The JSON of `bonafide/1` for keys: stable order of members, the same bytes for the same survey.

use super::{Owner, days_left, role};
use crate::certs::record::KeyFinding;
use crate::certs::{State, Survey, Surveyed};
use crate::characters::escape_hidden_json;
use serde::Serialize;
use std::collections::BTreeMap;

impl Survey {
    /// The report as JSON, indented, with a line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        document(&Report {
            schema: SCHEMA,
            evaluated_at: self.evaluated_at().to_string(),
            items: self.items().iter().map(entry).collect(),
            summary: Counts(self),
            owners: self.owners(),
        })
    }

    /// The report as lines of JSON: one for each item, in the order in which they were read, then one with the summary.
    #[must_use]
    pub fn to_ndjson(&self) -> String {
        let evaluated_at = self.evaluated_at().to_string();
        let mut text = String::new();
        for item in self.items() {
            line(&mut text, &Line { schema: SCHEMA, evaluated_at: &evaluated_at, rest: entry(item) });
        }
        let rest = Total { summary: Counts(self), owners: self.owners() };
        line(&mut text, &Line { schema: SCHEMA, evaluated_at: &evaluated_at, rest });
        text
    }
}

/// A report as indented JSON. Characters that could steer a terminal or hide text stand as `\u` escapes.
pub(in crate::certs) fn document(report: &impl Serialize) -> String {
    escape_hidden_json(&serde_json::to_string_pretty(report).unwrap_or_default()) + "\n"
}

fn line(text: &mut String, report: &impl Serialize) {
    text.push_str(&escape_hidden_json(&serde_json::to_string(report).unwrap_or_default()));
    text.push('\n');
}

/// One line of a report.
#[derive(Serialize)]
struct Line<'a, T> {
    schema: &'static str,
    evaluated_at: &'a str,
    #[serde(flatten)]
    rest: T,
}

#[derive(Serialize)]
struct Total<'a> {
    summary: Counts<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    owners: Vec<Owner>,
}

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    evaluated_at: String,
    items: Vec<Entry<'a>>,
    summary: Counts<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    owners: Vec<Owner>,
}

#[derive(Serialize)]
pub(in crate::certs) struct Entry<'a> {
    source: &'a str,
    index: usize,
    role: Option<&'static str>,
    entity: Option<&'a str>,
    subject: Option<&'a str>,
    issuer: Option<&'a str>,
    serial: Option<&'a str>,
    not_before: Option<String>,
    not_after: Option<String>,
    days_left: Option<i64>,
    state: &'static str,
    key: Option<&'a str>,
    signature_algorithm: Option<&'a str>,
    spki_sha256: Option<&'a str>,
    cert_sha256: Option<&'a str>,
    findings: Vec<Finding<'a>>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    usage: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    side: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
pub(in crate::certs) struct Finding<'a> {
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    why: &'a str,
}

impl<'a> From<&'a KeyFinding> for Finding<'a> {
    fn from(finding: &'a KeyFinding) -> Self {
        Self {
            code: finding.code().as_str(),
            name: finding.code().name(),
            severity: finding.severity().as_str(),
            why: finding.why(),
        }
    }
}

/// How many items are in each state, the worst first.
struct Counts<'a>(&'a Survey);

impl Serialize for Counts<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(State::ALL.iter().map(|state| (state.as_str(), self.0.count(*state))))
    }
}

/// One item as reports have it.
pub(in crate::certs) fn entry(item: &Surveyed) -> Entry<'_> {
    let record = item.record();
    let certificate = record.certificate();
    Entry {
        source: record.source(),
        index: record.index(),
        role: record.role().map(|_| role(record)),
        entity: record.entity(),
        subject: certificate.map(|certificate| certificate.subject()),
        issuer: certificate.map(|certificate| certificate.issuer()),
        serial: certificate.map(|certificate| certificate.serial()),
        not_before: certificate.map(|certificate| certificate.not_before().to_string()),
        not_after: certificate.map(|certificate| certificate.not_after().to_string()),
        days_left: days_left(item),
        state: item.state().as_str(),
        key: record.key().map(|key| key.label()),
        signature_algorithm: certificate.map(|certificate| certificate.signature_algorithm()),
        spki_sha256: record.key().map(|key| key.spki_sha256()),
        cert_sha256: certificate.map(|certificate| certificate.sha256()),
        findings: item.findings().iter().map(Finding::from).collect(),
        usage: record.serves_both_uses().then_some("both"),
        kid: record.kid(),
        side: record.side().as_str(),
        holder: record.holder(),
        labels: record.labels().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
        error: record.error().map(|error| match error.location().byte_offset() {
            Some(offset) if offset > 0 => format!("{} (byte {offset})", error.what()),
            _ => error.what().to_owned(),
        }),
    }
}

pub(in crate::certs) const SCHEMA: &str = "bonafide/1";
