//! Signed metadata: rows SM of the attack catalogue (`testdata/metadata`, signed by xmlsec1), other people's documents, and
//! agreement of decision and explanation.

use bonafide::Validated;
use bonafide::crypto::{DigestAlgorithm, SignatureAlgorithm, TrustedKeys};
use bonafide::diagnosis::Verdict;
use bonafide::error::Error;
use bonafide::saml::metadata::{
    self, Expected, Metadata, MetadataIndex, MetadataPolicy, RequestedAttribute, RoleKind, ServiceProvider,
    Shape, UntrustedIndex, UntrustedMetadata, Validity,
};
use bonafide::saml::{self, TrustedIdp};
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

/// A signature inside a member neither counts nor refuses, whoever reads the document: every member can be read out of it, by
/// tree and by stream, with the signature of the root and without.
#[test]
fn a_signature_inside_is_opaque_to_every_reader() {
    let mut read = 0;
    for vector in vectors() {
        let file = vector["file"].as_str().unwrap();
        if !file.starts_with("opaque-") && file != "inner-role-signed.xml" {
            continue;
        }
        let signed = String::from_utf8(octets(&vector)).unwrap();
        let start = signed.find("<ds:Signature ").unwrap();
        let end = signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
        let stripped = format!("{}{}", &signed[..start], &signed[end..]);
        for document in [&signed, &stripped] {
            let tree = UntrustedMetadata::read(document.as_bytes()).unwrap_or_else(|e| panic!("{file}: {e}"));
            let index = UntrustedIndex::read(document.as_bytes()).unwrap_or_else(|e| panic!("{file}: {e}"));
            for entity in &tree.untrusted().entities {
                let found = index.untrusted_entity(&entity.entity_id);
                assert_eq!(&found.unwrap_or_else(|e| panic!("{file}: {e}")), entity, "{file}");
                let one = TrustedIdp::from_metadata_of(document.as_bytes(), &entity.entity_id, NOW);
                let is_idp = entity.roles(RoleKind::IdentityProvider).next().is_some();
                assert_eq!(one.is_ok(), is_idp, "{file}: {one:?}");
                read += 1;
            }
            assert!(!metadata::lint(document.as_bytes(), NOW).findings().iter().any(|finding| {
                finding.check().is_some_and(|check| {
                    check.name().starts_with("Signature") && check.name() != "SignatureMissing"
                })
            }));
        }
        // No signature inside stands in for that of the root.
        let policy = MetadataPolicy::new(Expected::Anything, Validity::WherePresent).unwrap();
        let refused = metadata::validate(stripped.as_bytes(), &publisher(), &policy, NOW).unwrap_err();
        let stream = MetadataIndex::validate(stripped.as_bytes(), &publisher(), &policy, NOW).unwrap_err();
        assert_eq!(refused.check(), stream.check(), "{file}");
        assert!(["SignatureMissing", "SignatureMisplaced"].contains(&refused.check().name()), "{file}");
    }
    assert!(read > 40, "{read}");
}

/// What is read although it is unusual is told: by the linter, not by a refusal.
#[test]
fn unusual_forms_of_keys_are_told() {
    for (file, told) in [
        ("idp", 0),
        ("idp-pem-in-cert", 1),
        ("idp-cert-in-keyinfo", 1),
        ("idp-cert-in-keyinfo-and-data", 1),
        ("idp-keyvalue-only", 1),
        ("idp-keyvalue-p256", 1),
        ("idp-keyvalue-and-cert", 0),
        ("instruction", 0),
    ] {
        let octets = std::fs::read(folder().join(format!("../saml/metadata/{file}.xml"))).unwrap();
        let diagnosis = metadata::lint(&octets, NOW);
        let codes: Vec<&str> = diagnosis.findings().iter().map(|finding| finding.code().as_str()).collect();
        assert_eq!(codes.iter().filter(|code| **code == "CK112").count(), told, "{file}: {codes:?}");
        assert!(!codes.contains(&"CK110"), "{file}: {codes:?}");
        assert_ne!(diagnosis.verdict(), Verdict::Denied, "{file}: {codes:?}");
    }
}

/// A key value verifies what its certificate would: a message that xmlsec1 signed.
#[test]
fn a_key_value_is_the_key() {
    let read = |file: &str| std::fs::read(folder().join("../saml").join(file)).unwrap();
    let request = || saml::Request::InResponseTo("_req1".to_owned());
    let policy = saml::Policy::new("https://sp.test/md", ["https://sp.test/acs"], request()).unwrap();
    for (metadata, message, good) in [
        ("idp-keyvalue-only", "b-a", true),
        ("idp-pem-in-cert", "b-a", true),
        ("idp-cert-in-keyinfo", "b-a", true),
        ("entities-one", "b-a", true),
        ("instruction", "b-a", true),
        ("idp-keyvalue-p256", "good-ecdsa-p256-sha256-a", true),
        ("idp-keyvalue-p384", "good-ecdsa-p384-sha384-a", true),
        ("idp-keyvalue-p256", "b-a", false),
        ("idp-keyvalue-and-cert", "b-a", false),
    ] {
        let idp = TrustedIdp::from_metadata(&read(&format!("metadata/{metadata}.xml")), NOW).unwrap();
        let login = saml::validate(&read(&format!("base/{message}.xml")), &idp, &policy, NOW);
        assert_eq!(login.is_ok(), good, "{metadata}, {message}: {:?}", login.err());
    }
}

#[test]
fn one_entity_of_several_is_named() {
    let two = std::fs::read(folder().join("../saml/metadata/entities-two.xml")).unwrap();
    let of = |document: &[u8], id: &str| {
        let idp = TrustedIdp::from_metadata_of(document, id, NOW);
        idp.map(|idp| idp.keys().iter().map(|key| key.fingerprint()).collect::<Vec<_>>())
            .map_err(|error| error.check().name())
    };
    let (first, second) = (of(&two, "https://idp.test").unwrap(), of(&two, "https://idp2.test").unwrap());
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first, second);
    assert_eq!(of(&two, "https://IDP.test"), Err("MetaEntityIdMismatch"));
    let twice = std::fs::read(folder().join("../saml/metadata/entities-duplicate.xml")).unwrap();
    assert_eq!(of(&twice, "https://idp.test"), Err("MetaDuplicateEntity"));
    let one = std::fs::read(folder().join("../saml/metadata/idp.xml")).unwrap();
    assert_eq!(of(&one, "https://idp2.test"), Err("MetaEntityIdMismatch"));
    // The same out of what is too large for a tree.
    let large = |document: &[u8]| {
        let text = String::from_utf8(document.to_vec()).unwrap();
        let end = text.rfind("</md:EntitiesDescriptor>").unwrap();
        let extension = format!("<md:Extensions><a>{}</a></md:Extensions>", "x".repeat(1000));
        let more: String = (0..4300)
            .map(|n| format!("<md:EntityDescriptor entityID=\"e{n}\">{extension}</md:EntityDescriptor>"))
            .collect();
        format!("{}{more}{}", &text[..end], &text[end..]).into_bytes()
    };
    let (two, twice) = (large(&two), large(&twice));
    assert!(two.len() > 4 << 20);
    assert_eq!(of(&two, "https://idp.test"), Ok(first));
    assert_eq!(of(&two, "https://idp2.test"), Ok(second));
    assert_eq!(of(&two, "https://idp3.test"), Err("MetaEntityIdMismatch"));
    assert_eq!(of(&twice, "https://idp.test"), Err("MetaDuplicateEntity"));
    let nobody = TrustedIdp::from_metadata(&two, NOW).unwrap_err();
    assert_eq!(nobody.check().name(), "MetaEntityIdMismatch");
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
