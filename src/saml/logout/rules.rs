//! Every rule of a logout message, in the order in which it is judged. Signatures were judged before.

use super::{NameId, Outcome, PARTIAL};
use crate::check::Check;
use crate::crypto::Decryptor;
use crate::crypto::constant_time_eq;
use crate::error::{Error, Failure, Quoted, Reason};
use crate::exception::Relaxation;
use crate::instant::{Instant, Leeway, has_ended};
use crate::limits::RELAY_STATE_BYTES;
use crate::report::{Provenance, Report, Ruling};
use crate::rule::{Rule, RuleSet};
use crate::saml::explain::{Decrypting, Known};
use crate::saml::idp::TrustedIdp;
use crate::saml::outcome::{fail, issuer_format, mismatch, not_in_future, not_too_old, rule_or_exception};
use crate::saml::policy::{OwnDecryptor, invalid};
use crate::saml::protocol::Header;
use crate::xml::encryption::Decryption;
use std::sync::Arc;
use time::Duration;

/// What the application wants of a logout message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(super) urls: Vec<String>,
    pub(super) leeway: Leeway,
    pub(super) max_message_age: Duration,
    pub(super) relay_state_limit: usize,
    pub(super) decryptor: OwnDecryptor,
}

impl Policy {
    /// A policy for a service whose single logout URLs are `urls`.
    ///
    /// Strict defaults: leeway 60 seconds; messages at most 5 minutes old (by IssueInstant); RelayState at most 80 bytes.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: no URL, or an empty one.
    pub fn new<U: Into<String>>(urls: impl IntoIterator<Item = U>) -> Result<Self, Error> {
        let urls: Vec<String> = urls.into_iter().map(Into::into).collect();
        if urls.is_empty() || urls.iter().any(|url| url.trim().is_empty()) {
            return Err(invalid("there must be at least one single logout URL, none of them empty"));
        }
        Ok(Self {
            urls,
            leeway: Leeway::default(),
            max_message_age: Duration::minutes(5),
            relay_state_limit: RELAY_STATE_BYTES,
            decryptor: OwnDecryptor::default(),
        })
    }

    /// How far clocks may differ; at most 10 minutes by type.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Leeway) -> Self {
        self.leeway = leeway;
        self
    }

    /// How old a message may be (IssueInstant).
    #[must_use]
    pub const fn with_max_message_age(mut self, age: Duration) -> Self {
        self.max_message_age = age;
        self
    }

    /// How many bytes of RelayState are tolerated in a URL.
    #[must_use]
    pub const fn with_relay_state_limit(mut self, bytes: usize) -> Self {
        self.relay_state_limit = bytes;
        self
    }

    /// By whom an encrypted name is decrypted. Default: by nobody, and it is refused.
    #[must_use]
    pub fn with_decryptor(mut self, decryptor: Arc<dyn Decryptor>) -> Self {
        self.decryptor = OwnDecryptor(Some(decryptor));
        self
    }
}

/// What an explanation of a logout message compares with. Deciding wants all of it.
#[derive(Clone, Debug)]
pub struct Expectations<'a> {
    pub(super) idp: Known<&'a TrustedIdp>,
    pub(super) urls: Known<&'a [String]>,
    pub(super) request_id: Known<&'a str>,
    pub(super) leeway: Leeway,
    pub(super) max_message_age: Duration,
    pub(super) relay_state_limit: usize,
    decryptor: Option<Decrypting<'a>>,
}

impl<'a> Expectations<'a> {
    /// Everything that a decision about a request needs; one about a response needs the request as well.
    #[must_use]
    pub fn complete(idp: &'a TrustedIdp, policy: &'a Policy) -> Self {
        Self {
            idp: Known::Known(idp),
            urls: Known::Known(&policy.urls),
            request_id: Known::NotSupplied,
            leeway: policy.leeway,
            max_message_age: policy.max_message_age,
            relay_state_limit: policy.relay_state_limit,
            decryptor: policy.decryptor.0.as_deref().map(Decrypting),
        }
    }

    /// Nothing at all, with the strict defaults of [`Policy::new`].
    #[must_use]
    pub const fn nothing(leeway: Leeway) -> Self {
        Self {
            idp: Known::NotSupplied,
            urls: Known::NotSupplied,
            request_id: Known::NotSupplied,
            leeway,
            max_message_age: Duration::minutes(5),
            relay_state_limit: RELAY_STATE_BYTES,
            decryptor: None,
        }
    }

    /// Who decrypts an encrypted name.
    #[must_use]
    pub fn with_decryptor(mut self, decryptor: &'a dyn Decryptor) -> Self {
        self.decryptor = Some(Decrypting(decryptor));
        self
    }

    pub(super) fn decryption(&self, now: Instant) -> Option<Decryption<'a>> {
        let exceptions = if let Known::Known(idp) = self.idp { idp.exceptions.as_slice() } else { &[] };
        Some(Decryption::new(self.decryptor?.0, None, exceptions, now))
    }

    /// The identity provider.
    #[must_use]
    pub const fn with_idp(mut self, idp: &'a TrustedIdp) -> Self {
        self.idp = Known::Known(idp);
        self
    }

    /// The single logout URLs of this service.
    #[must_use]
    pub const fn with_urls(mut self, urls: &'a [String]) -> Self {
        self.urls = Known::Known(urls);
        self
    }

    /// The ID of the request that a response answers.
    #[must_use]
    pub const fn with_request_id(mut self, id: &'a str) -> Self {
        self.request_id = Known::Known(id);
        self
    }
}

/// What the rules are run over.
#[derive(Clone, Copy)]
pub(in crate::saml) struct Judged<'m> {
    pub(in crate::saml) header: &'m Header,
    pub(in crate::saml) paths: &'static Paths,
    pub(in crate::saml) not_on_or_after: Option<Instant>,
    /// Of a request: whom it names, if anybody.
    pub(in crate::saml) name_id: Option<Option<&'m NameId>>,
    /// Of a response: its status codes, and its message.
    pub(in crate::saml) status: Option<(&'m [String], Option<&'m str>)>,
}

/// Where the parts of a message stand.
pub(in crate::saml) struct Paths {
    issuer: &'static str,
    destination: &'static str,
    issue_instant: &'static str,
    not_on_or_after: &'static str,
    name_id: &'static str,
    in_response_to: &'static str,
    status: &'static str,
}

macro_rules! paths {
    ($root:literal) => {
        Paths {
            issuer: concat!("/", $root, "/Issuer"),
            destination: concat!("/", $root, "/@Destination"),
            issue_instant: concat!("/", $root, "/@IssueInstant"),
            not_on_or_after: concat!("/", $root, "/@NotOnOrAfter"),
            name_id: concat!("/", $root, "/NameID"),
            in_response_to: concat!("/", $root, "/@InResponseTo"),
            status: concat!("/", $root, "/Status/StatusCode"),
        }
    };
}

pub(super) const REQUEST_PATHS: Paths = paths!("LogoutRequest");
pub(in crate::saml) const AUTHN_REQUEST_PATHS: Paths = paths!("AuthnRequest");
pub(super) const RESPONSE_PATHS: Paths = paths!("LogoutResponse");

/// The rules that must have been judged before a LogoutRequest counts.
pub(in crate::saml) const REQUEST_PLAN: RuleSet =
    COMMON_PLAN.with(Rule::LogoutLasting).with(Rule::LogoutNamed).with(Rule::LogoutNameFilled);

/// The rules that must have been judged before a LogoutResponse counts.
pub(in crate::saml) const RESPONSE_PLAN: RuleSet =
    COMMON_PLAN.with(Rule::LogoutAnswerPresent).with(Rule::LogoutAnswers).with(Rule::LogoutDone);

pub(in crate::saml) const COMMON_PLAN: RuleSet = RuleSet::of(&[
    Rule::MessageIssuerPresent,
    Rule::MessageIssuerFormat,
    Rule::MessageIssuer,
    Rule::MessageDestinationPresent,
    Rule::MessageDestination,
    Rule::MessageBegun,
    Rule::MessageAge,
]);

/// Runs every rule.
pub(in crate::saml) fn run_checks(
    report: &mut impl Report,
    message: &Judged<'_>,
    wanted: &Expectations<'_>,
    provenance: Provenance,
    now: Instant,
) -> Result<(), Failure> {
    let (header, paths, leeway) = (message.header, message.paths, wanted.leeway);

    // SAML profiles 4.4.4.1 and 4.4.4.2: the Issuer is there and is the identity provider.
    let named =
        header.issuer.as_ref().map(|issuer| issuer.value.as_str()).filter(|issuer| !issuer.is_empty());
    let there = present(Check::IssuerMissing, paths.issuer, "Issuer", named);
    report.rule(Rule::MessageIssuerPresent, provenance, there)?;
    let format = header.issuer.as_ref().and_then(|issuer| issuer.format.as_deref());
    report.ruling(Rule::MessageIssuerFormat, provenance, issuer_format(format, paths.issuer))?;
    match wanted.idp {
        Known::Known(idp) => {
            let (check, idp) = (Check::IssuerMismatch, core::slice::from_ref(&idp.entity_id));
            let outcome = one_of(check, paths.issuer, "Issuer", named, idp);
            report.ruling(Rule::MessageIssuer, provenance, outcome)?;
        }
        Known::NotSupplied => report.skip(Rule::MessageIssuer, "idp-metadata")?,
    }

    // SAML bindings 3.4.5.2 and 3.5.5.2: a signed message names where it is sent.
    let destination = header.destination.as_deref();
    let there = present(Check::DestinationMissing, paths.destination, "Destination", destination);
    let rule = (Rule::MessageDestinationPresent, provenance);
    rule_or_exception(report, rule, wanted.idp, Relaxation::NoDestination, now, there)?;
    match wanted.urls {
        Known::Known(urls) => {
            let (check, at) = (Check::DestinationMismatch, paths.destination);
            let outcome = one_of(check, at, "Destination", destination, urls);
            report.ruling(Rule::MessageDestination, provenance, outcome)?;
        }
        Known::NotSupplied => report.skip(Rule::MessageDestination, "slo")?,
    }

    // SAML core 3.2.1: made neither in the future nor too long ago.
    let (issued, at) = (header.issue_instant, paths.issue_instant);
    report.rule(Rule::MessageBegun, provenance, not_in_future(issued, at, leeway, now))?;
    let age = not_too_old(issued, at, wanted.max_message_age, leeway, now);
    report.rule(Rule::MessageAge, provenance, age)?;

    if let Some(name) = message.name_id {
        request(report, message, name, wanted, provenance, now)?;
    }
    if let Some(status) = message.status {
        response(report, message, status, wanted, provenance)?;
    }
    Ok(())
}

/// SAML core 3.7.1: not over, and about somebody.
fn request(
    report: &mut impl Report,
    message: &Judged<'_>,
    name: Option<&NameId>,
    wanted: &Expectations<'_>,
    provenance: Provenance,
    now: Instant,
) -> Result<(), Failure> {
    let (paths, leeway) = (message.paths, wanted.leeway);
    let lasting = match message.not_on_or_after {
        None => Ok(Ruling::NotApplicable("there is no NotOnOrAfter")),
        Some(end) if !has_ended(now, end, leeway) => Ok(Ruling::Held),
        Some(not_on_or_after) => {
            let reason = Reason::Expired { what: "LogoutRequest", now, not_on_or_after, leeway };
            fail(Check::Expired, paths.not_on_or_after, reason).map(Ruling::from)
        }
    };
    report.ruling(Rule::LogoutLasting, provenance, lasting)?;
    let value = name.map(NameId::value);
    let there = present(Check::NameIdMissing, paths.name_id, "NameID", value);
    report.rule(Rule::LogoutNamed, provenance, there)?;
    let blank = value.is_some_and(|value| value.chars().all(char::is_whitespace));
    let empty = Reason::Stated("the name identifier is empty");
    let empty = if blank { fail(Check::NameIdEmpty, paths.name_id, empty) } else { Ok(()) };
    report.rule(Rule::LogoutNameFilled, provenance, empty)?;
    Ok(())
}

/// SAML core 3.7.2 and 3.7.3.2: the answer to the request that was sent, and the logout was done.
fn response(
    report: &mut impl Report,
    message: &Judged<'_>,
    (codes, text): (&[String], Option<&str>),
    wanted: &Expectations<'_>,
    provenance: Provenance,
) -> Result<(), Failure> {
    let (at, found) = (message.paths.in_response_to, message.header.in_response_to.as_deref());
    let there = present(Check::InResponseToMissing, at, "InResponseTo", found);
    report.rule(Rule::LogoutAnswerPresent, provenance, there)?;
    match wanted.request_id {
        Known::Known(id) => {
            let outcome = match found {
                None => Ok(Ruling::NotApplicable("there is no InResponseTo")),
                Some(found) if constant_time_eq(found.as_bytes(), id.as_bytes()) => Ok(Ruling::Held),
                Some(found) => {
                    let (expected, found) = (vec![Quoted::replayable(id)], vec![Quoted::replayable(found)]);
                    let reason = Reason::Mismatch { what: "InResponseTo", expected, found };
                    fail(Check::InResponseToMismatch, at, reason).map(Ruling::from)
                }
            };
            report.ruling(Rule::LogoutAnswers, provenance, outcome)?;
        }
        Known::NotSupplied => report.skip(Rule::LogoutAnswers, "request-id")?,
    }
    let outcome =
        if outcome(codes).is_some() { Ok(()) } else { Err(told(message.paths.status, codes, text)) };
    report.rule(Rule::LogoutDone, provenance, outcome)?;
    Ok(())
}

fn one_of(
    check: Check,
    at: &'static str,
    what: &'static str,
    found: Option<&str>,
    expected: &[String],
) -> Result<Ruling, Failure> {
    let Some(found) = found else { return Ok(Ruling::NotApplicable("there is nothing to compare")) };
    if expected.iter().any(|one| one == found) {
        return Ok(Ruling::Held);
    }
    mismatch(check, at, what, expected.iter().map(String::as_str), [found]).map(Ruling::from)
}

/// How far a logout went by its status codes, top level first; `None`: it was not done. The top-level code says whether it was
/// (SAML core 3.2.2.2); below Success, PartialLogout says that it was in part (3.7.3.2). Whatever else stands below Success is
/// not understood, and a logout of which that is said is not one that was done.
pub(super) fn outcome(codes: &[String]) -> Option<Outcome> {
    let (top, below) = codes.split_first()?;
    match below.first() {
        _ if top != SUCCESS => None,
        Some(second) if second == PARTIAL => Some(Outcome::Partial),
        _ if below.iter().all(|code| code == SUCCESS) => Some(Outcome::Complete),
        _ => None,
    }
}

/// What a report says of a logout that was done in part.
pub(super) fn partial(message: &Judged<'_>) -> Option<Failure> {
    let (codes, text) = message.status?;
    (outcome(codes) == Some(Outcome::Partial)).then(|| told(message.paths.status, codes, text))
}

fn told(at: &'static str, codes: &[String], text: Option<&str>) -> Failure {
    let codes = codes.iter().map(|code| Quoted::protocol(code)).collect();
    Failure::at(Check::LogoutNotDone, at, Reason::Status { codes, message: text.map(Quoted::tenant) })
}

fn present(check: Check, at: &'static str, what: &'static str, value: Option<&str>) -> Result<(), Failure> {
    if value.is_some() { Ok(()) } else { fail(check, at, Reason::Missing { what }) }
}

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
