//! The HTTP-POST binding (SAML bindings 3.5): from a form to the octets of the message. Nothing sniffs.

use crate::check::Check;
use crate::encoding::{base64, form};
use crate::error::{Error, Location, Malformed, Protocol};
use crate::limits::XmlLimits;
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
/// `RedirectEncoding`: an escape is incomplete. `LimitRelayState`: RelayState has more than 80 bytes. Else as [`decode_post`].
pub fn decode_post_form(body: &str) -> Result<PostForm, Error> {
    if body.len() > MAX_BASE64.saturating_mul(3) {
        return Err(fault(Check::LimitInputSize, "the form is larger than the limit"));
    }
    let field = |name| form::raw_value(body, name);
    let bad = |check| fault(check, "the form");
    let response = field("SAMLResponse");
    match field("SAMLRequest") {
        Err(Check::ParamMissing) => {}
        Ok(_) if response.is_ok() => return Err(bad(Check::ParamConflict)),
        Ok(_) => return Err(bad(Check::ParamMissing)),
        Err(check) => return Err(bad(check)),
    }
    let response = decode_post(&form::decode(response.map_err(bad)?).map_err(bad)?)?;
    let relay_state = match field("RelayState") {
        Ok(raw) => Some(form::decode(raw).map_err(bad)?),
        Err(Check::ParamMissing) => None,
        Err(check) => return Err(bad(check)),
    };
    if relay_state.as_ref().is_some_and(|state| state.len() > MAX_RELAY_STATE) {
        return Err(bad(Check::LimitRelayState));
    }
    Ok(PostForm { response, untrusted_relay_state: relay_state })
}

/// What a login form held.
#[derive(Clone, PartialEq, Eq)]
pub struct PostForm {
    response: Vec<u8>,
    untrusted_relay_state: Option<String>,
}

impl PostForm {
    /// The raw XML octets, for [`validate`](super::validate).
    #[must_use]
    pub fn response(&self) -> &[u8] {
        &self.response
    }

    /// RelayState. Anybody can have written it: compare it with what was sent, never redirect to it.
    #[must_use]
    pub fn untrusted_relay_state(&self) -> Option<&str> {
        self.untrusted_relay_state.as_deref()
    }
}

impl fmt::Debug for PostForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostForm({} bytes)", self.response.len())
    }
}

fn fault(check: Check, what: &'static str) -> Error {
    Malformed::new(check, Protocol::Saml, what, Location::default()).into()
}

/// Four characters for three octets, twice that for folding.
const MAX_BASE64: usize = XmlLimits::MESSAGE.input_bytes.saturating_mul(8) / 3;

/// SAML bindings 3.5.3.
const MAX_RELAY_STATE: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(
            checks(&format!("SAMLResponse=aGk&RelayState={}", "x".repeat(81))),
            Err(Check::LimitRelayState)
        );
        assert_eq!(decode_post(&"A".repeat(MAX_BASE64 + 1)).unwrap_err().check(), Check::LimitInputSize);
    }
}
