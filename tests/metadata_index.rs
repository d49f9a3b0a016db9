//! The stream over aggregates: the same verdicts as over a tree, entities that read the same, and hostile aggregates that are
//! refused by a named limit.

use bonafide::crypto::TrustedKeys;
use bonafide::saml::metadata::{
    self, Expected, MetadataIndex, MetadataPolicy, UntrustedIndex, UntrustedMetadata, Validity,
};
use serde_json::Value as Json;
use shared::{entries, shared};
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

fn keys() -> TrustedKeys {
    let certificate = folder().join("../saml/keys/k.crt");
    TrustedKeys::from_pem(&std::fs::read_to_string(certificate).unwrap()).unwrap()
}

#[test]
fn the_stream_decides_as_the_tree_does() {
    let text = std::fs::read_to_string(folder().join("vectors.json")).unwrap();
    let vectors: Vec<Json> = serde_json::from_str(&text).unwrap();
    for vector in &vectors {
        let octets = std::fs::read(folder().join(vector["file"].as_str().unwrap())).unwrap();
        let expected = vector["expect_entity"]
            .as_str()
            .map_or(Expected::Anything, |entity_id| Expected::Entity(entity_id.to_owned()));
        let policy = MetadataPolicy::new(expected, Validity::Within(Duration::days(30))).unwrap();
        let tree = metadata::validate(&octets, &keys(), &policy, NOW).and_then(|metadata| {
            let ids: Vec<String> = metadata.entities.iter().map(|e| e.entity_id.clone()).collect();
            metadata.identity_provider(&ids[0], NOW).map(|idp| (ids, idp, metadata.entities.clone()))
        });
        let stream = MetadataIndex::validate(&octets, &keys(), &policy, NOW).and_then(|index| {
            let ids: Vec<String> = index.entity_ids().map(str::to_owned).collect();
            let entities = ids.iter().map(|id| index.entity(id)).collect::<Result<Vec<_>, _>>();
            index.idp(&ids[0], NOW).and_then(|idp| Ok((ids, idp, entities?)))
        });
        match (tree, stream) {
            (Ok(tree), Ok(stream)) => {
                assert_eq!((&tree.0, &tree.1), (&stream.0, &stream.1), "{vector}");
                assert_eq!(tree.2, stream.2, "{vector}");
            }
            (Err(tree), Err(stream)) => assert_eq!(tree.check(), stream.check(), "{vector}"),
            (tree, stream) => panic!("{vector}: {:?} {:?}", tree.map(|_| ()), stream.map(|_| ())),
        }
    }
}

/// Entities of 8 KB, signed by xmlsec1 (`testdata/generate/aggregate.sh 2`): they are known again by the digest of what goes
/// before them.
#[test]
fn long_entities_are_read_again() {
    let octets = std::fs::read(folder().join("long-entities.xml")).unwrap();
    let policy = MetadataPolicy::new(Expected::Anything, Validity::Within(Duration::days(30))).unwrap();
    let tree = metadata::validate(&octets, &keys(), &policy, NOW).unwrap();
    let index = MetadataIndex::validate(&octets, &keys(), &policy, NOW).unwrap();
    assert_eq!((index.count(), tree.entities.len()), (2, 2));
    for entity in &tree.entities {
        assert_eq!(index.entity(&entity.entity_id).unwrap(), *entity);
    }
}

/// Other people's documents, signed or not: the same entities by both ways.
#[test]
fn the_corpus_reads_the_same() {
    let Some(root) = shared("corpus") else { return };
    let mut read = 0;
    let groups = ["saml/metadata-unsigned", "saml/valid"].map(|group| entries(&root.join(group)));
    let files = groups.into_iter().flatten().map(|entry| entry.join("metadata.xml"));
    let interop = root.join("../interop");
    for file in files.chain(entries(&interop).iter().flat_map(|peer| entries(peer))) {
        if file.extension().is_none_or(|e| e != "xml") {
            continue;
        }
        let Ok(octets) = std::fs::read(&file) else { continue };
        match (UntrustedMetadata::read(&octets), UntrustedIndex::read(&octets)) {
            (Ok(tree), Ok(index)) => {
                let tree = tree.untrusted();
                assert_eq!(tree.entities.len(), index.count(), "{}", file.display());
                for entity in &tree.entities {
                    let found = index.untrusted_entity(&entity.entity_id);
                    let found = found.unwrap_or_else(|error| panic!("{}: {error:?}", file.display()));
                    assert_eq!(found.entity_id, entity.entity_id);
                    assert_eq!(found.valid_until, entity.valid_until);
                    let keys =
                        |e: &metadata::Entity| e.roles.iter().map(|r| r.keys.len()).collect::<Vec<_>>();
                    assert_eq!(keys(&found), keys(entity), "{}", file.display());
                }
                read += 1;
            }
            // The stream judges what is inside an entity when that entity is asked for.
            (Err(_), _) => {}
            (Ok(_), Err(error)) => panic!("{}: {error:?}", file.display()),
        }
    }
    println!("{read} documents read the same");
    assert!(read > 30, "{read}");
}

/// An entity changed behind the signature is not read, wherever the change is.
#[test]
fn every_changed_octet_is_noticed() {
    let good = std::fs::read(folder().join("good-aggregate.xml")).unwrap();
    let policy = MetadataPolicy::new(Expected::Anything, Validity::WherePresent).unwrap();
    let (mut refused, mut same) = (0, 0);
    for at in (0..good.len()).step_by(7) {
        let mut changed = good.clone();
        changed[at] ^= 1;
        match MetadataIndex::validate(&changed, &keys(), &policy, NOW) {
            Err(_) => refused += 1,
            Ok(index) => {
                // Outside the signed octets: the declaration, white space inside tags, KeyInfo.
                assert_eq!(index.entity_ids().count(), 3, "at {at}");
                same += 1;
            }
        }
    }
    assert!(refused > same * 20, "{refused} {same}");
}

#[test]
fn hostile_aggregates_are_refused_by_a_limit() {
    let md = "urn:oasis:names:tc:SAML:2.0:metadata";
    let group =
        |inside: &str| format!("<md:EntitiesDescriptor xmlns:md=\"{md}\">{inside}</md:EntitiesDescriptor>");
    let deep = "<md:EntitiesDescriptor>".repeat(10_000);
    let many: String = (0..100_001).map(|n| format!("<md:EntityDescriptor entityID=\"e{n}\"/>")).collect();
    let attributes: String = (0..1_000_000).map(|n| format!(" a{n}=\"\"")).collect();
    let namespaces: String = (0..100_000).map(|n| format!(" xmlns:a{n}=\"urn:a\"")).collect();
    let levels: String = (0..20)
        .map(|l| {
            let own: String = (0..60).map(|n| format!(" xmlns:a{l}-{n}=\"urn:a\"")).collect();
            format!("<md:EntitiesDescriptor{own}>")
        })
        .collect();
    let groups = "<md:EntitiesDescriptor/>".repeat(5000);
    for (name, document, check) in [
        ("depth", group(&deep), "LimitDepth"),
        ("entities", group(&many), "LimitElements"),
        ("attributes", group(&format!("<md:EntityDescriptor{attributes}/>")), "LimitAttributes"),
        ("namespaces", group(&format!("<md:EntityDescriptor{namespaces}/>")), "LimitNamespaces"),
        ("namespaces in scope", group(&levels), "LimitNamespaces"),
        ("groups", group(&groups), "LimitElements"),
        (
            "text",
            group(&format!("<md:Extensions>{}</md:Extensions>", "x".repeat(2 << 20))),
            "LimitTextLength",
        ),
        (
            "start tags around an entity",
            group(&format!("<md:EntitiesDescriptor Name=\"{}\"/>", "x".repeat(8 * 1024))),
            "LimitTextLength",
        ),
        ("size", group(&" ".repeat(129 << 20)), "LimitInputSize"),
        ("doctype", format!("<!DOCTYPE a>{}", group("")), "XmlDoctypeForbidden"),
    ] {
        let policy = MetadataPolicy::new(Expected::Anything, Validity::WherePresent).unwrap();
        let refusal = MetadataIndex::validate(document.as_bytes(), &keys(), &policy, NOW).unwrap_err();
        assert_eq!(refusal.check().name(), check, "{name}");
    }
}
