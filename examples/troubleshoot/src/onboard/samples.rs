//! Samples of an integration: good ones are accepted, bad ones refused for the right reason, spoilt ones refused.

use super::{Row, State, name};
use crate::args::{At, Check};
use crate::capture::requests;
use crate::check::{self, CAPTURE, Judged};
use crate::input::{self, Content};
use crate::{Stop, World};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bonafide::diagnosis::{Diagnosis, Verdict};
use bonafide::error::Code;
use std::path::{Path, PathBuf};
use time::Duration;

/// The files, those of folders in order of their names.
pub fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Stop> {
    let mut all = Vec::new();
    for path in paths {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let unusable = |error: std::io::Error| Stop::unusable(format!("samples {}: {error}", path.display()));
        let entries = std::fs::read_dir(path).map_err(unusable)?;
        let mut inside: Vec<PathBuf> =
            entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_file()).collect();
        inside.retain(|path| !name(path).starts_with('.'));
        inside.sort();
        all.extend(inside);
    }
    Ok(all)
}

/// Judges one sample and what can be made of it; true for a login that is accepted.
pub fn judge(path: &Path, under: &Check, world: &World, rows: &mut Vec<Row>) -> bool {
    let mut say = |test: &str, state, said: &str| {
        let row = Row { group: name(path), test: test.to_owned(), state, said: said.to_owned() };
        rows.push(row);
    };
    let wanted = wanted(&name(path));
    let test = match wanted {
        Some(code) => format!("is refused for {code} {}", code.name()),
        None => "is accepted".to_owned(),
    };
    let mut options = under.clone();
    let read = input::read(path, &mut std::io::empty());
    let judged = read.and_then(|octets| {
        settle(&octets, &mut options, &mut say);
        check::judge(&octets, &options, world)
    });
    let judged = match judged {
        Ok(judged) => judged,
        Err(stop) => {
            say(&test, State::Failed, &stop.line);
            return false;
        }
    };
    let (verdict, found) = (judged.diagnosis.verdict(), first(&judged.diagnosis));
    let Some(code) = wanted else {
        match verdict {
            Verdict::Accepted => say(&test, State::Passed, &evidence(&judged.diagnosis)),
            Verdict::Denied => say(&test, State::Failed, &format!("refused: {found}")),
            _ => {
                let gaps = judged.diagnosis.skipped().iter().map(|gap| gap.needs);
                let mut gaps: Vec<&str> = gaps.collect();
                gaps.dedup();
                say(&test, State::Failed, &format!("cannot be judged: needs {}", gaps.join(", ")));
            }
        }
        if verdict != Verdict::Accepted {
            return false;
        }
        spoil(&judged, &options, world, &mut say);
        return true;
    };
    let first_code = judged.diagnosis.findings().first().map(bonafide::diagnosis::Finding::code);
    if verdict == Verdict::Denied && first_code == Some(code) {
        say(&test, State::Passed, &found);
    } else {
        let said =
            if verdict == Verdict::Accepted { "it is accepted".to_owned() } else { format!("found {found}") };
        say(&test, State::Failed, &said);
    }
    false
}

/// A code as a part of a file name: the message must be refused for it.
fn wanted(name: &str) -> Option<Code> {
    let mut parts = name.split(|c: char| !c.is_ascii_alphanumeric());
    parts.find_map(|part| Code::ALL.iter().find(|code| code.as_str().eq_ignore_ascii_case(part)).copied())
}

/// Time, request and nonce, which a sample brings along: what is taken from the message itself is not compared.
fn settle(octets: &[u8], options: &mut Check, say: &mut impl FnMut(&str, State, &str)) {
    let content = input::detect(octets).content;
    if let Content::Capture(capture) = &content {
        let Some(message) = capture.message(None) else { return };
        let asked = requests::saml_id(capture, message.exchange).is_some();
        if options.request_id.is_none() && !options.unsolicited && asked {
            options.request_id = Some(CAPTURE.to_owned());
        }
        if options.nonce.is_none()
            && !options.no_nonce
            && !options.ignore_nonce
            && requests::sent(capture, message.exchange, "nonce").is_some()
        {
            options.nonce = Some(CAPTURE.to_owned());
        }
        if options.state.is_none() && requests::sent(capture, message.exchange, "state").is_some() {
            options.state = Some(CAPTURE.to_owned());
        }
    } else {
        options.at = Some(At::IssueInstant);
    }
    let mut own = |test: &str, value: &mut Option<String>, found: Option<String>| {
        if value.is_none()
            && let Some(found) = found
        {
            *value = Some(found);
            let said = "the sample holds no request, so its answer is not compared: a capture of the whole login would do";
            say(test, State::Skipped, said);
        }
    };
    let (in_response_to, nonce) = own_values(&content);
    if !options.unsolicited {
        own("answers the request", &mut options.request_id, in_response_to);
    }
    own("answers the state that was sent", &mut options.state, state_of(&content));
    if !options.no_nonce && !options.ignore_nonce {
        own("holds the nonce of the request", &mut options.nonce, nonce);
    }
}

/// The state that a response carries.
fn state_of(content: &Content) -> Option<String> {
    let Content::Oidc(crate::oidc::Arrived::Parameters(parameters)) = content else { return None };
    let pairs = parameters.text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(name, _)| *name == "state").find_map(|(_, state)| input::percent_decoded(state))
}

/// InResponseTo of a response, nonce of a token.
fn own_values(content: &Content) -> (Option<String>, Option<String>) {
    let captured = match content {
        Content::Capture(capture) => {
            capture.message(None).map(|message| crate::captured::unwrap(&message).content)
        }
        _ => None,
    };
    let content = captured.as_ref().unwrap_or(content);
    let xml = match content {
        Content::Xml(xml) => Some(xml.clone()),
        Content::FormValue(value) => crate::saml::decode_value(value).ok(),
        Content::FormBody(body) => crate::saml::decode_body(body).ok(),
        _ => None,
    };
    let in_response_to = xml.and_then(|xml| requests::asked(&xml)).and_then(|asked| asked.in_response_to);
    let token = match content {
        Content::Oidc(crate::oidc::Arrived::Token(token)) => Some(token.clone()),
        Content::Oidc(crate::oidc::Arrived::Json(text)) => serde_json::from_str::<serde_json::Value>(text)
            .ok()
            .and_then(|json| json.get("id_token")?.as_str().map(str::to_owned)),
        Content::Oidc(crate::oidc::Arrived::Parameters(parameters)) => parameters
            .text
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| *name == "id_token")
            .map(|(_, token)| token.to_owned()),
        _ => None,
    };
    let nonce = token.and_then(|token| {
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
        claims.get("nonce")?.as_str().map(str::to_owned)
    });
    (in_response_to, nonce)
}

/// The first cause, in words without foreign text.
fn first(diagnosis: &Diagnosis) -> String {
    diagnosis.findings().first().map_or_else(
        || "nothing".to_owned(),
        |finding| format!("{} {}: {}", finding.code(), finding.code().name(), finding.why()),
    )
}

/// What an accepted login brings: names, no values.
fn evidence(diagnosis: &Diagnosis) -> String {
    let names: Vec<&str> = diagnosis
        .claims()
        .map(|claims| claims.attributes().iter().map(|(name, _)| name.as_str()).collect())
        .unwrap_or_default();
    let codes: Vec<String> = diagnosis.findings().iter().map(|finding| finding.code().to_string()).collect();
    let mut said = format!("{} codes passed; attributes: ", diagnosis.passed().len());
    said.push_str(&if names.is_empty() { "none".to_owned() } else { names.join(", ") });
    if !codes.is_empty() {
        said.push_str(&format!("; with {}", codes.join(", ")));
    }
    said
}

/// Everything that must be refused if the sample is accepted.
fn spoil(judged: &Judged, options: &Check, world: &World, say: &mut impl FnMut(&str, State, &str)) {
    let text = String::from_utf8_lossy(&judged.message).into_owned();
    let is_xml = text.trim_start_matches('\u{feff}').trim_start().starts_with('<');
    let mut same = options.clone();
    same.at = Some(At::Instant(judged.now));
    if !is_xml && same.kind == crate::args::Kind::IdToken {
        // What came beside the token does not come with a spoilt one.
        (same.access_token, same.code) = (None, None);
    }
    for value in [&mut same.request_id, &mut same.nonce] {
        if value.as_deref() == Some(CAPTURE) {
            *value = Some("another".to_owned());
        }
    }
    let with = |change: &dyn Fn(&mut Check)| {
        let mut options = same.clone();
        change(&mut options);
        options
    };
    let another = |value: &str| format!("{}/another", value.trim_end_matches('/'));
    let mut tries: Vec<(&str, Option<String>, Check)> = Vec::new();
    let (altered, unsigned) = if is_xml {
        (altered_xml(&text), unsigned_xml(&text))
    } else {
        (altered_token(&text), unsigned_token(&text))
    };
    tries.push(("refuses it altered", altered, same.clone()));
    tries.push(("refuses it unsigned", unsigned, same.clone()));
    let late = with(&|options| options.at = Some(At::Instant(judged.now + Duration::days(400))));
    tries.push(("refuses it a year late", Some(text.clone()), late));
    if is_xml {
        let audience = with(&|o| o.sp_entity_id = o.sp_entity_id.as_deref().map(another));
        tries.push(("refuses it for another service", Some(text.clone()), audience));
        let recipient = with(&|o| o.acs.iter_mut().for_each(|url| *url = another(url)));
        tries.push(("refuses it at another address", Some(text.clone()), recipient));
        if !same.unsolicited {
            let request = with(&|o| o.request_id = Some("_another-request".to_owned()));
            tries.push(("refuses it for another request", Some(text.clone()), request));
        }
    } else {
        let audience = with(&|o| o.client_id = o.client_id.as_deref().map(another));
        tries.push(("refuses it for another client", Some(text.clone()), audience));
        if !same.no_nonce {
            let nonce = with(&|o| o.nonce = Some("another-nonce".to_owned()));
            tries.push(("refuses it with another nonce", Some(text.clone()), nonce));
        }
    }
    for (test, message, options) in tries {
        let Some(message) = message else {
            say(test, State::Skipped, "the message has nothing to change");
            continue;
        };
        match check::judge(message.as_bytes(), &options, world).map(|judged| judged.diagnosis) {
            Ok(diagnosis) if diagnosis.verdict() == Verdict::Denied => {
                let code = diagnosis.findings().first().map(bonafide::diagnosis::Finding::code);
                let said = code.map_or_else(String::new, |code| format!("{code} {}", code.name()));
                say(test, State::Passed, &said);
            }
            Ok(_) => say(test, State::Failed, "it was not refused: do not go live, and report this"),
            Err(stop) => say(test, State::Failed, &stop.line),
        }
    }
}

/// One letter of the last text that a person stands behind, changed.
fn altered_xml(xml: &str) -> Option<String> {
    let end = ["AttributeValue>", "NameID>"].iter().find_map(|tag| {
        xml.match_indices(tag)
            .map(|(at, _)| at)
            .filter_map(|at| xml[..at].rfind("</"))
            .find(|end| xml[..*end].chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric()))
    })?;
    let (before, after) = xml.split_at(end);
    let last = before.chars().next_back()?;
    let other = if last == 'x' { 'y' } else { 'x' };
    Some(format!("{}{other}{after}", &before[..before.len() - 1]))
}

/// Without any signature.
fn unsigned_xml(xml: &str) -> Option<String> {
    let mut rest = xml.to_owned();
    let mut removed = false;
    while let Some(start) = rest.match_indices("Signature").map(|(at, _)| at).find_map(|at| {
        let open = rest[..at].rfind('<')?;
        let tag = rest[open + 1..].split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next()?;
        (tag.rsplit(':').next() == Some("Signature")).then_some(open)
    }) {
        let tag = rest[start + 1..].split(|c: char| c.is_whitespace() || c == '>').next()?.to_owned();
        let close = format!("</{tag}>");
        let end = start + rest[start..].find(&close)? + close.len();
        rest.replace_range(start..end, "");
        removed = true;
    }
    removed.then_some(rest)
}

/// Another `iat`, under the same signature.
fn altered_token(token: &str) -> Option<String> {
    let [header, claims, signature] = token.split('.').collect::<Vec<_>>().try_into().ok()?;
    let mut json: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    json.as_object_mut()?.insert("bonafide_altered".to_owned(), true.into());
    Some(format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(json.to_string())))
}

/// `alg` none, no signature.
fn unsigned_token(token: &str) -> Option<String> {
    let claims = token.split('.').nth(1)?;
    Some(format!("{}.{claims}.", URL_SAFE_NO_PAD.encode("{\"alg\":\"none\"}")))
}
