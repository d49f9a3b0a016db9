//! The steps of a login: messages, redirects, errors.

use crate::capture::{Capture, Exchange, Kind, Message, host, is_masked, parameters, requests};
use crate::idp_errors;
use crate::names::{cookie, is_cookie_attribute};
use bonafide::diagnosis::Redactor;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use time::OffsetDateTime;

/// One exchange in words, without anything of a person and without anything that can be replayed.
#[derive(Debug)]
pub struct Step {
    pub number: usize,
    /// Seconds since the first exchange.
    pub seconds: Option<f64>,
    /// `app` or `idp`, as far as it can be told.
    pub actor: &'static str,
    pub what: String,
    pub notes: Vec<String>,
}

impl Step {
    pub fn time(&self) -> String {
        self.seconds.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.1} s"))
    }

    pub fn json(&self) -> Value {
        json!({ "entry": self.number, "seconds": self.seconds, "actor": self.actor, "step": self.what, "notes": self.notes })
    }
}

/// The exchanges that matter for a login.
pub fn of(capture: &Capture, redactor: &Redactor) -> Vec<Step> {
    let start = capture.exchanges.iter().find_map(Exchange::at);
    let messages = capture.messages();
    let services: HashSet<&str> =
        messages.iter().filter(|m| m.kind.is_login()).map(|m| m.exchange.host()).collect();
    let errors = idp_errors::in_capture(capture);
    let errors: HashMap<usize, &idp_errors::Refusal> =
        errors.iter().map(|error| (error.number, error)).collect();
    let messages: HashMap<usize, &Message<'_>> =
        messages.iter().map(|message| (message.exchange.number, message)).collect();
    let mut steps = Vec::new();
    for exchange in &capture.exchanges {
        let message = messages.get(&exchange.number);
        let error = errors.get(&exchange.number);
        let redirect = exchange.location.as_deref();
        let bad = exchange.status.is_some_and(|status| status >= 400);
        if message.is_none() && error.is_none() && redirect.is_none() && !bad {
            continue;
        }
        let actor = if services.contains(&exchange.host()) { "app" } else { "idp" };
        let to = place(&exchange.url);
        let what = match message {
            Some(message) if message.kind == Kind::TokenResponse => format!("token response of {to}"),
            Some(message) => format!("{} to {to}", message.kind.name()),
            None => format!("{} {to}", word(&exchange.method)),
        };
        let mut notes = Vec::new();
        if message.is_some_and(|message| message.masked) {
            notes.push("masked by the recorder".to_owned());
        }
        notes.extend(message.and_then(|message| wanted(message.kind, exchange)));
        if let Some(to) = redirect {
            notes.push(redirection(exchange, to));
        } else if bad {
            notes.push(format!("status {}", exchange.status.unwrap_or_default()));
        }
        if let Some(error) = error {
            notes.push(format!("error {}", error.error));
        }
        let cookies: Vec<String> =
            exchange.cookies_set().into_iter().map(|(name, how)| described(&name, &how, redactor)).collect();
        if !cookies.is_empty() && services.contains(&exchange.host()) {
            notes.push(format!("sets {}", cookies.join(", ")));
        }
        steps.push(Step { number: exchange.number, seconds: since(start, exchange), actor, what, notes });
    }
    steps
}

/// What a request asks for, in words that name nobody.
fn wanted(kind: Kind, exchange: &Exchange) -> Option<String> {
    if !matches!(kind, Kind::Request | Kind::Logout) {
        return None;
    }
    let asked = requests::asked(&requests::saml_xml(exchange)?)?;
    let known = ["AuthnRequest", "LogoutRequest", "LogoutResponse", "ArtifactResolve"];
    let root = known.into_iter().find(|known| *known == asked.root).unwrap_or("another message");
    let mut parts = vec![root.to_owned()];
    parts.extend(asked.issuer.as_deref().map(|issuer| format!("of {}", tenant(issuer))));
    parts.extend(asked.acs.as_deref().map(|acs| format!("for {}", place(acs))));
    parts.extend(asked.force_authn.then(|| "ForceAuthn".to_owned()));
    parts.extend(asked.is_passive.then(|| "IsPassive".to_owned()));
    let contexts = asked.contexts.iter().filter_map(|context| {
        let name = context.strip_prefix("urn:oasis:names:tc:SAML:2.0:ac:classes:")?;
        name.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| format!("context {name}"))
    });
    parts.extend(contexts);
    Some(parts.join(", "))
}

/// An entity ID: a URL without what may be somebody's, or a URN.
fn tenant(issuer: &str) -> String {
    if issuer.contains("://") {
        place(issuer)
    } else {
        issuer.split(':').map(safe).collect::<Vec<_>>().join(":")
    }
}

fn since(start: Option<OffsetDateTime>, exchange: &Exchange) -> Option<f64> {
    Some((exchange.at()? - start?).as_seconds_f64())
}

fn redirection(exchange: &Exchange, to: &str) -> String {
    let status = exchange.status.unwrap_or_default();
    let scheme = |url: &str| url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let note = match (scheme(&exchange.url), scheme(to)) {
        (Some(from), Some(to)) if from == "https" && to == "http" => "  scheme changed: https to http",
        _ => "",
    };
    let query: Vec<&str> =
        parameters(to).into_iter().map(|(name, _)| name).filter(|name| KNOWN.contains(name)).collect();
    let query = if query.is_empty() { String::new() } else { format!(" with {}", query.join(", ")) };
    format!("{status} to {}{query}{note}", place(to))
}

/// Name and those attributes that decide where a cookie goes.
fn described(name: &str, how: &[String], redactor: &Redactor) -> String {
    let decides = |a: &&str| is_cookie_attribute(a) && (*a == "secure" || a.starts_with("samesite="));
    let kept: Vec<&str> = how.iter().map(String::as_str).filter(decides).collect();
    let kept = if kept.is_empty() { "no SameSite, not Secure".to_owned() } else { kept.join(", ") };
    let name = redactor.show(&cookie(name));
    let name = if name.starts_with("u-") { name.split(' ').next().unwrap_or_default() } else { &name };
    format!("{name} ({kept})")
}

/// Scheme, host and path of a URL. Parts of the path that may be somebody's, or a secret, are hidden; so is the query.
pub fn place(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else {
        return segments(url.split('/')).join("/");
    };
    let path = segments(rest.split('/').skip(1));
    let path = if path.is_empty() { String::new() } else { format!("/{}", path.join("/")) };
    format!("{scheme}://{}{path}", host(&format!("{scheme}://{rest}")))
}

/// What follows a word for persons is the name of one.
fn segments<'u>(path: impl Iterator<Item = &'u str>) -> Vec<String> {
    let mut before = "";
    path.map(|segment| {
        let persons = [
            "user", "users", "u", "people", "person", "member", "members", "profile", "profiles", "account",
            "accounts",
        ];
        let is_persons =
            persons.iter().any(|word| before.eq_ignore_ascii_case(word)) || segment.starts_with('~');
        before = segment;
        if is_persons && !segment.is_empty() { "\u{2026}".to_owned() } else { safe(segment) }
    })
    .collect()
}

fn safe(segment: &str) -> String {
    // `jane.doe` is a name; `index.html`, `Shibboleth.sso` and `v2.0` are not.
    let dotted = segment.rsplit_once('.').is_some_and(|(_, last)| {
        !last.bytes().all(|b| b.is_ascii_digit())
            && !EXTENSIONS.iter().any(|known| last.eq_ignore_ascii_case(known))
    });
    let guid = segment.len() == 36 && segment.bytes().filter(|b| *b == b'-').count() == 4;
    let harmless = segment.len() <= 40
        && (!dotted || segment.starts_with(".well-known"))
        && !segment.contains(['@', '%', '=', ';'])
        && segment.bytes().filter(u8::is_ascii_digit).count() < 6;
    if harmless || guid || is_masked(segment) { segment.to_owned() } else { "\u{2026}".to_owned() }
}

fn word(method: &str) -> &str {
    if method.len() <= 7 && method.bytes().all(|b| b.is_ascii_uppercase()) { method } else { "?" }
}

/// What the last part of an address may end in.
const EXTENSIONS: [&str; 24] = [
    "html", "htm", "xhtml", "php", "jsp", "jspx", "jsf", "asp", "aspx", "ashx", "asmx", "do", "action",
    "cgi", "srf", "fcc", "sso", "saml", "saml2", "xml", "json", "js", "css", "ico",
];

/// Parameters whose names say what a redirect is.
const KNOWN: [&str; 9] = [
    "SAMLRequest",
    "SAMLResponse",
    "RelayState",
    "code",
    "state",
    "error",
    "id_token",
    "response_type",
    "client_id",
];
