//! `sanitize`: a copy that is safe to share. What is not known to be harmless is left out, and what was removed is listed.

use super::capture::{Capture, Exchange, Kind, is_masked};
use super::input::{Content, Detected};
use super::markup::{self, Piece, class, class_of_member, local, pieces};
use super::trace::place;
use super::{OK, Outcome, Stop, World, idp_errors, input, names, oidc, output, saml};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bonafide::characters::escape_hidden_json;
use bonafide::diagnosis::Redactor;
use bonafide::error::Class;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  troubleshoot sanitize login.har -o login.clean.har")]
pub struct Options {
    /// HAR, SAML-tracer export, XML, form value, token; - reads standard input
    pub input: PathBuf,
    /// New file for the copy, readable by its owner only; - writes to standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Key for pseudonyms, so that several copies can be linked; a new file gets a new key [default: a random key]
    #[arg(long, value_name = "FILE")]
    pub pseudonym_key: Option<PathBuf>,
}

pub fn run(options: &Options, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    let octets = input::read(&options.input, stdin)?;
    let redactor = output::shared(options.pseudonym_key.as_deref(), world)?;
    let (copy, removed) = clean(&octets, redactor)?;
    let mut list = String::new();
    for (what, count) in &removed {
        let _ = writeln!(list, "removed  {count:>4}  {what}");
    }
    if removed.is_empty() {
        list.push_str("removed     0  nothing had to be\n");
    }
    list.push_str("note     signatures do not hold over the copy; look through it before you share it\n");
    if options.output.as_os_str() == "-" {
        return Ok(Outcome { code: OK, stdout: copy, stderr: list });
    }
    write_private("-o", &options.output, copy.as_bytes())?;
    let _ = writeln!(list, "written  {}", options.output.display());
    Ok(Outcome::report(OK, list))
}

/// The copy of an input, and what was removed.
pub fn clean(octets: &[u8], redactor: Redactor) -> Result<(String, BTreeMap<&'static str, usize>), Stop> {
    let Detected { content, .. } = input::detect(octets);
    let mut cleaner = Cleaner { redactor, removed: BTreeMap::new() };
    let unreadable = || Stop::unusable("the input cannot be read, so nothing in it can be called harmless");
    let copy = match content {
        Content::Capture(capture) => cleaner.capture(&capture),
        Content::Xml(xml) => cleaner.xml(std::str::from_utf8(&xml).unwrap_or("<")).ok_or_else(unreadable)?,
        Content::FormValue(value) => cleaner.form_value(&value).ok_or_else(unreadable)?,
        Content::FormBody(body) => {
            let xml = saml::decode_body(&body).map_err(|_| unreadable())?;
            cleaner.count("RelayState and other fields of the form");
            cleaner.xml(&String::from_utf8_lossy(&xml)).ok_or_else(unreadable)?
        }
        Content::Redirected(message) => {
            cleaner.count("parameters of URLs beside the message");
            cleaner.xml(std::str::from_utf8(&message.xml).unwrap_or("<")).ok_or_else(unreadable)?
        }
        Content::Oidc(oidc::Arrived::Token(token)) => cleaner.token(&token).ok_or_else(unreadable)?,
        Content::Oidc(oidc::Arrived::Json(text)) => {
            let json = serde_json::from_str(&text).map_err(|_| unreadable())?;
            escape_hidden_json(&super::output::pretty(&cleaner.claims(&json)))
        }
        _ => return Err(unreadable()),
    };
    Ok((copy, cleaner.removed))
}

/// A new file that only its owner can read.
pub fn write_private(option: &str, path: &Path, octets: &[u8]) -> Result<(), Stop> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut file| file.write_all(octets))
        .map_err(|error| Stop::usage(format!("{option} {}: {error}; give a new file", path.display())))
}

struct Cleaner {
    redactor: Redactor,
    removed: BTreeMap<&'static str, usize>,
}

impl Cleaner {
    fn count(&mut self, what: &'static str) {
        *self.removed.entry(what).or_default() += 1;
    }

    /// A pseudonym that keeps the form of an address.
    fn person(&mut self, text: &str) -> String {
        if text.trim().is_empty() {
            return text.to_owned();
        }
        self.count("values of persons (pseudonyms stand in their place)");
        let shown = self.redactor.show_text(text, Class::Person);
        let name = shown.split(' ').next().unwrap_or_default().to_owned();
        if text.contains('@') { format!("{name}@removed.invalid") } else { name }
    }

    /// Ids still fit each other, and nothing else.
    fn id(&mut self, text: &str) -> String {
        self.count("ids of messages and sessions (pseudonyms stand in their place)");
        let (hash, id) = text.strip_prefix('#').map_or(("", text), |id| ("#", id));
        let shown = self.redactor.show_text(id, Class::Person);
        format!("{hash}_{}", shown.split(' ').next().unwrap_or_default())
    }

    /// The name as it stands, or a pseudonym where it is not a known one.
    fn name(&mut self, name: &str, shown: fn(&str, &Redactor) -> String) -> String {
        let shown = shown(name, &self.redactor);
        if shown != name {
            self.count("names that no standard knows (pseudonyms stand in their place)");
        }
        shown
    }

    fn gone(&mut self, what: &'static str) -> String {
        self.count(what);
        REMOVED.to_owned()
    }

    fn xml(&mut self, xml: &str) -> Option<String> {
        let mut copy = String::new();
        let mut path: Vec<&str> = Vec::new();
        for piece in pieces(xml)? {
            match piece {
                Piece::Open { name, attributes, empty } => {
                    path.push(name);
                    copy.push('<');
                    copy.push_str(&self.name(name, names::of_xml));
                    for (attribute, raw) in attributes {
                        // As a reader of XML takes white space that is written as it is.
                        let value =
                            markup::unescaped(&raw.replace("\r\n", " ").replace(['\t', '\n', '\r'], " "));
                        let value = match class(&path, Some(attribute), &value) {
                            Class::Protocol | Class::Tenant => value,
                            Class::Person => self.person(&value),
                            _ => self.id(&value),
                        };
                        let _ = write!(
                            copy,
                            " {}=\"{}\"",
                            self.name(attribute, names::of_xml),
                            markup::shown(&value, true)
                        );
                    }
                    copy.push_str(if empty { "/>" } else { ">" });
                    if empty {
                        path.pop();
                    }
                }
                Piece::Close(name) => {
                    path.pop();
                    let _ = write!(copy, "</{}>", names::of_xml(name, &self.redactor));
                }
                Piece::Text(raw) => {
                    let value = markup::unescaped(&raw.replace("\r\n", "\n").replace('\r', "\n"));
                    let element = path.last().copied().unwrap_or_default();
                    let value = match class(&path, None, &value) {
                        _ if value.trim().is_empty() => value,
                        Class::Person if local(element) == "X509Certificate" => {
                            self.gone("certificates of persons")
                        }
                        Class::Protocol | Class::Tenant => value,
                        Class::Person => self.person(&value),
                        _ if local(element) == "SessionIndex" => self.id(&value),
                        _ => self.gone("signatures, digests and encrypted content"),
                    };
                    copy.push_str(&markup::shown(&value, false));
                }
                Piece::Other => self.count("comments and instructions"),
            }
        }
        (!copy.trim().is_empty()).then_some(copy)
    }

    /// Base64 of the cleaned message.
    fn form_value(&mut self, value: &str) -> Option<String> {
        let xml = saml::decode_value(value).ok()?;
        Some(STANDARD.encode(self.xml(std::str::from_utf8(&xml).ok()?)?))
    }

    fn token(&mut self, token: &str) -> Option<String> {
        let mut parts = token.trim().split('.');
        let mut part =
            || -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok() };
        let (header, claims) = (part()?, part()?);
        self.count("signatures of tokens");
        let [header, claims] =
            [header, claims].map(|json| URL_SAFE_NO_PAD.encode(self.claims(&json).to_string()));
        Some(format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(REMOVED)))
    }

    /// The members of a token or token response.
    fn claims(&mut self, json: &Value) -> Value {
        let members = json.as_object().into_iter().flatten().map(|(name, value)| {
            let cleaned = match (name.as_str(), value.as_str()) {
                ("id_token", Some(token)) => {
                    self.token(token).unwrap_or_else(|| self.gone("tokens, codes, nonces and hashes")).into()
                }
                _ => self.claim(value, class_of_member(name, value)),
            };
            (self.name(name, names::of_member), cleaned)
        });
        Value::Object(members.collect::<Map<_, _>>())
    }

    fn claim(&mut self, value: &Value, class: Class) -> Value {
        match (value, class) {
            (_, Class::Protocol | Class::Tenant) => value.clone(),
            (Value::Array(list), _) => list.iter().map(|value| self.claim(value, class)).collect(),
            (Value::String(text), Class::Person) => self.person(text).into(),
            (Value::Bool(_) | Value::Null, _) => value.clone(),
            (other, Class::Person) => self.person(&other.to_string()).into(),
            _ => self.gone("tokens, codes, nonces and hashes").into(),
        }
    }

    fn capture(&mut self, capture: &Capture) -> String {
        let responses: HashSet<usize> = capture
            .messages()
            .iter()
            .filter(|message| matches!(message.kind, Kind::Response | Kind::Logout) && !message.masked)
            .map(|message| message.exchange.number)
            .collect();
        let exchanges: Vec<Value> = capture
            .exchanges
            .iter()
            .map(|exchange| self.exchange(capture, exchange, responses.contains(&exchange.number)))
            .collect();
        let comment = "sanitized by troubleshoot: signatures do not hold over this copy";
        let json = json!({ "log": { "version": "1.2", "creator": { "name": "troubleshoot sanitize", "version": "1" },
            "comment": comment, "entries": exchanges } });
        escape_hidden_json(&super::output::pretty(&json)) + "\n"
    }

    /// What is known to be harmless, and nothing else. Exports of SAML-tracer become HAR entries as well.
    fn exchange(&mut self, capture: &Capture, exchange: &Exchange, is_response: bool) -> Value {
        let mut request_headers: Vec<Value> = ["origin", "referer"]
            .iter()
            .filter_map(|name| Some((name, exchange.request_header(name)?)))
            .map(|(name, value)| json!({ "name": name, "value": origin(value) }))
            .collect();
        if let Some(names) = exchange.cookies_sent() {
            self.count("cookie headers (known names stay)");
            let names: Vec<String> =
                names.iter().map(|name| format!("{}={REMOVED}", self.name(name, names::of_cookie))).collect();
            request_headers.push(json!({ "name": "Cookie", "value": names.join("; ") }));
        }
        let date = exchange.date().and_then(|_| exchange.response_header("date"));
        let kind = exchange.response_header("content-type").and_then(media_type);
        let mut headers: Vec<Value> = [("date", date), ("content-type", kind)]
            .into_iter()
            .filter_map(|(name, value)| Some(json!({ "name": name, "value": value? })))
            .collect();
        for (name, how) in exchange.cookies_set() {
            self.count("cookies that were set (known names and attributes stay)");
            let kept = how.into_iter().filter(|attribute| names::is_cookie_attribute(attribute));
            let line: Vec<String> = [format!("{}={REMOVED}", self.name(&name, names::of_cookie))]
                .into_iter()
                .chain(kept)
                .collect();
            headers.push(json!({ "name": "Set-Cookie", "value": line.join("; ") }));
        }
        let location = exchange.location.as_deref().map(|to| self.url(to)).unwrap_or_default();
        let mut request = json!({ "method": method(&exchange.method), "url": self.url(&exchange.url),
            "httpVersion": "HTTP/1.1", "headers": request_headers, "cookies": [], "queryString": [],
            "headersSize": -1, "bodySize": -1 });
        if let Some(body) = self.body(exchange, is_response) {
            request["postData"] = json!({ "mimeType": "application/x-www-form-urlencoded", "text": body });
        }
        let mut content = json!({ "size": 0, "mimeType": "text/plain" });
        if let Some(text) = self.response(exchange) {
            content["text"] = text.into();
        }
        let started = capture
            .time_of(exchange)
            .and_then(|at| at.format(&time::format_description::well_known::Rfc3339).ok());
        json!({ "startedDateTime": started, "time": 0, "request": request, "cache": {}, "timings": {},
            "response": { "status": exchange.status.unwrap_or_default(), "statusText": "", "httpVersion": "HTTP/1.1",
                "headers": headers, "cookies": [], "content": content, "redirectURL": location,
                "headersSize": -1, "bodySize": -1 } })
    }

    /// The posted fields: the message cleaned, the others by name only.
    fn body(&mut self, exchange: &Exchange, is_response: bool) -> Option<String> {
        let posted = exchange.posted_fields();
        if posted.is_empty() {
            return None;
        }
        let mut fields = Vec::new();
        for (name, value) in posted {
            let cleaned = match name.as_str() {
                _ if is_masked(&value) => value.clone(),
                "SAMLResponse" if is_response => {
                    self.form_value(&value).unwrap_or_else(|| self.gone("messages that could not be read"))
                }
                "id_token" => {
                    self.token(&value).unwrap_or_else(|| self.gone("messages that could not be read"))
                }
                "error" => word(&value),
                _ => self.gone("posted values (known names stay)"),
            };
            fields.push(format!("{}={}", encoded(&self.name(&name, names::of_field)), encoded(&cleaned)));
        }
        Some(fields.join("&"))
    }

    /// Of responses only the tokens, cleaned, and the numbers of errors are kept.
    fn response(&mut self, exchange: &Exchange) -> Option<String> {
        let body = exchange.body.as_deref().filter(|body| !body.is_empty())?;
        self.count("bodies of responses");
        if let Ok(json) = serde_json::from_str::<Value>(body)
            && json.get("id_token").is_some()
        {
            return Some(self.claims(&json).to_string());
        }
        let single = Capture { exchanges: vec![exchange.only_texts()], ..Capture::default() };
        idp_errors::in_capture(&single).first().map(|error| error.error.clone())
    }

    /// Address and names of the parameters.
    fn url(&mut self, url: &str) -> String {
        let parameters = super::capture::parameters(url);
        if parameters.is_empty() {
            return place(url);
        }
        let cleaned: Vec<String> = parameters
            .iter()
            .map(|(name, value)| match *name {
                "error" | "response_type" | "response_mode" => format!("{name}={}", word(value)),
                "SigAlg" if super::capture::decoded(value).starts_with("http://www.w3.org/") => {
                    format!("{name}={}", word(value))
                }
                _ => {
                    self.count("parameters of URLs (known names stay)");
                    format!("{}={REMOVED}", self.name(name, names::of_field))
                }
            })
            .collect();
        format!("{}?{}", place(url), cleaned.join("&"))
    }
}

/// Scheme and host.
fn origin(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    format!(
        "{scheme}://{}",
        rest.split(['/', '?', '#']).next().unwrap_or_default().rsplit('@').next().unwrap_or_default()
    )
}

/// A value that is one word, not somebody's address and not a secret.
fn word(name: &str) -> String {
    let harmless = name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-:%/#+[]".contains(&b))
        && !name.contains("%40");
    if harmless { name.to_owned() } else { REMOVED.to_owned() }
}

fn method(method: &str) -> &str {
    let known = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE"];
    if known.contains(&method) { method } else { REMOVED }
}

/// The type alone, where it is one that the pages and answers of a login have.
fn media_type(value: &str) -> Option<&'static str> {
    let kind = value.split(';').next().unwrap_or_default().trim();
    MEDIA_TYPES.into_iter().find(|known| kind.eq_ignore_ascii_case(known))
}

fn encoded(value: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    value.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

const MEDIA_TYPES: [&str; 12] = [
    "text/html",
    "text/plain",
    "text/xml",
    "text/css",
    "text/javascript",
    "application/json",
    "application/xml",
    "application/samlmetadata+xml",
    "application/javascript",
    "application/jwt",
    "application/x-www-form-urlencoded",
    "application/octet-stream",
];
const REMOVED: &str = "removed";
