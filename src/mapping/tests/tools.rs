//! Lint, refused mappings, diagnosis, explanation, diff: over testdata/mapping/checks.json, or small enough to stand here.

use super::super::{Mapping, Reach, Sample};
use super::{at, cases, shown};
use serde_json::{Value, json};

fn checks() -> Value {
    serde_json::from_str(include_str!("../../../testdata/mapping/checks.json")).unwrap()
}

fn read(value: &Value) -> Mapping {
    Mapping::from_json(&value.to_string()).unwrap_or_else(|error| panic!("{error}: {}", shown(&error)))
}

#[test]
fn lint_says_what_the_file_says() {
    let mut failed = Vec::new();
    for case in checks()["lint"].as_array().unwrap() {
        let notes = read(&case["mapping"]).lint(at(case["now"].as_str().unwrap()));
        let show = |note: &super::super::Note| {
            format!("{} {} {}", note.code, note.severity.as_str(), note.at.as_path())
        };
        let mut seen: Vec<String> = notes.iter().map(show).collect();
        let mut expected: Vec<String> =
            case["expect"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect();
        assert!(notes.is_sorted_by_key(|note| core::cmp::Reverse(note.severity)));
        assert!(notes.iter().all(|note| !note.fix.is_empty()));
        seen.sort();
        expected.sort();
        if seen != expected {
            failed.push(format!("{}: expected {expected:?}, seen {seen:?}", case["id"]));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn what_is_no_mapping_is_refused() {
    for case in checks()["refused"].as_array().unwrap() {
        let Err(error) = Mapping::from_json(case["text"].as_str().unwrap()) else {
            panic!("{} was accepted", case["id"]);
        };
        assert_eq!(error.check().name(), case["check"], "{} {}", case["id"], shown(&error));
        assert_eq!(error.location().as_path(), case["at"], "{} {}", case["id"], shown(&error));
    }
    assert!(Mapping::from_json(&" ".repeat(5_000_000)).is_err());
}

#[test]
fn a_missing_attribute_comes_with_the_line_to_write() {
    for case in checks()["missing"].as_array().unwrap() {
        let mapping = read(&case["mapping"]);
        let sample = Sample::from_value(case["sample"].clone()).unwrap_or_else(|e| panic!("{}", shown(&e)));
        let explained = mapping.explain_sample(&sample, at("2026-06-01T00:00:00Z"));
        assert!(!explained.is_accepted(), "{}", case["id"]);
        let missing = explained.missing.iter().find(|missing| case["field"] == missing.field).unwrap();
        assert_eq!(missing.code.as_str(), case["code"], "{}: {missing:?}", case["id"]);
        let first = missing.candidates.first().unwrap_or_else(|| panic!("{}", case["id"]));
        assert_eq!(first.line, case["line"].as_str().unwrap(), "{}", case["id"]);
        assert!(!first.elsewhere.is_empty(), "{}", case["id"]);
    }
}

#[test]
fn the_line_to_write_mends_it() {
    for case in checks()["missing"].as_array().unwrap() {
        let Some(line) = case["line"].as_str().unwrap().strip_prefix("from = ") else { continue };
        let mut mended = case["mapping"].clone();
        mended["field"]["f"]["from"] = serde_json::from_str(line).unwrap();
        let sample = Sample::from_value(case["sample"].clone()).unwrap();
        let outcome = read(&mended).simulate(&sample, at("2026-06-01T00:00:00Z")).unwrap();
        assert!(!outcome.values("f").is_empty(), "{}", case["id"]);
    }
}

#[test]
fn decision_and_explanation_agree() {
    for case in cases() {
        let sample = Sample::from_value(case.sample).unwrap();
        let explained = case.mapping.explain_sample(&sample, case.now);
        match case.mapping.simulate(&sample, case.now) {
            Ok(outcome) => {
                assert!(explained.is_accepted(), "{}: {:?}", case.id, explained.rejections);
                assert!(explained.outcome == outcome, "{}", case.id);
            }
            Err(rejection) => {
                assert_eq!(explained.rejections.first(), Some(&rejection), "{}", case.id);
            }
        }
        let shown = explained.to_json(&|quoted| format!("<{:?}>", quoted.class()));
        assert!(
            shown["rules"].as_array().unwrap().len() == case.mapping.rules.len() || !explained.is_accepted()
        );
    }
}

#[test]
fn json_shows_people_only_as_the_caller_wants() {
    let file: Value = serde_json::from_str(super::CASES).unwrap();
    let case = cases().into_iter().find(|case| case.id == "example-saml").unwrap();
    let sample = Sample::from_value(case.sample).unwrap();
    let explained = case.mapping.explain_sample(&sample, case.now);
    let text = explained.to_json(&|quoted| format!("<{:?}>", quoted.class())).to_string();
    for secret in ["ada@acme.example", "Ada L", "aaaaaaaa-0000-4000"] {
        assert!(file.to_string().contains(secret) && !text.contains(secret), "{secret} in {text}");
    }
    assert!(!format!("{:?}", explained.outcome).contains("ada@"));
}

#[test]
fn who_names_every_value_that_can_yield_a_role() {
    let case = cases().into_iter().find(|case| case.id == "example-saml").unwrap();
    let who = case.mapping.who("admin", case.now);
    assert!(who.anybody() && !who.by_default);
    let [rule] = &who.rules[..] else { panic!() };
    assert_eq!((rule.reach, rule.any.len(), rule.none.len()), (Reach::Yes, 1, 1));
    assert_eq!(rule.any[0].label.as_deref(), Some("SG-Payroll-Admins"));
    assert_eq!(rule.witness, [("groups".to_owned(), rule.any[0].value.clone())]);
    let after = case.mapping.who("admin", at("2026-12-31T00:00:00Z"));
    assert!(!after.anybody(), "an expired grant reaches nobody");
    assert!(!case.mapping.who("nobody", case.now).anybody());
}

#[test]
fn diff_tells_who_gains_and_who_loses() {
    let case = cases().into_iter().find(|case| case.id == "example-admin").unwrap();
    let samples: Vec<Sample> = cases()
        .into_iter()
        .filter(|case| case.id.starts_with("example"))
        .map(|case| Sample::from_value(case.sample).unwrap())
        .collect();
    let same = case.mapping.diff(&case.mapping, &samples, case.now);
    assert!(same.is_empty() && same.privileged_gains().is_empty());

    let mut written = case.mapping.to_json();
    written["role"][0]["any"]["groups"] = json!(["app-users"]);
    written["role"][0].as_object_mut().unwrap().remove("assurance");
    written["role"][0]["none"] = json!({});
    written["subject"]["key"] = json!([["tid", "oid"]]);
    written["field"].as_object_mut().unwrap().remove("department");
    written["role"][1]["any"] = json!({ "groups": ["app-x"] });
    let diff = case.mapping.diff(&read(&written), &samples, case.now);
    assert_eq!(diff.privileged_gains(), ["admin"]);
    let why: Vec<&str> = diff.new_values.iter().map(|value| value.why).collect();
    assert!(why.contains(&"the value did not yield the role before"), "{why:?}");
    assert!(why.contains(&"the value no longer excludes from the role"), "{why:?}");
    let change = |name: &str| diff.samples.iter().find(|change| change.sample == name).unwrap();
    assert_eq!(change("example-saml").gained, ["admin"]);
    assert_eq!(change("example-saml").lost, ["viewer"]);
    assert!(change("example-saml").key.is_some());
    assert_eq!(change("example-default-no-role").refused_before, Some("CM107"));
    assert_eq!(diff.newly_unused, ["department"]);
    assert!(diff.new_notes.iter().any(|note| note.code.as_str() == "AS107"));

    let mut weaker = case.mapping.to_json();
    weaker["role"][0]["assurance"] = json!("mfa");
    let diff = case.mapping.diff(&read(&weaker), &[], case.now);
    assert_eq!(diff.privileged_gains(), ["admin"], "without any sample");
    assert!(diff.to_json(&|quoted| quoted.as_str().to_owned())["new_values"][0]["why"].is_string());
}

#[test]
fn unused_claims_are_named() {
    let case = cases().into_iter().find(|case| case.id == "example-oidc").unwrap();
    let mut sample = case.sample.clone();
    sample["claims"]["phone_number"] = json!("+1");
    sample["claims"]["address"] = json!({ "country": "X" });
    let sample = Sample::from_value(sample).unwrap();
    assert_eq!(case.mapping.unused([&sample]), ["address", "phone_number"]);
    assert_eq!(case.mapping.over_released([&sample])[0].code.as_str(), "CM113");
}

#[cfg(feature = "toml")]
#[test]
fn toml_and_json_are_the_same_mapping() {
    let toml = Mapping::from_toml(include_str!("../../../testdata/mapping/example.toml")).unwrap();
    let json = Mapping::from_json(include_str!("../../../testdata/mapping/example.json")).unwrap();
    assert_eq!(toml.to_json(), json.to_json());
    for text in ["version = 2", "version = 1\nversion = 1", "[", "version = 1\nx = 1"] {
        assert!(Mapping::from_toml(text).is_err(), "{text}");
    }
}

#[test]
fn a_mapping_survives_its_own_json() {
    for case in cases() {
        let again = read(&case.mapping.to_json());
        assert_eq!(again.to_json(), case.mapping.to_json(), "{}", case.id);
    }
}
