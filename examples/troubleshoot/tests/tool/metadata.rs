//! `troubleshoot metadata` over `testdata/metadata`: exit code, verdict, contents.

#[allow(dead_code)]
use bonafide_troubleshoot::{Outcome, World, run};
use serde_json::Value;
use std::path::Path;

fn tool(arguments: &[&str], stdin: &[u8]) -> Outcome {
    let world = World {
        clock: || time::macros::datetime!(2026-01-01 00:00:00 UTC),
        random: || Some([7; 32]),
        colour: false,
    };
    let arguments = ["troubleshoot", "metadata"].iter().chain(arguments).map(std::ffi::OsString::from);
    run(arguments, &mut &stdin[..], &world)
}

fn file(name: &str) -> String {
    let path = Path::new(crate::ROOT).join("testdata/metadata").join(name);
    path.to_str().unwrap().to_owned()
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn every_vector_has_its_verdict_and_names_its_check() {
    let vectors: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string(file("vectors.json")).unwrap()).unwrap();
    let cert = file("../saml/keys/k.crt");
    for vector in &vectors {
        let path = file(vector["file"].as_str().unwrap());
        let mut arguments = vec!["--signing-cert", &cert, "--max-validity", "30", "--format", "json"];
        // Of an aggregate, the member that the vector is about is judged where one is named.
        let entity = vector["expect_entity"].as_str().or_else(|| vector["member"].as_str());
        if let Some(entity) = entity {
            arguments.extend(["--entity", entity]);
        }
        arguments.push(&path);
        let outcome = tool(&arguments, b"");
        let report = json(&outcome);
        assert_eq!(report["schema"], "bonafide/1");
        let service_provider = vector["file"] == "sp-only.xml";
        match vector["expect"]["reject"].as_str().filter(|_| !service_provider) {
            None => assert_eq!((outcome.code, &report["verdict"]), (0, &Value::from("accepted")), "{vector}"),
            Some(check) => {
                assert_eq!((outcome.code, &report["verdict"]), (2, &Value::from("denied")), "{vector}");
                let findings = report["findings"].as_array().unwrap();
                assert!(findings.iter().any(|finding| finding["check"] == check), "{vector} {findings:?}");
            }
        }
    }
}

#[test]
fn contents_are_listed() {
    let one = json(&tool(&["--format", "json", &file("good.xml")], b""));
    assert_eq!((&one["entities"], &one["entity"]["entity_id"]), (&1.into(), &"https://idp.test".into()));
    assert_eq!(one["entity"]["roles"][0]["role"], "idp");
    assert_eq!(one["entity"]["roles"][0]["keys"][0]["key"], "RSA-2048");
    assert_eq!(one["entity"]["roles"][0]["endpoints"][0]["location"], "https://idp.test/sso");
    assert_eq!(one["findings"][0]["code"], "SA201");
    let all = json(&tool(&["--format", "json", &file("good-aggregate.xml")], b""));
    assert_eq!((&all["entities"], all["entity"].is_null()), (&3.into(), true));
    let chosen =
        tool(&["--entity", "https://sp.test/md", "--format", "json", &file("good-aggregate.xml")], b"");
    assert_eq!(json(&chosen)["entity"]["roles"][0]["role"], "sp");
    let none = tool(&["--entity", "https://none.test", &file("good-aggregate.xml")], b"");
    assert_eq!(none.code, 2, "{}", none.stdout);
    let human = tool(&[&file("good-aggregate.xml")], b"");
    assert!(
        human.stdout.contains("3 entities") && human.stdout.contains("https://idp2.test"),
        "{}",
        human.stdout
    );
}

/// Beyond what a tree takes, the same report comes from the stream.
#[test]
fn large_documents_are_read_as_a_stream() {
    let entities: String = (0..40_000)
        .map(|n| format!("<md:EntityDescriptor entityID=\"https://e{n}.test/{}\"/>", "x".repeat(100)))
        .collect();
    let md = "urn:oasis:names:tc:SAML:2.0:metadata";
    let document = format!("<md:EntitiesDescriptor xmlns:md=\"{md}\">{entities}</md:EntitiesDescriptor>");
    let outcome = tool(&["--format", "json", "-"], document.as_bytes());
    let report = json(&outcome);
    assert_eq!((outcome.code, &report["entities"]), (0, &40_000.into()));
    let id = format!("https://e7.test/{}", "x".repeat(100));
    let chosen = tool(&["--entity", &id, "--format", "json", "-"], document.as_bytes());
    assert_eq!((chosen.code, &json(&chosen)["findings"][0]["check"]), (2, &"MetaRoleMissing".into()));
    let signed = tool(&["--signing-cert", &file("../saml/keys/k.crt"), "-"], document.as_bytes());
    assert!(signed.code == 2 && signed.stdout.contains("SignatureMissing"), "{}", signed.stdout);
}

#[test]
fn lint_and_diff() {
    let lint = json(&tool(&["lint", "--format", "json", &file("endpoint-http.xml")], b""));
    assert_eq!((&lint["verdict"], &lint["findings"][0]["code"]), (&"denied".into(), &"CK111".into()));
    assert_eq!(tool(&["lint", &file("no-validity.xml")], b"").code, 1);
    assert_eq!(tool(&["lint", &file("good.xml")], b"").code, 0);
    let same = tool(&["diff", &file("good.xml"), &file("good-inclusive.xml")], b"");
    assert_eq!(same.code, 0, "{}", same.stdout);
    let changed = tool(&["diff", "--format", "json", &file("good.xml"), &file("good-two-keys.xml")], b"");
    assert_eq!((changed.code, &json(&changed)["changes"][0]["change"]), (1, &"key-added".into()));
    for arguments in [&["diff", "a"][..], &[], &["--at", "capture", "x"], &["--max-validity", "0", "x"]] {
        let outcome = tool(arguments, b"");
        assert!(matches!(outcome.code, 3 | 64) && outcome.stderr.lines().count() == 1, "{arguments:?}");
    }
}

/// Above 4 MiB everything is read entity by entity; what is said stays the same.
#[test]
fn large_files_are_linted_and_compared_as_small_ones() {
    let good = std::fs::read_to_string(file("good-aggregate.xml")).unwrap();
    let large = |text: &str| {
        let padding = format!("{}<!-- -->", "\n".repeat(500_000)).repeat(10);
        text.replacen("</ds:Signature>", &format!("</ds:Signature>{padding}"), 1)
    };
    let folder = std::env::temp_dir().join(format!("bonafide-large-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, text: &str| {
        std::fs::write(folder.join(name), text).unwrap();
        folder.join(name).display().to_string()
    };
    let other = good.replacen("https://idp2.test", "https://idp3.test", 1);
    let paths = [("a", good.clone()), ("b", other.clone()), ("la", large(&good)), ("lb", large(&other))];
    let [small_a, small_b, large_a, large_b] = paths.map(|(name, text)| write(name, &text));
    let codes = |path: &str| {
        let report = json(&tool(&["lint", "--format", "json", path], b""));
        let findings = report["findings"].as_array().unwrap().clone();
        let mut codes: Vec<String> = findings.iter().map(|finding| finding["code"].to_string()).collect();
        codes.sort();
        (report["verdict"].to_string(), report["entities"].to_string(), codes)
    };
    assert_eq!(codes(&large_a), codes(&small_a));
    let compared = |old: &str, new: &str| {
        let outcome = tool(&["diff", "--format", "json", old, new], b"");
        (outcome.code, json(&outcome))
    };
    assert_eq!(compared(&large_a, &large_b), compared(&small_a, &small_b));
    assert_eq!(compared(&large_a, &small_a).0, 0);
    std::fs::remove_dir_all(folder).unwrap();
}
