//! Single logout (SAML core 3.7, profiles 4.4): LogoutRequest and LogoutResponse, in and out.
//!
//! A logout message is signed in every binding. [`validate_request`] and [`validate_response`] decide; [`explain_request`]
//! and [`explain_response`] run the same rules without stopping.

mod rules;
mod send;
mod session;

pub use rules::{Expectations, Policy};
pub use send::{Answer, Call};
pub use session::Session;

use super::assertion::{NameId, SignedBy};
use super::encrypted::Keys;
use super::explain::Known;
use super::grammar::{MessageGrammar, MessageLayout, Slot, many, one};
use super::idp::TrustedIdp;
use super::pending::PendingLogout;
use super::post::Parameter;
use super::protocol::{Arrived, Header, Kind, Received, header};
use super::read::{self, name_id, optional_time, owned, text};
use super::response::rejected;
use crate::check::Check;
use crate::diagnosis::{Claims, Diagnosis, Draft, TRUSTED_KEY, Timeline};
use crate::error::Error;
use crate::error::{Code, Failure, Malformed, Protocol, Reason, Severity};
use crate::exception::Exception;
use crate::instant::{Instant, Leeway};
use crate::limits::SESSION_INDEXES;
use crate::replay::ReplayKey;
use crate::report::{CollectAll, FailFast, Observation, Provenance, Report as _};
use crate::rule::RuleSet;
use crate::trust::{Validated, Verified};
use crate::xml::{Element, Ns};
use core::fmt;
pub(super) use rules::{AUTHN_REQUEST_PATHS, COMMON_PLAN, Judged, REQUEST_PLAN, RESPONSE_PLAN, run_checks};
use time::{Duration, OffsetDateTime};

/// A LogoutRequest (SAML core 3.7.1). As `Validated<LogoutRequest>` the sessions that it concerns must end.
#[derive(Clone, PartialEq, Eq)]
pub struct LogoutRequest {
    header: Header,
    not_on_or_after: Option<Instant>,
    reason: Option<String>,
    name_id: Option<NameId>,
    session_indexes: Vec<String>,
    relay_state: Option<String>,
    signed_by: Option<SignedBy>,
    exceptions: Vec<Exception>,
    remember_until: Instant,
}

/// A LogoutResponse (SAML core 3.7.2).
#[derive(Clone, PartialEq, Eq)]
pub struct LogoutResponse {
    header: Header,
    status: Vec<String>,
    status_message: Option<String>,
    relay_state: Option<String>,
    signed_by: Option<SignedBy>,
    exceptions: Vec<Exception>,
}

/// How far a logout went that this service did, for its [`Answer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// Everywhere.
    Complete,
    /// Not everywhere: some session at some other service may still live (status PartialLogout).
    Partial,
}

/// What the identity provider answered to a logout that it did, with how far it went. A logout that failed is an error.
///
/// The session of this service ends in any case.
#[derive(Debug)]
#[must_use = "a partial logout leaves sessions of the user alive elsewhere: tell the user"]
#[expect(clippy::exhaustive_enums, reason = "there is no third, and a match over both cannot leave one out")]
pub enum LogoutOutcome {
    /// The user is logged out everywhere.
    Complete(Validated<LogoutResponse>),
    /// Not everywhere: some session at some other service may still live (status PartialLogout). Tell the user.
    Partial(Validated<LogoutResponse>),
}

impl LogoutOutcome {
    /// The answer, however far the logout went.
    #[must_use]
    pub const fn response(&self) -> &Validated<LogoutResponse> {
        match self {
            Self::Complete(response) | Self::Partial(response) => response,
        }
    }
}

/// Decides about a LogoutRequest of the identity provider: signed, for this service, made now, about a name.
///
/// The result has a [`ReplayKey`]. It concerns the sessions that [`LogoutRequest::concerns`] says.
///
/// # Errors
/// `Malformed`: not a LogoutRequest of the accepted grammar; nothing was proven. `Rejected`: `SignatureMissing`,
/// `RedirectSignatureMissing`, the check of a signature, or the rule that does not hold. `EncryptedContentUnsupported`: the
/// name is encrypted and the policy names no decryptor.
pub fn validate_request(
    arrived: Arrived<'_>,
    idp: &TrustedIdp,
    policy: &Policy,
    now: OffsetDateTime,
) -> Result<Validated<LogoutRequest>, Error> {
    let wanted = Expectations::complete(idp, policy);
    let received = wanted.verify(&REQUEST, arrived, idp, Instant::from(now))?;
    let received = decided(received, &wanted, REQUEST_PLAN, LogoutRequest::judged, now)?;
    let until = Duration::max(policy.max_message_age, Duration::ZERO);
    let finish = |(received, exceptions): (Received<LogoutRequest>, Vec<Exception>)| {
        let issued = received.content.header.issue_instant.plus(until);
        let last = received.content.not_on_or_after.map_or(issued, |end| end.min(issued));
        LogoutRequest {
            relay_state: received.relay_state,
            signed_by: received.signed_by,
            exceptions,
            remember_until: last.plus(Leeway::MAX),
            ..received.content
        }
    };
    Ok(Validated::new(received.0.map(finish), received.1))
}

/// Decides about a LogoutResponse of the identity provider: signed, for this service, made now, in answer to `pending`.
///
/// Compare the RelayState with [`PendingLogout::check_relay_state`].
///
/// # Errors
/// As [`validate_request`]; `PendingExpired`, `InResponseToMissing`, `InResponseToMismatch`: it is no answer to this request;
/// `LogoutNotDone`: the identity provider says that it failed, or says something else than Success and PartialLogout.
pub fn validate_response(
    arrived: Arrived<'_>,
    idp: &TrustedIdp,
    policy: &Policy,
    pending: &PendingLogout,
    now: OffsetDateTime,
) -> Result<LogoutOutcome, Error> {
    pending.answerable(idp, Instant::from(now))?;
    let wanted = Expectations::complete(idp, policy).with_request_id(pending.request_id());
    let received = wanted.verify(&RESPONSE, arrived, idp, Instant::from(now))?;
    let received = decided(received, &wanted, RESPONSE_PLAN, LogoutResponse::judged, now)?;
    let outcome = rules::outcome(&received.0.content().0.content.status);
    let finish = |(received, exceptions): (Received<LogoutResponse>, Vec<Exception>)| LogoutResponse {
        relay_state: received.relay_state,
        signed_by: received.signed_by,
        exceptions,
        ..received.content
    };
    let response = Validated::new(received.0.map(finish), received.1);
    Ok(match outcome {
        Some(Outcome::Complete) => LogoutOutcome::Complete(response),
        _ => LogoutOutcome::Partial(response),
    })
}

/// Explains a LogoutRequest: the rules of [`validate_request`], all of them. Never a proof. With complete expectations the
/// verdict is accepted exactly when `validate_request` accepts.
#[must_use]
pub fn explain_request(arrived: Arrived<'_>, wanted: &Expectations<'_>, now: OffsetDateTime) -> Diagnosis {
    explained(&REQUEST, arrived, wanted, REQUEST_PLAN, LogoutRequest::judged, LogoutRequest::claims, now)
}

/// Explains a LogoutResponse: the rules of [`validate_response`], all of them. Never a proof.
#[must_use]
pub fn explain_response(arrived: Arrived<'_>, wanted: &Expectations<'_>, now: OffsetDateTime) -> Diagnosis {
    explained(&RESPONSE, arrived, wanted, RESPONSE_PLAN, LogoutResponse::judged, LogoutResponse::claims, now)
}

type Decided<T> = (Verified<(Received<T>, Vec<Exception>)>, crate::report::ChecksPassed);

fn decided<T>(
    verified: Verified<Received<T>>,
    wanted: &Expectations<'_>,
    plan: RuleSet,
    judged: fn(&T) -> Judged<'_>,
    now: OffsetDateTime,
) -> Result<Decided<T>, Error> {
    let mut report = FailFast::planned(plan);
    let received = verified.content();
    run_checks(&mut report, &judged(&received.content), wanted, Provenance::Signed, Instant::from(now))
        .map_err(rejected)?;
    for exception in excepted(received, wanted) {
        report.excepted(exception);
    }
    let exceptions = core::mem::take(&mut report.exceptions);
    let passed = report.finish().map_err(rejected)?;
    Ok((verified.map(|received| (received, exceptions)), passed))
}

impl Expectations<'_> {
    fn verify<T>(
        &self,
        kind: &Kind<T>,
        arrived: Arrived<'_>,
        idp: &TrustedIdp,
        now: Instant,
    ) -> Result<Verified<Received<T>>, Error> {
        let decryption = self.decryption(now);
        kind.verify(arrived, idp, Keys::new(decryption.as_ref()), self.relay_state_limit, now)
    }
}

/// The exceptions without which the signature would have been refused.
fn excepted<'i, T>(
    received: &'i Received<T>,
    wanted: &Expectations<'i>,
) -> impl Iterator<Item = &'i Exception> + use<'i, T> {
    let exceptions = match wanted.idp {
        Known::Known(idp) => idp.exceptions.as_slice(),
        Known::NotSupplied => &[],
    };
    let used = received.signed_by.iter().flat_map(|by| &by.exceptions_used);
    used.filter_map(move |used| exceptions.get(*used))
}

/// Runs the rules over a message of any kind, without stopping.
pub(super) fn explained<T>(
    kind: &Kind<T>,
    arrived: Arrived<'_>,
    wanted: &Expectations<'_>,
    plan: RuleSet,
    judged: fn(&T) -> Judged<'_>,
    claims: fn(&T) -> Claims,
    now: OffsetDateTime,
) -> Diagnosis {
    let now = Instant::from(now);
    let mut draft = Draft::new(Protocol::Saml).planned(plan, &[]);
    if let Known::Known(idp) = wanted.idp {
        draft = draft.configured("the entity ID of the identity provider", &idp.entity_id);
        draft = idp.keys.iter().fold(draft, |draft, key| draft.configured(TRUSTED_KEY, &key.fingerprint()));
    }
    for url in if let Known::Known(urls) = wanted.urls { urls } else { &[] } {
        draft = draft.configured("a single logout URL of this service", url);
    }
    let mut walk = CollectAll::default();
    let proven = match wanted.idp {
        Known::NotSupplied => {
            walk.skipped.push((Check::SignatureInvalid, "idp-metadata"));
            None
        }
        Known::Known(idp) => match wanted.verify(kind, arrived, idp, now) {
            Ok(verified) => {
                walk.shown.extend([
                    Check::SignatureInvalid,
                    Check::AlgKeyMismatch,
                    Check::SignatureAlgForbidden,
                ]);
                Some(verified)
            }
            Err(error) => {
                let failure = Failure::new(error.check(), error.reason(), error.location());
                walk.observations.push(Observation::new(failure, Provenance::Unsigned));
                None
            }
        },
    };
    let unproven;
    let (received, provenance) = match &proven {
        Some(verified) => (verified.content(), Provenance::Signed),
        None => match kind.unproven(arrived, wanted.relay_state_limit) {
            Ok(read) => {
                unproven = read;
                (&unproven, Provenance::Unsigned)
            }
            Err(error) => {
                let seen = walk.observations.iter().any(|noted| noted.failure.check == error.check());
                draft = draft.walk(walk);
                return if seen { draft } else { draft.error(&error, Provenance::Unsigned) }.finish();
            }
        },
    };
    for exception in excepted(received, wanted) {
        walk.excepted(exception);
    }
    let judged = judged(&received.content);
    if let Err(failure) = run_checks(&mut walk, &judged, wanted, provenance, now) {
        walk.observations.push(Observation::new(failure, provenance));
    }
    let mut axis = Timeline::new(wanted.leeway).with_moment("IssueInstant", judged.header.issue_instant);
    if judged.not_on_or_after.is_some() {
        axis = axis.with_period("request", Some(judged.header.issue_instant), judged.not_on_or_after);
    }
    draft = draft.walk(walk);
    if let Some(failure) = rules::partial(&judged) {
        draft = draft.advise(Code::SL102, Severity::Warn, &failure, provenance);
    }
    if proven.is_some() {
        draft = draft.claims(claims(&received.content));
    }
    draft.timeline(axis).finish()
}

impl LogoutRequest {
    /// Issuer: the identity provider.
    #[must_use]
    pub fn issuer(&self) -> &str {
        issuer(&self.header)
    }

    /// ID: the answer names it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.header.id
    }

    /// IssueInstant.
    #[must_use]
    pub const fn issue_instant(&self) -> Instant {
        self.header.issue_instant
    }

    /// NotOnOrAfter: by then the identity provider has given up.
    #[must_use]
    pub const fn not_on_or_after(&self) -> Option<Instant> {
        self.not_on_or_after
    }

    /// Reason, such as `urn:oasis:names:tc:SAML:2.0:logout:user`.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// Whom to log out.
    #[must_use]
    pub const fn name_id(&self) -> Option<&NameId> {
        self.name_id.as_ref()
    }

    /// SessionIndex of each session that ends; none: all sessions of that name.
    #[must_use]
    pub fn session_indexes(&self) -> &[String] {
        &self.session_indexes
    }

    /// True when a session of this service must end: same issuer, same name with format and qualifiers, and its index is
    /// named where any is. A session without an index cannot be told apart from those that are named.
    #[must_use]
    pub fn concerns(&self, session: &Session) -> bool {
        let index =
            || session.session_index().is_none_or(|own| self.session_indexes.iter().any(|one| one == own));
        self.issuer() == session.idp_entity_id()
            && self.name_id.as_ref().is_some_and(|name| session.is_named(name))
            && (self.session_indexes.is_empty() || index())
    }

    /// What must be remembered so that the message counts once.
    pub fn replay_key(&self) -> ReplayKey {
        let own = self.signed_by.as_ref().map(SignedBy::key_fingerprint);
        ReplayKey::saml(["saml-logout", self.issuer()], &self.header.id, self.remember_until).vouched_by(own)
    }

    fn judged(&self) -> Judged<'_> {
        Judged {
            header: &self.header,
            paths: &rules::REQUEST_PATHS,
            not_on_or_after: self.not_on_or_after,
            name_id: Some(self.name_id.as_ref()),
            status: None,
        }
    }

    fn claims(&self) -> Claims {
        let claims = Claims::new(self.issuer());
        match &self.name_id {
            Some(name) => claims.with_subject(name.value(), name.format()),
            None => claims,
        }
    }
}

impl LogoutResponse {
    /// Issuer: the identity provider.
    #[must_use]
    pub fn issuer(&self) -> &str {
        issuer(&self.header)
    }

    /// ID.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.header.id
    }

    /// IssueInstant.
    #[must_use]
    pub const fn issue_instant(&self) -> Instant {
        self.header.issue_instant
    }

    /// InResponseTo: the ID of the request.
    #[must_use]
    pub fn in_response_to(&self) -> Option<&str> {
        self.header.in_response_to.as_deref()
    }

    fn judged(&self) -> Judged<'_> {
        Judged {
            header: &self.header,
            paths: &rules::RESPONSE_PATHS,
            not_on_or_after: None,
            name_id: None,
            status: Some((&self.status, self.status_message.as_deref())),
        }
    }

    fn claims(&self) -> Claims {
        Claims::new(self.issuer())
    }
}

macro_rules! signed_message {
    ($($name:ident)*) => { $(
        impl $name {
            /// RelayState, where the binding signs it. Return it as it is with an answer.
            #[must_use]
            pub fn relay_state(&self) -> Option<&str> {
                self.relay_state.as_deref()
            }

            /// Which key vouched for the message.
            #[must_use]
            pub const fn signed_by(&self) -> Option<&SignedBy> {
                self.signed_by.as_ref()
            }

            /// The dated exceptions without which it would have been refused: log them (finding AS105).
            #[must_use]
            pub fn exceptions(&self) -> &[Exception] {
                &self.exceptions
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )* };
}

signed_message! { LogoutRequest LogoutResponse }

fn issuer(header: &Header) -> &str {
    header.issuer.as_ref().map_or("", |issuer| &issuer.value)
}

fn read_request(layout: &MessageLayout<'_, '_>, keys: Keys<'_>) -> Result<LogoutRequest, Error> {
    let header = header(layout)?;
    let (mut name, mut session_indexes) = (None, Vec::new());
    for child in layout.element.children() {
        match child.expanded_name() {
            (Ns::Saml, "NameID") => name = Some(name_id(child)?),
            (Ns::Saml, "EncryptedID") => {
                let opened = keys.open(child)?;
                name = Some(name_id(opened.single(child, "NameID")?.root())?);
            }
            (Ns::Samlp, "SessionIndex") => session_indexes.push(session_index(child, session_indexes.len())?),
            _ => {}
        }
    }
    Ok(LogoutRequest {
        not_on_or_after: optional_time(layout.element, "NotOnOrAfter")?,
        reason: owned(layout.element, "Reason"),
        name_id: name,
        session_indexes,
        relay_state: None,
        signed_by: None,
        exceptions: Vec::new(),
        remember_until: header.issue_instant,
        header,
    })
}

fn session_index(element: Element<'_, '_>, before: usize) -> Result<String, Malformed> {
    if before >= SESSION_INDEXES {
        let reason = Reason::Limit { limit: SESSION_INDEXES, unit: "SessionIndex", found: None };
        let fault = super::grammar::fault(Check::LimitElements, "more sessions than the limit", element);
        return Err(fault.with_reason(reason));
    }
    text(element)
}

fn read_response(layout: &MessageLayout<'_, '_>, _keys: Keys<'_>) -> Result<LogoutResponse, Error> {
    let status = layout.status.ok_or_else(|| {
        super::grammar::fault(Check::MissingElement, "the LogoutResponse has no Status", layout.element)
    })?;
    let (status, status_message) = read::status(status)?;
    Ok(LogoutResponse {
        header: header(layout)?,
        status,
        status_message,
        relay_state: None,
        signed_by: None,
        exceptions: Vec::new(),
    })
}

const REQUEST: Kind<LogoutRequest> = Kind {
    grammar: LOGOUT_REQUEST,
    parameter: Parameter::Request,
    signature: "/LogoutRequest/Signature",
    read: read_request,
};

const RESPONSE: Kind<LogoutResponse> = Kind {
    grammar: LOGOUT_RESPONSE,
    parameter: Parameter::Response,
    signature: "/LogoutResponse/Signature",
    read: read_response,
};

const LOGOUT_REQUEST: MessageGrammar =
    MessageGrammar { root: "LogoutRequest", slots: REQUEST_SLOTS, inner: None };

const LOGOUT_RESPONSE: MessageGrammar =
    MessageGrammar { root: "LogoutResponse", slots: super::protocol::STATUS_RESPONSE, inner: None };

const REQUEST_SLOTS: &[Slot] = &[
    one(&[(Ns::Saml, "Issuer")]),
    one(&[(Ns::Ds, "Signature")]),
    one(&[(Ns::Samlp, "Extensions")]),
    one(&[(Ns::Saml, "NameID"), (Ns::Saml, "BaseID"), (Ns::Saml, "EncryptedID")]),
    many(&[(Ns::Samlp, "SessionIndex")]),
];

const PARTIAL: &str = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout";
