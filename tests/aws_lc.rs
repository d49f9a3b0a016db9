//! What feature `aws-lc` adds, against tokens of others (`testdata/oidc/aws-lc`): accepted where it is named, else as in the
//! default build.
#![cfg(feature = "aws-lc")]

use bonafide::check::Check;
use bonafide::error::Error;
use bonafide::jose::{Algorithm, KeySet};
use bonafide::oidc::{self, Nonce, Policy, TrustedProvider};
use serde_json::{Value, json};
use time::OffsetDateTime;

fn outcome(case: &Value, key: &Value) -> Result<String, Error> {
    let jwks = json!({ "keys": [key] }).to_string();
    let keys = KeySet::from_jwks_with(jwks.as_bytes(), Algorithm::ALL)?;
    let mut provider = TrustedProvider::new("https://idp.test", keys).unwrap();
    if let Some(names) = case["algorithms"].as_array() {
        let named =
            |name: &Value| *Algorithm::ALL.iter().find(|a| a.name() == name.as_str().unwrap()).unwrap();
        let named: Vec<_> = names.iter().map(named).collect();
        provider = provider.with_algorithms(&named).unwrap();
    }
    let policy = Policy::new("client1", Nonce::Expected("n-0S6_WzA2Mj".to_owned())).unwrap();
    let now = OffsetDateTime::from_unix_timestamp(1_767_225_600).unwrap();
    let token = case["token"].as_str().unwrap();
    // Twice: the second time with a key that is ready.
    let first = oidc::verify(token, &provider, &policy, now).map(|login| login.subject().to_owned());
    let second = oidc::verify(token, &provider, &policy, now).map(|login| login.subject().to_owned());
    assert_eq!(first.as_ref().ok(), second.as_ref().ok());
    first
}

/// Where nobody names the algorithm, a key for it is skipped, as in the default build.
#[test]
fn keys_of_algorithms_that_are_not_named_are_skipped() {
    let text = include_str!("../testdata/oidc/aws-lc/tokens.json");
    let data: Value = serde_json::from_str(text).unwrap();
    let mut skipped = 0;
    for key in data["keys"].as_array().unwrap() {
        let named = |name| key["alg"] == name;
        if ["ES512", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"].into_iter().any(named) && key["priv"].is_null() {
            let jwks = json!({ "keys": [key] }).to_string();
            let failure = KeySet::from_jwks(jwks.as_bytes()).unwrap_err();
            let skipped_by = [Check::NoTrustedKey, Check::AlgUnsupported];
            assert!(skipped_by.contains(&failure.check()), "{key}: {}", failure.check());
            skipped += 1;
        }
    }
    assert!(skipped > 8, "{skipped}");
}

#[test]
fn every_token_gets_its_verdict() {
    let text = include_str!("../testdata/oidc/aws-lc/tokens.json");
    let data: Value = serde_json::from_str(text).unwrap();
    let (mut wrong, mut accepted) = (Vec::new(), 0);
    for case in data["cases"].as_array().unwrap() {
        let key = &data["keys"][usize::try_from(case["key"].as_u64().unwrap()).unwrap()];
        let found = match outcome(case, key) {
            Ok(subject) if subject == "alice" => "ACCEPT".to_owned(),
            Ok(subject) => format!("accepted {subject}"),
            Err(error) => error.check().to_string(),
        };
        accepted += usize::from(found == "ACCEPT");
        if found != case["outcome"].as_str().unwrap() {
            wrong.push(format!("{}: {found}, expected {}", case["id"], case["outcome"]));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(accepted, 6);
}
