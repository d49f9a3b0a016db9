//! What the rules of `checks.rs` are run over, which of them must have run, and the words in which one fails.

use super::assertion::Assertion;
use super::explain::Known;
use super::idp::TrustedIdp;
use super::read::Envelope;
use super::response::Signed;
use crate::check::{Check, CheckSet};
use crate::error::{Failure, Quoted, Reason};
use crate::exception::Relaxation;
use crate::instant::{Instant, Leeway, has_begun, has_ended};
use crate::report::{Provenance, Report};
use time::Duration;

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
    Check::NameIdQualifierMismatch,
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
    idp: Known<&TrustedIdp>,
    relaxation: Relaxation,
    now: Instant,
    outcome: Result<(), Failure>,
) -> Result<(), Failure> {
    let Err(failure) = outcome else { return Ok(()) };
    let Known::Known(idp) = idp else { return Err(failure) };
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

/// SAML profiles 4.1.4.2: the Format of an Issuer is absent or "entity".
pub(super) fn issuer_format(format: Option<&str>, at: &'static str) -> Result<(), Failure> {
    match format {
        Some(found) if found != ENTITY => {
            let (expected, found) = (vec![Quoted::protocol(ENTITY)], vec![Quoted::protocol(found)]);
            fail(Check::IssuerFormat, at, Reason::Mismatch { what: "Format", expected, found })
        }
        _ => Ok(()),
    }
}

/// SAML core 3.2.1: IssueInstant is not in the future.
pub(super) fn not_in_future(
    instant: Instant,
    at: &'static str,
    leeway: Leeway,
    now: Instant,
) -> Result<(), Failure> {
    if has_begun(now, instant, leeway) {
        return Ok(());
    }
    fail(
        Check::NotYetValid,
        at,
        Reason::NotYetValid { what: "IssueInstant", now, not_before: instant, leeway },
    )
}

/// IssueInstant is not too long ago.
pub(super) fn not_too_old(
    instant: Instant,
    at: &'static str,
    max_age: Duration,
    leeway: Leeway,
    now: Instant,
) -> Result<(), Failure> {
    if !has_ended(now, instant.plus(max_age), leeway) {
        return Ok(());
    }
    fail(Check::Expired, at, Reason::TooOld { what: "IssueInstant", now, since: instant, max_age, leeway })
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

const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
