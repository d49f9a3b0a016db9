//! What the rules of `checks.rs` are run over, which of them must have run, and the words in which one fails.

use super::assertion::Assertion;
use super::explain::{Expectations, Known};
use super::read::Envelope;
use super::response::Signed;
use crate::check::{Check, CheckSet};
use crate::error::{Failure, Quoted, Reason};
use crate::exception::Relaxation;
use crate::instant::Instant;
use crate::report::{Provenance, Report};

/// What the rules are run over, and how far each half of it can be believed.
pub(super) struct Login<'m> {
    pub(super) envelope: &'m Envelope,
    pub(super) envelope_provenance: Provenance,
    pub(super) assertion: &'m Assertion,
    pub(super) assertion_provenance: Provenance,
    /// Which signatures hold; `None` when none was judged.
    pub(super) signed: Option<Signed>,
}

/// The checks that must have run, each, before a login is a login.
pub(super) const PLAN: CheckSet = CheckSet::of(&[
    Check::StatusNotSuccess,
    Check::SignatureMissing,
    Check::CertificateNotYetValid,
    Check::CertificateExpired,
    Check::IssuerMissing,
    Check::IssuerFormat,
    Check::IssuerMismatch,
    Check::DestinationMissing,
    Check::DestinationMismatch,
    Check::NotYetValid,
    Check::Expired,
    Check::SubjectMissing,
    Check::NameIdMissing,
    Check::NameIdEmpty,
    Check::NameIdFormatMismatch,
    Check::ConditionsMissing,
    Check::ConditionUnknown,
    Check::WindowInverted,
    Check::AudienceMissing,
    Check::AudienceMismatch,
    Check::SubjectConfirmationMissing,
    Check::SubjectConfirmationFailed,
    Check::NotOnOrAfterMissing,
    Check::RecipientMissing,
    Check::RecipientMismatch,
    Check::InResponseToMissing,
    Check::InResponseToMismatch,
    Check::AuthnStatementMissing,
    Check::AuthnContextMismatch,
    Check::AuthnTooOld,
    Check::SessionExpired,
]);

/// A refusal that a dated exception of the identity provider lifts while it lasts. One that ended is named in its place.
pub(super) fn or_exception(
    report: &mut impl Report,
    wanted: &Expectations<'_>,
    relaxation: Relaxation,
    now: Instant,
    outcome: Result<(), Failure>,
) -> Result<(), Failure> {
    let Err(failure) = outcome else { return Ok(()) };
    let Known::Known(idp) = wanted.idp else { return Err(failure) };
    let mut matching = idp.exceptions.iter().filter(|exception| exception.relaxation() == relaxation);
    let ended = match matching.clone().find(|exception| exception.is_active(now)) {
        Some(active) => {
            report.excepted(active);
            return Ok(());
        }
        None => matching.next(),
    };
    let Some(ended) = ended else { return Err(failure) };
    let reason = Reason::ExceptionEnded {
        relaxation: relaxation.name(),
        owner: Quoted::tenant(ended.owner()),
        expires: ended.expires(),
        refused: failure.check,
    };
    Err(Failure { reason, ..failure })
}

pub(super) fn mismatch<'q>(
    check: Check,
    at: &'static str,
    what: &'static str,
    expected: impl IntoIterator<Item = &'q str>,
    found: impl IntoIterator<Item = &'q str>,
) -> Result<(), Failure> {
    let expected = expected.into_iter().map(Quoted::tenant).collect();
    let found = found.into_iter().map(Quoted::tenant).collect();
    fail(check, at, Reason::Mismatch { what, expected, found })
}

pub(super) fn fail(check: Check, at: &'static str, reason: Reason) -> Result<(), Failure> {
    Err(Failure::at(check, at, reason))
}
