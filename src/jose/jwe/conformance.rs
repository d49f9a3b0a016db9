//! Decryption alone, against vectors of others: Wycheproof, which has the examples of RFC 7520, and RFC 7516 appendix A.

use super::{ContentEncryptionAlgorithm, DecryptionKey, DecryptionKeys, KeyManagementAlgorithm};
use crate::encoding::hex;
use serde_json::Value;
use std::collections::BTreeMap;
use wycheproof_ng_kdf_jose::json_web::{TestName, TestSet};

/// Every pair.
fn all() -> Vec<(KeyManagementAlgorithm, ContentEncryptionAlgorithm)> {
    let encs = ContentEncryptionAlgorithm::ALL;
    KeyManagementAlgorithm::ALL.iter().flat_map(|alg| encs.iter().map(|enc| (*alg, *enc))).collect()
}

fn outcome(jwe: &Value, key: &Value) -> Result<Vec<u8>, String> {
    let key =
        DecryptionKey::from_jwk(key.to_string().as_bytes()).map_err(|error| error.check().to_string())?;
    let keys = DecryptionKeys::new([key], &all()).map_err(|failure| failure.check.to_string())?;
    let token = jwe.as_str().map_or_else(|| jwe.to_string(), str::to_owned);
    keys.plaintext(&token).map(|(plaintext, _)| plaintext).map_err(|failure| failure.check.to_string())
}

#[test]
fn wycheproof() {
    let lines = include_str!("../../../testdata/oidc/wycheproof-jwe-exceptions.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut exceptions: BTreeMap<_, _> = lines.map(|line| line.split_once(": ").unwrap()).collect();
    let (mut differing, mut count) = (Vec::new(), BTreeMap::<_, [usize; 2]>::new());
    for (name, set) in [("encryption", TestName::JsonWebEncryption), ("crypto", TestName::JsonWebCrypto)] {
        let set = TestSet::load(set).unwrap();
        for group in &set.test_groups {
            for test in &group.tests {
                let (Some(jwe), Some(key)) = (&test.jwe, &group.private_key) else { continue };
                let outcome = outcome(jwe, key);
                let valid = !test.result.must_fail();
                count.entry(name).or_default()[usize::from(valid)] += 1;
                let id = format!("{name} {}", test.tc_id);
                let mut agrees = valid == outcome.is_ok();
                if let (Ok(plaintext), Some(expected)) = (&outcome, &test.pt) {
                    agrees &= &hex::encode(plaintext) == expected;
                }
                if exceptions.remove(id.as_str()).is_some() == agrees {
                    differing.push(format!("{id} {:?}: {outcome:?}, valid: {valid}", test.comment));
                }
            }
        }
    }
    println!("wycheproof JWE (invalid, valid): {count:?}");
    assert!(differing.is_empty(), "\n{}", differing.join("\n"));
    assert!(exceptions.is_empty(), "exceptions for vectors that do not exist: {exceptions:?}");
    assert!(count.values().flatten().sum::<usize>() > 160);
}

#[test]
fn examples_of_the_rfcs() {
    let examples: Vec<Value> =
        serde_json::from_str(include_str!("../../../testdata/oidc/rfc/jwe.json")).unwrap();
    assert!(examples.len() >= 5);
    for example in &examples {
        let outcome = outcome(&example["token"], &example["key"]);
        let outcome = outcome.map(|octets| String::from_utf8(octets).unwrap());
        let expected = match example["reject"].as_str() {
            Some(check) => Err(check.to_owned()),
            None => Ok(example["plaintext"].as_str().unwrap().to_owned()),
        };
        assert_eq!(outcome, expected, "{}", example["source"]);
    }
}
