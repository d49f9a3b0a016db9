//! A diagnosis on paper. One model, several forms; each shows only what the redactor lets it show.

mod html;
mod human;
mod json;
mod md;
mod svg;

pub(super) use crate::characters::escape_hidden as plain;
pub(super) use json::place;

use super::{Diagnosis, Finding};
use crate::error::{Class, Code, Severity};
use crate::instant::Instant;
use crate::report::Provenance;

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
    need_prefix: &'static str,
}

impl Context {
    /// Kind of message (such as `saml-response`), its octets as they were handed in, and the time of evaluation.
    #[must_use]
    pub fn new(kind: &str, input: &[u8], evaluated_at: Instant, time_source: TimeSource) -> Self {
        let sha256 = crate::crypto::sha256_hex(input);
        Self {
            kind: kind.to_owned(),
            decoded: Vec::new(),
            sha256,
            evaluated_at,
            time_source,
            need_prefix: "",
        }
    }

    /// Leaves out the SHA-256 of the input. Whoever can guess the input would know by it that the guess is right.
    #[must_use]
    pub fn with_guessable_input(mut self) -> Self {
        "withheld".clone_into(&mut self.sha256);
        self
    }

    /// One more step of decoding, outermost first, such as `base64` and then `xml`.
    #[must_use]
    pub fn with_step(mut self, step: &str) -> Self {
        self.decoded.push(step.to_owned());
        self
    }

    /// How the surroundings write what is needed: a tool with flags puts `--` before it.
    #[must_use]
    pub const fn with_need_prefix(mut self, prefix: &'static str) -> Self {
        self.need_prefix = prefix;
        self
    }

    /// A need that is one word is an option; others are descriptions.
    fn need(&self, needs: &str) -> String {
        if needs.contains(' ') { needs.to_owned() } else { format!("{}{needs}", self.need_prefix) }
    }
}

/// Two texts: what they have in common at the start, what differs, what they have in common at the end.
struct Difference<'t> {
    before: &'t str,
    seen: &'t str,
    expected: &'t str,
    after: &'t str,
}

impl<'t> Difference<'t> {
    fn of(seen: &'t str, expected: &'t str) -> Option<Self> {
        if seen == expected {
            return None;
        }
        let same = |a: &mut dyn Iterator<Item = char>, b: &mut dyn Iterator<Item = char>| {
            a.zip(b)
                .take_while(|(a, b)| a == b)
                .fold(0_usize, |length, (c, _)| length.saturating_add(c.len_utf8()))
        };
        let start = same(&mut seen.chars(), &mut expected.chars());
        let (before, seen) = seen.split_at_checked(start)?;
        let (_, expected) = expected.split_at_checked(start)?;
        let end = same(&mut seen.chars().rev(), &mut expected.chars().rev());
        let (seen, after) = seen.split_at_checked(seen.len().saturating_sub(end))?;
        let (expected, _) = expected.split_at_checked(expected.len().saturating_sub(end))?;
        Some(Self { before, seen, expected, after })
    }
}

/// The differing characters of seen and expected say something, and may be shown.
fn comparable(finding: &Finding) -> bool {
    let legible = finding.seen().iter().chain(finding.expected()).all(|value| value.class() <= Class::Tenant);
    legible && finding.delta().is_some_and(|delta| !delta.is_of_time())
}

/// The findings that this code explains.
fn consequences(diagnosis: &Diagnosis, cause: Code) -> Vec<String> {
    let explained = diagnosis.findings().iter().filter(|finding| finding.caused_by().contains(&cause));
    explained.map(named).collect()
}

/// Code and name of a consequence; one of the same code as its cause also by its place.
fn named(finding: &Finding) -> String {
    let code = finding.code();
    let same = finding.caused_by().contains(&code);
    let place = finding.location().as_path().rsplit('/').next().filter(|place| same && !place.is_empty());
    let place = place.map_or_else(String::new, |place| format!(" ({})", place.trim_start_matches('@')));
    format!("{code} {}{place}", code.name())
}

/// The sign before the word of a severity.
const fn symbol(severity: Severity) -> &'static str {
    match severity {
        Severity::Deny => "\u{2717}",
        Severity::Risk | Severity::Warn => "!",
        Severity::Note => "i",
    }
}

/// Nothing of a message is believed that no trusted key has signed.
const fn provenance(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Unsigned => "unverified",
        other => other.as_str(),
    }
}

/// A value: as [`plain`], and a space at an end, or a second one, is shown. Nobody sees it, and two values differ in it.
pub(super) fn plain_value(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let last = text.chars().count().saturating_sub(1);
    let mut previous = None;
    for (at, c) in text.chars().enumerate() {
        let hidden = c == ' ' && (at == 0 || at == last || previous == Some(' '));
        previous = Some(c);
        shown.push_str(&if hidden { "\\u{20}".to_owned() } else { plain(c.encode_utf8(&mut [0; 4])) });
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Check;
    use crate::diagnosis::{Claims, Diagnosis, Draft, Redactor, Reveal};
    use crate::error::{Code, Failure, NamedKey, Protocol, Quoted, Reason, Severity};
    use crate::instant::Leeway;
    use crate::report::{Observation, Provenance};

    fn context() -> Context {
        Context::new("saml-response", b"input", Instant::from_unix(1_767_225_600, 0), TimeSource::Flag)
            .with_step("xml")
    }

    fn reports(diagnosis: &Diagnosis, redactor: &Redactor) -> [String; 5] {
        [
            diagnosis.to_json(&context(), redactor),
            diagnosis.to_human(&context(), redactor, Style::Plain),
            diagnosis.to_human(&context(), redactor, Style::Colour),
            diagnosis.to_markdown(&context(), redactor),
            diagnosis.to_html(&context(), redactor),
        ]
    }

    /// One reason of each kind, every foreign value a canary of the class.
    fn reasons(class: fn(&str) -> Quoted) -> Vec<Reason> {
        let canary = || class("canary-8d1f@canary.example");
        let (now, leeway) = (Instant::from_unix(0, 0), Leeway::default());
        let mismatch = || Reason::Mismatch {
            what: "x",
            expected: vec![class("canary-8d1f@canary.example/")],
            found: vec![canary()],
        };
        vec![
            Reason::Found { what: "x", found: canary() },
            mismatch(),
            Reason::Status { codes: vec![canary()], message: Some(canary()) },
            Reason::Signature { algorithm: canary(), tried: 2, named: NamedKey::Untrusted(canary()) },
            Reason::Signature { algorithm: canary(), tried: 1, named: NamedKey::Trusted(canary()) },
            Reason::ExceptionEnded {
                relaxation: "sha1",
                owner: canary(),
                expires: now,
                refused: Check::WeakKey,
            },
            Reason::Expired { what: "x", now, not_on_or_after: now, leeway },
            Reason::Several(vec![Failure::at(Check::RecipientMismatch, "", mismatch())]),
        ]
    }

    #[test]
    fn no_canary_leaves_by_default() {
        for (class, revealed) in [(Quoted::person as fn(&str) -> Quoted, true), (Quoted::replayable, false)] {
            for reason in reasons(class) {
                let failure = Failure::at(Check::SubjectConfirmationFailed, "/Response", reason);
                let diagnosis = Draft::new(Protocol::Saml)
                    .observe(&Observation { failure: failure.clone(), provenance: Provenance::Unsigned })
                    .advise(Code::AS105, Severity::Note, &failure, Provenance::Config)
                    .finish();
                for text in reports(&diagnosis, &Redactor::for_input(b"input")) {
                    assert!(!text.contains("canary"), "{text}");
                }
                let has_value = !diagnosis
                    .findings()
                    .iter()
                    .all(|finding| finding.seen().iter().all(|v| v.class() < class("").class()));
                for text in reports(&diagnosis, &Redactor::for_input(b"input").with_reveal(Reveal::Person)) {
                    assert_eq!(text.contains("canary"), revealed && has_value, "{text}");
                }
            }
        }
        let claims = Claims::new("https://idp.test")
            .with_subject("canary@canary.example", Some("urn:format"))
            .with_attribute("mail", [Some("canary@canary.example"), None])
            .with_attribute("mail", [Some("second-canary")]);
        let diagnosis = Draft::new(Protocol::Saml).claims(claims).finish();
        for text in reports(&diagnosis, &Redactor::for_input(b"input")) {
            assert!(
                !text.contains("canary") && text.contains("mail") && text.contains("urn:format"),
                "{text}"
            );
        }
        assert!(!format!("{diagnosis:?}").contains("canary"));
    }

    #[test]
    fn foreign_text_cannot_steer() {
        let evil = "https://sp.test/\u{1b}[31m\u{202e}\u{9b}x\n\u{e0001}";
        let failure = Failure::at(
            Check::AudienceMismatch,
            "",
            Reason::Found { what: "x", found: Quoted::tenant(evil) },
        );
        let observation = Observation { failure, provenance: Provenance::Unsigned };
        let diagnosis = Draft::new(Protocol::Saml).observe(&observation).finish();
        let redactor = Redactor::for_input(b"input");
        let json = diagnosis.to_json(&context(), &redactor);
        let human = diagnosis.to_human(&context(), &redactor, Style::Plain);
        let markdown = diagnosis.to_markdown(&context(), &redactor);
        let html = diagnosis.to_html(&context(), &redactor);
        for text in [&json, &human, &markdown, &html] {
            assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{9b}', '\u{e0001}']), "{text}");
        }
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value.pointer("/findings/0/seen/0").and_then(serde_json::Value::as_str), Some(evil));
    }

    #[test]
    fn lines_fit_and_the_fix_comes_last() {
        let found = "https://app.acme.example/saml/acs".repeat(5);
        let reason = Reason::Mismatch {
            what: "Audience",
            expected: vec![Quoted::tenant("https://app.acme.example/saml/metadata")],
            found: vec![Quoted::tenant(&found)],
        };
        let failure = Failure::at(
            Check::AudienceMismatch,
            "/Response/Assertion/Conditions/AudienceRestriction",
            reason,
        );
        let observation = Observation { failure, provenance: Provenance::Signed };
        let diagnosis = Draft::new(Protocol::Saml).observe(&observation).finish();
        let text = diagnosis.to_human(&context(), &Redactor::for_input(b""), Style::Plain);
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        let labels: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("    ")?.split(' ').next()).collect();
        let fix = labels.iter().position(|label| *label == "fix").unwrap();
        assert!(labels[fix..].iter().all(|label| ["fix", "", "more"].contains(label)), "{text}");
        let painted = diagnosis.to_human(&context(), &Redactor::for_input(b""), Style::Colour);
        assert_ne!(painted, text);
        assert_eq!(painted.replace("\u{1b}[1;31m", "").replace("\u{1b}[0m", ""), text);
    }
}
