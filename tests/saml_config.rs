//! Rows of the attack catalogue that are about configuration, and the budget of public-key operations.

use bonafide::Unverified;
use bonafide::check::Check;
use bonafide::crypto::{TrustedKey, TrustedKeys};
use bonafide::instant::Leeway;
use bonafide::saml::{
    InMemoryReplayGuard, Policy, ReplayGuard, Request, Response, TrustedIdp, TrustedIdps, validate,
};
use std::path::Path;
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-01-01 00:00:00 UTC);

#[test]
fn trust_is_never_empty_and_never_too_much() {
    // SK-11
    assert_eq!(TrustedKeys::new(Vec::new()).unwrap_err().check, Check::NoTrustedKey);
    assert_eq!(
        TrustedIdp::from_pem("https://idp.test", "no certificate").unwrap_err().check(),
        Check::NoTrustedKey
    );
    // DS-13
    let key = TrustedKeys::from_pem(&text("keys/k.crt")).unwrap().iter().next().unwrap().clone();
    let many: Vec<TrustedKey> = std::iter::repeat_n(key, 100).collect();
    assert_eq!(TrustedKeys::new(many).unwrap_err().check, Check::LimitKeys);
    // SA-21: the unreadable key comes first, the right one second; nothing is skipped silently.
    let broken =
        format!("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n{}", text("keys/k.crt"));
    assert_eq!(TrustedIdp::from_pem("https://idp.test", &broken).unwrap_err().check(), Check::KeyMalformed);
    let idp = || TrustedIdp::from_pem("https://idp.test", &text("keys/k.crt")).unwrap();
    assert_eq!(
        TrustedIdp::from_pem(" ", &text("keys/k.crt")).unwrap_err().check(),
        Check::ConfigurationInvalid
    );
    assert_eq!(TrustedIdps::new([idp(), idp()]).unwrap_err().check(), Check::ConfigurationInvalid);
}

#[test]
fn policy_wants_everything() {
    let acs = ["https://sp.test/acs"];
    let request = || Request::InResponseTo("_req1".to_owned());
    let refused = |policy: Result<Policy, bonafide::error::Error>| policy.unwrap_err().check();
    assert_eq!(refused(Policy::new("", acs, request())), Check::ConfigurationInvalid);
    assert_eq!(refused(Policy::new("x", [] as [&str; 0], request())), Check::ConfigurationInvalid);
    assert_eq!(refused(Policy::new("x", [""], request())), Check::ConfigurationInvalid);
    assert_eq!(
        refused(Policy::new("x", acs, Request::InResponseTo(String::new()))),
        Check::ConfigurationInvalid
    );
}

/// The message says whom it claims to be from; the keys bound to that one decide.
#[test]
fn the_keys_of_the_chosen_tenant_decide() {
    let policy =
        Policy::new("https://sp.test/md", ["https://sp.test/acs"], Request::InResponseTo("_req1".to_owned()));
    let policy = policy.unwrap();
    let response = std::fs::read(folder().join("base/b-a.xml")).unwrap();
    let tenants = |keys: [&str; 2]| {
        let idp = |id, cert: &str| TrustedIdp::from_pem(id, &text(cert)).unwrap();
        TrustedIdps::new([idp("https://idp.test", keys[0]), idp("https://other.test", keys[1])]).unwrap()
    };
    let login = |tenants: &TrustedIdps| {
        let unverified = Unverified::<Response<'_>>::parse(&response).unwrap();
        let idp = tenants.select(&unverified.peek()).unwrap();
        unverified.verify(idp, NOW)?.validate(&policy, NOW)
    };
    assert_eq!(login(&tenants(["keys/k.crt", "keys/k2.crt"])).unwrap().issuer(), "https://idp.test");
    // SK-12: the key is trusted, but for another issuer.
    let error = login(&tenants(["keys/k2.crt", "keys/k.crt"])).unwrap_err();
    assert_eq!(error.check(), Check::SignatureInvalid);
    let nobody = TrustedIdps::new([]).unwrap();
    let peek = Unverified::<Response<'_>>::parse(&response).unwrap().peek();
    assert_eq!(nobody.select(&peek).unwrap_err().check(), Check::IssuerMismatch);
}

/// The result says which key vouched: position 1 is the next key of a rollover.
#[test]
fn a_rollover_names_the_key_that_matched_and_a_replay_is_refused() {
    let both = text("keys/k2.crt") + &text("keys/k.crt");
    let idp = TrustedIdp::from_pem("https://idp.test", &both).unwrap();
    let policy =
        Policy::new("https://sp.test/md", ["https://sp.test/acs"], Request::InResponseTo("_req1".to_owned()));
    let response = std::fs::read(folder().join("base/b-ra.xml")).unwrap();
    let login = validate(&response, &idp, &policy.unwrap(), NOW).unwrap();
    let signed: Vec<_> = login.signed_by().iter().map(|by| (by.element(), by.key_index())).collect();
    assert_eq!(signed, [("Assertion", 1), ("Response", 1)]);
    assert_eq!(login.signed_by()[0].key_fingerprint().len(), 64);

    let guard = InMemoryReplayGuard::new(100);
    guard.first_use(&login.replay_key(), NOW).unwrap();
    assert_eq!(guard.first_use(&login.replay_key(), NOW).unwrap_err().check(), Check::Replay);
}

/// As long as the message can be accepted, with any leeway, and no longer: the confirmation ends after five minutes, the
/// Conditions after an hour, and a policy may end it earlier.
#[test]
fn a_replay_key_lasts_as_long_as_the_message_is_accepted() {
    let idp = TrustedIdp::from_pem("https://idp.test", &text("keys/k.crt")).unwrap();
    let response = std::fs::read(folder().join("base/b-ra.xml")).unwrap();
    let policy = || {
        let request = Request::InResponseTo("_req1".to_owned());
        Policy::new("https://sp.test/md", ["https://sp.test/acs"], request).unwrap()
    };
    let minutes = |policy: Policy| {
        let login = validate(&response, &idp, &policy, NOW).unwrap();
        login.replay_key().expires().seconds_since(NOW.into()) / 60
    };
    let minute = time::Duration::MINUTE;
    assert_eq!(minutes(policy()), 5 + 10);
    assert_eq!(minutes(policy().with_max_message_age(3 * minute)), 3 + 10);
    // The user authenticated a minute before.
    assert_eq!(minutes(policy().with_max_authn_age(2 * minute)), 1 + 10);
    assert_eq!(minutes(policy().with_leeway(Leeway::new(10 * minute).unwrap())), 5 + 10);
}

/// SP-20: the tokenizer has the fixes of RUSTSEC-2026-0194 and -0195.
#[test]
fn the_tokenizer_is_not_an_old_one() {
    let lock = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    let versions: Vec<&str> = lock
        .split("[[package]]")
        .filter(|package| package.contains("name = \"quick-xml\""))
        .filter_map(|package| package.split("version = \"").nth(1)?.split('"').next())
        .collect();
    assert!(!versions.is_empty());
    for version in versions {
        let minor: u32 = version.split('.').nth(1).unwrap().parse().unwrap();
        assert!(minor >= 41 || !version.starts_with("0."), "quick-xml {version}");
    }
}

/// TM-16: no `now` overflows anything.
#[test]
fn the_ends_of_time_are_refusals() {
    let idp = TrustedIdp::from_pem("https://idp.test", &text("keys/k.crt")).unwrap();
    let policy =
        Policy::new("https://sp.test/md", ["https://sp.test/acs"], Request::InResponseTo("_req1".to_owned()));
    let policy = policy.unwrap();
    let response = std::fs::read(folder().join("base/b-a.xml")).unwrap();
    for now in [time::PrimitiveDateTime::MIN.assume_utc(), time::PrimitiveDateTime::MAX.assume_utc()] {
        let check = validate(&response, &idp, &policy, now).unwrap_err().check();
        assert!(matches!(check, Check::NotYetValid | Check::Expired), "{check}");
    }
}

fn text(file: &str) -> String {
    std::fs::read_to_string(folder().join(file)).unwrap()
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/saml")
}

/// DS-06: behind a genuine signature, a namespace name that each of 3,000 elements would repeat in canonical form. One of 200 KB
/// is too long by itself; of a name of 4 KB the canonical form becomes too long.
#[test]
fn a_canonical_form_does_not_explode() {
    let genuine = std::fs::read_to_string(folder().join("base/b-a.xml")).unwrap();
    let elements = "<p:a/>".repeat(3_000);
    let idp = TrustedIdp::from_pem("https://idp.test", &text("keys/k.crt")).unwrap();
    let request = Request::InResponseTo("_req1".to_owned());
    let policy = Policy::new("https://sp.test/md", ["https://sp.test/acs"], request).unwrap();
    for (length, expected) in [(200_000, Check::LimitNamespaces), (4_000, Check::LimitInputSize)] {
        let declared = format!("<saml:Assertion xmlns:p=\"urn:{}\" ", "x".repeat(length));
        let altered = genuine.replacen("<saml:Assertion ", &declared, 1).replacen(
            "<saml:AttributeValue>",
            &format!("<saml:AttributeValue>{elements}"),
            1,
        );
        assert_ne!(genuine, altered);
        let error = validate(altered.as_bytes(), &idp, &policy, NOW).unwrap_err();
        assert_eq!(error.check(), expected);
    }
}
