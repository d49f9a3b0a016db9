//! An ID token, whole, by several libraries, beside the one signature check in it.
//!
//! `cargo run --release --bin id_token [ROUNDS]`

use aws_lc_rs::signature as lc;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bonafide::oidc::{self, Nonce, Policy, TrustedProvider};
use bonafide_peers::jose::{Backend, josekit_verifier, use_backend};
use bonafide_peers::rounds::{Contestant, load, measure, print};
use josekit::jwt::{JwtContext, JwtPayloadValidator};
use openidconnect::core::{CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJsonWebKeySet};
use openidconnect::{ClientId, IssuerUrl};
use ring::signature as rs;
use serde_json::{Map, Value};
use std::hint::black_box;
use std::str::FromStr;
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;

const NOW: i64 = 1_767_225_600;
const ISSUER: &str = "https://idp.test";
const CLIENT: &str = "client1";
const NONCE: &str = "n-0S6_WzA2Mj";

struct Case {
    name: String,
    token: String,
    jwks: Value,
}

impl Case {
    fn algorithm(&self) -> &str {
        self.name.split('-').next().unwrap()
    }

    fn key(&self) -> &Value {
        &self.jwks["keys"][0]
    }

    fn octets(&self, member: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(self.key()[member].as_str().unwrap()).unwrap()
    }

    /// What is signed, and the signature.
    fn parts(&self) -> (&[u8], Vec<u8>) {
        let (signed, signature) = self.token.rsplit_once('.').unwrap();
        (signed.as_bytes(), URL_SAFE_NO_PAD.decode(signature).unwrap())
    }

    /// An EC or Ed25519 key as both libraries want it.
    fn point(&self) -> Vec<u8> {
        match self.key()["kty"].as_str().unwrap() {
            "EC" => [vec![4], self.octets("x"), self.octets("y")].concat(),
            _ => self.octets("x"),
        }
    }
}

fn main() {
    let rounds = std::env::args().nth(1).map_or(201, |rounds| rounds.parse().expect("a number of rounds"));
    let cases: Vec<Value> =
        serde_json::from_slice(&bonafide_peers::testdata("oidc/bench/tokens.json")).unwrap();
    let backend = if cfg!(feature = "aws-lc") { "aws-lc" } else { "ring" };
    println!("load before: {}, {rounds} rounds, bonafide by {backend}", load());
    for case in cases {
        let case = Case {
            name: case["name"].as_str().unwrap().to_owned(),
            token: case["token"].as_str().unwrap().to_owned(),
            jwks: case["jwks"].clone(),
        };
        let contestants = [
            Contestant::new("raw ring", raw_ring(&case)),
            Contestant::new("raw aws-lc, key parsed before", raw_aws_lc(&case)),
            Contestant::new("bonafide", bonafide(&case)),
            Contestant::new("jsonwebtoken (aws-lc)", jsonwebtoken(&case, Backend::AwsLc)),
            Contestant::new("jsonwebtoken (RustCrypto)", jsonwebtoken(&case, Backend::RustCrypto)),
            Contestant::new("openidconnect", openidconnect(&case)),
            Contestant::new("josekit", josekit(&case)),
        ];
        print(&case.name, &measure(&contestants, rounds, 0.5));
    }
    println!("\nload after: {}", load());
}

fn raw_ring(case: &Case) -> impl Fn() + use<'_> {
    let (signed, signature) = case.parts();
    let rsa = matches!(case.key()["kty"].as_str(), Some("RSA")).then(|| (case.octets("n"), case.octets("e")));
    let point = if rsa.is_none() { case.point() } else { Vec::new() };
    move || {
        let (signed, signature) = (black_box(signed), black_box(&signature));
        let components = |parameters| {
            let (n, e) = rsa.as_ref().unwrap();
            rs::RsaPublicKeyComponents { n, e }.verify(parameters, signed, signature)
        };
        let unparsed = |algorithm| rs::UnparsedPublicKey::new(algorithm, &point).verify(signed, signature);
        match case.algorithm() {
            "RS256" => components(&rs::RSA_PKCS1_2048_8192_SHA256),
            "PS256" => components(&rs::RSA_PSS_2048_8192_SHA256),
            "ES256" => unparsed(&rs::ECDSA_P256_SHA256_FIXED),
            "ES384" => unparsed(&rs::ECDSA_P384_SHA384_FIXED),
            _ => unparsed(&rs::ED25519),
        }
        .unwrap();
    }
}

fn raw_aws_lc(case: &Case) -> impl Fn() + use<'_> {
    let (signed, signature) = case.parts();
    let rsa = |parameters| {
        let components = lc::RsaPublicKeyComponents { n: case.octets("n"), e: case.octets("e") };
        components.to_parsed_public_key(parameters).unwrap()
    };
    let other = |algorithm| lc::ParsedPublicKey::new(algorithm, case.point()).unwrap();
    let key = match case.algorithm() {
        "RS256" => rsa(&lc::RSA_PKCS1_2048_8192_SHA256),
        "PS256" => rsa(&lc::RSA_PSS_2048_8192_SHA256),
        "ES256" => other(&lc::ECDSA_P256_SHA256_FIXED),
        "ES384" => other(&lc::ECDSA_P384_SHA384_FIXED),
        _ => other(&lc::ED25519),
    };
    move || key.verify_sig(black_box(signed), black_box(&signature)).unwrap()
}

fn bonafide(case: &Case) -> impl Fn() + use<'_> {
    let now = OffsetDateTime::from_unix_timestamp(NOW).unwrap();
    let policy = Policy::new(CLIENT, Nonce::Expected(NONCE.to_owned())).unwrap();
    let provider = TrustedProvider::from_jwks(ISSUER, case.jwks.to_string().as_bytes()).unwrap();
    move || {
        black_box(oidc::verify(black_box(&case.token), &provider, &policy, now).unwrap());
    }
}

/// Without its time check, which reads the clock; without nonce, which it does not know.
fn jsonwebtoken(case: &Case, backend: Backend) -> impl Fn() + use<'_> {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, jwk::Jwk};
    let jwk: Jwk = serde_json::from_value(case.key().clone()).unwrap();
    let key = DecodingKey::from_jwk(&jwk).unwrap();
    let mut validation = Validation::new(Algorithm::from_str(case.algorithm()).unwrap());
    validation.set_audience(&[CLIENT]);
    validation.set_issuer(&[ISSUER]);
    validation.validate_exp = false;
    move || {
        use_backend(backend);
        black_box(decode::<Map<String, Value>>(black_box(&case.token), &key, &validation).unwrap());
    }
}

fn openidconnect(case: &Case) -> impl Fn() + use<'_> {
    let keys: CoreJsonWebKeySet = serde_json::from_value(case.jwks.clone()).unwrap();
    let at_now = serde_json::json!({"iss": ISSUER, "sub": "x", "exp": NOW, "iat": 0});
    let now = serde_json::from_value::<CoreIdTokenClaims>(at_now).unwrap().expiration();
    let issuer = IssuerUrl::new(ISSUER.to_owned()).unwrap();
    let verifier = CoreIdTokenVerifier::new_public_client(ClientId::new(CLIENT.to_owned()), issuer, keys)
        .allow_any_alg()
        .set_time_fn(move || now);
    let nonce = openidconnect::Nonce::new(NONCE.to_owned());
    move || {
        let token = CoreIdToken::from_str(black_box(&case.token)).unwrap();
        black_box(token.claims(&verifier, &nonce).unwrap());
    }
}

fn josekit(case: &Case) -> impl Fn() + use<'_> {
    let jwk = josekit::jwk::Jwk::from_bytes(case.key().to_string()).unwrap();
    let verifier = josekit_verifier(case.algorithm(), &jwk).unwrap();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.try_into().unwrap());
    let mut validator = JwtPayloadValidator::new();
    validator.set_base_time(now);
    validator.set_max_issued_time(now);
    validator.set_issuer(ISSUER);
    validator.set_audience(CLIENT);
    validator.set_claim("nonce", Value::String(NONCE.to_owned()));
    let context = JwtContext::new();
    move || {
        let (payload, _) = context.decode_with_verifier(black_box(&case.token), &*verifier).unwrap();
        validator.validate(&payload).unwrap();
        black_box(payload);
    }
}
