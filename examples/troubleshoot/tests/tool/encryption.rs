//! The tool over encrypted messages: `--sp-key`, and what it says without a key, or with another one.

use bonafide_troubleshoot::{Outcome, World, run};
use serde_json::Value;
use std::ffi::OsString;

#[test]
fn without_a_key_the_report_says_whose_key_is_needed() {
    let (outcome, report) = check("ms-56-retrieval", &[], &[]);
    assert_eq!((outcome.code, report["verdict"].as_str()), (2, Some("denied")));
    assert_eq!(report["findings"][0]["check"], "EncryptedContentUnsupported");
    assert!(report["findings"][0]["why"].as_str().unwrap().contains("no private key"), "{report}");
    let recipient = report["findings"][1]["seen"][0].as_str().unwrap();
    assert!(recipient.contains("CN=sp.test"), "{recipient}");
    assert_eq!(report.get("claims"), None);
}

#[cfg(not(feature = "decryption"))]
#[test]
fn a_build_without_the_feature_says_so() {
    let (outcome, _) = check("ms-56-retrieval", &["sp"], &[]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (64, ""));
    assert!(outcome.stderr.contains("`decryption`") && outcome.stderr.lines().count() == 1);
}

#[cfg(feature = "decryption")]
mod with_keys {
    use super::*;

    #[test]
    fn every_vector_has_its_verdict() {
        let index = std::fs::read(folder("encryption/vectors.json")).unwrap();
        let vectors: Vec<Value> = serde_json::from_slice(&index).unwrap();
        let mut judged = 0;
        for vector in vectors.iter().filter(|vector| vector["now"].is_null()) {
            let texts = |name: &str| -> Vec<&str> {
                vector[name].as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
            };
            let name = vector["file"].as_str().unwrap().trim_start_matches("se/").trim_end_matches(".xml");
            let (outcome, report) = check(name, &texts("keys"), &texts("allow"));
            let checks: Vec<&str> = report["findings"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|finding| finding["severity"] == "deny")
                .filter_map(|finding| finding["check"].as_str())
                .collect();
            match vector["expect"]["reject"].as_str() {
                Some(check) => {
                    assert_eq!(outcome.code, 2, "{name}");
                    assert!(checks.contains(&check), "{name}: {checks:?}");
                }
                None => {
                    assert_eq!((outcome.code, report["verdict"].as_str()), (0, Some("accepted")), "{name}");
                    assert_eq!(report["claims"]["subject"], "alice@idp.test", "{name}");
                }
            }
            judged += 1;
        }
        assert!(judged >= 120, "only {judged}");
    }

    /// The other key: one failure, and beside it the two certificates, which anybody can see.
    #[test]
    fn another_key_is_named_by_its_fingerprint() {
        let (outcome, report) = check("ms-56-retrieval", &["rsa3072"], &[]);
        assert_eq!(outcome.code, 2);
        let findings = report["findings"].as_array().unwrap();
        assert_eq!((findings.len(), &findings[0]["severity"]), (2, &Value::from("deny")));
        assert_eq!(findings[0]["check"], "EncDecryptFailed");
        assert_eq!(findings[0]["seen"], serde_json::json!([]));
        assert_eq!(findings[1]["severity"], "note");
        assert_eq!(findings[1]["why"], "encrypted for another key than those of this service");
        assert!(findings[1]["seen"][0].as_str().unwrap().contains("CN=sp.test"));
        assert!(findings[1]["expected"][0].as_str().unwrap().starts_with("public key "));
    }

    /// The same key as JWK, in a set with one that is for tokens.
    #[test]
    fn a_jwk_serves_as_well() {
        use josekit::jwk::{KeyPair as _, alg::rsa::RsaKeyPair};
        let pem = std::fs::read(folder("encryption/keys/sp.key")).unwrap();
        let jwk = RsaKeyPair::from_pem(&pem).unwrap().to_jwk_private_key();
        let other = josekit::jwk::Jwk::generate_oct_key(16).unwrap();
        let set = serde_json::json!({ "keys": [other, jwk] }).to_string();
        let file = std::env::temp_dir().join(format!("bonafide-{}.jwks", std::process::id()));
        std::fs::write(&file, set).unwrap();
        let certificate = folder("saml/keys/k.crt");
        let name = file.to_str().unwrap();
        let outcome = troubleshoot(
            &[
                "check",
                "-",
                "--sp-key",
                name,
                "--idp-cert",
                &certificate,
                "--idp-entity-id",
                "https://idp.test",
                "--sp-entity-id",
                "https://sp.test/md",
                "--acs",
                "https://sp.test/acs",
                "--request-id",
                "_req1",
                "--at",
                "2026-01-01T00:00:00Z",
            ],
            &message("ms-56-retrieval"),
        );
        std::fs::remove_file(&file).unwrap();
        assert_eq!(outcome.code, 0, "{}{}", outcome.stdout, outcome.stderr);
    }

    #[test]
    fn a_file_that_holds_no_key_is_wrong_usage() {
        let certificate = folder("saml/keys/k.crt");
        let outcome = troubleshoot(&["check", "-", "--sp-key", &certificate], &message("ms-56-retrieval"));
        assert_eq!((outcome.code, outcome.stderr.lines().count()), (64, 1), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("k.crt") && outcome.stderr.contains("PKCS#8"), "{}", outcome.stderr);
    }
}

fn check(name: &str, keys: &[&str], allow: &[&str]) -> (Outcome, Value) {
    let keys: Vec<String> = keys.iter().map(|key| folder(&format!("encryption/keys/{key}.key"))).collect();
    let allow: Vec<String> = allow.iter().map(|name| format!("{name}=tests:2026-06-01")).collect();
    let certificate = folder("saml/keys/k.crt");
    let mut arguments = vec!["check", "-", "--format", "json", "--reveal", "person", "--request-id", "_req1"];
    arguments.extend(["--idp-cert", &certificate, "--idp-entity-id", "https://idp.test"]);
    arguments.extend(["--sp-entity-id", "https://sp.test/md", "--acs", "https://sp.test/acs"]);
    arguments.extend(["--at", "2026-01-01T00:00:00Z"]);
    arguments.extend(keys.iter().flat_map(|key| ["--sp-key", key]));
    arguments.extend(allow.iter().flat_map(|exception| ["--allow", exception]));
    let outcome = troubleshoot(&arguments, &message(name));
    let report = serde_json::from_str(&outcome.stdout).unwrap_or_default();
    (outcome, report)
}

fn troubleshoot(arguments: &[&str], stdin: &[u8]) -> Outcome {
    let world = World { clock: || time::OffsetDateTime::UNIX_EPOCH, random: || Some([7; 32]), colour: false };
    let arguments = ["troubleshoot"].iter().chain(arguments).map(OsString::from);
    run(arguments, &mut &stdin[..], &world)
}

fn message(name: &str) -> Vec<u8> {
    std::fs::read(folder(&format!("encryption/se/{name}.xml"))).unwrap()
}

fn folder(file: &str) -> String {
    format!("{}/testdata/{file}", crate::ROOT)
}
