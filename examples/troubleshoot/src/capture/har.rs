//! HAR 1.2: `log.entries` with request and response.

use super::{Capture, Exchange, Post, pairs, rfc3339};
use base64::Engine as _;
use serde_json::Value;

pub fn read(json: &Value) -> Option<Capture> {
    let entries = json.pointer("/log/entries")?.as_array()?;
    let exchanges = entries.iter().enumerate().map(|(index, entry)| exchange(index + 1, entry)).collect();
    Some(Capture { form: "har", exchanges, exported: None })
}

fn exchange(number: usize, entry: &Value) -> Exchange {
    let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let headers = |pointer: &str| entry.pointer(pointer).map(pairs).unwrap_or_default();
    let response_headers = headers("/response/headers");
    let location = text("/response/redirectURL")
        .filter(|url| !url.is_empty())
        .or_else(|| super::header(&response_headers, "location").map(str::to_owned));
    Exchange {
        number,
        started: entry.get("startedDateTime").and_then(rfc3339),
        method: text("/request/method").unwrap_or_default(),
        url: text("/request/url").unwrap_or_default(),
        request_headers: request_headers(entry),
        response_headers,
        post: post(entry.pointer("/request/postData")),
        status: entry.pointer("/response/status").and_then(Value::as_u64),
        location,
        body: text("/response/content/text").map(|body| {
            let base64 =
                entry.pointer("/response/content/encoding").and_then(Value::as_str) == Some("base64");
            let octets =
                base64.then(|| base64::engine::general_purpose::STANDARD.decode(&body).ok()).flatten();
            let octets = octets.map(|octets| crate::input::gunzipped(&octets).unwrap_or(octets));
            octets.map_or(body, |octets| String::from_utf8_lossy(&octets).into_owned())
        }),
        decoded: None,
    }
}

/// The headers; where the recorder split the cookies off, they are put back.
fn request_headers(entry: &Value) -> Vec<(String, String)> {
    let mut headers = entry.pointer("/request/headers").map(pairs).unwrap_or_default();
    let cookies = entry.pointer("/request/cookies").map(pairs).unwrap_or_default();
    if super::header(&headers, "cookie").is_none() && !cookies.is_empty() {
        let cookies: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        headers.push(("Cookie".to_owned(), cookies.join("; ")));
    }
    headers
}

/// Names and values of a multipart form.
fn parts(text: &str) -> Vec<(String, String)> {
    let boundary = text.lines().next().unwrap_or_default().trim_end();
    let text = text.replace("\r\n", "\n");
    text.split(boundary)
        .filter_map(|part| {
            let (head, value) = part.split_once("\n\n")?;
            let (_, name) = head.split_once("name=\"")?;
            Some((name.split('"').next()?.to_owned(), value.trim_end_matches('\n').to_owned()))
        })
        .collect()
}

/// The text is what was sent; the params are what the browser made of it.
fn post(data: Option<&Value>) -> Post {
    let Some(data) = data else { return Post::Nothing };
    let text = data.get("text").and_then(Value::as_str);
    let encoded = data.get("encoding").and_then(Value::as_str) == Some("base64");
    let plain = text.filter(|_| encoded).and_then(|text| {
        String::from_utf8(base64::engine::general_purpose::STANDARD.decode(text).ok()?).ok()
    });
    match (plain.as_deref().or(text), data.get("params")) {
        (Some(text), _) if text.starts_with("--") && text.contains("form-data") => Post::Pairs(parts(text)),
        (Some(text), _) if !text.is_empty() => Post::Raw(text.to_owned()),
        (_, Some(params)) => Post::Pairs(pairs(params)),
        _ => Post::Nothing,
    }
}
