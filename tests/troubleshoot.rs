//! The tool over the SAML vectors: exit code, verdict, first finding, and no value of a person in any default output.
//!
//! The logic of the example is included, because cargo names no path for the binary of an example.

#[path = "../examples/troubleshoot/app/mod.rs"]
mod app;

use app::{Outcome, World, run};
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

#[test]
fn every_vector_has_its_verdict_and_names_its_check() {
    let (mut judged, mut wrong, mut later) = (0_usize, Vec::new(), Vec::new());
    for vector in vectors() {
        let id = vector["id"].as_str().unwrap();
        let Some(flags) = flags(&vector) else { continue };
        let outcome = check(&vector, &flags, &["--format", "json", "--reveal", "person"]);
        judged += 1;
        let report: Value = serde_json::from_str(&outcome.stdout).unwrap_or_default();
        let verdict = report["verdict"].as_str().unwrap_or("none");
        let found = checks(&report);
        let expected = &vector["expect"];
        if ["SX-21-bare-assertion", "SR-01-raw-xml", "SP-16-text"].contains(&id) {
            // The tool explains a bare assertion, reads XML where the library wants a form value, and one word as base64.
            let code = if id.starts_with("SX") {
                3
            } else if id.starts_with("SP") {
                2
            } else {
                0
            };
            assert_eq!(outcome.code, code, "{id}");
            continue;
        }
        let any = list(&expected["reject_any"]);
        let refused: Vec<&str> = any.iter().chain(expected.get("reject")).filter_map(Value::as_str).collect();
        let any = list(&expected["or_reject_any"]);
        let refused_too = verdict == "denied" && any.iter().any(|check| found.iter().any(|f| f == check));
        let fine = refused_too
            || if refused.is_empty() {
                verdict == "accepted"
                    && matches!(outcome.code, 0 | 1)
                    && same_claims(&expected["accept"], &report["claims"])
            } else {
                verdict == "denied"
                    && outcome.code == 2
                    && found.iter().any(|check| refused.contains(&check.as_str()))
            };
        if !fine {
            wrong.push(format!("{id}: want {expected}, got {verdict} {found:?} {}", outcome.stderr.trim()));
        } else if !refused.is_empty() && !refused.contains(&found[0].as_str()) {
            later.push(format!("{id}: want {refused:?} first, got {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {judged} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(judged > 500, "suspiciously few vectors: {judged}");
    // Another cause may be named first where a message has several faults; that is the exception.
    assert!(later.len() * 50 <= judged, "{} of {judged}:\n{}", later.len(), later.join("\n"));
    println!("{judged} judged, {} with another finding first\n{}", later.len(), later.join("\n"));
}

fn checks(report: &Value) -> Vec<String> {
    list(&report["findings"])
        .iter()
        .filter_map(|finding| finding["check"].as_str().map(str::to_owned))
        .collect()
}

fn same_claims(accept: &Value, claims: &Value) -> bool {
    let text = |value: &Value| value.get("name_id").unwrap_or(value).clone();
    let same_attribute = |(name, values): (&String, &Value)| {
        let wanted: Vec<Value> = list(values).iter().map(text).collect();
        let found = list(&claims["attributes"][name]);
        wanted.len() == found.len() && wanted.iter().zip(&found).all(|(w, f)| w == f || w.is_object())
    };
    let same = |name: &str, claim: &str| accept.get(name).is_none_or(|wanted| *wanted == claims[claim]);
    same("name_id", "subject")
        && same("name_id_format", "subject_format")
        && same("issuer", "issuer")
        && accept["attributes"].as_object().into_iter().flatten().all(same_attribute)
}

fn vectors() -> Vec<Value> {
    let text = std::fs::read_to_string(folder().join("vectors.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/saml")
}

fn file(name: &str) -> String {
    folder().join(name).display().to_string()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// A clock that stands still, so that a test that reads it by mistake is at least repeatable.
fn clock() -> time::OffsetDateTime {
    time::OffsetDateTime::UNIX_EPOCH
}

fn troubleshoot(arguments: &[&str], stdin: &[u8]) -> Outcome {
    let world = World { clock, colour: false };
    let arguments = ["troubleshoot"].iter().chain(arguments).map(OsString::from);
    run(arguments, &mut &stdin[..], &world)
}

fn check(vector: &Value, flags: &[String], more: &[&str]) -> Outcome {
    let mut arguments = vec!["check", "-"];
    arguments.extend(flags.iter().map(String::as_str));
    arguments.extend(more);
    troubleshoot(&arguments, &message(vector))
}

/// The octets of a vector: a file, or a file with something repeated inside.
fn message(vector: &Value) -> Vec<u8> {
    let read = |name: &Value| std::fs::read(folder().join(name.as_str().unwrap())).unwrap();
    let build = &vector["build"];
    if build.is_null() {
        return read(&vector["file"]);
    }
    let text = String::from_utf8(read(&build["base"])).unwrap();
    let part = |name: &str| build[name].as_str().unwrap_or_default().to_owned();
    let times = usize::try_from(build["times"].as_u64().unwrap()).unwrap();
    let inserted = part("before") + &part("repeat").repeat(times) + &part("after");
    let (before, after) = text.split_at(text.find(&part("insert_at")).unwrap());
    [before, &inserted, after].concat().into_bytes()
}

/// The flags under which a vector is judged; `None` where the command line has no flag for its policy.
fn flags(vector: &Value) -> Option<Vec<String>> {
    let (policy, trust) = (&vector["policy"], &vector["trust"]);
    let mut flags = vec![
        ["--sp-entity-id", "https://sp.test/md"].map(str::to_owned),
        ["--idp-entity-id", trust["entity_id"].as_str().unwrap_or("https://idp.test")].map(str::to_owned),
        ["--at", vector["now"].as_str().unwrap_or("2026-01-01T00:00:00Z")].map(str::to_owned),
    ];
    let mut more = |flag: &str, value: &str| flags.push([flag.to_owned(), value.to_owned()]);
    let or = |values: Vec<Value>, default: &str| {
        if values.is_empty() { vec![Value::from(default)] } else { values }
    };
    for name in or(list(&trust["certs"]), "k.crt") {
        more("--idp-cert", &file(&format!("keys/{}", name.as_str().unwrap())));
    }
    for url in or(list(&policy["acs"]), "https://sp.test/acs") {
        more("--acs", url.as_str().unwrap());
    }
    for name in list(&policy["allow"]) {
        more("--allow", &format!("{}=iam@sp.test:2026-12-31", name.as_str().unwrap()));
    }
    for (name, value) in policy.as_object().into_iter().flatten() {
        match name.as_str() {
            "acs" | "allow" | "request" => {}
            "leeway" => more("--leeway", &value.to_string()),
            "max_authn_age" => more("--max-age", &value.to_string()),
            "require_signed" => more("--require-signed", value.as_str().unwrap()),
            _ => return None,
        }
    }
    let unsolicited = policy["request"] == "unsolicited";
    if !unsolicited {
        more("--request-id", policy["request"]["in_response_to"].as_str().unwrap_or("_req1"));
    }
    let mut flags = flags.concat();
    flags.extend(unsolicited.then(|| "--unsolicited".to_owned()));
    Some(flags)
}
