//! Logout messages that this service sends. They are never sent unsigned.

use super::{LOGOUT_REQUEST, LOGOUT_RESPONSE, LogoutRequest, Outcome, PARTIAL, Session};
use crate::error::Error;
use crate::instant::Instant;
use crate::saml::outgoing::{MessageId, Outgoing, Start, endpoint, sendable};
use crate::saml::pending::PendingLogout;
use crate::saml::post::Parameter;
use crate::saml::request::whole_seconds;
use crate::trust::Validated;
use crate::xml::write::{attribute, attribute_if, element};
use time::{Duration, OffsetDateTime};

/// A LogoutRequest to the identity provider of a session.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    id: MessageId,
    issued: Instant,
    destination: String,
    session: Session,
    more_indexes: Vec<String>,
    reason: Option<String>,
    lifetime: Duration,
}

impl Call {
    /// A request to end a session, sent to the single logout URL `destination` of its identity provider. It is valid, and
    /// its answer counts, for 5 minutes.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: the URL is not https.
    pub fn new(
        session: &Session,
        destination: &str,
        id: MessageId,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        endpoint(destination)?;
        Ok(Self {
            id,
            issued: whole_seconds(now),
            destination: destination.to_owned(),
            session: session.clone(),
            more_indexes: Vec::new(),
            reason: None,
            lifetime: Duration::minutes(5),
        })
    }

    /// A further session of the same user.
    #[must_use]
    pub fn with_session_index(mut self, index: &str) -> Self {
        self.more_indexes.push(index.to_owned());
        self
    }

    /// Reason, such as `urn:oasis:names:tc:SAML:2.0:logout:user`.
    #[must_use]
    pub fn with_reason(mut self, reason: &str) -> Self {
        self.reason = Some(reason.to_owned());
        self
    }

    /// For how long the request is valid and its answer counts.
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// The message.
    ///
    /// # Errors
    /// `XmlForbiddenChar`: a text holds a character that XML does not have.
    pub fn message(&self) -> Result<Outgoing, Error> {
        let (mut attributes, mut content) = (String::new(), String::new());
        attribute(&mut attributes, "NotOnOrAfter", &self.expires().to_string());
        attribute_if(&mut attributes, "Reason", self.reason.as_deref());
        self.session.name_id().write(&mut content);
        let more = self.more_indexes.iter().map(String::as_str);
        for index in self.session.session_index().into_iter().chain(more) {
            element(&mut content, "samlp:SessionIndex", index);
        }
        let start = Start {
            root: "LogoutRequest",
            id: &self.id,
            issued: self.issued,
            destination: &self.destination,
            issuer: self.session.sp_entity_id(),
            parameter: Parameter::Request,
        };
        Outgoing::new(&start, &attributes, &content, &LOGOUT_REQUEST, false)
    }

    /// What must be remembered until the answer arrives. `relay_state` is what is sent along, if anything.
    ///
    /// # Errors
    /// `LimitRelayState`: it has more than 80 bytes.
    pub fn pending(&self, relay_state: Option<&str>) -> Result<PendingLogout, Error> {
        Ok(PendingLogout {
            request_id: self.id.as_str().to_owned(),
            idp_entity_id: self.session.idp_entity_id().to_owned(),
            relay_state: sendable(relay_state)?.map(str::to_owned),
            expires: self.expires(),
        })
    }

    fn expires(&self) -> Instant {
        self.issued.plus(self.lifetime)
    }
}

/// A LogoutResponse to the identity provider. Only a request that was validated is answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    id: MessageId,
    issued: Instant,
    destination: String,
    issuer: String,
    in_response_to: String,
    outcome: Result<Outcome, Failed>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Failed;

impl Answer {
    /// The answer to `request`, sent to the single logout URL `destination` (ResponseLocation, where the metadata has one) of
    /// the identity provider. Send the RelayState of the request along as it is.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: the URL is not https.
    pub fn new(
        request: &Validated<LogoutRequest>,
        sp_entity_id: &str,
        destination: &str,
        outcome: Outcome,
        id: MessageId,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        endpoint(destination)?;
        Ok(Self {
            id,
            issued: whole_seconds(now),
            destination: destination.to_owned(),
            issuer: sp_entity_id.to_owned(),
            in_response_to: request.id().to_owned(),
            outcome: Ok(outcome),
        })
    }

    /// The same answer, but that the logout failed here (status Responder).
    #[must_use]
    pub const fn failed(mut self) -> Self {
        self.outcome = Err(Failed);
        self
    }

    /// The message.
    ///
    /// # Errors
    /// `XmlForbiddenChar`: a text holds a character that XML does not have.
    pub fn message(&self) -> Result<Outgoing, Error> {
        let mut attributes = String::new();
        attribute(&mut attributes, "InResponseTo", &self.in_response_to);
        let (code, nested) = match self.outcome {
            Ok(Outcome::Complete) => ("Success", None),
            Ok(Outcome::Partial) => ("Success", Some(PARTIAL)),
            Err(Failed) => ("Responder", None),
        };
        let mut content =
            format!("<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:{code}\"");
        match nested {
            Some(nested) => {
                content.push_str("><samlp:StatusCode");
                attribute(&mut content, "Value", nested);
                content.push_str("/></samlp:StatusCode></samlp:Status>");
            }
            None => content.push_str("/></samlp:Status>"),
        }
        let start = Start {
            root: "LogoutResponse",
            id: &self.id,
            issued: self.issued,
            destination: &self.destination,
            issuer: &self.issuer,
            parameter: Parameter::Response,
        };
        Outgoing::new(&start, &attributes, &content, &LOGOUT_RESPONSE, false)
    }
}

macro_rules! debug_by_destination {
    ($($name:ident)*) => { $(
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!(stringify!($name), "(to {})"), self.destination)
            }
        }
    )* };
}

debug_by_destination! { Call Answer }
