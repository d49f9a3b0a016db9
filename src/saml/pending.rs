//! What an application remembers between a request and its answer: plain data, versioned, to be stored where the browser
//! cannot change it.

use super::idp::TrustedIdp;
use super::outcome::fail;
use super::policy::{AuthnContext, Policy, Request, invalid};
use super::request::Force;
use super::response::rejected;
use crate::check::Check;
use crate::crypto::constant_time_eq;
use crate::error::{Error, Failure, Quoted, Reason};
use crate::instant::{Instant, Leeway, has_ended};
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize};
use time::{Duration, OffsetDateTime};

/// A login that was begun: what the Response must answer. Take it out of the store to use it, so that it is used once.
///
/// Serialises with a version; unknown or missing fields and other versions are refused. `Debug` shows no ID.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredLogin", into = "StoredLogin")]
pub struct PendingLogin {
    pub(super) request_id: String,
    pub(super) sp_entity_id: String,
    pub(super) idp_entity_id: String,
    pub(super) acs: String,
    pub(super) relay_state: Option<String>,
    pub(super) issued: Instant,
    pub(super) expires: Instant,
    pub(super) force: Force,
    pub(super) accepted: AuthnContext,
}

impl PendingLogin {
    /// The policy for the Response: it is from this identity provider and answers this request, at the URL that was asked for, with a context that was asked
    /// for, and, where ForceAuthn was, by a user who authenticated after it.
    ///
    /// # Errors
    /// `PendingExpired`: the request has expired. `IssuerMismatch`: `idp` is not the identity provider that was asked.
    pub fn policy(&self, idp: &TrustedIdp, now: OffsetDateTime) -> Result<Policy, Error> {
        let now = Instant::from(now);
        answerable(&self.idp_entity_id, self.expires, idp, now)?;
        let request = Request::InResponseTo(self.request_id.clone());
        let mut policy = Policy::new(&self.sp_entity_id, [self.acs.clone()], request)?;
        policy = policy.with_authn_context(self.accepted.clone());
        policy.asked = Some(self.idp_entity_id.clone());
        policy.forced_authn_age = match self.force {
            Force::NotNeeded => None,
            Force::Fresh => Some(Duration::seconds(now.seconds_since(self.issued).max(0))),
        };
        Ok(policy)
    }

    /// The RelayState that came back is the one that was sent.
    ///
    /// # Errors
    /// `StateMismatch`: it is another one, or one was sent and none came back.
    pub fn check_relay_state(&self, received: Option<&str>) -> Result<(), Error> {
        same_state(self.relay_state.as_deref(), received)
    }

    /// The ID of the request: the key to store this under.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The entityID of the identity provider that was asked.
    #[must_use]
    pub fn idp_entity_id(&self) -> &str {
        &self.idp_entity_id
    }

    /// The RelayState that was sent.
    #[must_use]
    pub fn relay_state(&self) -> Option<&str> {
        self.relay_state.as_deref()
    }

    /// From when on no answer counts.
    #[must_use]
    pub const fn expires(&self) -> Instant {
        self.expires
    }
}

/// A logout that was begun: what the LogoutResponse must answer. As [`PendingLogin`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredLogout", into = "StoredLogout")]
pub struct PendingLogout {
    pub(super) request_id: String,
    pub(super) idp_entity_id: String,
    pub(super) relay_state: Option<String>,
    pub(super) expires: Instant,
}

impl PendingLogout {
    pub(super) fn answerable(&self, idp: &TrustedIdp, now: Instant) -> Result<(), Error> {
        answerable(&self.idp_entity_id, self.expires, idp, now)
    }

    /// The RelayState that came back is the one that was sent.
    ///
    /// # Errors
    /// `StateMismatch`: it is another one, or one was sent and none came back.
    pub fn check_relay_state(&self, received: Option<&str>) -> Result<(), Error> {
        same_state(self.relay_state.as_deref(), received)
    }

    /// The ID of the request: the key to store this under.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The entityID of the identity provider that was asked.
    #[must_use]
    pub fn idp_entity_id(&self) -> &str {
        &self.idp_entity_id
    }

    /// From when on no answer counts.
    #[must_use]
    pub const fn expires(&self) -> Instant {
        self.expires
    }
}

/// The right party answers, in time.
fn answerable(asked: &str, expires: Instant, idp: &TrustedIdp, now: Instant) -> Result<(), Error> {
    if idp.entity_id() != asked {
        let reason = Reason::Mismatch {
            what: "Issuer",
            expected: vec![Quoted::tenant(asked)],
            found: vec![Quoted::tenant(idp.entity_id())],
        };
        return Err(rejected(Failure::at(Check::IssuerMismatch, "", reason)));
    }
    if has_ended(now, expires, Leeway::ZERO) {
        let (what, leeway) = ("request", Leeway::ZERO);
        let reason = Reason::Expired { what, now, not_on_or_after: expires, leeway };
        return fail(Check::PendingExpired, "", reason).map_err(rejected);
    }
    Ok(())
}

/// Nobody guesses at a RelayState by the time that a comparison takes.
fn same_state(sent: Option<&str>, received: Option<&str>) -> Result<(), Error> {
    let same = match (sent, received) {
        (Some(sent), Some(received)) => constant_time_eq(sent.as_bytes(), received.as_bytes()),
        (None, None | Some("")) => true,
        _ => false,
    };
    if same {
        return Ok(());
    }
    let quoted = |state: Option<&str>| state.map(Quoted::replayable).into_iter().collect();
    let reason = Reason::Mismatch { what: "RelayState", expected: quoted(sent), found: quoted(received) };
    fail(Check::StateMismatch, "/RelayState", reason).map_err(rejected)
}

/// The stored form of a [`PendingLogin`]. Instants are seconds since 1970.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredLogin {
    version: u8,
    request_id: String,
    sp_entity_id: String,
    idp_entity_id: String,
    acs: String,
    #[serde(deserialize_with = "written")]
    relay_state: Option<String>,
    issued: i64,
    expires: i64,
    force_authn: bool,
    /// No list: any context.
    #[serde(deserialize_with = "written")]
    accepted_contexts: Option<Vec<String>>,
}

impl From<PendingLogin> for StoredLogin {
    fn from(pending: PendingLogin) -> Self {
        Self {
            version: VERSION,
            request_id: pending.request_id,
            sp_entity_id: pending.sp_entity_id,
            idp_entity_id: pending.idp_entity_id,
            acs: pending.acs,
            relay_state: pending.relay_state,
            issued: pending.issued.unix_seconds(),
            expires: pending.expires.unix_seconds(),
            force_authn: pending.force == Force::Fresh,
            accepted_contexts: match pending.accepted {
                AuthnContext::Any => None,
                AuthnContext::OneOf(classes) => Some(classes),
            },
        }
    }
}

impl TryFrom<StoredLogin> for PendingLogin {
    type Error = Error;

    fn try_from(stored: StoredLogin) -> Result<Self, Error> {
        known(
            stored.version,
            &[&stored.request_id, &stored.sp_entity_id, &stored.idp_entity_id, &stored.acs],
        )?;
        Ok(Self {
            request_id: stored.request_id,
            sp_entity_id: stored.sp_entity_id,
            idp_entity_id: stored.idp_entity_id,
            acs: stored.acs,
            relay_state: stored.relay_state,
            issued: Instant::from_unix(stored.issued, 0),
            expires: Instant::from_unix(stored.expires, 0),
            force: if stored.force_authn { Force::Fresh } else { Force::NotNeeded },
            accepted: stored.accepted_contexts.map_or(AuthnContext::Any, AuthnContext::OneOf),
        })
    }
}

/// The stored form of a [`PendingLogout`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredLogout {
    version: u8,
    request_id: String,
    idp_entity_id: String,
    #[serde(deserialize_with = "written")]
    relay_state: Option<String>,
    expires: i64,
}

impl From<PendingLogout> for StoredLogout {
    fn from(pending: PendingLogout) -> Self {
        Self {
            version: VERSION,
            request_id: pending.request_id,
            idp_entity_id: pending.idp_entity_id,
            relay_state: pending.relay_state,
            expires: pending.expires.unix_seconds(),
        }
    }
}

impl TryFrom<StoredLogout> for PendingLogout {
    type Error = Error;

    fn try_from(stored: StoredLogout) -> Result<Self, Error> {
        known(stored.version, &[&stored.request_id, &stored.idp_entity_id])?;
        Ok(Self {
            request_id: stored.request_id,
            idp_entity_id: stored.idp_entity_id,
            relay_state: stored.relay_state,
            expires: Instant::from_unix(stored.expires, 0),
        })
    }
}

/// A value that may be null, but not be left out: what is lost from a store loosens nothing.
pub(super) fn written<'d, T: Deserialize<'d>, D: Deserializer<'d>>(from: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(from)
}

pub(super) fn known(version: u8, required: &[&str]) -> Result<(), Error> {
    if version != VERSION {
        return Err(invalid("a stored request of another version"));
    }
    if required.iter().any(|text| text.is_empty()) {
        return Err(invalid("a stored request with an empty field"));
    }
    Ok(())
}

macro_rules! debug_by_idp {
    ($($name:ident)*) => { $(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({}, until {})"), self.idp_entity_id, self.expires)
            }
        }
    )* };
}

debug_by_idp! { PendingLogin PendingLogout }

pub(super) const VERSION: u8 = 1;
