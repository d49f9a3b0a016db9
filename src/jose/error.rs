//! Failures as errors of entry points.

use crate::check::Check;
use crate::error::{Error, Failure, Malformed, Protocol, Quoted, Reason, Rejection};

/// A failure of a token, or of another message of OpenID Connect.
pub(crate) fn to_error(failure: Failure) -> Error {
    use Check as C;
    match failure.check {
        C::KeyNotFound => match failure.reason {
            Reason::Found { found, .. } => Error::NeedKeys { kid: found },
            _ => Error::NeedKeys { kid: Quoted::tenant("") },
        },
        C::TokenTooLarge
        | C::TokenFormat
        | C::SegmentBase64
        | C::InvalidUtf8
        | C::JsonMalformed
        | C::JsonTooDeep
        | C::DuplicateMember
        | C::LimitMembers
        | C::LimitHeader
        | C::LimitInputSize
        | C::HeaderNotObject
        | C::ClaimsNotObject
        | C::ParamDuplicate
        | C::ParamMissing
        | C::RedirectEncoding => malformed(Protocol::Oidc, failure),
        _ => Rejection::new(Protocol::Oidc, failure).into(),
    }
}

/// A failure of a set of keys.
pub(super) fn key_error(failure: Failure) -> Error {
    match failure.check {
        Check::LimitInputSize
        | Check::InvalidUtf8
        | Check::JsonMalformed
        | Check::JsonTooDeep
        | Check::DuplicateMember
        | Check::LimitMembers
        | Check::LimitKeys
        | Check::JwksMalformed => malformed(Protocol::Keys, failure),
        _ => Rejection::new(Protocol::Oidc, failure).into(),
    }
}

fn malformed(protocol: Protocol, failure: Failure) -> Error {
    let what = if let Reason::Stated(what) = failure.reason { what } else { "a limit was passed" };
    Malformed::new(failure.check, protocol, what, failure.at).with_reason(failure.reason).into()
}
