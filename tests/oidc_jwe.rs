//! Encrypted tokens: the vectors of `testdata/oidc/je`, other people's messages, and what a changed character does.

mod jwe_support;
mod oidc_support;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

use bonafide::diagnosis;
use bonafide::error::Error;
use bonafide::jose::{
    ContentEncryptionAlgorithm as Enc, Decrypted, DecryptionKey, DecryptionKeys,
    KeyManagementAlgorithm as Alg, KeySet,
};
use bonafide::oidc::{
    self, Expectations, HashRule, Nonce, Policy, TrustedProvider, jarm, logout_token, userinfo,
};
use jwe_support::{HAS_OPENSSL, Vectors, parsed, read, shared, token};
use oidc_support::Verdict;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What the library makes of a vector.
trait Judge {
    fn keys(&self, vector: &Value) -> Result<DecryptionKeys, String>;
    fn signed(&self, token: &str) -> Value;
    fn explained(&self, token: &str, keys: &DecryptionKeys) -> Result<Vec<String>, Vec<String>>;
}

impl Judge for Vectors {
    /// The keys that a vector configures.
    fn keys(&self, vector: &Value) -> Result<DecryptionKeys, String> {
        let decryption = &vector["decryption"];
        let accepted: Vec<_> = decryption["accepted"].as_array().unwrap().iter().map(pair).collect();
        let name = |failure: bonafide::error::Failure| failure.check.to_string();
        if let Some(secret) = decryption["client_secret"].as_str() {
            let key = DecryptionKey::client_secret(secret.as_bytes()).map_err(name)?;
            return DecryptionKeys::new([key], &accepted).map_err(name);
        }
        #[cfg(feature = "decryption")]
        if let Some(pem) = decryption["pem"].as_str() {
            let key = DecryptionKey::from_pem(pem.as_bytes()).map_err(name)?;
            return DecryptionKeys::new([key], &accepted).map_err(name);
        }
        DecryptionKeys::from_jwks(self.jwks(vector).unwrap().as_bytes(), &accepted)
            .map_err(|error| error.check().to_string())
    }

    /// The vector as one for a signed token.
    fn signed(&self, token: &str) -> Value {
        let mut vector = json!({ "kind": "id-token", "token": token });
        for name in ["provider", "policy", "now"] {
            vector[name] = self.whole[name].clone();
        }
        vector
    }

    /// What the explanation says: accepted, or the checks that deny.
    fn explained(&self, token: &str, keys: &DecryptionKeys) -> Result<Vec<String>, Vec<String>> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let provider = TrustedProvider::from_jwks(
            &text(&self.whole["provider"]["issuer"]),
            self.whole["provider"]["jwks"].to_string().as_bytes(),
        );
        let nonce = Nonce::Expected(text(&self.whole["policy"]["nonce"]));
        let policy = Policy::new(&text(&self.whole["policy"]["client_id"]), nonce).unwrap();
        let known = Expectations::complete(&provider.unwrap(), &policy).with_decryption(keys);
        let now = OffsetDateTime::parse(&text(&self.whole["now"]), &Rfc3339).unwrap();
        let diagnosis = oidc::explain(token, &known, now);
        if diagnosis.verdict() == diagnosis::Verdict::Accepted {
            return Ok(diagnosis.passed().iter().map(|code| code.as_str().to_owned()).collect());
        }
        Err(diagnosis.findings().iter().filter_map(|finding| Some(finding.check()?.to_string())).collect())
    }
}

fn pair(pair: &Value) -> (Alg, Enc) {
    let (alg, enc) = (pair[0].as_str().unwrap(), pair[1].as_str().unwrap());
    (Alg::from_name(alg).unwrap(), Enc::from_name(enc).unwrap())
}

#[test]
fn every_vector_gets_its_verdict() {
    let vectors = Vectors::read();
    let (mut failures, mut count, mut beyond) = (Vec::new(), BTreeMap::<String, [usize; 2]>::new(), 0);
    for vector in vectors.all() {
        let token = token(vector);
        if !HAS_OPENSSL && vector["needs_openssl"] == true {
            beyond += 1;
            continue;
        }
        let keys = vectors.keys(vector);
        let decrypted = keys.as_ref().map_err(Clone::clone).and_then(|keys| {
            keys.decrypt(&token).map_err(|error| {
                let text = format!("{error} {error:?} {:?}", error.reason());
                assert!(!text.contains("alice") && !text.contains("admin"), "{text}");
                error.check().to_string()
            })
        });
        let verdict = match &decrypted {
            Ok(decrypted) => oidc_support::judge(&vectors.signed(decrypted.token())),
            Err(check) => Verdict::Rejected(check.clone()),
        };
        let expect = &vector["expect"];
        let tally = count.entry(vector["row"].as_str().unwrap().to_owned()).or_default();
        tally[usize::from(expect["reject"].is_null())] += 1;
        let mut wanted = match (expect["reject"].as_str(), &verdict) {
            (Some(check), Verdict::Rejected(found)) => check == found,
            (None, Verdict::Accepted(claims)) => claims["sub"] == expect["accept"]["sub"],
            _ => false,
        };
        if let (Some(kid), Ok(decrypted)) = (expect["decrypted_by"].as_str(), &decrypted) {
            wanted &= decrypted.kid() == Some(kid);
        }
        // Decision and explanation agree, and so does what denies.
        if let Ok(keys) = &keys {
            wanted &= match (vectors.explained(&token, keys), &verdict) {
                (Ok(passed), Verdict::Accepted(_)) => passed.contains(&"OI123".to_owned()),
                (Err(checks), Verdict::Rejected(check)) => {
                    // A token without encryption is explained as it is; decrypting refuses it for that.
                    checks.contains(check)
                }
                (Ok(_), Verdict::Rejected(check)) => check == "JweShape" && token.matches('.').count() == 2,
                (Err(_), Verdict::Accepted(_)) => false,
            };
        }
        if !wanted {
            failures
                .push(format!("{} ({}): {verdict:?}, expected {expect}", vector["id"], vector["comment"]));
        }
    }
    println!("vectors per row (reject, accept): {count:?}; {beyond} need the feature `decryption`");
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
    assert!(count.values().flatten().sum::<usize>() > if HAS_OPENSSL { 360 } else { 30 });
}

/// Row 21: bad key, bad tag, bad padding are one error value, whatever is asked of it.
#[test]
fn failures_cannot_be_told_apart() {
    let vectors = Vectors::read();
    let mut errors = Vec::new();
    for vector in vectors.all().iter().filter(|vector| vector["row"] == "JE-21") {
        let Ok(keys) = vectors.keys(vector) else { continue };
        errors.push(keys.decrypt(&token(vector)).unwrap_err());
    }
    assert!(errors.len() >= 28 || !HAS_OPENSSL, "{}", errors.len());
    assert!(errors.windows(2).all(|pair| pair[0] == pair[1]));
    for error in &errors {
        assert_eq!(error.to_string(), "OI123 encrypted-token");
    }
}

/// Each character of a token changed, left out or doubled: refused, and never as something else than the failure of its part.
#[test]
fn every_changed_character_is_refused() {
    let vectors = Vectors::read();
    let wanted = if HAS_OPENSSL {
        [
            "RSA-OAEP-256 A256GCM by jwcrypto",
            "ECDH-ES A128GCM on P-256 by joserfc",
            "A128KW A128CBC-HS256 by jwcrypto",
        ]
        .as_slice()
    } else {
        ["dir A256GCM by jwcrypto"].as_slice()
    };
    for comment in wanted {
        let vector = vectors.all().iter().find(|vector| vector["comment"] == *comment).unwrap();
        let (keys, token) = (vectors.keys(vector).unwrap(), token(vector));
        assert!(keys.decrypt(&token).is_ok());
        let after_header = token.find('.').unwrap();
        let mut checks = BTreeMap::<&str, usize>::new();
        for at in 0..token.len() {
            let other = match token.as_bytes()[at] {
                b'.' => "A",
                b'A' => "Q",
                _ => "A",
            };
            for changed in [
                format!("{}{other}{}", &token[..at], &token[at + 1..]),
                format!("{}{}", &token[..at], &token[at + 1..]),
                format!("{}{}", &token[..=at], &token[at..]),
            ] {
                if changed == token {
                    continue;
                }
                let error = keys.decrypt(&changed).expect_err("a changed token");
                if at > after_header {
                    let name = error.check().name();
                    assert!(
                        ["JweDecryptFailed", "JweShape", "SegmentBase64", "TokenFormat"].contains(&name),
                        "{name} at {at} of {comment}"
                    );
                }
                *checks.entry(error.check().name()).or_default() += 1;
            }
        }
        println!("{comment}: {checks:?}");
        assert!(checks["JweDecryptFailed"] > 500);
    }
}

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

/// Every pair that this build computes.
fn every_pair() -> Vec<(Alg, Enc)> {
    let pairs = Alg::ALL.iter().flat_map(|alg| Enc::ALL.iter().map(|enc| (*alg, *enc)));
    pairs.filter(|(alg, enc)| alg.is_supported() && enc.is_supported()).collect()
}

/// Nested tokens that joserfc made.
#[test]
fn tokens_of_joserfc() {
    let (Some(folder), true) = (shared("interop/jose-joserfc"), HAS_OPENSSL) else { return };
    let expect = parsed(&folder, "expect.json");
    let provider =
        TrustedProvider::from_jwks(expect["iss"].as_str().unwrap(), read(&folder, "jwks.json").as_bytes());
    let provider = provider.unwrap();
    let keys =
        DecryptionKeys::from_jwks(read(&folder, "rp-private-jwks.json").as_bytes(), &every_pair()).unwrap();
    let policy = Policy::new("rp-1", Nonce::Expected(expect["nonce"].as_str().unwrap().to_owned())).unwrap();
    let mut accepted = 0;
    for file in std::fs::read_dir(&folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        if !name.starts_with("nested") {
            continue;
        }
        let outcome = keys
            .decrypt(&read(&folder, &name))
            .and_then(|decrypted| oidc::verify(decrypted.token(), &provider, &policy, at(1_795_217_480)))
            .map(|_| ())
            .map_err(|error| error.check().name());
        let expected = match name.as_str() {
            name if name.contains("RSA1_5") => Err("JweAlgForbidden"),
            name if name.contains("zip") => Err("JweZipForbidden"),
            _ => Ok(()),
        };
        assert_eq!(outcome, expected, "{name}");
        accepted += usize::from(expected.is_ok());
    }
    println!("joserfc: {accepted} nested tokens accepted");
    assert_eq!(accepted, 7);
}

/// Every kind of encrypted message that oidc-provider sends: ID tokens, UserInfo, authorization responses, logout tokens.
#[test]
fn messages_of_oidc_provider() {
    let Some(folder) = shared("interop/oidc-provider") else { return };
    let provider = TrustedProvider::new(
        "http://127.0.0.1:9081",
        KeySet::from_jwks(read(&folder, "jwks.json").as_bytes()).unwrap(),
    )
    .unwrap();
    let secret = DecryptionKey::client_secret(read(&folder, "client-secret.txt").as_bytes()).unwrap();
    let symmetric = DecryptionKeys::new([secret], &every_pair()).unwrap();
    let private = HAS_OPENSSL.then(|| {
        DecryptionKeys::from_jwks(read(&folder, "rp-private-jwks.json").as_bytes(), &every_pair()).unwrap()
    });
    let manifest = parsed(&folder, "manifest.json");
    let (now, mut accepted) = (at(1_795_217_475), BTreeMap::<&str, usize>::new());
    for (name, facts) in manifest["flow"]["messages"].as_object().unwrap() {
        let Some(client) = facts["client_id"].as_str().filter(|client| client.starts_with("c-enc-")) else {
            continue;
        };
        let is_symmetric = client.contains("dir") || client.contains("c-enc-A256KW");
        let keys = if is_symmetric { Some(&symmetric) } else { private.as_ref() };
        let Some(keys) = keys.filter(|_| HAS_OPENSSL || client.contains("dir")) else { continue };
        let token = read(&folder, name);
        let decrypted = keys.decrypt(&token).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let pair = (facts["enc"][0].as_str().unwrap(), facts["enc"][1].as_str().unwrap());
        assert_eq!((decrypted.algorithms().0.name(), decrypted.algorithms().1.name()), pair, "{name}");
        let kind = if name.contains(".id_token") {
            "id_token"
        } else if name.contains(".userinfo") {
            "userinfo"
        } else if name.contains(".jarm") {
            "jarm"
        } else {
            "logout"
        };
        for (entry, outcome) in entries(&decrypted, &provider, client, facts, name.contains(".hybrid"), now) {
            let outcome = outcome.map_err(|error| error.check().name());
            assert_eq!(outcome.is_ok(), entry == kind, "{name} as {entry}: {outcome:?}");
        }
        // The encrypted token itself is nothing to an entry point.
        let policy = Policy::new(client, Nonce::Ignored).unwrap();
        let refused = oidc::verify(&token, &provider, &policy, now).map(|_| ()).unwrap_err();
        assert_eq!(refused.check().name(), "JweUnsupported", "{name}");
        *accepted.entry(kind).or_default() += 1;
    }
    println!("oidc-provider: accepted {accepted:?}");
    assert!(accepted.values().sum::<usize>() >= if HAS_OPENSSL { 40 } else { 6 });
}

type Outcome = Result<(), Error>;

/// What each entry point says about the token inside.
fn entries(
    decrypted: &Decrypted,
    provider: &TrustedProvider,
    client: &str,
    facts: &Value,
    is_hybrid: bool,
    now: OffsetDateTime,
) -> [(&'static str, Outcome); 4] {
    let token = decrypted.token();
    let mut policy = Policy::new(client, Nonce::Expected("n-interop-0001".to_owned())).unwrap();
    let rule = if is_hybrid { HashRule::Required } else { HashRule::IfPresent };
    if let Some(access_token) = facts["access_token"].as_str() {
        policy = policy.with_access_token(access_token, rule);
    }
    if let Some(code) = facts["code"].as_str() {
        policy = policy.with_code(code, rule);
    }
    let about = userinfo::Policy::new(client, "alice").unwrap();
    let answer = jarm::Policy::new(client, "st-interop").unwrap();
    let logout = logout_token::Policy::new(client).unwrap();
    [
        ("id_token", oidc::verify(token, provider, &policy, now).map(|_| ())),
        ("userinfo", userinfo::verify(token, provider, &about, now).map(|_| ())),
        ("jarm", jarm::verify(token, provider, &answer, now).map(|_| ())),
        ("logout", logout_token::verify(token, provider, &logout, now).map(|_| ())),
    ]
}
