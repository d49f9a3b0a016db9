//! `check` for redirect URLs and logout messages.

use bonafide_troubleshoot::{Outcome, World, run};
use serde_json::Value;
use std::ffi::OsString;
use std::path::Path;

fn troubleshoot(arguments: &[&str], stdin: &[u8]) -> Outcome {
    let world = World { clock: || time::OffsetDateTime::UNIX_EPOCH, random: || Some([7; 32]), colour: false };
    run(["troubleshoot"].iter().chain(arguments).map(OsString::from), &mut &stdin[..], &world)
}

/// Exit code, verdict, and the checks that refuse.
fn check(input: &str, more: &[&str]) -> (u8, String, Vec<String>) {
    let mut arguments = vec!["check", "-", "--format", "json"];
    arguments.extend(more);
    let outcome = troubleshoot(&arguments, input.as_bytes());
    let report: Value = serde_json::from_str(&outcome.stdout)
        .unwrap_or_else(|_| panic!("{}: {}", outcome.code, outcome.stderr));
    let checks = report["findings"].as_array().unwrap().iter();
    let checks = checks.map(|finding| finding["check"].as_str().unwrap_or_default().to_owned()).collect();
    (outcome.code, report["verdict"].as_str().unwrap().to_owned(), checks)
}

fn testdata(path: &str) -> String {
    Path::new(crate::ROOT).join("testdata/saml").join(path).display().to_string()
}

#[test]
fn every_redirect_vector_has_its_verdict() {
    let vectors: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string(testdata("redirect.json")).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for vector in &vectors {
        let key = testdata(&format!("keys/{}.crt", vector["key"].as_str().unwrap_or("k")));
        let at = vector["now"].as_str().unwrap_or("2026-01-01T00:00:00Z");
        let mut options =
            vec!["--idp-cert", &key, "--idp-entity-id", "https://idp.test", "--slo", "https://sp.test/slo"];
        options.extend(["--request-id", "_out1", "--at", at]);
        if vector["allow"] == "sha1" {
            options.extend(["--allow", "sha1=test:2027-01-01"]);
        }
        let expect = vector["expect"].as_str().unwrap();
        // The kind of the message is told from the message.
        if vector["id"].as_str().unwrap().starts_with("SL-01") {
            continue;
        }
        let url = format!("https://sp.test/slo?{}", vector["query"].as_str().unwrap());
        if url.contains([' ', '\t']) {
            continue;
        }
        let (code, verdict, checks) = check(&url, &options);
        let agrees = match expect {
            "accepted" | "partial" => code <= 1 && verdict == "accepted",
            refused => code == 2 && verdict == "denied" && checks.iter().any(|check| check == refused),
        };
        if !agrees {
            wrong.push(format!("{}: expected {expect}, found {code} {verdict} {checks:?}", vector["id"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_not_supplied_is_named() {
    let vectors: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string(testdata("redirect.json")).unwrap()).unwrap();
    let query = |id: &str| {
        vectors.iter().find(|vector| vector["id"] == id).unwrap()["query"].as_str().unwrap().to_owned()
    };
    let at = ["--at", "2026-01-01T00:00:00Z"];
    let (code, verdict, _) = check(&query("MS-60-plain"), &at);
    assert_eq!((code, verdict.as_str()), (3, "undecidable"));
    let key = testdata("keys/k.crt");
    let trust = ["--idp-cert", &key, "--idp-entity-id", "https://idp.test"];
    let (code, verdict, _) = check(&query("MS-60-plain"), &[&at[..], &trust].concat());
    assert_eq!((code, verdict.as_str()), (3, "undecidable"), "no --slo");
    // A signed AuthnRequest: the trust options name its sender.
    let request = query("SL-01-authn-request");
    let all = [&at[..], &trust, &["--slo", "https://sp.test/slo"]].concat();
    assert_eq!(check(&request, &all), (0, "accepted".to_owned(), Vec::new()));
    let k2 = testdata("keys/k2.crt");
    let other = [
        &at[..],
        &["--idp-cert", &k2, "--idp-entity-id", "https://idp.test", "--slo", "https://sp.test/slo"],
    ]
    .concat();
    let (code, verdict, checks) = check(&request, &other);
    assert_eq!((code, verdict.as_str(), checks), (2, "denied", vec!["SignatureInvalid".to_owned()]));
}

/// A logout message by POST; where a login is expected, it is the wrong kind of message.
#[test]
fn posted_logout_messages() {
    let xml = "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
               xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_1\" Version=\"2.0\" \
               IssueInstant=\"2026-01-01T00:00:00Z\" Destination=\"https://sp.test/slo\">\
               <saml:Issuer>https://idp.test</saml:Issuer><saml:NameID>alice</saml:NameID></samlp:LogoutRequest>";
    let key = testdata("keys/k.crt");
    let trust = ["--idp-cert", &key, "--idp-entity-id", "https://idp.test", "--at", "issue-instant"];
    let (code, _, checks) = check(xml, &[&trust[..], &["--slo", "https://sp.test/slo"]].concat());
    assert_eq!((code, checks), (2, vec!["SignatureMissing".to_owned()]));
    let login = ["--sp-entity-id", "https://sp.test/md", "--acs", "https://sp.test/acs", "--unsolicited"];
    let (code, _, checks) = check(xml, &[&trust[..], &login].concat());
    assert_eq!((code, checks), (2, vec!["UnexpectedRoot".to_owned()]));
}
