//! The vectors of `testdata/saml`: every row of the attack catalogue that a Response can carry, with the exact check that
//! must refuse it, or the exact values that must come out. Accepted messages are signed by xmlsec1 or OpenSSL, never by us.

use bonafide::Validated;
use bonafide::diagnosis::Verdict;
use bonafide::error::Error;
use bonafide::exception::{Exception, Relaxation};
use bonafide::instant::Leeway;
use bonafide::saml::{
    self, Assertion, AuthnContext, CertificateValidity, NameIdPolicy, Policy, Request, RequiredSignature,
    TrustedIdp, Value,
};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use time::format_description::well_known::Rfc3339;
use time::{Date, Duration, Month, OffsetDateTime};

#[test]
fn every_vector_gives_its_verdict() {
    let vectors = index();
    let mut wrong = Vec::new();
    for vector in &vectors {
        let id = vector["id"].as_str().unwrap();
        let found = match run(vector) {
            Ok(assertion) => json!({ "accept": shown(&assertion) }),
            Err(error) => json!({ "reject": error.check().name() }),
        };
        if !agrees(&vector["expect"], &found) {
            wrong.push(format!("{id}: expected {}, found {found}", vector["expect"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {} vectors:\n{}", wrong.len(), vectors.len(), wrong.join("\n"));
    assert!(vectors.len() >= 300, "only {} vectors", vectors.len());
}

/// A refusal's `Display` is a code, a name and at most one fixed clause: bounded, and without a word of the message.
#[test]
fn no_refusal_shows_the_message() {
    for vector in index() {
        if let Err(error) = run(&vector) {
            let text = error.to_string();
            assert!(text.len() <= 256, "{text}");
            for foreign in ["alice", "admin", "evil", "_req1", "_a1"] {
                assert!(!text.contains(foreign), "{}: {text}", vector["id"]);
            }
            assert!(!format!("{error:?}").contains("alice"), "{}", vector["id"]);
        }
    }
}

/// The same rules decide and explain: what one refuses, the other denies, naming the same check.
#[test]
fn decision_and_explanation_agree() {
    for vector in index() {
        let id = vector["id"].as_str().unwrap();
        let (Ok(idp), Ok(policy)) = (idp(&vector), policy(&vector["policy"])) else { continue };
        let octets = message(&vector);
        let octets = match vector["binding"].as_str() {
            Some("post") => match post(&octets) {
                Ok(octets) => octets,
                Err(_) => continue,
            },
            _ => octets,
        };
        let now = OffsetDateTime::parse(vector["now"].as_str().unwrap_or("2026-01-01T00:00:00Z"), &Rfc3339)
            .unwrap();
        let decision = saml::validate(&octets, &idp, &policy, now);
        let diagnosis = saml::explain(&octets, &saml::Expectations::complete(&idp, &policy), now);
        match decision {
            Ok(_) => assert_eq!(diagnosis.verdict(), Verdict::Accepted, "{id}: {:?}", diagnosis.findings()),
            Err(error) => {
                assert_eq!(diagnosis.verdict(), Verdict::Denied, "{id}");
                let named = diagnosis.findings().iter().any(|finding| finding.check() == Some(error.check()));
                assert!(named, "{id}: {} is not among {:?}", error.check(), diagnosis.findings());
            }
        }
        // Without trust nothing is ever accepted.
        let nothing = saml::explain(&octets, &saml::Expectations::nothing(), now);
        assert_ne!(nothing.verdict(), Verdict::Accepted, "{id}");
    }
}

/// SV-36, SV-37: whatever is changed outside the signed assertion, the replay key stays the same.
#[test]
fn replay_keys_do_not_depend_on_the_wrapping() {
    let vectors = index();
    let key = |id: &str| {
        let vector = vectors.iter().find(|vector| vector["id"] == id);
        run(vector.unwrap_or_else(|| panic!("no vector {id}"))).unwrap().replay_key()
    };
    let mut compared = 0;
    for vector in &vectors {
        if let Some(other) = vector["same_replay_key_as"].as_str() {
            assert_eq!(key(vector["id"].as_str().unwrap()), key(other), "{}", vector["id"]);
            compared += 1;
        }
    }
    assert!(compared >= 4, "only {compared}");
}

/// ST-17, ST-19: one of several values is never chosen, and nothing is found by its FriendlyName.
#[test]
fn attributes_are_read_by_name_and_never_at_random() {
    let vectors = index();
    let (mut ambiguous, mut friendly) = (0, 0);
    for vector in
        vectors.iter().filter(|vector| ["ST-17", "ST-19"].contains(&vector["row"].as_str().unwrap()))
    {
        let Ok(assertion) = run(vector) else { continue };
        for attribute in assertion.attributes() {
            if assertion.attributes().values(attribute.name()).count() > 1 {
                let error = assertion.attributes().single(attribute.name()).unwrap_err();
                assert_eq!(error.check().name(), "AttributeAmbiguous", "{}", vector["id"]);
                ambiguous += 1;
            }
            let named = |name: &str| assertion.attributes().iter().any(|other| other.name() == name);
            if let Some(name) = attribute.friendly_name().filter(|name| !named(name)) {
                assert_eq!(assertion.attributes().single(name).unwrap(), None, "{}", vector["id"]);
                friendly += 1;
            }
        }
    }
    assert!(ambiguous > 0 && friendly > 0, "{ambiguous} {friendly}");
}

/// ECDSA with P-521, signed by xmlsec1: accepted where the algorithm is named, and only there.
#[cfg(feature = "aws-lc")]
#[test]
fn an_algorithm_of_the_feature_has_to_be_named() {
    use bonafide::check::Check;
    use bonafide::crypto::{DigestAlgorithm, SignatureAlgorithm};
    let vectors = index();
    let vector = vectors.iter().find(|vector| vector["id"] == "SA-12-p521").unwrap();
    let outcome = |named: &[SignatureAlgorithm]| {
        let idp = named.iter().fold(idp(vector).unwrap(), |idp, algorithm| idp.with_algorithm(*algorithm));
        let now = OffsetDateTime::parse("2026-01-01T00:00:00Z", &Rfc3339).unwrap();
        let login = saml::validate(&message(vector), &idp, &policy(&vector["policy"]).unwrap(), now);
        login.map(|_| ()).map_err(|error| error.check())
    };
    let ecdsa = SignatureAlgorithm::Ecdsa;
    assert_eq!(outcome(&[ecdsa(DigestAlgorithm::Sha512)]), Ok(()));
    assert_eq!(outcome(&[]), Err(Check::AlgUnsupported));
    let others = [ecdsa(DigestAlgorithm::Sha256), SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha512)];
    assert_eq!(outcome(&others), Err(Check::AlgUnsupported));
}

fn index() -> Vec<Json> {
    let text = std::fs::read_to_string(folder().join("vectors.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/saml")
}

fn run(vector: &Json) -> Result<Validated<Assertion>, Error> {
    let octets = message(vector);
    let octets = match vector["binding"].as_str() {
        Some("post") => post(&octets)?,
        _ => octets,
    };
    let now = vector["now"].as_str().unwrap_or("2026-01-01T00:00:00Z");
    let now = OffsetDateTime::parse(now, &Rfc3339).unwrap();
    saml::validate(&octets, &idp(vector)?, &policy(&vector["policy"])?, now)
}

fn post(octets: &[u8]) -> Result<Vec<u8>, Error> {
    let text = core::str::from_utf8(octets).unwrap();
    if ["SAMLResponse=", "SAMLRequest=", "RelayState="].iter().any(|field| text.contains(field)) {
        return Ok(saml::decode_post_form(text)?.response().to_vec());
    }
    saml::decode_post(text)
}

fn message(vector: &Json) -> Vec<u8> {
    let read = |file: &str| std::fs::read(folder().join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    if let Some(file) = vector["file"].as_str() {
        return read(file);
    }
    let build = &vector["build"];
    let text = String::from_utf8(read(build["base"].as_str().unwrap())).unwrap();
    let marker = build["insert_at"].as_str().unwrap();
    let at = text.find(marker).unwrap();
    let times = usize::try_from(build["times"].as_u64().unwrap()).unwrap();
    let part = |name: &str| build[name].as_str().unwrap_or_default().to_owned();
    let inserted = part("before") + &part("repeat").repeat(times) + &part("after");
    format!("{}{inserted}{}", &text[..at], &text[at..]).into_bytes()
}

fn idp(vector: &Json) -> Result<TrustedIdp, Error> {
    let trust = &vector["trust"];
    let certs = trust["certs"].as_array().map_or_else(
        || vec!["k.crt".to_owned()],
        |certs| certs.iter().map(|cert| cert.as_str().unwrap().to_owned()).collect(),
    );
    let pem: String =
        certs.iter().map(|cert| std::fs::read_to_string(folder().join("keys").join(cert)).unwrap()).collect();
    let mut idp = TrustedIdp::from_pem(trust["entity_id"].as_str().unwrap_or("https://idp.test"), &pem)?;
    for name in vector["policy"]["allow"].as_array().into_iter().flatten() {
        let relaxation = Relaxation::ALL.iter().find(|r| r.name() == name.as_str().unwrap()).unwrap();
        let until = Date::from_calendar_date(2027, Month::January, 1).unwrap();
        idp = idp.with_exception(Exception::new(*relaxation, "test", "tests@sp.test", until).unwrap());
    }
    Ok(idp)
}

fn policy(wanted: &Json) -> Result<Policy, Error> {
    let texts = |value: &Json| -> Vec<String> {
        value.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
    };
    let acs =
        if wanted["acs"].is_array() { texts(&wanted["acs"]) } else { vec!["https://sp.test/acs".to_owned()] };
    let request = match &wanted["request"] {
        Json::String(word) if word == "unsolicited" => Request::Unsolicited,
        Json::Object(request) => {
            Request::InResponseTo(request["in_response_to"].as_str().unwrap().to_owned())
        }
        _ => Request::InResponseTo("_req1".to_owned()),
    };
    let mut policy = Policy::new("https://sp.test/md", acs, request)?;
    for (name, value) in wanted.as_object().into_iter().flatten() {
        policy = match name.as_str() {
            "acs" | "request" | "allow" => policy,
            "leeway" => policy.with_leeway(Leeway::new(Duration::seconds(value.as_i64().unwrap())).unwrap()),
            "require_signed" => policy.with_required_signature(match value.as_str().unwrap() {
                "assertion" => RequiredSignature::Assertion,
                "response" => RequiredSignature::Response,
                "both" => RequiredSignature::Both,
                _ => RequiredSignature::Either,
            }),
            "authn_context" => policy.with_authn_context(AuthnContext::OneOf(texts(value))),
            "name_id" => policy.with_name_id(NameIdPolicy::Optional),
            "name_id_format" => policy.with_name_id(NameIdPolicy::Format(value.as_str().unwrap().to_owned())),
            "affiliation" => texts(value).iter().fold(policy, |policy, id| policy.with_affiliation(id)),
            "max_message_age" => policy.with_max_message_age(Duration::seconds(value.as_i64().unwrap())),
            "max_authn_age" => policy.with_max_authn_age(Duration::seconds(value.as_i64().unwrap())),
            "enforce_certificate_validity" => policy.with_certificate_validity(CertificateValidity::Enforced),
            other => panic!("unknown policy key {other}"),
        };
    }
    Ok(policy)
}

/// What a vector can compare with.
fn shown(assertion: &Assertion) -> Json {
    let mut attributes = serde_json::Map::new();
    for attribute in assertion.attributes() {
        let values = attributes.entry(attribute.name().to_owned()).or_insert_with(|| json!([]));
        values.as_array_mut().unwrap().extend(attribute.values().iter().map(value));
    }
    json!({
        "name_id": assertion.name_id().map(|id| id.value()),
        "name_id_format": assertion.name_id().and_then(|id| id.format()),
        "name_qualifier": assertion.name_id().and_then(|id| id.name_qualifier()),
        "sp_name_qualifier": assertion.name_id().and_then(|id| id.sp_name_qualifier()),
        "issuer": assertion.issuer(),
        "session_index": assertion.session_index(),
        "session_not_on_or_after": assertion.session_not_on_or_after().map(|at| at.to_string()),
        "authn_context": assertion.authn_context(),
        "one_time_use": assertion.conditions().is_some_and(|c| c.one_time_use()),
        "assertion_id": assertion.id(),
        "proxy_restriction_count": assertion.conditions().and_then(|c| c.proxy_restriction()).and_then(|p| p.count()),
        "attributes": attributes,
    })
}

fn value(value: &Value) -> Json {
    match value {
        Value::Text { text, .. } => json!(text),
        Value::Nil => Json::Null,
        Value::NameId(id) => {
            let mut object = serde_json::Map::new();
            object.insert("name_id".to_owned(), json!(id.value()));
            for (name, part) in
                [("name_qualifier", id.name_qualifier()), ("sp_name_qualifier", id.sp_name_qualifier())]
            {
                object.insert(name.to_owned(), json!(part));
            }
            Json::Object(object)
        }
        Value::Xml(_) => json!({ "xml": true }),
        _ => panic!("a kind of value that the test does not know"),
    }
}

fn agrees(expected: &Json, found: &Json) -> bool {
    if let Some(any) = expected["reject_any"].as_array() {
        return any.contains(&found["reject"]);
    }
    if expected["reject"].is_string() {
        return expected["reject"] == found["reject"];
    }
    let Some(accepted) = found["accept"].as_object() else {
        return expected["or_reject_any"].as_array().is_some_and(|any| any.contains(&found["reject"]));
    };
    expected["accept"]
        .as_object()
        .into_iter()
        .flatten()
        .all(|(name, value)| accepted.get(name) == Some(value))
}
