//! The HTTP-POST binding (SAML bindings 3.5): from a form to the octets of the message. Nothing sniffs.

use crate::check::Check;
use crate::encoding::{base64, form};
use crate::error::{Error, Location, Malformed, Protocol};
use crate::limits::{RELAY_STATE_BYTES, XmlLimits};
use core::fmt;

/// Decodes the value of the form field `SAMLResponse`: base64, white space allowed, padding optional.
///
/// # Errors
/// `LimitInputSize`: too large, found before decoding. `Base64Invalid`: not base64 in its one canonical form.
pub fn decode_post(value: &str) -> Result<Vec<u8>, Error> {
    if value.len() > MAX_BASE64 {
        return Err(fault(Check::LimitInputSize, "the form value is larger than the limit"));
    }
    base64::decode_form(value).ok_or_else(|| fault(Check::Base64Invalid, "the form value is not base64"))
}

/// Decodes an application/x-www-form-urlencoded body that holds a `SAMLResponse`, and perhaps a `RelayState`.
///
/// # Errors
/// `ParamMissing`, `ParamDuplicate`: the field is not there once. `ParamConflict`: there is a `SAMLRequest` as well.
/// `RedirectEncoding`: an escape is incomplete, or RelayState holds NUL. `LimitRelayState`: RelayState has more than 80 bytes. Else as [`decode_post`].
pub fn decode_post_form(body: &str) -> Result<PostForm, Error> {
    let form = decode_post_message(body, RELAY_STATE_BYTES)?;
    match form.parameter {
        Parameter::Response => Ok(form),
        Parameter::Request => {
            Err(fault(Check::ParamMissing, "the form holds SAMLRequest where SAMLResponse belongs"))
        }
    }
}

/// As [`decode_post_form`], for a request or a response, with a RelayState of at most `relay_state_limit` bytes. The standard
/// has 80 (SAML bindings 3.5.3); some software sends longer ones.
///
/// # Errors
/// As [`decode_post_form`]; `ParamMissing`: neither `SAMLRequest` nor `SAMLResponse` is there.
pub fn decode_post_message(body: &str, relay_state_limit: usize) -> Result<PostForm, Error> {
    if body.len() > MAX_BASE64.saturating_mul(3) {
        return Err(fault(Check::LimitInputSize, "the form is larger than the limit"));
    }
    let field = |name| match form::raw_value(body, name) {
        Ok(raw) => Ok(Some(raw)),
        Err(Check::ParamMissing) => Ok(None),
        Err(check) => Err(bad(check)),
    };
    let (parameter, raw) = match (field("SAMLRequest")?, field("SAMLResponse")?) {
        (Some(_), Some(_)) => return Err(bad(Check::ParamConflict)),
        (Some(request), None) => (Parameter::Request, request),
        (None, Some(response)) => (Parameter::Response, response),
        (None, None) => return Err(bad(Check::ParamMissing)),
    };
    let message = decode_post(&form::decode(raw).map_err(bad)?)?;
    let relay_state = field("RelayState")?.map(form::decode).transpose().map_err(bad)?;
    if relay_state.as_ref().is_some_and(|state| state.contains('\0')) {
        return Err(fault(Check::RedirectEncoding, "RelayState holds NUL, which is no text"));
    }
    if relay_state.as_ref().is_some_and(|state| state.len() > relay_state_limit) {
        return Err(bad(Check::LimitRelayState));
    }
    Ok(PostForm { parameter, message, untrusted_relay_state: relay_state })
}

/// In which parameter a message travels (SAML bindings 3.4.4 and 3.5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Parameter {
    /// `SAMLRequest`.
    Request,
    /// `SAMLResponse`.
    Response,
}

impl Parameter {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "SAMLRequest",
            Self::Response => "SAMLResponse",
        }
    }
}

/// What a form of the HTTP-POST binding held.
#[derive(Clone, PartialEq, Eq)]
pub struct PostForm {
    parameter: Parameter,
    message: Vec<u8>,
    untrusted_relay_state: Option<String>,
}

impl PostForm {
    /// The raw XML octets, for [`validate`](super::validate).
    #[must_use]
    pub fn response(&self) -> &[u8] {
        &self.message
    }

    /// The raw XML octets, whatever message it is.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// In which field the message was.
    #[must_use]
    pub const fn parameter(&self) -> Parameter {
        self.parameter
    }

    /// RelayState. Anybody can have written it: compare it with what was sent, never redirect to it.
    #[must_use]
    pub fn untrusted_relay_state(&self) -> Option<&str> {
        self.untrusted_relay_state.as_deref()
    }
}

impl fmt::Debug for PostForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostForm({} bytes)", self.message.len())
    }
}

fn bad(check: Check) -> Error {
    let what = match check {
        Check::ParamMissing => "neither SAMLRequest nor SAMLResponse is in the form",
        Check::ParamDuplicate => "a field that occurs twice",
        Check::ParamConflict => "SAMLRequest and SAMLResponse in one form",
        Check::LimitRelayState => "RelayState is longer than the limit",
        _ => "the form is not percent-encoded text",
    };
    fault(check, what)
}

fn fault(check: Check, what: &'static str) -> Error {
    Malformed::new(check, Protocol::Saml, what, Location::default()).into()
}

/// Four characters for three octets, twice that for folding.
const MAX_BASE64: usize = XmlLimits::MESSAGE.input_bytes.saturating_mul(8) / 3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Reason;

    #[test]
    fn forms() {
        let checks =
            |body: &str| decode_post_form(body).map(|form| form.response().to_vec()).map_err(|e| e.check());
        assert_eq!(checks("SAMLResponse=aGk%3D"), Ok(b"hi".to_vec()));
        assert_eq!(checks("RelayState=x&SAMLResponse=aG%0D%0Ak"), Ok(b"hi".to_vec()));
        assert_eq!(checks("SAMLResponse=aGk&SAMLResponse=aGk"), Err(Check::ParamDuplicate));
        assert_eq!(checks("SAMLResponse=aGk&SAMLRequest=aGk"), Err(Check::ParamConflict));
        assert_eq!(checks("SAMLRequest=aGk"), Err(Check::ParamMissing));
        assert_eq!(checks("SAMLResponse=aG!k"), Err(Check::Base64Invalid));
        assert_eq!(checks("SAMLResponse=aGk%00"), Err(Check::Base64Invalid));
        assert_eq!(checks("SAMLResponse=%2"), Err(Check::RedirectEncoding));
        for state in ["%00", "a%00b", "a\0"] {
            let form = format!("SAMLResponse=aGk&RelayState={state}");
            assert_eq!(checks(&form), Err(Check::RedirectEncoding), "{state:?}");
        }
        let told = |body: &str| decode_post_form(body).map_err(|error| error.reason()).unwrap_err();
        assert_eq!(told("a=b"), Reason::Stated("neither SAMLRequest nor SAMLResponse is in the form"));
        assert_eq!(
            told("SAMLRequest=aGk"),
            Reason::Stated("the form holds SAMLRequest where SAMLResponse belongs")
        );
        assert_eq!(
            checks(&format!("SAMLResponse=aGk&RelayState={}", "x".repeat(81))),
            Err(Check::LimitRelayState)
        );
        assert_eq!(decode_post(&"A".repeat(MAX_BASE64 + 1)).unwrap_err().check(), Check::LimitInputSize);
    }
}
