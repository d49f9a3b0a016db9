//! Signatures alone, against vectors of others: Wycheproof and the examples of the RFCs.

use super::header::{HeaderKey, TypRule};
use super::{AlgorithmSet, HeaderRules, KeySelection, KeySet, Keys, MacAlgorithm, verify};
use crate::crypto::SharedSecret;
use crate::encoding::base64;
use serde_json::Value;
use std::collections::BTreeMap;
use wycheproof_ng_kdf_jose::json_web::{TestName, TestSet};

const RULES: HeaderRules<'_> =
    HeaderRules { typ: TypRule { accepted: &["jwt"], may_be_absent: true }, key: HeaderKey::Forbidden };

/// The keys that a vector trusts: a public JWK or set, or the one symmetric key.
fn keys(public: Option<&Value>, private: Option<&Value>, algorithms: AlgorithmSet) -> Result<Keys, String> {
    let secret = |jwk: &Value| {
        let secret = base64::decode_url(jwk["k"].as_str().unwrap_or_default()).ok_or("Base64Invalid")?;
        let named = jwk["alg"].as_str().unwrap_or_default();
        let algorithms = match named {
            "" => MacAlgorithm::ALL.to_vec(),
            named => vec![MacAlgorithm::from_name(named).map_err(|check| check.to_string())?],
        };
        Ok(Keys::Secret { secret: SharedSecret::new(&secret), algorithms })
    };
    let Some(public) = public.filter(|public| !public.is_null()) else {
        let private = private.ok_or("no key")?;
        return match private["kty"].as_str() {
            Some("oct") => secret(private),
            _ if private["keys"].as_array().is_some_and(|keys| keys.len() == 1) => {
                secret(&private["keys"][0])
            }
            _ => Err("a private key in the place of a public one".to_owned()),
        };
    };
    let set =
        if public["keys"].is_array() { public.clone() } else { serde_json::json!({ "keys": [public] }) };
    #[cfg(feature = "aws-lc")]
    let keys = {
        let named: Vec<_> = algorithms.iter().collect();
        KeySet::from_jwks_with(set.to_string().as_bytes(), &named)
    };
    #[cfg(not(feature = "aws-lc"))]
    let keys = KeySet::from_jwks(set.to_string().as_bytes());
    let keys = keys.map_err(|error| error.check().to_string())?;
    Ok(Keys::Public { keys, algorithms, selection: KeySelection::ExactlyOne })
}

fn outcome(token: &Value, public: Option<&Value>, private: Option<&Value>) -> Result<(), String> {
    outcome_with(token, keys(public, private, AlgorithmSet::DEFAULT)?)
}

fn outcome_with(token: &Value, keys: Keys) -> Result<(), String> {
    let token = token.as_str().map_or_else(|| token.to_string(), str::to_owned);
    let signed = verify(&token, RULES, &keys).map_err(|failure| failure.check.to_string())?;
    // Claims are read from the signed octets, strictly; here the payload need not be JSON.
    let payload = signed.octets.as_bytes().split(|octet| *octet == b'.').nth(1).unwrap();
    base64::decode_url(core::str::from_utf8(payload).unwrap())
        .map(|_| ())
        .ok_or_else(|| "SegmentBase64".to_owned())
}

/// Lines of `set tcId: why`; the verdict of the vector is expected to differ there, and must.
fn exceptions() -> BTreeMap<String, String> {
    let text = include_str!("../../testdata/oidc/wycheproof-exceptions.txt");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| line.split_once(": ").map(|(id, why)| (id.to_owned(), why.to_owned())).unwrap())
        .collect()
}

#[test]
fn wycheproof() {
    let (mut exceptions, mut differing, mut count) =
        (exceptions(), Vec::new(), BTreeMap::<_, [usize; 2]>::new());
    for (name, set) in [
        ("signature", TestName::JsonWebSignature),
        ("key", TestName::JsonWebKey),
        ("crypto", TestName::JsonWebCrypto),
    ] {
        let set = TestSet::load(set).unwrap();
        for group in &set.test_groups {
            for test in &group.tests {
                let Some(jws) = &test.jws else { continue };
                let outcome = outcome(jws, group.public_key.as_ref(), group.private_key.as_ref());
                let valid = !test.result.must_fail();
                count.entry(name).or_default()[usize::from(valid)] += 1;
                let id = format!("{name} {}", test.tc_id);
                let agrees = valid == outcome.is_ok();
                if exceptions.remove(&id).is_some() == agrees {
                    differing.push(format!(
                        "{id} {:?} {}: {outcome:?}, valid: {valid}",
                        group.group_comment, test.comment
                    ));
                }
            }
        }
    }
    println!("wycheproof (invalid, valid): {count:?}");
    assert!(differing.is_empty(), "\n{}", differing.join("\n"));
    assert!(exceptions.is_empty(), "exceptions for vectors that do not exist: {exceptions:?}");
    assert!(count.values().flatten().sum::<usize>() > 400);
}

#[test]
fn examples_of_the_rfcs() {
    let examples: Vec<Value> =
        serde_json::from_str(include_str!("../../testdata/oidc/rfc/examples.json")).unwrap();
    for example in &examples {
        let key = &example["key"];
        let outcome = match key["kty"].as_str() {
            Some("oct") => outcome(&example["token"], None, Some(key)),
            _ => outcome(&example["token"], Some(key), None),
        };
        let expected = match example["source"].as_str().unwrap() {
            // ES512 is verified under feature `aws-lc` only; A.5 is unsecured.
            "RFC 7515 A.4" | "RFC 7520 4.3" => Err("AlgUnsupported"),
            "RFC 7515 A.5" => Err("AlgForbidden"),
            _ => Ok(()),
        };
        assert_eq!(outcome, expected.map_err(str::to_owned), "{}", example["source"]);
    }
}

/// The examples with ES512, where it is named. Wycheproof has that algorithm only with a JWK that says ES521.
#[cfg(feature = "aws-lc")]
#[test]
fn es512_where_it_is_named() {
    let examples: Vec<Value> =
        serde_json::from_str(include_str!("../../testdata/oidc/rfc/examples.json")).unwrap();
    let of_es512 =
        |example: &&Value| matches!(example["source"].as_str(), Some("RFC 7515 A.4" | "RFC 7520 4.3"));
    let outcomes = examples.iter().filter(of_es512).map(|example| {
        let keys = keys(Some(&example["key"]), None, AlgorithmSet::of(&[super::Algorithm::Es512]));
        outcome_with(&example["token"], keys.unwrap())
    });
    assert_eq!(outcomes.collect::<Vec<_>>(), [Ok(()), Ok(())]);
}
