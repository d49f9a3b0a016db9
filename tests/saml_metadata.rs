//! `TrustedIdp::from_metadata` over `testdata/saml/metadata`: which documents describe an identity provider, and why not.

use bonafide::saml::TrustedIdp;
use serde_json::Value as Json;
use std::path::Path;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

#[test]
fn every_document_gives_its_verdict() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/saml");
    let index: Json =
        serde_json::from_str(&std::fs::read_to_string(folder.join("metadata.json")).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for vector in index.as_array().unwrap() {
        let file = vector["file"].as_str().unwrap();
        let octets = std::fs::read(folder.join(file)).unwrap();
        let now = vector["now"].as_str().unwrap_or("2026-01-01T00:00:00Z");
        let now = OffsetDateTime::parse(now, &Rfc3339).unwrap();
        let expect = &vector["expect"];
        if NOT_HERE.iter().any(|(check, _)| named(expect, check)) {
            continue;
        }
        let found = TrustedIdp::from_metadata(&octets, now);
        let good = match &found {
            Ok(idp) => {
                let accept = &expect["accept"];
                accept["entity_id"].as_str() == Some(idp.entity_id())
                    && accept["keys"].as_u64() == u64::try_from(idp.keys().count()).ok()
            }
            Err(error) => {
                let name = Json::from(error.check().name());
                expect["reject"] == name
                    || [&expect["reject_any"], &expect["or_reject_any"]]
                        .iter()
                        .any(|any| any.as_array().is_some_and(|any| any.contains(&name)))
            }
        };
        if !good {
            wrong.push(format!("{file}: expected {expect}, found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Rules that a `TrustedIdp` does not need, with why.
const NOT_HERE: &[(&str, &str)] = &[
    ("MetaEndpointInvalid", "a TrustedIdp has no endpoints"),
    (
        "WeakKey",
        "the strength of a key is judged when a signature is, so that a dated exception can allow it",
    ),
];

fn named(expect: &Json, check: &str) -> bool {
    expect["reject"] == check
        || expect["reject_any"].as_array().is_some_and(|any| any.contains(&Json::from(check)))
}
