//! Deletes each rule of each walk in turn and sees that no proof is made.

use super::assertion::{Assertion, NameId};
use super::checks::run_checks;
use super::explain::Expectations;
use super::idp::TrustedIdp;
use super::logout;
use super::outcome::{Login, plan};
use super::policy::{AuthnContext, CertificateValidity, NameIdPolicy, Policy, Request};
use super::protocol::Header;
use super::read::Issuer;
use super::response::{Response, Signed};
use crate::crypto::TrustedKeys;
use crate::exception::{Exception, Relaxation};
use crate::instant::Instant;
use crate::report::Provenance;
use crate::report::tests::no_rule_can_go;
use crate::trust::Unverified;
use time::{Date, Duration, Month};

fn data(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/testdata/saml/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn now() -> Instant {
    Instant::from(time::macros::datetime!(2026-01-01 00:00:00 UTC))
}

fn idp(relaxations: &[Relaxation]) -> TrustedIdp {
    let keys = TrustedKeys::from_pem(&String::from_utf8(data("keys/k.crt")).unwrap()).unwrap();
    let day = Date::from_calendar_date(2026, Month::March, 1).unwrap();
    relaxations.iter().fold(TrustedIdp::new("https://idp.test", keys).unwrap(), |idp, relaxation| {
        idp.with_exception(Exception::new(*relaxation, "old", "iam@sp.test", day).unwrap())
    })
}

fn policy() -> Policy {
    let request = Request::InResponseTo("_req1".to_owned());
    Policy::new("https://sp.test/md", ["https://sp.test/acs"], request).unwrap()
}

/// A login that is accepted; then without each rule.
fn holds_up(idp: &TrustedIdp, policy: &Policy, file: &str, change: impl FnOnce(&mut Assertion, &mut Signed)) {
    let message = data(file);
    let verified = Unverified::<Response<'_>>::parse(&message).unwrap();
    let verified = verified.verify(idp, time::macros::datetime!(2026-01-01 00:00:00 UTC)).unwrap();
    let response = verified.content();
    let (mut assertion, mut signed) = (response.assertion.clone(), response.signed);
    change(&mut assertion, &mut signed);
    let login = Login { assertion: &assertion, envelope_provenance: signed.envelope(), ..response.login() };
    let wanted = Expectations::complete(idp, policy);
    no_rule_can_go(plan(&wanted), |report| run_checks(report, &login, &wanted, now()).map(|_| ()));
}

#[test]
fn no_rule_of_a_login_can_go() {
    let idp = idp(&[]);
    holds_up(&idp, &policy(), "base/b-ra.xml", |_, _| {});
    holds_up(&idp, &policy(), "base/b-a.xml", |_, _| {});

    let email = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
    let password = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
    let mut demanding = policy()
        .with_certificate_validity(CertificateValidity::Enforced)
        .with_name_id(NameIdPolicy::Format(email.to_owned()))
        .with_authn_context(AuthnContext::OneOf(vec![password.to_owned()]))
        .with_max_authn_age(Duration::minutes(5));
    demanding.asked = Some("https://idp.test".to_owned());
    holds_up(&idp, &demanding, "base/b-ra.xml", |_, _| {});

    let bare = policy().with_name_id(NameIdPolicy::Optional);
    holds_up(&idp, &bare, "base/b-ra.xml", |assertion, _| {
        let subject = assertion.subject.as_mut().unwrap();
        subject.name_id = None;
        // Of two confirmations, the second holds.
        let mut late = subject.confirmations[0].clone();
        late.not_on_or_after = Some(now().plus(Duration::hours(-1)));
        subject.confirmations.insert(0, late);
    });
}

#[test]
fn no_rule_of_a_login_can_go_under_exceptions() {
    let idp = idp(&[Relaxation::NoConditions, Relaxation::NoAudience, Relaxation::NoDestination]);
    holds_up(&idp, &policy(), "base/b-ra.xml", |assertion, _| assertion.conditions = None);
    holds_up(&idp, &policy(), "base/b-ra.xml", |assertion, _| {
        assertion.conditions.as_mut().unwrap().audience_restrictions.clear();
    });
}

fn header() -> Header {
    Header {
        id: "_1".to_owned(),
        issue_instant: now(),
        issuer: Some(Issuer { value: "https://idp.test".to_owned(), format: None }),
        destination: Some("https://sp.test/slo".to_owned()),
        in_response_to: Some("_req1".to_owned()),
    }
}

#[test]
fn no_rule_of_a_logout_message_can_go() {
    let idp = idp(&[Relaxation::NoDestination]);
    let policy = logout::Policy::new(["https://sp.test/slo"]).unwrap();
    let wanted = logout::Expectations::complete(&idp, &policy).with_request_id("_req1");
    let name = NameId::new("alice");
    let success = ["urn:oasis:names:tc:SAML:2.0:status:Success".to_owned()];
    let nowhere = Header { destination: None, ..header() };
    for header in [&header(), &nowhere] {
        let any = super::request::judged(header);
        let request = logout::Judged {
            not_on_or_after: Some(now().plus(Duration::MINUTE)),
            name_id: Some(Some(&name)),
            ..any
        };
        let endless = logout::Judged { not_on_or_after: None, ..request };
        let response = logout::Judged { status: Some((&success, None)), ..any };
        for (plan, message) in [
            (logout::COMMON_PLAN, any),
            (logout::REQUEST_PLAN, request),
            (logout::REQUEST_PLAN, endless),
            (logout::RESPONSE_PLAN, response),
        ] {
            no_rule_can_go(plan, |report| {
                logout::run_checks(report, &message, &wanted, Provenance::Signed, now())
            });
        }
    }
}
