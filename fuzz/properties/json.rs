//! JSON that the fuzzer writes: what is read here, serde_json reads as the same value; what serde_json reads, is read here,
//! but for the documented strictness (duplicates, depth, members, U+0000).

use bonafide::check::Check;
use bonafide::oidc::userinfo::{Policy, read_plain};
use serde_json::Value;

/// Holds for every input: it stands as one member of a UserInfo response, which is plain JSON.
pub fn check(data: &[u8]) {
    let text = [br#"{"sub":"alice","x":"#, data, b"}"].concat();
    let policy = Policy::new("client1", "alice").unwrap();
    let theirs: Result<Value, _> = serde_json::from_slice(&text);
    match (read_plain(&text, &policy), theirs) {
        (Ok(ours), Ok(theirs)) => {
            for (name, value) in ours.claims().unwrap() {
                // Numbers keep their text here and are rounded there: compare what is rounded the same way.
                let again: Value = serde_json::from_str(&value.to_json()).expect("what is written is JSON");
                assert_eq!(&again, &theirs[name], "{name}");
            }
        }
        // Numbers beyond a double: an error there, text here.
        (Ok(_), Err(error)) => assert!(error.to_string().contains("number out of range"), "{error}"),
        (Err(error), Ok(_)) => {
            let strict = [
                Check::DuplicateMember,
                Check::JsonTooDeep,
                Check::LimitMembers,
                Check::ClaimForbiddenChar,
                Check::LimitInputSize,
            ];
            // A second `sub` is a duplicate here; there it may have replaced the first.
            assert!(strict.contains(&error.check()), "{error:?}");
        }
        (Err(_), Err(_)) => {}
    }
}
