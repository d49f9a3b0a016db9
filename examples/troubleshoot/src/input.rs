//! What is this? Files, and the detection of the form in which a message arrived. The library itself never guesses.

use super::capture::{self, Capture};
use super::{Stop, oidc};
use base64::Engine as _;
use bonafide::check::Check;
use bonafide::error::{Error, Failure, Protocol, Reason, Rejection};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// An input and how it was unwrapped so far, outermost form first.
#[derive(Debug)]
pub struct Detected {
    pub steps: Vec<&'static str>,
    pub content: Content,
}

/// What arrived, as far as it can be told without judging it.
#[derive(Debug)]
pub enum Content {
    /// Anything that is to be read as XML, good or bad: the checks of the library say what is wrong with it.
    Xml(Vec<u8>),
    /// The value of a form field: base64 for the library to decode.
    FormValue(String),
    /// The body of a form.
    FormBody(String),
    /// The value of a URL parameter that cannot be read, where a login response does not belong anyway.
    RedirectResponse,
    /// XML out of the compressed form that messages have in URLs.
    Redirected(Redirected),
    /// A token or a token response.
    Oidc(oidc::Arrived),
    /// What a browser recorded.
    Capture(Box<Capture>),
    /// An input that is refused before it is unwrapped.
    Broken(Error),
    /// Something else, by name.
    Other(&'static str),
}

/// A message out of a URL, or out of the value of its parameter.
#[derive(Debug)]
pub struct Redirected {
    pub xml: Vec<u8>,
    /// The URL exactly as it was recorded.
    pub url: Option<String>,
    /// The value by itself, where there was no URL.
    pub value: Option<String>,
    pub steps: &'static [&'static str],
}

/// Reads INPUT: a path or `-`.
pub fn read(path: &Path, stdin: &mut dyn Read) -> Result<Vec<u8>, Stop> {
    if path.as_os_str() == "-" {
        return bounded(stdin).map_err(|why| Stop::unusable(format!("standard input: {why}")));
    }
    let unusable = |why: String| Stop::unusable(format!("input {}: {why}; give a file or -", path.display()));
    let mut file = File::open(path).map_err(|error| unusable(error.to_string()))?;
    bounded(&mut file).map_err(unusable)
}

/// Reads the file of an option.
pub fn option_file(option: &str, path: &Path) -> Result<Vec<u8>, Stop> {
    let usage =
        |why: String| Stop::usage(format!("{option} {}: {why}; give a readable file", path.display()));
    let mut file = File::open(path).map_err(|error| usage(error.to_string()))?;
    bounded(&mut file).map_err(usage)
}

/// The value of an option that may stand in a file: `@FILE`. One line end at the end of the file is not part of it.
pub fn secret(option: &str, value: &str) -> Result<String, Stop> {
    let Some(path) = value.strip_prefix('@') else { return Ok(value.to_owned()) };
    let octets = option_file(option, Path::new(path))?;
    let text = String::from_utf8(octets)
        .map_err(|_| Stop::usage(format!("{option} {value}: the file is not UTF-8")))?;
    Ok(text
        .strip_suffix('\n')
        .map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text))
        .to_owned())
}

/// At most one byte more than the limit.
fn bounded(source: &mut dyn Read) -> Result<Vec<u8>, String> {
    let mut octets = Vec::new();
    source.take(INPUT_BYTES + 1).read_to_end(&mut octets).map_err(|error| error.to_string())?;
    Ok(octets)
}

/// Tells the form of the input. What is not clearly something else is left to the checks of the library.
pub fn detect(input: &[u8]) -> Detected {
    if input.len() as u64 > INPUT_BYTES {
        let error = refusal(Check::LimitInputSize, "the input is larger than 64 MiB");
        return Detected { steps: Vec::new(), content: Content::Broken(error) };
    }
    let mut steps = Vec::new();
    let Ok(text) = std::str::from_utf8(input) else {
        return Detected { steps: vec!["xml"], content: Content::Xml(input.to_vec()) };
    };
    let mut text = text.to_owned();
    for _ in 0..ROUNDS {
        let content = match unwrap(&text) {
            Unwrapped::Content(content) => content,
            Unwrapped::Percent => match percent_decoded(&text) {
                Some(decoded) => {
                    steps.push("percent");
                    text = decoded;
                    continue;
                }
                // Not percent-encoding after all: the library says what is wrong with the value.
                None => Content::FormValue(text.clone()),
            },
        };
        steps.extend(step(&content));
        return Detected { steps, content };
    }
    let why = "percent-encoded more than three times";
    Detected { steps, content: Content::Broken(refusal(Check::RedirectEncoding, why)) }
}

enum Unwrapped {
    Content(Content),
    Percent,
}

fn unwrap(text: &str) -> Unwrapped {
    let trimmed = text.trim_start_matches('\u{feff}').trim();
    let first = trimmed.chars().next();
    Unwrapped::Content(match first {
        Some('{' | '[') => json(trimmed),
        _ if trimmed.contains('<') || trimmed.is_empty() => Content::Xml(text.into()),
        _ if trimmed.starts_with("-----BEGIN ") => Content::Other("PEM"),
        _ if is_url(trimmed) => url(trimmed),
        _ if FORM_FIELDS.iter().any(|name| has_field(trimmed, name)) => form(trimmed),
        _ if OIDC_FIELDS.iter().any(|name| has_field(trimmed, name)) => parameters(trimmed),
        _ if is_token(trimmed) => Content::Oidc(oidc::Arrived::Token(oidc::exact(text).to_owned())),
        _ if trimmed.contains('%') => return Unwrapped::Percent,
        _ if is_like_base64(trimmed) => match compressed(trimmed) {
            Some(xml) => {
                let (url, value) = (None, Some(text.to_owned()));
                Content::Redirected(Redirected { xml, url, value, steps: &["base64", "inflate", "xml"] })
            }
            None => Content::FormValue(text.to_owned()),
        },
        _ => Content::Xml(text.into()),
    })
}

/// The body of a form: of a login response, unless there is a request in it and no response.
fn form(body: &str) -> Content {
    let field = |name: &str| {
        let pair = body.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
        pair.and_then(|(_, value)| percent_decoded(value))
    };
    match field("SAMLRequest")
        .filter(|_| !has_field(body, "SAMLResponse"))
        .and_then(|value| plain_base64(&value))
    {
        Some(xml) => {
            let (url, value) = (None, None);
            Content::Redirected(Redirected { xml, url, value, steps: &["form", "base64", "xml"] })
        }
        None => Content::FormBody(body.to_owned()),
    }
}

/// Base64 of something that starts with `<` or a byte order mark, however damaged, or nothing but base64.
fn is_like_base64(text: &str) -> bool {
    let alphabet = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_');
    matches!(text.as_bytes(), [b'P', b'A'..=b'P', ..] | [b'7', b'7', b'u', b'/', ..])
        || text.bytes().all(|b| alphabet(b) || b.is_ascii_whitespace())
}

fn step(content: &Content) -> &'static [&'static str] {
    match content {
        Content::Xml(_) => &["xml"],
        Content::FormValue(_) => &["base64"],
        Content::FormBody(_) => &["form"],
        Content::RedirectResponse => &["redirect"],
        Content::Redirected(message) => message.steps,
        Content::Oidc(oidc::Arrived::Token(_)) => &["jwt"],
        Content::Oidc(oidc::Arrived::Json(_)) => &["json"],
        Content::Oidc(oidc::Arrived::Parameters(_)) => &["form"],
        Content::Capture(capture) if capture.form == "har" => &["har"],
        Content::Capture(_) => &["saml-tracer"],
        Content::Broken(_) | Content::Other(_) => &[],
    }
}

fn json(text: &str) -> Content {
    let value: serde_json::Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(_) if text.contains("\"entries\"") || text.contains("\"requests\"") => {
            let why = "a capture that is cut off or damaged: export it again";
            return Content::Broken(refusal(Check::JsonMalformed, why));
        }
        Err(_) => serde_json::Value::Null,
    };
    if let Some(capture) = capture::read(&value) {
        return Content::Capture(Box::new(capture));
    }
    if value.get("keys").is_some_and(serde_json::Value::is_array) {
        return Content::Other("a key set");
    }
    Content::Oidc(oidc::Arrived::Json(text.to_owned()))
}

fn is_url(text: &str) -> bool {
    let scheme = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    (scheme.starts_with("http://") || scheme == "https://" || text.starts_with('?'))
        && !text.contains(char::is_whitespace)
}

/// The query of a redirect URL with a SAML message, as it was received. Given alone, it is one when a signature stands in it.
pub fn redirect_query(input: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(input).ok()?.trim_start_matches('\u{feff}').trim();
    let query = if is_url(text) {
        text.split_once('?')?.1
    } else if (has_field(text, "SigAlg") || has_field(text, "Signature")) && !text.contains(['<', '{']) {
        text
    } else {
        return None;
    };
    let names = || query.split('&').filter_map(|pair| pair.split('=').next());
    names().any(|name| matches!(name, "SAMLRequest" | "SAMLResponse")).then(|| query.to_owned())
}

fn url(text: &str) -> Content {
    let parameters =
        text.split_once(['?', '#']).map_or("", |(_, parameters)| parameters).replace(['#', '?'], "&");
    for name in ["SAMLResponse", "SAMLRequest"] {
        if has_field(&parameters, name) {
            return redirected(text, &parameters, name);
        }
    }
    if OIDC_FIELDS.iter().any(|name| has_field(&parameters, name)) {
        let query = text.split('#').next().and_then(|before| before.split_once('?'));
        let in_query =
            query.is_some_and(|(_, query)| has_field(query, "id_token") || has_field(query, "access_token"));
        return Content::Oidc(oidc::Arrived::Parameters(oidc::Parameters { text: parameters, in_query }));
    }
    Content::Other("a URL without a message")
}

/// The message in a parameter of a URL.
fn redirected(url: &str, parameters: &str, name: &str) -> Content {
    let mut values =
        parameters.split('&').filter_map(|pair| pair.split_once('=')).filter(|(key, _)| *key == name);
    let value = values.next().map_or("", |(_, value)| value);
    if values.next().is_some() {
        let why = "the parameter of the message occurs twice in the URL";
        return Content::Broken(refusal(Check::ParamDuplicate, why));
    }
    let value = percent_decoded(value).unwrap_or_default();
    let (xml, steps): (_, &[&str]) = match (compressed(&value), plain_base64(&value)) {
        (Some(xml), _) => (xml, &["redirect", "base64", "inflate", "xml"]),
        (None, Some(xml)) => (xml, &["redirect", "base64", "xml"]),
        (None, None) if name == "SAMLResponse" => return Content::RedirectResponse,
        (None, None) => {
            let why = "the SAMLRequest in the URL is cut off or damaged: it is not compressed XML in base64";
            return Content::Broken(refusal(Check::RedirectEncoding, why));
        }
    };
    Content::Redirected(Redirected { xml, url: Some(url.to_owned()), value: None, steps })
}

/// XML out of base64 of raw DEFLATE (SAML bindings 3.4.4.1), if it is that.
pub fn compressed(value: &str) -> Option<Vec<u8>> {
    let octets = octets_of_base64(value).filter(|octets| !starts_like_xml(octets))?;
    inflated(&octets).filter(|xml| starts_like_xml(xml))
}

fn plain_base64(value: &str) -> Option<Vec<u8>> {
    octets_of_base64(value).filter(|octets| starts_like_xml(octets))
}

fn octets_of_base64(value: &str) -> Option<Vec<u8>> {
    let value: String = value.split_ascii_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(value).ok()
}

fn starts_like_xml(octets: &[u8]) -> bool {
    octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets).trim_ascii_start().starts_with(b"<")
}

/// A gzip member without optional fields, as some recorders leave the body of a response.
pub fn gunzipped(octets: &[u8]) -> Option<Vec<u8>> {
    let deflated = octets.strip_prefix(&[0x1f, 0x8b, 8, 0])?.get(6..)?;
    // Checksum and length follow the compressed octets.
    inflated(deflated.get(..deflated.len().checked_sub(8)?)?)
}

/// Raw DEFLATE undone; `None` where it is not that, or more than a message may be.
fn inflated(octets: &[u8]) -> Option<Vec<u8>> {
    miniz_oxide::inflate::decompress_to_vec_with_limit(octets, MESSAGE_BYTES).ok()
}

fn has_field(form: &str, name: &str) -> bool {
    form.split('&').any(|pair| pair.split_once('=').is_some_and(|(key, _)| key == name))
}

fn parameters(form: &str) -> Content {
    Content::Oidc(oidc::Arrived::Parameters(oidc::Parameters { text: form.to_owned(), in_query: false }))
}

/// A compact token: segments of base64url between dots, or whatever starts like a JOSE header.
fn is_token(text: &str) -> bool {
    let segment = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let dots = text.bytes().filter(|b| *b == b'.').count();
    text.starts_with("eyJ") || (matches!(dots, 2 | 4) && text.split('.').all(segment))
}

/// Percent-encoding undone; `+` stays, because here it is base64.
pub fn percent_decoded(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        octets.push(if byte == b'%' {
            let digits = [bytes.next()?, bytes.next()?].map(|b| char::from(b).to_digit(16));
            u8::try_from(digits[0]? * 16 + digits[1]?).ok()?
        } else {
            byte
        });
    }
    String::from_utf8(octets).ok()
}

pub fn refusal(check: Check, why: &'static str) -> Error {
    Error::from(Rejection::new(Protocol::Saml, Failure::at(check, "", Reason::Stated(why))))
}

/// HAR files of a long session are tens of megabytes; beyond this it is the wrong file.
const INPUT_BYTES: u64 = 64 * 1024 * 1024;

/// XML of one message, as the library reads it at most.
const MESSAGE_BYTES: usize = bonafide::limits::XmlLimits::MESSAGE.input_bytes;

/// What a login form holds.
const FORM_FIELDS: [&str; 3] = ["SAMLResponse", "SAMLRequest", "RelayState"];

/// What a response of an authorization endpoint holds: a token, or the response as a token (JARM).
const OIDC_FIELDS: [&str; 5] = ["id_token", "access_token", "response", "logout_token", "client_assertion"];

/// Percent-encoding is undone at most this often.
const ROUNDS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(input: &[u8]) -> (String, &'static str) {
        let detected = detect(input);
        let name = match detected.content {
            Content::Xml(_) => "xml",
            Content::FormValue(_) => "value",
            Content::FormBody(_) => "body",
            Content::RedirectResponse => "redirect",
            Content::Redirected(_) => "redirected",
            Content::Oidc(oidc::Arrived::Token(_)) => "token",
            Content::Oidc(oidc::Arrived::Json(_)) => "json",
            Content::Oidc(oidc::Arrived::Parameters(_)) => "parameters",
            Content::Capture(_) => "capture",
            Content::Broken(_) => "broken",
            Content::Other(what) => what,
        };
        (detected.steps.join(" "), name)
    }

    #[test]
    fn forms_of_input() {
        for (input, steps, name) in [
            (&b"<a/>"[..], "xml", "xml"),
            (b"\xef\xbb\xbf<a/>", "xml", "xml"),
            (b"\xff\xfe<\0a\0/\0>\0", "xml", "xml"),
            (b"", "xml", "xml"),
            (b"junk before <a/>", "xml", "xml"),
            (b"PHNhbWxwOlJlc3BvbnNl", "base64", "value"),
            (b"PHNh\r\nbWxw\nOlJl", "base64", "value"),
            (b"PHN!", "base64", "value"),
            (b"PHNh%2Bw%3D%3D", "percent base64", "value"),
            (b"PHNh%252Bw%253D%253D", "percent percent base64", "value"),
            (b"%3Ca%2F%3E", "percent xml", "xml"),
            (b"PHNh%2", "base64", "value"),
            (b"PHNh\0bWxw", "base64", "value"),
            (b"no message at all", "base64", "value"),
            (b"no message, at all", "xml", "xml"),
            (b"RelayState=x", "form", "body"),
            (b"SAMLResponse=PHNh%2Bw%3D%3D&RelayState=x", "form", "body"),
            (b"RelayState=x&SAMLResponse=PHNh", "form", "body"),
            (b"https://sp.test/acs?SAMLResponse=fZJ&RelayState=x", "redirect", "redirect"),
            (b"https://idp.test/sso?SAMLRequest=fZJ&RelayState=x", "", "broken"),
            (b"https://idp.test/sso?SAMLRequest=s0nUtwMA&x=y", "redirect base64 inflate xml", "redirected"),
            (b"https://idp.test/sso?SAMLRequest=s0nUtwMA&SAMLRequest=s0nUtwMA", "", "broken"),
            (b"s0nUtwMA", "base64 inflate xml", "redirected"),
            (b"s0nUtwMA%0A", "percent base64 inflate xml", "redirected"),
            (b"https://sp.test/cb#id_token=eyJh.eyJi.c&state=x", "form", "parameters"),
            (b"https://sp.test/", "", "a URL without a message"),
            (b"eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "jwt", "token"),
            (b"eyJhbGciOiJSUzI1NiJ9", "jwt", "token"),
            (br#"{"id_token":"x"}"#, "json", "json"),
            (br#"{"log":{"entries":[]}}"#, "har", "capture"),
            (br#"{"requests":[]}"#, "saml-tracer", "capture"),
        ] {
            assert_eq!(kind(input), (steps.to_owned(), name), "{}", String::from_utf8_lossy(input));
        }
    }
}
