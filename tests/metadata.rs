//! Signed metadata: rows SM of the attack catalogue (`testdata/metadata`, signed by xmlsec1), other people's documents, and
//! agreement of decision and explanation.

use bonafide::Validated;
use bonafide::crypto::{DigestAlgorithm, SignatureAlgorithm, TrustedKeys};
use bonafide::diagnosis::Verdict;
use bonafide::error::Error;
use bonafide::saml::metadata::{
    self, Expected, Metadata, MetadataPolicy, RequestedAttribute, ServiceProvider, Shape, UntrustedMetadata,
    Validity,
};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
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
                let named = diagnosis.findings().iter().any(|finding| finding.check() == Some(error.check()));
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

/// What is emitted reads back as it was meant, and a signed one verifies here and with xmlsec1.
#[test]
fn own_metadata_is_correct() {
    let der = |name: &str| {
        let pem = std::fs::read_to_string(folder().join(format!("../saml/keys/{name}.crt"))).unwrap();
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, body).unwrap()
    };
    let evil = "a&b<c>\"d'\u{e9}]]>\r\n\t";
    let sp = ServiceProvider::new("https://sp.test/md?a=1&b=\"2\"", "https://sp.test/acs?x=1&y='2'")
        .and_then(|sp| sp.with_acs("https://sp.test/acs2"))
        .and_then(|sp| sp.with_single_logout("https://sp.test/slo"))
        .and_then(|sp| sp.with_signing_certificate(&der("sp")))
        .and_then(|sp| sp.with_encryption_certificate(&der("rsa3072")))
        .unwrap()
        .with_name_id_format("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent")
        .with_display_name("en", evil)
        .with_requested_attribute(RequestedAttribute::new("urn:oid:0.9.2342.19200300.100.1.3"))
        .with_valid_until(datetime!(2026-01-20 00:00:00 UTC));
    let xml = sp.to_xml().unwrap();
    let read = UntrustedMetadata::read(xml.as_bytes()).unwrap();
    let entity = &read.untrusted().entities[0];
    assert_eq!(entity.entity_id, "https://sp.test/md?a=1&b=\"2\"");
    let role = &entity.roles[0];
    let locations: Vec<&str> = role.endpoints.iter().map(|endpoint| endpoint.location.as_str()).collect();
    let (slo, acs) = ("https://sp.test/slo", "https://sp.test/acs?x=1&y='2'");
    assert_eq!(locations, [slo, slo, acs, "https://sp.test/acs2"], "logout by both bindings");
    assert_eq!(role.endpoints[2].is_default, Some(true));
    assert_eq!((role.keys.len(), role.authn_requests_signed), (2, Some(true)));
    assert_eq!(role.ui.display_names[0].text, evil.trim_end());
    let diagnosis = metadata::lint(xml.as_bytes(), NOW);
    assert!(diagnosis.findings().iter().all(|finding| finding.code().as_str() == "SA201"), "{diagnosis:?}");

    for (entity_id, url) in
        [("", "https://sp.test/acs"), ("https://sp.test", "http://sp.test/acs"), ("x", "javascript:1")]
    {
        assert!(ServiceProvider::new(entity_id, url).is_err(), "{entity_id} {url}");
    }
    let bad = ServiceProvider::new("x", "https://sp.test/acs").unwrap().with_name_id_format("\u{1}");
    assert_eq!(bad.to_xml().unwrap_err().check().name(), "XmlForbiddenChar");

    let Ok(pem) = std::fs::read_to_string(folder().join("../generate/saml/keys/k.key")) else { return };
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let pkcs8 = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, body).unwrap();
    let key = RsaKeyPair::from_pkcs8(&pkcs8).unwrap();
    let sign = |octets: &[u8]| {
        let mut value = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), octets, &mut value).ok()?;
        Some(value)
    };
    let algorithm = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
    let signed = sp.to_signed_xml(algorithm, &der("k"), sign, NOW).unwrap();
    let policy = MetadataPolicy::new(
        Expected::Entity("https://sp.test/md?a=1&b=\"2\"".to_owned()),
        Validity::Within(Duration::days(30)),
    );
    metadata::validate(signed.as_bytes(), &publisher(), &policy.unwrap(), NOW).unwrap();
    let other = sp.to_signed_xml(algorithm, &der("x"), sign, NOW).unwrap_err();
    assert_eq!(other.check().name(), "SignatureInvalid");
    let none = sp.to_signed_xml(algorithm, &der("k"), |_| None, NOW).unwrap_err();
    assert_eq!(none.check().name(), "ConfigurationInvalid");

    let file = std::env::temp_dir().join(format!("bonafide-own-metadata-{}.xml", std::process::id()));
    std::fs::write(&file, &signed).unwrap();
    let judge = std::process::Command::new("xmlsec1")
        .args(["--verify", "--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor"])
        .arg("--pubkey-cert-pem")
        .arg(folder().join("../saml/keys/k.crt"))
        .arg(&file)
        .output();
    let _ = std::fs::remove_file(&file);
    match judge {
        Ok(judge) => assert!(judge.status.success(), "{}", String::from_utf8_lossy(&judge.stderr)),
        Err(_) => println!("SKIPPED: no xmlsec1 here"),
    }
}
