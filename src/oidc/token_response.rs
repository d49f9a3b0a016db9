//! Token responses (RFC 6749 section 5.1, OIDC Core 3.1.3.3): read strictly; what is in them is judged by itself.

use super::token::to_error;
use crate::check::Check;
use crate::error::{Error, Failure, Reason};
use crate::json::{Bounds, Document, Kind};
use crate::limits::TOKEN_BYTES;
use core::fmt;

/// The tokens of a response. Nothing about them is verified.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TokenResponse {
    id_token: Option<String>,
    access_token: Option<String>,
    code: Option<String>,
}

impl TokenResponse {
    /// Reads the JSON of a response.
    ///
    /// # Errors
    /// `LimitInputSize`, `InvalidUtf8`, `JsonMalformed`, `DuplicateMember`: not such a response. `TokenFormat`: a member
    /// that holds a token is not a string.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        Self::read(json).map_err(to_error)
    }

    fn read(json: &[u8]) -> Result<Self, Failure> {
        if json.len() > RESPONSE_BYTES {
            let reason = Reason::Limit { limit: RESPONSE_BYTES, unit: "bytes", found: Some(json.len()) };
            return Err(Failure::at(Check::LimitInputSize, "", reason));
        }
        let text = core::str::from_utf8(json)
            .map_err(|_| Failure::at(Check::InvalidUtf8, "", Reason::Stated("octets that are not UTF-8")))?;
        let document = Document::parse(text, Bounds::TEXT)?;
        if document.root().kind() != Kind::Object {
            let reason = Reason::Stated("a token response that is not a JSON object");
            return Err(Failure::at(Check::TokenFormat, "", reason));
        }
        let member = |name, at| match document.root().get(name).filter(|value| !value.is_null()) {
            None => Ok(None),
            Some(value) => value.as_str().map(|text| Some(text.to_owned())).ok_or_else(|| {
                Failure::at(Check::TokenFormat, at, Reason::Stated("a token that is not a string"))
            }),
        };
        Ok(Self {
            id_token: member("id_token", "/id_token")?,
            access_token: member("access_token", "/access_token")?,
            code: member("code", "/code")?,
        })
    }

    /// The ID token.
    #[must_use]
    pub fn id_token(&self) -> Option<&str> {
        self.id_token.as_deref()
    }

    /// The access token: opaque to the client, whatever its form.
    #[must_use]
    pub fn access_token(&self) -> Option<&str> {
        self.access_token.as_deref()
    }

    /// The code: only responses of the authorization endpoint have one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenResponse(id_token: {})", self.id_token.is_some())
    }
}

/// Three tokens, and as much again around them.
const RESPONSE_BYTES: usize = TOKEN_BYTES.saturating_mul(4);
