//! What this service sends is what it would accept, and what others read: AuthnRequest, LogoutRequest, LogoutResponse, the
//! form, and what is remembered in between. `tests/interop/saml_sp.sh` shows the messages to other people's software.

use bonafide::check::Check;
use bonafide::crypto::{
    Certificate, DigestAlgorithm, SignatureAlgorithm, Signer, SigningFailed, SigningKey, TrustedKey,
    TrustedKeys,
};
use bonafide::error::{Error, Reason};
use bonafide::instant::Instant;
use bonafide::saml::logout::{self, Answer, Call, LogoutOutcome, Outcome, Session};
use bonafide::saml::metadata::{ServiceProvider, UntrustedMetadata};
use bonafide::saml::{
    self, Acs, Arrived, AuthnRequest, Force, MessageId, NameId, Passive, PendingLogin, RequestedContext,
    RequestedNameId, Scoping, Signature, TrustedIdp, UntrustedRedirect,
};
use std::path::{Path, PathBuf};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

const NOW: OffsetDateTime = datetime!(2026-01-01 00:00:00 UTC);
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";

fn file(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(path)).unwrap()
}

/// The test keys are left out of the package.
fn key(name: &str) -> Option<SigningKey> {
    let path: PathBuf =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("testdata/generate/saml/keys/{name}.key"));
    let Ok(pem) = std::fs::read_to_string(path) else {
        println!("SKIPPED: no test keys in this package");
        return None;
    };
    Some(SigningKey::from_pem(&(pem + &file(&format!("saml/keys/{name}.crt")))).unwrap())
}

fn keys(name: &str) -> TrustedKeys {
    TrustedKeys::from_pem(&file(&format!("saml/keys/{name}.crt"))).unwrap()
}

fn id(first: u8) -> MessageId {
    MessageId::from_entropy(&(first..first + 20).collect::<Vec<u8>>()).unwrap()
}

fn request() -> AuthnRequest {
    let acs = Acs::Url("https://sp.test/acs".to_owned());
    AuthnRequest::new("https://sp.test/md", "https://idp.test", "https://idp.test/sso?x=1", acs, id(0), NOW)
        .unwrap()
}

fn query(url: &str) -> &str {
    url.split_once('?').unwrap().1
}

fn check<T>(result: Result<T, Error>) -> Check {
    result.err().expect("a refusal").check()
}

#[test]
fn what_is_sent_verifies_in_both_bindings() {
    use DigestAlgorithm::{Sha256, Sha384, Sha512};
    use SignatureAlgorithm::{Ecdsa, Ed25519, RsaPkcs1, RsaPss};
    for (name, algorithm) in [
        ("k", RsaPkcs1(Sha256)),
        ("k", RsaPkcs1(Sha384)),
        ("k", RsaPkcs1(Sha512)),
        ("k", RsaPss(Sha256)),
        ("ec256", Ecdsa(Sha256)),
        ("ec384", Ecdsa(Sha384)),
        ("ed25519", Ed25519),
    ] {
        let Some(key) = key(name) else { return };
        let key = key.with_algorithm(algorithm).unwrap();
        let sp = TrustedIdp::new("https://sp.test/md", keys(name)).unwrap();
        let idp_policy = logout::Policy::new(["https://idp.test/slo"]).unwrap();
        let name_id = NameId::new("alice & <bob> \"'\r\n")
            .with_format("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent");
        let session = Session::new("https://idp.test", "https://sp.test/md", name_id, Some("_s1"));
        let call =
            Call::new(&session, "https://idp.test/slo", id(1), NOW).unwrap().with_session_index("_s&2");
        let out = call.message().unwrap();

        let xml = out.to_xml(Signature::By(&key)).unwrap();
        let posted = logout::validate_request(Arrived::Post(xml.as_bytes()), &sp, &idp_policy, NOW).unwrap();
        let url = out.to_redirect_url(Some("a b&c=d"), Signature::By(&key)).unwrap();
        let sent = logout::validate_request(Arrived::Redirect(query(&url)), &sp, &idp_policy, NOW).unwrap();
        assert_eq!(sent.relay_state(), Some("a b&c=d"));
        assert_eq!(sent.signed_by().unwrap().algorithm(), algorithm);
        for arrived in [&posted, &sent] {
            assert_eq!(arrived.name_id().unwrap().value(), "alice & <bob> \"'\r\n");
            assert_eq!(arrived.session_indexes(), ["_s1", "_s&2"]);
        }
        assert_eq!(posted.replay_key(), sent.replay_key());
        // The request ends after five minutes, and so does what the policy accepts.
        assert_eq!(posted.replay_key().expires(), Instant::from(NOW).plus(time::Duration::minutes(15)));
        let brief = idp_policy.clone().with_max_message_age(time::Duration::minutes(1));
        let brief = logout::validate_request(Arrived::Post(xml.as_bytes()), &sp, &brief, NOW).unwrap();
        assert_eq!(brief.replay_key().expires(), Instant::from(NOW).plus(time::Duration::minutes(11)));

        let answer =
            Answer::new(&sent, "https://sp.test/md", "https://idp.test/slo", Outcome::Partial, id(2), NOW)
                .unwrap();
        let pending = call.pending(None).unwrap();
        let idp_of_call = TrustedIdp::new("https://idp.test", keys(name)).unwrap();
        let xml = answer.message().unwrap().to_xml(Signature::By(&key)).unwrap();
        // The answer of the peer has the peer as issuer.
        let refused = logout::validate_response(
            Arrived::Post(xml.as_bytes()),
            &idp_of_call,
            &idp_policy,
            &pending,
            NOW,
        );
        assert_eq!(check(refused), Check::IssuerMismatch);
        let answer =
            Answer::new(&sent, "https://idp.test", "https://idp.test/slo", Outcome::Partial, id(2), NOW)
                .unwrap();
        let url = answer.message().unwrap().to_redirect_url(None, Signature::By(&key)).unwrap();
        let arrived = Arrived::Redirect(query(&url));
        let outcome = logout::validate_response(arrived, &idp_of_call, &idp_policy, &pending, NOW).unwrap();
        assert!(matches!(outcome, LogoutOutcome::Partial(_)));
        let failed = answer.failed().message().unwrap().to_redirect_url(None, Signature::By(&key)).unwrap();
        let refused = logout::validate_response(
            Arrived::Redirect(query(&failed)),
            &idp_of_call,
            &idp_policy,
            &pending,
            NOW,
        );
        assert_eq!(check(refused), Check::LogoutNotDone);
    }
}

#[test]
fn an_authn_request_says_what_was_asked_for() {
    let request = request()
        .with_force(Force::Fresh)
        .with_passive(Passive::Passive)
        .with_name_id(
            RequestedNameId::format("urn:f")
                .with_sp_name_qualifier("https://group.test")
                .with_creation_allowed(),
        )
        .with_context(RequestedContext::minimum([PASSWORD], [PASSWORD, "urn:mfa"]))
        .with_scoping(
            Scoping::new().with_proxy_count(2).with_idp("https://a.test").with_requester("https://r.test"),
        )
        .with_subject(NameId::new("alice"))
        .with_provider_name("R&D")
        .with_attribute_service(3);
    let xml = request.message().unwrap().to_xml(Signature::Omitted).unwrap();
    for part in [
        "Destination=\"https://idp.test/sso?x=1\"",
        "IssueInstant=\"2026-01-01T00:00:00Z\"",
        "ForceAuthn=\"true\" IsPassive=\"true\"",
        "ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" AssertionConsumerServiceURL=\"https://sp.test/acs\"",
        "AttributeConsumingServiceIndex=\"3\" ProviderName=\"R&amp;D\"",
        "<saml:Issuer>https://sp.test/md</saml:Issuer><saml:Subject><saml:NameID>alice</saml:NameID></saml:Subject>",
        "<samlp:NameIDPolicy Format=\"urn:f\" SPNameQualifier=\"https://group.test\" AllowCreate=\"true\"/>",
        "<samlp:RequestedAuthnContext Comparison=\"minimum\"><saml:AuthnContextClassRef>",
        "<samlp:Scoping ProxyCount=\"2\"><samlp:IDPList><samlp:IDPEntry ProviderID=\"https://a.test\"/></samlp:IDPList>\
         <samlp:RequesterID>https://r.test</samlp:RequesterID></samlp:Scoping>",
    ] {
        assert!(xml.contains(part), "{part}\n{xml}");
    }
    let plain = self::request().message().unwrap();
    let url = plain.to_redirect_url(None, Signature::Omitted).unwrap();
    assert!(url.starts_with("https://idp.test/sso?x=1&SAMLRequest="), "{url}");
    let decoded: UntrustedRedirect = saml::decode_redirect(query(&url), 80).unwrap();
    assert!(
        !decoded.is_signed()
            && decoded.untrusted_xml() == plain.to_xml(Signature::Omitted).unwrap().as_bytes()
    );
    let index = Acs::Index { index: 1, url: "https://sp.test/acs".to_owned() };
    let request = AuthnRequest::new(
        "https://sp.test/md",
        "https://idp.test",
        "https://idp.test/sso",
        index,
        id(0),
        NOW,
    );
    let xml = request.unwrap().message().unwrap().to_xml(Signature::Omitted).unwrap();
    assert!(xml.contains(" AssertionConsumerServiceIndex=\"1\"") && !xml.contains("ProtocolBinding"));
}

#[test]
fn a_pending_login_is_the_policy_of_its_response() {
    let mut stored = serde_json::to_value(request().pending(Some("state")).unwrap()).unwrap();
    stored["request_id"] = "_req1".into();
    let pending = |stored: &serde_json::Value| serde_json::from_value::<PendingLogin>(stored.clone());
    let login = pending(&stored).unwrap();
    let idp = TrustedIdp::new("https://idp.test", keys("k")).unwrap();
    let response = file("saml/base/b-a.xml");
    let validate = |login: &PendingLogin, now: OffsetDateTime| {
        saml::validate(response.as_bytes(), &idp, &login.policy(&idp, now)?, now)
    };
    assert!(validate(&login, NOW).is_ok());
    assert!(login.check_relay_state(Some("state")).is_ok());
    for received in [None, Some(""), Some("State"), Some("state ")] {
        let refused = login.check_relay_state(received);
        assert_eq!(check(refused), Check::StateMismatch);
    }
    // Another identity provider, and too late: exactly at the end of 30 minutes.
    let other = TrustedIdp::new("https://idp2.test", keys("k")).unwrap();
    assert_eq!(check(login.policy(&other, NOW)), Check::IssuerMismatch);
    // The policy of a login at one identity provider accepts no answer of another, whoever else is trusted.
    let mut elsewhere = stored.clone();
    elsewhere["idp_entity_id"] = "https://idp2.test".into();
    let of_other = pending(&elsewhere).unwrap().policy(&other, NOW).unwrap();
    assert_eq!(check(saml::validate(response.as_bytes(), &idp, &of_other, NOW)), Check::IssuerMismatch);
    let end = NOW + Duration::minutes(30);
    for (seconds, refused) in [(-1, false), (0, true), (1, true)] {
        assert_eq!(login.policy(&idp, end + Duration::seconds(seconds)).is_err(), refused, "{seconds}");
    }
    assert_eq!(check(login.policy(&idp, end)), Check::PendingExpired);

    // The context that was asked for; and ForceAuthn, which a longer age of policy does not lift.
    let mut other = stored.clone();
    other["accepted_contexts"] = serde_json::json!(["urn:mfa"]);
    assert_eq!(check(validate(&pending(&other).unwrap(), NOW)), Check::AuthnContextMismatch);
    let mut forced = stored.clone();
    forced["force_authn"] = true.into();
    let forced = pending(&forced).unwrap();
    let authn_instant =
        validate(&login, NOW).unwrap().authn_statement().unwrap().authn_instant().unix_seconds();
    let issued_after = |seconds: i64| {
        let mut stored = serde_json::to_value(&forced).unwrap();
        stored["issued"] = (authn_instant + seconds).into();
        pending(&stored).unwrap()
    };
    let later = OffsetDateTime::from_unix_timestamp(authn_instant + 120).unwrap().max(NOW);
    for (seconds, refused) in [(-10, false), (59, false), (60, true), (61, true)] {
        let policy = issued_after(seconds).policy(&idp, later).unwrap().with_max_authn_age(Duration::days(1));
        let verdict = saml::validate(response.as_bytes(), &idp, &policy, later);
        assert_eq!(
            verdict.as_ref().err().map(Error::check),
            refused.then_some(Check::AuthnTooOld),
            "{seconds}"
        );
    }

    // What is stored is read strictly.
    for (name, value) in [("version", serde_json::json!(2)), ("request_id", "".into()), ("more", 1.into())] {
        let mut changed = stored.clone();
        changed[name] = value;
        assert!(pending(&changed).is_err(), "{name}");
    }
    // What is left out is not what is null.
    for name in stored.as_object().unwrap().keys() {
        let mut changed = stored.clone();
        changed.as_object_mut().unwrap().remove(name);
        assert!(pending(&changed).is_err(), "{name}");
    }
    assert!(!format!("{login:?}").contains("_req1"));
}

#[test]
fn a_form_submits_and_injects_nothing() {
    let state = "\"><script>alert('1')</script>&amp;";
    let page = request().message().unwrap().to_post_page(Some(state), Signature::Omitted).unwrap();
    let nonce = "abcdefghijklmnop";
    let html = page.html(Some(nonce)).unwrap();
    assert_eq!(html.matches("<script").count(), 1, "{html}");
    assert!(
        html.contains("value=\"&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;\""),
        "{html}"
    );
    assert!(html.contains("<noscript><button") && html.contains("<script nonce=\"abcdefghijklmnop\">"));
    assert!(html.contains("action=\"https://idp.test/sso?x=1\"") && !html.contains("onload"));
    let html = page.html(None).unwrap();
    assert!(!html.contains("<script") && html.contains("<button type=\"submit\">"));
    for nonce in ["", "short", "abcdefghijklmno\"", "abcdefghijklmnop><x"] {
        assert_eq!(check(page.html(Some(nonce))), Check::ConfigurationInvalid);
    }
    assert_eq!(page.fields()[1], ("RelayState", state));
    let message = page.fields()[0].1.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let form = saml::decode_post_message(&format!("SAMLRequest={message}"), 80).unwrap();
    assert_eq!(form.parameter().name(), "SAMLRequest");
    assert!(form.message().starts_with(b"<samlp:AuthnRequest"));
}

#[test]
fn what_cannot_be_sent_is_refused() {
    for entropy in [&[0; 16][..], &[7; 32], &[1, 2, 3], &[0; 65]] {
        assert_eq!(check(MessageId::from_entropy(entropy)), Check::ConfigurationInvalid);
    }
    let acs = |url: &str| Acs::Url(url.to_owned());
    for (destination, url) in [
        ("http://idp.test/sso", "https://sp.test/acs"),
        ("https://idp.test/sso#x", "https://sp.test/acs"),
        ("javascript:alert(1)", "https://sp.test/acs"),
        ("https://idp.test/sso", "http://sp.test/acs"),
        ("https://idp.test/\"onload=", "https://sp.test/acs"),
    ] {
        let made =
            AuthnRequest::new("https://sp.test/md", "https://idp.test", destination, acs(url), id(0), NOW);
        assert_eq!(check(made), Check::ConfigurationInvalid, "{destination}");
    }
    let long = "x".repeat(81);
    let message = request().message().unwrap();
    for state in [long.as_str(), "a\0b"] {
        assert_eq!(check(message.to_redirect_url(Some(state), Signature::Omitted)), Check::LimitRelayState);
        assert_eq!(check(message.to_post_page(Some(state), Signature::Omitted)), Check::LimitRelayState);
        assert_eq!(check(request().pending(Some(state))), Check::LimitRelayState);
    }
    let told = |error: Error| error.reason();
    let reason = told(message.to_post_page(Some("a\0b"), Signature::Omitted).unwrap_err());
    assert_eq!(reason, Reason::Stated("RelayState holds NUL, which is no text"));
    let reason = told(message.to_post_page(Some(&long), Signature::Omitted).unwrap_err());
    assert!(matches!(reason, Reason::Limit { limit: 80, found: Some(81), .. }), "{reason:?}");
    assert_eq!(check(request().with_provider_name("a\u{1}b").message()), Check::XmlForbiddenChar);
    for text in ["\0", "a\0b"] {
        assert_eq!(check(request().with_provider_name(text).message()), Check::XmlForbiddenChar);
        let session = Session::new("https://idp.test", "https://sp.test/md", NameId::new(text), None);
        let call = Call::new(&session, "https://idp.test/slo", id(1), NOW).unwrap();
        assert_eq!(check(call.message()), Check::XmlForbiddenChar);
        let destination = format!("https://idp.test/{text}");
        assert_eq!(check(Call::new(&session, &destination, id(1), NOW)), Check::ConfigurationInvalid);
    }

    // A signer that fails, and one that signs with another key than its certificate says.
    struct Broken(Option<SigningKey>, Vec<u8>);
    impl Signer for Broken {
        fn algorithm(&self) -> SignatureAlgorithm {
            SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256)
        }
        fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, SigningFailed> {
            self.0.as_ref().map_or(Err(SigningFailed::new()), |key| key.sign(octets))
        }
        fn certificate(&self) -> Option<&[u8]> {
            Some(&self.1)
        }
    }
    let Some(k2) = key("k2") else { return };
    let k = key("k").unwrap().certificate().unwrap().to_vec();
    for (signer, expected) in [
        (Broken(None, k.clone()), Check::ConfigurationInvalid),
        (Broken(Some(k2), k), Check::SignatureInvalid),
    ] {
        let by = Signature::By(&signer);
        assert_eq!(check(message.to_xml(by)), expected);
        assert_eq!(check(message.to_redirect_url(None, by)), expected);
    }
    assert!(SigningKey::from_pem("nothing").is_err() && SigningKey::from_pkcs8_der(b"x").is_err());
}

#[test]
fn metadata_says_where_logout_messages_arrive_and_which_keys_there_are() {
    let Some(key) = key("k") else { return };
    let certificate = key.certificate().unwrap();
    let sp = ServiceProvider::new("https://sp.test/md", "https://sp.test/acs").unwrap();
    let sp =
        sp.with_single_logout("https://sp.test/slo").unwrap().with_signing_certificate(certificate).unwrap();
    let xml = sp.with_encryption_certificate(certificate).unwrap().to_xml_signed_by(&key, NOW).unwrap();
    for part in [
        "AuthnRequestsSigned=\"true\" WantAssertionsSigned=\"true\"",
        "<md:KeyDescriptor use=\"signing\">",
        "<md:KeyDescriptor use=\"encryption\">",
        "<md:SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://sp.test/slo\"/>",
        "<md:SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://sp.test/slo\"/>",
        "<md:AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://sp.test/acs\"",
    ] {
        assert!(xml.contains(part), "{part}\n{xml}");
    }
    let read = UntrustedMetadata::read(xml.as_bytes()).unwrap();
    assert_eq!(read.untrusted().entities.len(), 1);
    let trusted =
        TrustedKeys::new(vec![TrustedKey::from_certificate(Certificate::from_der(certificate).unwrap())]);
    assert_eq!(trusted.unwrap().count(), 1);
}

/// The Response inside an ArtifactResponse is judged as if it had been posted.
#[test]
fn an_artifact_is_redeemed() {
    use bonafide::saml::{Artifact, ArtifactResolve};
    let Some(key) = key("k") else { return };
    // SHA-1 of https://idp.test, as `printf %s https://idp.test | openssl dgst -sha1 -binary` has it.
    let text = file("saml/artifact.txt").trim().to_owned();
    let artifact = Artifact::parse(&text).unwrap();
    assert_eq!((artifact.endpoint_index(), artifact.is_from("https://idp.test")), (1, true));
    assert!(!artifact.is_from("https://idp.test/"));
    for bad in
        ["", "AAQ", &text[..59], &format!("{text}="), &text.replacen("AAQ", "AAE", 1), &format!("{text}\n")]
    {
        assert!(Artifact::parse(bad).is_err(), "{bad:?}");
    }
    let idp = TrustedIdp::new("https://idp.test", keys("k")).unwrap();
    let other = TrustedIdp::new("https://idp2.test", keys("k")).unwrap();
    let resolve =
        |idp| ArtifactResolve::new(&artifact, "https://sp.test/md", idp, "https://idp.test/ars", &id(3), NOW);
    assert_eq!(check(resolve(&other)), Check::IssuerMismatch);
    let resolve = resolve(&idp).unwrap();
    assert_eq!(check(resolve.message().to_xml(Signature::Omitted)), Check::ConfigurationInvalid);
    let xml = resolve.message().to_xml(Signature::By(&key)).unwrap();
    assert!(saml::soap_envelope(&xml).contains(&format!("<samlp:Artifact>{text}</samlp:Artifact>")));

    let login = file("saml/base/b-a.xml");
    let login = login.split_once("?>").map_or(login.as_str(), |(_, rest)| rest).trim();
    let answer = |in_response_to: &str, issuer: &str, status: &str, inside: &str| {
        format!(
            "<samlp:ArtifactResponse xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
             xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_ar\" Version=\"2.0\" \
             IssueInstant=\"2026-01-01T00:00:00Z\" InResponseTo=\"{in_response_to}\"><saml:Issuer>{issuer}</saml:Issuer>\
             <samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:{status}\"/></samlp:Status>{inside}\
             </samlp:ArtifactResponse>"
        )
    };
    let (own, issuer) = (resolve.message().id().to_owned(), "https://idp.test");
    let good = answer(&own, issuer, "Success", login);
    let policy = saml::Policy::new(
        "https://sp.test/md",
        ["https://sp.test/acs"],
        saml::Request::InResponseTo("_req1".to_owned()),
    )
    .unwrap();
    for document in [good.clone(), saml::soap_envelope(&good)] {
        let response = resolve.response(document.as_bytes(), &idp, NOW).unwrap();
        assert!(saml::validate(&response, &idp, &policy, NOW).is_ok());
    }
    for (document, expected) in [
        (answer("_other", issuer, "Success", login), Check::InResponseToMismatch),
        (answer(&own, "https://idp2.test", "Success", login), Check::IssuerMismatch),
        (answer(&own, issuer, "Responder", login), Check::StatusNotSuccess),
        (answer(&own, issuer, "Success", ""), Check::AssertionMissing),
        (answer(&own, issuer, "Success", &format!("{login}{login}")), Check::DuplicateElement),
        (saml::soap_envelope(&format!("{good}{good}")), Check::UnexpectedElement),
        (login.to_owned(), Check::UnexpectedRoot),
        (
            good.replace(
                "</saml:Issuer><samlp:Status>",
                "</saml:Issuer><ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/><samlp:Status>",
            ),
            Check::SignatureShape,
        ),
    ] {
        assert_eq!(check(resolve.response(document.as_bytes(), &idp, NOW)), expected, "{document}");
    }
    assert_eq!(check(resolve.response(good.as_bytes(), &idp, NOW + Duration::minutes(6))), Check::Expired);
    // What surrounds a Response vouches for nothing.
    let unsigned = "<samlp:Response ID=\"_r\" Version=\"2.0\" IssueInstant=\"2026-01-01T00:00:00Z\"><samlp:Status>\
         <samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>\
         <saml:Assertion ID=\"_a\" Version=\"2.0\" IssueInstant=\"2026-01-01T00:00:00Z\"><saml:Issuer>https://idp.test\
         </saml:Issuer></saml:Assertion></samlp:Response>";
    let response = resolve.response(answer(&own, issuer, "Success", unsigned).as_bytes(), &idp, NOW).unwrap();
    assert_eq!(check(saml::validate(&response, &idp, &policy, NOW)), Check::SignatureMissing);
}
