//! What the rules of `checks.rs` are run over, which of them must have run, and the words in which one fails.

use super::assertion::Assertion;
use super::explain::{Expectations, Known};
use super::idp::TrustedIdp;
use super::policy::{AuthnContext, CertificateValidity, NameIdPolicy};
use super::read::Envelope;
use super::response::Signed;
use crate::check::Check;
use crate::error::{Failure, Quoted, Reason};
use crate::exception::Relaxation;
use crate::instant::{Instant, Leeway, has_begun, has_ended};
use crate::report::{Provenance, Report, Ruling};
use crate::rule::{Rule, RuleSet};
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

/// The rules that must have been judged, each once, before a login is a login. The walk is written apart on purpose.
pub(super) fn plan(wanted: &Expectations<'_>) -> RuleSet {
    PLAN.with_if(wanted.certificate_validity == CertificateValidity::Enforced, Rule::CertificateBegun)
        .with_if(wanted.certificate_validity == CertificateValidity::Enforced, Rule::CertificateLasting)
        .with_if(wanted.asked.is_some(), Rule::AskedIssuer)
        .with_if(matches!(wanted.name_id, NameIdPolicy::Format(_)), Rule::SubjectNameFormat)
        .with_if(matches!(wanted.authn_context, AuthnContext::OneOf(_)), Rule::StatementContext)
        .with_if(wanted.max_authn_age.is_some(), Rule::StatementAge)
}

const PLAN: RuleSet = RuleSet::of(&[
    Rule::Status,
    Rule::RequiredSignature,
    Rule::AssertionIssuerPresent,
    Rule::ResponseIssuerFormat,
    Rule::AssertionIssuerFormat,
    Rule::ResponseIssuer,
    Rule::AssertionIssuer,
    Rule::ResponseDestinationPresent,
    Rule::ResponseDestination,
    Rule::ResponseBegun,
    Rule::ResponseAge,
    Rule::AssertionBegun,
    Rule::AssertionAge,
    Rule::SubjectPresent,
    Rule::SubjectNamed,
    Rule::SubjectNameFilled,
    Rule::SubjectNameRealm,
    Rule::ConditionsPresent,
    Rule::ConditionsKnown,
    Rule::ConditionsOrder,
    Rule::ConditionsBegun,
    Rule::ConditionsLasting,
    Rule::AudienceRestricted,
    Rule::AudienceNamed,
    Rule::ResponseAnswers,
    Rule::BearerPresent,
    Rule::BearerData,
    Rule::BearerBounded,
    Rule::BearerOrder,
    Rule::BearerBegun,
    Rule::BearerLasting,
    Rule::BearerRecipientPresent,
    Rule::BearerRecipient,
    Rule::BearerAnswerPresent,
    Rule::BearerAnswers,
    Rule::StatementPresent,
    Rule::StatementBegun,
    Rule::SessionLasting,
]);

/// A rule that a dated exception of the identity provider excuses while it lasts. One that ended is named in the refusal.
/// True when the rule held or is excused.
pub(super) fn rule_or_exception(
    report: &mut impl Report,
    (rule, provenance): (Rule, Provenance),
    idp: Known<&TrustedIdp>,
    relaxation: Relaxation,
    now: Instant,
    outcome: Result<(), Failure>,
) -> Result<bool, Failure> {
    let (Err(failure), Known::Known(idp)) = (&outcome, idp) else {
        return report.rule(rule, provenance, outcome);
    };
    let mut matching = idp.exceptions.iter().filter(|exception| exception.relaxation() == relaxation);
    if let Some(active) = matching.clone().find(|exception| exception.is_active(now)) {
        report.excused(rule, active);
        return Ok(true);
    }
    let Some(ended) = matching.next() else { return report.rule(rule, provenance, outcome) };
    let reason = Reason::ExceptionEnded {
        relaxation: relaxation.name(),
        owner: Quoted::tenant(ended.owner()),
        expires: ended.expires(),
        refused: failure.check,
    };
    report.rule(rule, provenance, Err(Failure { reason, ..failure.clone() }))
}

/// SAML profiles 4.1.4.2: the Format of an Issuer is absent or "entity".
pub(super) fn issuer_format(format: Option<&str>, at: &'static str) -> Result<Ruling, Failure> {
    let Some(found) = format else { return Ok(Ruling::NotApplicable("the Issuer has no Format")) };
    if found == ENTITY {
        return Ok(Ruling::Held);
    }
    let (expected, found) = (vec![Quoted::protocol(ENTITY)], vec![Quoted::protocol(found)]);
    Err(Failure::at(Check::IssuerFormat, at, Reason::Mismatch { what: "Format", expected, found }))
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
