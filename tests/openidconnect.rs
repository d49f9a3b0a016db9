//! The adapters of the feature `openidconnect`: the same rules as for the documents themselves, and claims only after the verdict.
#![cfg(feature = "openidconnect")]

mod oidc_support;

use bonafide::error::Error;
use bonafide::oidc::{self, Discovery, IdToken, Nonce, Policy, TrustedProvider, openidconnect as adapter};
use bonafide::{Validated, jose::KeySet};
use openidconnect::core::{CoreGenderClaim, CoreIdTokenClaims, CoreJsonWebKeySet, CoreProviderMetadata};
use openidconnect::{
    AdditionalClaims, AdditionalProviderMetadata, EmptyAdditionalClaims, IdTokenClaims, IssuerUrl,
    ProviderMetadataWithLogout,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::{OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-01-01 00:00:00 UTC);
const NONCE: &str = "n-0S6_WzA2Mj";

fn bench(name: &str) -> (String, Value) {
    let cases: Value = serde_json::from_str(include_str!("../testdata/oidc/bench/tokens.json")).unwrap();
    let case = cases.as_array().unwrap().iter().find(|case| case["name"] == name).unwrap();
    (case["token"].as_str().unwrap().to_owned(), case["jwks"].clone())
}

/// The vector of `testdata/oidc/FILE.json` with this id.
fn vector(file: &str, id: &str) -> Value {
    let path = format!("{}/testdata/oidc/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let vectors: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    vectors.into_iter().find(|vector| vector["id"] == id).unwrap()
}

fn document(algorithms: &[&str]) -> Value {
    json!({
        "issuer": "https://idp.test", "authorization_endpoint": "https://idp.test/authorize",
        "token_endpoint": "https://idp.test/token", "jwks_uri": "https://idp.test/jwks",
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
        "end_session_endpoint": "https://idp.test/logout",
    })
}

fn metadata(document: &Value, jwks: &Value) -> CoreProviderMetadata {
    let metadata: CoreProviderMetadata = serde_json::from_value(document.clone()).unwrap();
    metadata.set_jwks(serde_json::from_value(jwks.clone()).unwrap())
}

fn issuer() -> IssuerUrl {
    IssuerUrl::new("https://idp.test".to_owned()).unwrap()
}

fn trusted(document: &Value, jwks: &Value) -> Result<TrustedProvider, String> {
    adapter::trusted_provider(&metadata(document, jwks), &issuer()).map_err(check)
}

fn verify(token: &str, provider: &TrustedProvider) -> Result<Validated<IdToken>, Error> {
    let policy = Policy::new("client1", Nonce::Expected(NONCE.to_owned())).unwrap();
    oidc::verify(token, provider, &policy, NOW)
}

fn check(error: Error) -> String {
    error.check().name().to_owned()
}

#[test]
fn logins_of_every_algorithm() {
    for name in ["RS256-2048", "RS256-4096", "PS256-2048", "ES256", "ES384", "EdDSA"] {
        let (token, jwks) = bench(name);
        let algorithm = name.split('-').next().unwrap();
        let provider = trusted(&document(&["RS256", algorithm]), &jwks).unwrap();
        let login = verify(&token, &provider).unwrap();
        let claims: CoreIdTokenClaims = adapter::claims(&login).unwrap();
        assert_eq!(claims.issuer().as_str(), login.issuer(), "{name}");
        assert_eq!(claims.subject().as_str(), login.subject());
        assert_eq!(claims.nonce().unwrap().secret(), NONCE);
        assert_eq!(claims.expiration().timestamp(), login.expires().unwrap().unix_seconds());
        let other = document(&[if algorithm == "RS256" { "ES256" } else { "RS256" }]);
        let narrowed = trusted(&other, &jwks).unwrap();
        assert_eq!(
            verify(&token, &narrowed).map(|_| ()).map_err(check),
            Err("AlgForbidden".into()),
            "{name}"
        );
    }
}

/// The same verdicts as by way of the documents.
#[test]
fn metadata_and_keys_meet_the_same_rules() {
    let (_, jwks) = bench("RS256-2048");
    let good = document(&["RS256"]);
    trusted(&good, &jwks).unwrap();
    // A key set that holds a secret is refused whole.
    for (id, expected) in [("JK-12-1", "KeyPrivateMaterial"), ("JK-13-1", "KeyPrivateMaterial")] {
        let vector = vector("jk", id);
        assert_eq!(vector["expect"]["reject"], expected, "{id}");
        assert_eq!(trusted(&good, &vector["provider"]["jwks"]).unwrap_err(), expected, "{id}");
    }
    assert_eq!(trusted(&good, &json!({"keys": []})).unwrap_err(), "NoTrustedKey");
    // It skips what it cannot read; nothing is left then.
    assert_eq!(trusted(&good, &json!({"keys": [{"kty": "AKP", "kid": "k1"}]})).unwrap_err(), "NoTrustedKey");
    let mut encryption = jwks.clone();
    encryption["keys"][0]["use"] = json!("enc");
    assert_eq!(trusted(&good, &encryption).unwrap_err(), "KeyUseForbidden");

    for (member, value, expected) in [
        ("issuer", "https://idp.test/", "IssuerMismatch"),
        ("issuer", "https://other.test", "IssuerMismatch"),
        ("jwks_uri", "ftp://idp.test/jwks", "EndpointInvalid"),
        ("token_endpoint", "https://user@idp.test/token", "EndpointInvalid"),
    ] {
        let mut changed = good.clone();
        changed[member] = json!(value);
        assert_eq!(trusted(&changed, &jwks).unwrap_err(), expected, "{member}");
        let by_document = Discovery::parse(changed.to_string().as_bytes(), "https://idp.test").map(|_| ());
        assert_eq!(by_document.map_err(check), Err(expected.to_owned()), "{member}");
    }
    let template = json!("https://idp.test/{tenantid}/");
    let mut changed = good.clone();
    changed["issuer"] = template.clone();
    let named = IssuerUrl::new(template.as_str().unwrap().to_owned()).unwrap();
    let outcome = adapter::trusted_provider(&metadata(&changed, &jwks), &named).map(|_| ());
    assert_eq!(outcome.map_err(check), Err("ConfigurationInvalid".to_owned()));
}

/// Its parser drops algorithms that it does not know: a provider that allows one algorithm must not end up with all.
#[test]
fn dropped_algorithms_do_not_open_the_list() {
    let (_, jwks) = bench("EdDSA");
    let only = document(&["Ed25519"]);
    let refused = adapter::trusted_provider(&metadata(&only, &jwks), &issuer()).map(|_| ()).unwrap_err();
    assert_eq!(refused.check().name(), "DiscoveryInvalid");
    assert_eq!(refused.location().as_path(), "/id_token_signing_alg_values_supported");
    // The document itself says it.
    let discovery = Discovery::parse(only.to_string().as_bytes(), "https://idp.test").unwrap();
    let keys = KeySet::from_jwks(jwks.to_string().as_bytes()).unwrap();
    TrustedProvider::from_discovery(&discovery, keys).unwrap();
}

#[test]
fn keys_roll_over() {
    let (token, jwks) = bench("ES256");
    let (_, old) = bench("RS256-2048");
    let mut old = old;
    old["keys"][0]["kid"] = json!("old");
    let mut provider = trusted(&document(&["RS256", "ES256"]), &old).unwrap();
    assert!(matches!(verify(&token, &provider), Err(Error::NeedKeys { .. })));
    let renewed: CoreJsonWebKeySet = serde_json::from_value(jwks).unwrap();
    assert!(provider.replace_keys(adapter::key_set(&renewed).unwrap()));
    verify(&token, &provider).unwrap();
}

#[test]
fn metadata_with_additional_members() {
    #[derive(Clone, Debug, Deserialize, Serialize)]
    struct More {
        check_session_iframe: String,
    }
    impl AdditionalProviderMetadata for More {}

    let (token, jwks) = bench("RS256-2048");
    let keys = || serde_json::from_value(jwks.clone()).unwrap();
    let with_logout: ProviderMetadataWithLogout = serde_json::from_value(document(&["RS256"])).unwrap();
    let provider = adapter::trusted_provider(&with_logout.set_jwks(keys()), &issuer()).unwrap();
    verify(&token, &provider).unwrap();

    let mut more = document(&["RS256"]);
    more["check_session_iframe"] = json!("nowhere");
    let more: adapter::Metadata<More> = serde_json::from_value(more).unwrap();
    let outcome = adapter::trusted_provider(&more.set_jwks(keys()), &issuer()).map(|_| ());
    assert_eq!(outcome.map_err(check), Err("EndpointInvalid".to_owned()));
}

#[test]
fn claims_that_do_not_fit_are_named() {
    #[derive(Clone, Debug, Deserialize, Serialize)]
    struct Roles {
        roles: Vec<String>,
    }
    impl AdditionalClaims for Roles {}

    let vector = vector("mj", "MJ-19-1");
    let provider =
        TrustedProvider::from_jwks("https://idp.test", vector["provider"]["jwks"].to_string().as_bytes());
    let login = verify(vector["token"].as_str().unwrap(), &provider.unwrap()).unwrap();
    let error = adapter::claims::<EmptyAdditionalClaims, CoreGenderClaim>(&login).unwrap_err();
    assert_eq!((error.check().name(), error.location().as_path()), ("ClaimType", "/email_verified"));
    assert!(!error.to_string().contains("true"), "{error}");

    let (token, jwks) = bench("RS256-2048");
    let login = verify(&token, &trusted(&document(&["RS256"]), &jwks).unwrap()).unwrap();
    let error = adapter::claims::<Roles, CoreGenderClaim>(&login).unwrap_err();
    assert_eq!((error.check().name(), error.location().as_path()), ("ClaimType", ""));
}

/// The claims of every accepted token: typed, they say the same; or it is said which does not fit.
#[test]
fn typed_claims_say_what_the_token_says() {
    let (mut same, mut misfits) = (0, Vec::new());
    for file in ["ja", "jk", "jh", "jb", "jj", "jc", "mj"] {
        let path = format!("{}/testdata/oidc/{file}.json", env!("CARGO_MANIFEST_DIR"));
        let vectors: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        for vector in &vectors {
            if vector["kind"] != "id-token" || !vector["expect"]["accept"].is_object() {
                continue;
            }
            let now = OffsetDateTime::parse(
                oidc_support::text(vector, "now"),
                &time::format_description::well_known::Rfc3339,
            );
            let now = now.unwrap();
            let Ok(provider) = oidc_support::provider(&vector["provider"]) else {
                panic!("{}", vector["id"])
            };
            let Ok(policy) = oidc_support::id_policy(&vector["policy"], now) else {
                panic!("{}", vector["id"])
            };
            let login = oidc::verify(&oidc_support::token(vector), &provider, &policy, now).unwrap();
            let typed: Result<IdTokenClaims<EmptyAdditionalClaims, CoreGenderClaim>, _> =
                adapter::claims(&login);
            match typed {
                Ok(typed) => {
                    assert_eq!(typed.issuer().as_str(), login.issuer());
                    assert_eq!(typed.subject().as_str(), login.subject());
                    let audiences: Vec<&str> = typed.audiences().iter().map(|aud| aud.as_str()).collect();
                    assert_eq!(audiences, login.audiences().collect::<Vec<_>>());
                    assert_eq!(typed.nonce().map(|nonce| nonce.secret().as_str()), login.nonce());
                    let ends = login.expires().unwrap().unix_seconds();
                    assert_eq!(typed.expiration().timestamp(), ends, "{}", vector["id"]);
                    same += 1;
                }
                Err(error) => misfits.push(format!(
                    "{} {} {}",
                    vector["id"].as_str().unwrap(),
                    error.check(),
                    error.location().as_path()
                )),
            }
        }
    }
    println!("{same} typed, {} not: {misfits:#?}", misfits.len());
    assert!(same > 180 && misfits.iter().all(|line| line.contains("ClaimType")), "{same}, {misfits:?}");
}
