//! The tool over the SAML vectors: exit code, verdict, first finding, and no value of a person in any default output.

use bonafide_troubleshoot::{Outcome, World, run};
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
    Path::new(crate::ROOT).join("testdata/saml")
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
    let world = World { clock, random: || Some([7; 32]), colour: false };
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
            "acs" | "allow" | "request" | "name_id" => {}
            "leeway" => more("--leeway", &value.to_string()),
            "max_authn_age" => more("--max-age", &value.to_string()),
            "require_signed" => more("--require-signed", value.as_str().unwrap()),
            _ => return None,
        }
    }
    more("--name-id", policy["name_id"].as_str().unwrap_or("required"));
    let unsolicited = policy["request"] == "unsolicited";
    if !unsolicited {
        more("--request-id", policy["request"]["in_response_to"].as_str().unwrap_or("_req1"));
    }
    let mut flags = flags.concat();
    flags.extend(unsolicited.then(|| "--unsolicited".to_owned()));
    Some(flags)
}

/// What was let pass by an exception, or had nothing to judge, did not pass: AS105 tells the one, `not_applicable` the other.
#[test]
fn only_what_held_has_passed() {
    let report = |id: &str| -> Value {
        let vectors = vectors();
        let vector = vectors.iter().find(|vector| vector["id"] == id).unwrap();
        let outcome = check(vector, &flags(vector).unwrap(), &["--format", "json"]);
        let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!((outcome.code, &report["verdict"]), (0, &Value::from("accepted")), "{id}: {report}");
        report
    };
    let codes = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|line| line["code"].as_str().unwrap().to_owned()).collect()
    };
    let about_conditions = ["SA408", "SA402", "SA401"];
    for (id, excused, inapplicable) in [
        (
            "SV-07-no-conditions-allowed",
            &about_conditions[..],
            &["SA408", "SA307", "SA301", "SA302", "SA401"][..],
        ),
        ("SV-07-no-audience-allowed", &["SA402", "SA401"], &["SA401"]),
        ("SV-39-allowed", &["SA403"], &["SA403"]),
        ("SA-04-rsa-sha1-allowed", &["SA207"], &[]),
        ("SA-04-sha1-digest-allowed", &["SA207"], &[]),
    ] {
        let report = report(id);
        let passed: Vec<&str> =
            report["passed"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(codes(&report["findings"]).contains(&"AS105".to_owned()), "{id}: {report}");
        for code in excused {
            assert!(!passed.contains(code), "{id}: {code} is told as passed");
        }
        let told = codes(&report["not_applicable"]);
        for code in inapplicable {
            assert!(told.iter().any(|line| line == code), "{id}: {code} has nothing to judge: {told:?}");
        }
        // What was judged is told all the same.
        assert!(passed.contains(&"SA405") && passed.contains(&"SA303"), "{id}: {passed:?}");
    }
    let report = report("SV-44-max-age-3600");
    let passed = report["passed"].to_string();
    assert!(passed.contains("AS103") && !passed.contains("CK101") && !passed.contains("AS101"), "{passed}");
}

/// What the vectors hold about people, and what could be replayed.
const CANARIES: [&str; 9] =
    ["alice", "admin@", "mallory", "auditor", "_req1", "_s1", "_evil", "CORP\\", "eduPersonTargetedID-value"];

#[test]
fn nothing_of_a_person_leaves_by_default() {
    let mut leaks = Vec::new();
    for vector in vectors() {
        let Some(flags) = flags(&vector) else { continue };
        // Repeated content makes no new field.
        let runs = if vector["build"].is_null() { &[("human", false), ("json", true)][..] } else { &[] };
        for (format, reveal) in runs.iter().copied() {
            let mut more = vec!["--format", format];
            more.extend(if reveal { &["--reveal", "person"][..] } else { &[] });
            let text = check(&vector, &flags, &more).stdout;
            let replayable = |canary: &&&str| !reveal || canary.starts_with('_');
            for canary in CANARIES.iter().filter(replayable).filter(|canary| text.contains(**canary)) {
                let line = text.lines().find(|line| line.contains(canary)).unwrap_or_default();
                leaks.push(format!("{} ({format}): {canary} in {}", vector["id"], line.trim()));
            }
        }
    }
    assert!(leaks.is_empty(), "{}:\n{}", leaks.len(), leaks.join("\n"));
}

const TRUST: [&str; 4] = ["--idp-entity-id", "https://idp.test", "--request-id", "_req1"];
const POLICY: [&str; 6] =
    ["--sp-entity-id", "https://sp.test/md", "--acs", "https://sp.test/acs", "--at", "2026-01-01T00:00:00Z"];

/// `check -` with the trust and policy of the vectors and a certificate of theirs.
fn judge(certificate: &str, more: &[&str], input: &[u8]) -> Outcome {
    let certificate = file(&format!("keys/{certificate}"));
    let mut arguments = vec!["check", "-", "--idp-cert", &certificate];
    arguments.extend(TRUST.iter().chain(&POLICY).chain(more));
    troubleshoot(&arguments, input)
}

fn good() -> Vec<u8> {
    std::fs::read(file("base/b-a.xml")).unwrap()
}

fn report(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{outcome:?}"))
}

/// What is written is compared with files; `UPDATE=1` writes them.
#[test]
fn reports_look_as_they_should() {
    let folder = Path::new(crate::ROOT).join("testdata/troubleshoot");
    let broken = [
        "--acs",
        "http://sp.test/acs",
        "--sp-entity-id",
        "https://sp.test/md/",
        "--at",
        "2026-01-01T02:00:00Z",
    ];
    let certificate = file("keys/k.crt");
    for (name, policy) in [("accepted", &POLICY), ("denied", &broken)] {
        for (format, extension) in [("human", "txt"), ("json", "json")] {
            let mut arguments = vec!["check", "-", "--idp-cert", &certificate, "--format", format];
            arguments.extend(TRUST.iter().chain(policy));
            let text = troubleshoot(&arguments, &good()).stdout;
            assert_eq!(
                text,
                troubleshoot(&arguments, &good()).stdout,
                "the same input gives the same report"
            );
            let path = folder.join(format!("check-{name}.{extension}"));
            if std::env::var_os("UPDATE").is_some() {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&path, &text).unwrap();
            }
            assert_eq!(text, std::fs::read_to_string(&path).unwrap(), "{}", path.display());
            assert!(text.lines().all(|line| format == "json" || line.chars().count() <= 100), "{text}");
        }
    }
}

#[test]
fn forms_of_input_lead_to_the_same_verdict() {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD.encode(good());
    let percent = base64.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let folded: String =
        base64.as_bytes().chunks(76).map(|line| format!("{}\r\n", String::from_utf8_lossy(line))).collect();
    for (form, steps) in [
        (base64.clone(), "base64 xml"),
        (folded, "base64 xml"),
        (base64.trim_end_matches('=').to_owned(), "base64 xml"),
        (percent.clone(), "percent base64 xml"),
        (format!("RelayState=x&SAMLResponse={percent}"), "form base64 xml"),
    ] {
        let outcome = judge("k.crt", &["--format", "json"], form.as_bytes());
        let report = report(&outcome);
        assert_eq!((outcome.code, report["verdict"].as_str()), (0, Some("accepted")), "{steps}");
        let decoded: Vec<Value> = list(&report["input"]["decoded"]);
        assert_eq!(decoded.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "), steps);
    }
    let url = format!("https://sp.test/acs?SAMLResponse={percent}");
    let outcome = judge("k.crt", &["--format", "json"], url.as_bytes());
    assert_eq!((outcome.code, checks(&report(&outcome))), (2, vec!["BindingForbidden".to_owned()]));
}

#[test]
fn what_is_not_supplied_makes_a_message_undecidable() {
    let alone = troubleshoot(&["check", "-", "--at", "issue-instant", "--format", "json"], &good());
    let document = report(&alone);
    assert_eq!((alone.code, document["verdict"].as_str()), (3, Some("undecidable")));
    assert_eq!(document["time_source"], "issue-instant");
    assert!(document.get("claims").is_none());
    let needs: Vec<Value> = list(&document["skipped"]).iter().map(|line| line["needs"].clone()).collect();
    for option in ["--idp-metadata", "--acs", "--sp-entity-id", "--request-id"] {
        assert!(needs.iter().any(|need| need == option), "{option}: {needs:?}");
    }
    let late = troubleshoot(&["check", "-", "--at", "2027-01-01T00:00:00Z", "--format", "json"], &good());
    assert_eq!((late.code, report(&late)["verdict"].as_str()), (2, Some("denied")), "a check denies anyhow");
}

#[test]
fn warnings_have_an_exit_code_of_their_own() {
    let expired = ["--at", "2026-01-01T00:00:00Z"];
    let warned = judge("k-expired.crt", &["--format", "json"], &good());
    if checks(&report(&warned)) == ["CertificateExpired"] {
        assert_eq!(warned.code, 1, "{expired:?}");
        assert_eq!(judge("k-expired.crt", &["--fail-on", "warn"], &good()).code, 2);
        assert_eq!(judge("k-expired.crt", &["--fail-on", "risk"], &good()).code, 1);
    }
    assert_eq!(judge("k.crt", &["--leeway", "600"], &good()).code, 1, "a wide leeway is a risk");
    assert_eq!(judge("k.crt", &["--leeway", "600", "--fail-on", "risk"], &good()).code, 2);
    assert_eq!(judge("k.crt", &["--leeway", "600", "--fail-on", "deny"], &good()).code, 1);
}

#[test]
fn wrong_usage_is_one_line_and_64() {
    let certificate = file("keys/k.crt");
    for (arguments, part) in [
        (&["check"][..], "INPUT"),
        (&[], "command"),
        (&["check", "-", "--leeway", "601"], "0 to 600"),
        (&["check", "-", "--at", "yesterday"], "RFC 3339"),
        (&["check", "-", "--allow", "sha1=nobody"], "owner"),
        (&["check", "-", "--allow", "md5=x:2026-01-01"], "no-audience"),
        (&["check", "-", "--idp-cert", &certificate], "--idp-entity-id"),
        (&["check", "-", "--idp-entity-id", "x"], "--idp-cert"),
        (&["check", "-", "--request-id", "x", "--unsolicited"], "--unsolicited"),
        (
            &["check", "-", "--sp-key", "/nonexistent"],
            if cfg!(feature = "decryption") { "/nonexistent" } else { "`decryption`" },
        ),
        (&["check", "-", "--config", "app.toml"], "--config"),
        (&["check", "-", "--at", "capture"], "capture"),
        (&["check", "-", "--idp-metadata", "/nonexistent"], "/nonexistent"),
        (&["explain", "SA999"], "SA999"),
    ] {
        let outcome = troubleshoot(arguments, &good());
        assert_eq!((outcome.code, outcome.stdout.as_str()), (64, ""), "{arguments:?}: {}", outcome.stderr);
        assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(part), "{arguments:?}: {}", outcome.stderr);
    }
    let missing = troubleshoot(&["check", "/nonexistent"], b"");
    assert_eq!((missing.code, missing.stderr.lines().count()), (3, 1));
}

#[test]
fn trust_that_cannot_be_used_accepts_nothing() {
    for (certificate, check) in [("bad.crt", "KeyMalformed"), ("sp.crt", "SignatureInvalid")] {
        let outcome = judge(certificate, &["--format", "json"], &good());
        assert_eq!((outcome.code, checks(&report(&outcome))[0].as_str()), (2, check), "{certificate}");
    }
}

#[test]
fn the_catalogue_is_complete_on_paper() {
    let outcome = troubleshoot(&["codes", "--format", "json"], b"");
    let codes = list(&report(&outcome)["codes"]);
    assert!(codes.len() > 100 && outcome.code == 0);
    for entry in &codes {
        let code = entry["code"].as_str().unwrap();
        assert!(entry["fix"]["any"].is_string() && entry["meaning"].is_string(), "{code}");
        for wanted in [code, entry["name"].as_str().unwrap()] {
            let page = troubleshoot(&["explain", wanted], b"");
            assert!(page.code == 0 && page.stdout.contains(code), "{wanted}");
        }
    }
}

#[test]
fn a_person_is_revealed_on_request_only() {
    let subject = |more: &[&str]| {
        let mut flags = vec!["--format", "json"];
        flags.extend(more);
        report(&judge("k.crt", &flags, &good()))["claims"]["subject"].as_str().unwrap().to_owned()
    };
    assert_eq!(subject(&["--reveal", "person"]), "alice@idp.test");
    assert!(subject(&[]).starts_with("u-"));
    let key = file("keys/k2.crt");
    assert_ne!(subject(&["--pseudonym-key", &key]), subject(&[]));
}
