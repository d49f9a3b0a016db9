//! Captures for tests, made of the messages in `testdata/saml`.

use base64::Engine as _;
use serde_json::{Value, json};
use std::path::Path;

pub fn good() -> Vec<u8> {
    std::fs::read(file("base/b-a.xml")).unwrap()
}

pub fn file(name: &str) -> String {
    Path::new(crate::ROOT).join("testdata/saml").join(name).display().to_string()
}

pub fn base64(octets: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(octets)
}

pub fn percent(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(b).to_string(),
            _ => format!("%{b:02X}"),
        })
        .collect()
}

/// The body of a login form.
pub fn form(xml: &[u8]) -> String {
    format!("SAMLResponse={}&RelayState=canary-relay", percent(&base64(xml)))
}

/// A request of a HAR with its time, `Date` of the response, and body.
pub fn entry(method: &str, url: &str, started: &str, date: &str, body: Option<&str>) -> Value {
    let mut entry = json!({
        "startedDateTime": started, "time": 120.0,
        "request": { "method": method, "url": url, "httpVersion": "HTTP/1.1", "headers": [], "cookies": [] },
        "response": { "status": 200, "statusText": "OK", "headers": [{ "name": "Date", "value": date }],
                      "redirectURL": "", "content": { "size": 0, "mimeType": "text/html" } }
    });
    if let Some(body) = body {
        entry["request"]["postData"] =
            json!({ "mimeType": "application/x-www-form-urlencoded", "text": body, "params": [] });
    }
    entry
}

pub fn har(entries: Vec<Value>) -> Vec<u8> {
    let log = json!({ "log": { "version": "1.2", "creator": { "name": "test" }, "entries": entries } });
    serde_json::to_vec_pretty(&log).unwrap()
}

pub const ACS: &str = "https://sp.test/acs";
pub const SSO: &str = "https://idp.test/sso?SAMLRequest=fZJ&RelayState=canary-relay";

/// A login: a request to the identity provider, then the response; `ahead` seconds between the two clocks.
pub fn login(xml: &[u8], ahead: i64) -> Vec<u8> {
    let idp = format!("Thu, 01 Jan 2026 00:{:02}:{:02} GMT", ahead.div_euclid(60), ahead.rem_euclid(60));
    har(vec![
        entry("GET", SSO, "2026-01-01T00:00:00.000Z", &idp, None),
        entry("POST", ACS, "2026-01-01T00:00:02.000Z", "Thu, 01 Jan 2026 00:00:02 GMT", Some(&form(xml))),
    ])
}
