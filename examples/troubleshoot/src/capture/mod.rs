//! Captures of a browser: HAR and SAML-tracer exports as one list of exchanges, and the messages in them.

mod dates;
mod har;
mod pick;
pub mod requests;
pub mod skew;
mod tracer;

pub use pick::{Kind, Message};

use serde_json::Value;
use time::OffsetDateTime;

/// What a browser recorded.
#[derive(Debug, Default)]
pub struct Capture {
    /// `har` or `tracer`.
    pub form: &'static str,
    pub exchanges: Vec<Exchange>,
    /// When the file was written, where it says so.
    pub exported: Option<OffsetDateTime>,
}

/// One request and its response.
#[derive(Debug, Default)]
pub struct Exchange {
    /// Position in the file, from 1.
    pub number: usize,
    pub started: Option<OffsetDateTime>,
    pub method: String,
    /// Exactly as recorded.
    pub url: String,
    pub request_headers: Vec<(String, String)>,
    pub response_headers: Vec<(String, String)>,
    pub post: Post,
    pub status: Option<u64>,
    /// Where the response sends the browser.
    pub location: Option<String>,
    /// Text of the response.
    pub body: Option<String>,
    /// The message as the recorder decoded it (SAML-tracer).
    pub decoded: Option<String>,
}

/// What was posted.
#[derive(Debug, Default)]
pub enum Post {
    #[default]
    Nothing,
    /// Exactly as it was sent.
    Raw(String),
    /// Names and values as the recorder split them.
    Pairs(Vec<(String, String)>),
}

/// Reads a JSON text as a capture, if it is one.
pub fn read(json: &Value) -> Option<Capture> {
    har::read(json).or_else(|| tracer::read(json))
}

impl Exchange {
    pub fn host(&self) -> &str {
        host(&self.url)
    }

    pub fn request_header(&self, name: &str) -> Option<&str> {
        header(&self.request_headers, name)
    }

    pub fn response_header(&self, name: &str) -> Option<&str> {
        header(&self.response_headers, name)
    }

    /// The clock of the server, as it stands in the response.
    pub fn date(&self) -> Option<OffsetDateTime> {
        self.response_header("date").and_then(dates::http)
    }

    /// When the exchange took place.
    pub fn at(&self) -> Option<OffsetDateTime> {
        self.started.or_else(|| self.date())
    }

    /// Parameters of query and fragment, exactly as recorded.
    pub fn parameters(&self) -> Vec<(&str, &str)> {
        parameters(&self.url)
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters().into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// A posted value, decoded once.
    pub fn posted(&self, name: &str) -> Option<String> {
        match &self.post {
            Post::Nothing => None,
            Post::Raw(body) => body
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .find(|(key, _)| *key == name)
                .map(|(_, value)| decoded(value)),
            Post::Pairs(pairs) => pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()),
        }
    }

    /// Names and values of the posted fields, decoded once.
    pub fn posted_fields(&self) -> Vec<(String, String)> {
        match &self.post {
            Post::Nothing => Vec::new(),
            Post::Raw(body) => body
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (decoded(name), decoded(value)))
                .collect(),
            Post::Pairs(pairs) => pairs.clone(),
        }
    }

    /// The texts in which a server says what went wrong.
    pub fn only_texts(&self) -> Self {
        Self {
            url: self.url.clone(),
            location: self.location.clone(),
            body: self.body.clone(),
            ..Self::default()
        }
    }

    /// Names of the cookies that were sent; `None` where the recorder left the header out.
    pub fn cookies_sent(&self) -> Option<Vec<String>> {
        let header = self.request_header("cookie")?;
        Some(header.split(';').filter_map(cookie_name).collect())
    }

    /// The cookies that were set: name, and attributes in lower case.
    pub fn cookies_set(&self) -> Vec<(String, Vec<String>)> {
        let values = self.response_headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        values
            .flat_map(|(_, value)| value.lines())
            .filter_map(|line| {
                let mut parts = line.split(';');
                let name = cookie_name(parts.next()?)?;
                Some((name, parts.map(|part| part.trim().to_ascii_lowercase()).collect()))
            })
            .collect()
    }
}

impl Capture {
    /// When an exchange took place; for an export without times, when it was written.
    pub fn time_of(&self, exchange: &Exchange) -> Option<OffsetDateTime> {
        exchange.at().or(self.exported)
    }

    /// True when the recorder left out every cookie, as a sanitised export does.
    pub fn has_no_cookies(&self) -> bool {
        !self
            .exchanges
            .iter()
            .any(|exchange| exchange.cookies_sent().is_some() || !exchange.cookies_set().is_empty())
    }

    /// Places of things that let somebody else log in: kinds, not values.
    pub fn secrets(&self) -> Vec<&'static str> {
        let has = |test: &dyn Fn(&Exchange) -> bool| self.exchanges.iter().any(test);
        let cookies = |e: &Exchange| {
            e.request_header("cookie").is_some_and(|value| !is_masked(value)) || !e.cookies_set().is_empty()
        };
        let password = |e: &Exchange| {
            ["password", "passwd", "Passwd", "client_secret", "refresh_token"]
                .iter()
                .any(|name| e.posted(name).is_some_and(|value| !is_masked(&value)))
        };
        [
            ("cookies", has(&cookies)),
            ("passwords", has(&password)),
            ("an Authorization header", has(&|e| e.request_header("authorization").is_some())),
        ]
        .into_iter()
        .filter(|(_, found)| *found)
        .map(|(what, _)| what)
        .collect()
    }
}

/// What SAML-tracer writes in place of values (`{hash:..}`, `{obf:..}`, `{overwritten}`), and other tools.
pub fn is_masked(value: &str) -> bool {
    let value = value.trim();
    let stars = value.len() >= 3 && value.bytes().all(|b| b == b'*');
    let words = ["[removed]", "[redacted]", "redacted"];
    stars
        || ["{hash:", "{obf:", "{overwritten}"].iter().any(|start| value.starts_with(start))
        || value.contains("{overwritten}")
        || words.iter().any(|word| value.eq_ignore_ascii_case(word))
}

pub fn parameters(url: &str) -> Vec<(&str, &str)> {
    let Some((_, rest)) = url.split_once(['?', '#']) else { return Vec::new() };
    rest.split(['&', '#', '?']).filter_map(|pair| pair.split_once('=')).collect()
}

/// The host of a URL with its port, without user information.
pub fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

/// Form decoding, once; as it is where that fails.
pub fn decoded(value: &str) -> String {
    super::input::percent_decoded(&value.replace('+', " ")).unwrap_or_else(|| value.to_owned())
}

fn cookie_name(pair: &str) -> Option<String> {
    let name = pair.split('=').next().unwrap_or_default().trim();
    (!name.is_empty()).then(|| name.to_owned())
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// `[{name, value}]`, or the `[[name, value]]` of old exports.
fn pairs(value: &Value) -> Vec<(String, String)> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .map(|pair| match pair.as_array() {
            Some(pair) => (text(pair.first()), text(pair.get(1))),
            None => (text(pair.get("name")), text(pair.get("value"))),
        })
        .collect()
}

fn rfc3339(value: &Value) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(value.as_str()?, &time::format_description::well_known::Rfc3339).ok()
}
