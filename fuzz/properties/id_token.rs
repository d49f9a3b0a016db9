//! An ID token that the fuzzer writes or edits. Never accepted: what no trusted key signed. Accepted after an edit: only the
//! very token. And `explain` has a finding exactly if `verify` refuses.

use bonafide::diagnosis::Verdict;
use bonafide::oidc::{self, Expectations, Nonce, Policy, TrustedProvider};
use std::sync::OnceLock;
use time::OffsetDateTime;

/// Signed by PyCA cryptography, not by this crate: RS256, PS256, ES256, ES384, EdDSA and one more.
const GENUINE: &str = include_str!("../../testdata/oidc/bench/tokens.json");

/// Holds for every input. First octet: 0xff takes the rest as a token; anything else picks a genuine token and takes
/// the rest as edits of three octets each (place, place, new octet).
pub fn check(data: &[u8]) {
    let scene = scene();
    let Some((pick, script)) = data.split_first() else { return };
    let (genuine, provider) = &scene.tokens[usize::from(*pick) % scene.tokens.len()];
    let token = if *pick == 0xff {
        String::from_utf8_lossy(script).into_owned()
    } else {
        let mut octets = genuine.clone().into_bytes();
        for edit in script.chunks_exact(3) {
            let place = usize::from(edit[0]) * 256 + usize::from(edit[1]);
            let length = octets.len();
            octets[place % length] = edit[2];
        }
        String::from_utf8_lossy(&octets).into_owned()
    };
    let decision = oidc::verify(&token, provider, &scene.policy, scene.now);
    if decision.is_ok() {
        let same_signed = token.rsplit_once('.').map(|(signed, _)| signed)
            == genuine.rsplit_once('.').map(|(signed, _)| signed);
        assert!(same_signed, "accepted, and nobody signed it");
    }
    let explained = oidc::explain(&token, &Expectations::complete(provider, &scene.policy), scene.now);
    assert_eq!(explained.verdict() == Verdict::Accepted, decision.is_ok(), "{explained:?}, but {decision:?}");
    if let Err(error) = &decision {
        assert!(
            explained.findings().iter().any(|seen| seen.check() == Some(error.check())),
            "{error:?}: {explained:?}"
        );
        let _ = (error.to_string(), error.code(), format!("{error:?}"));
    }
    let _ = oidc::peek(&token);
}

struct Scene {
    tokens: Vec<(String, TrustedProvider)>,
    policy: Policy,
    now: OffsetDateTime,
}

fn scene() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| {
        let cases: Vec<serde_json::Value> = serde_json::from_str(GENUINE).unwrap();
        let case = |case: &serde_json::Value| {
            let provider =
                TrustedProvider::from_jwks("https://idp.test", case["jwks"].to_string().as_bytes()).unwrap();
            (case["token"].as_str().unwrap().to_owned(), provider)
        };
        Scene {
            tokens: cases.iter().map(case).collect(),
            policy: Policy::new("client1", Nonce::Expected("n-0S6_WzA2Mj".to_owned())).unwrap(),
            now: OffsetDateTime::from_unix_timestamp(1_767_225_600).unwrap(),
        }
    })
}
