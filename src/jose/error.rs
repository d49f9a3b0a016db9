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
    let what = match failure.reason {
        Reason::Stated(what) => what,
        Reason::Limit { .. } => "a limit was passed",
        Reason::Missing { .. } => "something that must be there is missing",
        _ => "a value that is not acceptable",
    };
    Malformed::new(failure.check, protocol, what, failure.at).with_reason(failure.reason).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_limit_is_told_as_one() {
        let found = Quoted::tenant("x");
        for (reason, said) in [
            (Reason::Limit { limit: 1, unit: "bytes", found: None }, "a limit was passed"),
            (Reason::Missing { what: "state" }, "something that must be there is missing"),
            (Reason::Found { what: "parameter", found }, "a value that is not acceptable"),
            (Reason::Stated("not five segments"), "not five segments"),
        ] {
            let Error::Malformed(malformed) = to_error(Failure::at(Check::ParamMissing, "", reason.clone()))
            else {
                panic!("{reason:?}")
            };
            assert_eq!(malformed.what(), said);
            assert_eq!(malformed.reason(), reason);
        }
    }
}
