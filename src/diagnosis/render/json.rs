//! The JSON of `bonafide/1`: stable order of keys, the same bytes for the same input.

use super::Context;
use crate::characters::escape_hidden_json;
use crate::diagnosis::{Catalogue, Claims, Diagnosis, Finding, NotApplicable, Provider, Redactor, Skipped};
use crate::error::{Class, Location};
use serde::ser::{Serialize, SerializeMap, Serializer};

impl Diagnosis {
    /// The report as JSON, indented, with a line end.
    #[must_use]
    pub fn to_json(&self, context: &Context, redactor: &Redactor) -> String {
        let catalogue = Catalogue::embedded();
        let report = Report {
            schema: SCHEMA,
            input: Input { kind: &context.kind, decoded: &context.decoded, sha256: &context.sha256 },
            evaluated_at: context.evaluated_at.to_string(),
            time_source: context.time_source.as_str(),
            verdict: self.verdict().as_str(),
            findings: self.findings().iter().map(|finding| entry(finding, &catalogue, redactor)).collect(),
            passed: self.passed().iter().map(|code| code.as_str()).collect(),
            skipped: self.skipped().iter().map(|skipped| gap(skipped, context)).collect(),
            not_applicable: self.not_applicable().iter().map(inapplicable).collect(),
            claims: self.claims().map(|claims| shown(claims, redactor)),
            mapping: Members(
                self.attached_json(redactor)
                    .map(|(name, mut value)| {
                        // A dependency of the feature `decryption` makes serde_json keep the order of insertion.
                        value.sort_all_objects();
                        (name.to_owned(), value)
                    })
                    .into_iter()
                    .collect(),
            ),
        };
        let mut text = serde_json::to_string_pretty(&report).unwrap_or_default();
        text.push('\n');
        escape_hidden_json(&text)
    }
}

#[derive(serde::Serialize)]
struct Report<'a> {
    schema: &'static str,
    input: Input<'a>,
    evaluated_at: String,
    time_source: &'static str,
    verdict: &'static str,
    findings: Vec<Entry<'a>>,
    passed: Vec<&'static str>,
    skipped: Vec<Gap>,
    not_applicable: Vec<Inapplicable>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<Shown>,
    #[serde(flatten)]
    mapping: Members<serde_json::Value>,
}

#[derive(serde::Serialize)]
struct Input<'a> {
    kind: &'a str,
    decoded: &'a [String],
    sha256: &'a str,
}

#[derive(serde::Serialize)]
struct Entry<'a> {
    code: &'static str,
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<&'static str>,
    severity: &'static str,
    at: String,
    provenance: &'static str,
    seen: Vec<String>,
    expected: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delta: Option<&'static str>,
    why: &'a str,
    fix: Members<String>,
    caused_by: Vec<&'static str>,
}

#[derive(serde::Serialize)]
struct Gap {
    code: &'static str,
    needs: String,
}

#[derive(serde::Serialize)]
struct Inapplicable {
    code: &'static str,
    why: &'static str,
}

#[derive(serde::Serialize)]
struct Shown {
    issuer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_format: Option<String>,
    attributes: Members<Vec<Option<String>>>,
}

/// An object whose members stay in the order in which they were put.
struct Members<T>(Vec<(String, T)>);

impl<T: Serialize> Serialize for Members<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

fn entry<'a>(finding: &'a Finding, catalogue: &Catalogue, redactor: &Redactor) -> Entry<'a> {
    let code = finding.code();
    let repairs = Provider::ALL.iter().filter_map(|provider| {
        let fix = match (finding.own_fix(), *provider) {
            (Some(own), Provider::Any) => own,
            (Some(_), _) => return None,
            (None, provider) => catalogue.entry(code)?.fix(provider)?,
        };
        Some((provider.key().to_owned(), fix.to_owned()))
    });
    Entry {
        code: code.as_str(),
        name: code.name(),
        check: finding.check().map(crate::check::Check::name),
        severity: finding.severity().as_str(),
        at: place(finding.location()),
        provenance: finding.provenance().as_str(),
        seen: finding.seen().iter().map(|value| redactor.show(value)).collect(),
        expected: finding.expected().iter().map(|value| redactor.show(value)).collect(),
        delta: finding.delta().map(crate::diagnosis::Delta::as_str),
        why: finding.why(),
        fix: Members(repairs.collect()),
        caused_by: finding.caused_by().iter().map(|code| code.as_str()).collect(),
    }
}

/// The path, the byte offset, or both.
pub(in crate::diagnosis) fn place(location: &Location) -> String {
    match (location.as_path(), location.byte_offset()) {
        (path, None) => path.to_owned(),
        ("", Some(offset)) => format!("byte {offset}"),
        (path, Some(offset)) => format!("{path} (byte {offset})"),
    }
}

fn gap(skipped: &Skipped, context: &Context) -> Gap {
    Gap { code: skipped.code.as_str(), needs: context.need(skipped.needs) }
}

const fn inapplicable(line: &NotApplicable) -> Inapplicable {
    Inapplicable { code: line.code.as_str(), why: line.why }
}

fn shown(claims: &Claims, redactor: &Redactor) -> Shown {
    let person = |text: &str| redactor.show_text(text, Class::Person);
    let values =
        |values: &[Option<String>]| values.iter().map(|value| value.as_deref().map(person)).collect();
    Shown {
        issuer: claims.issuer().to_owned(),
        subject: claims.subject().map(person),
        subject_format: claims.subject_format().map(str::to_owned),
        attributes: Members(
            claims.attributes().iter().map(|(name, list)| (name.clone(), values(list))).collect(),
        ),
    }
}

const SCHEMA: &str = "bonafide/1";
