//! What the application asked for before a login arrived, as far as a capture holds it.

use super::{Capture, Exchange, decoded, parameters};
use crate::input;
use crate::markup::{Piece, local, pieces, unescaped};
use base64::Engine as _;

/// An AuthnRequest or a logout message as its root element states it. Nothing of it is verified.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Local name of the root element.
    pub root: String,
    pub id: Option<String>,
    /// The request that a response answers.
    pub in_response_to: Option<String>,
    pub acs: Option<String>,
    pub force_authn: bool,
    pub is_passive: bool,
    pub issuer: Option<String>,
    /// Contexts that the service wants, such as one of multi-factor authentication.
    pub contexts: Vec<String>,
}

/// The XML of a SAML message in a URL or form of an exchange, whatever the message is.
pub fn saml_xml(exchange: &Exchange) -> Option<Vec<u8>> {
    ["SAMLRequest", "SAMLResponse"].iter().find_map(|name| {
        let posted = exchange.posted(name).and_then(|value| input::percent_decoded(&value));
        let in_url = exchange.parameter(name).and_then(input::percent_decoded);
        let in_location = || {
            let (_, value) =
                parameters(exchange.location.as_deref()?).into_iter().find(|(key, _)| key == name)?;
            input::percent_decoded(value)
        };
        let value = posted.or(in_url).or_else(in_location)?;
        input::compressed(&value).or_else(|| {
            let value: String = value.split_ascii_whitespace().collect();
            base64::engine::general_purpose::STANDARD.decode(value).ok()
        })
    })
}

/// What the root element of a message says.
pub fn asked(xml: &[u8]) -> Option<Asked> {
    let text = std::str::from_utf8(xml).ok()?;
    let mut asked = Asked::default();
    let mut path: Vec<&str> = Vec::new();
    for piece in pieces(text)? {
        match piece {
            Piece::Open { name, attributes, empty } => {
                if path.is_empty() && asked.root.is_empty() {
                    local(name).clone_into(&mut asked.root);
                    let value = |wanted: &str| {
                        let found = attributes.iter().find(|(name, _)| *name == wanted);
                        found.map(|(_, value)| unescaped(value))
                    };
                    let is_true = |name| matches!(value(name).as_deref(), Some("true" | "1"));
                    asked.id = value("ID");
                    asked.in_response_to = value("InResponseTo");
                    asked.acs = value("AssertionConsumerServiceURL");
                    (asked.force_authn, asked.is_passive) = (is_true("ForceAuthn"), is_true("IsPassive"));
                }
                if !empty {
                    path.push(local(name));
                }
            }
            Piece::Close(_) => {
                path.pop();
            }
            Piece::Text(text) if path.len() == 2 && path[1] == "Issuer" => {
                asked.issuer = Some(unescaped(text).trim().to_owned());
            }
            Piece::Text(text) if path.last() == Some(&"AuthnContextClassRef") => {
                asked.contexts.push(unescaped(text).trim().to_owned());
            }
            Piece::Text(_) | Piece::Other => {}
        }
    }
    (!asked.root.is_empty()).then_some(asked)
}

/// ID of the last AuthnRequest before a message arrived.
pub fn saml_id(capture: &Capture, arrival: &Exchange) -> Option<String> {
    let before = capture.exchanges.iter().filter(|exchange| exchange.number < arrival.number).rev();
    before
        .filter_map(|exchange| asked(&saml_xml(exchange)?))
        .find(|asked| asked.root == "AuthnRequest")
        .and_then(|asked| asked.id)
}

/// A parameter, such as the nonce, of the last authorization request before a token arrived.
pub fn sent(capture: &Capture, arrival: &Exchange, name: &str) -> Option<String> {
    let before = capture.exchanges.iter().filter(|exchange| exchange.number <= arrival.number).rev();
    before
        .filter(|exchange| exchange.parameter("response_type").is_some())
        .find_map(|exchange| exchange.parameter(name).map(decoded))
}
