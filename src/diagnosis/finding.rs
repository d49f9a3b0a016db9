//! One finding: which rule, how bad, where, what was seen and expected, why, and which other finding explains it.

use super::Configured;
use super::delta::Delta;
use super::words;
use crate::check::Check;
use crate::error::{Code, Failure, Location, Protocol, Quoted, Severity};
use crate::exception::Exception;
use crate::report::Provenance;

/// Something that does not hold, or is worth knowing. Values are [`Quoted`]: a [`super::Redactor`] decides what is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub(super) code: Code,
    pub(super) check: Option<Check>,
    pub(super) severity: Severity,
    pub(super) at: Location,
    pub(super) provenance: Provenance,
    pub(super) seen: Vec<Quoted>,
    pub(super) expected: Vec<Quoted>,
    pub(super) delta: Option<Delta>,
    pub(super) why: String,
    pub(super) caused_by: Vec<Code>,
}

impl Finding {
    /// A rule that does not hold. It refuses, whatever the usual severity of its code.
    pub(super) fn denied(
        protocol: Protocol,
        failure: &Failure,
        provenance: Provenance,
        configured: &[Configured],
    ) -> Self {
        let code = Code::of(failure.check, protocol, &failure.reason);
        Self::new(code, Severity::Deny, failure, provenance, configured)
    }

    /// A fact that does not refuse.
    pub(super) fn advice(code: Code, severity: Severity, failure: &Failure, provenance: Provenance) -> Self {
        Self::new(code, severity.min(Severity::Risk), failure, provenance, &[])
    }

    /// A rule held only because of a dated exception.
    pub(super) fn excepted(exception: &Exception) -> Self {
        let (name, expires) = (exception.relaxation().name(), exception.expires());
        Self {
            code: Code::AS105,
            check: None,
            severity: Severity::Note,
            at: Location::default(),
            provenance: Provenance::Config,
            seen: vec![Quoted::protocol(name), Quoted::tenant(exception.owner())],
            expected: Vec::new(),
            delta: None,
            why: format!("a rule held only because of the exception `{name}`, which ends at {expires}"),
            caused_by: Vec::new(),
        }
    }

    /// What mends it, where the usual text of its code is about something else.
    pub(super) fn own_fix(&self) -> Option<&'static str> {
        let configured = self.provenance == Provenance::Config;
        Some(match (self.code, self.check) {
            (Code::IN101, _) if configured => {
                "give the file that the option names: for --idp-metadata the SAML metadata of the identity provider \
                 (EntityDescriptor), for --idp-cert its certificate, for --jwks its key set"
            }
            (Code::CK110, _) if configured && self.at.as_path().starts_with("--jwks") => {
                "give the key set of the issuer (what its `jwks_uri` answers), one key of it, or its certificates or public keys \
                 in PEM; a key for ES512 or ML-DSA needs a build with the feature `aws-lc`"
            }
            (Code::OI102, Some(Check::KeyAmbiguous)) => {
                "ask the provider for key ids (`kid`), or try each key that fits: `--key-selection try-all`, \
                 `KeySelection::TryAll`"
            }
            (Code::OI102, Some(Check::KeyUseForbidden)) => {
                "the key set says that the key is for something else (`use`, `key_ops`): have it corrected at the provider"
            }
            _ => return None,
        })
    }

    fn new(
        code: Code,
        severity: Severity,
        failure: &Failure,
        provenance: Provenance,
        configured: &[Configured],
    ) -> Self {
        let words = words::of(failure, configured);
        Self {
            code,
            check: Some(failure.check),
            severity,
            at: failure.at.clone(),
            provenance,
            seen: words.seen,
            expected: words.expected,
            delta: words.delta,
            why: words.why,
            caused_by: Vec::new(),
        }
    }

    /// The code that operators see.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The exact rule; `None` where no rule of the library spoke, as with a [`super::Fact`].
    #[must_use]
    pub const fn check(&self) -> Option<Check> {
        self.check
    }

    /// How bad it is.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// Where in the input.
    #[must_use]
    pub const fn location(&self) -> &Location {
        &self.at
    }

    /// How far the values seen can be believed.
    #[must_use]
    pub const fn provenance(&self) -> Provenance {
        self.provenance
    }

    /// What the message says.
    #[must_use]
    pub fn seen(&self) -> &[Quoted] {
        &self.seen
    }

    /// What policy, configuration or the standard wants.
    #[must_use]
    pub fn expected(&self) -> &[Quoted] {
        &self.expected
    }

    /// The kind of difference between seen and expected, where it has a name.
    #[must_use]
    pub const fn delta(&self) -> Option<Delta> {
        self.delta
    }

    /// Why this is so, in one or two clauses without foreign text.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.why
    }

    /// Codes of the findings that explain this one: repair those first.
    #[must_use]
    pub fn caused_by(&self) -> &[Code] {
        &self.caused_by
    }
}
