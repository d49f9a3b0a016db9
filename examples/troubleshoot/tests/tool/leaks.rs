//! What a copy or a report gives away: escapes, certificates of users, names of cookies, pseudonyms that can be guessed; and
//! that the work stays in proportion to the input.

use crate::support::captures::{ACS, SSO, entry, file, form, good, har, login};
use bonafide_troubleshoot::{Outcome, World, run};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

fn with(random: fn() -> Option<[u8; 32]>, arguments: &[&str], stdin: &[u8]) -> Outcome {
    let world = World { clock: || time::OffsetDateTime::UNIX_EPOCH, random, colour: false };
    run(["troubleshoot"].iter().chain(arguments).map(OsString::from), &mut &stdin[..], &world)
}

fn troubleshoot(arguments: &[&str], stdin: &[u8]) -> Outcome {
    with(|| Some([7; 32]), arguments, stdin)
}

/// A new folder that goes away.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let (count, process) = (COUNT.fetch_add(1, Ordering::Relaxed), std::process::id());
        let path = std::env::temp_dir().join(format!("bonafide-leaks-{name}-{process}-{count}"));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn at(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a bundle holds, as text.
fn bundled(input: &[u8]) -> String {
    let folder = Folder::new("bundle");
    let outcome = troubleshoot(&["bundle", "-", "-o", &folder.at("case")], input);
    assert!(outcome.code <= 1, "{outcome:?}");
    let files = std::fs::read_dir(folder.0.join("case")).unwrap();
    files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap() + "\n").collect()
}

#[test]
fn no_escape_survives_in_a_copy() {
    let hostile = "\u{1b}]0;pwn\u{7}\u{1b}[31mhttps://idp.test\u{202e}\u{200b}\u{9b}2J\u{7f}\u{e0041}";
    let xml = format!(
        "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">\r\n\t<saml:Issuer Format=\"urn:{hostile}\">{hostile}\
         </saml:Issuer><\u{1b}[:x>&#27;[1m&#x9b;</\u{1b}[:x></saml:Assertion>"
    );
    let claims = json!({ "iss": hostile, "sub": "jane", "aud": [hostile], hostile: 1, "scope": hostile });
    let mut request = entry("GET", &format!("{SSO}/{hostile}"), "2026-01-01T00:00:00Z", hostile, None);
    request["response"]["redirectURL"] = json!(format!("https://{hostile}/{hostile}?{hostile}={hostile}"));
    request["response"]["headers"] = json!([{ "name": "Content-Type", "value": hostile },
        { "name": "Set-Cookie", "value": format!("{hostile}=1; SameSite={hostile}; Path={hostile}") }]);
    for input in [xml.into_bytes(), claims.to_string().into_bytes(), har(vec![request])] {
        let copy = troubleshoot(&["sanitize", "-", "-o", "-"], &input);
        assert_eq!(copy.code, 0, "{copy:?}");
        for text in [copy.stdout + &copy.stderr, bundled(&input), troubleshoot(&["show", "-"], &input).stdout]
        {
            let hidden =
                text.chars().find(|c| bonafide::characters::is_hidden(*c) && !matches!(c, '\n' | '\t'));
            assert_eq!(hidden, None, "{text}");
        }
    }
    // The copy still says what the message said.
    let plain = b"<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"><saml:Issuer>https://idp.test\xe2\x80\x8b</saml:Issuer></saml:Assertion>";
    let copy = troubleshoot(&["sanitize", "-", "-o", "-"], plain).stdout;
    assert!(copy.contains("<saml:Issuer>https://idp.test&#x200B;</saml:Issuer>"), "{copy}");
    let (seen, again) = (troubleshoot(&["show", "-"], plain), troubleshoot(&["show", "-"], copy.as_bytes()));
    assert_eq!(seen.stdout, again.stdout);
}

/// A message whose confirmation and one attribute hold the certificate of a user; the signature does not hold.
fn holder_of_key() -> (String, String) {
    let pem = std::fs::read_to_string(file("../troubleshoot/user.crt")).unwrap();
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let key = format!(
        "<ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data><ds:X509SubjectName>CN=Canary</ds:X509SubjectName>\
         <ds:X509Certificate>{body}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    );
    let xml = String::from_utf8(good()).unwrap();
    let confirmation = format!(
        "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:holder-of-key\"><saml:SubjectConfirmationData>{key}\
         </saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject>"
    );
    let statement = format!(
        "<saml:AttributeStatement><saml:Attribute Name=\"userCertificate\"><saml:AttributeValue>{body}</saml:AttributeValue>\
         <saml:AttributeValue>{key}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>"
    );
    (xml.replace("</saml:Subject>", &confirmation).replace("</saml:Assertion>", &statement), body)
}

/// Whatever in a text is base64 of text, decoded.
fn unpacked(text: &str) -> String {
    use base64::Engine as _;
    let text = text.replace("%3D", "=").replace("%2B", "+").replace("%2F", "/");
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "+/".contains(c)));
    let long = words.filter(|word| word.len() > 64);
    let engine = base64::engine::general_purpose::STANDARD_NO_PAD;
    long.filter_map(|word| engine.decode(word).ok())
        .map(|octets| String::from_utf8_lossy(&octets).into_owned())
        .collect()
}

#[test]
fn the_certificate_of_a_user_stays() {
    let (xml, body) = holder_of_key();
    assert!(xml.matches(&body).count() == 3, "{xml}");
    let capture = har(vec![entry("POST", ACS, "2026-01-01T00:00:02Z", "", Some(&form(xml.as_bytes())))]);
    for input in [xml.as_bytes(), &capture] {
        let copy = troubleshoot(&["sanitize", "-", "-o", "-"], input);
        assert!(copy.stderr.contains("certificates of persons"), "{}", copy.stderr);
        for text in [copy.stdout + &copy.stderr, bundled(input)] {
            for text in [unpacked(&text), text] {
                assert!(!text.contains(&body[..64]) && !text.contains("Canary"), "{text}");
            }
        }
        for format in ["human", "json", "csv", "ndjson", "prometheus", "ical"] {
            let listed = troubleshoot(&["certs", "-", "--format", format], input).stdout;
            assert!(!listed.contains("Canary") && !listed.contains("canary"), "{listed}");
        }
    }
    // The certificate of the identity provider stays: without it nothing can be told about a key.
    let copy = troubleshoot(&["sanitize", "-", "-o", "-"], xml.as_bytes()).stdout;
    assert_eq!(
        copy.matches("<ds:X509Certificate>MII").count(),
        xml.matches("<ds:X509Certificate>MII").count() - 2
    );
}

#[test]
fn no_name_of_a_cookie_gives_a_value_away() {
    let state = "CanaryfGq3bYp0xUq7T2vWcZ1hNn4RkLm8sD5aQe";
    let names = [
        format!("__txn_{state}"),
        "remember_jane.Canary@acme.example".to_owned(),
        "remember_canary".to_owned(),
        format!("__Host-mod_auth_openidc_state_{state}"),
        format!(".AspNetCore.Correlation.{state}"),
    ];
    for name in names {
        let set = |attributes: &str| json!([{ "name": "Set-Cookie", "value": format!("{name}=canary; {attributes}") }]);
        let mut start = entry("GET", "https://sp.test/login/jane.canary", "2026-01-01T00:00:00Z", "", None);
        start["request"]["headers"] = json!([{ "name": "Cookie", "value": "a=b" }]);
        start["response"]["headers"] =
            set("Path=/canary; SameSite=Canary; Domain=canary.test; Max-Age=canary");
        start["response"]["status"] = json!(302);
        let mut arrival = entry("POST", ACS, "2026-01-01T00:00:05Z", "", Some("code=abc&state=canary"));
        arrival["response"]["status"] = json!(302);
        arrival["response"]["redirectURL"] = json!("http://sp.test/home/jane.canary");
        arrival["response"]["headers"] = set("Secure; SameSite=Lax; Canary");
        arrival["request"]["headers"] = json!([{ "name": "Cookie", "value": "a=b" }]);
        // Lost before the login, and lost after it.
        let mut kept = arrival.clone();
        kept["request"]["headers"] = json!([{ "name": "Cookie", "value": format!("{name}=canary") }]);
        let next = entry("GET", "http://sp.test/home/jane.canary", "2026-01-01T00:00:06Z", "", None);
        for input in [har(vec![start.clone(), arrival.clone()]), har(vec![start, kept, next])] {
            for command in ["trace", "check"] {
                for format in ["human", "json", "md", "html"] {
                    let outcome = troubleshoot(&[command, "-", "--format", format], &input);
                    let text = (outcome.stdout + &outcome.stderr).to_lowercase();
                    assert!(!text.contains("canary"), "{name} {command} {format}: {text}");
                    assert!(command == "check" || text.contains("fl102"), "{name} {format}: {text}");
                }
            }
            let copy = troubleshoot(&["sanitize", "-", "-o", "-"], &input).stdout + &bundled(&input);
            assert!(!copy.to_lowercase().contains("canary"), "{name}: {copy}");
        }
    }
}

#[test]
fn nothing_tells_a_right_guess() {
    let userinfo = br#"{"sub":"jdoe","email":"jane.doe@acme.example"}"#;
    let unsigned = b"<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r1\"><saml:Assertion \
        xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_a1\"><saml:Subject><saml:NameID>jdoe</saml:NameID></saml:Subject>\
        </saml:Assertion></samlp:Response>";
    let none = b"eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0Iiwic3ViIjoiamRvZSJ9.";
    for input in [&userinfo[..], unsigned, none] {
        let hash = ring::digest::digest(&ring::digest::SHA256, input);
        let hash: String = hash.as_ref().iter().map(|octet| format!("{octet:02x}")).collect();
        let guessed =
            bonafide::diagnosis::Redactor::for_input(input).show_text("jdoe", bonafide::error::Class::Person);
        let guessed = guessed.split(' ').next().unwrap();
        for arguments in [
            &["sanitize", "-", "-o", "-"][..],
            &["show", "-"],
            &["check", "-", "--format", "json"],
            &["check", "-", "--format", "md"],
            &["check", "-", "--format", "html"],
        ] {
            let [one, other] = [[1; 32], [2; 32]].map(|key| {
                let random: fn() -> Option<[u8; 32]> =
                    if key == [1; 32] { || Some([1; 32]) } else { || Some([2; 32]) };
                with(random, arguments, input).stdout
            });
            assert!(!one.contains(&hash) && !one.contains(guessed), "{arguments:?}: {one}");
            let shows = |text: &str| arguments[0] == "sanitize" || text.contains("u-");
            assert_eq!(one == other, !shows(&one), "{arguments:?}: {one}");
        }
        let without = with(|| None, &["sanitize", "-", "-o", "-"], input);
        assert_eq!((without.code, without.stdout.as_str()), (3, ""), "no copy without a random key");
    }
    // A signature cannot be guessed: the same message gives the same report, and its hash names it.
    for signed in [good(), login(&good(), 0)] {
        let reports = [|| Some([1; 32]), || Some([2; 32])].map(|random: fn() -> Option<[u8; 32]>| {
            with(random, &["check", "-", "--format", "json"], &signed).stdout
        });
        assert_eq!(reports[0], reports[1]);
        let report: Value = serde_json::from_str(&reports[0]).unwrap();
        assert_eq!(report["input"]["sha256"].as_str().unwrap().len(), 64);
    }
    // A copy of it is under a random key all the same: it is to be shared.
    let copies = [|| Some([1; 32]), || Some([2; 32])]
        .map(|random: fn() -> Option<[u8; 32]>| with(random, &["sanitize", "-", "-o", "-"], &good()).stdout);
    assert_ne!(copies[0], copies[1]);
}

#[test]
fn the_key_of_a_case_is_kept() {
    let folder = Folder::new("key");
    let key = folder.at("case.key");
    let input = br#"{"sub":"jdoe"}"#;
    let copy = |random, more: &[&str]| {
        let outcome = with(random, &[&["sanitize", "-", "-o", "-"], more].concat(), input);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        outcome.stdout
    };
    let linked = ["--pseudonym-key", &key];
    let first = copy(|| Some([1; 32]), &linked);
    assert_eq!(std::fs::read_to_string(&key).unwrap().trim(), "01".repeat(32));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(first, copy(|| Some([2; 32]), &linked), "the key of the file links");
    assert_ne!(first, copy(|| Some([2; 32]), &[]));
    assert_eq!(with(|| Some([1; 32]), &["show", "-", "--pseudonym-key", &folder.at("none")], input).code, 64);
}

#[cfg(unix)]
#[test]
fn an_output_follows_no_link() {
    let folder = Folder::new("output");
    let (target, victim) = (folder.at("report.csv"), folder.at("victim"));
    std::fs::write(&victim, "precious").unwrap();
    // The name of before, and that which these random numbers give.
    for beside in [format!("{target}.{}.tmp", std::process::id()), format!("{target}.{}.tmp", "07".repeat(8))]
    {
        std::os::unix::fs::symlink(&victim, &beside).unwrap();
    }
    let certificate = file("keys/k.crt");
    let arguments = ["certs", "--format", "csv", "--output", &target, &certificate];
    let refused = troubleshoot(&arguments, b"");
    assert_eq!((refused.code, refused.stdout.as_str()), (3, ""), "{refused:?}");
    assert!(!std::path::Path::new(&target).exists());
    let written = with(|| Some([9; 32]), &arguments, b"");
    assert!(
        written.code <= 2 && std::fs::read_to_string(&target).unwrap().starts_with("state,"),
        "{written:?}"
    );
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
    let left = std::fs::read_dir(&folder.0).unwrap().count();
    assert_eq!(left, 4, "the report, the victim and the two links");
    // A link in place of the report is replaced, not followed.
    std::fs::remove_file(&target).unwrap();
    std::os::unix::fs::symlink(&victim, &target).unwrap();
    with(|| Some([9; 32]), &arguments, b"");
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
}

#[test]
fn the_output_stays_in_proportion() {
    let size = |arguments: &[&str], input: &[u8]| {
        let outcome = troubleshoot(arguments, input);
        assert!(outcome.code <= 3, "{outcome:?}");
        outcome.stdout.len()
    };
    let deep = |levels: usize| "<a b=\"1\">".repeat(levels) + &"</a>".repeat(levels);
    let ampersands = |count: usize| format!("<a>{}</a>", "&".repeat(count));
    let errors = |count: usize| {
        har((0..count)
            .map(|number| {
                let mut page =
                    entry("GET", "https://sp.test/x?error=access_denied", "2026-01-01T00:00:00Z", "", None);
                page["response"]["content"]["text"] = json!(format!("AADSTS{}", 10_000 + number));
                page
            })
            .collect())
    };
    let logins = |count: usize| {
        har((0..count)
            .map(|_| entry("POST", ACS, "2026-01-01T00:00:00Z", "", Some("SAMLResponse=PHg%2BPC94Pg==")))
            .collect())
    };
    for (what, arguments, one, two) in [
        ("deep", &["show", "-"][..], deep(2_000).into_bytes(), deep(4_000).into_bytes()),
        ("deep", &["show", "-", "--format", "json"], deep(1_000).into_bytes(), deep(2_000).into_bytes()),
        ("deep", &["sanitize", "-", "-o", "-"], deep(1_000).into_bytes(), deep(2_000).into_bytes()),
        ("amp", &["show", "-"], ampersands(50_000).into_bytes(), ampersands(100_000).into_bytes()),
        (
            "amp",
            &["sanitize", "-", "-o", "-"],
            ampersands(50_000).into_bytes(),
            ampersands(100_000).into_bytes(),
        ),
        ("err", &["trace", "-"], errors(1_000), errors(2_000)),
        ("err", &["trace", "-", "--format", "json"], errors(1_000), errors(2_000)),
        ("login", &["trace", "-"], logins(1_000), logins(2_000)),
    ] {
        let (one, two) = (size(arguments, &one), size(arguments, &two));
        assert!(two <= one * 9 / 4, "{what} {arguments:?}: {one} and {two}");
    }
    for command in [&["trace", "-", "--format", "json"][..], &["check", "-", "--format", "json"]] {
        let report: Value = serde_json::from_str(&troubleshoot(command, &errors(2_000)).stdout).unwrap();
        let findings = report["findings"].as_array().unwrap();
        assert!(findings.len() < 40, "{} findings", findings.len());
        assert!(
            findings.iter().any(|f| f["why"].as_str().unwrap().contains("more errors")),
            "the rest is counted"
        );
    }
}
