//! Whether an input can be guessed. From a report that depends on the input alone, whoever guesses the input can tell that the
//! guess is right: by its SHA-256, and by pseudonyms under a key that is derived from it.

use super::capture;
use super::input::{Content, Detected, detect};
use super::markup::{Piece, local, pieces};
use super::{captured, oidc, saml};
use serde_json::Value;

/// True when something in the input is random, or was signed or encrypted with a key: nobody can try names against that.
pub fn is_unguessable(input: &[u8]) -> bool {
    let Detected { content, .. } = detect(input);
    if let Content::Capture(capture) = &content {
        let messages = capture.messages();
        return messages.iter().any(|message| of(&captured::unwrap(message).content));
    }
    of(&content)
}

fn of(content: &Content) -> bool {
    match content {
        Content::Xml(xml) => xml_is(xml),
        Content::FormValue(value) => saml::decode_value(value).is_ok_and(|xml| xml_is(&xml)),
        Content::FormBody(body) => saml::decode_body(body).is_ok_and(|xml| xml_is(&xml)),
        Content::Redirected(message) => {
            let parameters = capture::parameters(message.url.as_deref().unwrap_or_default());
            xml_is(&message.xml)
                || parameters.iter().any(|(name, value)| *name == "Signature" && is_random(value))
        }
        Content::Oidc(oidc::Arrived::Token(token)) => token_is(token),
        Content::Oidc(oidc::Arrived::Json(text)) => serde_json::from_str(text).is_ok_and(|json: Value| {
            TOKENS.iter().any(|name| json.get(name).and_then(Value::as_str).is_some_and(token_is))
        }),
        Content::Oidc(oidc::Arrived::Parameters(form)) => form
            .text
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .any(|(name, value)| TOKENS.contains(&name) && token_is(value)),
        _ => false,
    }
}

fn xml_is(xml: &[u8]) -> bool {
    let text = String::from_utf8_lossy(xml);
    let mut element = "";
    pieces(&text).into_iter().flatten().any(|piece| match piece {
        Piece::Open { name, attributes, .. } => {
            element = local(name);
            attributes.iter().any(|(name, value)| matches!(*name, "ID" | "InResponseTo") && is_random(value))
        }
        // A digest is that of something which may be guessed.
        Piece::Text(text) => matches!(element, "SignatureValue" | "CipherValue") && is_random(text),
        Piece::Close(_) | Piece::Other => false,
    })
}

/// A signed or encrypted token, or an opaque one that is random.
fn token_is(token: &str) -> bool {
    match token.trim().split('.').collect::<Vec<_>>().as_slice() {
        [opaque] => is_random(opaque),
        [_, _, signature] => is_random(signature),
        [_, key, _, ciphertext, _] => is_random(key) || is_random(ciphertext),
        _ => false,
    }
}

/// 128 bits at least, to all appearances: 32 letters and digits of at least ten kinds.
fn is_random(text: &str) -> bool {
    let mut seen = [false; 128];
    let mut count = 0;
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        match seen.get_mut(usize::from(byte)) {
            Some(seen) if byte.is_ascii_alphanumeric() || b"+/=-_%".contains(&byte) => *seen = true,
            _ => return false,
        }
        count += 1;
    }
    let of = |kind: fn(&u8) -> bool| (0_u8..128).filter(kind).filter(|byte| seen[usize::from(*byte)]).count();
    count >= 32 && of(u8::is_ascii_digit) > 0 && of(u8::is_ascii_alphanumeric) >= 10
}

const TOKENS: [&str; 4] = ["id_token", "access_token", "refresh_token", "response"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_guessed_is_told_from_what_cannot() {
        let random = "nBjgYKz4RhZo1upi9qdifDqmgnAXGUCLBbvufaYZ6uGp";
        for (text, unguessable) in [
            (r#"{"sub":"jdoe","email":"jane.doe@acme.example"}"#.to_owned(), false),
            (format!(r#"{{"sub":"jdoe","picture":"{random}"}}"#), false),
            (format!(r#"{{"access_token":"{random}","sub":"jdoe"}}"#), true),
            ("<a ID=\"_r1\"><b>jane</b></a>".to_owned(), false),
            (format!("<a ID=\"_{}\"/>", "0123456789abcdef".repeat(2)), true),
            (format!("<a ID=\"_{}\"/>", "0".repeat(40)), false),
            (format!("<a><ds:DigestValue>{random}</ds:DigestValue></a>"), false),
            (format!("<a><ds:X509Certificate>{random}</ds:X509Certificate></a>"), false),
            (format!("<a><ds:SignatureValue>\n{random}\n</ds:SignatureValue></a>"), true),
            ("eyJhbGciOiJub25lIn0.eyJzdWIiOiJqZG9lIn0.".to_owned(), false),
            (format!("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqZG9lIn0.{random}"), true),
            (r#"{"log":{"entries":[]}}"#.to_owned(), false),
        ] {
            assert_eq!(is_unguessable(text.as_bytes()), unguessable, "{text}");
        }
    }
}
