//! `show`, `trace` and `sanitize`, and the canaries: nothing of a person and nothing replayable leaves by default.

use crate::support::captures::{ACS, SSO, base64, entry, file, form, good, har, login};
use bonafide_troubleshoot::{Outcome, World, run};
use serde_json::{Value, json};
use std::ffi::OsString;

fn clock() -> time::OffsetDateTime {
    time::OffsetDateTime::UNIX_EPOCH
}

fn troubleshoot(arguments: &[&str], stdin: &[u8]) -> Outcome {
    let world = World { clock, random: || Some([7; 32]), colour: false };
    run(["troubleshoot"].iter().chain(arguments).map(OsString::from), &mut &stdin[..], &world)
}

fn json_of(arguments: &[&str], stdin: &[u8]) -> (u8, Value) {
    let outcome = troubleshoot(&[arguments, &["--format", "json"]].concat(), stdin);
    (outcome.code, serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{outcome:?}")))
}

fn codes(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

/// An identity provider that is asked, a response, a redirect to `to`; `rounds` times.
fn rounds(rounds: usize, to: &str, cookie: Option<&str>) -> Vec<u8> {
    let mut entries = Vec::new();
    for round in 0..rounds {
        let at = |second: usize| format!("2026-01-01T00:00:{:02}.000Z", round * 3 + second);
        entries.push(entry("GET", SSO, &at(0), "", None));
        let mut arrival = entry("POST", ACS, &at(1), "", Some(&form(&good())));
        arrival["response"]["status"] = json!(302);
        arrival["response"]["redirectURL"] = json!(to);
        if let Some(cookie) = cookie {
            arrival["response"]["headers"] = json!([{ "name": "Set-Cookie", "value": cookie }]);
        }
        entries.push(arrival);
        entries.push(entry("GET", to, &at(2), "", None));
    }
    har(entries)
}

#[test]
fn loops_and_lost_sessions() {
    let (code, report) = json_of(&["trace", "-"], &rounds(4, "http://sp.test/", None));
    assert_eq!(code, 2);
    assert_eq!(codes(&report)[..2], ["FL102", "FL101"], "{report:#}");
    assert!(report["findings"][0]["why"].as_str().unwrap().contains("https to http"));
    assert!(report["steps"].as_array().unwrap().len() >= 8);
    let (_, report) = json_of(&["trace", "-"], &rounds(4, "https://sp.test/", None));
    assert_eq!(codes(&report)[0], "FL101");
    let (code, report) = json_of(&["trace", "-"], &rounds(1, "https://sp.test/", None));
    assert_eq!((code, codes(&report)), (0, vec!["IN105".to_owned()]), "{report:#}");
    let (code, report) =
        json_of(&["trace", "-"], &rounds(1, "http://sp.test/", Some("session=canary; Secure; HttpOnly")));
    assert_eq!((code, codes(&report)[0].as_str()), (2, "FL102"));
}

#[test]
fn a_cookie_that_samesite_keeps_back() {
    let mut start = entry("GET", "https://sp.test/login", "2026-01-01T00:00:00Z", "", None);
    start["response"]["headers"] =
        json!([{ "name": "Set-Cookie", "value": "state=canary; SameSite=Lax; Secure" }]);
    let arrival = entry("POST", ACS, "2026-01-01T00:00:05Z", "", Some(&form(&good())));
    let (code, report) = json_of(&["trace", "-"], &har(vec![start.clone(), arrival.clone()]));
    assert_eq!((code, codes(&report)[0].as_str()), (2, "FL102"));
    assert!(report["findings"][0]["why"].as_str().unwrap().contains("SameSite=None"));
    let mut kept = arrival;
    kept["request"]["cookies"] = json!([{ "name": "state", "value": "canary" }]);
    let (code, report) = json_of(&["trace", "-"], &har(vec![start, kept]));
    assert_eq!((code, codes(&report)), (0, vec!["IN106".to_owned()]), "{report:#}");
}

#[test]
fn errors_of_identity_providers() {
    for (url, body, code, error) in [
        ("https://login.microsoftonline.com/x/saml2", "<b>AADSTS50105: not assigned", "FL103", "AADSTS50105"),
        ("https://login.microsoftonline.com/x/saml2", "sErrorCode AADSTS50076", "FL104", "AADSTS50076"),
        ("https://login.microsoftonline.com/x", "AADSTS999999: new", "FL104", "AADSTS999999"),
        (
            "https://accounts.google.com/o",
            "403 app_not_enabled_for_user",
            "FL103",
            "app_not_enabled_for_user",
        ),
        ("https://sp.test/cb?error=access_denied&state=canary", "", "FL103", "access_denied"),
        ("https://fs.test/adfs", "MSIS7042: loop", "FL101", "MSIS7042"),
    ] {
        let mut page = entry("GET", url, "2026-01-01T00:00:00Z", "", None);
        page["response"]["content"]["text"] = json!(body);
        let (exit, report) = json_of(&["trace", "-"], &har(vec![page]));
        assert_eq!((exit, codes(&report)[0].as_str()), (2, code), "{url}: {report:#}");
        assert_eq!(report["findings"][0]["seen"][0], error);
    }
}

#[test]
fn lines_of_a_trace_fit() {
    for format in ["human", "md", "html"] {
        let text =
            troubleshoot(&["trace", "-", "--format", format], &rounds(5, "http://sp.test/", None)).stdout;
        assert!(text.contains("https to http"), "{text}");
        assert!(format != "human" || text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }
    assert_eq!(troubleshoot(&["trace", "-"], b"<a/>").code, 64);
    assert_eq!(troubleshoot(&["trace", "-"], br#"{"log":{"entries":[{"#).code, 3);
}

#[test]
fn show_says_that_nothing_is_verified() {
    for input in [good(), base64(&good()).into_bytes(), form(&good()).into_bytes(), login(&good(), 0)] {
        let (code, report) = json_of(&["show", "-"], &input);
        assert_eq!((code, report["verified"].as_bool()), (0, Some(false)));
        let facts = report["facts"].as_array().unwrap();
        let value = |path: &str| {
            facts.iter().find(|fact| fact["path"] == path).unwrap()["value"].as_str().unwrap().to_owned()
        };
        assert_eq!(value("/Response/Issuer"), "https://idp.test");
        assert_eq!(value("/Response/@Destination"), ACS);
        assert!(value("/Response/Assertion/Subject/NameID").starts_with("u-"));
        assert!(value("/Response/@ID").ends_with("characters]"));
        let text = troubleshoot(&["show", "-"], &input).stdout;
        assert!(text.starts_with("NOT VERIFIED"), "{text}");
    }
    assert_eq!(troubleshoot(&["show", "-"], b"hello, world").code, 3);
}

/// A token that nobody signed, with a canary in each claim.
fn token() -> String {
    let encode = |json: Value| {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json.to_string())
    };
    let claims = json!({ "iss": "https://idp.test", "aud": "client", "sub": "canary-sub", "email": "canary@x.test",
        "nonce": "canary-nonce", "sid": "canary-sid", "jti": "canary-jti", "groups": ["canary-group"],
        "address": { "street": "canary-street" }, "at_hash": "canary-hash", "name": "canary name", "new": 1 });
    format!(
        "{}.{}.{}",
        encode(json!({ "alg": "RS256", "kid": "k1", "typ": "JWT" })),
        encode(claims),
        "Y2FuYXJ5"
    )
}

/// The good message with canaries in every field that is a person's or can be replayed. The signature does not hold.
fn marked() -> Vec<u8> {
    let mut xml = String::from_utf8(good()).unwrap();
    for (what, canary) in [
        ("alice@idp.test", "canary-name@canary.test"),
        ("_req1", "_canary-request"),
        ("_s1", "_canary-session"),
        ("\"_r1\"", "\"_canary-response\""),
        (
            "Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>",
            "Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/><samlp:StatusMessage>canary message</samlp:StatusMessage>",
        ),
    ] {
        xml = xml.replace(what, canary);
    }
    let statement = "<saml:AttributeStatement><saml:Attribute Name=\"mail\"><saml:AttributeValue>canary-mail</saml:AttributeValue>\
                     </saml:Attribute></saml:AttributeStatement></saml:Assertion>";
    xml.replace("</saml:Assertion>", statement).into_bytes()
}

/// A HAR with a canary in every field that HAR 1.2 and browsers have.
fn marked_har(message: &[u8]) -> Vec<u8> {
    let c = "canary";
    let mut entries = vec![
        entry(
            "GET",
            "https://user:canary@idp.test/sso?SAMLRequest=canary&RelayState=canary&login_hint=canary%40x#canary",
            "2026-01-01T00:00:00Z",
            "Thu, 01 Jan 2026 00:00:00 GMT",
            None,
        ),
        entry(
            "POST",
            ACS,
            "2026-01-01T00:00:02Z",
            "Thu, 01 Jan 2026 00:00:02 GMT",
            Some(&(form(message) + "&password=canary&canary%40x.test=1")),
        ),
        entry(
            "GET",
            "https://sp.test/users/canary@x.test/profile?code=canary&state=canary",
            "2026-01-01T00:00:03Z",
            "canary",
            None,
        ),
        entry(
            "POST",
            "https://idp.test/token",
            "2026-01-01T00:00:04Z",
            "",
            Some("code=canary&client_secret=canary&code_verifier=canary&refresh_token=canary"),
        ),
    ];
    for entry in &mut entries {
        entry["pageref"] = json!(c);
        entry["serverIPAddress"] = json!(c);
        entry["comment"] = json!(c);
        entry["_initiator"] = json!({ "url": c });
        entry["cache"] = json!({ "beforeRequest": c });
        entry["request"]["headers"] = json!([
            { "name": "Cookie", "value": "session=canary; other=canary" }, { "name": "Authorization", "value": "Bearer canary" },
            { "name": "User-Agent", "value": c }, { "name": "X-Canary", "value": c },
            { "name": "Referer", "value": "https://canary@idp.test/canary?canary=canary" }]);
        entry["request"]["cookies"] = json!([{ "name": "session", "value": c }]);
        entry["request"]["queryString"] = json!([{ "name": "code", "value": c }]);
        entry["response"]["cookies"] = json!([{ "name": "session", "value": c }]);
        entry["response"]["status"] = json!(302);
        entry["response"]["statusText"] = json!(c);
        entry["response"]["redirectURL"] =
            json!("https://sp.test/canary@x.test?code=canary&error_description=canary#canary");
        entry["response"]["headers"] = json!([
            { "name": "Set-Cookie", "value": "session=canary; Path=/canary@x; SameSite=Lax" }, { "name": "ETag", "value": c },
            { "name": "Content-Type", "value": "text/html; x=canary" }, { "name": "Date", "value": "Thu, 01 Jan 2026 00:00:02 GMT" }]);
        entry["response"]["content"]["text"] =
            json!("<p>canary</p> AADSTS50105: Your administrator ... canary");
    }
    entries[3]["response"]["content"]["text"] = json!(
        json!({ "id_token": token(), "access_token": c, "refresh_token": c, "scope": "openid" }).to_string()
    );
    let mut log: Value = serde_json::from_slice(&har(entries)).unwrap();
    log["log"]["pages"] = json!([{ "id": c, "title": c }]);
    log["log"]["comment"] = json!(c);
    serde_json::to_vec(&log).unwrap()
}

fn marked_tracer(message: &[u8]) -> Vec<u8> {
    let headers =
        json!([{ "name": "Cookie", "value": "a=canary" }, { "name": "Set-Cookie", "value": "a=canary" }]);
    let request = json!({ "requestId": "canary", "method": "POST", "url": format!("{ACS}?RelayState=canary"),
        "requestHeaders": headers, "responseHeaders": headers, "get": [["RelayState", "canary"]], "protocol": "SAML-P",
        "post": [["SAMLResponse", base64(message)], ["RelayState", "canary"]], "postData": "{overwritten}",
        "saml": String::from_utf8_lossy(message), "responseStatus": 200, "responseStatusText": "canary" });
    serde_json::to_vec(&json!({ "requests": [request], "timestamp": "2026-01-01T00:00:02.000Z" })).unwrap()
}

#[test]
fn no_canary_leaves_by_default() {
    let certificate = file("keys/k.crt");
    let trust = ["--idp-cert", &certificate, "--idp-entity-id", "https://idp.test", "--acs", ACS];
    let policy = ["--sp-entity-id", "https://sp.test/md", "--request-id", "_req1"];
    let mut leaks = Vec::new();
    let inputs = [
        ("har", marked_har(&marked())),
        ("tracer", marked_tracer(&marked())),
        ("xml", marked()),
        ("value", base64(&marked()).into_bytes()),
        ("form", form(&marked()).into_bytes()),
        ("token", token().into_bytes()),
        (
            "loop",
            har((0..4)
                .map(|_| entry("POST", ACS, "2026-01-01T00:00:02Z", "", Some(&form(&marked()))))
                .collect()),
        ),
        ("not assigned", marked_har(b"canary")),
    ];
    let mut shown = 0;
    for (name, input) in &inputs {
        let mut runs: Vec<Vec<&str>> = Vec::new();
        for format in ["human", "json", "md", "html"] {
            let check = [
                &["check", "-", "--at", "2026-01-01T00:00:02Z", "--format", format],
                &trust[..],
                &policy[..],
            ];
            runs.push(check.concat());
            runs.push(vec!["trace", "-", "--format", format]);
            runs.push(vec!["show", "-", "--format", format]);
        }
        runs.push(vec!["sanitize", "-", "-o", "-"]);
        for arguments in runs {
            let outcome = troubleshoot(&arguments, input);
            shown += usize::from(!outcome.stdout.is_empty());
            let texts = [outcome.stdout.clone(), outcome.stderr.clone(), decoded(&outcome.stdout)];
            for line in texts
                .iter()
                .flat_map(|text| text.lines())
                .filter(|line| line.to_lowercase().contains("canary"))
            {
                leaks.push(format!("{name} {} {}: {}", arguments[0], arguments.last().unwrap(), line.trim()));
            }
        }
    }
    assert!(shown > 60, "{shown} reports");
    assert!(leaks.is_empty(), "{}:\n{}", leaks.len(), leaks.join("\n"));
}

/// Whatever in a text is base64 or percent-encoded, decoded: a canary does not hide behind an encoding.
fn decoded(text: &str) -> String {
    use base64::Engine as _;
    let text = text.replace("%3D", "=").replace("%2B", "+").replace("%2F", "/");
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "+/=-_".contains(c)));
    words
        .flat_map(|word| [word, word.split_once('=').map_or("", |(_, value)| value)])
        .filter(|word| word.len() > 15)
        .flat_map(|word| {
            let strict = base64::engine::general_purpose::STANDARD.decode(word);
            [strict, base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(word)]
        })
        .flatten()
        .map(|octets| String::from_utf8_lossy(&octets).into_owned() + "\n")
        .collect()
}

#[test]
fn a_clean_copy_is_still_a_capture() {
    let copy = troubleshoot(&["sanitize", "-", "-o", "-"], &marked_har(&good()));
    assert_eq!(copy.code, 0, "{copy:?}");
    assert!(copy.stderr.contains("cookie") && copy.stderr.contains("values of persons"), "{}", copy.stderr);
    let (_, report) = json_of(&["show", "-", "--entry", "2"], copy.stdout.as_bytes());
    let facts = report["facts"].as_array().unwrap();
    assert!(facts.iter().any(|fact| fact["value"] == "https://idp.test"), "{report:#}");
    let (_, report) = json_of(&["trace", "-"], copy.stdout.as_bytes());
    assert!(codes(&report).contains(&"FL103".to_owned()), "{report:#}");
    let (_, again) = json_of(&["trace", "-"], &marked_har(&good()));
    assert_eq!(codes(&again)[0], codes(&report)[0]);
}

#[test]
fn a_copy_is_private_and_new() {
    let folder = std::env::temp_dir().join(format!("bonafide-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("copy.xml");
    let arguments = ["sanitize", "-", "-o", path.to_str().unwrap()];
    let first = troubleshoot(&arguments, &good());
    assert_eq!(first.code, 0, "{first:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(troubleshoot(&arguments, &good()).code, 64, "an existing file is not overwritten");
    assert!(!std::fs::read_to_string(&path).unwrap().contains("alice"));
    std::fs::remove_dir_all(&folder).unwrap();
}

/// The good message with names, namespaces, prefixes and enumerated values that nobody knows.
fn named() -> Vec<u8> {
    let xml = String::from_utf8(good()).unwrap();
    let own = "<samlp:Extensions><canaryElement canaryAttribute=\"1\" xmlns=\"urn:canary-space\"/>\
               <canaryprefix:canary xmlns:canaryprefix=\"https://canary.test/ns\" canaryprefix:type=\"canaryprefix:t\" \
               Version=\"canary\" use=\"canary\" NotBefore=\"canary\" PrefixList=\"canaryprefix\" \
               protocolSupportEnumeration=\"urn:canary\">1</canaryprefix:canary></samlp:Extensions><samlp:Status>";
    assert!(xml.contains("<samlp:Status>"), "{xml}");
    xml.replacen("<samlp:Status>", own, 1).into_bytes()
}

/// A token whose members, and those within them, have names that nobody knows.
fn named_token() -> String {
    use base64::Engine as _;
    let encode = |json: Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json.to_string());
    let claims = json!({ "iss": "https://idp.test", "aud": { "canary": 1 }, "sub": "x", "canary_claim": true,
        "https://idp.test/?canary=role": "x", "canary name": [1], "amr": ["pwd", { "canary": 1 }], "cnf": { "canary": 1 },
        "events": { "http://schemas.openid.net/event/backchannel-logout": { "canary": 1 } },
        "address": { "canary": "x" }, "preferred_username": "x" });
    format!("{}.{}.{}", encode(json!({ "alg": "RS256", "canary_header": 1 })), encode(claims), "AAAA")
}

fn named_har() -> Vec<u8> {
    let body = form(&named()) + "&canary_field=1&canary%5Bfield%5D=1&canary=";
    let mut entries = vec![
        entry("CANARY", "https://idp.test/sso?canary_parameter=1&canary", "2026-01-01T00:00:00Z", "", None),
        entry("POST", &format!("{ACS}?canaryparam=1"), "2026-01-01T00:00:02Z", "", Some(&body)),
        entry("POST", "https://idp.test/token", "2026-01-01T00:00:04Z", "", Some("canary_field=1&code=x")),
    ];
    for entry in &mut entries {
        entry["request"]["headers"] = json!([{ "name": "X-Canary", "value": "1" },
            { "name": "Cookie", "value": "canary=1; __Host-canary=1; .AspNetCore.OpenIdConnect.Nonce.canary=1" }]);
        entry["response"]["headers"] = json!([{ "name": "X-Canary", "value": "1" },
            { "name": "Set-Cookie", "value": "canary=1; Secure; Canary=1" }]);
        entry["response"]["redirectURL"] = json!("https://sp.test/?canary=1#canary=1");
    }
    entries[2]["response"]["content"]["text"] =
        json!(json!({ "id_token": named_token(), "canary_member": 1, "scope": { "canary": 1 } }).to_string());
    har(entries)
}

#[test]
fn no_unknown_name_leaves_by_default() {
    let response = json!({ "id_token": named_token(), "canary_member": 1, "expires_in": { "canary": 1 } });
    let inputs = [
        ("xml", named()),
        ("value", base64(&named()).into_bytes()),
        ("form", (form(&named()) + "&canary_field=1").into_bytes()),
        ("token", named_token().into_bytes()),
        ("response", response.to_string().into_bytes()),
        ("har", named_har()),
    ];
    let folder = std::env::temp_dir().join(format!("bonafide-names-{}", std::process::id()));
    let mut leaks = Vec::new();
    for (name, input) in &inputs {
        let mut texts = Vec::new();
        for entry in ["2", "3"].iter().take(if *name == "har" { 2 } else { 1 }) {
            for format in ["human", "json"] {
                let mut arguments = vec!["show", "-", "--format", format];
                if *name == "har" {
                    arguments.extend(["--entry", entry]);
                }
                let shown = troubleshoot(&arguments, input);
                assert_eq!(shown.code, 0, "{name}: {shown:?}");
                assert!(shown.stdout.contains("/u-"), "{name}: {}", shown.stdout);
                texts.push(("show", shown.stdout + &shown.stderr));
            }
        }
        let copy = troubleshoot(&["sanitize", "-", "-o", "-"], input);
        assert_eq!(copy.code, 0, "{name}: {copy:?}");
        assert!(copy.stderr.contains("names that no standard knows"), "{name}: {}", copy.stderr);
        texts.push(("sanitize", copy.stdout.clone() + &copy.stderr));
        let again = troubleshoot(&["show", "-"], copy.stdout.as_bytes());
        assert_eq!(again.code, 0, "{name}: the copy can be read: {again:?}");
        let _ = std::fs::remove_dir_all(&folder);
        let bundle = troubleshoot(&["bundle", "-", "-o", folder.to_str().unwrap()], input);
        texts.push(("bundle", bundle.stdout + &bundle.stderr));
        for file in std::fs::read_dir(&folder).unwrap() {
            texts.push(("bundle", std::fs::read_to_string(file.unwrap().path()).unwrap()));
        }
        for (command, text) in texts {
            for line in [decoded(&text), text].iter().flat_map(|text| text.lines()) {
                if line.to_lowercase().contains("canary") {
                    leaks.push(format!("{name} {command}: {}", line.trim()));
                }
            }
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(leaks.is_empty(), "{}:\n{}", leaks.len(), leaks.join("\n"));
}

#[test]
fn known_names_stay_readable() {
    let shown = troubleshoot(&["show", "-"], &named()).stdout;
    assert!(shown.contains("/Response/Assertion/Subject/NameID\n"), "{shown}");
    assert!(shown.matches("/u-").count() < 12, "{shown}");
    let shown = troubleshoot(&["show", "-"], named_token().as_bytes()).stdout;
    assert!(shown.contains("/claims/preferred_username\n") && shown.contains("/header/alg\n"), "{shown}");
    let copy = troubleshoot(&["sanitize", "-", "-o", "-"], &good());
    assert!(!copy.stderr.contains("names that no standard knows"), "{}", copy.stderr);
    let revealed = troubleshoot(&["show", "-", "--reveal", "person"], named_token().as_bytes()).stdout;
    assert!(revealed.contains("/claims/canary name\n"), "{revealed}");
}
