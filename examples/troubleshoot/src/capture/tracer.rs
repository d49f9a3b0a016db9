//! Exports of the browser extension SAML-tracer: `requests[]` with `post`, `get`, `saml` and headers.

use super::{Capture, Exchange, Post, pairs, rfc3339};
use serde_json::Value;

pub fn read(json: &Value) -> Option<Capture> {
    let requests = json.get("requests")?.as_array()?;
    let exchanges = requests.iter().enumerate().map(|(index, entry)| exchange(index + 1, entry)).collect();
    Some(Capture { form: "saml-tracer", exchanges, exported: json.get("timestamp").and_then(rfc3339) })
}

fn exchange(number: usize, entry: &Value) -> Exchange {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
    let list = |name: &str| entry.get(name).map(pairs).unwrap_or_default();
    let response_headers = list("responseHeaders");
    let location = super::header(&response_headers, "location").map(str::to_owned);
    let status = entry.get("responseStatus");
    Exchange {
        number,
        started: entry.get("timestamp").or_else(|| entry.get("timeStamp")).and_then(instant),
        method: text("method").unwrap_or_default(),
        url: text("url").unwrap_or_default(),
        request_headers: list("requestHeaders"),
        response_headers,
        post: post(entry),
        status: status.and_then(|status| status.as_u64().or_else(|| status.as_str()?.parse().ok())),
        location,
        body: None,
        decoded: text("saml").filter(|saml| !saml.trim().is_empty()),
    }
}

/// `postData` is what was sent, where it is a text; `post` is split and decoded.
fn post(entry: &Value) -> Post {
    let raw = entry.get("postData").and_then(Value::as_str).filter(|text| text.contains('='));
    if let Some(raw) = raw {
        return Post::Raw(raw.to_owned());
    }
    let list = entry.get("post").map(pairs).unwrap_or_default();
    if list.is_empty() { Post::Nothing } else { Post::Pairs(list) }
}

/// RFC 3339, or milliseconds since 1970.
fn instant(value: &Value) -> Option<time::OffsetDateTime> {
    let millis = || {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a browser")]
        let millis = value.as_f64()? as i64;
        time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()
    };
    rfc3339(value).or_else(millis)
}
