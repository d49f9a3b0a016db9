//! Certificates and keys as people have them: what is meant is found, and what can never be meant is refused by its name.

use bonafide::certs::{Collection, Origin, State, Thresholds};
use bonafide::check::Check;
use bonafide::crypto::TrustedKeys;
use bonafide::error::{Failure, Reason};
use bonafide::jose::KeySet;
use std::path::Path;
use time::macros::datetime;

fn octets(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/forms").join(name)).unwrap()
}

fn text(name: &str) -> String {
    String::from_utf8(octets(name)).unwrap()
}

/// The base64 of the certificate, in one line.
fn body() -> String {
    text("good.pem").lines().filter(|line| !line.starts_with("-----")).collect()
}

fn body_lines(separator: &str) -> String {
    text("good.pem").lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>().join(separator)
}

fn utf16(text: &str, mark: bool, read: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let mark = mark.then_some(0xfeff);
    mark.into_iter().chain(text.encode_utf16()).flat_map(read).collect()
}

/// The certificate `good.pem`, in every form.
fn forms() -> Vec<(&'static str, Vec<u8>)> {
    let pem = text("good.pem");
    let one_line = pem.trim_end().replace('\n', " ");
    let prefixed = |prefix: &str| pem.lines().map(|line| format!("{prefix}{line}\n")).collect::<String>();
    let json_string = serde_json::to_string(&pem).unwrap();
    vec![
        ("PEM", pem.clone().into()),
        ("DER", octets("good.der")),
        ("DER and a line end", [octets("good.der"), b"\r\n".to_vec()].concat()),
        ("byte order mark", format!("\u{feff}{pem}").into()),
        ("CRLF", pem.replace('\n', "\r\n").into()),
        ("CR", pem.replace('\n', "\r").into()),
        ("no line end", pem.trim_end().into()),
        ("UTF-16 LE", utf16(&pem, true, u16::to_le_bytes)),
        ("UTF-16 BE", utf16(&pem, true, u16::to_be_bytes)),
        ("UTF-16 LE, no mark", utf16(&pem, false, u16::to_le_bytes)),
        ("UTF-16 BE, no mark", utf16(&pem, false, u16::to_be_bytes)),
        ("one line", one_line.clone().into()),
        ("one line without blanks", pem.replace('\n', "").into()),
        ("line ends spelt out", pem.replace('\n', "\\n").into()),
        ("line ends of Windows spelt out", pem.replace('\n', "\\r\\n").into()),
        ("character references", pem.replace('\n', "&#13;\n").into()),
        ("character references, hexadecimal", pem.replace('\n', "&#xD;&#xA;").into()),
        ("indented", prefixed("    ").into()),
        ("tabs", prefixed("\t").into()),
        ("quoted mail", prefixed("> ").into()),
        ("mail quoted twice", prefixed("> > ").into()),
        ("bag attributes", octets("bag.pem")),
        ("text around", format!("Dear all,\nour certificate: \n\n{pem}\nRegards: the IAM team\n").into()),
        ("a word processor's dashes", pem.replace("-----", "\u{2014}\u{2014}-").into()),
        ("TRUSTED CERTIFICATE", octets("trusted.pem")),
        ("X509 CERTIFICATE", pem.replace("CERTIFICATE", "X509 CERTIFICATE").into()),
        ("bare base64", body().into()),
        (
            "bare base64, lines",
            pem.lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>().join("\n").into(),
        ),
        ("bare base64, character references", body_lines("&#13;\n").into()),
        ("bare base64, empty lines", body_lines("\n\n").into()),
        ("bare base64, indented", body_lines("\n    ").into()),
        ("base64url", body().replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned().into()),
        ("base64 of PEM", base64(pem.as_bytes()).into()),
        ("JSON string", json_string.clone().into()),
        ("JSON string of base64", format!("\"{}\"", body()).into()),
        ("JSON string with escaped slashes", format!("\"{}\"", body().replace('/', "\\/")).into()),
        ("x5c", format!("[\"{}\"]", body()).into()),
        ("member x5c", format!("{{\"x5c\": [\"{}\"]}}", body()).into()),
        ("a member with PEM", format!("{{\"cert\": {json_string}}}").into()),
        ("with its tags", format!("<ds:X509Certificate>{}</ds:X509Certificate>", body()).into()),
        (
            "with its tags, wrapped",
            format!("<X509Data>\n <X509Certificate>\n{}\n</X509Certificate>\n</X509Data>", body()).into(),
        ),
        ("PEM in its tags", format!("<X509Certificate>{pem}</X509Certificate>").into()),
    ]
}

fn base64(octets: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(octets)
}

fn fingerprints(keys: &TrustedKeys) -> Vec<String> {
    keys.iter().map(bonafide::crypto::TrustedKey::fingerprint).collect()
}

#[test]
fn every_form_is_the_same_certificate() {
    let good = fingerprints(&TrustedKeys::from_pem(&text("good.pem")).unwrap());
    for (form, octets) in forms() {
        let found = TrustedKeys::from_any_form(&octets).map(|keys| fingerprints(&keys));
        assert_eq!(found.as_ref(), Ok(&good), "{form}");
        let mut collection = Collection::new();
        collection.read(&Origin::new("x"), &octets);
        let survey = collection.survey(&Thresholds::default(), datetime!(2027-01-01 0:00 UTC));
        // What is one key to whoever trusts it is one to whoever looks after it, but for JSON that is no key set.
        if !["member x5c", "x5c", "JSON string of base64"].contains(&form) {
            let states: Vec<State> = survey.items().iter().map(|item| item.state()).collect();
            assert_eq!(states, [State::Good], "{form}: {survey:?}");
        }
    }
}

#[test]
fn several_are_several() {
    let one = |name: &str| fingerprints(&TrustedKeys::from_pem(&text(name)).unwrap());
    let both = [one("good.pem"), one("second.pem")].concat();
    let (good, second) = (text("good.pem"), text("second.pem"));
    for (form, octets) in [
        ("one after the other", format!("{good}{second}").into_bytes()),
        ("run together", format!("{}{second}", good.trim_end()).into_bytes()),
        ("one boundary for both", format!("{}{second}", good.trim_end().trim_end_matches('-')).into_bytes()),
        ("PKCS#7", octets("two.p7c")),
        ("PKCS#7 in PEM", octets("two.p7b")),
        ("PKCS#7 as CMS", text("two.p7b").replace("PKCS7", "CMS").into_bytes()),
        ("DER", [octets("good.der"), base64_of("second.pem")].concat()),
    ] {
        assert_eq!(
            TrustedKeys::from_any_form(&octets).map(|keys| fingerprints(&keys)),
            Ok(both.clone()),
            "{form}"
        );
    }
}

fn base64_of(name: &str) -> Vec<u8> {
    use base64::Engine as _;
    let body: String = text(name).lines().filter(|line| !line.starts_with('-')).collect();
    base64::engine::general_purpose::STANDARD.decode(body).unwrap()
}

fn stated<T: std::fmt::Debug>(found: Result<T, Failure>, what: &str) -> &'static str {
    match found.map_err(|failure| (failure.check, failure.reason)) {
        Err((Check::KeyMalformed, Reason::Stated(why))) => why,
        other => panic!("{what}: {other:?}"),
    }
}

#[test]
fn what_can_never_be_meant_is_refused_by_its_name() {
    let (good, key) = (text("good.pem"), text("key.pem"));
    let body_of = |pem: &str| pem.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let fingerprint = text("fingerprint.txt");
    let digits = fingerprint.trim().rsplit('=').next().unwrap().to_owned();
    for (form, octets, name) in [
        ("key", key.clone().into_bytes(), "private key"),
        ("key of PKCS#1", octets("rsa-key.pem"), "private key"),
        ("encrypted key", octets("encrypted-key.pem"), "private key"),
        ("DER", octets("key.der"), "private key"),
        ("DER, encrypted", octets("encrypted-key.der"), "private key"),
        ("base64", body_of(&key).into_bytes(), "private key"),
        ("label of a certificate", key.replace("PRIVATE KEY", "CERTIFICATE").into_bytes(), "private key"),
        ("behind a certificate", format!("{good}{key}").into_bytes(), "private key"),
        ("before a certificate", format!("{key}{good}").into_bytes(), "private key"),
        ("JSON Web Key", br#"{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"}"#.to_vec(), "private key"),
        ("PKCS#12", octets("bundle.p12"), "PKCS#12"),
        ("PKCS#12 in base64", base64(&octets("bundle.p12")).into_bytes(), "PKCS#12"),
        ("request", octets("request.pem"), "request"),
        (
            "new request",
            text("request.pem").replace("CERTIFICATE", "NEW CERTIFICATE").into_bytes(),
            "request",
        ),
        ("request, DER", octets("request.der"), "request"),
        (
            "request, label of a certificate",
            text("request.pem").replace(" REQUEST", "").into_bytes(),
            "request",
        ),
        ("revocation list", octets("list.crl"), "revocation list"),
        ("revocation list, DER", octets("list.crl.der"), "revocation list"),
        ("fingerprint", fingerprint.clone().into_bytes(), "fingerprint"),
        ("digits", digits.clone().into_bytes(), "fingerprint"),
        ("digits without colons", digits.replace(':', "").to_lowercase().into_bytes(), "fingerprint"),
        (
            "thumbprint",
            b"Thumbprint: 0a 1b 2c 3d 4e 5f 60 71 82 93 a4 b5 c6 d7 e8 f9 0a 1b 2c 3d".to_vec(),
            "fingerprint",
        ),
        (
            "metadata",
            b"<md:EntityDescriptor xmlns:md='urn:oasis:names:tc:SAML:2.0:metadata' entityID='x'/>".to_vec(),
            "metadata",
        ),
        ("page", b"<!DOCTYPE html><html><body>Sign in</body></html>".to_vec(), "HTML"),
        ("page in capitals", b"\r\n<HTML><HEAD/></HTML>".to_vec(), "HTML"),
        ("nothing", Vec::new(), "empty"),
        ("white space", b" \r\n\t".to_vec(), "empty"),
        ("cut off", good.lines().take(9).collect::<Vec<_>>().join("\n").into_bytes(), "cut off"),
        ("cut off, DER", octets("good.der")[..300].to_vec(), "cut off"),
        (
            "cut off before another",
            format!("{}\n{good}", good.lines().take(9).collect::<Vec<_>>().join("\n")).into_bytes(),
            "cut off",
        ),
        (
            "OpenPGP",
            b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQEN\n-----END PGP PUBLIC KEY BLOCK-----\n".to_vec(),
            "OpenPGP",
        ),
        ("words", b"see the portal".to_vec(), "no certificate"),
        (
            "no base64",
            b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n".to_vec(),
            "not base64",
        ),
    ] {
        let why = stated(TrustedKeys::from_any_form(&octets), form);
        assert!(why.contains(name), "{form}: {why}");
    }
}

#[test]
fn certs_names_what_stands_among_certificates() {
    let (good, now) = (text("good.pem"), datetime!(2027-01-01 0:00 UTC));
    for (beside, name) in
        [("key.pem", "private key"), ("request.pem", "request"), ("list.crl", "revocation list")]
    {
        let mut collection = Collection::new();
        collection.read(&Origin::new("x"), format!("{good}{}", text(beside)).as_bytes());
        let survey = collection.survey(&Thresholds::default(), now);
        assert_eq!(
            (survey.count(State::Good), survey.count(State::Unreadable), survey.exit_code()),
            (1, 1, 1)
        );
        assert!(survey.to_human(bonafide::diagnosis::Style::Plain).contains(name), "{beside}");
    }
}

#[test]
fn strict_reading_stays_strict() {
    assert_eq!(TrustedKeys::from_pem(&text("trusted.pem")).unwrap().count(), 1);
    for (form, octets) in forms() {
        let exact = [
            "PEM",
            "CRLF",
            "no line end",
            "indented",
            "tabs",
            "bag attributes",
            "text around",
            "TRUSTED CERTIFICATE",
            "X509 CERTIFICATE",
            "PEM in its tags",
        ];
        let Ok(text) = String::from_utf8(octets) else { continue };
        if !exact.contains(&form) {
            assert!(TrustedKeys::from_pem(&text).is_err(), "{form}");
        }
    }
}

#[test]
fn key_sets_in_every_form() {
    let jwk = |kid: &str| format!(r#"{{"kty":"EC","crv":"P-256","kid":"{kid}","x":"{X}","y":"{Y}"}}"#);
    let pem = |name: &str| serde_json::to_string(&text(name)).unwrap();
    for (form, octets, kids) in [
        ("set", format!(r#"{{"keys":[{}]}}"#, jwk("a")).into_bytes(), vec![Some("a")]),
        ("one key", jwk("a").into_bytes(), vec![Some("a")]),
        ("list", format!("[{}, {}]", jwk("a"), jwk("b")).into_bytes(), vec![Some("a"), Some("b")]),
        ("byte order mark", format!("\u{feff}{}\r\n", jwk("a")).into_bytes(), vec![Some("a")]),
        ("UTF-16", utf16(&format!(r#"{{"keys":[{}]}}"#, jwk("a")), true, u16::to_le_bytes), vec![Some("a")]),
        (
            "certificates by key id",
            format!(r#"{{"k1":{},"k2":{}}}"#, pem("good.pem"), pem("second.pem")).into_bytes(),
            vec![Some("k1"), Some("k2")],
        ),
        ("public key", octets("public.pem"), vec![None]),
        ("public key of PKCS#1", octets("pkcs1.pem"), vec![None]),
        ("certificate", octets("good.pem"), vec![None]),
        ("certificate, DER", octets("good.der"), vec![None]),
        ("PKCS#7", octets("two.p7b"), vec![None, None]),
    ] {
        let keys = KeySet::from_any_form(&octets).unwrap_or_else(|error| panic!("{form}: {error:?}"));
        assert_eq!(keys.kids().collect::<Vec<_>>(), kids, "{form}");
    }
    for (form, octets, name) in [
        (
            "discovery",
            br#"{"issuer":"https://idp.test","jwks_uri":"https://idp.test/keys"}"#.to_vec(),
            "discovery document",
        ),
        ("wrapped", format!(r#"{{"jwks":{{"keys":[{}]}}}}"#, jwk("a")).into_bytes(), "member jwks"),
        ("token response", br#"{"access_token":"x"}"#.to_vec(), "token response"),
        ("service account", br#"{"type":"service_account","private_key":"x"}"#.to_vec(), "private key"),
        ("private key", octets("key.pem"), "private key"),
        ("token", b"eyJhbGciOiJSUzI1NiJ9.e30.c2ln".to_vec(), "a token"),
        ("page", b"<html></html>".to_vec(), "HTML"),
        ("nothing", b"".to_vec(), "empty"),
        ("object", br#"{"a":1}"#.to_vec(), "no keys array"),
    ] {
        let error = KeySet::from_any_form(&octets).expect_err(form);
        let check =
            if ["nothing", "page"].contains(&form) { Check::JsonMalformed } else { Check::JwksMalformed };
        assert_eq!(error.check(), check, "{form}");
        assert!(matches!(error.reason(), Reason::Stated(why) if why.contains(name)), "{form}: {error:?}");
    }
    for secret in
        [r#"{"kty":"oct","k":"AQAB"}"#.to_owned(), jwk("a").replace("\"kid\"", "\"d\":\"AQAB\",\"kid\"")]
    {
        for octets in [secret.clone(), format!("[{secret}]")] {
            let error = KeySet::from_any_form(octets.as_bytes()).expect_err(&secret);
            assert_eq!(error.check(), Check::KeyPrivateMaterial, "{octets}");
        }
    }
}

/// A point of P-256: the generator.
const X: &str = "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY";
const Y: &str = "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU";
