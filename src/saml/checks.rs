//! Every rule of the web browser SSO profile, in the order in which it is judged, with its section.
//!
//! One walk, [`run_checks`], serves decision and explanation. Signatures were judged before (`xml/signature.rs`) and the
//! grammar before that (`grammar.rs`). A value outside every verified signature may refuse, never satisfy.

use super::assertion::{Assertion, AuthnStatement, SubjectConfirmation};
use super::explain::{Expectations, Known};
use super::outcome::{Login, fail, issuer_format, mismatch, not_in_future, not_too_old, rule_or_exception};
use super::policy::{AuthnContext, CertificateValidity, NameIdPolicy, Request, RequiredSignature};
use super::read::Envelope;
use super::response::Signed;
use crate::check::Check;
use crate::crypto::constant_time_eq;
use crate::error::{Failure, Quoted, Reason};
use crate::exception::Relaxation;
use crate::instant::{Instant, has_begun, has_ended};
use crate::limits::RESPONSE_AGE_DAYS;
use crate::report::{Probe, Provenance, Report, Ruling};
use crate::rule::Rule;
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
    report.rule(Rule::Status, outer, status(envelope))?;

    // SAML profiles 4.1.4.3 and 4.1.4.5: the assertion is signed, itself or by the Response around it.
    match login.signed {
        Some(signed) => {
            let outcome = required_signature(signed, wanted.required_signature);
            report.rule(Rule::RequiredSignature, inner, outcome)?;
            certificates(report, login, wanted, now)?;
        }
        None => report.skip(Rule::RequiredSignature, "idp-metadata")?,
    }

    // SAML profiles 4.1.4.2: the Issuer is the identity provider, on the assertion always, on the Response where it is.
    report.rule(Rule::AssertionIssuerPresent, inner, issuer_named(assertion))?;
    let of_response = envelope.issuer.as_ref().and_then(|issuer| issuer.format.as_deref());
    report.ruling(Rule::ResponseIssuerFormat, outer, issuer_format(of_response, "/Response/Issuer"))?;
    let of_assertion = assertion.issuer_format.as_deref();
    let format = issuer_format(of_assertion, "/Response/Assertion/Issuer");
    report.ruling(Rule::AssertionIssuerFormat, inner, format)?;
    match wanted.idp {
        Known::Known(idp) => {
            report.ruling(Rule::ResponseIssuer, outer, envelope_issuer(envelope, &idp.entity_id))?;
            report.rule(Rule::AssertionIssuer, inner, issuer(assertion, &idp.entity_id))?;
        }
        Known::NotSupplied => {
            report.skip(Rule::ResponseIssuer, "idp-metadata")?;
            report.skip(Rule::AssertionIssuer, "idp-metadata")?;
        }
    }
    // The one that was asked, when others are trusted as well (mix-up).
    if let Some(asked) = wanted.asked {
        report.rule(Rule::AskedIssuer, inner, issuer(assertion, asked))?;
    }

    // SAML core 3.2.2, bindings 3.5.5.2: the Response was sent to this service; a signed one says so.
    if envelope.destination.is_some() || outer == Provenance::Signed {
        let present = (Rule::ResponseDestinationPresent, outer);
        let outcome = destination_present(envelope);
        rule_or_exception(report, present, wanted.idp, Relaxation::NoDestination, now, outcome)?;
    } else {
        report.not_applicable(Rule::ResponseDestinationPresent, "the Response is not signed");
    }
    match wanted.acs {
        Known::Known(acs) => {
            report.ruling(Rule::ResponseDestination, outer, destination(envelope, acs))?;
        }
        Known::NotSupplied => report.skip(Rule::ResponseDestination, "acs")?,
    }

    // SAML core 3.2.2 and 2.3.3: made neither in the future nor too long ago. The age that policy bounds is the assertion's.
    let envelope_age = wanted.max_message_age.max(Duration::days(RESPONSE_AGE_DAYS));
    let (made, at, leeway) = (envelope.issue_instant, "/Response/@IssueInstant", wanted.leeway);
    report.rule(Rule::ResponseBegun, outer, not_in_future(made, at, leeway, now))?;
    report.rule(Rule::ResponseAge, outer, not_too_old(made, at, envelope_age, leeway, now))?;
    let (made, at) = (assertion.issue_instant, "/Response/Assertion/@IssueInstant");
    report.rule(Rule::AssertionBegun, inner, not_in_future(made, at, leeway, now))?;
    report.rule(Rule::AssertionAge, inner, not_too_old(made, at, wanted.max_message_age, leeway, now))?;

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
    let (Known::Known(idp), CertificateValidity::Enforced) = (wanted.idp, wanted.certificate_validity) else {
        return Ok(());
    };
    let nothing = || Ok(Ruling::NotApplicable("no key that signed has a certificate"));
    let (mut begun, mut lasting) = (nothing(), nothing());
    for signed_by in &login.assertion.signed_by {
        let certificate = idp.keys.iter().nth(signed_by.key_index).and_then(|key| key.certificate());
        let Some(certificate) = certificate else { continue };
        let (leeway, what) = (wanted.leeway, "certificate");
        let not_before = certificate.not_before();
        begun = begun.and_then(|_| {
            if has_begun(now, not_before, leeway) {
                return Ok(Ruling::Held);
            }
            let reason = Reason::NotYetValid { what, now, not_before, leeway };
            Err(Failure::at(Check::CertificateNotYetValid, "", reason))
        });
        // RFC 5280 4.1.2.5: notAfter is the last second of validity.
        let not_on_or_after = certificate.not_after().plus(Duration::SECOND);
        lasting = lasting.and_then(|_| {
            if !has_ended(now, not_on_or_after, leeway) {
                return Ok(Ruling::Held);
            }
            let reason = Reason::Expired { what, now, not_on_or_after, leeway };
            Err(Failure::at(Check::CertificateExpired, "", reason))
        });
    }
    report.ruling(Rule::CertificateBegun, Provenance::Config, begun)?;
    report.ruling(Rule::CertificateLasting, Provenance::Config, lasting)?;
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

fn envelope_issuer(envelope: &Envelope, entity_id: &str) -> Result<Ruling, Failure> {
    let Some(issuer) = &envelope.issuer else {
        return Ok(Ruling::NotApplicable("the Response has no Issuer"));
    };
    if issuer.value == entity_id {
        return Ok(Ruling::Held);
    }
    let found = [issuer.value.as_str()];
    mismatch(Check::IssuerMismatch, "/Response/Issuer", "Issuer", [entity_id], found).map(Ruling::from)
}

fn destination_present(envelope: &Envelope) -> Result<(), Failure> {
    if envelope.destination.is_some() {
        return Ok(());
    }
    fail(Check::DestinationMissing, "/Response/@Destination", Reason::Missing { what: "Destination" })
}

fn destination(envelope: &Envelope, acs: &[String]) -> Result<Ruling, Failure> {
    let Some(found) = envelope.destination.as_deref() else {
        return Ok(Ruling::NotApplicable("the Response has no Destination"));
    };
    if acs.iter().any(|url| url == found) {
        return Ok(Ruling::Held);
    }
    let (at, expected) = ("/Response/@Destination", acs.iter().map(String::as_str));
    mismatch(Check::DestinationMismatch, at, "Destination", expected, [found]).map(Ruling::from)
}

/// SAML profiles 4.1.4.2, core 2.4.1: the assertion has a subject, named as policy wants.
fn subject(report: &mut impl Report, login: &Login<'_>, wanted: &Expectations<'_>) -> Result<(), Failure> {
    let inner = login.assertion_provenance;
    let at = "/Response/Assertion/Subject";
    let there = login.assertion.subject.is_some();
    let missing = || fail(Check::SubjectMissing, at, Reason::Missing { what: "Subject" });
    if !report.rule(Rule::SubjectPresent, inner, if there { Ok(()) } else { missing() })? {
        return Ok(());
    }
    let at = "/Response/Assertion/Subject/NameID";
    let name_id = login.assertion.name_id();
    if name_id.is_none() && wanted.name_id == NameIdPolicy::Optional {
        report.not_applicable(Rule::SubjectNamed, "the policy does not require a NameID");
        report.not_applicable(Rule::SubjectNameFilled, "the Subject has no NameID");
        report.not_applicable(Rule::SubjectNameRealm, "the Subject has no NameID");
        return Ok(());
    }
    let missing = || Failure::at(Check::NameIdMissing, at, Reason::Missing { what: "NameID" });
    report.rule(Rule::SubjectNamed, inner, name_id.map(|_| ()).ok_or_else(missing))?;
    let Some(name_id) = name_id else { return Ok(()) };
    let blank = name_id.value().chars().all(char::is_whitespace);
    let empty = || fail(Check::NameIdEmpty, at, Reason::Stated("the name identifier is empty"));
    report.rule(Rule::SubjectNameFilled, inner, if blank { empty() } else { Ok(()) })?;
    if let NameIdPolicy::Format(format) = &wanted.name_id {
        report.rule(Rule::SubjectNameFormat, inner, name_format(name_id.format(), format))?;
    }
    let qualifier = name_id.sp_name_qualifier().filter(|qualifier| !qualifier.is_empty());
    match (wanted.sp_entity_id, qualifier) {
        (_, None) => report.not_applicable(Rule::SubjectNameRealm, "the NameID has no SPNameQualifier"),
        (Known::NotSupplied, Some(_)) => report.skip(Rule::SubjectNameRealm, "sp-entity-id")?,
        (Known::Known(sp), Some(qualifier)) => {
            report.rule(Rule::SubjectNameRealm, inner, name_id_realm(qualifier, sp, wanted.affiliations))?;
        }
    }
    Ok(())
}

fn name_format(found: Option<&str>, wanted: &str) -> Result<(), Failure> {
    if found.unwrap_or(UNSPECIFIED) == wanted {
        return Ok(());
    }
    let at = "/Response/Assertion/Subject/NameID";
    let (found, expected) =
        (found.map(Quoted::protocol).into_iter().collect(), vec![Quoted::protocol(wanted)]);
    fail(Check::NameIdFormatMismatch, at, Reason::Mismatch { what: "Format", expected, found })
}

/// SAML core 2.2.2 and 8.3.7: the name identifier is in the realm of this service, or of an affiliation that policy names.
fn name_id_realm(found: &str, sp: &str, affiliations: &[String]) -> Result<(), Failure> {
    let own = || core::iter::once(sp).chain(affiliations.iter().map(String::as_str));
    if own().any(|own| own == found) {
        return Ok(());
    }
    let at = "/Response/Assertion/Subject/NameID/@SPNameQualifier";
    mismatch(Check::NameIdQualifierMismatch, at, "SPNameQualifier", own(), [found])
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
    let conditions = login.assertion.conditions();
    let missing = || Failure::at(Check::ConditionsMissing, at, Reason::Missing { what: "Conditions" });
    let (rule, there) = ((Rule::ConditionsPresent, inner), conditions.map(|_| ()).ok_or_else(missing));
    if !rule_or_exception(report, rule, wanted.idp, Relaxation::NoConditions, now, there)? {
        return Ok(());
    }
    if let Some(conditions) = conditions {
        // SAML core 2.5.1.1: a condition that is not understood makes the assertion indeterminate.
        let understood = conditions.unknown.as_ref().map_or(Ok(()), |name| {
            let found = Quoted::protocol(name);
            fail(Check::ConditionUnknown, at, Reason::Found { what: "condition", found })
        });
        report.rule(Rule::ConditionsKnown, inner, understood)?;

        // SAML core 2.5.1.2.
        let (from, end) = (conditions.not_before(), conditions.not_on_or_after());
        report.ruling(Rule::ConditionsOrder, inner, in_order("Conditions", at, from, end))?;
        let at = "/Response/Assertion/Conditions/@NotBefore";
        report.ruling(Rule::ConditionsBegun, inner, begun("Conditions", at, from, wanted, now))?;
        let at = "/Response/Assertion/Conditions/@NotOnOrAfter";
        report.ruling(Rule::ConditionsLasting, inner, lasting("Conditions", at, end, wanted, now))?;
    } else {
        for rule in
            [Rule::ConditionsKnown, Rule::ConditionsOrder, Rule::ConditionsBegun, Rule::ConditionsLasting]
        {
            report.not_applicable(rule, "the assertion has no Conditions");
        }
    }

    // SAML core 2.5.1.4: every restriction (AND) names this service among its audiences (OR). No restriction is no audience,
    // with Conditions or without: that takes an exception of its own.
    let at = "/Response/Assertion/Conditions/AudienceRestriction";
    let restrictions = conditions.map_or(&[][..], |conditions| &conditions.audience_restrictions);
    let restricted = if restrictions.is_empty() {
        fail(Check::AudienceMissing, at, Reason::Missing { what: "AudienceRestriction" })
    } else {
        Ok(())
    };
    let rule = (Rule::AudienceRestricted, inner);
    if !rule_or_exception(report, rule, wanted.idp, Relaxation::NoAudience, now, restricted)? {
        return Ok(());
    }
    if restrictions.is_empty() {
        report.not_applicable(Rule::AudienceNamed, "the assertion has no AudienceRestriction");
        return Ok(());
    }
    match wanted.sp_entity_id {
        Known::Known(sp) => {
            let other = restrictions.iter().find(|any| !any.iter().any(|audience| audience == sp));
            let outcome = other.map_or(Ok(()), |found| {
                mismatch(Check::AudienceMismatch, at, "Audience", [sp], found.iter().map(String::as_str))
            });
            report.rule(Rule::AudienceNamed, inner, outcome)?;
        }
        Known::NotSupplied => report.skip(Rule::AudienceNamed, "sp-entity-id")?,
    }
    Ok(())
}

fn in_order(
    what: &'static str,
    at: &'static str,
    from: Option<Instant>,
    end: Option<Instant>,
) -> Result<Ruling, Failure> {
    let (Some(not_before), Some(not_on_or_after)) = (from, end) else {
        return Ok(Ruling::NotApplicable("NotBefore and NotOnOrAfter are not both there"));
    };
    if not_before < not_on_or_after {
        return Ok(Ruling::Held);
    }
    let reason = Reason::Inverted { what, not_before, not_on_or_after };
    Err(Failure::at(Check::WindowInverted, at, reason))
}

fn begun(
    what: &'static str,
    at: &'static str,
    from: Option<Instant>,
    wanted: &Expectations<'_>,
    now: Instant,
) -> Result<Ruling, Failure> {
    let leeway = wanted.leeway;
    let Some(not_before) = from else { return Ok(Ruling::NotApplicable("there is no NotBefore")) };
    if has_begun(now, not_before, leeway) {
        return Ok(Ruling::Held);
    }
    Err(Failure::at(Check::NotYetValid, at, Reason::NotYetValid { what, now, not_before, leeway }))
}

fn lasting(
    what: &'static str,
    at: &'static str,
    end: Option<Instant>,
    wanted: &Expectations<'_>,
    now: Instant,
) -> Result<Ruling, Failure> {
    let leeway = wanted.leeway;
    let Some(not_on_or_after) = end else { return Ok(Ruling::NotApplicable("there is no NotOnOrAfter")) };
    if !has_ended(now, not_on_or_after, leeway) {
        return Ok(Ruling::Held);
    }
    Err(Failure::at(Check::Expired, at, Reason::Expired { what, now, not_on_or_after, leeway }))
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
    match wanted.request {
        Known::Known(request) => {
            report.ruling(Rule::ResponseAnswers, outer, envelope_answers(login.envelope, request))?;
        }
        Known::NotSupplied => report.skip(Rule::ResponseAnswers, "request-id")?,
    }
    let at = "/Response/Assertion/Subject/SubjectConfirmation";
    let all = login.assertion.subject_confirmations();
    let mut bearer = all.iter().filter(|c| c.method() == BEARER);
    let first = bearer.next();
    let missing = || {
        let found = all.iter().map(|c| Quoted::protocol(c.method())).collect();
        let reason = Reason::Mismatch { what: "Method", expected: vec![Quoted::protocol(BEARER)], found };
        Failure::at(Check::SubjectConfirmationMissing, at, reason)
    };
    report.rule(Rule::BearerPresent, inner, first.map(|_| ()).ok_or_else(missing))?;
    let Some(first) = first else { return Ok(()) };
    if bearer.clone().next().is_none() {
        return confirmation(report, first, login, wanted, now);
    }
    let mut failures = Vec::new();
    for one in core::iter::once(first).chain(bearer) {
        match confirmation(&mut Probe, one, login, wanted, now) {
            Ok(()) => return confirmation(report, one, login, wanted, now),
            Err(failure) => failures.push(failure),
        }
    }
    let outcome = fail(Check::SubjectConfirmationFailed, at, Reason::Several(failures));
    report.rule(Rule::BearerData, inner, outcome)?;
    Ok(())
}

/// One bearer confirmation (SAML profiles 4.1.4.2).
fn confirmation(
    report: &mut impl Report,
    one: &SubjectConfirmation,
    login: &Login<'_>,
    wanted: &Expectations<'_>,
    now: Instant,
) -> Result<(), Failure> {
    let inner = login.assertion_provenance;
    let at = "/Response/Assertion/Subject/SubjectConfirmation/SubjectConfirmationData";
    let what = crate::error::CONFIRMATION;
    let missing = |check, what| fail(check, at, Reason::Missing { what });
    let data = if one.has_data { Ok(()) } else { missing(Check::SubjectConfirmationFailed, what) };
    if !report.rule(Rule::BearerData, inner, data)? {
        return Ok(());
    }
    let (from, end) = (one.not_before, one.not_on_or_after);
    let ends = if end.is_some() { Ok(()) } else { missing(Check::NotOnOrAfterMissing, "NotOnOrAfter") };
    report.rule(Rule::BearerBounded, inner, ends)?;
    report.ruling(Rule::BearerOrder, inner, in_order(what, at, from, end))?;
    report.ruling(Rule::BearerBegun, inner, begun(what, at, from, wanted, now))?;
    report.ruling(Rule::BearerLasting, inner, lasting(what, at, end, wanted, now))?;

    let recipient = one.recipient();
    if let Known::Known(acs) = wanted.acs {
        let there = if recipient.is_some() { Ok(()) } else { missing(Check::RecipientMissing, "Recipient") };
        report.rule(Rule::BearerRecipientPresent, inner, there)?;
        let outcome = match recipient {
            None => Ok(Ruling::NotApplicable("there is no Recipient")),
            Some(found) if acs.iter().any(|url| url == found) => Ok(Ruling::Held),
            Some(found) => {
                let expected = acs.iter().map(String::as_str);
                mismatch(Check::RecipientMismatch, at, "Recipient", expected, [found]).map(Ruling::from)
            }
        };
        report.ruling(Rule::BearerRecipient, inner, outcome)?;
    } else {
        report.skip(Rule::BearerRecipientPresent, "acs")?;
        report.skip(Rule::BearerRecipient, "acs")?;
    }

    let Known::Known(request) = wanted.request else {
        report.skip(Rule::BearerAnswerPresent, "request-id")?;
        return report.skip(Rule::BearerAnswers, "request-id");
    };
    // A signed Response speaks for its assertion; an unsigned one does not (attacks SN-12, MS-33).
    let signed_envelope = login.envelope_provenance == Provenance::Signed;
    let of_response = login.envelope.in_response_to.as_deref().filter(|_| signed_envelope);
    let found = one.in_response_to().or(of_response);
    let there = match (request, found) {
        (Request::Unsolicited, _) => Ok(Ruling::NotApplicable("no request was sent")),
        (Request::InResponseTo(_), Some(_)) => Ok(Ruling::Held),
        (Request::InResponseTo(_), None) => {
            missing(Check::InResponseToMissing, "InResponseTo").map(Ruling::from)
        }
    };
    report.ruling(Rule::BearerAnswerPresent, inner, there)?;
    report.ruling(Rule::BearerAnswers, inner, answers(at, request, found))?;
    Ok(())
}

/// SAML core 3.2.2, profiles 4.1.5: InResponseTo of the Response, signed or not, names no other request.
fn envelope_answers(envelope: &Envelope, request: &Request) -> Result<Ruling, Failure> {
    answers("/Response/@InResponseTo", request, envelope.in_response_to.as_deref())
}

fn answers(at: &'static str, request: &Request, found: Option<&str>) -> Result<Ruling, Failure> {
    let expected: &[&str] = match (request, found) {
        (Request::InResponseTo(_), None) => return Ok(Ruling::NotApplicable("there is no InResponseTo")),
        (Request::Unsolicited, None) => return Ok(Ruling::Held),
        (Request::InResponseTo(id), Some(found)) if is_same(found, id) => return Ok(Ruling::Held),
        (Request::InResponseTo(id), Some(_)) => &[id],
        (Request::Unsolicited, Some(_)) => &[],
    };
    let reason = other_request(expected, found.unwrap_or_default());
    Err(Failure::at(Check::InResponseToMismatch, at, reason))
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
/// has not ended. With several statements the first that meets context and age counts; no session may have ended, and no
/// statement may speak of the future.
fn authentication(
    report: &mut impl Report,
    login: &Login<'_>,
    wanted: &Expectations<'_>,
    now: Instant,
) -> Result<usize, Failure> {
    let inner = login.assertion_provenance;
    let statements = &login.assertion.authn_statements;
    let at = "/Response/Assertion/AuthnStatement";
    let first = statements.first();
    let missing =
        || Failure::at(Check::AuthnStatementMissing, at, Reason::Missing { what: "AuthnStatement" });
    report.rule(Rule::StatementPresent, inner, first.map(|_| ()).ok_or_else(missing))?;
    let Some(first) = first else { return Ok(0) };
    let holds = |statement: &AuthnStatement| {
        context(statement, wanted).is_ok() && recent(statement, wanted, now).is_ok()
    };
    let future =
        statements.iter().map(|statement| authenticated(statement, wanted, now)).find(Result::is_err);
    let chosen = statements.iter().position(holds);
    let statement = chosen.and_then(|index| statements.get(index)).unwrap_or(first);
    report.rule(Rule::StatementBegun, inner, future.unwrap_or(Ok(())))?;
    if matches!(wanted.authn_context, AuthnContext::OneOf(_)) {
        report.rule(Rule::StatementContext, inner, context(statement, wanted))?;
    }
    if wanted.max_authn_age.is_some() {
        report.rule(Rule::StatementAge, inner, recent(statement, wanted, now))?;
    }
    let sessions = statements.iter().filter_map(AuthnStatement::session_not_on_or_after);
    let nothing = Ok(Ruling::NotApplicable("there is no SessionNotOnOrAfter"));
    let last = sessions.fold(nothing, |so_far, end| so_far.and_then(|_| session(end, wanted, now)));
    report.ruling(Rule::SessionLasting, inner, last)?;
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

/// The user has authenticated, not will, however long ago that may be.
fn authenticated(statement: &AuthnStatement, wanted: &Expectations<'_>, now: Instant) -> Result<(), Failure> {
    let (leeway, not_before, what) = (wanted.leeway, statement.authn_instant(), "AuthnInstant");
    if has_begun(now, not_before, leeway) {
        return Ok(());
    }
    fail(Check::AuthnTooOld, AUTHN_INSTANT, Reason::NotYetValid { what, now, not_before, leeway })
}

fn recent(statement: &AuthnStatement, wanted: &Expectations<'_>, now: Instant) -> Result<(), Failure> {
    let Some(max_age) = wanted.max_authn_age else { return Ok(()) };
    let (leeway, since, what) = (wanted.leeway, statement.authn_instant(), "AuthnInstant");
    if has_ended(now, since.plus(max_age), leeway) {
        return fail(Check::AuthnTooOld, AUTHN_INSTANT, Reason::TooOld { what, now, since, max_age, leeway });
    }
    Ok(())
}

fn session(not_on_or_after: Instant, wanted: &Expectations<'_>, now: Instant) -> Result<Ruling, Failure> {
    let (leeway, what) = (wanted.leeway, "SessionNotOnOrAfter");
    if !has_ended(now, not_on_or_after, leeway) {
        return Ok(Ruling::Held);
    }
    let at = "/Response/Assertion/AuthnStatement/@SessionNotOnOrAfter";
    Err(Failure::at(Check::SessionExpired, at, Reason::Expired { what, now, not_on_or_after, leeway }))
}

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const AUTHN_INSTANT: &str = "/Response/Assertion/AuthnStatement/@AuthnInstant";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
