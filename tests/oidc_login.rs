//! One login as one value (rows OX), discovery, key rollover, identities.

mod oidc_support;

use bonafide::check::Check;
use bonafide::diagnosis::Verdict;
use bonafide::error::{Code, Error};
use bonafide::jose::{Advice, KeySet, RefreshAdvice};
use bonafide::oidc::login::{
    Answer, IssParameter, PendingLogin, ResponseType, Secrets, check_pkce, pkce_challenge,
};
use bonafide::oidc::{
    self, Discovery, EmailVerified, EntraVersion, Expectations, Groups, Loosened, Nonce, Policy, Tenants,
    TrustedProvider, userinfo,
};
use oidc_support::text;
use serde_json::{Value, json};
use time::OffsetDateTime;

const NOW: i64 = 1_767_225_600;
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW).unwrap()
}

/// A vector of `testdata/oidc` by its comment.
fn vector(family: &str, comment: &str) -> Value {
    let path = format!("{}/testdata/oidc/{family}.json", env!("CARGO_MANIFEST_DIR"));
    let vectors: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    vectors
        .into_iter()
        .find(|vector| vector["comment"] == comment)
        .unwrap_or_else(|| panic!("no vector {comment}"))
}

fn login_vectors() -> Value {
    let path = format!("{}/testdata/oidc/ox/login.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn provider(issuer: &str, jwks: &Value) -> TrustedProvider {
    TrustedProvider::from_jwks(issuer, jwks.to_string().as_bytes()).unwrap()
}

fn pending(
    provider: &TrustedProvider,
    nonce: &str,
    response_type: ResponseType,
    iss: IssParameter,
) -> PendingLogin {
    let secrets = Secrets::new("st-4f2a", nonce, VERIFIER).unwrap();
    PendingLogin::new(provider, "client1", "https://sp.test/cb", secrets, iss)
        .unwrap()
        .with_response_type(response_type)
}

fn check<T>(outcome: Result<T, Error>) -> Result<(), Check> {
    outcome.map(|_| ()).map_err(|error| error.check())
}

#[test]
fn responses_are_checked_against_the_pending_login() {
    let spec = login_vectors();
    let a = provider("https://idp.test", &spec["jwks_a"]);
    let code = ResponseType::Code;
    use IssParameter::{Announced, NotAnnounced};
    for (parameters, iss, expected) in [
        ("code=c&state=st-4f2a", NotAnnounced, Ok(())),
        ("state=st-4f2a&code=c&session_state=x&iss=https%3A%2F%2Fidp.test", NotAnnounced, Ok(())),
        ("code=c&state=st-4f2a&iss=https://idp.test", Announced, Ok(())),
        // OX-01
        ("code=c", NotAnnounced, Err(Check::StateMismatch)),
        ("code=c&state=", NotAnnounced, Err(Check::StateMismatch)),
        ("code=c&state=st-4f2b", NotAnnounced, Err(Check::StateMismatch)),
        ("code=c&state=st-4f2", NotAnnounced, Err(Check::StateMismatch)),
        ("code=c&state=st-4f2a%00", NotAnnounced, Err(Check::StateMismatch)),
        ("code=c&State=st-4f2a", NotAnnounced, Err(Check::StateMismatch)),
        ("", NotAnnounced, Err(Check::StateMismatch)),
        // OX-02, OX-03
        ("code=c&state=st-4f2a&iss=https://evil.test", NotAnnounced, Err(Check::IssuerMismatch)),
        ("code=c&state=st-4f2a&iss=https://idp.test/", Announced, Err(Check::IssuerMismatch)),
        ("code=c&state=st-4f2a&iss=", NotAnnounced, Err(Check::IssuerMismatch)),
        ("code=c&state=st-4f2a", Announced, Err(Check::IssuerMissing)),
        ("error=access_denied&state=st-4f2a", Announced, Err(Check::IssuerMissing)),
        // OX-06
        ("code=c&code=d&state=st-4f2a", NotAnnounced, Err(Check::ParamDuplicate)),
        ("code=c&state=st-4f2a&state=x", NotAnnounced, Err(Check::ParamDuplicate)),
        ("code=c&state=x&st%61te=st-4f2a", NotAnnounced, Err(Check::ParamDuplicate)),
        (
            "code=c&state=st-4f2a&iss=https://idp.test&iss=https://evil.test",
            NotAnnounced,
            Err(Check::ParamDuplicate),
        ),
        ("code=c&state=st-4f2a&error=x&error=y", NotAnnounced, Err(Check::ParamDuplicate)),
        ("state=st-4f2a", NotAnnounced, Err(Check::ParamMissing)),
        ("code=&state=st-4f2a", NotAnnounced, Err(Check::ParamMissing)),
        ("code=%zz&state=st-4f2a", NotAnnounced, Err(Check::RedirectEncoding)),
    ] {
        let answer = pending(&a, "n", code, iss).answered_by(parameters);
        assert_eq!(check(answer), expected, "{parameters}");
    }
    let refused = pending(&a, "n", code, NotAnnounced)
        .answered_by("error=access_denied&error_description=no&state=st-4f2a");
    assert!(matches!(refused, Ok(Answer::Refused { error, .. }) if error.as_str() == "access_denied"));
}

#[test]
fn a_finished_login_and_the_mix_up() {
    let spec = login_vectors();
    let (a, b) =
        (provider("https://idp.test", &spec["jwks_a"]), provider("https://other.test", &spec["jwks_b"]));
    let nonce = text(&spec, "nonce");
    let answered =
        |parameters: &str, response_type| match pending(&a, nonce, response_type, IssParameter::NotAnnounced)
            .answered_by(parameters)
        {
            Ok(Answer::Granted(login)) => login,
            other => panic!("{other:?}"),
        };
    let login = answered("code=c&state=st-4f2a&id_token=injected&access_token=injected", ResponseType::Code);
    assert_eq!(
        (login.code(), login.code_verifier(), login.redirect_uri()),
        (Some("c"), VERIFIER, "https://sp.test/cb")
    );
    assert_eq!(check(login.verify(text(&spec, "token_a"), None, &a, now())), Ok(()));
    // OX-05: issued by another configured issuer, validly.
    assert_eq!(check(login.verify(text(&spec, "token_b"), None, &b, now())), Err(Check::IssuerMismatch));
    assert_eq!(
        check(login.verify(text(&spec, "token_b_signed_by_a"), None, &a, now())),
        Err(Check::IssuerMismatch)
    );
    assert_eq!(check(login.verify(text(&spec, "token_b"), None, &a, now())), Err(Check::KeyNotFound));
    // An ID token from the browser is not used unless it was asked for.
    assert_eq!(check(login.verify_front_channel(&a, now())), Err(Check::ParamMissing));
    let hybrid = |token: &str, code: &str| {
        let parameters = format!("code={code}&state=st-4f2a&id_token={}", text(&spec, token));
        check(answered(&parameters, ResponseType::CodeIdToken).verify_front_channel(&a, now()))
    };
    assert_eq!(hybrid("token_hybrid", "c"), Ok(()));
    assert_eq!(hybrid("token_hybrid", "d"), Err(Check::HashMismatch));
    assert_eq!(hybrid("token_a", "c"), Err(Check::HashMissing));
    // OIDC Core 3.3.3.6: both ID tokens of the hybrid flow are about one user.
    let both = |front: &str, back: &str| {
        let parameters = format!("code=c&state=st-4f2a&id_token={}", text(&spec, front));
        check(answered(&parameters, ResponseType::CodeIdToken).verify(text(&spec, back), None, &a, now()))
    };
    assert_eq!(both("token_hybrid", "token_a"), Ok(()));
    assert_eq!(both("token_hybrid", "token_other_sub"), Err(Check::SubMismatch));
    assert_eq!(both("token_a", "token_a"), Err(Check::HashMissing));
    let implicit = |token: &str, access_token: &str| {
        let parameters = format!("access_token={access_token}&state=st-4f2a&id_token={}", text(&spec, token));
        check(answered(&parameters, ResponseType::IdTokenToken).verify_front_channel(&a, now()))
    };
    assert_eq!(implicit("token_implicit", "at"), Ok(()));
    assert_eq!(implicit("token_implicit", "other"), Err(Check::HashMismatch));
    assert_eq!(implicit("token_a", "at"), Err(Check::HashMissing));
}

/// OIDC Core 3.3.3.6, RFC 9207 section 2.4, JARM section 2.4: a provider may have tenants or aliases, a login has one issuer.
#[test]
fn everything_in_a_login_is_of_one_issuer() {
    let spec = login_vectors();
    let keys = || KeySet::from_jwks(spec["jwks_a"].to_string().as_bytes()).unwrap();
    let (a, b) = ("https://login.test/tenant-a/v2.0", "https://login.test/tenant-b/v2.0");
    let template = |tenants| {
        TrustedProvider::from_template("https://login.test/{tenantid}/v2.0", tenants, keys()).unwrap()
    };
    let providers = [
        template(Tenants::Any),
        template(Tenants::Listed(vec!["tenant-a".to_owned(), "tenant-b".to_owned()])),
        TrustedProvider::new(a, keys()).unwrap().with_issuer_alias(b).unwrap(),
    ];
    let refused = Err(Check::IssuerMismatch);
    for provider in &providers {
        let begun = |response_type| {
            pending(provider, text(&spec, "nonce"), response_type, IssParameter::NotAnnounced)
        };
        let granted = |answer: Result<Answer, Error>| match answer {
            Ok(Answer::Granted(login)) => login,
            other => panic!("{other:?}"),
        };
        let finished =
            |answer, token: &str| check(granted(answer).verify(text(&spec, token), None, provider, now()));
        // The `iss` parameter, alone and beside an ID token.
        let (code, hybrid) = (ResponseType::Code, ResponseType::CodeIdToken);
        let of_a = format!("code=c&state=st-4f2a&iss={a}");
        assert_eq!(finished(begun(code).answered_by(&of_a), "tenant_a"), Ok(()));
        assert_eq!(finished(begun(code).answered_by(&of_a), "tenant_b"), refused);
        let policy = granted(begun(code).answered_by(&of_a)).policy(None).unwrap();
        assert_eq!(check(oidc::verify(text(&spec, "tenant_b"), provider, &policy, now())), refused);
        let known = Expectations::complete(provider, &policy);
        let explained = oidc::explain(text(&spec, "tenant_b"), &known, now());
        assert_eq!(explained.findings().first().map(|finding| finding.code()), Some(Code::OI105));
        let front = |iss: &str, tenant: &str| {
            let id_token = text(&spec, &format!("tenant_{tenant}_hybrid"));
            begun(hybrid).answered_by(&format!("code=c&state=st-4f2a&id_token={id_token}{iss}"))
        };
        for (iss, first, second, expected) in [
            ("", "a", "tenant_a", Ok(())),
            ("", "b", "tenant_b", Ok(())),
            ("", "a", "tenant_b", refused),
            ("", "b", "tenant_a", refused),
            (a, "a", "tenant_a", Ok(())),
            (b, "a", "tenant_a", refused),
            (a, "b", "tenant_b", refused),
            (a, "b", "tenant_a", refused),
        ] {
            let iss = if iss.is_empty() { String::new() } else { format!("&iss={iss}") };
            assert_eq!(finished(front(&iss, first), second), expected, "{provider:?}{iss} {first} {second}");
            let alone = check(granted(front(&iss, first)).verify_front_channel(provider, now()));
            let named = iss.is_empty() || iss.contains(&format!("tenant-{first}"));
            assert_eq!(alone, if named { Ok(()) } else { refused });
        }
        // The issuer of a signed response.
        let jarm = |name: &str, kind| begun(kind).answered_by_jarm(text(&spec, name), provider, now());
        assert_eq!(finished(jarm("tenant_a_jarm", code), "tenant_a"), Ok(()));
        assert_eq!(finished(jarm("tenant_a_jarm", code), "tenant_b"), refused);
        assert_eq!(finished(jarm("tenant_a_jarm_hybrid", hybrid), "tenant_a"), Ok(()));
        assert_eq!(finished(jarm("tenant_b_jarm_hybrid", hybrid), "tenant_b"), refused);
        assert_eq!(check(jarm("tenant_a", code)), Err(Check::TokenTypeMismatch));
        assert_eq!(check(jarm("tenant_a_jarm", hybrid)), Err(Check::ParamMissing));
        // UserInfo, and a refresh.
        let policy = Policy::new("client1", Nonce::Expected(text(&spec, "nonce").to_owned())).unwrap();
        let login = oidc::verify(text(&spec, "tenant_a"), provider, &policy, now()).unwrap();
        let about = userinfo::Policy::for_login("client1", &login).unwrap();
        for (name, expected) in [("tenant_a_userinfo", Ok(())), ("tenant_b_userinfo", refused)] {
            assert_eq!(check(userinfo::verify(text(&spec, name), provider, &about, now())), expected);
        }
        let renewed = policy.for_refresh_of(&login);
        for (name, expected) in [("tenant_a", Ok(())), ("tenant_b", refused)] {
            assert_eq!(check(oidc::verify(text(&spec, name), provider, &renewed, now())), expected);
        }
    }
    let other = providers.first().unwrap();
    let begun = pending(providers.last().unwrap(), "n", ResponseType::Code, IssParameter::Announced);
    let mixed_up = begun.answered_by_jarm(text(&spec, "tenant_a_jarm"), other, now());
    assert_eq!(check(mixed_up), refused);
}

/// OX-14 and the rest of OIDC Core 12.2.
#[test]
fn refreshed_tokens_agree_with_the_login() {
    let spec = login_vectors();
    let a = provider("https://idp.test", &spec["jwks_a"]);
    let policy = Policy::new("client1", Nonce::Expected(text(&spec, "nonce").to_owned())).unwrap();
    let first = oidc::verify(text(&spec, "token_a"), &a, &policy, now()).unwrap();
    let policy = policy.for_refresh_of(&first);
    for (name, expected) in [
        ("refresh_without_nonce", Ok(())),
        ("refresh_with_nonce", Ok(())),
        ("refresh_other_sub", Err(Check::SubMismatch)),
        ("token_b_signed_by_a", Err(Check::IssuerMismatch)),
        ("refresh_new_nonce", Err(Check::NonceMismatch)),
        ("refresh_older_auth_time", Err(Check::AuthTimeInvalid)),
        ("refresh_other_aud", Err(Check::AudienceMismatch)),
    ] {
        assert_eq!(check(oidc::verify(text(&spec, name), &a, &policy, now())), expected, "{name}");
    }
    // The same where both issuers are trusted as one provider.
    let both = provider("https://idp.test", &spec["jwks_a"]).with_issuer_alias("https://other.test").unwrap();
    let outcome = oidc::verify(text(&spec, "token_b_signed_by_a"), &both, &policy, now());
    assert_eq!(check(outcome), Err(Check::IssuerMismatch));
}

#[test]
fn pkce_pairs() {
    // RFC 7636 appendix B.
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    assert_eq!(pkce_challenge(VERIFIER).unwrap(), challenge);
    assert!(check_pkce(VERIFIER, challenge).is_ok());
    for (verifier, challenge) in [
        (VERIFIER, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM="),
        (VERIFIER, VERIFIER),
        (VERIFIER, ""),
        (challenge, challenge),
        ("short", "short"),
        ("", ""),
        ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl", challenge),
    ] {
        assert_eq!(
            check_pkce(verifier, challenge).map_err(|failure| failure.check),
            Err(Check::PkceMismatch),
            "{verifier}"
        );
    }
    for (state, nonce, verifier) in
        [("", "n", VERIFIER), ("s", "", VERIFIER), ("s", "n", "short"), ("s", "n", &"é".repeat(43))]
    {
        assert!(Secrets::new(state, nonce, verifier).is_err());
    }
}

#[test]
fn discovery_is_strict_and_widens_nothing() {
    let good = json!({"issuer": "https://idp.test", "jwks_uri": "https://idp.test/jwks", "authorization_endpoint": "https://idp.test/a",
        "token_endpoint": "https://idp.test/t", "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"], "unknown": {"x": [1]}, "userinfo_endpoint": null});
    let parse = |document: &Value| Discovery::parse(document.to_string().as_bytes(), "https://idp.test");
    assert!(parse(&good).unwrap().warnings().is_empty());
    assert_eq!(parse(&good).unwrap().endpoint("token_endpoint"), Some("https://idp.test/t"));
    let with = |name: &str, value: Value| {
        let mut document = good.clone();
        document[name] = value;
        check(parse(&document))
    };
    // OX-08
    for issuer in ["https://idp.test/", "https://IDP.test", "http://idp.test", "https://evil.test", ""] {
        assert_eq!(with("issuer", json!(issuer)), Err(Check::IssuerMismatch), "{issuer}");
    }
    // OX-11
    for (name, value, expected) in [
        ("issuer", json!(1), Check::JsonMalformed),
        ("issuer", json!(null), Check::DiscoveryInvalid),
        ("jwks_uri", json!(null), Check::DiscoveryInvalid),
        ("jwks_uri", json!(["https://idp.test"]), Check::JsonMalformed),
        ("jwks_uri", json!("file:///etc/passwd"), Check::EndpointInvalid),
        ("jwks_uri", json!("/jwks"), Check::EndpointInvalid),
        ("jwks_uri", json!("https://"), Check::EndpointInvalid),
        ("jwks_uri", json!("https://idp.test@evil.test/"), Check::EndpointInvalid),
        ("jwks_uri", json!("javascript:alert(1)"), Check::EndpointInvalid),
        ("token_endpoint", json!("https://idp.test/ x"), Check::EndpointInvalid),
        ("id_token_signing_alg_values_supported", json!("RS256"), Check::JsonMalformed),
        ("id_token_signing_alg_values_supported", json!([1]), Check::JsonMalformed),
        ("authorization_response_iss_parameter_supported", json!("true"), Check::JsonMalformed),
        ("response_types_supported", json!({}), Check::JsonMalformed),
    ] {
        assert_eq!(with(name, value.clone()), Err(expected), "{name} {value}");
    }
    let raw = |document: &[u8]| check(Discovery::parse(document, "https://idp.test"));
    assert_eq!(
        raw(br#"{"issuer":"https://idp.test","issuer":"https://evil.test"}"#),
        Err(Check::DuplicateMember)
    );
    assert_eq!(raw(&vec![b' '; 10 * 1024 * 1024]), Err(Check::LimitInputSize));
    assert_eq!(raw(b"[]"), Err(Check::JsonMalformed));
    assert_eq!(raw(b"\xff"), Err(Check::InvalidUtf8));
    // Over http nothing is fetched and nothing is sent, except on this machine.
    for name in
        ["jwks_uri", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "end_session_endpoint"]
    {
        for url in [
            "http://idp.test/t",
            "HTTP://idp.test/t",
            "http://localhost@idp.test/t",
            "http://127.0.0.1.idp.test/t",
            "http://localhost.idp.test/t",
        ] {
            assert_eq!(with(name, json!(url)), Err(Check::EndpointInvalid), "{name} {url}");
        }
        for url in
            ["http://localhost:8080/t", "http://idp.LOCALHOST/t", "http://127.0.0.2/t", "http://[::1]:8080/t"]
        {
            let mut document = good.clone();
            document[name] = json!(url);
            assert_eq!(parse(&document).unwrap().warnings().len(), 1, "{name} {url}");
        }
    }
    for (issuer, expected) in [
        ("http://idp.test", Err(Check::EndpointInvalid)),
        ("http:idp.test", Err(Check::EndpointInvalid)),
        ("HTTP://localhost@idp.test", Err(Check::EndpointInvalid)),
        ("http://localhost:8080/realms/a", Ok(())),
        ("idp.test", Ok(())),
    ] {
        let mut document = good.clone();
        document["issuer"] = json!(issuer);
        let parsed = Discovery::parse(document.to_string().as_bytes(), issuer);
        assert_eq!(check(parsed), expected, "{issuer}");
    }
    let mut empty = good.clone();
    empty["end_session_endpoint"] = json!("");
    assert_eq!(parse(&empty).unwrap().endpoint("end_session_endpoint"), None);
    assert_eq!(with("jwks_uri", json!("")), Err(Check::EndpointInvalid));
    // OX-10: what is announced narrows the list, or leaves it as it is; it never adds to it.
    let keys = || KeySet::from_jwks(login_vectors()["jwks_a"].to_string().as_bytes()).unwrap();
    let policy = Policy::new("client1", Nonce::Expected("n-0S6_WzA2Mj".to_owned())).unwrap();
    let token_with = |announced: Value, vector_comment: &str| {
        let mut document = good.clone();
        document["id_token_signing_alg_values_supported"] = announced;
        let provider = TrustedProvider::from_discovery(&parse(&document).unwrap(), keys()).unwrap();
        check(oidc::verify(text(&vector("ja", vector_comment), "token"), &provider, &policy, now()))
    };
    for announced in [json!(["none"]), json!(["HS256", "none"]), json!([]), json!(["RS256", "HS256", "none"])]
    {
        assert_eq!(token_with(announced.clone(), "alg none, no signature"), Err(Check::AlgForbidden));
        assert_eq!(
            token_with(announced, "HS256 with the SPKI PEM, alg in JWK: True"),
            Err(Check::AlgForbidden)
        );
    }
    assert_eq!(token_with(json!(["ES256"]), "leading zero added"), Err(Check::AlgForbidden));
    assert_eq!(token_with(json!(["RS256"]), "leading zero added"), Err(Check::SignatureInvalid));
}

/// The example of the README: verify, and on an unknown key fetch once, within bounds.
#[test]
fn keys_roll_over() {
    let spec = login_vectors();
    let policy = Policy::new("client1", Nonce::Expected(text(&spec, "nonce").to_owned())).unwrap();
    let mut provider = provider("https://idp.test", &spec["jwks_b"]);
    let mut advice = RefreshAdvice::new();
    advice.fetched(Some("max-age=3600"), OffsetDateTime::from_unix_timestamp(NOW - 100).unwrap());
    let error = oidc::verify(text(&spec, "token_a"), &provider, &policy, now()).unwrap_err();
    assert_eq!((error.check(), error.code()), (Check::KeyNotFound, Code::OI102));
    let Error::NeedKeys { kid } = error else { panic!("not NeedKeys") };
    assert_eq!(kid.as_str(), "k1");
    assert_eq!(advice.on_unknown_kid(kid.as_str(), now()), Advice::Fetch);
    assert!(provider.replace_keys(KeySet::from_jwks(spec["jwks_a"].to_string().as_bytes()).unwrap()));
    advice.fetched(None, now());
    assert!(oidc::verify(text(&spec, "token_a"), &provider, &policy, now()).is_ok());
    assert!(matches!(advice.on_unknown_kid("k1", now()), Advice::Wait(_)));
}

#[test]
fn what_a_token_says() {
    let spec = login_vectors();
    let (a, b) =
        (provider("https://idp.test", &spec["jwks_a"]), provider("https://other.test", &spec["jwks_b"]));
    let policy = Policy::new("client1", Nonce::Expected(text(&spec, "nonce").to_owned())).unwrap();
    let (first, second) = (
        oidc::verify(text(&spec, "token_a"), &a, &policy, now()).unwrap(),
        oidc::verify(text(&spec, "token_b"), &b, &policy, now()).unwrap(),
    );
    // JC-09: one subject at two issuers is two people.
    assert_eq!(first.subject(), second.subject());
    assert_ne!(first.identity(), second.identity());
    // JC-46: no address without its verification and its issuer.
    let rich = oidc::verify(text(&spec, "token_rich"), &a, &policy, now()).unwrap();
    let email = rich.email().unwrap();
    assert_eq!(
        (email.address, email.verified, email.issuer),
        ("alice@idp.test", EmailVerified::NotStated, "https://idp.test")
    );
    // JC-47: overage is neither a list nor none.
    assert!(matches!(rich.groups("groups"), Groups::Overage));
    assert!(matches!(rich.groups("roles"), Groups::Absent));
    assert!(matches!(first.groups("groups"), Groups::Absent));
    assert_eq!(rich.audiences().collect::<Vec<_>>(), ["client1"]);
    // JC-49: replay keys. The signature takes no part (JA-20), kinds and issuers are apart, the key outlives the token.
    let high_s = vector("ja", "high s");
    let baseline = vector("ja", "ES256 baseline for the family");
    let replay = |vector: &Value| {
        let provider = oidc_support::provider(&vector["provider"]).ok().unwrap();
        let policy = oidc_support::id_policy(&vector["policy"], now()).ok().unwrap();
        oidc::verify(text(vector, "token"), &provider, &policy, now()).unwrap().replay_key()
    };
    assert_ne!(text(&high_s, "token"), text(&baseline, "token"));
    assert_eq!(replay(&high_s), replay(&baseline));
    assert_ne!(first.replay_key().as_str(), second.replay_key().as_str());
    assert_ne!(first.replay_key().as_str(), rich.replay_key().as_str());
    assert!(first.replay_key().expires().unix_seconds() >= NOW + 600 + 600);
    assert!(rich.replay_key().as_str().contains("jti-rich"));
    // ... but no longer than a policy accepts its age.
    let bounded = policy.with_max_token_age(time::Duration::minutes(2));
    let bounded = oidc::verify(text(&spec, "token_a"), &a, &bounded, now()).unwrap();
    let issued = bounded.issued_at().unwrap().unix_seconds();
    assert_eq!(bounded.replay_key().expires().unix_seconds(), issued + 120 + 600);
    assert_eq!(bounded.replay_key().as_str(), first.replay_key().as_str());
    // Nothing of the token in Debug.
    assert_eq!(format!("{first:?} {:?}", *first).matches("alice").count(), 0);
}

#[test]
fn peeking_and_explaining_prove_nothing() {
    let spec = login_vectors();
    let seen = oidc::peek(text(&spec, "token_b")).unwrap();
    assert_eq!(seen.issuer.unwrap().as_str(), "https://other.test");
    assert_eq!((seen.kid.unwrap().as_str(), seen.algorithm.unwrap().as_str()), ("k2", "RS256"));
    assert_eq!(check(oidc::peek("a.b")), Err(Check::TokenFormat));
    // Without trust, everything that needs trust is skipped, and the rest is judged.
    let explained = oidc::explain(text(&spec, "token_b"), &Expectations::new(), now());
    assert!(explained.findings().is_empty() && explained.claims().is_none());
    assert_eq!(explained.verdict(), Verdict::Undecidable);
    let skipped: Vec<_> = explained.skipped().iter().map(|gap| (gap.code.as_str(), gap.needs)).collect();
    assert_eq!(
        skipped,
        [
            ("OI103", "jwks"),
            ("OI105", "issuer"),
            ("OI106", "client-id"),
            ("OI107", "client-id"),
            ("OI111", "nonce")
        ]
    );
    // A forged, expired token for another client: all of it is told, marked unsigned.
    let a = provider("https://idp.test", &spec["jwks_a"]);
    let policy = Policy::new("client9", Nonce::Expected("other".to_owned())).unwrap();
    let later = OffsetDateTime::from_unix_timestamp(NOW + 86_400).unwrap();
    let forged = format!(
        "{}AAAA",
        text(&spec, "token_a").rsplit_once('.').map(|(rest, _)| format!("{rest}.")).unwrap()
    );
    let explained = oidc::explain(&forged, &Expectations::complete(&a, &policy), later);
    let names: Vec<_> =
        explained.findings().iter().filter_map(|seen| seen.check()).map(|check| check.name()).collect();
    assert_eq!(names, ["SignatureInvalid", "AudienceMismatch", "Expired", "NonceMismatch"]);
    assert!(explained.findings().iter().all(|seen| seen.provenance().as_str() == "unsigned"));
}

#[test]
fn what_is_loosened_has_a_name() {
    let spec = login_vectors();
    let keys = || KeySet::from_jwks(spec["jwks_a"].to_string().as_bytes()).unwrap();
    assert!(TrustedProvider::new("https://idp.test", keys()).unwrap().loosened().is_empty());
    assert_eq!(TrustedProvider::google(keys()).loosened(), [Loosened::IssuerAlias]);
    let entra = TrustedProvider::entra_multi_tenant(EntraVersion::V2, Tenants::Any, keys()).unwrap();
    assert_eq!(entra.loosened(), [Loosened::IssuerTemplate, Loosened::AnyTenant]);
    assert_eq!(
        TrustedProvider::symmetric("https://idp.test", &[7; 32]).unwrap().loosened(),
        [Loosened::SharedSecret]
    );
    for tenants in [vec![], vec!["{tenantid}".to_owned()], vec![String::new()], vec!["a/b".to_owned()]] {
        assert!(
            TrustedProvider::entra_multi_tenant(EntraVersion::V2, Tenants::Listed(tenants), keys()).is_err()
        );
    }
    for (issuer, name) in [
        ("https://login.microsoftonline.com/t/v2.0", Some("entra-v2")),
        ("https://sts.windows.net/t/", Some("entra-v1")),
        ("https://accounts.google.com", Some("google")),
        ("https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_x", Some("cognito")),
        ("https://appleid.apple.com", Some("apple")),
        ("https://tenant.eu.auth0.com/", Some("auth0")),
        ("https://dev-1.okta.com/oauth2/default", Some("okta")),
        ("https://fs.sp.test/adfs", Some("adfs")),
        ("https://sso.sp.test/realms/main", Some("keycloak")),
        ("https://idp.test", None),
    ] {
        assert_eq!(oidc::facts_of_issuer(issuer).map(|facts| facts.name), name, "{issuer}");
    }
}

#[test]
fn public_types_cross_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<TrustedProvider>();
    shared::<Policy>();
    shared::<Discovery>();
    shared::<RefreshAdvice>();
    shared::<PendingLogin>();
    shared::<bonafide::Validated<oidc::IdToken>>();
}
