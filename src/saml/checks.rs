//! Every rule of the web browser SSO profile, in the order in which it is judged, with its section.
//!
//! One walk, [`run_checks`], serves decision and explanation. Signatures were judged before (`xml/signature.rs`) and the
//! grammar before that (`grammar.rs`). A value outside every verified signature may refuse, never satisfy.

use super::assertion::{Assertion, AuthnStatement, Conditions, SubjectConfirmation};
use super::explain::{Expectations, Known};
use super::outcome::{Login, fail, issuer_format, mismatch, not_in_future, not_too_old, or_exception};
use super::policy::{AuthnContext, CertificateValidity, NameIdPolicy, Request, RequiredSignature};
use super::read::Envelope;
use super::response::Signed;
use crate::check::Check;
use crate::crypto::constant_time_eq;
use crate::error::{Failure, Quoted, Reason};
use crate::exception::Relaxation;
use crate::instant::{Instant, Outside, has_begun, has_ended, outside};
use crate::limits::RESPONSE_AGE_DAYS;
use crate::report::{Provenance, Report};
use time::Duration;

/// Runs every rule. Returns which authentication statement met the policy.
pub(super) fn run_checks(
    report: &mut impl Report,
    login: &Login<'_>,
    wanted: &Expectations<'_>,
    now: Instant,
) -> Result<usize, Failure> {
    let (envelope, assertion) = (login.envelope, login.assertion);
    let (outer, inner) = (login.envelope_provenance, login.assertion_provenance);

    // SAML core 3.2.2.2: anything but Success carries no login.
    report.rule(Check::StatusNotSuccess, outer, status(envelope))?;

    // SAML profiles 4.1.4.3 and 4.1.4.5: the assertion is signed, itself or by the Response around it.
    match login.signed {
        Some(signed) => {
            report.rule(
                Check::SignatureMissing,
                inner,
                required_signature(signed, wanted.required_signature),
            )?;
            certificates(report, login, wanted, now)?;
        }
        None => report.skip(Check::SignatureMissing, "idp-metadata")?,
    }

    // SAML profiles 4.1.4.2: the Issuer is the identity provider, on the assertion always, on the Response where it is.
    report.rule(Check::IssuerMissing, inner, issuer_named(assertion))?;
    let of_response = envelope.issuer.as_ref().and_then(|issuer| issuer.format.as_deref());
    report.rule(Check::IssuerFormat, outer, issuer_format(of_response, "/Response/Issuer"))?;
    let of_assertion = assertion.issuer_format.as_deref();
    report.rule(Check::IssuerFormat, inner, issuer_format(of_assertion, "/Response/Assertion/Issuer"))?;
    match wanted.idp {
        Known::Known(idp) => {
            report.rule(Check::IssuerMismatch, outer, envelope_issuer(envelope, &idp.entity_id))?;
            // The one that was asked, when others are trusted as well (mix-up).
            let asked = wanted.asked.map_or(Ok(()), |asked| issuer(assertion, asked));
            let is_idp = issuer(assertion, &idp.entity_id).and(asked);
            report.rule(Check::IssuerMismatch, inner, is_idp)?;
        }
        Known::NotSupplied => report.skip(Check::IssuerMismatch, "idp-metadata")?,
    }

    // SAML core 3.2.2, bindings 3.5.5.2: the Response was sent to this service; a signed one says so.
    let present = destination_present(envelope, outer);
    let present = or_exception(report, wanted.idp, Relaxation::NoDestination, now, present);
    report.rule(Check::DestinationMissing, outer, present)?;
    match wanted.acs {
        Known::Known(acs) => {
            report.rule(Check::DestinationMismatch, outer, destination(envelope, acs))?;
        }
        Known::NotSupplied => report.skip(Check::DestinationMismatch, "acs")?,
    }

    // SAML core 3.2.2 and 2.3.3: made neither in the future nor too long ago. The age that policy bounds is the assertion's.
    let envelope_age = wanted.max_message_age.max(Duration::days(RESPONSE_AGE_DAYS));
    for (instant, at, max_age, provenance) in [
        (envelope.issue_instant, "/Response/@IssueInstant", envelope_age, outer),
        (assertion.issue_instant, "/Response/Assertion/@IssueInstant", wanted.max_message_age, inner),
    ] {
        report.rule(Check::NotYetValid, provenance, not_in_future(instant, at, wanted.leeway, now))?;
        report.rule(Check::Expired, provenance, not_too_old(instant, at, max_age, wanted.leeway, now))?;
    }

    subject(report, login, wanted)?;
    conditions(report, login, wanted, now)?;
    confirmations(report, login, wanted, now)?;
    authentication(report, login, wanted, now)
}

/// SAML core 3.2.2.2: the top-level code decides; a nested Success does not count.
pub(super) fn status(envelope: &Envelope) -> Result<(), Failure> {
    if envelope.status.first().is_some_and(|code| code == SUCCESS) {
        return Ok(());
    }
    let codes = envelope.status.iter().map(|code| Quoted::protocol(code)).collect();
    let message = envelope.status_message.as_deref().map(Quoted::tenant);
    fail(Check::StatusNotSuccess, "/Response/Status/StatusCode", Reason::Status { codes, message })
}

/// The signature that policy wants is among those that hold.
fn required_signature(signed: Signed, required: RequiredSignature) -> Result<(), Failure> {
    let (enough, expected): (bool, &[&str]) = match required {
        RequiredSignature::Assertion => (signed.assertion, &["Assertion"]),
        RequiredSignature::Response => (signed.response, &["Response"]),
        RequiredSignature::Either => (signed.assertion || signed.response, &["Assertion", "Response"]),
        RequiredSignature::Both => (signed.assertion && signed.response, &["Assertion", "Response"]),
    };
    if enough {
        return Ok(());
    }
    let found = [("Assertion", signed.assertion), ("Response", signed.response)];
    let found = found.iter().filter(|(_, signed)| *signed).map(|(name, _)| Quoted::protocol(name)).collect();
    let expected = expected.iter().map(|name| Quoted::protocol(name)).collect();
    fail(Check::SignatureMissing, "/Response", Reason::Mismatch { what: "signature", expected, found })
}

/// Policy P6: the validity of the certificate around a pinned key counts only where policy says so.
fn certificates(
    report: &mut impl Report,
    login: &Login<'_>,
    wanted: &Expectations<'_>,
    now: Instant,
) -> Result<(), Failure> {
    let (mut begun, mut lasting) = (Ok(()), Ok(()));
    if let (Known::Known(idp), CertificateValidity::Enforced) = (wanted.idp, wanted.certificate_validity) {
        for signed_by in &login.assertion.signed_by {
            let certificate = idp.keys.iter().nth(signed_by.key_index).and_then(|key| key.certificate());
            let Some(certificate) = certificate else { continue };
            let leeway = wanted.leeway;
            // RFC 5280 4.1.2.5: notAfter is the last second of validity.
            let end = certificate.not_after().plus(Duration::SECOND);
            let what = "certificate";
            if begun.is_ok() && !has_begun(now, certificate.not_before(), leeway) {
                let reason = Reason::NotYetValid { what, now, not_before: certificate.not_before(), leeway };
                begun = fail(Check::CertificateNotYetValid, "", reason);
            }
            if lasting.is_ok() && has_ended(now, end, leeway) {
                lasting = fail(
                    Check::CertificateExpired,
                    "",
                    Reason::Expired { what, now, not_on_or_after: end, leeway },
                );
            }
        }
    }
    report.rule(Check::CertificateNotYetValid, Provenance::Config, begun)?;
    report.rule(Check::CertificateExpired, Provenance::Config, lasting)?;
    Ok(())
}

fn issuer_named(assertion: &Assertion) -> Result<(), Failure> {
    if assertion.issuer.as_deref().is_some_and(|issuer| !issuer.is_empty()) {
        return Ok(());
    }
    fail(Check::IssuerMissing, "/Response/Assertion/Issuer", Reason::Missing { what: "Issuer" })
}

fn issuer(assertion: &Assertion, entity_id: &str) -> Result<(), Failure> {
    if assertion.issuer.as_deref() == Some(entity_id) {
        return Ok(());
    }
    let found = assertion.issuer.as_deref();
    mismatch(Check::IssuerMismatch, "/Response/Assertion/Issuer", "Issuer", [entity_id], found)
}

fn envelope_issuer(envelope: &Envelope, entity_id: &str) -> Result<(), Failure> {
    match &envelope.issuer {
        Some(issuer) if issuer.value != entity_id => mismatch(
            Check::IssuerMismatch,
            "/Response/Issuer",
            "Issuer",
            [entity_id],
            [issuer.value.as_str()],
        ),
        _ => Ok(()),
    }
}

fn destination_present(envelope: &Envelope, provenance: Provenance) -> Result<(), Failure> {
    if envelope.destination.is_some() || provenance != Provenance::Signed {
        return Ok(());
    }
    fail(Check::DestinationMissing, "/Response/@Destination", Reason::Missing { what: "Destination" })
}

fn destination(envelope: &Envelope, acs: &[String]) -> Result<(), Failure> {
    match envelope.destination.as_deref() {
        Some(found) if !acs.iter().any(|url| url == found) => {
            let expected = acs.iter().map(String::as_str);
            mismatch(Check::DestinationMismatch, "/Response/@Destination", "Destination", expected, [found])
        }
        _ => Ok(()),
    }
}

/// SAML profiles 4.1.4.2, core 2.4.1: the assertion has a subject, named as policy wants.
fn subject(report: &mut impl Report, login: &Login<'_>, wanted: &Expectations<'_>) -> Result<(), Failure> {
    let inner = login.assertion_provenance;
    let at = "/Response/Assertion/Subject";
    let there = login.assertion.subject.is_some();
    let missing = || fail(Check::SubjectMissing, at, Reason::Missing { what: "Subject" });
    if !report.rule(Check::SubjectMissing, inner, if there { Ok(()) } else { missing() })? {
        return Ok(());
    }
    let at = "/Response/Assertion/Subject/NameID";
    let Some(name_id) = login.assertion.name_id() else {
        let optional = matches!(wanted.name_id, NameIdPolicy::Optional);
        let missing = || fail(Check::NameIdMissing, at, Reason::Missing { what: "NameID" });
        if report.rule(Check::NameIdMissing, inner, if optional { Ok(()) } else { missing() })? {
            report.rule(Check::NameIdEmpty, inner, Ok(()))?;
            report.rule(Check::NameIdFormatMismatch, inner, Ok(()))?;
        }
        return Ok(());
    };
    report.rule(Check::NameIdMissing, inner, Ok(()))?;
    let blank = name_id.value().chars().all(char::is_whitespace);
    let empty = || fail(Check::NameIdEmpty, at, Reason::Stated("the name identifier is empty"));
    report.rule(Check::NameIdEmpty, inner, if blank { empty() } else { Ok(()) })?;
    let format = match &wanted.name_id {
        NameIdPolicy::Format(format) if name_id.format().unwrap_or(UNSPECIFIED) != format => {
            let found = name_id.format().map(Quoted::protocol).into_iter().collect();
            let expected = vec![Quoted::protocol(format)];
            fail(Check::NameIdFormatMismatch, at, Reason::Mismatch { what: "Format", expected, found })
        }
        _ => Ok(()),
    };
    report.rule(Check::NameIdFormatMismatch, inner, format)?;
    Ok(())
}

/// SAML core 2.5.1, profiles 4.1.4.2: conditions are there, understood, in time, and name this service as audience.
fn conditions(
    report: &mut impl Report,
    login: &Login<'_>,
    wanted: &Expectations<'_>,
    now: Instant,
) -> Result<(), Failure> {
    let inner = login.assertion_provenance;
    let at = "/Response/Assertion/Conditions";
    let Some(conditions) = login.assertion.conditions() else {
        let missing = fail(Check::ConditionsMissing, at, Reason::Missing { what: "Conditions" });
        let outcome = or_exception(report, wanted.idp, Relaxation::NoConditions, now, missing);
        if report.rule(Check::ConditionsMissing, inner, outcome)? {
            for check in [
                Check::ConditionUnknown,
                Check::WindowInverted,
                Check::NotYetValid,
                Check::Expired,
                Check::AudienceMissing,
                Check::AudienceMismatch,
            ] {
                report.rule(check, inner, Ok(()))?;
            }
        }
        return Ok(());
    };
    report.rule(Check::ConditionsMissing, inner, Ok(()))?;

    // SAML core 2.5.1.1: a condition that is not understood makes the assertion indeterminate.
    let understood = conditions.unknown.as_ref().map_or(Ok(()), |name| {
        let found = Quoted::protocol(name);
        fail(Check::ConditionUnknown, at, Reason::Found { what: "condition", found })
    });
    report.rule(Check::ConditionUnknown, inner, understood)?;

    // SAML core 2.5.1.2.
    report.rule(Check::WindowInverted, inner, window_order(conditions))?;
    let (not_yet, no_longer) = window(conditions, wanted, now);
    report.rule(Check::NotYetValid, inner, not_yet)?;
    report.rule(Check::Expired, inner, no_longer)?;

    // SAML core 2.5.1.4: every restriction (AND) names this service among its audiences (OR).
    let at = "/Response/Assertion/Conditions/AudienceRestriction";
    let restricted = if conditions.audience_restrictions.is_empty() {
        fail(Check::AudienceMissing, at, Reason::Missing { what: "AudienceRestriction" })
    } else {
        Ok(())
    };
    let restricted = or_exception(report, wanted.idp, Relaxation::NoAudience, now, restricted);
    if !report.rule(Check::AudienceMissing, inner, restricted)? {
        return Ok(());
    }
    match wanted.sp_entity_id {
        Known::Known(sp) => {
            let other = conditions
                .audience_restrictions
                .iter()
                .find(|any| !any.iter().any(|audience| audience == sp));
            let outcome = other.map_or(Ok(()), |found| {
                mismatch(Check::AudienceMismatch, at, "Audience", [sp], found.iter().map(String::as_str))
            });
            report.rule(Check::AudienceMismatch, inner, outcome)?;
        }
        Known::NotSupplied => report.skip(Check::AudienceMismatch, "sp-entity-id")?,
    }
    Ok(())
}

fn window_order(conditions: &Conditions) -> Result<(), Failure> {
    match (conditions.not_before(), conditions.not_on_or_after()) {
        (Some(not_before), Some(not_on_or_after)) if not_before >= not_on_or_after => {
            let reason = Reason::Inverted { what: "Conditions", not_before, not_on_or_after };
            fail(Check::WindowInverted, "/Response/Assertion/Conditions", reason)
        }
        _ => Ok(()),
    }
}

fn window(
    conditions: &Conditions,
    wanted: &Expectations<'_>,
    now: Instant,
) -> (Result<(), Failure>, Result<(), Failure>) {
    let (leeway, what) = (wanted.leeway, "Conditions");
    let not_yet =
        conditions.not_before().filter(|from| !has_begun(now, *from, leeway)).map_or(Ok(()), |not_before| {
            let at = "/Response/Assertion/Conditions/@NotBefore";
            fail(Check::NotYetValid, at, Reason::NotYetValid { what, now, not_before, leeway })
        });
    let no_longer = conditions.not_on_or_after().filter(|end| has_ended(now, *end, leeway)).map_or(
        Ok(()),
        |not_on_or_after| {
            let at = "/Response/Assertion/Conditions/@NotOnOrAfter";
            fail(Check::Expired, at, Reason::Expired { what, now, not_on_or_after, leeway })
        },
    );
    (not_yet, no_longer)
}

/// SAML profiles 4.1.4.2 and 4.1.5: one bearer confirmation holds: it ends, has not ended, is for this service, and
/// answers the request that was sent (or none, where none was).
fn confirmations(
    report: &mut impl Report,
    login: &Login<'_>,
    wanted: &Expectations<'_>,
    now: Instant,
) -> Result<(), Failure> {
    let (outer, inner) = (login.envelope_provenance, login.assertion_provenance);
    if let Known::Known(request) = wanted.request {
        report.rule(Check::InResponseToMismatch, outer, envelope_answers(login.envelope, request))?;
    }
    let at = "/Response/Assertion/Subject/SubjectConfirmation";
    let bearer = || login.assertion.subject_confirmations().iter().filter(|c| c.method() == BEARER);
    if bearer().next().is_none() {
        let found =
            login.assertion.subject_confirmations().iter().map(|c| Quoted::protocol(c.method())).collect();
        let reason = Reason::Mismatch { what: "Method", expected: vec![Quoted::protocol(BEARER)], found };
        report.rule(
            Check::SubjectConfirmationMissing,
            inner,
            fail(Check::SubjectConfirmationMissing, at, reason),
        )?;
        return Ok(());
    }
    report.rule(Check::SubjectConfirmationMissing, inner, Ok(()))?;

    let judged: Vec<Vec<Failure>> = bearer().map(|one| confirmation(one, login, wanted, now)).collect();
    if judged.iter().any(Vec::is_empty) {
        for check in CONFIRMATION {
            match (check, wanted.acs, wanted.request) {
                (Check::RecipientMissing | Check::RecipientMismatch, Known::NotSupplied, _) => {
                    report.skip(*check, "acs")?;
                }
                (Check::InResponseToMissing | Check::InResponseToMismatch, _, Known::NotSupplied) => {
                    report.skip(*check, "request-id")?;
                }
                _ => {
                    report.rule(*check, inner, Ok(()))?;
                }
            }
        }
        return Ok(());
    }
    match judged.as_slice() {
        [only] => {
            for failure in only {
                report.rule(failure.check, inner, Err(failure.clone()))?;
            }
        }
        several => {
            let first_of_each = several.iter().filter_map(|failures| failures.first().cloned()).collect();
            let outcome = fail(Check::SubjectConfirmationFailed, at, Reason::Several(first_of_each));
            report.rule(Check::SubjectConfirmationFailed, inner, outcome)?;
        }
    }
    Ok(())
}

/// What holds when a bearer confirmation holds.
const CONFIRMATION: &[Check] = &[
    Check::SubjectConfirmationFailed,
    Check::NotOnOrAfterMissing,
    Check::RecipientMissing,
    Check::RecipientMismatch,
    Check::InResponseToMissing,
    Check::InResponseToMismatch,
];

/// One bearer confirmation (SAML profiles 4.1.4.2); every reason why it does not hold.
fn confirmation(
    one: &SubjectConfirmation,
    login: &Login<'_>,
    wanted: &Expectations<'_>,
    now: Instant,
) -> Vec<Failure> {
    let at = "/Response/Assertion/Subject/SubjectConfirmation/SubjectConfirmationData";
    let missing = |what| Reason::Missing { what };
    let mut failures = Vec::new();
    let mut note = |check, reason| failures.push(Failure::at(check, at, reason));
    if !one.has_data {
        note(Check::SubjectConfirmationFailed, missing("SubjectConfirmationData"));
        return failures;
    }
    let (leeway, what) = (wanted.leeway, crate::error::CONFIRMATION);
    if one.not_on_or_after.is_none() {
        note(Check::NotOnOrAfterMissing, missing("NotOnOrAfter"));
    }
    if let (Some(not_before), Some(not_on_or_after)) = (one.not_before, one.not_on_or_after)
        && not_before >= not_on_or_after
    {
        note(Check::WindowInverted, Reason::Inverted { what, not_before, not_on_or_after });
    }
    match (outside(now, one.not_before, one.not_on_or_after, leeway), one.not_before, one.not_on_or_after) {
        (Some(Outside::NotYet), Some(not_before), _) => {
            note(Check::NotYetValid, Reason::NotYetValid { what, now, not_before, leeway });
        }
        (Some(Outside::NoLonger), _, Some(not_on_or_after)) => {
            note(Check::Expired, Reason::Expired { what, now, not_on_or_after, leeway });
        }
        _ => {}
    }
    if let Known::Known(acs) = wanted.acs {
        match one.recipient() {
            None => note(Check::RecipientMissing, missing("Recipient")),
            Some(found) if !acs.iter().any(|url| url == found) => note(
                Check::RecipientMismatch,
                Reason::Mismatch {
                    what: "Recipient",
                    expected: acs.iter().map(|url| Quoted::tenant(url)).collect(),
                    found: vec![Quoted::tenant(found)],
                },
            ),
            Some(_) => {}
        }
    }
    if let Known::Known(request) = wanted.request {
        // A signed Response speaks for its assertion; an unsigned one does not (attacks SN-12, MS-33).
        let signed_envelope = login.envelope_provenance == Provenance::Signed;
        let of_response = login.envelope.in_response_to.as_deref().filter(|_| signed_envelope);
        match (request, one.in_response_to().or(of_response)) {
            (Request::InResponseTo(_), None) => note(Check::InResponseToMissing, missing("InResponseTo")),
            (Request::InResponseTo(id), Some(found)) if !is_same(found, id) => {
                note(Check::InResponseToMismatch, other_request(&[id], found));
            }
            (Request::Unsolicited, Some(found)) => {
                note(Check::InResponseToMismatch, other_request(&[], found))
            }
            _ => {}
        }
    }
    failures
}

/// SAML core 3.2.2, profiles 4.1.5: InResponseTo of the Response, signed or not, names no other request.
fn envelope_answers(envelope: &Envelope, request: &Request) -> Result<(), Failure> {
    let at = "/Response/@InResponseTo";
    match (request, envelope.in_response_to.as_deref()) {
        (Request::InResponseTo(id), Some(found)) if !is_same(found, id) => {
            fail(Check::InResponseToMismatch, at, other_request(&[id], found))
        }
        (Request::Unsolicited, Some(found)) => {
            fail(Check::InResponseToMismatch, at, other_request(&[], found))
        }
        _ => Ok(()),
    }
}

/// Nobody guesses at the ID of a request by the time that a comparison takes.
fn is_same(found: &str, id: &str) -> bool {
    constant_time_eq(found.as_bytes(), id.as_bytes())
}

fn other_request(expected: &[&str], found: &str) -> Reason {
    Reason::Mismatch {
        what: "InResponseTo",
        expected: expected.iter().map(|id| Quoted::replayable(id)).collect(),
        found: vec![Quoted::replayable(found)],
    }
}

/// SAML profiles 4.1.4.2, core 2.7.2 and 3.3.2.2.1: the user authenticated, as wanted, recently enough, and the session
/// has not ended. With several statements the first that meets context and age counts, and no session may have ended.
fn authentication(
    report: &mut impl Report,
    login: &Login<'_>,
    wanted: &Expectations<'_>,
    now: Instant,
) -> Result<usize, Failure> {
    let inner = login.assertion_provenance;
    let statements = &login.assertion.authn_statements;
    let at = "/Response/Assertion/AuthnStatement";
    let Some(first) = statements.first() else {
        let missing = fail(Check::AuthnStatementMissing, at, Reason::Missing { what: "AuthnStatement" });
        report.rule(Check::AuthnStatementMissing, inner, missing)?;
        return Ok(0);
    };
    report.rule(Check::AuthnStatementMissing, inner, Ok(()))?;
    let holds = |statement: &AuthnStatement| {
        context(statement, wanted).is_ok() && recent(statement, wanted, now).is_ok()
    };
    let chosen = statements.iter().position(holds);
    let statement = chosen.and_then(|index| statements.get(index)).unwrap_or(first);
    report.rule(Check::AuthnContextMismatch, inner, context(statement, wanted))?;
    report.rule(Check::AuthnTooOld, inner, recent(statement, wanted, now))?;
    let lasting = statements.iter().map(|statement| lasting(statement, wanted, now)).find(Result::is_err);
    report.rule(Check::SessionExpired, inner, lasting.unwrap_or(Ok(())))?;
    Ok(chosen.unwrap_or(0))
}

fn context(statement: &AuthnStatement, wanted: &Expectations<'_>) -> Result<(), Failure> {
    let AuthnContext::OneOf(classes) = &wanted.authn_context else { return Ok(()) };
    if statement.context_class().is_some_and(|found| classes.iter().any(|class| class == found)) {
        return Ok(());
    }
    let at = "/Response/Assertion/AuthnStatement/AuthnContext/AuthnContextClassRef";
    let reason = Reason::Mismatch {
        what: "AuthnContextClassRef",
        expected: classes.iter().map(|class| Quoted::protocol(class)).collect(),
        found: statement.context_class().map(Quoted::protocol).into_iter().collect(),
    };
    fail(Check::AuthnContextMismatch, at, reason)
}

fn recent(statement: &AuthnStatement, wanted: &Expectations<'_>, now: Instant) -> Result<(), Failure> {
    let Some(max_age) = wanted.max_authn_age else { return Ok(()) };
    let (leeway, since, what) = (wanted.leeway, statement.authn_instant(), "AuthnInstant");
    let at = "/Response/Assertion/AuthnStatement/@AuthnInstant";
    if !has_begun(now, since, leeway) {
        return fail(Check::AuthnTooOld, at, Reason::NotYetValid { what, now, not_before: since, leeway });
    }
    if has_ended(now, since.plus(max_age), leeway) {
        return fail(Check::AuthnTooOld, at, Reason::TooOld { what, now, since, max_age, leeway });
    }
    Ok(())
}

fn lasting(statement: &AuthnStatement, wanted: &Expectations<'_>, now: Instant) -> Result<(), Failure> {
    let (leeway, what) = (wanted.leeway, "SessionNotOnOrAfter");
    match statement.session_not_on_or_after() {
        Some(end) if has_ended(now, end, leeway) => {
            let at = "/Response/Assertion/AuthnStatement/@SessionNotOnOrAfter";
            fail(Check::SessionExpired, at, Reason::Expired { what, now, not_on_or_after: end, leeway })
        }
        _ => Ok(()),
    }
}

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
