//! Tests over the data files of testdata/mapping.

mod random;
mod tools;
mod values;

use super::{Mapping, Sample};
use crate::instant::Instant;
use serde_json::Value;
use time::OffsetDateTime;

pub(super) const CASES: &str = include_str!("../../../testdata/mapping/cases.json");

pub(super) fn at(text: &str) -> OffsetDateTime {
    use time::format_description::well_known::Rfc3339;
    OffsetDateTime::parse(text, &Rfc3339).unwrap()
}

pub(super) struct Case {
    pub(super) id: String,
    pub(super) now: OffsetDateTime,
    pub(super) mapping: Mapping,
    pub(super) sample: Value,
}

pub(super) fn cases() -> Vec<Case> {
    let file: Value = serde_json::from_str(CASES).unwrap();
    let read = |case: &Value| {
        let id = case["id"].as_str().unwrap().to_owned();
        let written = match &case["mapping"] {
            Value::String(name) => &file["mappings"][name],
            own => own,
        };
        let mapping = Mapping::from_json(&written.to_string())
            .unwrap_or_else(|error| panic!("{id}: {error} {:?} {:?}", error.location(), shown(&error)));
        Case { id, now: at(case["now"].as_str().unwrap()), mapping, sample: case["sample"].clone() }
    };
    file["cases"].as_array().unwrap().iter().map(read).collect()
}

pub(super) fn shown(error: &crate::error::Malformed) -> String {
    match error.reason() {
        crate::error::Reason::Found { found, .. } => found.as_str().to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn every_case_ends_as_its_file_says() {
    let cases = cases();
    assert!(cases.len() > 150);
    let mut failed = Vec::new();
    for case in &cases {
        let sample = Sample::from_value(case.sample.clone())
            .unwrap_or_else(|error| panic!("{}: {}", case.id, shown(&error)));
        assert!(sample.expect().is_some(), "{}", case.id);
        let tested = case.mapping.test(&sample, case.now);
        if !tested.passed() {
            failed.push(format!("{}: {:?}", case.id, tested.differences));
        }
    }
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn ids_are_unique() {
    let mut ids: Vec<String> = cases().into_iter().map(|case| case.id).collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn a_grant_ends_at_midnight() {
    assert_eq!(Instant::from(at("2026-12-31T00:00:00Z")).to_string(), "2026-12-31T00:00:00Z");
}
