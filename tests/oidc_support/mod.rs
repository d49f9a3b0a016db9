//! From a vector to a verdict: shared by the runners.
#![allow(dead_code, reason = "each runner uses a part")]

use bonafide::diagnosis::{self, Diagnosis};
use bonafide::error::{Code, Error, Failure};
use bonafide::instant::Leeway;
use bonafide::jose::{Algorithm, KeySelection, KeySet};
use bonafide::json::Members;
use bonafide::oidc::{
    self, Expectations, HashRule, Nonce, Policy, Proof, Tenants, TrustedProvider, access_token,
    client_assertion, dpop, introspection, jarm, logout_token, userinfo,
};
use serde_json::{Map, Value};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

#[derive(Debug, PartialEq)]
pub enum Verdict {
    Accepted(Value),
    Rejected(String),
}

pub struct Stop(pub String);

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self(error.check().name().to_owned())
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self(failure.check.name().to_owned())
    }
}

pub fn judge(vector: &Value) -> Verdict {
    match run(vector) {
        Ok(claims) => Verdict::Accepted(claims),
        Err(Stop(check)) => Verdict::Rejected(check),
    }
}

fn run(vector: &Value) -> Result<Value, Stop> {
    let now = OffsetDateTime::parse(text(vector, "now"), &Rfc3339).unwrap();
    let (token, policy) = (token(vector), &vector["policy"]);
    let token = token.as_str();
    let kind = text(vector, "kind");
    if kind == "dpop" {
        let policy = dpop_policy(policy)?;
        let decided = dpop::verify(token, &policy, now);
        let explained = dpop::explain(token, &policy, now);
        agree(vector, decided.as_ref().map(|_| ()), &explained);
        let proof = decided?;
        let key = proof.replay_key();
        return Ok(
            serde_json::json!({"jkt": proof.thumbprint(), "replay_expires": key.expires().unix_seconds()}),
        );
    }
    let provider = provider(&vector["provider"])?;
    let leeway = leeway(policy);
    Ok(match kind {
        "id-token" => {
            let policy = id_policy(policy, now)?;
            let decided = oidc::verify(token, &provider, &policy, now);
            let explained = oidc::explain(token, &Expectations::from((&provider, &policy)), now);
            agree(vector, decided.as_ref().map(|_| ()), &explained);
            claims(decided?.claims())
        }
        "access-token" => {
            let mut expected = access_token::Policy::new(text(policy, "audience"))?.with_leeway(leeway);
            if let Some(profile) = policy["profile"].as_str() {
                expected = expected.with_profile(profile.parse()?);
            }
            for scope in list(policy, "scopes") {
                expected = expected.with_scope(scope);
            }
            if let Some(proof) = proof(policy, now)? {
                expected = expected.with_proof(proof);
            }
            let decided = access_token::verify(token, &provider, &expected, now);
            let explained = access_token::explain(token, &(&provider, &expected).into(), now);
            agree(vector, decided.as_ref().map(|_| ()), &explained);
            claims(decided?.claims())
        }
        "logout-token" => {
            let expected = logout_token::Policy::new(text(policy, "client_id"))?.with_leeway(leeway);
            let decided = logout_token::verify(token, &provider, &expected, now);
            let explained = logout_token::explain(token, &(&provider, &expected).into(), now);
            agree(vector, decided.as_ref().map(|_| ()), &explained);
            let logout = decided?;
            serde_json::json!({"sub": logout.subject(), "sid": logout.session_id()})
        }
        "userinfo" => {
            let expected = userinfo::Policy::new(text(policy, "client_id"), text(policy, "subject"))?
                .with_leeway(leeway);
            let decided = userinfo::verify(token, &provider, &expected, now);
            let explained = userinfo::explain(token, &(&provider, &expected).into(), now);
            agree(vector, decided.as_ref().map(|_| ()), &explained);
            claims(decided?.claims())
        }
        "userinfo-plain" => {
            let expected = userinfo::Policy::new(text(policy, "client_id"), text(policy, "subject"))?;
            let decided = userinfo::read_plain(token.as_bytes(), &expected);
            let explained = userinfo::explain_plain(token.as_bytes(), &(&provider, &expected).into());
            match &decided {
                // Nothing vouches for it, so that it is never accepted.
                Ok(_) => assert_eq!(explained.verdict(), diagnosis::Verdict::Undecidable),
                Err(error) => agree(vector, Err(error), &explained),
            }
            claims(decided?.claims())
        }
        "jarm" => {
            let expected =
                jarm::Policy::new(text(policy, "client_id"), text(policy, "state"))?.with_leeway(leeway);
            let decided = jarm::verify(token, &provider, &expected, now);
            let explained = jarm::explain(token, &(&provider, &expected).into(), now);
            agree(vector, decided.as_ref().map(|_| ()), &explained);
            let response = decided?;
            serde_json::json!({"code": response.code(), "error": response.error()})
        }
        "introspection" => {
            let expected = introspection::Policy::new(text(policy, "audience"))?.with_leeway(leeway);
            let decided = introspection::verify(token, &provider, &expected, now);
            let explained = introspection::explain(token, &(&provider, &expected).into(), now);
            agree(vector, decided.as_ref().map(|_| ()), &explained);
            let response = decided?;
            serde_json::json!({"active": response.active()})
        }
        "client-assertion" => {
            let expected = client_assertion::Policy::new(text(policy, "server"))?.with_leeway(leeway);
            let decided = client_assertion::verify(token, &provider, &expected, now);
            let explained = client_assertion::explain(token, &provider, &expected, now);
            agree(vector, decided.as_ref().map(|_| ()), &explained);
            let assertion = decided?;
            serde_json::json!({"client_id": assertion.client_id()})
        }
        other => panic!("unknown kind {other}"),
    })
}

/// Decision and diagnosis agree, and the check that decided is among the findings.
fn agree(vector: &Value, decided: Result<(), &Error>, explained: &Diagnosis) {
    let id = &vector["id"];
    assert!(vector["kind"] == "userinfo-plain" || explained.skipped().is_empty(), "{id}: {explained:?}");
    match decided {
        Ok(()) => {
            assert_eq!(explained.verdict(), diagnosis::Verdict::Accepted, "{id}: {explained:?}");
            let only_notes = explained.findings().iter().all(|seen| seen.code() == Code::OI126);
            assert!(explained.claims().is_some() && only_notes, "{id}: {explained:?}");
            let odd = ["JC-36", "JC-37", "JC-44", "AT-15"].iter().any(|row| vector["row"] == *row);
            assert!(odd || explained.findings().is_empty(), "{id}: {explained:?}");
        }
        Err(error) => {
            assert_eq!(explained.verdict(), diagnosis::Verdict::Denied, "{id}: {explained:?}");
            let names = explained.findings().iter().any(|seen| seen.check() == Some(error.check()));
            assert!(names && explained.claims().is_none(), "{id}: {error:?} is not in {explained:?}");
        }
    }
}

/// A token as text, or as pieces: text and how often.
pub fn token(vector: &Value) -> String {
    match &vector["token"] {
        Value::String(token) => token.clone(),
        Value::Array(pieces) => pieces
            .iter()
            .map(|piece| {
                piece[0].as_str().unwrap().repeat(usize::try_from(piece[1].as_u64().unwrap()).unwrap())
            })
            .collect(),
        other => panic!("no token: {other}"),
    }
}

pub fn provider(spec: &Value) -> Result<TrustedProvider, Stop> {
    let issuer = spec["issuer"].as_str().unwrap_or_default();
    if let Some(secret) = spec["secret"].as_str() {
        return Ok(TrustedProvider::symmetric(issuer, secret.as_bytes())?);
    }
    let jwks = match spec["jwks_text"].as_str() {
        Some(text) => text.to_owned(),
        None => spec["jwks"].to_string(),
    };
    let keys = KeySet::from_jwks(jwks.as_bytes())?;
    let mut provider = if spec["google"] == true {
        TrustedProvider::google(keys)
    } else if let Some(discovery) = spec.get("discovery") {
        let document = discovery.as_str().map_or_else(|| discovery.to_string(), str::to_owned);
        TrustedProvider::from_discovery(&oidc::Discovery::parse(document.as_bytes(), issuer)?, keys)?
    } else if let Some(template) = spec["template"].as_str() {
        let tenants = match spec.get("tenants") {
            Some(Value::Array(listed)) => {
                Tenants::Listed(listed.iter().map(|tenant| tenant.as_str().unwrap().to_owned()).collect())
            }
            _ => Tenants::Any,
        };
        TrustedProvider::from_template(template, tenants, keys)?
    } else {
        TrustedProvider::new(issuer, keys)?
    };
    if spec.get("algorithms").is_some() {
        let named = |name: &str| *Algorithm::ALL.iter().find(|algorithm| algorithm.name() == name).unwrap();
        provider = provider.with_algorithms(&list(spec, "algorithms").map(named).collect::<Vec<_>>())?;
    }
    if let Some(alias) = spec["alias"].as_str() {
        provider = provider.with_issuer_alias(alias)?;
    }
    if spec["selection"] == "try-all" {
        provider = provider.with_key_selection(KeySelection::TryAll);
    }
    Ok(provider)
}

pub fn id_policy(spec: &Value, now: OffsetDateTime) -> Result<Policy, Stop> {
    let nonce = match &spec["nonce"] {
        Value::String(nonce) => Nonce::Expected(nonce.clone()),
        Value::Bool(_) => Nonce::Ignored,
        _ => Nonce::NotUsed,
    };
    let mut policy = Policy::new(text(spec, "client_id"), nonce)?.with_leeway(leeway(spec));
    for audience in list(spec, "other_audiences") {
        policy = policy.with_other_audience(audience);
    }
    for party in list(spec, "other_parties") {
        policy = policy.with_other_party(party);
    }
    for acr in list(spec, "acr") {
        policy = policy.with_acr(acr);
    }
    for method in list(spec, "amr") {
        policy = policy.with_amr(method);
    }
    if let Some(age) = spec["max_age"].as_i64() {
        policy = policy.with_max_auth_age(Duration::seconds(age));
    }
    if let Some(age) = spec["max_token_age"].as_i64() {
        policy = policy.with_max_token_age(Duration::seconds(age));
    }
    if let Some(subject) = spec["subject"].as_str() {
        policy = policy.with_subject(subject);
    }
    let rule = if spec["front_channel"] == true { HashRule::Required } else { HashRule::IfPresent };
    if let Some(value) = spec["access_token"].as_str() {
        policy = policy.with_access_token(value, rule);
    }
    if let Some(value) = spec["code"].as_str() {
        policy = policy.with_code(value, rule);
    }
    if let Some(value) = spec["state"].as_str() {
        policy = policy.with_state(value, rule);
    }
    if let Some(first) = spec.get("refresh_of") {
        let provider = provider(&first["provider"])?;
        let login = oidc::verify(text(first, "token"), &provider, &id_policy(&first["policy"], now)?, now)?;
        policy = policy.for_refresh_of(&login);
    }
    if let Some(proof) = proof(spec, now)? {
        policy = policy.with_proof(proof);
    }
    Ok(policy)
}

fn proof(spec: &Value, now: OffsetDateTime) -> Result<Option<Proof>, Stop> {
    let mut proof = None;
    if let Some(dpop) = spec.get("dpop") {
        let verified = dpop::verify(text(dpop, "token"), &dpop_policy(dpop)?, now)?;
        proof = Some(Proof::dpop(&verified));
    }
    if let Some(certificate) = spec["client_certificate"].as_str() {
        let by_certificate = Proof::client_certificate(certificate.as_bytes());
        proof = Some(match proof {
            Some(proof) => Proof::and(proof, by_certificate),
            None => by_certificate,
        });
    }
    Ok(proof)
}

fn dpop_policy(spec: &Value) -> Result<dpop::Policy, Stop> {
    let mut policy = dpop::Policy::new(text(spec, "method"), text(spec, "uri"))?.with_leeway(leeway(spec));
    if let Some(access_token) = spec["access_token"].as_str() {
        policy = policy.with_access_token(access_token);
    }
    if let Some(nonce) = spec["nonce"].as_str() {
        policy = policy.with_nonce(nonce)?;
    }
    Ok(policy)
}

fn leeway(spec: &Value) -> Leeway {
    spec["leeway"]
        .as_i64()
        .map_or_else(Leeway::default, |seconds| Leeway::new(Duration::seconds(seconds)).unwrap())
}

pub fn claims(members: Option<Members<'_>>) -> Value {
    let member = |(name, value): (&str, bonafide::json::Value<'_>)| {
        let json = value.to_json();
        (name.to_owned(), serde_json::from_str(&json).unwrap_or(Value::String(json)))
    };
    Value::Object(members.into_iter().flatten().map(member).collect::<Map<_, _>>())
}

pub fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("no text {name} in {value}"))
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v str> {
    value[name].as_array().into_iter().flatten().filter_map(Value::as_str)
}
