//! Messages minted by other people's software, read from `../shared` or `$BONAFIDE_SHARED` when they are there.

mod oidc_support;

use bonafide::crypto::TrustedKeys;
use bonafide::error::Error;
use bonafide::jose::{KeySelection, KeySet};
use bonafide::oidc::{
    Discovery, HashRule, Nonce, Policy, Proof, TrustedProvider, access_token, dpop, introspection, jarm,
    logout_token, userinfo, verify,
};
use serde_json::Value;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;

fn shared(part: &str) -> Option<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let roots = [
        std::env::var_os("BONAFIDE_SHARED").map(PathBuf::from),
        Some(manifest.join("../shared")),
        Some("/work/shared".into()),
    ];
    let found = roots.into_iter().flatten().map(|root| root.join(part)).find(|path| path.exists());
    if found.is_none() {
        println!("skipped: {part} is not here");
    }
    found
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap().trim().to_owned()
}

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

fn check(error: Error) -> String {
    error.check().name().to_owned()
}

/// ID tokens of Python libraries, every algorithm; `k1` (secp256k1), P-521 and Ed448 are beyond this build.
#[test]
fn python_signers() {
    let mut accepted = 0;
    for folder in ["interop/jose-pyjwt", "interop/jose-authlib", "interop/jose-joserfc"] {
        let Some(folder) = shared(folder) else { return };
        let expect = json(&folder.join("expect.json"));
        let provider = TrustedProvider::from_jwks(
            expect["iss"].as_str().unwrap(),
            read(&folder, "jwks.json").as_bytes(),
        )
        .unwrap();
        let policy =
            Policy::new("rp-1", Nonce::Expected(expect["nonce"].as_str().unwrap().to_owned())).unwrap();
        let policy = policy.with_access_token(expect["access_token"].as_str().unwrap(), HashRule::Required);
        for file in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_none_or(|extension| extension != "jwt") {
                continue;
            }
            let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            let outcome =
                verify(read(&folder, &format!("{name}.jwt")).as_str(), &provider, &policy, at(1_795_217_480));
            let outcome = outcome.map(|_| ()).map_err(check);
            let expected = match name.as_str() {
                "ES512" | "ES256K" | "Ed448" => Err("AlgUnsupported".to_owned()),
                nested if nested.starts_with("nested") => Err("JweUnsupported".to_owned()),
                _ => Ok(()),
            };
            assert_eq!(outcome, expected, "{} {name}", folder.display());
            accepted += usize::from(expected.is_ok());
        }
    }
    println!("accepted {accepted} tokens of Python signers");
    assert!(accepted >= 27);
}

struct Op {
    folder: PathBuf,
    provider: TrustedProvider,
    flow: Value,
}

fn oidc_provider() -> Option<Op> {
    let folder = shared("interop/oidc-provider")?;
    let manifest = json(&folder.join("manifest.json"));
    let discovery =
        Discovery::parse(read(&folder, "discovery.json").as_bytes(), "http://127.0.0.1:9081").unwrap();
    assert!(discovery.sends_iss_parameter() && !discovery.warnings().is_empty());
    let keys = KeySet::from_jwks(read(&folder, "jwks.json").as_bytes()).unwrap();
    let provider = TrustedProvider::from_discovery(&discovery, keys).unwrap();
    Some(Op { provider, flow: manifest["flow"]["messages"].clone(), folder })
}

/// What a message of that client is expected to meet: its algorithm, or its encryption, is beyond this build; or it is
/// authenticated with a client secret, which no public key verifies.
fn beyond(client: &str) -> Option<&'static str> {
    match client {
        "c-es512" => Some("AlgUnsupported"),
        "c-hs256" | "c-hs512" => Some("AlgForbidden"),
        client if client.starts_with("c-enc-") => Some("JweUnsupported"),
        _ => None,
    }
}

#[test]
fn oidc_provider_messages() {
    let Some(op) = oidc_provider() else { return };
    let (now, mut accepted, mut refused) = (at(1_795_217_475), 0, 0);
    for (name, facts) in op.flow.as_object().unwrap() {
        let Some(client) = facts["client_id"].as_str() else { continue };
        let token = read(&op.folder, name);
        let nonce = Nonce::Expected("n-interop-0001".to_owned());
        let outcome: Result<(), Error> = if name.contains(".id_token") {
            let mut policy = Policy::new(client, nonce).unwrap();
            let rule = if name.contains(".hybrid") { HashRule::Required } else { HashRule::IfPresent };
            if let Some(access_token) = facts["access_token"].as_str() {
                policy = policy.with_access_token(access_token, rule);
            }
            if let Some(code) = facts["code"].as_str() {
                policy = policy.with_code(code, rule);
            }
            // The same token where another value was sent, or for another client, is refused.
            if beyond(client).is_none() {
                let other = Policy::new(client, Nonce::Expected("other".into())).unwrap();
                assert_eq!(
                    verify(&token, &op.provider, &other, now).map(|_| ()).map_err(check),
                    Err("NonceMismatch".into())
                );
                let other = Policy::new("other", Nonce::Ignored).unwrap();
                assert_eq!(
                    verify(&token, &op.provider, &other, now).map(|_| ()).map_err(check),
                    Err("AudienceMismatch".into())
                );
                let policy = policy.clone().with_access_token("other", HashRule::IfPresent);
                // Its code flow leaves at_hash out.
                let bound = name.contains(".hybrid");
                assert!(
                    !bound
                        || verify(&token, &op.provider, &policy, now).map(|_| ()).map_err(check)
                            == Err("HashMismatch".into())
                );
            }
            verify(&token, &op.provider, &policy, now).map(|_| ())
        } else if name.contains(".userinfo") {
            let policy = userinfo::Policy::new(client, "alice").unwrap();
            userinfo::verify(&token, &op.provider, &policy, now).map(|_| ())
        } else if name.contains(".jarm") {
            let policy = jarm::Policy::new(client, "st-interop").unwrap();
            jarm::verify(&token, &op.provider, &policy, now).map(|_| ())
        } else {
            let policy = logout_token::Policy::new(client).unwrap();
            logout_token::verify(&token, &op.provider, &policy, now).map(|_| ())
        };
        let outcome = outcome.map_err(check);
        let expected = beyond(client).map_or(Ok(()), |check| Err(check.to_owned()));
        assert_eq!(outcome, expected, "{name}");
        if expected.is_ok() { accepted += 1 } else { refused += 1 }
    }
    println!("oidc-provider: {accepted} accepted, {refused} refused as expected");
    assert!(accepted >= 60);
}

/// No message passes as one of another kind. (UserInfo with `exp` and `iat` is an ID token without nonce, by structure: with
/// a nonce expected it is refused.)
#[test]
fn kinds_are_kept_apart() {
    let Some(op) = oidc_provider() else { return };
    let now = at(1_795_217_475);
    let client = "c-rs256";
    let kind = |name: &str| match name {
        n if n.contains("id_token") => 0,
        n if n.contains("userinfo") => 1,
        n if n.contains("jarm") => 2,
        n if n.contains("logout") => 3,
        n if n.contains("access_token") => 4,
        n if n.contains("introspection") => 5,
        _ => 6,
    };
    let mut tried = 0;
    for file in
        std::fs::read_dir(&op.folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap())
    {
        let plain =
            ["c-rs256.", "rfc9068", "dpop", "introspection"].iter().any(|start| file.starts_with(start));
        if !file.ends_with(".jwt") || !plain {
            continue;
        }
        let token = read(&op.folder, &file);
        let p = &op.provider;
        let id = Policy::new(client, Nonce::Expected("n-interop-0001".into())).unwrap();
        let outcomes = [
            verify(&token, p, &id, now).map(|_| ()).map_err(check),
            userinfo::verify(&token, p, &userinfo::Policy::new(client, "alice").unwrap(), now)
                .map(|_| ())
                .map_err(check),
            jarm::verify(&token, p, &jarm::Policy::new(client, "st-interop").unwrap(), now)
                .map(|_| ())
                .map_err(check),
            logout_token::verify(&token, p, &logout_token::Policy::new(client).unwrap(), now)
                .map(|_| ())
                .map_err(check),
            access_token::verify(
                &token,
                p,
                &access_token::Policy::new("https://api.interop.test").unwrap(),
                now,
            )
            .map(|_| ())
            .map_err(check),
            introspection::verify(&token, p, &introspection::Policy::new(client).unwrap(), now)
                .map(|_| ())
                .map_err(check),
            dpop::verify(&token, &dpop::Policy::new("POST", "http://127.0.0.1:9081/token").unwrap(), now)
                .map(|_| ())
                .map_err(check),
        ];
        for (entry, outcome) in outcomes.iter().enumerate() {
            tried += 1;
            let bound = file.starts_with("dpop") && file.contains("access_token");
            let expected_ok = entry == kind(&file) && !bound;
            assert_eq!(outcome.is_ok(), expected_ok, "{file} at entry {entry}: {outcome:?}");
            if bound && entry == 4 {
                assert_eq!(outcome, &Err("BindingMissing".to_owned()));
            }
        }
    }
    assert!(tried >= 70, "{tried}");
}

#[test]
fn dpop_proofs_and_bound_tokens() {
    let Some(op) = oidc_provider() else { return };
    let now = at(1_795_217_475);
    let proofs = ["ES256", "EdDSA", "PS256"].map(|alg| {
        let policy = dpop::Policy::new("POST", "http://127.0.0.1:9081/token?x=1").unwrap();
        let proof = dpop::verify(&read(&op.folder, &format!("dpop.{alg}.proof.jwt")), &policy, now).unwrap();
        assert_eq!(op.flow[format!("dpop.{alg}.access_token.jwt")]["jkt"], proof.thumbprint());
        (alg, proof)
    });
    for (alg, _) in &proofs {
        let token = read(&op.folder, &format!("dpop.{alg}.access_token.jwt"));
        for (of, proof) in &proofs {
            let policy =
                access_token::Policy::new("https://api.interop.test").unwrap().with_proof(Proof::dpop(proof));
            let outcome = access_token::verify(&token, &op.provider, &policy, now).map(|_| ()).map_err(check);
            let expected = if alg == of { Ok(()) } else { Err("DpopBinding".to_owned()) };
            assert_eq!(outcome, expected, "token of {alg}, proof of {of}");
        }
    }
}

#[test]
fn discovery_documents_and_key_sets() {
    let Some(folder) = shared("corpus/jose") else { return };
    let mut count = 0;
    for file in std::fs::read_dir(folder.join("discovery")).unwrap().map(|entry| entry.unwrap().path()) {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".meta.json") || !name.ends_with(".json") {
            continue;
        }
        let meta = json(&file.with_extension("meta.json"));
        let document = std::fs::read(&file).unwrap();
        let own = serde_json::from_slice::<Value>(&document).unwrap()["issuer"].as_str().unwrap().to_owned();
        let issuer = meta["expected_issuer"].as_str().unwrap_or(&own).to_owned();
        let outcome = Discovery::parse(&document, &issuer).map(|_| ()).map_err(check);
        let expected = if meta["expected"] == "reject" { Err("IssuerMismatch".to_owned()) } else { Ok(()) };
        assert_eq!(outcome, expected, "{name}");
        assert_eq!(
            Discovery::parse(&document, &format!("{issuer}/")).map(|_| ()).map_err(check),
            Err("IssuerMismatch".into())
        );
        count += 1;
    }
    assert!(count >= 9);
    for (name, expected) in [
        ("cryptojwt-jwk", Ok(1)),
        // The set of a test conversation: it holds private keys.
        ("idpyoidc-conv-1", Err("KeyPrivateMaterial")),
        ("zitadel-edge-01", Err("NoTrustedKey")),
        // Its n and e are words, not numbers.
        ("zitadel-edge-03", Err("NoTrustedKey")),
        ("zitadel-edge-05", Err("KeyMalformed")),
    ] {
        let text = std::fs::read(folder.join(format!("jwks/{name}.json"))).unwrap();
        let outcome = KeySet::from_jwks(&text).map(|keys| keys.count()).map_err(check);
        assert_eq!(outcome, expected.map_err(str::to_owned), "{name}");
    }
}

/// Tokens found in other projects' tests. Their signatures hold; most are no ID tokens, so the check that refuses must be one
/// that comes after the signature.
#[test]
fn tokens_of_other_projects() {
    let Some(folder) = shared("corpus/jose/tokens") else { return };
    let (mut signed, mut count) = (0, 0);
    for file in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
        let (meta, token) = (json(&file.join("meta.json")), read(&file, "token.jwt"));
        let policy = Policy::new("client", Nonce::Ignored).unwrap();
        let alg = meta["header"]["alg"].as_str().unwrap().to_owned();
        let key = std::fs::read(file.join("key.json"))
            .ok()
            .and_then(|key| serde_json::from_slice::<Value>(&key).ok());
        count += 1;
        let provider = match &key {
            Some(key) if key["kty"] == "oct" => {
                let secret = jwt_octets(key["k"].as_str().unwrap());
                TrustedProvider::symmetric("https://x.test", &secret)
                    .map_err(|failure| failure.check.name().to_owned())
            }
            Some(key) if key["pem"].is_string() => {
                let trusted = TrustedKeys::from_pem(key["pem"].as_str().unwrap()).unwrap();
                let keys =
                    KeySet::from_keys(trusted.iter().map(|trusted| (None, trusted.key().clone()))).unwrap();
                Ok(TrustedProvider::new("https://x.test", keys).unwrap())
            }
            Some(key) => {
                let mut public = key.clone();
                for secret in ["d", "p", "q", "dp", "dq", "qi", "oth"] {
                    public.as_object_mut().unwrap().remove(secret);
                }
                let set = serde_json::json!({"keys": [public]}).to_string();
                let provider = TrustedProvider::from_jwks("https://x.test", set.as_bytes()).map_err(check);
                provider.map(|provider| provider.with_key_selection(KeySelection::TryAll))
            }
            None => continue,
        };
        let id = meta["id"].as_str().unwrap().to_owned();
        let outcome = provider.and_then(|provider| {
            verify(&token, &provider, &policy, at(1_500_000_000)).map(|_| ()).map_err(check)
        });
        let refused = outcome.expect_err("no ID token for this client");
        let after_signature =
            ["ClaimMissing", "IssuerMismatch", "JsonMalformed", "ClaimsNotObject", "Expired"]
                .contains(&refused.as_str());
        signed += usize::from(after_signature);
        let before = match refused.as_str() {
            // 31 octets and fewer, ES512, crit: refused on purpose.
            "WeakKey" => alg.starts_with("HS"),
            "AlgUnsupported" | "NoTrustedKey" => alg == "ES512",
            "CritUnsupported" => true,
            "AlgForbidden" => alg == "none",
            // RS256, and its JWK says PS512 (JA-13).
            "AlgKeyMismatch" => id == "jwt-zitadel-023",
            _ => false,
        };
        assert!(after_signature || before, "{id} ({alg}): {refused}");
    }
    println!("{signed} of {count} tokens have a signature that holds");
}

fn jwt_octets(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap()
}
