//! The tool over the OpenID Connect vectors: exit code, verdict, check, claims, and no value of a person or of a session in any
//! default output.

use base64::Engine as _;
use bonafide_troubleshoot::{Outcome, World, run};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Rows with claims of another type that nobody asked for: accepted with a note.
const ODD: [&str; 4] = ["JC-36", "JC-37", "JC-44", "AT-15"];

#[test]
fn every_vector_has_its_verdict_and_names_its_check() {
    let (mut judged, mut wrong, mut later) = (BTreeMap::<String, usize>::new(), Vec::new(), Vec::new());
    for vector in vectors() {
        let id = vector["id"].as_str().unwrap();
        let Some((flags, input)) = command(&vector) else { continue };
        let outcome = check(&flags, &["--format", "json", "--reveal", "person"], input.as_bytes());
        let report: Value = serde_json::from_str(&outcome.stdout).unwrap_or_default();
        *judged.entry(vector["kind"].as_str().unwrap().to_owned()).or_default() += 1;
        let verdict = report["verdict"].as_str().unwrap_or("none");
        let found = checks(&report);
        let fine = match vector["expect"]["reject"].as_str() {
            // The library has an entry point for plain UserInfo; the tool sees a token, and judges it as signed UserInfo.
            _ if id == "OX-12-21" => verdict == "accepted",
            Some(check) => {
                if found.first().is_some_and(|first| first != check) {
                    later.push(format!("{id}: want {check} first, got {found:?}"));
                }
                verdict == "denied"
                    && outcome.code == 2
                    && found.iter().any(|found| found == check)
                    && report.get("claims").is_none()
            }
            None if vector["kind"] == "userinfo-plain" => verdict == "undecidable" && outcome.code == 3,
            None => {
                verdict == "accepted"
                    && outcome.code == 0
                    && found
                        .iter()
                        .all(|note| note == "ClaimType" && ODD.iter().any(|row| id.starts_with(row)))
                    && report["skipped"] == json!([])
                    && same_claims(&input, &report["claims"], id)
            }
        };
        if !fine {
            let expected = &vector["expect"];
            wrong.push(format!(
                "{id} ({}): want {expected}, got {verdict} {found:?} {} {}",
                vector["comment"],
                outcome.code,
                outcome.stderr.trim()
            ));
        }
    }
    let total: usize = judged.values().sum();
    println!("judged: {judged:?}, {} with another finding first", later.len());
    assert!(wrong.is_empty(), "{} of {total} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(total > 1_000, "suspiciously few vectors: {judged:?}");
    assert!(later.len() * 20 <= total, "{} of {total}:\n{}", later.len(), later.join("\n"));
}

/// Every claim but the replayable ones, as the contract writes values. Expected is what another JSON reader says.
fn same_claims(token: &str, claims: &Value, id: &str) -> bool {
    let payload = payload(token);
    let mut expected = serde_json::Map::new();
    let Some(members) = payload.as_object() else {
        println!("{id}: not read by serde_json");
        return true;
    };
    for (name, value) in members {
        let hidden = ["iss", "sub", "nonce", "sid", "jti", "at_hash", "c_hash", "s_hash", "code", "state"];
        if hidden.contains(&name.as_str()) || value.is_null() {
            continue;
        }
        let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        let text = |value: &Value| match value {
            Value::Null | Value::String(_) => value.clone(),
            other => Value::String(other.to_string()),
        };
        expected.insert(name.clone(), values.iter().map(text).collect());
    }
    let found = claims["attributes"].as_object().unwrap();
    // Numbers are shown as they are written; the other reader writes floats in its own way.
    let same = |a: &Value, b: &Value| {
        let number = |value: &Value| value[0].as_str().and_then(|text| text.parse::<f64>().ok());
        let object =
            |value: &Value| value[0].as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
        a == b
            || (number(a).is_some() && number(a) == number(b))
            || (object(a).is_some() && object(a) == object(b))
    };
    let all = expected.len() == found.len()
        && expected.iter().all(|(name, values)| found.get(name).is_some_and(|found| same(found, values)));
    let same_text =
        |claim: &str, name: &str| claims.get(name) == payload.get(claim).filter(|v| v.is_string());
    if !(all && same_text("iss", "issuer") && same_text("sub", "subject")) {
        println!("{id}: {claims} is not of {payload}");
        return false;
    }
    true
}

fn payload(input: &str) -> Value {
    let token = input.trim().split(['&', '=']).find(|part| part.contains('.')).unwrap_or_default();
    let segment = token.split('.').nth(1).unwrap_or_default();
    let octets = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(segment).unwrap_or_default();
    serde_json::from_slice(&octets).unwrap_or_default()
}

fn checks(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().into_iter().flatten();
    findings.filter_map(|finding| finding["check"].as_str().map(str::to_owned)).collect()
}

fn vectors() -> Vec<Value> {
    let folder = Path::new(crate::ROOT).join("testdata/oidc");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let json = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "json");
    let read =
        |path: &PathBuf| serde_json::from_str::<Vec<Value>>(&std::fs::read_to_string(path).unwrap()).unwrap();
    files.iter().filter(json).flat_map(read).collect()
}

/// Writes an argument to a file that is named after its content.
fn file(content: &[u8]) -> String {
    let name = content.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| {
        (hash ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3)
    });
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("troubleshoot_oidc");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{name:016x}-{}", content.len()));
    if !path.exists() {
        // Several tests may want the same file.
        let temporary = path.with_extension(format!("{:?}", std::thread::current().id()));
        std::fs::write(&temporary, content).unwrap();
        std::fs::rename(temporary, &path).unwrap();
    }
    path.display().to_string()
}

/// Flags and input of a vector; `None` where the command line has no flag for its trust or policy.
fn command(vector: &Value) -> Option<(Vec<String>, String)> {
    let (provider, policy) = (&vector["provider"], &vector["policy"]);
    // `--jwks` takes one key and a list as well; a profile that is none is wrong usage.
    if ["JK-26-4", "JK-26-10"].iter().any(|id| vector["id"] == *id) || vector["row"] == "AT-13" {
        return None;
    }
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let kind = match vector["kind"].as_str().unwrap() {
        "userinfo-plain" => "userinfo",
        kind @ ("id-token" | "access-token" | "logout-token" | "userinfo" | "jarm" | "introspection"
        | "client-assertion") => kind,
        _ => return None,
    };
    let mut flags = vec![format!("--kind={kind}"), format!("--at={}", vector["now"].as_str().unwrap())];
    for (name, value) in provider.as_object().unwrap() {
        flags.push(match name.as_str() {
            // The issuer of a client assertion is the client.
            "issuer" if kind == "client-assertion" => format!("--client-id={}", value.as_str().unwrap()),
            "issuer" | "template" => format!("--issuer={}", value.as_str().unwrap()),
            "tenants" | "algorithms" => {
                let flag = if name == "tenants" { "tenant" } else { "algorithm" };
                match value.as_array() {
                    Some(list) => {
                        flags.extend(list.iter().map(|one| format!("--{flag}={}", one.as_str().unwrap())));
                        continue;
                    }
                    None => format!("--{flag}=any"),
                }
            }
            "alias" => format!("--issuer-alias={}", value.as_str().unwrap()),
            "jwks" => format!("--jwks={}", file(value.to_string().as_bytes())),
            "jwks_text" => format!("--jwks={}", file(value.as_str().unwrap().as_bytes())),
            "discovery" => {
                format!("--discovery={}", file(text(value).unwrap_or(value.to_string()).as_bytes()))
            }
            _ => return None,
        });
    }
    let front_channel = policy["front_channel"] == true;
    let mut token = match &vector["token"] {
        Value::String(token) => token.clone(),
        pieces => pieces
            .as_array()
            .unwrap()
            .iter()
            .map(|piece| {
                piece[0].as_str().unwrap().repeat(usize::try_from(piece[1].as_u64().unwrap()).unwrap())
            })
            .collect(),
    };
    for (name, value) in policy.as_object().unwrap() {
        let flag = match (name.as_str(), value) {
            ("client_id" | "audience", Value::String(id)) => format!("--client-id={id}"),
            ("nonce", Value::String(nonce)) => format!("--nonce={nonce}"),
            ("nonce", Value::Null) | ("front_channel", _) => continue,
            ("server", Value::String(server)) => format!("--issuer={server}"),
            ("acr" | "amr" | "other_audiences" | "other_parties" | "scopes", Value::Array(list)) => {
                let flag = match name.as_str() {
                    "other_audiences" => "other-audience",
                    "other_parties" => "other-party",
                    "scopes" => "scope",
                    same => same,
                };
                flags.extend(list.iter().map(|one| format!("--{flag}={}", one.as_str().unwrap())));
                continue;
            }
            ("leeway", seconds) => format!("--leeway={seconds}"),
            ("max_age", seconds) => format!("--max-age={seconds}"),
            ("subject", Value::String(subject)) => format!("--subject={subject}"),
            ("profile", Value::String(profile)) => format!("--profile={profile}"),
            ("state", Value::String(state)) if kind == "jarm" => format!("--state={state}"),
            ("access_token" | "code", Value::String(value)) if front_channel => {
                token = if token.starts_with("id_token=") { token } else { format!("id_token={token}") };
                token = format!("{token}&{name}={value}");
                if !flags.contains(&"--state=st".to_owned()) {
                    token.push_str("&state=st");
                    flags.push("--state=st".to_owned());
                }
                continue;
            }
            ("access_token", Value::String(value)) => format!("--access-token={value}"),
            ("code", Value::String(value)) => format!("--code={value}"),
            ("client_certificate", Value::String(octets)) => {
                format!("--client-cert={}", file(octets.as_bytes()))
            }
            ("dpop", proof) => {
                flags.push(format!("--http-method={}", proof["method"].as_str().unwrap()));
                flags.push(format!("--http-uri={}", proof["uri"].as_str().unwrap()));
                format!("--dpop={}", file(format!("{}\n", proof["token"].as_str().unwrap()).as_bytes()))
            }
            _ => return None,
        };
        flags.push(flag);
    }
    if kind == "id-token" && policy["nonce"].is_null() {
        flags.push("--no-nonce".to_owned());
    }
    // As a file has it: the line end is not part of the token. (One more octet would make another line end of a last CR.)
    let end = if token.ends_with('\r') { "" } else { "\n" };
    Some((flags, token + end))
}

/// A clock that stands still, so that a test that reads it by mistake is at least repeatable.
fn clock() -> time::OffsetDateTime {
    time::OffsetDateTime::UNIX_EPOCH
}

fn troubleshoot(arguments: &[String], stdin: &[u8]) -> Outcome {
    let world = World { clock, random: || Some([7; 32]), colour: false };
    let arguments = std::iter::once("troubleshoot".into()).chain(arguments.iter().map(OsString::from));
    run(arguments, &mut &stdin[..], &world)
}

fn check(flags: &[String], more: &[&str], input: &[u8]) -> Outcome {
    let mut arguments = vec!["check".to_owned(), "-".to_owned()];
    arguments.extend(flags.iter().cloned());
    arguments.extend(more.iter().map(|flag| (*flag).to_owned()));
    troubleshoot(&arguments, input)
}

/// Code, verdict and checks of one run with the report as JSON.
fn judge(flags: &[String], more: &[&str], input: &str) -> (u8, String, Vec<String>) {
    let outcome = check(flags, &[&["--format", "json"], more].concat(), input.as_bytes());
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{outcome:?}"));
    (outcome.code, report["verdict"].as_str().unwrap().to_owned(), checks(&report))
}

fn accepted() -> (u8, String, Vec<String>) {
    (0, "accepted".to_owned(), Vec::new())
}

fn denied(check: &str) -> (u8, String, Vec<String>) {
    (2, "denied".to_owned(), vec![check.to_owned()])
}

#[test]
fn nothing_of_a_person_or_session_leaves_by_default() {
    let mut leaks = Vec::new();
    let mut looked = 0;
    for vector in vectors() {
        let Some((flags, input)) = command(&vector).filter(|(_, input)| input.len() < 10_000) else {
            continue;
        };
        let claims = payload(&input);
        let configured = |text: &str| flags.iter().any(|flag| flag.contains(text) && !flag.contains("nonce"));
        let texts = |names: &[&str]| -> Vec<String> {
            let found = names.iter().filter_map(|name| claims[*name].as_str());
            found.filter(|text| text.len() > 4 && !configured(text)).map(str::to_owned).collect()
        };
        let mut sessions = texts(&["nonce", "jti", "sid", "at_hash", "c_hash", "s_hash", "code", "state"]);
        sessions.extend(input.trim().split('.').filter(|part| part.len() > 40).map(str::to_owned));
        // The subject of a client assertion is the client.
        let is_client = flags.iter().any(|flag| flag == "--kind=client-assertion");
        let persons =
            if is_client { Vec::new() } else { texts(&["sub", "email", "name", "preferred_username"]) };
        for (format, reveal) in [("human", false), ("json", false), ("json", true)] {
            let more: &[&str] = if reveal { &["--reveal", "person"] } else { &[] };
            let text = check(&flags, &[&["--format", format], more].concat(), input.as_bytes()).stdout;
            let hidden = persons.iter().filter(|_| !reveal).chain(&sessions);
            for canary in hidden.filter(|canary| text.contains(canary.as_str())) {
                leaks.push(format!("{} ({format}): {canary}", vector["id"]));
            }
            looked += 1;
        }
    }
    assert!(leaks.is_empty(), "{}:\n{}", leaks.len(), leaks.join("\n"));
    assert!(looked > 3_000, "{looked}");
}

/// A token that is accepted, and its command line.
fn good(id: &str) -> (Vec<String>, String) {
    let vector = vectors().into_iter().find(|vector| vector["id"] == id).unwrap();
    let (flags, input) = command(&vector).unwrap();
    (flags, input.trim_end().to_owned())
}

fn without(flags: &[String], name: &str) -> Vec<String> {
    flags.iter().filter(|flag| !flag.starts_with(name)).cloned().collect()
}

#[test]
fn the_front_channel_is_judged_as_the_login_helper_would() {
    let (flags, token) = good("JC-00-1");
    let judged = |more: &[&str], input: &str| judge(&flags, more, input);
    let at = |rest: &str| format!("https://sp.test/cb#id_token={token}{rest}");
    let state = ["--state", "s 1"];
    for input in [at("&state=s%201"), at("&state=s+1"), format!("id_token={token}&state=s+1")] {
        assert_eq!(judged(&state, &input), accepted(), "{input}");
    }
    assert_eq!(judged(&state, &at("&state=s+1&iss=https%3A%2F%2Fidp.test")), accepted());
    for (input, check) in [
        (at("&state=other"), "StateMismatch"),
        (at("&state="), "StateMismatch"),
        (at(""), "StateMismatch"),
        (at("&state=s+1&state=s+1"), "ParamDuplicate"),
        (at("&state=s+1&iss=https%3A%2F%2Fevil.test"), "IssuerMismatch"),
        (at("&state=s+1&iss="), "IssuerMismatch"),
    ] {
        assert_eq!(judged(&state, &input), denied(check), "{input}");
    }
    // What was not supplied is listed, and then nothing is accepted.
    let (code, verdict, found) = judged(&[], &at("&state=s+1"));
    assert_eq!((code, verdict.as_str(), found.len()), (3, "undecidable", 0));
    let report = check(&flags, &[], at("&state=s+1").as_bytes());
    assert!(report.stdout.contains("--state"), "{}", report.stdout);
    // A token in the query, and an error beside one.
    for input in [
        format!("https://sp.test/cb?id_token={token}&state=s+1"),
        at("&state=s+1&error=access_denied"),
        format!("https://sp.test/cb?error=access_denied&state=s+1#id_token={token}"),
    ] {
        let (code, verdict, _) = judged(&state, &input);
        assert_eq!((code, verdict.as_str()), (2, "denied"), "{input}");
    }
    // An issuer that announces `iss` has to send it.
    let issuer = flags.iter().find_map(|flag| flag.strip_prefix("--issuer=")).unwrap();
    let document = json!({
        "issuer": issuer, "jwks_uri": format!("{issuer}/keys"), "authorization_endpoint": format!("{issuer}/a"),
        "token_endpoint": format!("{issuer}/t"), "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
        "authorization_response_iss_parameter_supported": true,
    });
    let discovery = format!("--discovery={}", file(document.to_string().as_bytes()));
    let more = ["--state", "s 1", &discovery];
    assert_eq!(judged(&more, &at("&state=s+1")), denied("IssuerMissing"));
    assert_eq!(judged(&more, &at(&format!("&state=s+1&iss={issuer}"))), accepted());
}

#[test]
fn forms_of_input() {
    let (flags, token) = good("JC-00-1");
    for (input, expected) in [
        (token.clone(), accepted()),
        (format!("{token}\n"), accepted()),
        (format!("{token}\r\n"), accepted()),
        (json!({"id_token": token}).to_string(), accepted()),
        (
            format!("\n {}\n", json!({"id_token": token, "access_token": "opaque", "expires_in": 3})),
            accepted(),
        ),
        (format!("{token}\n\n"), denied("TokenFormat")),
        (format!(" {token}"), denied("TokenFormat")),
        (format!("{token} "), denied("TokenFormat")),
        (format!("\u{feff}{token}"), denied("TokenFormat")),
        (format!("Bearer {token}"), denied("TokenFormat")),
        (format!("\"{token}\""), denied("TokenFormat")),
        (format!("{token}.x"), denied("TokenFormat")),
        (token.replacen('.', "", 1), denied("TokenFormat")),
        (String::new(), denied("TokenFormat")),
        ("hello".to_owned(), denied("TokenFormat")),
        ("[1]".to_owned(), denied("TokenFormat")),
        ("<samlp:Response/>".to_owned(), denied("TokenFormat")),
        (json!({"payload": "x", "signatures": []}).to_string(), denied("TokenFormat")),
        (json!({"access_token": "x"}).to_string(), denied("TokenFormat")),
        (json!({"id_token": {"a": 1}}).to_string(), denied("TokenFormat")),
        (format!("{{\"id_token\":\"x\",\"id_token\":\"{token}\"}}"), denied("DuplicateMember")),
        (format!("id_token=x&id_token={token}"), denied("ParamDuplicate")),
        // Beside a code, the response is one of the authorization endpoint, which binds them.
        (json!({"id_token": token, "code": "c"}).to_string(), denied("HashMissing")),
        (format!("https://sp.test/cb#id_token={token}&code=c"), denied("HashMissing")),
    ] {
        assert_eq!(judge(&flags, &[], &input), expected, "{input}");
    }
    let padded = token.replacen('.', "=.", 1);
    let (code, verdict, found) = judge(&flags, &[], &padded);
    assert_eq!((code, verdict.as_str(), found[0].as_str()), (2, "denied", "SegmentBase64"));
    let report = check(&flags, &["--format", "json"], json!({"id_token": token}).to_string().as_bytes());
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(report["input"]["kind"], "token-response");
    assert_eq!(report["input"]["decoded"], json!(["json", "jwt"]));
}

#[test]
fn a_token_response_has_its_hashes_checked() {
    let (flags, token) = good("JC-38-1");
    let access_token = flags.iter().find_map(|flag| flag.strip_prefix("--access-token=")).unwrap().to_owned();
    let flags = without(&flags, "--access-token");
    let response = |access_token: &str| json!({"id_token": token, "access_token": access_token}).to_string();
    assert_eq!(judge(&flags, &[], &response(&access_token)), accepted());
    assert_eq!(judge(&flags, &[], &response("another")), denied("HashMismatch"));
    assert_eq!(judge(&flags, &[], &token), accepted());
    let of_file = format!("--access-token={}", file(format!("{access_token}\n").as_bytes()));
    assert_eq!(judge(&flags, &[&of_file], &token), accepted());
    let of_file = format!("--access-token=@{}", file(b"another\n"));
    assert_eq!(judge(&flags, &[&of_file], &token), denied("HashMismatch"));
    let contrary = check(&flags, &["--access-token=other"], response(&access_token).as_bytes());
    assert_eq!((contrary.code, contrary.stderr.contains("--access-token")), (64, true));
}

/// The vectors of DPoP proofs, each beside an access token: what is wrong with the proof is found, and nothing is accepted.
#[test]
fn proofs_are_judged_with_the_token() {
    let (flags, token) = good_proof();
    assert_eq!(judge(&flags, &[], &token), accepted());
    assert_eq!(judge(&without(&flags, "--dpop"), &[], &token), denied("BindingMissing"));
    let other = [without(&flags, "--http-method"), vec!["--http-method=DELETE".to_owned()]].concat();
    let (code, verdict, found) = judge(&other, &[], &token);
    assert_eq!((code, verdict.as_str(), found[0].as_str()), (2, "denied", "DpopHtm"));
    let mut count = 0;
    for vector in vectors() {
        let (policy, expected) = (&vector["policy"], vector["expect"]["reject"].as_str());
        let Some(expected) = expected.filter(|_| vector["kind"] == "dpop" && policy["nonce"].is_null())
        else {
            continue;
        };
        let proof = match &vector["token"] {
            Value::String(proof) if !policy["uri"].as_str().unwrap().is_empty() => file(proof.as_bytes()),
            _ => continue,
        };
        let mut flags = without(&without(&without(&flags, "--dpop"), "--http"), "--at");
        flags.push(format!("--dpop={proof}"));
        flags.push(format!("--http-method={}", policy["method"].as_str().unwrap()));
        flags.push(format!("--http-uri={}", policy["uri"].as_str().unwrap()));
        flags.push(format!("--at={}", vector["now"].as_str().unwrap()));
        let (code, _, found) = judge(&flags, &[], &token);
        assert!(code == 2 && found.contains(&expected.to_owned()), "{}: {found:?}", vector["id"]);
        count += 1;
    }
    println!("{count} proofs");
    assert!(count > 50, "{count}");
}

/// An access token that is accepted with its proof.
fn good_proof() -> (Vec<String>, String) {
    let bound = |vector: &Value| {
        vector["kind"] == "access-token"
            && vector["expect"].get("accept").is_some()
            && vector["policy"].get("dpop").is_some()
            && vector["policy"].get("client_certificate").is_none()
    };
    let (flags, input) = command(&vectors().into_iter().find(bound).unwrap()).unwrap();
    (flags, input.trim_end().to_owned())
}

#[test]
fn what_is_not_supplied_makes_a_token_undecidable() {
    let (flags, token) = good("JC-00-1");
    for (left_out, codes) in [
        ("--issuer", &[("OI105", "--issuer")][..]),
        ("--jwks", &[("OI103", "--jwks")]),
        ("--client-id", &[("OI106", "--client-id"), ("OI107", "--client-id")]),
        ("--nonce", &[("OI111", "--nonce")]),
    ] {
        let outcome = check(&without(&flags, left_out), &["--format", "json"], token.as_bytes());
        let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!((outcome.code, report["verdict"].as_str()), (3, Some("undecidable")), "{left_out}");
        let skipped = report["skipped"].as_array().unwrap().iter();
        let skipped: Vec<_> =
            skipped.map(|gap| (gap["code"].as_str().unwrap(), gap["needs"].as_str().unwrap())).collect();
        assert_eq!(skipped, codes, "{left_out}");
        assert!(report.get("claims").is_none());
    }
    // Without any option a token is told by its looks.
    let alone = check(&[], &["--at", "issue-instant", "--format", "json"], token.as_bytes());
    let report: Value = serde_json::from_str(&alone.stdout).unwrap();
    assert_eq!((alone.code, &report["time_source"]), (3, &json!("issue-instant")));
    assert_eq!(report["skipped"].as_array().unwrap().len(), 5);
    // A check that does not need it denies anyhow.
    let late = judge(&without(&flags, "--at"), &["--at", "2027-01-01T00:00:00Z"], &token);
    assert_eq!(late, denied("Expired"));
    let late = judge(&[], &["--at", "2027-01-01T00:00:00Z"], &token);
    assert_eq!((late.0, late.2), (2, vec!["Expired".to_owned()]));
    // UserInfo and JARM need what they answer.
    let vector = |kind: &str| {
        let mut all = vectors().into_iter();
        let found = all.find(|vector| vector["kind"] == kind && vector["expect"].get("accept").is_some());
        command(&found.unwrap()).unwrap()
    };
    for (kind, option) in [("userinfo", "--subject"), ("jarm", "--state")] {
        let (flags, input) = vector(kind);
        let outcome = check(&without(&flags, option), &["--format", "json"], input.as_bytes());
        let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!((outcome.code, &report["skipped"][0]["needs"]), (3, &json!(option)));
        if payload(&input).get("iat").is_none() {
            let outcome = check(&without(&flags, "--at"), &["--at", "issue-instant"], input.as_bytes());
            assert_eq!((outcome.code, outcome.stderr.contains("no iat")), (64, true), "{outcome:?}");
        }
    }
}

#[test]
fn trust_that_cannot_be_used_denies() {
    let (flags, token) = good("JC-00-1");
    let jwks = flags.iter().find_map(|flag| flag.strip_prefix("--jwks=")).unwrap().to_owned();
    let bare = without(&flags, "--jwks");
    let with_jwks = |text: &str| format!("--jwks={}", file(text.as_bytes()));
    assert_eq!(judge(&bare, &[&with_jwks("{}")], &token), denied("JwksMalformed"));
    assert_eq!(judge(&bare, &[&with_jwks("{\"keys\":[]}")], &token), denied("NoTrustedKey"));
    let secret = json!({"keys": [{"kty": "oct", "k": "AAAA"}]}).to_string();
    assert_eq!(judge(&bare, &[&with_jwks(&secret)], &token), denied("KeyPrivateMaterial"));
    let mut other: Value = serde_json::from_str(&std::fs::read_to_string(&jwks).unwrap()).unwrap();
    other["keys"][0]["kid"] = json!("k9");
    let (code, _, found) = judge(&bare, &[&with_jwks(&other.to_string())], &token);
    assert_eq!((code, found), (2, vec!["KeyNotFound".to_owned()]), "keys may have changed since");
    assert_eq!(judge(&without(&flags, "--client-id"), &["--client-id="], &token).2, ["ConfigurationInvalid"]);
    assert_eq!(judge(&without(&flags, "--nonce"), &["--nonce="], &token).2, ["ConfigurationInvalid"]);
    // A discovery document names the issuer; http is refused, and worth a warning on this machine.
    let discovery = |issuer: &str, uri: &str| {
        let document = json!({"issuer": issuer, "jwks_uri": uri, "authorization_endpoint": "https://idp.test/a",
            "id_token_signing_alg_values_supported": ["RS256"]});
        format!("--discovery={}", file(document.to_string().as_bytes()))
    };
    let anonymous = without(&flags, "--issuer");
    assert_eq!(
        judge(&anonymous, &[&discovery("https://idp.test", "https://idp.test/jwks")], &token),
        accepted()
    );
    let plain = discovery("https://idp.test", "http://idp.test/jwks");
    assert_eq!(judge(&anonymous, &[&plain], &token), denied("EndpointInvalid"));
    let warned = judge(&anonymous, &[&discovery("https://idp.test", "http://localhost:8080/jwks")], &token);
    assert_eq!(warned, (1, "accepted".to_owned(), vec!["EndpointInvalid".to_owned()]));
    let other = discovery("https://other.test", "https://idp.test/jwks");
    assert_eq!(judge(&flags, &[&other], &token), denied("IssuerMismatch"));
    assert_eq!(judge(&anonymous, &[&other], &token).2, ["IssuerMismatch"]);
}

#[test]
fn the_html_report_lists_the_keys_and_which_signed() {
    let (flags, token) = good("JC-00-1");
    let jwks = flags.iter().find_map(|flag| flag.strip_prefix("--jwks=")).unwrap();
    let mut set: Value = serde_json::from_str(&std::fs::read_to_string(jwks).unwrap()).unwrap();
    let kid = set["keys"][0]["kid"].as_str().unwrap().to_owned();
    let (mut other, mut unused) = (set["keys"][0].clone(), set["keys"][0].clone());
    other["kid"] = json!("<other>");
    unused["kid"] = json!("for-encryption");
    unused["use"] = json!("enc");
    let keys = set["keys"].as_array_mut().unwrap();
    keys.insert(0, unused);
    keys.insert(0, other);
    let bare = without(&flags, "--jwks");
    let rows = |token: &str| {
        let with_jwks = format!("--jwks={}", file(set.to_string().as_bytes()));
        let html = check(&bare, &[&with_jwks, "--format", "html"], token.as_bytes()).stdout;
        let table = html.split_once("<h2>Trusted keys</h2>").expect("a table of keys").1;
        let table = table.split_once("</table>").unwrap().0;
        table.split("<tr>").skip(2).map(str::to_owned).collect::<Vec<_>>()
    };
    let signed = rows(&token);
    let row = |rows: &[String], name: &str| {
        rows.iter().find(|row| row.contains(&format!("<code>{name}</code>"))).cloned().unwrap_or_default()
    };
    assert!(row(&signed, &kid).contains("its signature holds"), "{signed:?}");
    assert!(!row(&signed, "&lt;other&gt;").contains("holds"), "{signed:?}");
    assert!(row(&signed, "for-encryption").contains("not used: KeyUseForbidden"), "{signed:?}");
    // Another payload under the same header: the key is named, and nothing more.
    let mut parts: Vec<&str> = token.trim().split('.').collect();
    parts[1] = "e30";
    let forged = rows(&parts.join("."));
    assert!(row(&forged, &kid).contains("named by its kid"), "{forged:?}");
    assert!(forged.iter().all(|row| !row.contains("holds")), "{forged:?}");
}

#[test]
fn wrong_usage_is_one_line_and_64() {
    let (flags, token) = good("JC-00-1");
    for (more, part) in [
        (&["--kind=jarm", "--subject=x"][..], "--subject"),
        (&["--dpop=/dev/null"], "--http-method"),
        (&["--kind=userinfo", "--dpop=/dev/null"], "--kind"),
        (&["--dpop=/dev/null", "--http-method=GET", "--http-uri=/x"], "--http-uri"),
        (&["--no-nonce"], "--no-nonce"),
        (&["--kind=other"], "--kind"),
        (&["--access-token=@/nowhere"], "/nowhere"),
    ] {
        let outcome = check(&without(&flags, "--kind"), more, token.as_bytes());
        assert_eq!((outcome.code, outcome.stderr.lines().count()), (64, 1), "{more:?}: {outcome:?}");
        assert!(outcome.stderr.contains(part), "{}", outcome.stderr);
    }
}

/// A file of messages that other software minted.
fn interop(part: &str) -> Option<PathBuf> {
    let roots = [std::env::var_os("BONAFIDE_SHARED").map(PathBuf::from), Some("/work/shared".into())];
    let found =
        roots.into_iter().flatten().map(|root| root.join("interop").join(part)).find(|path| path.exists());
    if found.is_none() {
        println!("SKIPPED: interop/{part} is not here");
    }
    found
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn tokens_of_python_signers() {
    let mut count = 0;
    for name in ["jose-pyjwt", "jose-authlib", "jose-joserfc"] {
        let Some(folder) = interop(name) else { return };
        let expect = read(&folder.join("expect.json"));
        let flags = [
            format!("--issuer={}", expect["iss"].as_str().unwrap()),
            format!("--jwks={}", folder.join("jwks.json").display()),
            format!("--nonce={}", expect["nonce"].as_str().unwrap()),
            format!("--access-token={}", expect["access_token"].as_str().unwrap()),
            "--client-id=rp-1".to_owned(),
            "--at=issue-instant".to_owned(),
        ];
        for path in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.extension().is_none_or(|extension| extension != "jwt") {
                continue;
            }
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let (_, verdict, found) = judge(&flags, &[], &std::fs::read_to_string(&path).unwrap());
            let refused = match stem.as_str() {
                "ES512" | "ES256K" | "Ed448" => Some("AlgUnsupported"),
                nested if nested.starts_with("nested") => Some("JweUnsupported"),
                _ => None,
            };
            let wanted = refused.map_or(verdict == "accepted", |check| found.contains(&check.to_owned()));
            assert!(wanted, "{}: {verdict} {found:?}", path.display());
            count += usize::from(refused.is_none());
        }
    }
    println!("accepted {count}");
    assert!(count >= 27);
}

#[test]
fn messages_of_oidc_provider() {
    let Some(folder) = interop("oidc-provider") else { return };
    let manifest = read(&folder.join("manifest.json"));
    let (mut accepted, mut refused) = (0, 0);
    for (name, facts) in manifest["flow"]["messages"].as_object().unwrap() {
        let mut flags = vec![
            format!("--discovery={}", folder.join("discovery.json").display()),
            format!("--jwks={}", folder.join("jwks.json").display()),
            "--at=2026-11-20T23:31:15Z".to_owned(),
        ];
        let client = facts["client_id"].as_str().unwrap_or("https://api.interop.test");
        flags.push(format!("--client-id={client}"));
        let mut missing = None;
        if name.contains("id_token") {
            flags.push("--nonce=n-interop-0001".to_owned());
            let values = ["access_token", "code"].map(|name| (name, facts[name].as_str()));
            for (name, value) in values.iter().filter_map(|(name, value)| Some((name, (*value)?))) {
                flags.push(format!("--{}={value}", name.replace('_', "-")));
            }
        } else if name.contains("userinfo") {
            flags.extend(["--kind=userinfo".to_owned(), "--subject=alice".to_owned()]);
        } else if name.contains("jarm") {
            flags.extend(["--kind=jarm".to_owned(), "--state=st-interop".to_owned()]);
        } else if name.contains("logout") {
            flags.push("--kind=logout-token".to_owned());
        } else if name.contains("access_token") {
            flags.push("--kind=access-token".to_owned());
            missing = name.starts_with("dpop").then_some("BindingMissing");
        } else {
            continue;
        }
        let (_, verdict, found) = judge(&flags, &[], &std::fs::read_to_string(folder.join(name)).unwrap());
        let check = match client {
            "c-es512" => Some("AlgUnsupported"),
            "c-hs256" | "c-hs512" => Some("AlgForbidden"),
            client if client.starts_with("c-enc-") => Some("JweUnsupported"),
            _ => missing,
        };
        let wanted = check
            .map_or(verdict == "accepted", |check| verdict == "denied" && found.contains(&check.to_owned()));
        assert!(wanted, "{name}: {verdict} {found:?}");
        if check.is_some() { refused += 1 } else { accepted += 1 }
    }
    println!("oidc-provider: {accepted} accepted, {refused} refused as expected");
    assert!(accepted >= 60);
}
