//! `onboard`, `--config`, messages in URLs, packages in one file.

use crate::support::captures::{ACS, base64, entry, file, form, good, har, login, percent};
use base64::Engine as _;
use bonafide_troubleshoot::{Outcome, World, run};
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

fn clock() -> time::OffsetDateTime {
    time::macros::datetime!(2026-01-01 00:00:00 UTC)
}

fn troubleshoot(arguments: &[&str], stdin: &[u8]) -> Outcome {
    let world = World { clock, random: || Some([7; 32]), colour: false };
    run(["troubleshoot"].iter().chain(arguments).map(OsString::from), &mut &stdin[..], &world)
}

/// A new folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bonafide-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(path.join("samples")).unwrap();
        Self(path)
    }

    fn put(&self, name: &str, octets: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, octets).unwrap();
        path.display().to_string()
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn settings(folder: &Folder, more: &str) -> String {
    std::fs::copy(file("keys/k.crt"), Path::new(&folder.path("k.crt"))).unwrap();
    let text = format!(
        "{more}\n[sp]\nentity_id = \"https://sp.test/md\"\nacs = [\"{ACS}\"]\n\
         [idp]\nentity_id = \"https://idp.test\"\ncertificates = [\"k.crt\"]\n"
    );
    folder.put("app.toml", text)
}

fn report(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{outcome:?}"))
}

fn first(report: &Value) -> &str {
    report["findings"][0]["code"].as_str().unwrap_or("nothing")
}

/// Raw DEFLATE in base64, as messages stand in URLs.
fn deflated(xml: &[u8]) -> String {
    base64(&miniz_oxide::deflate::compress_to_vec(xml, 9))
}

fn request(id: &str) -> Vec<u8> {
    format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
         xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{id}\" Version=\"2.0\" \
         IssueInstant=\"2026-01-01T00:00:00Z\" AssertionConsumerServiceURL=\"{ACS}\" ForceAuthn=\"true\">\
         <saml:Issuer>https://sp.test/md</saml:Issuer><saml:Subject><saml:NameID>canary@person.example</saml:NameID>\
         </saml:Subject></samlp:AuthnRequest>"
    )
    .into_bytes()
}

fn asked(xml: &[u8]) -> String {
    format!("https://idp.test/sso?SAMLRequest={}&RelayState=canary-relay", percent(&deflated(xml)))
}

#[test]
fn an_integration_that_is_ready() {
    let folder = Folder::new("onboard-ready");
    let config = settings(&folder, "");
    folder.put("samples/good.xml", good());
    let changed = String::from_utf8(good()).unwrap().replace("alice", "mallory");
    folder.put("samples/changed.SA206.xml", changed);
    let samples = folder.path("samples");
    let run = |format: &str| troubleshoot(&["onboard", "-c", &config, &samples, "--format", format], b"");
    let document = report(&run("json"));
    assert_eq!(
        (document["verdict"].as_str(), document["failed"].as_u64()),
        (Some("ready"), Some(0)),
        "{document:#}"
    );
    let tests = document["tests"].as_array().unwrap();
    let spoilt = tests.iter().filter(|test| test["test"].as_str().unwrap().starts_with("refuses it")).count();
    assert_eq!(spoilt, 6, "{document:#}");
    for format in ["human", "json", "junit"] {
        let outcome = run(format);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        assert!(
            !outcome.stdout.contains("alice") && !outcome.stdout.contains("mallory"),
            "{}",
            outcome.stdout
        );
        assert_eq!(outcome.stdout, run(format).stdout);
    }
    let junit = run("junit").stdout;
    assert!(junit.contains("<testsuite name=\"onboard\"") && junit.contains("failures=\"0\""), "{junit}");
}

#[test]
fn an_integration_that_is_not_ready() {
    let folder = Folder::new("onboard-bad");
    let samples = folder.path("samples");
    let states = |more: &str| {
        let config = settings(&folder, more);
        let outcome = troubleshoot(&["onboard", "-c", &config, &samples, "--format", "json"], b"");
        (outcome.code, outcome.stdout)
    };
    folder.put("samples/good.SA401.xml", good());
    let (code, text) = states("");
    assert!(code == 2 && text.contains("it is accepted") && text.contains("no sample is a login"), "{text}");
    std::fs::remove_file(folder.path("samples/good.SA401.xml")).unwrap();
    folder.put("samples/good.xml", good());
    let (code, text) = states("exception = [{ allow = \"sha1\" }]");
    assert!(code == 2 && text.contains("AS106"), "{text}");
    let (code, text) = states("exception = [{ allow = \"sha1\", owner = \"iam\", expires = 2026-06-01 }]");
    assert!(code == 1 && text.contains("AS105"), "{text}");
    let (code, text) =
        states("exception = [{ allow = \"sha1\", owner = \"iam\", expires = \"2025-06-01\" }]");
    assert!(code == 2 && text.contains("AS106"), "{text}");
    let (code, text) = states("policy = { leeway = 400 }");
    assert!(code == 1 && text.contains("SA305"), "{text}");
    let missing = troubleshoot(&["onboard", "-c", &folder.path("no.toml"), &samples], b"");
    assert_eq!(missing.code, 64);
}

#[test]
fn a_capture_brings_the_request_along() {
    let folder = Folder::new("onboard-har");
    let config = settings(&folder, "");
    let time = "2026-01-01T00:00:02Z";
    let exchange = |id: &str| {
        har(vec![
            entry("GET", &asked(&request(id)), time, "", None),
            entry("POST", ACS, time, "", Some(&form(&good()))),
        ])
    };
    let capture = folder.put("samples/login.har", exchange("_req1"));
    let outcome = troubleshoot(&["onboard", "-c", &config, &capture, "--format", "json"], b"");
    assert!(outcome.code == 0 && !outcome.stdout.contains("skipped\": 2"), "{}", outcome.stdout);
    let check = |input: &[u8]| {
        let arguments = ["check", "-", "-c", &config, "--request-id", "capture", "--format", "json"];
        report(&troubleshoot(&arguments, input))
    };
    assert_eq!(check(&exchange("_req1"))["verdict"], "accepted");
    assert_eq!(first(&check(&exchange("_req2"))), "SA406");
    let arguments = ["check", "-", "-c", &config, "--request-id", "capture"];
    assert_eq!(troubleshoot(&arguments, &login(&good(), 0)).code, 64, "the request in it cannot be read");
    assert_eq!(troubleshoot(&arguments, &good()).code, 64, "no capture");
}

#[test]
fn flags_beat_the_configuration() {
    let folder = Folder::new("config");
    let config = settings(&folder, "[policy]\nleeway = 0\nname_id = \"required\"\n");
    let check = |more: &[&str]| {
        let arguments = ["check", "-", "--config", &config, "--request-id", "_req1", "--format", "json"];
        let outcome = troubleshoot(&[&arguments[..], more].concat(), &good());
        (outcome.code, outcome.stdout + &outcome.stderr)
    };
    assert_eq!(check(&["--at", "issue-instant"]).0, 0);
    let (code, text) = check(&["--at", "issue-instant", "--sp-entity-id", "https://sp.test/md/"]);
    assert!(code == 2 && text.contains("SA401") && text.contains("trailing-slash"), "{text}");
    // The confirmation ends at 00:05:00, and the file allows no tolerance.
    let late = ["--at", "2026-01-01T00:05:30Z"];
    assert_eq!(check(&late).0, 2);
    assert_eq!(check(&[&late[..], &["--leeway", "60"]].concat()).0, 0);
    for (bad, word) in
        [("colour = 1", "colour"), ("[sp]\nacs = 1", "line 2"), ("[policy]\nname_id = \"x\"", "name_id")]
    {
        let config = folder.put("bad.toml", bad);
        let outcome = troubleshoot(&["check", "-", "--config", &config], &good());
        assert!(outcome.code == 64 && outcome.stderr.contains(word), "{outcome:?}");
    }
}

#[test]
fn messages_in_urls_are_inflated() {
    let url = asked(&request("_req1"));
    for command in [
        &["show", "-"][..],
        &["show", "-", "--format", "json"],
        &["check", "-"],
        &["sanitize", "-", "-o", "-"],
    ] {
        let outcome = troubleshoot(command, url.as_bytes());
        let text = outcome.stdout + &outcome.stderr;
        assert!(!text.contains("canary") && text.contains("AuthnRequest"), "{text}");
    }
    let shown = report(&troubleshoot(&["show", "-", "--format", "json"], url.as_bytes()));
    assert_eq!(shown["decoded"], serde_json::json!(["redirect", "base64", "inflate", "xml"]));
    let json = |input: &str| report(&troubleshoot(&["check", "-", "--format", "json"], input.as_bytes()));
    assert_eq!(first(&json(&url)), "IN101");
    let response = format!("{ACS}?SAMLResponse={}", percent(&deflated(&good())));
    assert_eq!(json(&response)["findings"][0]["check"], "BindingForbidden");
    assert_eq!(
        json(&deflated(&request("_x")))["input"]["decoded"],
        serde_json::json!(["base64", "inflate", "xml"])
    );
    // What would be more than a message may be is not inflated.
    let bomb = deflated(&[b"<a>".as_slice(), &vec![b' '; 8 << 20], b"</a>"].concat());
    assert!(bomb.len() < 20_000);
    let outcome =
        troubleshoot(&["check", "-"], format!("https://x.test/?SAMLRequest={}", percent(&bomb)).as_bytes());
    assert!(outcome.code == 2 && outcome.stdout.contains("LimitInflateSize"), "{outcome:?}");
}

#[test]
fn a_logout_is_no_login() {
    let logout = b"<samlp:LogoutResponse xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_l\" Version=\"2.0\" \
                   IssueInstant=\"2026-01-01T00:00:09Z\"/>";
    let time = "2026-01-01T00:00:02Z";
    let posts = vec![
        entry("POST", ACS, time, "", Some(&form(&good()))),
        entry("POST", "https://sp.test/slo", "2026-01-01T00:00:09Z", "", Some(&form(logout))),
    ];
    let folder = Folder::new("logout");
    let config = settings(&folder, "");
    let arguments = ["check", "-", "-c", &config, "--request-id", "_req1", "--format", "json"];
    assert_eq!(report(&troubleshoot(&arguments, &har(posts)))["verdict"], "accepted");
}

#[test]
fn a_package_in_one_file() {
    let folder = Folder::new("zip");
    let capture = login(&good(), 0);
    let make = |name: &str| {
        let path = folder.path(name);
        let outcome = troubleshoot(&["bundle", "-", "-o", &path], &capture);
        assert_eq!(outcome.code, 1, "{outcome:?}");
        std::fs::read(path).unwrap()
    };
    let octets = make("one.zip");
    assert_eq!(octets, make("two.zip"), "the same input is the same file");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(octets)).unwrap();
    assert_eq!(archive.len(), 2);
    for index in 0..archive.len() {
        let text = std::io::read_to_string(archive.by_index(index).unwrap()).unwrap();
        assert!(!text.contains("alice") && !text.contains("canary"), "{text}");
    }
    let path = folder.path("one.zip");
    assert_eq!(troubleshoot(&["bundle", "-", "-o", &path], &capture).code, 64, "nothing is overwritten");
}

#[test]
fn swapped_settings_are_one_cause() {
    let certificate = file("keys/k.crt");
    let arguments = ["check", "-", "--idp-cert", &certificate, "--idp-entity-id", "https://idp.test"];
    let swapped = ["--sp-entity-id", ACS, "--acs", "https://sp.test/md", "--request-id", "_req1"];
    let at = ["--at", "issue-instant", "--format", "json"];
    let document = report(&troubleshoot(&[&arguments[..], &swapped, &at].concat(), &good()));
    assert_eq!(first(&document), "SA401", "{document:#}");
    assert!(document["findings"][0]["why"].as_str().unwrap().contains("swapped"), "{document:#}");
    let causes = document["findings"].as_array().unwrap().iter();
    assert_eq!(causes.filter(|finding| finding["caused_by"] == serde_json::json!([])).count(), 1);
}

#[test]
fn an_old_message_is_one_cause_and_names_the_key() {
    let certificate = file("keys/k.crt");
    let arguments = ["check", "-", "--idp-cert", &certificate, "--idp-entity-id", "https://idp.test"];
    let own = ["--sp-entity-id", "https://sp.test/md", "--acs", ACS, "--request-id", "_req1"];
    let run = |format: &str| {
        let at = ["--at", "2026-03-01T00:00:00Z", "--format", format];
        troubleshoot(&[&arguments[..], &own, &at].concat(), &good())
    };
    let document = report(&run("json"));
    let findings = document["findings"].as_array().unwrap();
    let causes: Vec<&Value> = findings.iter().filter(|f| f["caused_by"] == serde_json::json!([])).collect();
    assert_eq!(
        (causes.len(), &causes[0]["code"], &causes[0]["delta"]),
        (1, &"SA302".into(), &"stale-capture".into())
    );
    let html = run("html").stdout;
    assert!(
        html.contains("Trusted keys") && html.contains("RSA-2048") && html.contains("its signature holds")
    );
    assert!(!html.contains("alice"));
}

#[test]
fn a_wrong_file_for_trust_is_told() {
    let certificate = file("base/b-a.xml");
    let outcome = troubleshoot(&["check", "-", "--idp-metadata", &certificate, "--format", "json"], &good());
    let document = report(&outcome);
    assert_eq!(first(&document), "IN101");
    let fix = document["findings"][0]["fix"].as_object().unwrap();
    assert!(fix.len() == 1 && fix["any"].as_str().unwrap().contains("EntityDescriptor"), "{document:#}");
}

#[test]
fn an_access_token_for_graph_is_named() {
    let segment = |json: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json);
    let header = segment(r#"{"alg":"RS256","kid":"k","typ":"JWT","nonce":"canary-nonce"}"#);
    let claims = segment(
        r#"{"iss":"https://sts.windows.net/9188040d-6c67-4c5b-b112-36a304b66dad/","exp":1767229200,"iat":1767225600,
            "aud":"00000003-0000-0000-c000-000000000000","sub":"canary-sub"}"#,
    );
    let token = format!("{header}.{claims}.{}", segment("no signature"));
    let arguments = ["check", "-", "--client-id", "client1", "--no-nonce", "--format", "json"];
    let outcome = troubleshoot(&arguments, token.as_bytes());
    assert_eq!(first(&report(&outcome)), "OI104", "{outcome:?}");
    assert!(!outcome.stdout.contains("canary"));
}

#[test]
fn keys_of_pseudonyms_are_long() {
    let folder = Folder::new("pseudonyms");
    let key = folder.put("short", "secret\n");
    let outcome = troubleshoot(&["show", "-", "--pseudonym-key", &key], &good());
    assert!(outcome.code == 64 && outcome.stderr.contains("16 bytes"), "{outcome:?}");
    let key = folder.put("long", [7; 32]);
    assert_eq!(troubleshoot(&["show", "-", "--pseudonym-key", &key], &good()).code, 0);
}
