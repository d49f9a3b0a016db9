//! Redirect URLs and logout messages: `testdata/saml/redirect.json` (packed by zlib, signed by OpenSSL), and those that other
//! people's software made.

#[path = "support/shared.rs"]
mod support;

use bonafide::check::Check;
use bonafide::crypto::TrustedKeys;
use bonafide::diagnosis::Verdict;
use bonafide::error::Error;
use bonafide::exception::{Exception, Relaxation};
use bonafide::instant::Leeway;
use bonafide::saml::logout::{self, Expectations, LogoutOutcome, Policy, Session};
use bonafide::saml::{self, Arrived, MessageId, NameId, PendingLogout, TrustedIdp};
use serde_json::Value;
use std::path::{Path, PathBuf};
use time::format_description::well_known::Rfc3339;
use time::macros::{date, datetime};
use time::{Duration, OffsetDateTime};

const NOW: OffsetDateTime = datetime!(2026-01-01 00:00:00 UTC);

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/saml")
}

fn vectors() -> Vec<Value> {
    serde_json::from_str(&std::fs::read_to_string(testdata().join("redirect.json")).unwrap()).unwrap()
}

fn idp(key: &str) -> TrustedIdp {
    let pem = std::fs::read_to_string(testdata().join(format!("keys/{key}.crt"))).unwrap();
    TrustedIdp::from_pem("https://idp.test", &pem).unwrap()
}

fn policy() -> Policy {
    Policy::new(["https://sp.test/slo"]).unwrap()
}

/// A logout that was begun as `_out1` at 2026-01-01.
fn pending() -> PendingLogout {
    serde_json::from_value(
        serde_json::json!({ "version": 1, "request_id": "_out1", "idp_entity_id": "https://idp.test",
        "relay_state": null, "expires": 1_767_225_900 }),
    )
    .unwrap()
}

/// `accepted`, `partial`, or the check that refuses; and the RelayState.
fn decide(kind: &str, query: &str, idp: &TrustedIdp, now: OffsetDateTime) -> (String, Option<String>) {
    let arrived = Arrived::Redirect(query);
    let refused = |error: Error| (error.check().name().to_owned(), None);
    if kind == "request" {
        return logout::validate_request(arrived, idp, &policy(), now).map_or_else(refused, |request| {
            ("accepted".to_owned(), request.relay_state().map(str::to_owned))
        });
    }
    logout::validate_response(arrived, idp, &policy(), &pending(), now).map_or_else(refused, |outcome| {
        let word = match outcome {
            LogoutOutcome::Complete(_) => "accepted",
            LogoutOutcome::Partial(_) => "partial",
        };
        (word.to_owned(), outcome.response().relay_state().map(str::to_owned))
    })
}

fn setting(vector: &Value) -> (TrustedIdp, OffsetDateTime) {
    let mut idp = idp(vector["key"].as_str().unwrap_or("k"));
    if vector["allow"] == "sha1" {
        let exception = Exception::new(Relaxation::Sha1, "test", "test", date!(2027 - 01 - 01)).unwrap();
        idp = idp.with_exception(exception);
    }
    let now = vector["now"].as_str().map_or(NOW, |text| OffsetDateTime::parse(text, &Rfc3339).unwrap());
    (idp, now)
}

#[test]
fn every_vector_gives_its_verdict() {
    let vectors = vectors();
    let mut wrong = Vec::new();
    for vector in &vectors {
        let (idp, now) = setting(vector);
        let (kind, query) = (vector["kind"].as_str().unwrap(), vector["query"].as_str().unwrap());
        let (found, state) = decide(kind, query, &idp, now);
        if found != vector["expect"] {
            wrong.push(format!("{}: expected {}, found {found}", vector["id"], vector["expect"]));
        } else if vector["relay_state"].is_string() && state.as_deref() != vector["relay_state"].as_str() {
            wrong.push(format!("{}: RelayState {state:?}", vector["id"]));
        }
        // The same rules explain.
        let pending = pending();
        let policy = policy();
        let wanted = if kind == "request" {
            Expectations::complete(&idp, &policy)
        } else {
            Expectations::complete(&idp, &policy).with_request_id(pending.request_id())
        };
        let explain = if kind == "request" { logout::explain_request } else { logout::explain_response };
        let diagnosis = explain(Arrived::Redirect(query), &wanted, now);
        if matches!(found.as_str(), "accepted" | "partial") {
            assert_eq!(
                diagnosis.verdict(),
                Verdict::Accepted,
                "{}: {:?}",
                vector["id"],
                diagnosis.findings()
            );
        } else {
            assert_eq!(diagnosis.verdict(), Verdict::Denied, "{}", vector["id"]);
            let named = diagnosis.findings().iter().any(|f| f.check().is_some_and(|c| c.name() == found));
            assert!(named, "{}: {found} is not among {:?}", vector["id"], diagnosis.findings());
        }
        // A partial logout is never silent.
        let told = diagnosis.findings().iter().any(|finding| finding.code().as_str() == "SL102");
        assert_eq!(told, found == "partial", "{}: {:?}", vector["id"], diagnosis.findings());
        let nothing = explain(Arrived::Redirect(query), &Expectations::nothing(Leeway::default()), now);
        assert_ne!(nothing.verdict(), Verdict::Accepted, "{}", vector["id"]);
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), vectors.len(), wrong.join("\n"));
    assert!(vectors.len() >= 100, "only {}", vectors.len());
}

/// Whatever octet of a signed query is changed, deleted or inserted: refused, or the same message.
#[test]
fn every_octet_of_a_signed_query_counts() {
    let vectors = vectors();
    let vector = vectors.iter().find(|vector| vector["id"] == "MS-60-foreign-parameters").unwrap();
    let (idp, query) = (idp("k"), vector["query"].as_str().unwrap());
    let genuine =
        logout::validate_request(Arrived::Redirect(query), &idp, &policy(), NOW).unwrap().into_inner();
    let (mut refused, mut same) = (0, 0);
    let mut judge = |query: &[u8]| {
        let Ok(query) = std::str::from_utf8(query) else { return };
        match logout::validate_request(Arrived::Redirect(query), &idp, &policy(), NOW) {
            Ok(request) => {
                assert!(request.into_inner() == genuine, "another meaning: {query}");
                same += 1;
            }
            Err(_) => refused += 1,
        }
    };
    for at in 0..query.len() {
        let octets = query.as_bytes();
        for other in [octets[at] ^ 1, octets[at] ^ 0x20, b'%', b'&', b'=', b'+', b'#', b'0'] {
            if other != octets[at] {
                judge(&[&octets[..at], &[other], &octets[at + 1..]].concat());
            }
        }
        judge(&[&octets[..at], &octets[at + 1..]].concat());
        judge(&[&octets[..at], &octets[at..=at], &octets[at..]].concat());
    }
    assert!(refused > 5000 && same > 0, "{refused} refused, {same} the same");
}

/// Messages of pysaml2, samlify and SimpleSAMLphp in `shared/interop`.
#[test]
fn other_peoples_urls() {
    let Some(folder) = support::shared("interop") else { return };
    let mut judged = 0;
    for producer in ["pysaml2", "samlify", "simplesamlphp"] {
        let folder = folder.join(producer);
        for path in
            support::entries(&folder).iter().filter(|path| path.extension().is_some_and(|e| e == "url"))
        {
            let name = format!("{producer}/{}", support::name(path));
            let url = std::fs::read_to_string(path).unwrap();
            let query = url.trim().split_once('?').unwrap().1;
            let keys = |file: &str| {
                TrustedKeys::from_pem(&std::fs::read_to_string(folder.join(file)).unwrap()).unwrap()
            };
            let by_sp = name.contains("authnrequest");
            let keys = keys(if by_sp { "sp.crt" } else { "idp.crt" });
            let verdict =
                saml::verify_redirect(query, 80, &keys, &[], NOW).map(|message| message.xml().to_vec());
            if name.contains("sha1") {
                assert_eq!(verdict.unwrap_err().check(), Check::SignatureAlgForbidden, "{name}");
                let sha1 = Exception::new(Relaxation::Sha1, "test", "test", date!(2027 - 01 - 01)).unwrap();
                saml::verify_redirect(query, 80, &keys, &[sha1], NOW).unwrap();
                judged += 1;
                continue;
            }
            let xml = String::from_utf8(verdict.unwrap_or_else(|error| panic!("{name}: {error:?}"))).unwrap();
            let text =
                |from: &str, to: &str| xml.split_once(from).unwrap().1.split_once(to).unwrap().0.to_owned();
            let now = OffsetDateTime::parse(&text("IssueInstant=\"", "\""), &Rfc3339).unwrap();
            judged += 1;
            if by_sp {
                continue;
            }
            let issuer =
                xml.split_once(":Issuer").unwrap().1.split_once('>').unwrap().1.split_once('<').unwrap().0;
            let idp = TrustedIdp::new(issuer, keys).unwrap();
            let policy = Policy::new(["https://sp.interop.test/slo"]).unwrap();
            let arrived = Arrived::Redirect(query);
            if name.contains("logoutrequest") {
                logout::validate_request(arrived, &idp, &policy, now)
                    .unwrap_or_else(|error| panic!("{name}: {error:?}"));
            } else {
                let pending = serde_json::json!({ "version": 1, "request_id": text("InResponseTo=\"", "\""),
                    "idp_entity_id": issuer, "relay_state": null, "expires": now.unix_timestamp() + 60 });
                let pending: PendingLogout = serde_json::from_value(pending).unwrap();
                let outcome = logout::validate_response(arrived, &idp, &policy, &pending, now)
                    .unwrap_or_else(|error| panic!("{name}: {error:?}"));
                assert!(matches!(outcome, LogoutOutcome::Complete(_)), "{name}");
            }
        }
    }
    assert_eq!(judged, 7, "URLs of other people's software");
    posted(&folder.join("pysaml2"));
}

/// The same by POST, signed inside.
fn posted(folder: &Path) {
    let file = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let keys = TrustedKeys::from_pem(&String::from_utf8(file("idp.crt")).unwrap()).unwrap();
    let idp = TrustedIdp::new("https://idp.pysaml2.test/metadata", keys).unwrap();
    let (policy, now) =
        (Policy::new(["https://sp.interop.test/slo"]).unwrap(), datetime!(2026-11-20 23:31:00 UTC));
    let xml = file("post-logoutrequest-signed.xml");
    let request = logout::validate_request(Arrived::Post(&xml), &idp, &policy, now).unwrap();
    assert_eq!(request.session_indexes(), ["_sess1"]);
    let name = NameId::new("alice-persistent-0001")
        .with_format("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent");
    let session = |index| {
        let sp = "https://sp.interop.test/metadata";
        Session::new("https://idp.pysaml2.test/metadata", sp, name.clone(), index)
    };
    assert!(request.concerns(&session(Some("_sess1"))) && request.concerns(&session(None)));
    assert!(!request.concerns(&session(Some("_sess2"))));
    let other = String::from_utf8(xml).unwrap().replace("alice-persistent", "mallory-persistent");
    let error = logout::validate_request(Arrived::Post(other.as_bytes()), &idp, &policy, now).unwrap_err();
    assert_eq!(error.check(), Check::DigestMismatch);
    let xml = file("post-logoutresponse-signed.xml");
    let pending = serde_json::json!({ "version": 1, "request_id": "id-FmZmoVv0tSK8GYBH8",
        "idp_entity_id": "https://idp.pysaml2.test/metadata", "relay_state": null, "expires": now.unix_timestamp() + 60 });
    let pending: PendingLogout = serde_json::from_value(pending).unwrap();
    let outcome = logout::validate_response(Arrived::Post(&xml), &idp, &policy, &pending, now).unwrap();
    assert!(matches!(outcome, LogoutOutcome::Complete(_)));
    let late = now + Duration::minutes(2);
    let error = logout::validate_response(Arrived::Post(&xml), &idp, &policy, &pending, late).unwrap_err();
    assert_eq!((error.check(), error.code().as_str()), (Check::PendingExpired, "SA409"));
}

/// SAML core 3.7.3.1: a request, signed by OpenSSL, ends the sessions of its issuer whose name is the one it names, with format
/// and qualifiers, and whose index it names. Each row differs from the named session in one thing.
#[test]
fn a_request_ends_the_sessions_that_it_names_and_no_other() {
    let vectors = vectors();
    let request = |id: &str| {
        let vector = vectors.iter().find(|vector| vector["id"] == id).unwrap();
        let query = vector["query"].as_str().unwrap();
        logout::validate_request(Arrived::Redirect(query), &idp("k"), &policy(), NOW).unwrap()
    };
    const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
    const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
    let (idp, sp) = ("https://idp.test", "https://sp.test/md");
    let name = |value, format: Option<&str>, qualifier: Option<&str>, sp_qualifier: Option<&str>| {
        let mut name = NameId::new(value);
        if let Some(format) = format {
            name = name.with_format(format);
        }
        if let Some(qualifier) = qualifier {
            name = name.with_name_qualifier(qualifier);
        }
        if let Some(qualifier) = sp_qualifier {
            name = name.with_sp_name_qualifier(qualifier);
        }
        name
    };
    let own = || name("alice-0001", Some(PERSISTENT), Some(idp), Some(sp));
    let (one, all) = (request("MS-60-plain"), request("MS-60-all-sessions"));
    for (what, session, concerned) in [
        ("the session", Session::new(idp, sp, own(), Some("_s1")), true),
        ("no index of its own", Session::new(idp, sp, own(), None), true),
        (
            "qualifiers left out",
            Session::new(idp, sp, name("alice-0001", Some(PERSISTENT), None, None), Some("_s1")),
            true,
        ),
        (
            "empty qualifiers",
            Session::new(idp, sp, name("alice-0001", Some(PERSISTENT), Some(""), Some("")), Some("_s1")),
            true,
        ),
        ("another issuer", Session::new("https://idp2.test", sp, own(), Some("_s1")), false),
        (
            "another issuer, qualifiers left out",
            Session::new(
                "https://idp2.test",
                sp,
                name("alice-0001", Some(PERSISTENT), None, Some(sp)),
                Some("_s1"),
            ),
            false,
        ),
        (
            "another name",
            Session::new(idp, sp, name("Alice-0001", Some(PERSISTENT), Some(idp), Some(sp)), Some("_s1")),
            false,
        ),
        (
            "another Format",
            Session::new(idp, sp, name("alice-0001", Some(UNSPECIFIED), Some(idp), Some(sp)), Some("_s1")),
            false,
        ),
        (
            "no Format",
            Session::new(idp, sp, name("alice-0001", None, Some(idp), Some(sp)), Some("_s1")),
            false,
        ),
        (
            "another NameQualifier",
            Session::new(
                idp,
                sp,
                name("alice-0001", Some(PERSISTENT), Some("https://hub.test"), Some(sp)),
                Some("_s1"),
            ),
            false,
        ),
        (
            "another SPNameQualifier",
            Session::new(
                idp,
                sp,
                name("alice-0001", Some(PERSISTENT), Some(idp), Some("https://sp2.test/md")),
                Some("_s1"),
            ),
            false,
        ),
        (
            "another service, qualifier left out",
            Session::new(
                idp,
                "https://sp2.test/md",
                name("alice-0001", Some(PERSISTENT), Some(idp), None),
                Some("_s1"),
            ),
            false,
        ),
    ] {
        assert_eq!(one.concerns(&session), concerned, "{what}");
        assert_eq!(all.concerns(&session), concerned, "{what}, all sessions");
    }
    let other = Session::new(idp, sp, own(), Some("_s2"));
    assert!(!one.concerns(&other), "another SessionIndex");
    assert!(all.concerns(&other), "no SessionIndex: all sessions");
    assert!(request("MS-60-many-sessions").concerns(&other), "one of many");
    // Without Format on both sides, the format is unspecified on both.
    let bare = request("SL-11-bare-name");
    for (format, concerned) in [(None, true), (Some(UNSPECIFIED), true), (Some(PERSISTENT), false)] {
        let session = Session::new(idp, sp, name("alice-0001", format, None, None), Some("_s1"));
        assert_eq!(bare.concerns(&session), concerned, "{format:?}");
        let elsewhere =
            Session::new(idp, "https://sp2.test/md", name("alice-0001", format, None, Some(sp)), None);
        assert!(!bare.concerns(&elsewhere), "a name in the realm of {sp} at another service");
    }
}

/// An unsigned message is never accepted in any binding.
#[test]
fn unsigned_posts_are_refused() {
    let id = MessageId::from_entropy(&(0..16).collect::<Vec<u8>>()).unwrap();
    let session = Session::new("https://sp.test/md", "https://idp.test", NameId::new("alice"), None);
    let call = logout::Call::new(&session, "https://sp.test/slo", id, NOW).unwrap().message().unwrap();
    let refused = call.to_xml(saml::Signature::Omitted).unwrap_err();
    assert_eq!(refused.check(), Check::ConfigurationInvalid);
    let xml = "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
               xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_1\" Version=\"2.0\" \
               IssueInstant=\"2026-01-01T00:00:00Z\" Destination=\"https://sp.test/slo\">\
               <saml:Issuer>https://idp.test</saml:Issuer><saml:NameID>alice</saml:NameID></samlp:LogoutRequest>";
    let error =
        logout::validate_request(Arrived::Post(xml.as_bytes()), &idp("k"), &policy(), NOW).unwrap_err();
    assert_eq!(error.check(), Check::SignatureMissing);
}
