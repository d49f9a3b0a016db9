//! A JWK set that the fuzzer writes: read or refused; what is read has a key, and no secret stood in it.

use bonafide::jose::KeySet;

/// Holds for every input.
pub fn check(data: &[u8]) {
    let Ok(set) = KeySet::from_jwks(data) else { return };
    assert!(set.count() > 0, "an empty set trusts nobody");
    let value: serde_json::Value = match serde_json::from_slice(data) {
        Ok(value) => value,
        // Numbers beyond a double: text here, an error there.
        Err(error) => return assert!(error.to_string().contains("number out of range"), "{error}"),
    };
    let keys = value["keys"].as_array().expect("a keys array");
    assert_eq!(keys.len(), set.count() + set.skipped().len(), "each key is used or accounted for");
    for key in keys {
        for secret in ["d", "k", "p", "q", "dp", "dq", "qi", "oth", "priv"] {
            assert!(
                key.get(secret).is_none_or(serde_json::Value::is_null),
                "a published secret was read over"
            );
        }
    }
}
