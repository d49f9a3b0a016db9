//! Why a message was refused: the check, the deciding values, and the code that operators see.
//!
//! Two audiences. `Display` of an error is a code, a name and nothing of the message: safe in a log line or a user's face.
//! The deciding values are typed and reached through [`Rejection::reason`]; every foreign value knows how
//! sensitive it is ([`Class`]), and its `Debug` shows a length only.

mod code;
mod reason;

pub(crate) use code::CONFIRMATION;
pub use code::{Code, Severity};
pub use reason::{Class, NamedKey, Quoted, Reason};

use crate::check::Check;
use core::fmt;
use std::borrow::Cow;

/// Which family of rules spoke. The code of a rejection depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// A SAML message.
    Saml,
    /// SAML metadata.
    Metadata,
    /// A JSON web token or another OpenID Connect message.
    Oidc,
    /// A key, a certificate or a container of such.
    Keys,
    /// Claim mapping.
    Mapping,
}

/// Where in the input: a path of element names (SAML) or a JSON pointer, and a byte offset where one is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    path: Cow<'static, str>,
    offset: Option<usize>,
}

impl Location {
    /// A place that is known by its path, such as `/Response/Assertion/Conditions`.
    #[must_use]
    pub const fn path(path: &'static str) -> Self {
        Self { path: Cow::Borrowed(path), offset: None }
    }

    /// A place that is known by a path that was put together.
    #[must_use]
    pub const fn built(path: String) -> Self {
        Self { path: Cow::Owned(path), offset: None }
    }

    /// A place that is known by its byte offset in the decoded input.
    #[must_use]
    pub const fn offset(offset: usize) -> Self {
        Self { path: Cow::Borrowed(""), offset: Some(offset) }
    }

    /// The same place, with a byte offset.
    #[must_use]
    pub fn with_offset(mut self, offset: usize) -> Self {
        self.offset = Some(offset);
        self
    }

    /// The path; empty when only an offset is known.
    #[must_use]
    pub fn as_path(&self) -> &str {
        &self.path
    }

    /// The byte offset in the decoded input, where one is known.
    #[must_use]
    pub const fn byte_offset(&self) -> Option<usize> {
        self.offset
    }
}

/// One rule that did not hold: what a check returns before anybody has decided what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The rule.
    pub check: Check,
    /// The deciding values.
    pub reason: Reason,
    /// Where in the input.
    pub at: Location,
}

impl Failure {
    /// A failure of `check` for `reason` at a place.
    #[must_use]
    pub const fn new(check: Check, reason: Reason, at: Location) -> Self {
        Self { check, reason, at }
    }

    /// A failure at a place that is known by its path.
    #[must_use]
    pub const fn at(check: Check, path: &'static str, reason: Reason) -> Self {
        Self { check, reason, at: Location::path(path) }
    }
}

/// The bytes are not what they should be: decoding or parsing stopped.
#[derive(Clone, PartialEq, Eq)]
pub struct Malformed {
    check: Check,
    protocol: Protocol,
    what: &'static str,
    reason: Option<Box<Reason>>,
    at: Location,
}

impl Malformed {
    /// What is wrong, in a clause, and where.
    #[must_use]
    pub const fn new(check: Check, protocol: Protocol, what: &'static str, at: Location) -> Self {
        Self { check, protocol, what, reason: None, at }
    }

    /// The same with the deciding values.
    #[must_use]
    pub fn with_reason(mut self, reason: Reason) -> Self {
        self.reason = Some(Box::new(reason));
        self
    }

    /// The same at another place.
    #[must_use]
    pub fn with_location(mut self, at: Location) -> Self {
        self.at = at;
        self
    }

    /// The same seen from another family of rules.
    #[must_use]
    pub const fn with_protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// The rule that does not hold.
    #[must_use]
    pub const fn check(&self) -> Check {
        self.check
    }

    /// The code that operators see.
    #[must_use]
    pub fn code(&self) -> Code {
        Code::of(self.check, self.protocol, &self.reason())
    }

    /// What is wrong, in a clause without foreign text.
    #[must_use]
    pub const fn what(&self) -> &'static str {
        self.what
    }

    /// The deciding values; [`Reason::Stated`] when there are none beyond the clause.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.reason.as_deref().cloned().unwrap_or(Reason::Stated(self.what))
    }

    /// Where in the input.
    #[must_use]
    pub const fn location(&self) -> &Location {
        &self.at
    }
}

/// The message was understood and refused.
#[derive(Clone, PartialEq, Eq)]
pub struct Rejection {
    failure: Box<Failure>,
    protocol: Protocol,
}

impl Rejection {
    /// A failure, as seen by one family of rules.
    #[must_use]
    pub fn new(protocol: Protocol, failure: Failure) -> Self {
        Self { failure: Box::new(failure), protocol }
    }

    /// The rule that does not hold.
    #[must_use]
    pub const fn check(&self) -> Check {
        self.failure.check
    }

    /// The code that operators see.
    #[must_use]
    pub fn code(&self) -> Code {
        Code::of(self.failure.check, self.protocol, &self.failure.reason)
    }

    /// The deciding values. They are foreign: show them to an operator, not to the user who sent them.
    #[must_use]
    pub const fn reason(&self) -> &Reason {
        &self.failure.reason
    }

    /// Where in the input.
    #[must_use]
    pub const fn location(&self) -> &Location {
        &self.failure.at
    }

    /// The family of rules that spoke.
    #[must_use]
    pub const fn protocol(&self) -> Protocol {
        self.protocol
    }
}

/// Why there is no verdict of "accepted".
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not a message of the expected kind.
    #[error("{0}")]
    Malformed(Malformed),
    /// The message was understood and refused.
    #[error("{0}")]
    Rejected(Rejection),
    /// No trusted key has the key id of the token: fetch the key set again, within bounds, and retry once.
    #[error("{} {}", self.code(), self.code().name())]
    NeedKeys {
        /// The key id that the token names; empty when it names none.
        kid: Quoted,
    },
}

impl Error {
    /// The rule that does not hold.
    #[must_use]
    pub const fn check(&self) -> Check {
        match self {
            Self::Malformed(malformed) => malformed.check(),
            Self::Rejected(rejection) => rejection.check(),
            Self::NeedKeys { .. } => Check::KeyNotFound,
        }
    }

    /// The code that operators see.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Malformed(malformed) => malformed.code(),
            Self::Rejected(rejection) => rejection.code(),
            Self::NeedKeys { .. } => Code::OI102,
        }
    }

    /// The deciding values.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Malformed(malformed) => malformed.reason(),
            Self::Rejected(rejection) => rejection.reason().clone(),
            Self::NeedKeys { kid } => Reason::Found { what: "kid", found: kid.clone() },
        }
    }

    /// Where in the input.
    #[must_use]
    pub fn location(&self) -> Location {
        match self {
            Self::Malformed(malformed) => malformed.location().clone(),
            Self::Rejected(rejection) => rejection.location().clone(),
            Self::NeedKeys { .. } => Location::path("/kid"),
        }
    }
}

impl From<Malformed> for Error {
    fn from(value: Malformed) -> Self {
        Self::Malformed(value)
    }
}

impl From<Rejection> for Error {
    fn from(value: Rejection) -> Self {
        Self::Rejected(value)
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.code(), self.code().name(), self.what)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code(), self.code().name())
    }
}

impl std::error::Error for Malformed {}
impl std::error::Error for Rejection {}

impl fmt::Debug for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Malformed({}, {}, {:?})", self.check, self.what, self.at.offset)
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rejection({}, {}, {:?})", self.check(), self.code(), self.failure.reason)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(malformed) => fmt::Debug::fmt(malformed, f),
            Self::Rejected(rejection) => fmt::Debug::fmt(rejection, f),
            Self::NeedKeys { kid } => write!(f, "NeedKeys({kid:?})"),
        }
    }
}
