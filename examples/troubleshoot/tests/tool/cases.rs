//! `slo` and `bundle`.

use crate::support::captures::{ACS, SSO, entry, file, good, login};
use bonafide::diagnosis::DecisionRecord;
use bonafide::saml::{self, Policy, Request, TrustedIdp};
use bonafide_troubleshoot::{Outcome, World, run};
use serde_json::Value;
use std::ffi::OsString;
use time::{Duration, OffsetDateTime};

fn clock() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH
}

fn troubleshoot(arguments: &[&str], stdin: &[u8]) -> Outcome {
    let world = World { clock, random: || Some([7; 32]), colour: false };
    run(["troubleshoot"].iter().chain(arguments).map(OsString::from), &mut &stdin[..], &world)
}

/// Records of real decisions, as an application would write them: the first `bad` of 1000 within a minute are refused.
fn records(bad: usize) -> String {
    let pem = std::fs::read_to_string(file("keys/k.crt")).unwrap();
    let idp = TrustedIdp::from_pem("https://idp.test", &pem).unwrap();
    let request = || Request::InResponseTo("_req1".to_owned());
    let decide = |audience: &str| {
        let policy = Policy::new(audience, [ACS], request()).unwrap();
        let now = time::macros::datetime!(2026-01-01 00:00:00 UTC);
        let record = match saml::validate(&good(), &idp, &policy, now) {
            Ok(login) => DecisionRecord::accepted(now).with_key(login.signed_by()[0].key_fingerprint()),
            Err(error) => DecisionRecord::denied(&error, now),
        };
        record.with_issuer("https://idp.test").with_latency(Duration::microseconds(250)).to_line()
    };
    decide("https://other.test").repeat(bad) + &decide("https://sp.test/md").repeat(1000 - bad)
}

#[test]
fn success_rates_meet_thresholds() {
    for (bad, code, state) in [(0, 0, "good"), (2, 0, "notice"), (8, 1, "warning"), (20, 2, "critical")] {
        let text = records(bad);
        assert!(!text.contains("alice"), "no value of a person is recorded");
        let outcome = troubleshoot(&["slo", "-", "--format", "json"], text.as_bytes());
        let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!((outcome.code, report["windows"][0]["state"].as_str()), (code, Some(state)), "{report:#}");
        assert_eq!(report["codes"]["SA401"].as_u64().unwrap_or_default(), bad as u64);
    }
    assert_eq!(troubleshoot(&["slo", "-"], b"").code, 3);
    assert_eq!(troubleshoot(&["slo", "-"], (records(0) + "nonsense\n").as_bytes()).code, 1);
    assert!(troubleshoot(&["slo", "-"], records(20).as_bytes()).stdout.contains("critical"));
    let refused = troubleshoot(&["slo", "-", "--thresholds", "1,2,3"], b"");
    assert!(refused.code == 64 && refused.stderr.contains("falling percentages"), "{}", refused.stderr);
}

#[test]
fn a_package_says_what_it_lacks_and_holds_no_secret() {
    let folder = std::env::temp_dir().join(format!("bonafide-case-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let path = folder.to_str().unwrap();
    let some = troubleshoot(&["bundle", "-", "-o", path, "--symptom", "blank page"], &login(&good(), 94));
    assert_eq!(some.code, 1, "{some:?}");
    assert!(some.stdout.contains("completeness 50 %") && some.stdout.contains("--tried"), "{}", some.stdout);
    let case = std::fs::read_to_string(folder.join("case.json")).unwrap();
    let capture = std::fs::read_to_string(folder.join("capture.har")).unwrap();
    assert!(case.contains("FL105") && case.contains("blank page"), "{case}");
    assert!(!capture.contains("canary") && !case.contains("canary") && !capture.contains("alice"));
    std::fs::remove_dir_all(&folder).unwrap();
    let _ = entry("GET", SSO, "", "", None);
}
