//! `check --second-opinion`: one more finding, and nothing else changes; without the feature it says so.

use bonafide_troubleshoot::{Outcome, World, run};
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

fn clock() -> time::OffsetDateTime {
    time::OffsetDateTime::UNIX_EPOCH
}

fn saml() -> PathBuf {
    Path::new(crate::ROOT).join("testdata/saml")
}

/// `check` of a message by the trust and policy of the test data.
fn check(message: &[u8], more: &[&str]) -> Outcome {
    let key = saml().join("keys/k.crt").display().to_string();
    let usual = ["troubleshoot", "check", "-", "--idp-cert", &key, "--idp-entity-id", "https://idp.test"];
    let policy =
        ["--sp-entity-id", "https://sp.test/md", "--acs", "https://sp.test/acs", "--request-id", "_req1"];
    let time = ["--at", "2026-01-01T00:00:00Z", "--format", "json"];
    let words = usual.iter().chain(&policy).chain(&time).chain(more);
    let world = World { clock, random: || Some([7; 32]), colour: false };
    run(words.map(OsString::from), &mut &message[..], &world)
}

#[cfg(not(feature = "xmlsec"))]
#[test]
fn a_build_without_the_feature_says_so() {
    let message = std::fs::read(saml().join("base/b-a.xml")).unwrap();
    let outcome = check(&message, &["--second-opinion"]);
    assert_eq!(outcome.code, 64);
    assert!(outcome.stderr.contains("needs the feature `xmlsec`"), "{}", outcome.stderr);
    let report: Value = serde_json::from_str(&check(&message, &[]).stdout).unwrap();
    assert_eq!(report["verdict"], "accepted");
}

#[cfg(feature = "xmlsec")]
#[test]
fn the_report_has_one_more_finding_and_is_the_same_otherwise() {
    let json = |outcome: &Outcome| serde_json::from_str::<Value>(&outcome.stdout).unwrap();
    let accepted = std::fs::read_to_string(saml().join("base/b-ra.xml")).unwrap();
    let unsigned = "<a/>".to_owned();
    let assertion_signed = std::fs::read_to_string(saml().join("base/b-a.xml")).unwrap();
    let extended = assertion_signed.replacen("<samlp:Status>", "<samlp:Extra/><samlp:Status>", 1);
    assert!(extended != assertion_signed);
    for (message, code, says) in [
        (&accepted, "SA221", "hashed the same"),
        (&extended, "SA222", "refused here by UnexpectedElement"),
        (&unsigned, "SA221", "nothing is signed"),
    ] {
        let without = check(message.as_bytes(), &[]);
        let with = check(message.as_bytes(), &["--second-opinion"]);
        assert_eq!(with.code, without.code, "{code}");
        let (without, mut with) = (json(&without), json(&with));
        let findings = with["findings"].as_array_mut().unwrap();
        let at = findings.iter().position(|finding| finding["code"] == code).unwrap();
        let finding = findings.remove(at);
        assert_eq!(finding["severity"], "note");
        assert!(finding["why"].as_str().unwrap().contains(says), "{finding}");
        assert!(!finding.to_string().contains("alice"));
        assert_eq!(with, without, "{code}");
    }
    let token = check(b"eyJhbGciOiJSUzI1NiJ9.e30.AAAA", &["--second-opinion"]);
    assert_eq!((token.code, token.stderr.contains("judges XML signatures")), (64, true), "{}", token.stderr);
}
