//! The tool over captures of browsers: which message is judged, at which time, and what the capture says beside it.

use crate::support::captures::{ACS, base64, entry, file, form, good, har, login, percent};
use bonafide_troubleshoot::{Outcome, World, run};
use serde_json::{Value, json};
use std::ffi::OsString;

fn clock() -> time::OffsetDateTime {
    time::OffsetDateTime::UNIX_EPOCH
}

fn troubleshoot(arguments: &[&str], stdin: &[u8]) -> Outcome {
    let world = World { clock, random: || Some([7; 32]), colour: false };
    run(["troubleshoot"].iter().chain(arguments).map(OsString::from), &mut &stdin[..], &world)
}

/// `check -` with the trust and policy of the vectors, no time given.
fn check(more: &[&str], input: &[u8]) -> Outcome {
    let certificate = file("keys/k.crt");
    let mut arguments = vec!["check", "-", "--idp-cert", &certificate, "--idp-entity-id", "https://idp.test"];
    arguments.extend(["--sp-entity-id", "https://sp.test/md", "--acs", ACS, "--request-id", "_req1"]);
    arguments.extend(more);
    troubleshoot(&arguments, input)
}

fn report(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{outcome:?}"))
}

fn json_of(input: &[u8], more: &[&str]) -> (u8, Value) {
    let outcome = check(&[&["--format", "json"], more].concat(), input);
    (outcome.code, report(&outcome))
}

fn codes(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

fn texts(value: &Value) -> String {
    value.as_array().unwrap().iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_har_is_judged_at_the_time_of_the_capture() {
    let (code, report) = json_of(&login(&good(), 0), &[]);
    assert_eq!((code, report["verdict"].as_str()), (0, Some("accepted")), "{report:#}");
    assert_eq!(report["time_source"], "capture");
    assert_eq!(report["evaluated_at"], "2026-01-01T00:00:02Z");
    assert_eq!(texts(&report["input"]["decoded"]), "har post form base64 xml");
    let (code, report) = json_of(&login(&good(), 0), &["--at", "2027-01-01T00:00:00Z"]);
    assert_eq!((code, report["time_source"].as_str()), (2, Some("flag")));
}

#[test]
fn split_parameters_and_local_times_will_do() {
    for value in [base64(&good()), percent(&base64(&good()))] {
        let mut post = entry("POST", ACS, "2026-01-01T01:00:02.5+01:00", "", None);
        post["request"]["postData"] =
            json!({ "mimeType": "x", "params": [{ "name": "SAMLResponse", "value": value }] });
        let (code, report) = json_of(&har(vec![post]), &[]);
        assert_eq!((code, report["evaluated_at"].as_str()), (0, Some("2026-01-01T00:00:02.500Z")));
    }
}

#[test]
fn the_last_response_is_judged_unless_another_entry_is_named() {
    let other = String::from_utf8(good()).unwrap().replace("alice", "mallory");
    let time = "2026-01-01T00:00:02Z";
    let posts = [other.as_bytes(), &good()].map(|xml| entry("POST", ACS, time, "", Some(&form(xml))));
    let logout = entry("GET", "https://idp.test/logout", time, "", None);
    let input = har([posts.to_vec(), vec![logout]].concat());
    assert_eq!(json_of(&input, &[]).0, 0);
    let (code, report) = json_of(&input, &["--entry", "1"]);
    assert_eq!((code, codes(&report)[0].as_str()), (2, "SA206"), "{report:#}");
    let outcome = check(&["--entry", "3"], &input);
    assert_eq!(outcome.code, 64);
    assert!(outcome.stderr.contains("1 (SAML response), 2 (SAML response)"), "{}", outcome.stderr);
}

#[test]
fn clocks_are_measured() {
    for ahead in [94, 0] {
        let (code, report) = json_of(&login(&good(), ahead), &[]);
        let found = codes(&report).contains(&"FL105".to_owned());
        assert_eq!((code, found), (u8::from(ahead > 0), ahead > 0), "{report:#}");
        if found {
            let seen = report["findings"][0]["seen"][0].as_str().unwrap();
            let seconds: i64 = seen.split(' ').next().unwrap().parse().unwrap();
            assert!((93..=95).contains(&seconds), "{seen}");
        }
    }
}

fn tracer(post: Value, saml: &str) -> Vec<u8> {
    let headers = json!([{ "name": "Date", "value": "Thu, 01 Jan 2026 00:00:02 GMT" }]);
    let request = json!({ "requestId": "1", "method": "POST", "url": ACS, "requestHeaders": [], "post": post,
        "saml": saml, "responseStatus": 302, "responseHeaders": headers });
    serde_json::to_vec(&json!({ "requests": [request], "timestamp": "2026-01-01T08:00:00.000Z" })).unwrap()
}

#[test]
fn tracer_exports_are_read_masked_or_not() {
    let xml = String::from_utf8(good()).unwrap();
    let (code, report) = json_of(&tracer(json!([["SAMLResponse", base64(&good())]]), &xml), &[]);
    assert_eq!((code, report["time_source"].as_str()), (0, Some("capture")), "{report:#}");
    assert_eq!(report["evaluated_at"], "2026-01-01T00:00:02Z");
    for masked in ["{hash:0a1b}", "{obf:alternative_0}", "{overwritten}"] {
        let post = json!([["SAMLResponse", masked]]);
        let (code, report) = json_of(&tracer(post.clone(), &xml), &[]);
        assert_eq!((code, codes(&report)), (1, vec!["IN105".to_owned()]), "{report:#}");
        let (code, report) = json_of(&tracer(post, ""), &[]);
        assert_eq!((code, codes(&report)), (3, vec!["IN105".to_owned()]), "{report:#}");
    }
}

#[test]
fn what_happened_to_a_copy_comes_first() {
    let xml = String::from_utf8(good()).unwrap();
    let indented = xml.replace("><", ">\n  <");
    let twice = base64(base64(&good()).as_bytes());
    let cut = xml[..xml.len() / 2].to_owned();
    let encoded = base64(&good());
    let (cut_form, escaped) = (encoded[..1201].to_owned(), xml.replace('<', "&lt;").replace('>', "&gt;"));
    for (input, code) in
        [(indented, "IN103"), (twice, "IN102"), (cut, "IN102"), (cut_form, "IN102"), (escaped, "IN102")]
    {
        let (exit, report) = json_of(input.as_bytes(), &["--at", "issue-instant"]);
        assert_eq!((exit, codes(&report)[0].as_str()), (2, code), "{report:#}");
    }
    let spaced = encoded.replace('+', " ");
    if spaced != encoded {
        assert_eq!(codes(&json_of(spaced.as_bytes(), &[]).1)[0], "IN102");
    }
}

#[test]
fn secrets_and_missing_messages_are_told() {
    let mut post = entry("POST", ACS, "2026-01-01T00:00:02Z", "", Some(&form(&good())));
    post["request"]["headers"] = json!([{ "name": "Cookie", "value": "session=canary" }]);
    let (code, report) = json_of(&har(vec![post]), &[]);
    assert_eq!((code, codes(&report)), (0, vec!["IN106".to_owned()]));
    let mut page =
        entry("GET", "https://login.microsoftonline.com/x/saml2", "2026-01-01T00:00:02Z", "", None);
    page["response"]["content"]["text"] = json!("<p>AADSTS50105: Your administrator has configured ...");
    let (code, report) = json_of(&har(vec![page]), &[]);
    assert_eq!((code, codes(&report)[0].as_str()), (2, "FL103"), "{report:#}");
    let (code, report) = json_of(&har(vec![]), &[]);
    assert_eq!((code, codes(&report)), (3, vec!["IN105".to_owned()]));
    let whole = login(&good(), 0);
    assert_eq!(json_of(&whole[..whole.len() - 40], &[]).0, 2);
}
