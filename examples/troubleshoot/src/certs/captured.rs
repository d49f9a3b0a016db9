//! Keys in a capture of a browser: certificates of SAML messages, and metadata and key sets that were fetched.

use super::super::capture::{self, Exchange, requests};
use bonafide::certs::{Collection, Origin};
use bonafide::check::Check;
use bonafide::error::{Location, Malformed, Protocol};

/// Reads HAR and SAML-tracer exports. False: it is neither.
pub fn read(keys: &mut Collection, origin: &Origin, octets: &[u8]) -> bool {
    let text = std::str::from_utf8(octets).unwrap_or_default().trim_start_matches('\u{feff}');
    let looks = |name: &str| text.contains(name);
    if !text.trim_start().starts_with('{') || !(looks("\"log\"") || looks("\"requests\"")) {
        return false;
    }
    let Some(capture) = serde_json::from_str(text).ok().and_then(|json| capture::read(&json)) else {
        return false;
    };
    let first = keys.count();
    for exchange in &capture.exchanges {
        let place = origin.clone().with_source(&format!("{}#entry-{}", origin.source(), exchange.number));
        for document in documents(exchange) {
            keys.read(&place, &document);
        }
    }
    if keys.count() == first {
        let what = "no certificate or public key in the capture";
        keys.unreadable(
            origin,
            Malformed::new(Check::KeyMalformed, Protocol::Keys, what, Location::default()),
        );
    }
    true
}

/// What holds keys, of one exchange: the message, or what the server answered.
fn documents(exchange: &Exchange) -> Vec<Vec<u8>> {
    let message = requests::saml_xml(exchange).or_else(|| exchange.decoded.clone().map(String::into_bytes));
    let message = message.filter(|xml| holds(&String::from_utf8_lossy(xml), "X509Certificate"));
    let answer = exchange.body.as_deref().map(str::trim_start).filter(|body| match body.chars().next() {
        Some('<') => holds(body, "EntityDescriptor") && holds(body, "X509Certificate"),
        Some('{') => (holds(body, "\"keys\"") && holds(body, "\"kty\"")) || holds(body, "\"jwks_uri\""),
        _ => false,
    });
    message.into_iter().chain(answer.map(|body| body.as_bytes().to_vec())).collect()
}

fn holds(text: &str, part: &str) -> bool {
    text.contains(part)
}
