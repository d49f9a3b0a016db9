//! Verdicts of josekit, jsonwebtoken (both backends) and openidconnect beside ours: over the vectors of `testdata/oidc`, over
//! tokens that other software made, and, signature alone, over tokens of other projects' tests and of Wycheproof. Whatever one
//! of them refuses and bonafide accepts stands in a file of `verdicts/` (that of openidconnect in `testdata/oidc/second-judge`).

#[path = "../../../tests/second_judge/mod.rs"]
mod second_judge;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bonafide::error::Code;
use bonafide::jose::KeySelection;
use bonafide::oidc::{self, Expectations, Nonce, Policy, TrustedProvider};
use bonafide_peers::jose::{Backend, josekit_verifier, use_backend};
use bonafide_peers::repository;
use second_judge::{Case, Opinion, compare, interop, openidconnect, shared, vectors};
use serde_json::{Map, Value, json};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

/// One provider of cryptography per process.
static JSONWEBTOKEN: Mutex<()> = Mutex::new(());

const KINDS: [&str; 7] =
    ["id-token", "access-token", "logout-token", "userinfo", "jarm", "introspection", "client-assertion"];

#[test]
fn openidconnect_verdicts() {
    let mut cases = vectors(&repository(), &["id-token"]);
    cases.extend(interop(&repository()));
    let ledger = include_str!("../../../testdata/oidc/second-judge/openidconnect.txt");
    compare(&cases, ledger, openidconnect::ask);
}

#[test]
fn josekit_verdicts() {
    compare(&cases(), include_str!("../verdicts/josekit.txt"), |case| opinion(josekit(case)));
}

#[test]
fn jsonwebtoken_verdicts_by_aws_lc() {
    let _alone = JSONWEBTOKEN.lock();
    use_backend(Backend::AwsLc);
    let ledger = include_str!("../verdicts/jsonwebtoken-aws-lc.txt");
    compare(&cases(), ledger, |case| opinion(jsonwebtoken(case)));
}

#[test]
fn jsonwebtoken_verdicts_by_rust_crypto() {
    let _alone = JSONWEBTOKEN.lock();
    use_backend(Backend::RustCrypto);
    let ledger = include_str!("../verdicts/jsonwebtoken-rust-crypto.txt");
    compare(&cases(), ledger, |case| opinion(jsonwebtoken(case)));
}

fn cases() -> Vec<Case> {
    let mut cases = vectors(&repository(), &KINDS);
    assert!(cases.len() > 1_200);
    cases.extend(interop(&repository()));
    cases.extend(signatures());
    cases
}

/// `None`: there is nothing to ask.
fn opinion(verdict: Option<Result<(), String>>) -> Opinion {
    match verdict {
        None => Opinion::Abstains,
        Some(Ok(())) => Opinion::Accepts,
        Some(Err(error)) => Opinion::Refuses(error),
    }
}

/// The keys that a case trusts, as JWKs.
fn keys(case: &Case) -> Option<Vec<Value>> {
    if let Some(keys) = case.vector["keys"].as_array() {
        return Some(keys.clone());
    }
    if let Some(secret) = case.secret() {
        return Some(vec![json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode(secret)})]);
    }
    serde_json::from_str::<Value>(&case.jwks()?).ok()?["keys"].as_array().cloned()
}

/// Those that the header names, or that have no name, or all of them. josekit and jsonwebtoken leave the choice to the caller;
/// every fitting key is tried.
fn named(keys: Vec<Value>, kid: Option<&str>) -> Vec<Value> {
    let fits = |key: &Value| kid.is_none() || key["kid"].as_str().is_none() || key["kid"].as_str() == kid;
    keys.into_iter().filter(fits).collect()
}

/// Tries each key; the error is that of the last.
fn any_of<T>(keys: Vec<Value>, attempt: impl Fn(Value) -> Result<T, String>) -> Result<T, String> {
    let mut outcome = Err("NoKey".to_owned());
    for key in keys {
        outcome = attempt(key);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

fn josekit(case: &Case) -> Option<Result<(), String>> {
    let keys = keys(case)?;
    Some(josekit_decides(case, keys))
}

fn josekit_decides(case: &Case, keys: Vec<Value>) -> Result<(), String> {
    let token = case.token();
    let header = token.split('.').next().and_then(|header| URL_SAFE_NO_PAD.decode(header).ok());
    let header: Map<String, Value> =
        header.and_then(|header| serde_json::from_slice(&header).ok()).ok_or("HeaderParse")?;
    let algorithm = header.get("alg").and_then(Value::as_str).ok_or("HeaderParse")?;
    let kid = header.get("kid").and_then(Value::as_str);
    let verifier = |mut key: Value| {
        // The key was chosen; without this a token that names no key is refused.
        key.as_object_mut().ok_or("KeyParse")?.remove("kid");
        let jwk = josekit::jwk::Jwk::from_bytes(key.to_string()).map_err(name_of)?;
        josekit_verifier(algorithm, &jwk).map_err(name_of)
    };
    if signature_alone(case) {
        let attempt = |key| josekit::jws::deserialize_compact(&token, &*verifier(key)?).map_err(name_of);
        return any_of(named(keys, kid), attempt).map(|_| ());
    }
    let attempt = |key| josekit::jwt::decode_with_verifier(&token, &*verifier(key)?).map_err(name_of);
    let (claims, _) = any_of(named(keys, kid), attempt)?;
    let (Some(issuer), Some(client)) = (case.issuer(), case.audience()) else { return Ok(()) };
    if case.vector["kind"] != "id-token" {
        return Ok(());
    }
    let at = |seconds: i64| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.try_into().unwrap());
    let mut validator = josekit::jwt::JwtPayloadValidator::new();
    validator.set_base_time(at(case.now()));
    validator.set_max_issued_time(at(case.now() + case.leeway()));
    validator.set_issuer(issuer);
    validator.set_audience(client);
    if let Some(nonce) = case.vector["policy"]["nonce"].as_str() {
        validator.set_claim("nonce", json!(nonce));
    }
    validator.validate(&claims).map_err(name_of)
}

fn name_of(error: josekit::JoseError) -> String {
    use josekit::JoseError as E;
    match error {
        E::UnsupportedSignatureAlgorithm(_) => "UnsupportedSignatureAlgorithm",
        E::InvalidJwtFormat(_) => "InvalidJwtFormat",
        E::InvalidJwkFormat(_) => "InvalidJwkFormat",
        E::InvalidJwsFormat(_) => "InvalidJwsFormat",
        E::InvalidJweFormat(_) => "InvalidJweFormat",
        E::InvalidKeyFormat(_) => "InvalidKeyFormat",
        E::InvalidJson(_) => "InvalidJson",
        E::InvalidClaim(_) => "InvalidClaim",
        E::InvalidSignature(_) => "InvalidSignature",
    }
    .to_owned()
}

/// Without time: it reads the clock.
fn jsonwebtoken(case: &Case) -> Option<Result<(), String>> {
    let keys = keys(case)?;
    let name = |error: jsonwebtoken::errors::Error| {
        let text = format!("{:?}", error.kind());
        text.split(['(', ' ']).next().unwrap_or_default().to_owned()
    };
    let token = case.token();
    let decide = || {
        use jsonwebtoken::{DecodingKey, Validation, decode, decode_header, jwk::Jwk};
        let header = decode_header(&token).map_err(name)?;
        let decoding_key = |key: Value| {
            let jwk: Jwk = serde_json::from_value(key).map_err(|_| "KeyParse".to_owned())?;
            DecodingKey::from_jwk(&jwk).map_err(name)
        };
        let keys = named(keys, header.kid.as_deref());
        if signature_alone(case) {
            let (signed, signature) = token.rsplit_once('.').ok_or("InvalidToken")?;
            let holds = any_of(keys, |key| {
                let key = decoding_key(key)?;
                jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &key, header.alg).map_err(name)
            });
            return if holds? { Ok(()) } else { Err("InvalidSignature".to_owned()) };
        }
        let mut validation = Validation::new(header.alg);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        if let (Some(issuer), Some(client), "id-token") =
            (case.issuer(), case.audience(), case.vector["kind"].as_str().unwrap_or_default())
        {
            validation.validate_aud = true;
            validation.set_audience(&[client]);
            validation.set_issuer(&[issuer]);
            validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        }
        let attempt =
            |key| decode::<Map<String, Value>>(&token, &decoding_key(key)?, &validation).map_err(name);
        any_of(keys, attempt).map(|_| ())
    };
    Some(decide())
}

fn signature_alone(case: &Case) -> bool {
    case.vector["kind"] == "signature"
}

/// Tokens that are no ID tokens, with their keys: only the signature is asked about.
fn signatures() -> Vec<Case> {
    let Some(root) = shared(&repository()) else { return Vec::new() };
    let read = |path: &std::path::Path| std::fs::read_to_string(path).unwrap();
    let json_of = |path: &std::path::Path| -> Value { serde_json::from_str(&read(path)).unwrap() };
    let mut cases = Vec::new();
    let mut folders: Vec<_> = std::fs::read_dir(root.join("corpus/jose/tokens"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    for folder in folders {
        let key = folder.join("key.json");
        // Some have no key, some a PEM file.
        let Some(key) = key.exists().then(|| json_of(&key)).filter(|key| key["kty"].is_string()) else {
            continue;
        };
        let id = format!("corpus/{}", folder.file_name().unwrap().to_str().unwrap());
        cases.extend(signature_case(id, read(&folder.join("token.jwt")).trim(), vec![public(key)]));
    }
    for set in ["signature", "crypto", "key"] {
        let file = root.join(format!("corpus/jose/wycheproof/json_web_{set}_test.shared.json"));
        for group in json_of(&file)["testGroups"].as_array().unwrap() {
            let key = if group["public"].is_object() { &group["public"] } else { &group["private"] };
            let keys = key["keys"].as_array().cloned().unwrap_or_else(|| vec![key.clone()]);
            let keys: Vec<_> = keys.into_iter().map(public).collect();
            for test in group["tests"].as_array().unwrap() {
                let Some(token) = test["jws"].as_str() else { continue };
                cases.extend(signature_case(
                    format!("wycheproof/{set}-{}", test["tcId"]),
                    token,
                    keys.clone(),
                ));
            }
        }
    }
    assert!(cases.len() > 300);
    cases
}

fn signature_case(id: String, token: &str, keys: Vec<Value>) -> Option<Case> {
    // A secret of ours has no algorithm; what its JWK says to another purpose is for the caller to see.
    let other = |key: &Value| key["kty"] == "oct" && !key["alg"].as_str().unwrap_or("HS").starts_with("HS");
    if keys.iter().any(other) {
        return None;
    }
    let ours = holds(token, &keys);
    Some(Case { id, vector: json!({"kind": "signature", "token": token, "keys": keys}), ours })
}

fn public(mut key: Value) -> Value {
    for secret in ["d", "p", "q", "dp", "dq", "qi", "oth"] {
        key.as_object_mut().unwrap().remove(secret);
    }
    key
}

/// Does bonafide say that the signature holds? Whatever else it says.
fn holds(token: &str, keys: &[Value]) -> Result<(), String> {
    let provider = match keys {
        [key] if key["kty"] == "oct" => {
            let secret = URL_SAFE_NO_PAD.decode(key["k"].as_str().unwrap_or_default());
            TrustedProvider::symmetric("https://x.test", &secret.map_err(|_| "KeyMalformed".to_owned())?)
                .map_err(|failure| failure.check.name().to_owned())?
        }
        keys => TrustedProvider::from_jwks("https://x.test", json!({"keys": keys}).to_string().as_bytes())
            .map_err(|error| error.check().name().to_owned())?
            .with_key_selection(KeySelection::TryAll),
    };
    let policy = Policy::new("client", Nonce::Ignored).unwrap();
    let now = time::macros::datetime!(2026-01-01 00:00:00 UTC);
    let explained = oidc::explain(token, &Expectations::from((&provider, &policy)), now);
    if explained.passed().contains(&Code::OI103) {
        return Ok(());
    }
    let first = explained.findings().iter().find_map(|finding| finding.check());
    Err(first.map_or_else(|| "Unknown".to_owned(), |check| check.name().to_owned()))
}
