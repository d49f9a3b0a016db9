//! Signed metadata: rows SM of the attack catalogue (`testdata/metadata`, signed by xmlsec1), other people's documents, and
//! agreement of decision and explanation.

use bonafide::Validated;
use bonafide::crypto::TrustedKeys;
use bonafide::diagnosis::Verdict;
use bonafide::error::Error;
use bonafide::saml::metadata::{
    self, Expected, Metadata, MetadataPolicy, Shape, UntrustedMetadata, Validity,
};
use serde_json::{Value as Json, json};
use shared::{entries, name, shared};
use std::path::{Path, PathBuf};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

#[allow(dead_code)]
#[path = "support/shared.rs"]
mod shared;

const NOW: OffsetDateTime = datetime!(2026-01-01 00:00:00 UTC);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/metadata")
}

fn publisher() -> TrustedKeys {
    let certificate = folder().join("../saml/keys/k.crt");
    TrustedKeys::from_pem(&std::fs::read_to_string(certificate).unwrap()).unwrap()
}

fn vectors() -> Vec<Json> {
    serde_json::from_str(&std::fs::read_to_string(folder().join("vectors.json")).unwrap()).unwrap()
}

fn policy(vector: &Json) -> MetadataPolicy {
    let expected = vector["expect_entity"]
        .as_str()
        .map_or(Expected::Anything, |entity_id| Expected::Entity(entity_id.to_owned()));
    MetadataPolicy::new(expected, Validity::Within(Duration::days(30))).unwrap()
}

fn octets(vector: &Json) -> Vec<u8> {
    std::fs::read(folder().join(vector["file"].as_str().unwrap())).unwrap()
}

/// The document, and then the one identity provider in it, or the one that all vectors are about.
fn run(vector: &Json) -> Result<(Validated<Metadata>, usize), Error> {
    let metadata = metadata::validate(&octets(vector), &publisher(), &policy(vector), NOW)?;
    let entity_id = metadata.entities.first().unwrap().entity_id.clone();
    let keys = metadata.identity_provider(&entity_id, NOW)?.keys().count();
    Ok((metadata, keys))
}

#[test]
fn every_vector_gives_its_verdict() {
    let mut wrong = Vec::new();
    for vector in vectors() {
        let found = match run(&vector) {
            Ok((metadata, keys)) => {
                json!({ "accept": { "entities": metadata.entities.len(), "keys": keys } })
            }
            Err(error) => json!({ "reject": error.check().name() }),
        };
        if found != vector["expect"] {
            wrong.push(format!("{}: expected {}, found {found}", vector["file"], vector["expect"]));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(vectors().len() >= 50);
}

#[test]
fn decision_and_explanation_agree() {
    for vector in vectors() {
        let octets = octets(&vector);
        let first = UntrustedMetadata::read(&octets).ok();
        let first = first.as_ref().and_then(|m| Some(m.untrusted().entities.first()?.entity_id.clone()));
        let diagnosis =
            metadata::explain(&octets, Some(&publisher()), &policy(&vector), first.as_deref(), NOW);
        match run(&vector) {
            Ok(_) => assert_eq!(diagnosis.verdict(), Verdict::Accepted, "{vector}: {diagnosis:?}"),
            // An explanation takes a service provider for what it is.
            Err(error) if error.check().name() == "MetaRoleMissing" && vector["file"] == "sp-only.xml" => {}
            Err(error) => {
                assert_eq!(diagnosis.verdict(), Verdict::Denied, "{vector}");
                let named = diagnosis.findings().iter().any(|finding| finding.check() == error.check());
                assert!(named, "{vector}: {} is not among {:?}", error.check(), diagnosis.findings());
            }
        }
        let text = run(&vector).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(text.len() <= 256 && !text.contains("idp.test"), "{text}");
    }
}

/// Metadata that the other implementations signed: each verifies with the certificate that signed it, and with no other.
#[test]
fn signed_by_others() {
    let Some(interop) = shared("interop") else { return };
    let mut verified = 0;
    for peer in entries(&interop) {
        for file in entries(&peer) {
            let name = name(&file);
            if !name.contains("metadata") || !name.ends_with("signed.xml") {
                continue;
            }
            let octets = std::fs::read(&file).unwrap();
            let policy = MetadataPolicy::new(Expected::Anything, Validity::WherePresent).unwrap();
            let mut outcomes = Vec::new();
            for certificate in
                entries(&peer).iter().filter(|path| path.extension().is_some_and(|e| e == "crt"))
            {
                let Ok(keys) = TrustedKeys::from_pem(&std::fs::read_to_string(certificate).unwrap()) else {
                    continue;
                };
                let outcome = metadata::validate(&octets, &keys, &policy, NOW);
                outcomes.push(outcome.map(|_| ()).map_err(|error| error.check().name()));
            }
            println!("{}: {outcomes:?}", file.display());
            let good = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
            assert_eq!(good, 1, "{}: {outcomes:?}", file.display());
            verified += 1;
        }
    }
    println!("{verified} signed documents of other implementations");
}

/// Other people's metadata is read or refused by a named rule; nothing panics, and what is read is complete.
#[test]
fn the_corpus_is_read() {
    let Some(corpus) = shared("corpus/saml") else { return };
    let (mut read, mut refused) = (0, Vec::new());
    for group in ["metadata-unsigned", "valid"] {
        for entry in entries(&corpus.join(group)) {
            let Ok(octets) = std::fs::read(entry.join("metadata.xml")) else { continue };
            match UntrustedMetadata::read(&octets) {
                Ok(metadata) => {
                    let metadata = metadata.untrusted();
                    assert!(metadata.shape == Shape::Aggregate || metadata.entities.len() == 1);
                    read += 1;
                }
                Err(error) => refused.push(format!("{}: {}", name(&entry), error.check())),
            }
            let _ = metadata::lint(&octets, NOW);
        }
    }
    println!("{read} read\n{}", refused.join("\n"));
    assert!(read > 30, "{read}");
}
