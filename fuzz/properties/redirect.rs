//! The query of a redirect URL that the fuzzer writes: decoding ends, and nothing is vouched for that the test key did not sign.

use bonafide::check::Check;
use bonafide::crypto::TrustedKeys;
use bonafide::diagnosis::Verdict;
use bonafide::saml::logout::{Expectations, Policy, explain_request, validate_request};
use bonafide::saml::{Arrived, TrustedIdp, decode_redirect, verify_redirect};
use std::sync::LazyLock;
use time::OffsetDateTime;

/// Holds for every input.
pub fn check(data: &[u8]) {
    let Ok(query) = std::str::from_utf8(data) else { return };
    let now = OffsetDateTime::from_unix_timestamp(1_767_225_600).expect("2026-01-01");
    let decoded = decode_redirect(query, 80);
    let verified = verify_redirect(query, 80, KEYS.keys(), &[], now);
    match (&decoded, &verified) {
        (Ok(decoded), Ok(verified)) => {
            assert_eq!(decoded.untrusted_xml(), verified.xml(), "what was verified is what was read");
            assert_eq!(decoded.untrusted_relay_state(), verified.relay_state());
            assert!(decoded.is_signed());
            assert!(verified.xml() == GENUINE.xml(), "a message that the key did not sign");
        }
        (Ok(decoded), Err(error)) => {
            assert!(decoded.is_signed() || error.check() == Check::RedirectSignatureMissing);
        }
        (Err(one), Err(other)) => assert_eq!(one.check(), other.check()),
        (Err(_), Ok(_)) => panic!("verified, and cannot be decoded"),
    }
    let policy = Policy::new(["https://sp.test/slo"]).expect("a URL");
    let accepted = validate_request(Arrived::Redirect(query), &KEYS, &policy, now).is_ok();
    let explained = explain_request(Arrived::Redirect(query), &Expectations::complete(&KEYS, &policy), now);
    assert_eq!(accepted, explained.verdict() == Verdict::Accepted, "decision and explanation agree");
}

static KEYS: LazyLock<TrustedIdp> = LazyLock::new(|| {
    let pem = include_str!("../../testdata/saml/keys/k.crt");
    TrustedIdp::new("https://idp.test", TrustedKeys::from_pem(pem).expect("a certificate")).expect("a name")
});

/// The one message in the corpus that the key signed (RSA with SHA-256, and SHA-512, which has the same content).
static GENUINE: LazyLock<bonafide::Verified<bonafide::saml::RedirectMessage>> = LazyLock::new(|| {
    let query = include_str!("../corpus/redirect/genuine");
    let now = OffsetDateTime::UNIX_EPOCH;
    verify_redirect(query, 80, KEYS.keys(), &[], now).expect("genuine")
});
