//! For the application around the library: what the user may read, what goes to the log, and what is counted.

use super::{Finding, Redactor};
use crate::check::Check;
use crate::error::{Code, Error, Failure, Protocol, Rejection};
use crate::instant::Instant;
use crate::report::Provenance;
use serde::{Deserialize, Serialize};
use time::Duration;

impl Rejection {
    /// What the user may read: one neutral sentence and the reference under which the application logged the rest. It says
    /// nothing about the reason, because whoever sent the message may be an attacker.
    #[must_use]
    pub fn public_message(&self, reference: &str) -> String {
        public_message(reference)
    }

    /// What goes to the log: code, rule, place and deciding values, redacted.
    #[must_use]
    pub fn log_fields(&self, redactor: &Redactor) -> LogFields {
        let failure = Failure::new(self.check(), self.reason().clone(), self.location().clone());
        LogFields::of(self.code(), self.protocol(), &failure, redactor)
    }
}

impl Error {
    /// What the user may read, as [`Rejection::public_message`].
    #[must_use]
    pub fn public_message(&self, reference: &str) -> String {
        public_message(reference)
    }

    /// What goes to the log, as [`Rejection::log_fields`].
    #[must_use]
    pub fn log_fields(&self, redactor: &Redactor) -> LogFields {
        let failure = Failure::new(self.check(), self.reason(), self.location());
        let protocol = if self.code().as_str().starts_with("OI") { Protocol::Oidc } else { Protocol::Saml };
        LogFields::of(self.code(), protocol, &failure, redactor)
    }
}

/// Of the reference only what can stand in a page and a log line is kept.
fn public_message(reference: &str) -> String {
    let harmless = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    let reference: String = reference.chars().filter(harmless).take(REFERENCE_CHARS).collect();
    if reference.is_empty() {
        return "You could not be signed in. Please try again or contact your help desk.".to_owned();
    }
    format!("You could not be signed in. Please try again or contact your help desk and mention {reference}.")
}

/// A refusal as fields of a log line. Values of persons are pseudonyms, what could be replayed is a length.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LogFields {
    /// The code, such as `SA401`.
    pub code: &'static str,
    /// Its name, such as `audience-mismatch`.
    pub name: &'static str,
    /// The exact rule.
    pub check: &'static str,
    /// Where in the message.
    pub at: String,
    /// What the message says.
    pub seen: Vec<String>,
    /// What was expected.
    pub expected: Vec<String>,
    /// The kind of difference, where it has a name.
    pub delta: Option<&'static str>,
    /// Why, in one or two clauses without foreign text.
    pub why: String,
}

impl LogFields {
    fn of(code: Code, protocol: Protocol, failure: &Failure, redactor: &Redactor) -> Self {
        let finding = Finding::denied(protocol, failure, Provenance::Unsigned, &[]);
        let shown = |values: &[crate::error::Quoted]| -> Vec<String> {
            values.iter().map(|value| super::render::plain(&redactor.show(value))).collect()
        };
        Self {
            code: code.as_str(),
            name: code.name(),
            check: failure.check.name(),
            at: super::render::place(&failure.at),
            seen: shown(finding.seen()),
            expected: shown(finding.expected()),
            delta: finding.delta().map(super::Delta::as_str),
            why: finding.why().to_owned(),
        }
    }

    /// Names and values, for loggers that want texts. None of them breaks a line.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        vec![
            ("code", self.code.to_owned()),
            ("name", self.name.to_owned()),
            ("check", self.check.to_owned()),
            ("at", self.at.clone()),
            ("seen", self.seen.join(" | ")),
            ("expected", self.expected.join(" | ")),
            ("delta", self.delta.unwrap_or_default().to_owned()),
            ("why", self.why.clone()),
        ]
    }
}

/// How a decision went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Outcome {
    /// The login is good.
    Accepted,
    /// It is not.
    Denied,
}

/// One decision, to be counted: no value of a person, nothing that can be replayed. One line of JSON each, for
/// `troubleshoot slo` and for metrics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DecisionRecord {
    /// When it was made, RFC 3339 in UTC.
    pub at: String,
    /// Accepted or denied.
    pub outcome: Outcome,
    /// The code of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The exact rule of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// The trusted identity provider by its configured name, never by what the message says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// How the user authenticated: `acr`, or AuthnContextClassRef.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assurance: Option<String>,
    /// Fingerprint of the key that verified the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How long the decision took, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_us: Option<u64>,
}

impl DecisionRecord {
    /// A login that was accepted.
    #[must_use]
    pub fn accepted(now: time::OffsetDateTime) -> Self {
        Self::new(Outcome::Accepted, now)
    }

    /// A login that was refused.
    #[must_use]
    pub fn denied(error: &Error, now: time::OffsetDateTime) -> Self {
        let mut record = Self::new(Outcome::Denied, now);
        record.code = Some(error.code().as_str().to_owned());
        record.check = Some(Check::name(error.check()).to_owned());
        record
    }

    fn new(outcome: Outcome, now: time::OffsetDateTime) -> Self {
        let at = Instant::from(now).to_string();
        Self {
            at,
            outcome,
            code: None,
            check: None,
            issuer: None,
            assurance: None,
            key: None,
            latency_us: None,
        }
    }

    /// The trusted identity provider, by its configured name.
    #[must_use]
    pub fn with_issuer(mut self, issuer: &str) -> Self {
        self.issuer = Some(issuer.to_owned());
        self
    }

    /// How the user authenticated.
    #[must_use]
    pub fn with_assurance(mut self, assurance: &str) -> Self {
        self.assurance = Some(assurance.to_owned());
        self
    }

    /// Fingerprint of the key that verified the message.
    #[must_use]
    pub fn with_key(mut self, fingerprint: &str) -> Self {
        self.key = Some(fingerprint.to_owned());
        self
    }

    /// How long the decision took.
    #[must_use]
    pub fn with_latency(mut self, latency: Duration) -> Self {
        self.latency_us = u64::try_from(latency.whole_microseconds()).ok();
        self
    }

    /// The record as one line of JSON, with a line end.
    #[must_use]
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

const REFERENCE_CHARS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Quoted, Reason};

    fn rejection() -> Rejection {
        let reason = Reason::Mismatch {
            what: "NameID",
            expected: vec![Quoted::tenant("https://sp.test/\nmd")],
            found: vec![Quoted::person("canary@x.test"), Quoted::replayable("canary")],
        };
        Rejection::new(Protocol::Saml, Failure::at(Check::AudienceMismatch, "/Response", reason))
    }

    #[test]
    fn the_user_reads_nothing_of_the_reason() {
        let text = rejection().public_message("r-17<script>\n");
        assert_eq!(
            text,
            "You could not be signed in. Please try again or contact your help desk and mention r-17script."
        );
        assert_eq!(Error::from(rejection()).public_message("r-17<script>"), text);
        assert!(!rejection().public_message("").contains("mention"));
    }

    #[test]
    fn the_log_names_nobody_and_stays_on_its_line() {
        let redactor = Redactor::with_key(b"key");
        let fields = rejection().log_fields(&redactor);
        assert_eq!((fields.code, fields.check), ("SA401", "AudienceMismatch"));
        let json = serde_json::to_string(&fields).unwrap();
        let pairs = fields.pairs();
        assert!(!json.contains("canary") && json.contains("u-"), "{json}");
        assert!(pairs.iter().all(|(_, value)| !value.contains(['\n', '\r']) && !value.contains("canary")));
        assert_eq!(Error::from(rejection()).log_fields(&redactor), fields);
    }

    #[test]
    fn records_are_lines_that_can_be_read_again() {
        let now = time::OffsetDateTime::UNIX_EPOCH;
        let denied = DecisionRecord::denied(&rejection().into(), now).with_issuer("https://idp.test");
        let line = denied.to_line();
        assert_eq!(
            line,
            "{\"at\":\"1970-01-01T00:00:00Z\",\"outcome\":\"denied\",\"code\":\"SA401\",\"check\":\"AudienceMismatch\",\
             \"issuer\":\"https://idp.test\"}\n"
        );
        assert_eq!(serde_json::from_str::<DecisionRecord>(&line).unwrap(), denied);
        let accepted = DecisionRecord::accepted(now)
            .with_assurance("urn:x")
            .with_key("ab")
            .with_latency(Duration::SECOND);
        assert_eq!(
            serde_json::from_str::<DecisionRecord>(&accepted.to_line()).unwrap().latency_us,
            Some(1_000_000)
        );
    }
}
