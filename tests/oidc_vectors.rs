//! Runs the OpenID Connect vectors of `testdata/oidc`: each names the verdict, and a rejection names the exact check.

mod oidc_support;

use bonafide::error::{Code, Severity};
use bonafide::jose::KeySet;
use bonafide::oidc::{self, EmailVerified, Expectations, userinfo};
use oidc_support::{Verdict, judge, text};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

#[test]
fn every_vector_gets_its_verdict() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/oidc");
    let (mut failures, mut count) = (Vec::new(), BTreeMap::<String, (usize, usize)>::new());
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "json")) {
        let text = std::fs::read_to_string(file).unwrap();
        let vectors: Vec<Value> = serde_json::from_str(&text).unwrap();
        for vector in &vectors {
            let verdict = judge(vector);
            let expect = &vector["expect"];
            let family = vector["row"].as_str().unwrap()[..2].to_owned();
            let tally = count.entry(family).or_default();
            let wanted = match expect["reject"].as_str() {
                Some(check) => {
                    tally.1 += 1;
                    verdict == Verdict::Rejected(check.to_owned())
                }
                None => {
                    tally.0 += 1;
                    matches!(&verdict, Verdict::Accepted(claims) if holds(claims, &expect["accept"]))
                }
            };
            if !wanted {
                failures.push(format!(
                    "{} ({}): {verdict:?}, expected {expect}",
                    vector["id"], vector["comment"]
                ));
            }
        }
    }
    println!("vectors per family (accept, reject): {count:?}");
    let total: usize = count.values().map(|(accept, reject)| accept + reject).sum();
    assert!(total > 1_300, "only {total} vectors were found");
    assert!(failures.is_empty(), "{} of {total} failed:\n{}", failures.len(), failures.join("\n"));
}

/// The claims of the expectation are among those of the token.
fn holds(claims: &Value, expected: &Value) -> bool {
    expected.as_object().unwrap().iter().all(|(name, value)| &claims[name] == value)
}

fn jc(comment: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/oidc/jc.json");
    let vectors: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    vectors.into_iter().find(|vector| vector["comment"] == comment).unwrap()
}

fn now() -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(1_767_225_600).unwrap()
}

#[test]
fn a_claim_of_another_type_is_not_read_and_noted() {
    for (comment, place) in [
        ("email ['a@b']", Some("/email")),
        ("jti 1", Some("/jti")),
        ("sid 7", Some("/sid")),
        ("acr {'mfa': 1}, not wanted", Some("/acr")),
        ("amr of numbers, not wanted", Some("/amr")),
        ("amr text, wanted", Some("/amr")),
        ("email_verified yes", Some("/email_verified")),
        ("email_verified TRUE", None),
        ("acr None", None),
    ] {
        let vector = jc(comment);
        let provider = oidc_support::provider(&vector["provider"]).ok().unwrap();
        let policy = oidc_support::id_policy(&vector["policy"], now()).ok().unwrap();
        let token = oidc::verify(text(&vector, "token"), &provider, &policy, now()).unwrap();
        let unread = (token.email().is_none(), token.session_id(), token.acr());
        assert_eq!(unread, (true, None, None), "{comment}");
        let amr: Vec<_> = token.amr().collect();
        assert_eq!(amr, if comment == "amr text, wanted" { vec!["pwd"] } else { vec![] }, "{comment}");
        let known = Expectations::complete(&provider, &policy);
        let explained = oidc::explain(text(&vector, "token"), &known, now());
        let notes: Vec<_> = explained.findings().iter().map(|note| (note.code(), note.severity())).collect();
        let places: Vec<_> = explained.findings().iter().map(|note| note.location().as_path()).collect();
        let expected = place.map_or_else(Vec::new, |_| vec![(Code::OI126, Severity::Note)]);
        assert_eq!(notes, expected, "{comment}");
        assert_eq!(places, place.into_iter().collect::<Vec<_>>(), "{comment}");
    }
    // What is refused is not noted as well.
    let vector = jc("acr 1, wanted");
    let provider = oidc_support::provider(&vector["provider"]).ok().unwrap();
    let policy = oidc_support::id_policy(&vector["policy"], now()).ok().unwrap();
    let explained = oidc::explain(text(&vector, "token"), &Expectations::complete(&provider, &policy), now());
    assert_eq!(explained.findings().iter().map(|found| found.code()).collect::<Vec<_>>(), [Code::OI118]);
}

#[test]
fn email_verified_is_read_one_way() {
    use EmailVerified::{NotStated, NotVerified, Verified};
    let policy = userinfo::Policy::new("client1", "alice").unwrap();
    for (claim, expected) in [
        ("true", Verified),
        ("\"true\"", Verified),
        ("\"True\"", Verified),
        ("\"TRUE\"", Verified),
        ("false", NotVerified),
        ("\"False\"", NotVerified),
        ("\"yes\"", NotVerified),
        ("\" true\"", NotVerified),
        ("\"tru\u{435}\"", NotVerified),
        ("\"\"", NotStated),
        ("1", NotStated),
        ("0", NotStated),
        ("null", NotStated),
        ("[true]", NotStated),
        ("{\"true\":true}", NotStated),
    ] {
        let json = format!("{{\"sub\":\"alice\",\"email_verified\":{claim}}}");
        let plain = userinfo::read_plain(json.as_bytes(), &policy).unwrap();
        assert_eq!(plain.email_verified(), expected, "{claim}");
        assert_eq!(EmailVerified::of(plain.claim("email_verified")), expected, "{claim}");
    }
}

#[test]
fn what_is_skipped_in_a_key_set_is_reported() {
    let key = jc("baseline")["provider"]["jwks"]["keys"][0].clone();
    let set = serde_json::json!({"keys": [null, 7, {}, {"kty": "oct", "kid": "s"}, key, key]});
    let keys = KeySet::from_jwks(set.to_string().as_bytes()).unwrap();
    let skipped: Vec<_> = keys.skipped().iter().map(|key| (key.index, key.kid.as_deref())).collect();
    assert_eq!(skipped, [(0, None), (1, None), (2, None), (3, Some("s"))]);
    assert_eq!(keys.count(), 2);
}
