//! `troubleshoot map` and `check --mapping`: every command, its exit codes, and no value of a person in default output.
//! And one mapping over really signed logins of both protocols: one identity.

use bonafide::diagnosis::Diagnosis;
use bonafide::mapping::{Identity, Mapping, Origin};
use bonafide::{oidc, saml};
use bonafide_troubleshoot::{Outcome, World, run};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::PathBuf;
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-06-01 00:05:00 UTC);
const AT: [&str; 2] = ["--at", "2026-06-01T00:05:00Z"];
const ISSUER: &str = "https://sts.windows.net/11111111-2222-3333-4444-555555555555/";
const ADMINS: &str = "0f1e2d3c-0000-4000-8000-000000000001";

fn file(name: &str) -> String {
    format!("{}/testdata/{name}", crate::ROOT)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap()
}

fn example() -> Mapping {
    Mapping::from_json(&text("mapping/example.json")).unwrap()
}

/// A file of this test under the directory of the build.
fn temporary(name: &str, content: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("troubleshoot_map");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn troubleshoot(arguments: &[&str], mut stdin: &[u8]) -> Outcome {
    let world = World { clock: || NOW, random: || Some([7; 32]), colour: false };
    let arguments = std::iter::once("troubleshoot").chain(arguments.iter().copied()).map(OsString::from);
    run(arguments, &mut stdin, &world)
}

fn map(arguments: &[&str]) -> Outcome {
    let mut all = vec!["map"];
    all.extend(arguments);
    if arguments.first() != Some(&"preset") {
        all.extend(AT);
    }
    troubleshoot(&all, b"")
}

fn document(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{outcome:?}"))
}

fn assertion() -> bonafide::Validated<saml::Assertion> {
    let idp = saml::TrustedIdp::from_pem(ISSUER, &text("saml/keys/k.crt")).unwrap();
    let request = saml::Request::InResponseTo("_req1".to_owned());
    let policy =
        saml::Policy::new("https://app.acme.example/metadata", ["https://app.acme.example/acs"], request)
            .unwrap();
    saml::validate(text("mapping/login.xml").as_bytes(), &idp, &policy, NOW).unwrap()
}

fn id_token() -> bonafide::Validated<oidc::IdToken> {
    let jwks = text("mapping/login-jwks.json");
    let provider = oidc::TrustedProvider::from_jwks(ISSUER, jwks.as_bytes()).unwrap();
    let policy = oidc::Policy::new("client1", oidc::Nonce::Expected("n-0S6_WzA2Mj".to_owned())).unwrap();
    oidc::verify(text("mapping/login.jwt").trim(), &provider, &policy, NOW).unwrap()
}

#[test]
fn signed_logins_of_both_protocols_give_one_identity() {
    let mapping = example();
    let (assertion, id_token) = (assertion(), id_token());
    let by_saml: Identity = mapping.apply(&assertion, NOW).unwrap();
    let by_oidc: Identity = mapping.apply(&id_token, NOW).unwrap();
    assert_eq!(by_saml.subject_key(), by_oidc.subject_key());
    assert!(by_saml.subject_key().contains("aaaaaaaa-0000-4000-8000-0000000000aa"));
    assert_eq!((by_saml.issuer(), by_saml.roles()), (by_oidc.issuer(), by_oidc.roles()));
    let values = |identity: &Identity| {
        identity
            .fields()
            .map(|(name, field)| (name.to_owned(), field.state.clone(), field.provenance))
            .collect::<Vec<_>>()
    };
    assert_eq!(values(&by_saml), values(&by_oidc));
    assert_eq!(by_saml.value("email"), Some("ada@acme.example"));
    assert_eq!(by_saml.value("name"), Some("Ada Lovelace"));
    assert_eq!(by_saml.values("groups"), ["app-users", "app-wiki", ADMINS]);
    // In the group of the admins, but with a password only.
    assert!(by_saml.has_role("viewer") && !by_saml.has_role("admin"));
    assert_eq!(
        (by_saml.withheld(), by_saml.assurance().level),
        (by_oidc.withheld(), by_oidc.assurance().level)
    );
    assert_eq!(by_saml.withheld()[0].role, "admin");
    let origins = [&by_saml, &by_oidc].map(|identity| identity.field("email").unwrap().origin);
    assert_eq!(origins, [Origin::Assertion, Origin::IdToken]);
}

#[test]
fn a_diagnosis_goes_on_with_the_mapping() {
    let (mapping, login) = (example(), assertion());
    let xml = text("mapping/login.xml");
    let undecidable: Diagnosis = saml::explain(xml.as_bytes(), &saml::Expectations::nothing(), NOW);
    let (same, nobody) = mapping.judge(undecidable.clone(), &login, NOW);
    assert_eq!((same, nobody), (undecidable, None), "nothing is mapped that was not accepted");
}

fn check(mapping: &str, more: &[&str]) -> Outcome {
    let (certificate, login) = (file("saml/keys/k.crt"), file("mapping/login.xml"));
    let mut arguments = vec!["check", login.as_str(), "--idp-cert", &certificate, "--idp-entity-id", ISSUER];
    arguments.extend(["--sp-entity-id", "https://app.acme.example/metadata", "--request-id", "_req1"]);
    arguments.extend(["--acs", "https://app.acme.example/acs", "--mapping", mapping]);
    arguments.extend(AT);
    arguments.extend(more);
    troubleshoot(&arguments, b"")
}

#[test]
fn check_includes_the_mapping() {
    for name in ["mapping/example.json", "mapping/example.toml"] {
        let outcome = check(&file(name), &["--format", "json"]);
        let report = document(&outcome);
        assert_eq!((report["verdict"].as_str(), outcome.code), (Some("accepted"), 0), "{report:#}");
        assert_eq!(report["identity"]["roles"], json!(["viewer"]));
        assert!(report["identity"]["subject_key"].as_str().unwrap().starts_with("u-"));
        assert!(report["passed"].as_array().unwrap().contains(&json!("CM107")));
        no_person(&outcome.stdout);
    }
    let human = check(&file("mapping/example.json"), &[]);
    assert!(human.stdout.contains("role        viewer"), "{}", human.stdout);
    no_person(&human.stdout);
    assert!(human.stdout.lines().all(|line| line.chars().count() <= 100), "{}", human.stdout);
    let open = check(&file("mapping/example.json"), &["--format", "json", "--reveal", "person"]);
    assert_eq!(document(&open)["identity"]["fields"]["email"]["values"], json!(["ada@acme.example"]));
}

fn check_token(kind: &str, mapping: &str, more: &[&str]) -> Outcome {
    let (login, jwks) = (file("mapping/login.jwt"), file("mapping/login-jwks.json"));
    let mut arguments = vec!["check", login.as_str(), "--jwks", &jwks, "--issuer", ISSUER, "--kind", kind];
    arguments.extend(["--client-id", "client1", "--nonce", "n-0S6_WzA2Mj", "--mapping", mapping]);
    arguments.extend(AT);
    arguments.extend(more);
    troubleshoot(&arguments, b"")
}

#[test]
fn tokens_are_mapped_too() {
    let key = file("saml/keys/k.crt");
    let linked = ["--format", "json", "--pseudonym-key", &key];
    let outcome = check_token("id-token", &file("mapping/example.toml"), &linked);
    let report = document(&outcome);
    assert_eq!((report["verdict"].as_str(), outcome.code), (Some("accepted"), 0), "{report:#}");
    assert_eq!(report["identity"]["roles"], json!(["viewer"]));
    no_person(&outcome.stdout);
    let by_saml = document(&check(&file("mapping/example.toml"), &linked));
    for member in ["subject_key", "issuer", "roles", "grants", "withheld"] {
        assert_eq!(report["identity"][member], by_saml["identity"][member], "{member}");
    }
    let mut other: Value = serde_json::from_str(&text("mapping/example.json")).unwrap();
    other["accept"]["tenants"] = json!(["22222222-2222-3333-4444-555555555555"]);
    let other = temporary("other-tenant.json", &other.to_string());
    let refused = check_token("id-token", &other, &["--format", "json"]);
    let report = document(&refused);
    assert_eq!((refused.code, &report["findings"][0]["code"]), (2, &json!("CM110")), "{report:#}");
    assert!(report.get("identity").is_none() && report.get("claims").is_none());
    assert_eq!(check_token("logout-token", &other, &[]).code, 64, "no login");
}

#[test]
fn a_mapping_can_refuse_what_validation_accepts() {
    let mut other: Value = serde_json::from_str(&text("mapping/example.json")).unwrap();
    other["field"]["groups"]["from"] = json!(["Groups"]);
    let path = temporary("other-groups.json", &other.to_string());
    let outcome = check(&path, &["--format", "json"]);
    let report = document(&outcome);
    assert_eq!((report["verdict"].as_str(), outcome.code), (Some("denied"), 2), "{report:#}");
    assert_eq!(report["findings"][0]["code"], "CM107");
    assert!(report.get("identity").is_none() && report.get("claims").is_none());
    assert!(!report["mapping"]["missing"].as_array().unwrap().is_empty(), "{report:#}");
    assert!(!report["passed"].as_array().unwrap().contains(&json!("CM107")));
    no_person(&outcome.stdout);
    let human = check(&path, &[]).stdout;
    assert!(human.contains("from = ["), "the line to write: {human}");
    no_person(&human);

    let broken = check(&temporary("broken.toml", "version = 2\n"), &["--format", "json"]);
    assert_eq!((broken.code, document(&broken)["verdict"].as_str()), (2, Some("denied")));
    assert_eq!(check("/nonexistent", &[]).code, 64);
}

const CANARIES: [&str; 5] = ["ada@", "Ada@", "Lovelace", "aaaaaaaa-0000", "canary"];

fn no_person(text: &str) {
    for canary in CANARIES {
        assert!(!text.contains(canary), "{canary} in {text}");
    }
}

fn sample(groups: &[&str], expect: &Value) -> String {
    json!({ "protocol": "oidc", "expect": expect, "claims": {
        "iss": ISSUER, "sub": "canary-sub", "oid": "aaaaaaaa-0000-4000-8000-0000000000aa",
        "tid": "11111111-2222-3333-4444-555555555555", "email": "ada@acme.example", "name": "Ada Lovelace",
        "phone_number": "+49-canary", "groups": groups, "amr": ["pwd"] } })
    .to_string()
}

#[test]
fn explain_shows_every_step_and_no_person() {
    let mapping = file("mapping/example.toml");
    let good = temporary("explain/user.json", &sample(&["app-users"], &json!({})));
    let bad = temporary("explain/nobody.json", &sample(&["other"], &json!({})));
    let outcome = map(&["explain", "-c", &mapping, &good, "--format", "json"]);
    let shown = document(&outcome)["samples"][0].clone();
    assert_eq!((outcome.code, shown["verdict"].as_str()), (0, Some("accepted")), "{shown:#}");
    assert_eq!((shown["sample"].as_str(), &shown["identity"]["roles"]), (Some("user"), &json!(["viewer"])));
    assert!(shown["unused"].as_array().unwrap().contains(&json!("phone_number")));
    let folder = PathBuf::from(&good).parent().unwrap().to_str().unwrap().to_owned();
    for format in ["human", "json"] {
        let outcome = map(&["explain", "-c", &mapping, &folder, "--format", format]);
        assert_eq!(outcome.code, 2, "the worst sample decides");
        no_person(&outcome.stdout);
        let again = map(&["explain", "-c", &mapping, &folder, "--format", format]);
        assert_eq!(outcome.stdout, again.stdout);
        let open = map(&["explain", "-c", &mapping, &folder, "--format", format, "--reveal", "person"]);
        assert!(open.stdout.contains("ada@acme.example"));
    }
    let human = map(&["explain", "-c", &mapping, &bad]).stdout;
    for part in ["DENIED  nobody", "CM107", "tried groups", "\u{2717} any groups", "SG-Payroll-Admins", "key"]
    {
        assert!(human.contains(part), "{part} in {human}");
    }
    let stdin = troubleshoot(
        &["map", "explain", "-c", &mapping, "-", AT[0], AT[1]],
        sample(&["app-users"], &json!({})).as_bytes(),
    );
    assert_eq!(stdin.code, 0, "{stdin:?}");
}

#[test]
fn test_compares_with_what_samples_expect() {
    let mapping = file("mapping/example.json");
    let good = json!({ "roles": ["viewer"], "fields": { "email": ["ada@acme.example"] } });
    let good = temporary("test/good.json", &sample(&["app-users"], &good));
    let outcome = map(&["test", "-c", &mapping, &good]);
    assert_eq!((outcome.code, outcome.stdout.contains("1 passed, 0 failed")), (0, true), "{outcome:?}");
    let wrong =
        json!({ "roles": ["admin"], "fields": { "email": ["canary@acme.example"] }, "key": "canary" });
    temporary("test/wrong.json", &sample(&["app-users"], &wrong));
    let folder = PathBuf::from(&good).parent().unwrap().to_str().unwrap().to_owned();
    for format in ["human", "json", "junit"] {
        let outcome = map(&["test", "-c", &mapping, &folder, "--format", format]);
        assert_eq!(outcome.code, 2);
        no_person(&outcome.stdout);
        assert!(outcome.stdout.contains("field email: expected [") && outcome.stdout.contains("roles: "));
    }
    let report = document(&map(&["test", "-c", &mapping, &folder, "--format", "json"]));
    assert_eq!((&report["passed"], &report["failed"]), (&json!(1), &json!(1)));
    let junit = map(&["test", "-c", &mapping, &folder, "--format", "junit"]).stdout;
    assert!(
        junit.contains("<testsuite name=\"mapping\" tests=\"2\" failures=\"1\">") && junit.contains("&quot;")
    );
    let open = map(&["test", "-c", &mapping, &folder, "--reveal", "person"]);
    assert!(open.stdout.contains("canary@acme.example"));
}

#[test]
fn diff_wants_privileged_gains_accepted() {
    let old = file("mapping/example.toml");
    let mut new: Value = serde_json::from_str(&text("mapping/example.json")).unwrap();
    new["role"][0]["any"]["groups"] = json!([ADMINS, "app-ops"]);
    new["role"][0].as_object_mut().unwrap().remove("assurance");
    let new = temporary("new.json", &new.to_string());
    let ops = temporary("diff/ops.json", &sample(&["app-users", "app-ops"], &json!({})));
    let outcome = map(&["diff", &old, &new, "--samples", &ops, "--format", "json"]);
    let report = document(&outcome);
    assert_eq!(outcome.code, 2, "{report:#}");
    assert_eq!(report["privileged_gains"], json!(["admin"]));
    assert_eq!(report["samples"][0]["gained"], json!(["admin"]));
    let human = map(&["diff", &old, &new, "--samples", &ops]);
    assert!(human.stdout.contains("admin: ops (rule 0)  <- privileged"), "{}", human.stdout);
    assert!(human.stdout.contains("--accept-gain admin"));
    no_person(&human.stdout);
    let accepted = map(&["diff", &old, &new, "--accept-gain", "admin"]);
    assert_eq!(accepted.code, 1, "a change, and an accepted one: {}", accepted.stdout);
    let same = map(&["diff", &old, &old, "--samples", &ops]);
    assert_eq!((same.code, same.stdout.contains("nothing changes")), (0, true), "{}", same.stdout);
    assert_eq!(map(&["diff", &old, &file("mapping/example.json")]).code, 0, "both notations say the same");
}

#[test]
fn lint_has_an_exit_code_for_each_severity() {
    let clean = map(&["lint", &file("mapping/example.toml")]);
    assert!(matches!(clean.code, 0 | 1), "{}", clean.stdout);
    let mut risky: Value = serde_json::from_str(&text("mapping/example.json")).unwrap();
    risky["roles"]["default"] = json!(["viewer"]);
    let path = temporary("risky.json", &risky.to_string());
    assert_eq!(map(&["lint", &path]).code, 1);
    assert_eq!(map(&["lint", "-c", &path, "--fail-on", "risk"]).code, 2);
    risky["roles"]["default"] = json!(["admin"]);
    let outcome = map(&["lint", &temporary("deny.json", &risky.to_string()), "--format", "json"]);
    let report = document(&outcome);
    assert_eq!((outcome.code, report["findings"][0]["severity"].as_str()), (2, Some("deny")), "{report:#}");
    assert_eq!(report["findings"][0]["code"], "CM112");
}

#[test]
fn who_and_unused_and_preset() {
    let mapping = file("mapping/example.toml");
    let who = map(&["who", "-c", &mapping, "admin", "--format", "json"]);
    let report = document(&who);
    assert_eq!((who.code, &report["rules"][0]["any"][0]["label"]), (0, &json!("SG-Payroll-Admins")));
    let human = map(&["who", "-c", &mapping, "admin"]).stdout;
    assert!(human.contains("one of groups") && human.contains("(privileged)"), "{human}");
    let mut later = vec!["map", "who", "-c", &mapping, "admin", "--at", "2027-01-01T00:00:00Z"];
    assert_eq!(troubleshoot(&later, b"").code, 1, "the grant has ended");
    later[4] = "king";
    assert_eq!(troubleshoot(&later, b"").code, 64);

    let user = temporary("unused/user.json", &sample(&["app-users"], &json!({})));
    let unused = map(&["unused", "-c", &mapping, &user, "--format", "json"]);
    let report = document(&unused);
    assert!(report["unused"].as_array().unwrap().contains(&json!("phone_number")), "{report:#}");
    assert_eq!(unused.code, 0);
    no_person(&unused.stdout.replace("phone_number", ""));

    let names = map(&["preset"]).stdout;
    for name in names.lines() {
        let preset = map(&["preset", name]);
        assert_eq!((preset.code, document(&preset)["name"].as_str()), (0, Some(name)));
    }
    assert!(names.lines().count() >= 12);
    assert_eq!(map(&["preset", "none-such"]).code, 64);
}

#[test]
fn what_cannot_be_read_is_one_line_and_3() {
    let mapping = file("mapping/example.toml");
    let user = temporary("unreadable/user.json", &sample(&["app-users"], &json!({})));
    let broken = temporary("unreadable/broken.toml", "version = 1\n[field.email\n");
    let unknown = temporary("unreadable/unknown.toml", "version = 1\nevil = true\n");
    let not_json = temporary("unreadable/a/not.json", "canary {");
    let not_sample =
        temporary("unreadable/b/wrong.json", r#"{"protocol":"saml","issuer":["x"],"nameid":"canary@x"}"#);
    let empty = PathBuf::from(&not_json).parent().unwrap().join("empty");
    std::fs::create_dir_all(&empty).unwrap();
    let empty = empty.to_str().unwrap();
    for arguments in [
        &["lint", "/nonexistent"][..],
        &["lint", &broken],
        &["lint", &unknown],
        &["explain", "-c", &mapping, "/nonexistent"],
        &["explain", "-c", &mapping, &not_json],
        &["explain", "-c", &mapping, &not_sample],
        &["test", "-c", &mapping, empty],
        &["diff", &mapping, &broken],
        &["who", "-c", &broken, "admin"],
    ] {
        let outcome = map(arguments);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (3, ""), "{arguments:?}: {outcome:?}");
        assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
        assert!(!outcome.stderr.contains("canary"), "{}", outcome.stderr);
    }
    assert!(map(&["lint", &unknown]).stderr.contains("evil"));
    for arguments in [
        &["map"][..],
        &["map", "lint"],
        &["map", "explain", &user],
        &["map", "explain", "-c", &mapping],
        &["map", "who", "-c", &mapping],
        &["map", "lint", &mapping, "--at", "issue-instant"],
        &["map", "frobnicate"],
    ] {
        let outcome = troubleshoot(arguments, b"");
        assert_eq!((outcome.code, outcome.stdout.as_str()), (64, ""), "{arguments:?}: {outcome:?}");
        assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
    }
}
