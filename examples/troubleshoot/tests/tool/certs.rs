//! Certificates and keys of `testdata/certs`: what each file amounts to, rotation, and the forms of the report.

use base64::Engine as _;
use bonafide::certs::{
    self, Collection, Drift, Origin, Role, RotationState, Snapshot, State, Survey, Thresholds,
};
use bonafide_troubleshoot::{Outcome, World, run};
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-01-01 00:00:00 UTC);
const AT: [&str; 2] = ["--at", "2026-01-01T00:00:00Z"];

fn path(name: &str) -> PathBuf {
    Path::new(crate::ROOT).join("testdata/certs").join(name)
}

fn octets(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn collected(files: &[&str]) -> Collection {
    let mut keys = Collection::new();
    for file in files {
        keys.read(&Origin::new(file), &octets(file));
    }
    keys
}

fn surveyed(files: &[&str]) -> Survey {
    collected(files).survey(&Thresholds::default(), NOW)
}

fn states(survey: &Survey) -> Vec<State> {
    survey.items().iter().map(|item| item.state()).collect()
}

/// A clock that stands still, so that a test that reads it by mistake is at least repeatable.
fn clock() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH
}

fn troubleshoot(arguments: &[&str], stdin: &[u8]) -> Outcome {
    let world = World { clock, random: || Some([7; 32]), colour: false };
    run(["troubleshoot"].iter().chain(arguments).map(OsString::from), &mut &stdin[..], &world)
}

fn command(verb: &[&str], files: &[&str]) -> Outcome {
    let paths: Vec<String> = files.iter().map(|file| path(file).display().to_string()).collect();
    let mut arguments = vec!["certs"];
    arguments.extend(verb);
    arguments.extend(AT);
    arguments.extend(paths.iter().map(String::as_str));
    troubleshoot(&arguments, b"")
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{outcome:?}"))
}

#[test]
fn every_file_has_its_states_and_exit_code() {
    use State::{Critical, Expired, Good, NoExpiry, NotYetValid, Notice, Unreadable, Warning};
    let table: &[(&str, &[State], u8)] = &[
        ("end-90-days-before.pem", &[Notice], 0),
        ("end-90-days-at.pem", &[Notice], 0),
        ("end-90-days-after.pem", &[Good], 0),
        ("end-30-days-before.pem", &[Warning], 1),
        ("end-30-days-at.pem", &[Notice], 0),
        ("end-30-days-after.pem", &[Notice], 0),
        ("end-7-days-before.pem", &[Critical], 2),
        ("end-7-days-at.pem", &[Warning], 1),
        ("end-7-days-after.pem", &[Warning], 1),
        ("end-0-days-before.pem", &[Expired], 2),
        ("end-0-days-at.pem", &[Critical], 2),
        ("end-0-days-after.pem", &[Critical], 2),
        ("begin-before.pem", &[Good], 0),
        ("begin-at.pem", &[Good], 0),
        ("begin-after.pem", &[NotYetValid], 1),
        ("far-future.pem", &[Good], 0),
        ("beyond-2049.pem", &[Good], 0),
        ("twentieth-century.pem", &[Expired], 2),
        ("rsa2048.pem", &[Good], 0),
        ("rsa2048.der", &[Good], 0),
        ("rsa2048.b64", &[Good], 0),
        ("one-line.pem", &[Good], 0),
        ("truncated.der", &[Unreadable], 3),
        ("two.pem", &[Warning, Good], 1),
        ("crlf.pem", &[Warning, Good], 1),
        ("utf16.pem", &[Warning, Good], 1),
        ("two.p7b", &[Warning, Good], 1),
        ("two-pem.p7b", &[Warning, Good], 1),
        ("public-key.pem", &[NoExpiry], 0),
        ("junk.pem", &[Warning, Unreadable, Unreadable, NoExpiry, Good], 1),
        ("message.xml", &[Warning], 1),
        ("federation.xml", &[Good, Good, Good, Unreadable], 1),
        ("jwks.json", &[Good, NoExpiry, NoExpiry, Good, Good, NoExpiry, Unreadable, NoExpiry], 2),
        ("openid-configuration.json", &[], 3),
    ];
    for (file, expected, code) in table {
        let survey = surveyed(&[file]);
        assert_eq!(states(&survey), *expected, "{file}");
        assert_eq!(survey.exit_code(), *code, "{file}");
        let outcome = command(&["--format", "json"], &[file]);
        let report = json(&outcome);
        let written: Vec<&str> =
            report["items"].as_array().unwrap().iter().map(|item| item["state"].as_str().unwrap()).collect();
        assert_eq!(written, expected.iter().map(|state| state.as_str()).collect::<Vec<_>>(), "{file}");
        assert_eq!(outcome.code, *code, "{file}");
        for state in State::ALL {
            let count = expected.iter().filter(|found| *found == state).count();
            assert_eq!(report["summary"][state.as_str()], count, "{file} {state}");
        }
    }
    assert_eq!(surveyed(&["end-7-days-before.pem", "truncated.der"]).exit_code(), 2);
    assert_eq!(surveyed(&["rsa2048.der", "truncated.der"]).exit_code(), 1);
}

#[test]
fn keys_and_signatures_have_their_names() {
    for (file, key, signature, codes) in [
        ("rsa2048.pem", "RSA-2048", "sha256WithRSAEncryption", ""),
        ("rsa1024.pem", "RSA-1024", "sha256WithRSAEncryption", "CK103"),
        ("rsa512.pem", "RSA-512", "sha256WithRSAEncryption", "CK103"),
        ("rsa-sha1.pem", "RSA-2048", "sha1WithRSAEncryption", "CK103"),
        ("rsa-md5.pem", "RSA-2048", "md5WithRSAEncryption", "CK103"),
        ("ec-P-256.pem", "EC-P-256", "ecdsa-with-SHA256", ""),
        ("ec-P-384.pem", "EC-P-384", "ecdsa-with-SHA256", ""),
        ("ec-P-521.pem", "EC-P-521", "ecdsa-with-SHA256", ""),
        ("ec-secp256k1.pem", "EC-secp256k1", "ecdsa-with-SHA256", "CK110"),
        ("ec-brainpoolP256r1.pem", "EC-brainpoolP256r1", "ecdsa-with-SHA256", "CK110"),
        ("ec-prime192v1.pem", "EC-P-192", "ecdsa-with-SHA256", "CK103"),
        ("ed25519.pem", "Ed25519", "Ed25519", ""),
        ("ed448.pem", "Ed448", "Ed448", "CK110"),
        ("dsa1024.pem", "DSA-1024", "dsa_with_SHA256", "CK103"),
    ] {
        let survey = surveyed(&[file]);
        let item = &survey.items()[0];
        let certificate = item.record().certificate().unwrap();
        assert_eq!(
            (certificate.key().label(), certificate.signature_algorithm()),
            (key, signature),
            "{file}"
        );
        let found: Vec<&str> = item.findings().iter().map(|finding| finding.code().as_str()).collect();
        assert_eq!(found.join(" "), codes, "{file}");
    }
    let survey = surveyed(&["negative-serial.pem"]);
    assert_eq!(survey.items()[0].record().certificate().unwrap().serial(), "80");
}

#[test]
fn one_certificate_by_itself() {
    let thresholds = Thresholds::default();
    let der = octets("rsa2048.der");
    let expiry = certs::expiry(&der, &thresholds, NOW).unwrap();
    assert_eq!((expiry.state(), expiry.days_left()), (State::Good, 364));
    for (at, state) in [
        (datetime!(2026-12-30 23:59:59 UTC), State::Critical),
        (datetime!(2026-12-31 00:00:00 UTC), State::Critical),
        (datetime!(2026-12-31 00:00:01 UTC), State::Expired),
        (datetime!(2024-12-31 23:59:59 UTC), State::NotYetValid),
        (datetime!(2025-01-01 00:00:00 UTC), State::Good),
    ] {
        assert_eq!(certs::expiry(&der, &thresholds, at).unwrap().state(), state, "{at}");
    }
    for (bad, code) in
        [(&der[..500], "CK110"), (&[der.as_slice(), &[0]].concat(), "CK110"), (&b""[..], "CK110")]
    {
        assert_eq!(certs::expiry(bad, &thresholds, NOW).unwrap_err().code().as_str(), code);
    }
    // Every cut of a certificate is refused, and none panics.
    for end in 0..der.len() {
        assert!(certs::expiry(&der[..end], &thresholds, NOW).is_err(), "{end}");
    }
}

#[test]
fn metadata_says_whose_key_it_is_and_what_for() {
    let survey = surveyed(&["federation.xml"]);
    let found: Vec<_> = survey
        .items()
        .iter()
        .map(|item| {
            (item.record().entity().unwrap(), item.record().role().unwrap(), item.record().serves_both_uses())
        })
        .collect();
    assert_eq!(
        found,
        [
            ("https://idp.test/one", Role::IdpSigning, false),
            ("https://idp.test/one", Role::IdpEncryption, false),
            ("https://sp.test/two", Role::SpSigning, true),
            ("https://sp.test/two", Role::SpSigning, false),
        ]
    );
    for item in survey.items() {
        assert!(
            item.findings().iter().any(|finding| finding.code().as_str() == "CK108"),
            "validUntil has passed"
        );
    }
    // Without the namespace of signatures, and a PEM file encoded as a whole.
    let bare = String::from_utf8(octets("idp-old.xml")).unwrap().replace("ds:", "md:");
    let encoded = base64::engine::general_purpose::STANDARD.encode(octets("idp-old.pem"));
    let twice =
        format!("<md:KeyDescriptor><md:X509Certificate>{encoded}</md:X509Certificate></md:KeyDescriptor>");
    let twice = bare.replacen("<md:KeyDescriptor", &format!("{twice}<md:KeyDescriptor"), 1);
    let mut keys = Collection::new();
    keys.read(&Origin::new("odd"), twice.as_bytes());
    assert_eq!(
        states(&keys.survey(&Thresholds::default(), NOW)),
        [State::Warning, State::Warning],
        "{twice}"
    );
    let survey = surveyed(&["message.xml"]);
    let record = survey.items()[0].record();
    assert_eq!((record.entity(), record.role()), (Some("https://idp.test/message"), Some(Role::IdpSigning)));
}

#[test]
fn a_key_set_belongs_to_its_issuer_and_contradictions_are_found() {
    let survey = surveyed(&["jwks.json", "openid-configuration.json"]);
    let mut found = Vec::new();
    for item in survey.items() {
        let record = item.record();
        assert_eq!(record.entity(), Some("https://op.test"));
        let inconsistent = item.findings().iter().any(|finding| finding.code().as_str() == "CK109");
        found.push((record.kid().unwrap(), record.role().unwrap(), inconsistent));
    }
    let sig = Role::JwksSig;
    assert_eq!(
        found,
        [
            ("cert", sig, false),
            ("bare", sig, false),
            ("enc", Role::JwksEnc, false),
            ("wrong-x5t", sig, true),
            ("wrong-key", sig, true),
            ("bare", sig, true),
            ("symmetric", sig, false),
            ("ed", sig, false),
        ]
    );
    // The numbers of a JWK and a certificate name the same key.
    let certificate = surveyed(&["idp-new.pem"]);
    let spki = |survey: &Survey, index: usize| {
        survey.items()[index].record().key().unwrap().spki_sha256().to_owned()
    };
    assert_eq!(spki(&survey, 1), spki(&certificate, 0));
    assert_eq!(survey.places(&spki(&certificate, 0)).unwrap().len(), 1);
}

#[test]
fn one_corrupt_item_is_one_unreadable_and_hides_nothing() {
    let good = String::from_utf8(octets("idp-steady.pem")).unwrap();
    let bad = good.replace("MII", "AII");
    for position in 0..5 {
        let mut blocks = [good.as_str(); 5];
        blocks[position] = &bad;
        let mut keys = Collection::new();
        keys.read(&Origin::new("bundle"), blocks.concat().as_bytes());
        let survey = keys.survey(&Thresholds::default(), NOW);
        for (index, item) in survey.items().iter().enumerate() {
            let expected = if index == position { State::Unreadable } else { State::Good };
            assert_eq!((item.record().index(), item.state()), (index, expected));
        }
    }
    // Any octets at all are some items, and never a panic.
    for file in ["rsa2048.der", "two.p7b", "jwks.json", "federation.xml", "two.pem", "message.xml"] {
        let octets = octets(file);
        for at in (0..octets.len()).step_by(octets.len() / 97 + 1) {
            let mut keys = Collection::new();
            let mut damaged = octets.clone();
            damaged[at] ^= 0x21;
            keys.read(&Origin::new("damaged"), &damaged);
            keys.read(&Origin::new("cut"), &octets[..at]);
            assert!(keys.survey(&Thresholds::default(), NOW).items().len() >= 2, "{file} {at}");
        }
    }
}

#[test]
fn short_lived_certificates_by_their_own_lifetime() {
    for (arguments, state, code) in [
        (&["--format", "json"][..], "notice", 0),
        (&["--format", "json", "--relative", "0.5,0.33,0.1"], "notice", 0),
        (&["--format", "json", "--relative", "0.5,0.34,0.1"], "warning", 1),
        (&["--format", "json", "--relative", "0.3,0.2,0.1"], "good", 0),
        (&["--format", "json", "--thresholds", "120,60,34"], "critical", 2),
    ] {
        let outcome = command(arguments, &["short-lived.pem"]);
        assert_eq!(
            (json(&outcome)["items"][0]["state"].as_str(), outcome.code),
            (Some(state), code),
            "{arguments:?}"
        );
    }
    for bad in [["--thresholds", "7,30,90"], ["--thresholds", "90,30"], ["--relative", "1.5,0.5,0.1"]] {
        assert_eq!(command(&bad, &["short-lived.pem"]).code, 64, "{bad:?}");
    }
}

#[test]
fn json_is_what_the_contract_says() {
    let outcome =
        command(&["--format", "json"], &["two.pem", "truncated.der", "jwks.json", "federation.xml"]);
    let report = json(&outcome);
    assert_eq!(report["schema"], "bonafide/1");
    assert_eq!(report["evaluated_at"], "2026-01-01T00:00:00Z");
    let members = [
        "source",
        "index",
        "role",
        "entity",
        "subject",
        "issuer",
        "serial",
        "not_before",
        "not_after",
        "days_left",
        "state",
        "key",
        "signature_algorithm",
        "spki_sha256",
        "cert_sha256",
        "findings",
    ];
    for item in report["items"].as_array().unwrap() {
        for member in members {
            assert!(item.get(member).is_some(), "{member} in {item}");
        }
    }
    let first = &report["items"][0];
    assert_eq!((first["subject"].as_str(), first["days_left"].as_i64()), (Some("CN=idp-old"), Some(9)));
    assert_eq!(first["not_after"], "2026-01-10T00:00:00Z");
    assert_eq!(
        outcome.stdout,
        command(&["--format", "json"], &["two.pem", "truncated.der", "jwks.json", "federation.xml"]).stdout
    );
    let missing = command(&["--format", "json"], &["no-such-file.pem", "two.pem"]);
    assert_eq!((missing.code, json(&missing)["items"][0]["state"].as_str()), (1, Some("unreadable")));
    assert_eq!(command(&[], &["no-such-file.pem"]).code, 3);
    let usage = troubleshoot(&["certs"], b"");
    assert_eq!((usage.code, usage.stderr.lines().count()), (64, 1), "{usage:?}");
    let folder = command(&["--format", "json"], &[""]);
    let sources = json(&folder)["items"].to_string();
    assert!(
        sources.contains("two.p7b") && !sources.contains("fleet.toml"),
        "a folder without what is no key by its name"
    );
    let piped = troubleshoot(&["certs", "--at", AT[1], "-"], &octets("rsa2048.der"));
    assert!(piped.code == 0 && piped.stdout.contains("CN=rsa2048"), "{piped:?}");
}

#[test]
fn rotation_reaches_every_state() {
    /// Published, trusted, at, state, codes.
    type Row = (&'static [&'static str], &'static [&'static str], &'static str, &'static str, &'static str);
    let table: &[Row] = &[
        (&["idp-steady.xml"], &["idp-steady.pem"], "2026-01-01T00:00:00Z", "steady", ""),
        (&["idp-steady.xml"], &[], "2026-01-01T00:00:00Z", "steady", ""),
        (&["idp-notice.xml"], &["idp-notice.pem"], "2026-01-01T00:00:00Z", "plan", "CK104"),
        (&["idp-old.xml"], &["idp-old.pem"], "2026-01-01T00:00:00Z", "no-successor", "CK104"),
        (&["idp-gap.xml"], &[], "2026-01-01T00:00:00Z", "no-successor", "CK104"),
        (&["idp-both.xml"], &["idp-old.pem"], "2026-01-01T00:00:00Z", "published-not-trusted", "CK105"),
        (&["idp-new.xml"], &["idp-old.pem"], "2026-01-01T00:00:00Z", "published-not-trusted", "CK105"),
        (&["idp-old.xml"], &["two.pem"], "2026-01-01T00:00:00Z", "trusted-not-published", ""),
        (&["idp-both.xml"], &["two.pem"], "2025-12-21T00:00:00Z", "ready", ""),
        (&["idp-both.xml"], &["two.pem"], "2026-01-01T00:00:00Z", "ready", "CK104"),
        (&["idp-new.xml"], &["two.pem", "idp-retired.pem"], "2026-01-01T00:00:00Z", "cleanup", "CK107"),
        (&["idp-new.xml"], &["two.pem"], "2026-01-18T00:00:00Z", "steady", ""),
        (&["idp-new.xml"], &["two.pem"], "2026-01-20T00:00:01Z", "cleanup", "CK107"),
        (&["idp-both.xml"], &[], "2025-12-21T00:00:00Z", "unknown-side", ""),
    ];
    let mut reached: Vec<String> = Vec::new();
    for (published, trusted, at, state, code) in table {
        let file = |name: &&str| path(name).display().to_string();
        let mut arguments: Vec<String> =
            ["certs", "rotation", "--format", "json", "--at", at].map(str::to_owned).to_vec();
        arguments.extend(published.iter().flat_map(|name| ["--published".to_owned(), file(name)]));
        arguments.extend(trusted.iter().flat_map(|name| ["--trusted".to_owned(), file(name)]));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let report = json(&troubleshoot(&arguments, b""));
        let slots = report["slots"].as_array().unwrap();
        assert_eq!(slots.len(), 1, "{published:?} {trusted:?}: {report}");
        assert_eq!(slots[0]["rotation"], *state, "{published:?} {trusted:?} {at}: {}", slots[0]);
        let codes: Vec<&str> = slots[0]["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| finding["code"].as_str().unwrap())
            .collect();
        assert_eq!(codes.join(" "), *code, "{published:?} {trusted:?}");
        reached.push((*state).to_owned());
    }
    for state in RotationState::ALL {
        assert!(reached.iter().any(|found| found == state.as_str()), "{state:?}");
    }
}

#[test]
fn ad_fs_switches_before_the_old_certificate_expires() {
    let slots = |at: OffsetDateTime| {
        let mut keys = collected(&["adfs.xml"]);
        keys.read(&Origin::new("trust").trusted_by("crm"), &octets("two.pem"));
        keys.survey(&Thresholds::default(), at).slots()
    };
    let before = &slots(datetime!(2025-12-21 00:00 UTC))[0];
    assert_eq!(
        before.cut_over().unwrap().to_string(),
        "2025-12-25T00:00:00Z",
        "notBefore of the next key and 5 days"
    );
    assert_eq!((before.rotation(), before.expiry()), (RotationState::Ready, State::Critical));
    assert_eq!(before.findings()[0].code().as_str(), "CK106");
    let after = &slots(datetime!(2025-12-25 00:00 UTC))[0];
    assert_eq!(
        after.active().map(|key| key.not_after().unwrap().to_string()).as_deref(),
        Some("2028-12-20T00:00:00Z")
    );
}

#[test]
fn a_fleet_names_who_does_not_trust() {
    let outcome = command(&["rotation", "--format", "json"], &["fleet.toml"]);
    let report = json(&outcome);
    let slot = &report["slots"][0];
    assert_eq!((outcome.code, slot["rotation"].as_str()), (2, Some("published-not-trusted")), "{report}");
    assert_eq!(slot["missing_at"], serde_json::json!(["wiki"]));
    let report = json(&command(&["--format", "json"], &["fleet.toml"]));
    assert_eq!(report["items"][0]["labels"]["owner"], "team-crm");
}

#[test]
fn where_and_diff() {
    let fingerprint =
        json(&command(&["--format", "json"], &["idp-old.pem"]))["items"][0]["spki_sha256"].clone();
    let fingerprint = fingerprint.as_str().unwrap().to_owned();
    let colons: Vec<&str> = (0..8).map(|at| &fingerprint[at * 2..at * 2 + 2]).collect();
    for spelling in [fingerprint.clone(), fingerprint[..12].to_uppercase(), colons.join(":")] {
        let outcome =
            command(&["where", &spelling, "--format", "json"], &["two.pem", "jwks.json", "idp-both.xml"]);
        let places = json(&outcome)["places"].as_array().unwrap().len();
        assert_eq!((outcome.code, places), (0, 2), "{spelling}");
    }
    assert_eq!(command(&["where", "0123456789ab"], &["two.pem"]).code, 1);
    assert_eq!(command(&["where", "xyz"], &["two.pem"]).code, 64);
    let snapshot = |files: &[&str]| Snapshot::from_json(&surveyed(files).to_json()).unwrap();
    let drift = Drift::between(&snapshot(&["idp-old.xml"]), &snapshot(&["idp-old.xml"]));
    assert_eq!((drift.changes().len(), drift.exit_code()), (0, 0));
    let drift = Drift::between(
        &snapshot(&["two.pem", "end-0-days-before.pem"]),
        &snapshot(&["two.pem", "end-7-days-before.pem"]),
    );
    assert_eq!((drift.changes().len(), drift.exit_code()), (2, 2));
    let later = collected(&["two.pem"]).survey(&Thresholds::default(), datetime!(2026-01-09 00:00 UTC));
    let drift = Drift::between(&snapshot(&["two.pem"]), &Snapshot::from(&later));
    assert_eq!(
        (drift.changes()[0].before(), drift.changes()[0].after()),
        (Some(State::Warning), Some(State::Critical))
    );
    assert!(Snapshot::from_json("{}").is_err());
    let outcome = command(&["diff"], &["idp-old.pem", "two.pem"]);
    assert_eq!((outcome.code, outcome.stdout.lines().count()), (1, 4), "{outcome:?}");
}

/// `metric{name="value",..} number`, HELP and TYPE before the samples of a family, families in one piece, `# EOF` last.
#[test]
fn prometheus_text_follows_both_grammars() {
    let mut keys =
        collected(&["federation.xml", "two.pem", "junk.pem", "adfs.xml", "jwks.json", "far-future.pem"]);
    keys.read(
        &Origin::new("odd \"name\" \\ with\nlines").with_entity("https://x.test/\"\\\n\u{1b}é"),
        &octets("idp-old.pem"),
    );
    let text = keys.survey(&Thresholds::default(), NOW).to_prometheus();
    let mut lines: Vec<&str> = text.split('\n').collect();
    assert_eq!((lines.pop(), lines.pop()), (Some(""), Some("# EOF")));
    let (mut families, mut series) = (Vec::new(), std::collections::BTreeSet::new());
    let mut helped = "";
    for line in lines {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            helped = rest.split_once(' ').unwrap().0;
            assert!(!families.contains(&helped), "{helped} in two pieces");
            families.push(helped);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            assert_eq!(rest, format!("{helped} gauge"));
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<i64>().is_ok(), "{line}");
            let metric = name.split('{').next().unwrap();
            assert_eq!(metric, helped, "{line}");
            assert!(metric.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
            assert!(series.insert(name), "twice: {name}");
            if let Some(inner) = name.strip_prefix(metric).unwrap().strip_prefix('{') {
                labels(inner.strip_suffix('}').unwrap());
            }
        }
    }
    assert_eq!(
        families,
        [
            "fed_key_not_after_timestamp_seconds",
            "fed_slot_cutover_timestamp_seconds",
            "fed_slot_rotation_state",
            "fed_scan_items",
            "fed_scan_timestamp_seconds"
        ]
    );
    assert!(text.contains("fed_scan_items{result=\"error\"} 4\n"), "{text}");
    assert!(text.contains("entity=\"https://x.test/\\\"\\\\"), "{text}");
}

fn labels(mut rest: &str) {
    loop {
        let (name, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("{rest}"));
        assert!(
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
            "{name}"
        );
        let mut escaped = false;
        let end = after.char_indices().find(|(_, c)| {
            let ends = *c == '"' && !escaped;
            assert!(!escaped || matches!(c, '\\' | '"' | 'n'), "{after}");
            escaped = *c == '\\' && !escaped;
            ends
        });
        let (value, tail) = after.split_at(end.unwrap().0);
        assert!(!value.chars().any(char::is_control), "{value}");
        match tail.strip_prefix("\",") {
            Some(next) => rest = next,
            None => return assert_eq!(tail, "\""),
        }
    }
}

#[test]
fn spreadsheets_and_calendars_can_read_it() {
    let outcome = command(&["--format", "csv"], &["two.pem", "federation.xml"]);
    let lines: Vec<&str> = outcome.stdout.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 7);
    assert!(lines.iter().all(|line| line.matches(',').count() == 19), "{}", outcome.stdout);
    let calendar = command(&["--format", "ical"], &["idp-both.xml", "adfs.xml"]).stdout;
    assert!(
        calendar.split_terminator("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')),
        "{calendar}"
    );
    assert_eq!(calendar.matches("BEGIN:VEVENT").count(), 2);
    assert!(calendar.contains("DTSTART:20260110T000000Z\r\n"), "{calendar}");
    let table = command(&[], &["two.pem", "end-0-days-before.pem", "truncated.der"]);
    let first = table.stdout.lines().next().unwrap();
    assert_eq!(first, "CRITICAL: 4 items: 1 expired, 1 unreadable, 1 warning, 1 good");
    let order: Vec<&str> = table
        .stdout
        .lines()
        .skip(4)
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(order, ["expired", "unreadable", "warning", "good"]);
}

/// Certificates of other people's software, where the corpus is at hand: the dates that OpenSSL prints, for every one it reads.
#[test]
fn odd_certificates_are_read_as_openssl_reads_them() {
    let folder = Path::new("/work/shared/corpus/x509");
    let Ok(entries) = std::fs::read_dir(folder) else {
        println!("SKIPPED: {} is not here", folder.display());
        return;
    };
    let mut judged = 0_usize;
    for entry in entries {
        let folder = entry.unwrap().path();
        let (Ok(meta), Ok(der)) =
            (std::fs::read(folder.join("meta.json")), std::fs::read(folder.join("cert.der")))
        else {
            continue;
        };
        let meta: Value = serde_json::from_slice(&meta).unwrap();
        let Some(dates) = meta["openssl_parse"].as_str().and_then(|text| text.strip_prefix("ok notBefore="))
        else {
            continue;
        };
        let (before, after) = dates.split_once("; notAfter=").unwrap();
        let mut keys = Collection::new();
        keys.read(&Origin::new("corpus"), &der);
        let survey = keys.survey(&Thresholds::default(), NOW);
        let item = &survey.items()[0];
        let Some(expiry) = item.expiry() else {
            assert!(after.contains("Bad time value"), "{}", folder.display());
            continue;
        };
        assert_eq!(
            (shown(before), shown(after)),
            (expiry.not_before().to_string(), expiry.not_after().to_string()),
            "{}",
            folder.display()
        );
        judged += 1;
    }
    println!("{judged} certificates");
    assert!(judged > 190, "{judged}");
}

/// `Jan  1 08:30:00 2010 GMT` as RFC 3339.
fn shown(text: &str) -> String {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = 1 + months.iter().position(|month| *month == parts[0]).unwrap();
    format!("{}-{month:02}-{:0>2}T{}Z", parts[3], parts[1], parts[2])
}

#[test]
fn lines_of_json_are_the_items_and_the_summary_of_json() {
    let files = ["two.pem", "truncated.der", "jwks.json", "federation.xml"];
    let lines = command(&["--format", "ndjson"], &files);
    let report = json(&command(&["--format", "json"], &files));
    let values: Vec<Value> = lines.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (total, items) = values.split_last().unwrap();
    assert_eq!((&total["schema"], &total["summary"]), (&report["schema"], &report["summary"]));
    assert_eq!(items.len(), report["items"].as_array().unwrap().len());
    for (line, item) in items.iter().zip(report["items"].as_array().unwrap()) {
        let mut line = line.clone();
        for member in ["schema", "evaluated_at"] {
            assert_eq!(line.as_object_mut().unwrap().remove(member).unwrap(), report[member]);
        }
        assert_eq!(line, *item);
    }
    let refused = command(&["rotation", "--format", "ndjson"], &files);
    assert_eq!((refused.code, refused.stderr.lines().count()), (64, 1), "{refused:?}");
}

#[test]
fn a_fleet_says_who_has_something_to_do() {
    let report = json(&command(&["--format", "json"], &["fleet.toml"]));
    let owners = report["owners"].as_array().unwrap();
    let names: Vec<&str> = owners.iter().map(|owner| owner["app"].as_str().unwrap()).collect();
    assert_eq!(names, ["crm", "wiki"]);
    for owner in owners {
        let of_owner = |item: &&Value| item["labels"]["app"] == owner["app"];
        let items: Vec<&Value> = report["items"].as_array().unwrap().iter().filter(of_owner).collect();
        let wants = |item: &&&Value| {
            !["good", "notice", "no-expiry"].contains(&item["state"].as_str().unwrap())
                || item["findings"].as_array().unwrap().iter().any(|finding| finding["severity"] != "note")
        };
        assert_eq!(owner["items"], items.len());
        assert_eq!(owner["to_do"], items.iter().filter(wants).count());
    }
    let text = command(&[], &["fleet.toml"]).stdout;
    let line = text.lines().last().unwrap();
    assert!(line.starts_with("owner summary: crm (crm@app.test) "), "{line}");
    assert!(json(&command(&["--format", "json"], &["two.pem"])).get("owners").is_none());
}

#[test]
fn alerting_rules_speak_of_the_series_that_there_are() {
    let rules = troubleshoot(&["certs", "alerts"], b"");
    assert_eq!(rules.code, 0, "{rules:?}");
    let text = &rules.stdout;
    for expression in [
        "(fed_slot_cutover_timestamp_seconds - time()) / 86400 < 7'",
        "(fed_slot_cutover_timestamp_seconds - time()) / 86400 < 30 and",
        "time() - fed_scan_timestamp_seconds > 2 * 86400'",
        "fed_scan_items{result=\"error\"} > 0'",
        "fed_slot_rotation_state{state=\"published-not-trusted\"} == 1'",
    ] {
        assert!(text.contains(expression), "{expression}");
    }
    let series = command(&["rotation", "--format", "prometheus"], &["idp-both.xml"]).stdout;
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    for name in words.filter(|word| word.starts_with("fed_")) {
        assert!(series.contains(&format!("# TYPE {name} gauge")), "{name}");
    }
    let other = troubleshoot(&["certs", "alerts", "--thresholds", "60,20,3"], b"").stdout;
    assert!(other.contains("/ 86400 < 3'") && other.contains("/ 86400 < 20 and"), "{other}");
    assert_eq!(troubleshoot(&["certs", "alerts", "--thresholds", "7,30,90"], b"").code, 64);
}

/// A HAR file with a login, the metadata and the key set that the browser fetched.
#[test]
fn a_capture_gives_its_keys() {
    let text = |name: &str| String::from_utf8(octets(name)).unwrap();
    let exchange = |url: &str, post: Option<String>, body: Option<String>| {
        let mut request = serde_json::json!({ "method": "POST", "url": url, "headers": [] });
        if let Some(text) = post {
            let mime = "application/x-www-form-urlencoded";
            request["postData"] = serde_json::json!({ "mimeType": mime, "text": text });
        }
        let content = serde_json::json!({ "text": body.unwrap_or_default() });
        let response = serde_json::json!({ "status": 200, "headers": [], "content": content });
        serde_json::json!({ "startedDateTime": "2026-01-01T00:00:00Z", "request": request, "response": response })
    };
    let message = {
        use base64::Engine as _;
        let file = path("../saml/base/b-a.xml");
        let signed = std::fs::read_to_string(file).unwrap();
        let encoded = base64::engine::general_purpose::STANDARD.encode(signed);
        format!("SAMLResponse={}", encoded.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"))
    };
    let entries = [
        exchange("https://sp.test/acs", Some(message), None),
        exchange("https://idp.test/jwks", None, Some(text("jwks.json"))),
        exchange("https://idp.test/md", None, Some(text("idp-both.xml"))),
        exchange("https://sp.test/", None, Some("<html>nothing</html>".to_owned())),
    ];
    let har =
        serde_json::json!({ "log": { "version": "1.2", "creator": {}, "entries": entries } }).to_string();
    let report = json(&troubleshoot(&["certs", "--at", AT[1], "--format", "json", "-"], har.as_bytes()));
    let sources: Vec<&str> =
        report["items"].as_array().unwrap().iter().map(|item| item["source"].as_str().unwrap()).collect();
    let direct = |file: &str| collected(&[file]).count();
    let count = |entry: &str| sources.iter().filter(|source| **source == entry).count();
    assert_eq!(count("-#entry-2"), direct("jwks.json"));
    assert_eq!(count("-#entry-3"), direct("idp-both.xml"));
    assert_eq!(count("-#entry-1") + count("-#entry-2") + count("-#entry-3"), sources.len());
    assert_eq!(count("-#entry-1"), 1);
    let nothing = serde_json::json!({ "log": { "version": "1.2", "creator": {}, "entries": [entries[3]] } });
    let nothing = troubleshoot(&["certs", "--at", AT[1], "-"], nothing.to_string().as_bytes());
    assert_eq!(nothing.code, 3, "{nothing:?}");
}
