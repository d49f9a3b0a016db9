//! Deletes each rule of each walk in turn and sees that no proof is made.

use super::access_token::{self, AccessTokenRules};
use super::binding::Proof;
use super::checks::{IdTokenRules, half_hash};
use super::claims::Claims;
use super::client_assertion::{self, AssertionRules};
use super::dpop;
use super::id_token::IdToken;
use super::introspection::{self, IntrospectionRules};
use super::jarm::{self, ResponseRules};
use super::logout_token::{self, LogoutTokenRules};
use super::policy::{HashRule, Nonce, Policy, Renewed};
use super::provider::Issuer;
use super::token::{Rules, Walk, sha256_url};
use super::userinfo::{self, UserInfoRules};
use crate::crypto::DigestAlgorithm;
use crate::encoding::base64;
use crate::instant::Instant;
use crate::jose::{Algorithm, Signer};
use crate::report::Provenance;
use crate::report::tests::no_rule_can_go;
use serde_json::{Value, json};
use time::Duration;

const NOW: i64 = 1_767_225_600;

/// Claims that the rules accept; then without each rule.
fn holds_up(rules: &impl Rules, claims: &Value) {
    let claims = read(claims);
    let now = Instant::from_unix(NOW, 0);
    no_rule_can_go(rules.plan(), |report| {
        rules.run(&mut Walk { claims: &claims, now, from: Provenance::Signed, report })
    });
}

fn read(claims: &Value) -> Claims {
    let signed = ["e30.", &base64::encode_url(claims.to_string().as_bytes())].concat();
    Claims::read(signed.as_bytes(), Some(Signer::Public(Algorithm::Rs256))).unwrap()
}

/// The members of `more` on top of what every token here has.
fn claims(more: Value) -> Value {
    let mut all = json!({ "iss": "https://idp.test", "aud": "client", "iat": NOW, "exp": NOW + 60 });
    let members = all.as_object_mut().unwrap();
    for (name, value) in more.as_object().unwrap() {
        members.insert(name.clone(), value.clone());
    }
    members.retain(|_, value| !value.is_null());
    all
}

fn issuer() -> Issuer {
    Issuer::Exact("https://idp.test".into())
}

/// A certificate's octets and the thumbprint of a key, proven to be held, and the claim that says so.
fn proof() -> (Proof, Value) {
    let certificate = base64::encode_url(DigestAlgorithm::Sha256.digest(b"certificate").as_ref());
    let proof = Proof { jkt: Some("thumbprint".into()), ..Proof::client_certificate(b"certificate") };
    (proof, json!({ "jkt": "thumbprint", "x5t#S256": certificate }))
}

#[test]
fn no_rule_of_an_id_token_can_go() {
    let issuer = issuer();
    let (proof, cnf) = proof();
    let rules = |policy: &Policy, claims: &Value| {
        holds_up(&IdTokenRules { issuer: Some(&issuer), expected: &policy.0 }, claims);
    };
    let hash = |text: &str| half_hash(DigestAlgorithm::Sha256, text);
    let plain = Policy::new("client", Nonce::NotUsed).unwrap();
    rules(&plain, &claims(json!({ "sub": "alice" })));
    let demanding = Policy::new("client", Nonce::Expected("n".to_owned()))
        .unwrap()
        .with_max_token_age(Duration::minutes(5))
        .with_max_auth_age(Duration::minutes(5))
        .with_acr("high")
        .with_amr("otp")
        .with_access_token("token", HashRule::Required)
        .with_code("code", HashRule::Required)
        .with_state("state", HashRule::Required)
        .with_subject("alice")
        .with_proof(proof);
    let full = claims(json!({
        "sub": "alice", "azp": "client", "nbf": NOW, "nonce": "n", "auth_time": NOW, "acr": "high",
        "amr": ["otp"], "at_hash": hash("token"), "c_hash": hash("code"), "s_hash": hash("state"),
        "cnf": cnf,
    }));
    rules(&demanding, &full);
    let mut renewing = demanding.with_login_issuer("https://idp.test");
    renewing.0.renews =
        Some(Renewed { nonce: Some("n".into()), auth_time: Some(Instant::from_unix(NOW, 0)) });
    rules(&renewing, &full);
}

#[test]
fn no_rule_of_an_access_token_can_go() {
    let issuer = issuer();
    let (proof, cnf) = proof();
    let base = json!({ "sub": "alice", "client_id": "app", "jti": "1", "scope": "read", "cnf": cnf });
    let plain = access_token::Policy::new("client").unwrap();
    let rules = |policy: &access_token::Policy, claims: &Value| {
        holds_up(&AccessTokenRules::new(Some(&issuer), policy), claims);
    };
    let mut unbound = claims(base.clone());
    unbound.as_object_mut().unwrap().remove("cnf");
    rules(&plain, &unbound);
    rules(&plain.with_scope("read").with_proof(proof), &claims(base));
}

#[test]
fn no_rule_of_the_other_tokens_can_go() {
    let (issuer, now) = (issuer(), NOW);
    let policy = userinfo::Policy::new("client", "alice").unwrap();
    let rules = UserInfoRules { issuer: Some(&issuer), policy: &policy };
    holds_up(&rules, &claims(json!({ "sub": "alice", "nbf": now })));
    holds_up(&rules, &claims(json!({ "sub": "alice", "exp": null, "iat": null })));
    let login = IdToken::from(read(&claims(json!({ "sub": "alice" }))));
    let policy = userinfo::Policy::for_login("client", &login).unwrap();
    let rules = UserInfoRules { issuer: Some(&issuer), policy: &policy };
    holds_up(&rules, &claims(json!({ "sub": "alice" })));

    let policy = jarm::Policy::new("client", "state").unwrap();
    let rules = ResponseRules { issuer: Some(&issuer), policy: &policy };
    holds_up(&rules, &claims(json!({ "code": "c", "state": "state" })));

    let event = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    let policy = logout_token::Policy::new("client").unwrap();
    let rules = LogoutTokenRules { issuer: Some(&issuer), policy: &policy };
    holds_up(&rules, &claims(json!({ "sub": "alice", "jti": "1", "events": event })));

    let policy = introspection::Policy::new("client").unwrap();
    let rules = IntrospectionRules { issuer: Some(&issuer), policy: &policy };
    holds_up(&rules, &claims(json!({ "exp": null, "token_introspection": { "active": true } })));

    let client = Issuer::Exact("app".into());
    let policy = client_assertion::Policy::new("client").unwrap();
    let rules = AssertionRules { client: &client, policy: &policy };
    holds_up(&rules, &claims(json!({ "iss": "app", "sub": "app", "jti": "1" })));
}

#[test]
fn no_rule_of_a_proof_can_go() {
    let policy = dpop::Policy::new("POST", "https://sp.test/token").unwrap();
    let claims = json!({ "htm": "POST", "htu": "https://sp.test/token", "iat": NOW, "jti": "1" });
    holds_up(&policy, &claims);
    let mut with_token = claims.clone();
    with_token["ath"] = json!(sha256_url("token"));
    holds_up(&policy.with_access_token("token"), &with_token);
}
