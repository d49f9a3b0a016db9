//! Messages in a capture, and which of them is judged.

use super::{Capture, Exchange, Post, is_masked, requests};

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A SAML response that was posted.
    Response,
    /// A SAML response in a URL.
    RedirectResponse,
    /// A SAML request.
    Request,
    /// A request to log out, or the answer to one.
    Logout,
    /// A token in a URL or form.
    Token,
    /// A token response of a server.
    TokenResponse,
    /// A code in a URL or form, which stands for a login.
    Code,
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Response => "SAML response",
            Self::RedirectResponse => "SAML response in a URL",
            Self::Request => "SAML request",
            Self::Logout => "SAML logout message",
            Self::Token => "ID token",
            Self::TokenResponse => "token response",
            Self::Code => "authorization code",
        }
    }

    /// A login answers somebody.
    pub const fn is_login(self) -> bool {
        !matches!(self, Self::Request | Self::Logout)
    }
}

/// A message in a capture. The text is what was sent, as little decoded as possible.
#[derive(Debug)]
pub struct Message<'a> {
    pub kind: Kind,
    pub exchange: &'a Exchange,
    pub text: String,
    /// How the text was taken out of the exchange.
    pub step: &'static str,
    /// The recorder wrote something else in place of the message.
    pub masked: bool,
    /// The text is what the recorder made of the message, not what was sent.
    pub copied: bool,
}

impl Capture {
    /// Every message, in order.
    pub fn messages(&self) -> Vec<Message<'_>> {
        self.exchanges.iter().filter_map(message).collect()
    }

    /// The message to judge: of the given exchange, else the last SAML response, else the last token.
    pub fn message(&self, entry: Option<usize>) -> Option<Message<'_>> {
        let mut messages = self.messages();
        messages.reverse();
        let position = match entry {
            Some(number) => messages.iter().position(|m| m.exchange.number == number && m.kind != Kind::Code),
            None => [Kind::Response, Kind::TokenResponse, Kind::Token, Kind::RedirectResponse]
                .iter()
                .find_map(|kind| messages.iter().position(|m| m.kind == *kind)),
        };
        position.map(|index| messages.swap_remove(index))
    }
}

fn message(exchange: &Exchange) -> Option<Message<'_>> {
    saml_post(exchange)
        .or_else(|| in_url(exchange))
        .or_else(|| token_post(exchange))
        .or_else(|| token_response(exchange))
        .or_else(|| code(exchange))
}

/// The answer to an authorization request, as it arrives at the service.
fn code(exchange: &Exchange) -> Option<Message<'_>> {
    let has = |name: &str| exchange.parameter(name).is_some() || exchange.posted(name).is_some();
    (has("code") && has("state") && !has("response_type") && !has("grant_type")).then(|| Message {
        kind: Kind::Code,
        exchange,
        text: String::new(),
        step: "code",
        masked: false,
        copied: false,
    })
}

/// Logout messages travel under the same names as those of a login.
fn of_saml(kind: Kind, exchange: &Exchange) -> Kind {
    let root = requests::saml_xml(exchange).and_then(|xml| requests::asked(&xml)).map(|asked| asked.root);
    match root.as_deref() {
        Some("LogoutRequest" | "LogoutResponse") => Kind::Logout,
        _ => kind,
    }
}

fn saml_post(exchange: &Exchange) -> Option<Message<'_>> {
    let (kind, name) = [(Kind::Response, "SAMLResponse"), (Kind::Request, "SAMLRequest")]
        .into_iter()
        .find(|(_, name)| exchange.posted(name).is_some())?;
    let kind = of_saml(kind, exchange);
    let value = exchange.posted(name).unwrap_or_default();
    if is_masked(&value) || value.is_empty() {
        let decoded = exchange.decoded.clone().filter(|_| exchange.parameter(name).is_none());
        let (masked, text) = (true, decoded.clone().unwrap_or_default());
        return Some(Message { kind, exchange, text, step: "saml", masked, copied: decoded.is_some() });
    }
    let (text, step) = match &exchange.post {
        Post::Raw(body) => (body.clone(), "post"),
        _ => (value, "params"),
    };
    Some(Message { kind, exchange, text, step, masked: false, copied: false })
}

fn in_url(exchange: &Exchange) -> Option<Message<'_>> {
    let (kind, _) =
        [(Kind::RedirectResponse, "SAMLResponse"), (Kind::Request, "SAMLRequest"), (Kind::Token, "id_token")]
            .into_iter()
            .find(|(_, name)| exchange.parameter(name).is_some())?;
    let kind = if kind == Kind::Token { kind } else { of_saml(kind, exchange) };
    let text = exchange.url.clone();
    Some(Message { kind, exchange, text, step: "request-url", masked: false, copied: false })
}

fn token_post(exchange: &Exchange) -> Option<Message<'_>> {
    let text = exchange.posted("id_token")?;
    let masked = is_masked(&text);
    Some(Message { kind: Kind::Token, exchange, text, step: "post", masked, copied: false })
}

fn token_response(exchange: &Exchange) -> Option<Message<'_>> {
    let body = exchange.body.as_deref()?.trim();
    if !body.starts_with('{') || !body.contains("\"id_token\"") {
        return None;
    }
    let json: serde_json::Value = serde_json::from_str(body).ok()?;
    let token = json.get("id_token")?.as_str()?;
    Some(Message {
        kind: Kind::TokenResponse,
        exchange,
        text: body.to_owned(),
        step: "response",
        masked: is_masked(token),
        copied: false,
    })
}
