//! Genuinely signed responses, changed: accepted means the same claims, whatever was changed.

use bonafide::saml::{self, Assertion, Policy, Request, TrustedIdp};
use std::path::Path;
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-01-01 00:00:00 UTC);

/// Every octet of three responses, each changed to several others.
#[test]
fn flipping_any_octet_is_refused_or_changes_nothing() {
    let (idp, policy) = (idp(), policy());
    for file in ["base/b-a.xml", "base/b-r.xml", "base/b-ra.xml"] {
        let original = read(file);
        let genuine = claims(&saml::validate(&original, &idp, &policy, NOW).unwrap());
        let mut accepted = 0;
        let mut changed = original.clone();
        for at in 0..original.len() {
            for flip in [0x01, 0x20, 0x80, original[at] ^ b'&'] {
                changed[at] ^= flip;
                if let Ok(assertion) = saml::validate(&changed, &idp, &policy, NOW) {
                    assert_eq!(claims(&assertion), genuine, "{file}: octet {at} ^ {flip:#x}");
                    accepted += 1;
                }
                changed[at] = original[at];
            }
        }
        assert!(accepted < original.len() / 2, "{file}: {accepted} changes accepted");
    }
}

/// Pieces of one response moved, doubled or dropped within it: signature wrapping by brute force.
#[test]
fn moving_any_element_is_refused_or_changes_nothing() {
    let (idp, policy) = (idp(), policy());
    for file in ["base/b-a.xml", "base/b-r.xml", "base/b-ra.xml"] {
        let original = String::from_utf8(read(file)).unwrap();
        let genuine = claims(&saml::validate(original.as_bytes(), &idp, &policy, NOW).unwrap());
        let tags: Vec<usize> = original.match_indices('<').map(|(at, _)| at).collect();
        let elements = elements(&original);
        for &(from, to) in &elements {
            let piece = &original[from..to];
            let evil = piece.replace("alice@idp.test", "admin@sp.test").replace("_a1", "_a2");
            for (count, &at) in tags.iter().enumerate() {
                // Every third place keeps the test short; places differ between elements.
                if (count + from) % 3 != 0 {
                    continue;
                }
                for inserted in [piece, evil.as_str()] {
                    let doubled = format!("{}{inserted}{}", &original[..at], &original[at..]);
                    if let Ok(assertion) = saml::validate(doubled.as_bytes(), &idp, &policy, NOW) {
                        assert_eq!(claims(&assertion), genuine, "{file}: {from}..{to} at {at}");
                    }
                }
            }
            let dropped = format!("{}{}", &original[..from], &original[to..]);
            if let Ok(assertion) = saml::validate(dropped.as_bytes(), &idp, &policy, NOW) {
                assert_eq!(claims(&assertion), genuine, "{file}: without {from}..{to}");
            }
        }
    }
}

/// The byte ranges of all elements of a document without comments and CDATA.
fn elements(text: &str) -> Vec<(usize, usize)> {
    let mut open = Vec::new();
    let mut found = Vec::new();
    for (at, _) in text.match_indices('<') {
        let end = at + text[at..].find('>').unwrap() + 1;
        match &text[at..end] {
            tag if tag.starts_with("<?") => {}
            tag if tag.starts_with("</") => found.push((open.pop().unwrap(), end)),
            tag if tag.ends_with("/>") => found.push((at, end)),
            _ => open.push(at),
        }
    }
    found
}

fn claims(assertion: &Assertion) -> String {
    let attributes: Vec<_> = assertion
        .attributes()
        .iter()
        .map(|a| (a.name(), a.values().iter().map(|v| v.as_text()).collect::<Vec<_>>()))
        .collect();
    let name_id = assertion.name_id().map(|id| (id.value(), id.format()));
    format!("{:?} {:?} {:?} {:?}", assertion.issuer(), name_id, attributes, assertion.session_index())
}

fn idp() -> TrustedIdp {
    let pem = String::from_utf8(read("keys/k.crt")).unwrap();
    TrustedIdp::from_pem("https://idp.test", &pem).unwrap()
}

fn policy() -> Policy {
    Policy::new("https://sp.test/md", ["https://sp.test/acs"], Request::InResponseTo("_req1".to_owned()))
        .unwrap()
}

fn read(file: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/saml").join(file)).unwrap()
}
