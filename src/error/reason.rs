//! The deciding values of a refusal, typed, and how sensitive each foreign value is.

use super::Failure;
use crate::instant::{Instant, Leeway};
use crate::limits::QUOTED_BYTES;
use core::fmt;
use time::Duration;

/// How sensitive a value is, and thus where it may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Class {
    /// Algorithm URIs, status codes, formats, times, element names.
    Protocol,
    /// entityIDs, URLs, issuers, client ids, key fingerprints, attribute names.
    Tenant,
    /// Subjects, e-mail addresses, names, attribute values, groups.
    Person,
    /// What could be replayed: nonces, ids of requests and sessions, codes, hashes.
    Replayable,
}

/// Text of a message or of the configuration, bounded, with its sensitivity. `Debug` shows class and length only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Quoted {
    text: Box<str>,
    class: Class,
}

impl Quoted {
    /// A value of the protocol class.
    #[must_use]
    pub fn protocol(text: &str) -> Self {
        Self::new(text, Class::Protocol)
    }

    /// A value of the tenant class.
    #[must_use]
    pub fn tenant(text: &str) -> Self {
        Self::new(text, Class::Tenant)
    }

    /// A value of the person class.
    #[must_use]
    pub fn person(text: &str) -> Self {
        Self::new(text, Class::Person)
    }

    /// A value of the replayable class.
    #[must_use]
    pub fn replayable(text: &str) -> Self {
        Self::new(text, Class::Replayable)
    }

    /// A value of any class; text beyond 1 KiB is cut at a character boundary.
    #[must_use]
    pub fn new(text: &str, class: Class) -> Self {
        let mut end = text.len().min(QUOTED_BYTES);
        while !text.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        Self { text: text.get(..end).unwrap_or_default().into(), class }
    }

    /// The text. It is foreign: escape it where it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How sensitive the text is.
    #[must_use]
    pub const fn class(&self) -> Class {
        self.class
    }
}

impl fmt::Debug for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({} bytes)", self.class, self.text.len())
    }
}

/// What the message itself says about the key that signed it. A label for people, never a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NamedKey {
    /// The message names no certificate.
    None,
    /// The message carries the certificate of a trusted key; the hex SHA-256 of the certificate.
    Trusted(Quoted),
    /// The message carries a certificate that is not trusted; the hex SHA-256 of the certificate.
    Untrusted(Quoted),
}

/// The values that decided. Units are in the types; foreign text is [`Quoted`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// A fact without values.
    Stated(&'static str),
    /// Something required is absent.
    Missing {
        /// Its name in the standard.
        what: &'static str,
    },
    /// One value that is not acceptable.
    Found {
        /// Its name in the standard.
        what: &'static str,
        /// The value.
        found: Quoted,
    },
    /// Values that should be equal are not (or: none of the found is among the expected).
    Mismatch {
        /// The name in the standard.
        what: &'static str,
        /// What policy or configuration says.
        expected: Vec<Quoted>,
        /// What the message says.
        found: Vec<Quoted>,
    },
    /// A period has not begun.
    NotYetValid {
        /// The period, by the element or claim that states it.
        what: &'static str,
        /// When the decision was made.
        now: Instant,
        /// When the period begins.
        not_before: Instant,
        /// By how much it was widened.
        leeway: Leeway,
    },
    /// A period has ended.
    Expired {
        /// The period, by the element or claim that states it.
        what: &'static str,
        /// When the decision was made.
        now: Instant,
        /// When the period ends.
        not_on_or_after: Instant,
        /// By how much it was widened.
        leeway: Leeway,
    },
    /// Something happened too long ago.
    TooOld {
        /// The period, by the element or claim that states it.
        what: &'static str,
        /// When the decision was made.
        now: Instant,
        /// When it happened.
        since: Instant,
        /// How old it may be.
        max_age: Duration,
        /// By how much that was widened.
        leeway: Leeway,
    },
    /// A period ends before it begins.
    Inverted {
        /// The period, by the element or claim that states it.
        what: &'static str,
        /// When the period begins.
        not_before: Instant,
        /// When the period ends.
        not_on_or_after: Instant,
    },
    /// Less than there must be.
    TooFew {
        /// The least.
        least: usize,
        /// Its unit.
        unit: &'static str,
        /// How many there were.
        found: usize,
    },
    /// A limit was passed: more than there may be.
    Limit {
        /// The limit.
        limit: usize,
        /// Its unit.
        unit: &'static str,
        /// How many there were, where that is known.
        found: Option<usize>,
    },
    /// The identity provider reports an error.
    Status {
        /// Top-level status code, then the nested ones.
        codes: Vec<Quoted>,
        /// StatusMessage.
        message: Option<Quoted>,
    },
    /// A signature that no trusted key verifies.
    Signature {
        /// The algorithm of the signature.
        algorithm: Quoted,
        /// How many trusted keys were tried.
        tried: usize,
        /// What the message says about its key.
        named: NamedKey,
    },
    /// A key is too small or too large.
    KeySize {
        /// Bits of the key.
        bits: usize,
        /// Least bits allowed.
        least: usize,
        /// Most bits allowed.
        most: usize,
    },
    /// An exception that has ended.
    ExceptionEnded {
        /// What had been allowed.
        relaxation: &'static str,
        /// Who owned it.
        owner: Quoted,
        /// The first instant at which it is refused again.
        expires: Instant,
        /// The rule that refuses now.
        refused: crate::check::Check,
    },
    /// Several alternatives, each failing by itself.
    Several(Vec<Failure>),
}
