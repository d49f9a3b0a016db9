//! A diagnosis on paper. One model, several forms; each shows only what the redactor lets it show.

mod human;
mod json;

use crate::instant::Instant;

/// Where the evaluation time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeSource {
    /// Somebody said so.
    Flag,
    /// IssueInstant (SAML) or `iat` (token) of the message.
    IssueInstant,
    /// When the capture was made.
    Capture,
    /// The clock.
    Now,
}

impl TimeSource {
    /// The word for it in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::IssueInstant => "issue-instant",
            Self::Capture => "capture",
            Self::Now => "now",
        }
    }
}

/// Plain text, or with the colours of a terminal. Nothing is said by colour alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Style {
    /// No escape sequences.
    #[default]
    Plain,
    /// ANSI colours.
    Colour,
}

/// What a report says about the input beside the diagnosis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    kind: String,
    decoded: Vec<String>,
    sha256: String,
    evaluated_at: Instant,
    time_source: TimeSource,
}

impl Context {
    /// Kind of message (such as `saml-response`), its octets as they were handed in, and the time of evaluation.
    #[must_use]
    pub fn new(kind: &str, input: &[u8], evaluated_at: Instant, time_source: TimeSource) -> Self {
        let sha256 = crate::crypto::sha256_hex(input);
        Self { kind: kind.to_owned(), decoded: Vec::new(), sha256, evaluated_at, time_source }
    }

    /// One more step of decoding, outermost first, such as `base64` and then `xml`.
    #[must_use]
    pub fn with_step(mut self, step: &str) -> Self {
        self.decoded.push(step.to_owned());
        self
    }
}
