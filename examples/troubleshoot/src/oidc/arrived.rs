//! What arrived: a token by itself, or something that holds one. Nothing is judged here; what looks wrong goes to the checks
//! of the library as it is.

use super::super::Stop;
use super::super::args::{Check, Kind};
use super::decryption;
use base64::Engine as _;
use bonafide::check::Check as Rule;
use bonafide::error::{Error, Failure, Protocol, Reason, Rejection};
use bonafide::jose::{Decrypted, DecryptionKeys};
use bonafide::oidc::{HashRule, TokenResponse};
use time::OffsetDateTime;

/// The form of an input.
#[derive(Debug)]
pub enum Arrived {
    /// A token, or what should be one.
    Token(String),
    /// A token response, UserInfo or another JSON text.
    Json(String),
    /// Parameters of a URL or of a form.
    Parameters(Parameters),
}

/// The parameters of a response, and whether those of a token stood in the query of a URL.
#[derive(Clone, Debug)]
pub struct Parameters {
    pub text: String,
    pub in_query: bool,
}

/// With options for tokens and none for SAML, everything is a token that is not clearly JSON, a URL or a form: the library
/// says what is wrong with it.
pub fn detect(input: &[u8], options: &Check) -> Option<Arrived> {
    let saml = options.idp_metadata.is_some()
        || !options.idp_cert.is_empty()
        || options.idp_entity_id.is_some()
        || options.sp_entity_id.is_some()
        || !options.acs.is_empty();
    // Nonce, access token and code may come from the environment and say nothing about this input.
    let oidc = [&options.issuer, &options.client_id, &options.subject].iter().any(|option| option.is_some())
        || [&options.jwks, &options.discovery, &options.dpop, &options.client_cert]
            .iter()
            .any(|option| option.is_some())
        || options.no_nonce
        || options.kind != Kind::IdToken;
    if saml || !oidc || input.len() > TOKEN_INPUT_BYTES {
        return None;
    }
    let text = String::from_utf8_lossy(input);
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let scheme = start.get(..8).unwrap_or(start).to_ascii_lowercase();
    let holds_one = start.starts_with(['{', '?'])
        || scheme.starts_with("http://")
        || scheme == "https://"
        || start
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .any(|(name, _)| ["id_token", "access_token", "response", "client_assertion"].contains(&name));
    (!holds_one).then(|| Arrived::Token(exact(&text).to_owned()))
}

/// The text of a file without the line end at its end, which is not part of a token.
pub fn exact(text: &str) -> &str {
    text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text))
}

/// What is to be judged.
pub enum Message {
    Token {
        token: String,
        /// What it decrypts to, where it is encrypted and there is a key.
        opened: Option<Result<Decrypted, Error>>,
        /// What it was in, if anything, by the name of that kind of message.
        inside: Option<&'static str>,
        kind: &'static str,
        access_token: Hashed,
        code: Hashed,
    },
    /// Plain UserInfo.
    UserInfo(String),
    Broken(Error),
}

/// A value that the ID token should hold the hash of.
#[derive(Clone, Default)]
pub struct Hashed(pub Option<(String, HashRule)>);

impl Hashed {
    fn of(value: Option<&str>, rule: HashRule) -> Self {
        Self(value.map(|value| (value.to_owned(), rule)))
    }

    /// The same from an option; both must be the same.
    pub fn or_flag(self, flag: &str, given: Option<String>, rule: HashRule) -> Result<Self, Stop> {
        match (self.0, given) {
            (Some((held, _)), Some(given)) if held != given => {
                Err(Stop::usage(format!("{flag}: the input holds another value; leave the option out")))
            }
            (None, Some(given)) => Ok(Self(Some((given, rule)))),
            (held, _) => Ok(Self(held)),
        }
    }
}

impl Message {
    pub fn of(arrived: &Arrived, kind: Kind) -> Self {
        match arrived {
            // No token starts so, and UserInfo may be plain JSON.
            Arrived::Token(text) if kind == Kind::Userinfo && text.trim_start().starts_with('[') => {
                Self::UserInfo(text.clone())
            }
            Arrived::Token(token) => Self::alone(token, kind),
            Arrived::Json(text) => Self::of_json(text, kind),
            Arrived::Parameters(parameters) => Self::of_parameters(&parameters.text, kind),
        }
    }

    fn alone(token: &str, kind: Kind) -> Self {
        Self::Token {
            token: token.to_owned(),
            opened: None,
            inside: None,
            kind: name(kind),
            access_token: Hashed::default(),
            code: Hashed::default(),
        }
    }

    fn of_json(text: &str, kind: Kind) -> Self {
        // A look at the names of the members, to tell the kinds apart. What counts is read strictly.
        let looks: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        let has = |name: &str| looks.get(name).is_some();
        let holds_tokens = has("id_token") || has("access_token");
        if kind == Kind::Userinfo || (kind == Kind::IdToken && has("sub") && !holds_tokens) {
            return Self::UserInfo(text.to_owned());
        }
        if !looks.is_null() && !holds_tokens {
            // Such as another serialisation of a token: not what is accepted here.
            return Self::alone(text, kind);
        }
        let response = match TokenResponse::parse(text.as_bytes()) {
            Ok(response) => response,
            Err(error) => return Self::Broken(error),
        };
        // Only the authorization endpoint sends a code; what comes from there beside an ID token is bound to it.
        let rule = if response.code().is_some() { HashRule::Required } else { HashRule::IfPresent };
        let found = match kind {
            Kind::IdToken => response.id_token(),
            Kind::AccessToken => response.access_token(),
            _ => return Self::alone(text, kind),
        };
        let Some(token) = found else { return missing(kind) };
        Self::Token {
            token: token.to_owned(),
            opened: None,
            inside: Some("token-response"),
            kind: name(kind),
            access_token: Hashed::of(response.access_token(), rule),
            code: Hashed::of(response.code(), rule),
        }
    }

    /// A response of the authorization endpoint: what comes with the ID token is bound to it (OIDC Core 3.2.2.9, 3.3.2.11).
    fn of_parameters(text: &str, kind: Kind) -> Self {
        let find = |name: &str| {
            let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
            let mut values = pairs.filter(|(key, _)| *key == name).map(|(_, value)| decoded(value));
            match (values.next(), values.next()) {
                (Some(_), Some(_)) => Err(refusal(Rule::ParamDuplicate, "a parameter occurs twice")),
                (value, _) => Ok(value),
            }
        };
        let wanted = match kind {
            Kind::Jarm => "response",
            Kind::AccessToken => "access_token",
            Kind::LogoutToken => "logout_token",
            Kind::ClientAssertion => "client_assertion",
            Kind::Introspection | Kind::IdToken | Kind::Userinfo => "id_token",
        };
        let read = || {
            let Some(token) = find(wanted)? else { return Ok(missing(kind)) };
            let beside = |name| Ok::<_, Error>(Hashed::of(find(name)?.as_deref(), HashRule::Required));
            let (access_token, code) = (beside("access_token")?, beside("code")?);
            Ok(Self::Token {
                token,
                opened: None,
                inside: Some("authorization-response"),
                kind: name(kind),
                access_token,
                code,
            })
        };
        read().unwrap_or_else(Self::Broken)
    }

    /// The kind of message for the report.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Token { inside, kind, .. } => inside.unwrap_or(kind),
            Self::UserInfo(_) => "userinfo",
            Self::Broken(_) => "unknown",
        }
    }

    /// True when there was something around the token.
    pub fn is_inside(&self) -> bool {
        matches!(self, Self::Token { inside: Some(_), .. })
    }

    /// The access token and the code that came with an ID token.
    pub fn beside(&self) -> (Hashed, Hashed) {
        match self {
            Self::Token { access_token, code, .. } => (access_token.clone(), code.clone()),
            Self::UserInfo(_) | Self::Broken(_) => Default::default(),
        }
    }

    /// The same once the token inside an encrypted one is known.
    pub fn opened(mut self, keys: Option<&DecryptionKeys>) -> Self {
        if let Self::Token { token, opened, .. } = &mut self {
            *opened = decryption::open(token, keys);
        }
        self
    }

    /// True when the token was encrypted and is not any more.
    pub fn is_opened(&self) -> bool {
        matches!(self, Self::Token { opened: Some(Ok(_)), .. })
    }

    /// The claims, read without judging.
    fn claims(&self) -> Option<serde_json::Value> {
        self.segment(1)
    }

    /// The algorithm that the header names, read without judging.
    pub fn algorithm(&self) -> Option<String> {
        Some(self.segment(0)?.get("alg")?.as_str()?.to_owned())
    }

    fn segment(&self, index: usize) -> Option<serde_json::Value> {
        let Self::Token { token, opened, .. } = self else { return None };
        let token =
            opened.as_ref().and_then(|opened| opened.as_ref().ok()).map_or(token.as_str(), Decrypted::token);
        let octets =
            base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').nth(index)?).ok()?;
        serde_json::from_slice(&octets).ok()
    }

    /// True for a message of a kind that may be without `iat`, so that there is no time of its own to judge it at. Others
    /// are refused for that, whatever the time.
    pub fn may_lack_issued_at(&self) -> bool {
        let optional = matches!(self, Self::Token { kind, .. } if matches!(*kind, "userinfo" | "jarm" | "client-assertion"));
        optional && self.claims().is_some_and(|claims| claims.is_object())
    }

    /// `iat`: a time that the user asked for.
    pub fn issued_at(&self) -> Option<OffsetDateTime> {
        let claims = self.claims()?;
        let iat = claims.get("iat")?;
        let seconds = iat.as_i64().or_else(|| iat.as_f64().map(|seconds| seconds as i64))?;
        OffsetDateTime::from_unix_timestamp(seconds).ok()
    }
}

fn missing(kind: Kind) -> Message {
    let what = match kind {
        Kind::IdToken => "id_token",
        Kind::AccessToken => "access_token",
        Kind::Jarm => "response",
        Kind::LogoutToken => "logout_token",
        Kind::Userinfo => "a UserInfo response",
        Kind::Introspection => "an introspection response",
        Kind::ClientAssertion => "client_assertion",
    };
    let failure = Failure::at(Rule::TokenFormat, "", Reason::Missing { what });
    Message::Broken(Rejection::new(Protocol::Oidc, failure).into())
}

fn refusal(rule: Rule, why: &'static str) -> Error {
    Rejection::new(Protocol::Oidc, Failure::at(rule, "", Reason::Stated(why))).into()
}

/// Percent-encoding undone; as it is where that is not possible.
fn decoded(value: &str) -> String {
    super::super::input::percent_decoded(value).unwrap_or_else(|| value.to_owned())
}

const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::IdToken => "id-token",
        Kind::AccessToken => "access-token",
        Kind::LogoutToken => "logout-token",
        Kind::Userinfo => "userinfo",
        Kind::Jarm => "jarm",
        Kind::Introspection => "introspection",
        Kind::ClientAssertion => "client-assertion",
    }
}

/// Beyond this an input is no token, however broken: the general detection says so.
const TOKEN_INPUT_BYTES: usize = 64 * 1024 * 1024;
