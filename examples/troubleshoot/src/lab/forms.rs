//! Samples of recipes: the good message, edited and put into the form in which it arrives.

use super::{Recipe, Sample, flags, test_data};
use crate::Stop;
use base64::Engine as _;
use serde_json::{Value, json};

pub fn sample(recipe: &Recipe) -> Result<Sample, Stop> {
    if recipe.form == "redirect" {
        return redirect(recipe);
    }
    let mut xml = String::from_utf8(test_data("base/b-a.xml")?).unwrap_or_default();
    for (from, to) in &recipe.edit {
        xml = xml.replace(from, to);
    }
    let encoded = base64::engine::general_purpose::STANDARD.encode(&xml);
    let (name, octets, timed) = match recipe.form.as_str() {
        "base64-cut" => ("response.txt", encoded[..encoded.len() / 2 + 1].to_owned(), false),
        "indented" => ("response.xml", xml.replace("><", ">\n    <"), false),
        "tracer-masked" => ("tracer.json", tracer(), true),
        "har-loop" => ("login.har", har(&rounds(&encoded, 5, "https://sp.test/")), true),
        "har-http" => ("login.har", har(&rounds(&encoded, 1, "http://sp.test/")), true),
        "har-error" => ("login.har", har(&[asked(0, 0), refused(&recipe.error)]), true),
        "har-skew" => ("login.har", har(&[asked(0, 94), arrived(&encoded, 2, "")]), true),
        _ => ("response.xml", xml, false),
    };
    let mut files = vec![(name.to_owned(), octets.into_bytes())];
    let verb = recipe.command.as_deref().unwrap_or("check");
    let mut command = vec![verb.to_owned()];
    if verb == "check" {
        for (flag, value) in flags() {
            let value = recipe.set.get(&flag).unwrap_or(&value).clone();
            if flag == "--idp-cert" {
                files.push((value.clone(), test_data(&format!("keys/{value}"))?));
            }
            if flag != "--at" || !timed {
                command.extend([flag, value]);
            }
        }
    }
    if let Some(mapping) = &recipe.mapping {
        let text = serde_json::to_string_pretty(mapping).unwrap_or_default();
        files.push(("mapping.json".to_owned(), text.into_bytes()));
        command.extend(["--mapping".to_owned(), "mapping.json".to_owned()]);
    }
    command.push(name.to_owned());
    Ok(Sample { title: recipe.title.clone(), cause: recipe.cause.clone(), files, command })
}

/// A logout message in a URL, out of the test vectors; `error` names the vector.
fn redirect(recipe: &Recipe) -> Result<Sample, Stop> {
    let vectors: Vec<Value> = serde_json::from_slice(&test_data("redirect.json")?).unwrap_or_default();
    let vector = vectors.iter().find(|vector| vector["id"] == recipe.error.as_str());
    let query = vector.and_then(|vector| vector["query"].as_str()).unwrap_or_default();
    let url = format!("https://sp.test/slo?{query}\n");
    let files =
        vec![("url.txt".to_owned(), url.into_bytes()), ("k.crt".to_owned(), test_data("keys/k.crt")?)];
    let command = "check --idp-cert k.crt --idp-entity-id https://idp.test --slo https://sp.test/slo --request-id _out1 \
                   --at 2026-01-01T00:00:00Z url.txt";
    let command = command.split_whitespace().map(str::to_owned).collect();
    Ok(Sample { title: recipe.title.clone(), cause: recipe.cause.clone(), files, command })
}

fn har(entries: &[Value]) -> String {
    let json = json!({ "log": { "version": "1.2", "creator": { "name": "troubleshoot lab", "version": "1" },
        "entries": entries } });
    serde_json::to_string_pretty(&json).unwrap_or_default()
}

fn entry(method: &str, url: &str, second: usize, clock: usize) -> Value {
    let date = format!("Thu, 01 Jan 2026 00:{:02}:{:02} GMT", clock / 60, clock % 60);
    json!({ "startedDateTime": format!("2026-01-01T00:00:{second:02}.000Z"), "time": 80,
        "request": { "method": method, "url": url, "httpVersion": "HTTP/1.1", "headers": [], "cookies": [] },
        "response": { "status": 200, "headers": [{ "name": "Date", "value": date }], "cookies": [],
            "redirectURL": "", "content": { "size": 0, "mimeType": "text/html" } } })
}

fn asked(second: usize, ahead: usize) -> Value {
    entry("GET", "https://idp.test/sso?SAMLRequest=removed&RelayState=removed", second, second + ahead)
}

fn arrived(encoded: &str, second: usize, to: &str) -> Value {
    let mut entry = entry("POST", "https://sp.test/acs", second, second);
    let body = encoded.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    entry["request"]["postData"] = json!({ "mimeType": "application/x-www-form-urlencoded",
        "text": format!("SAMLResponse={body}&RelayState=removed") });
    if !to.is_empty() {
        entry["response"]["status"] = json!(302);
        entry["response"]["redirectURL"] = json!(to);
    }
    entry
}

/// Asked, answered, sent on; again and again.
fn rounds(encoded: &str, rounds: usize, to: &str) -> Vec<Value> {
    let mut entries = Vec::new();
    for start in (0..rounds).map(|round| round * 4) {
        let mut arrival = arrived(encoded, start + 2, to);
        let headers =
            json!([{ "name": "Set-Cookie", "value": "session=removed; Secure; HttpOnly; SameSite=None" }]);
        let mut next = entry("GET", to, start + 3, start + 3);
        if to.starts_with("http://") {
            arrival["response"]["headers"] = headers;
            next["request"]["cookies"] = json!([]);
        }
        entries.extend([asked(start, 0), arrival, next]);
    }
    entries
}

/// The page of an identity provider that refuses.
fn refused(error: &str) -> Value {
    let mut page = entry("POST", "https://login.microsoftonline.com/tenant/login", 4, 4);
    page["response"]["content"]["text"] = json!(format!("<html><body><p>{error}</p></body></html>"));
    page
}

fn tracer() -> String {
    let request = json!({ "requestId": "1", "method": "POST", "url": "https://sp.test/acs", "requestHeaders": [],
        "post": [["SAMLResponse", "{obf:alternative_0}"]], "postData": "{overwritten}", "responseStatus": 302,
        "responseHeaders": [] });
    let json = json!({ "requests": [request], "timestamp": "2026-01-01T00:00:02.000Z" });
    serde_json::to_string_pretty(&json).unwrap_or_default()
}
