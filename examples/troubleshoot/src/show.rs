//! `show`: what is in this? Facts as they stand in the input, verified by nobody.

use super::args::{Format, Reveal};
use super::capture::Capture;
use super::input::{Content, Detected};
use super::markup::{self, Piece, class, class_of_member, local, pieces};
use super::{OK, Outcome, Stop, UNDECIDABLE, World, captured, input, names, oidc, output, saml};
use base64::Engine as _;
use bonafide::characters::escape_hidden;
use bonafide::diagnosis::Redactor;
use bonafide::error::Class;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Read;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  troubleshoot show posted.txt")]
pub struct Options {
    /// File with a message, token or capture; - reads standard input
    pub input: PathBuf,
    /// Which entry of a capture to show [default: the last login response]
    #[arg(long, value_name = "N")]
    pub entry: Option<usize>,
    /// Show more than pseudonyms; what could be replayed is never shown
    #[arg(long, value_enum)]
    pub reveal: Option<Reveal>,
    /// Key for pseudonyms, so that several reports can be linked
    #[arg(long, value_name = "FILE")]
    pub pseudonym_key: Option<PathBuf>,
    /// Form of the report
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
}

/// A place in the input and what stands there, redacted.
#[derive(Debug)]
pub struct Fact {
    pub path: String,
    pub value: String,
}

pub fn run(options: &Options, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    let octets = input::read(&options.input, stdin)?;
    let redactor = output::redactor(&octets, options.reveal, options.pseudonym_key.as_deref(), &[], world)?;
    let Detected { mut steps, mut content } = input::detect(&octets);
    let mut listed = Vec::new();
    if let Content::Capture(capture) = content {
        listed = entries(&capture);
        let Some(message) = capture.message(options.entry) else {
            return Err(match options.entry {
                Some(number) => Stop::usage(format!(
                    "--entry {number}: that entry holds no message; {}",
                    captured::numbers(&capture)
                )),
                None => Stop::unusable("no message is in the capture; see `troubleshoot trace`"),
            });
        };
        let inner = captured::unwrap(&message);
        steps.push(message.step);
        steps.extend(inner.steps);
        content = inner.content;
    }
    let facts = facts(content, &mut steps, &redactor);
    let code = if facts.is_empty() { UNDECIDABLE } else { OK };
    let text = match options.format {
        Format::Json => document(&facts, &steps, &listed),
        _ => page(&facts, &steps, &listed),
    };
    Ok(Outcome::report(code, text))
}

/// The facts in whatever arrived.
pub fn facts(content: Content, steps: &mut Vec<&'static str>, redactor: &Redactor) -> Vec<Fact> {
    let xml = match content {
        Content::Xml(octets) => Some(octets),
        Content::FormValue(value) => saml::decode_value(&value).ok(),
        Content::FormBody(body) => {
            steps.push("base64");
            saml::decode_body(&body).ok()
        }
        Content::Redirected(message) => {
            let mut facts = of_xml(&String::from_utf8_lossy(&message.xml), redactor);
            facts.extend(of_url(message.url.as_deref().unwrap_or_default(), redactor));
            return facts;
        }
        Content::Oidc(oidc::Arrived::Token(token)) => return of_token(&token, "", redactor),
        Content::Oidc(oidc::Arrived::Json(text)) => return of_response(&text, redactor),
        _ => None,
    };
    let Some(xml) = xml else { return Vec::new() };
    if steps.last() != Some(&"xml") {
        steps.push("xml");
    }
    of_xml(&String::from_utf8_lossy(&xml), redactor)
}

/// What stands beside a message in its URL.
fn of_url(url: &str, redactor: &Redactor) -> Vec<Fact> {
    let parameters = super::capture::parameters(url).into_iter();
    parameters
        .filter(|(name, _)| ["RelayState", "SAMLEncoding", "SigAlg", "Signature"].contains(name))
        .map(|(name, value)| {
            let value = super::capture::decoded(value);
            let class = match name {
                "SigAlg" if value.starts_with("http://www.w3.org/") => Class::Protocol,
                "SAMLEncoding" if value.starts_with("urn:oasis:") => Class::Protocol,
                _ => Class::Replayable,
            };
            Fact { path: format!("?{name}"), value: redactor.show_text(&value, class) }
        })
        .collect()
}

/// Attributes and texts of the elements, in document order.
pub fn of_xml(xml: &str, redactor: &Redactor) -> Vec<Fact> {
    let Some(pieces) = pieces(xml) else { return Vec::new() };
    let mut facts = Vec::new();
    let mut path: Vec<&str> = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Open { name, attributes, empty } => {
                path.push(name);
                for (attribute, raw) in attributes.iter().filter(|(name, _)| !name.starts_with("xmlns")) {
                    let value = markup::unescaped(raw);
                    let shown = redactor.show_text(&value, class(&path, Some(attribute), &value));
                    facts.push(Fact {
                        path: format!(
                            "{}/@{}",
                            at(&path, redactor),
                            names::of_local(local(attribute), redactor)
                        ),
                        value: shown,
                    });
                }
                if empty {
                    path.pop();
                }
            }
            Piece::Close(_) => {
                path.pop();
            }
            Piece::Text(raw) if !raw.trim().is_empty() && !path.is_empty() => {
                let value = markup::unescaped(raw);
                let element = path.last().copied().unwrap_or_default();
                let shown = match (local(element), class(&path, None, &value)) {
                    ("X509Certificate", _) => format!("[{} characters]", value.trim().chars().count()),
                    (_, class) => redactor.show_text(&value, class),
                };
                facts.push(Fact { path: at(&path, redactor), value: shown });
            }
            Piece::Text(_) | Piece::Other => {}
        }
    }
    facts
}

/// The path, of which the middle is left out where it is deeper than any message: every fact has one.
fn at(path: &[&str], redactor: &Redactor) -> String {
    let names = |path: &[&str]| -> String {
        path.iter().map(|name| format!("/{}", names::of_local(local(name), redactor))).collect()
    };
    match path.len().checked_sub(LEVELS) {
        None | Some(0) => names(path),
        Some(deeper) => {
            let (outer, inner) = path.split_at(LEVELS / 2);
            format!("{}/\u{2026}{deeper}\u{2026}{}", names(outer), names(&inner[deeper..]))
        }
    }
}

/// The levels that a path shows: a message has about ten.
const LEVELS: usize = 32;

/// Header and claims of a token.
pub fn of_token(token: &str, at: &str, redactor: &Redactor) -> Vec<Fact> {
    let parts = token.trim().split('.').zip(["header", "claims"]);
    let mut facts = Vec::new();
    for (part, name) in parts {
        let octets = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
        let Ok(mut json) = serde_json::from_slice::<Value>(&octets) else { continue };
        json.sort_all_objects();
        members(&json, &format!("{at}/{name}"), redactor, &mut facts);
    }
    facts
}

fn of_response(text: &str, redactor: &Redactor) -> Vec<Fact> {
    let mut json: Value = serde_json::from_str(text).unwrap_or_default();
    json.sort_all_objects();
    let mut facts = Vec::new();
    members(&json, "", redactor, &mut facts);
    for name in ["id_token", "access_token"] {
        if let Some(token) = json.get(name).and_then(Value::as_str) {
            facts.extend(of_token(token, &format!("/{name}"), redactor));
        }
    }
    facts
}

fn members(json: &Value, at: &str, redactor: &Redactor, facts: &mut Vec<Fact>) {
    for (name, value) in json.as_object().into_iter().flatten() {
        let class = class_of_member(name, value);
        let texts: Vec<String> = match value {
            Value::Array(list) => list.iter().map(text).collect(),
            other => vec![text(other)],
        };
        let shown: Vec<String> = texts.iter().map(|text| redactor.show_text(text, class)).collect();
        facts.push(Fact {
            path: format!("{at}/{}", names::of_claim(name, redactor)),
            value: shown.join(" | "),
        });
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Which entries of a capture hold messages.
fn entries(capture: &Capture) -> Vec<(usize, &'static str)> {
    let messages =
        capture.messages().into_iter().filter(|message| message.kind != super::capture::Kind::Code);
    messages.map(|message| (message.exchange.number, message.kind.name())).collect()
}

fn page(facts: &[Fact], steps: &[&'static str], listed: &[(usize, &'static str)]) -> String {
    let mut page = format!("{BANNER}\n\n    decoded  {}\n", steps.join(" > "));
    for (number, kind) in listed {
        let _ = writeln!(page, "    entry {number}  {kind}");
    }
    page.push('\n');
    for fact in facts {
        let _ = writeln!(page, "{}\n    {}", escape_hidden(&fact.path), escape_hidden(&fact.value));
    }
    if facts.is_empty() {
        page.push_str("nothing that could be read; `troubleshoot check` says what is wrong with it\n");
    }
    page
}

fn document(facts: &[Fact], steps: &[&'static str], listed: &[(usize, &'static str)]) -> String {
    let entries: Vec<Value> =
        listed.iter().map(|(number, kind)| json!({ "entry": number, "kind": kind })).collect();
    let facts: Vec<Value> =
        facts.iter().map(|fact| json!({ "path": fact.path, "value": fact.value })).collect();
    let document = json!({ "schema": "bonafide/1", "verified": false, "banner": BANNER, "decoded": steps,
        "entries": entries, "facts": facts });
    ascii(&super::output::pretty(&document)) + "\n"
}

/// JSON in ASCII: the same value, harmless to print.
pub fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() && c != '\u{7f}' {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

const BANNER: &str = "NOT VERIFIED: this is what the input says, and anybody can have written it";
