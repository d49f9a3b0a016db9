//! AuthnRequest (SAML core 3.4.1): what this service asks of an identity provider.

use super::assertion::NameId;
use super::grammar::{MessageGrammar, Slot, one};
use super::logout::{self, Judged};
use super::outgoing::{MessageId, Outgoing, Start, endpoint, sendable};
use super::pending::PendingLogin;
use super::policy::{AuthnContext, invalid};
use super::post::Parameter;
use super::protocol::{Arrived, Header, Kind, header};
use crate::diagnosis::{Claims, Diagnosis};
use crate::error::Error;
use crate::instant::Instant;
use crate::xml::Ns;
use crate::xml::write::{attribute, attribute_if, element};
use std::fmt::Write as _;
use time::{Duration, OffsetDateTime};

/// A request to log a user in. `Debug` shows no ID.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthnRequest {
    id: MessageId,
    issued: Instant,
    sp_entity_id: String,
    idp_entity_id: String,
    destination: String,
    acs: Acs,
    force: Force,
    passive: Passive,
    name_id_policy: Option<RequestedNameId>,
    context: Option<RequestedContext>,
    scoping: Option<Scoping>,
    subject: Option<NameId>,
    provider_name: Option<String>,
    attribute_service: Option<u16>,
    lifetime: Duration,
}

/// Where the Response shall arrive. The URL is known in either case, because it is compared with Recipient and Destination.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Acs {
    /// The request names the URL, and HTTP-POST as binding.
    Url(String),
    /// The request names the index that the metadata of this service gives to the URL.
    Index {
        /// AssertionConsumerServiceIndex.
        index: u16,
        /// The URL behind it.
        url: String,
    },
    /// The request names neither: the default of the metadata, which is this URL.
    Default {
        /// The URL.
        url: String,
    },
}

/// Whether the identity provider must authenticate the user afresh (ForceAuthn).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Force {
    /// A session at the identity provider is enough.
    NotNeeded,
    /// ForceAuthn: an AuthnInstant before the request refuses the login.
    Fresh,
}

/// Whether the identity provider may show the user anything (IsPassive).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Passive {
    /// It may.
    Interactive,
    /// It may not: without a session the status is NoPassive.
    Passive,
}

/// NameIDPolicy (SAML core 3.4.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestedNameId {
    format: Option<String>,
    sp_name_qualifier: Option<String>,
    allow_create: Option<bool>,
}

impl RequestedNameId {
    /// Any format.
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// This format.
    #[must_use]
    pub fn format(format: &str) -> Self {
        Self { format: Some(format.to_owned()), ..Self::default() }
    }

    /// An identifier in the realm of this service or group of services (SPNameQualifier).
    #[must_use]
    pub fn with_sp_name_qualifier(mut self, qualifier: &str) -> Self {
        self.sp_name_qualifier = Some(qualifier.to_owned());
        self
    }

    /// The identity provider may create a new identifier (AllowCreate).
    #[must_use]
    pub const fn with_creation_allowed(mut self) -> Self {
        self.allow_create = Some(true);
        self
    }
}

/// RequestedAuthnContext (SAML core 3.3.2.2.1): how the user shall authenticate.
///
/// Only "exact" says which answer is good enough. For the other comparisons the caller names the classes that are, because
/// classes have no order of their own; [`PendingLogin`] holds the answer to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedContext {
    comparison: &'static str,
    classes: Vec<String>,
    accepted: Vec<String>,
}

impl RequestedContext {
    /// One of these classes.
    #[must_use]
    pub fn exact<C: Into<String>>(classes: impl IntoIterator<Item = C>) -> Self {
        let classes: Vec<String> = classes.into_iter().map(Into::into).collect();
        Self { comparison: "exact", accepted: classes.clone(), classes }
    }

    /// At least as strong as these classes; `accepted` are the classes that count as that.
    #[must_use]
    pub fn minimum<C: Into<String>>(
        classes: impl IntoIterator<Item = C>,
        accepted: impl IntoIterator<Item = C>,
    ) -> Self {
        Self::compared("minimum", classes, accepted)
    }

    /// Stronger than these classes; `accepted` are the classes that count as that.
    #[must_use]
    pub fn better<C: Into<String>>(
        classes: impl IntoIterator<Item = C>,
        accepted: impl IntoIterator<Item = C>,
    ) -> Self {
        Self::compared("better", classes, accepted)
    }

    /// As strong as possible, but not stronger than these classes; `accepted` are the classes that count as that.
    #[must_use]
    pub fn maximum<C: Into<String>>(
        classes: impl IntoIterator<Item = C>,
        accepted: impl IntoIterator<Item = C>,
    ) -> Self {
        Self::compared("maximum", classes, accepted)
    }

    fn compared<C: Into<String>>(
        comparison: &'static str,
        classes: impl IntoIterator<Item = C>,
        accepted: impl IntoIterator<Item = C>,
    ) -> Self {
        let owned = |classes: Vec<C>| classes.into_iter().map(Into::into).collect();
        let (classes, accepted) = (classes.into_iter().collect(), accepted.into_iter().collect());
        Self { comparison, classes: owned(classes), accepted: owned(accepted) }
    }
}

/// Scoping (SAML core 3.4.1.2): which identity providers a proxy may ask, and on whose behalf.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scoping {
    proxy_count: Option<u16>,
    idps: Vec<String>,
    requesters: Vec<String>,
}

impl Scoping {
    /// No restriction.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// At most so many further identity providers in between (ProxyCount).
    #[must_use]
    pub const fn with_proxy_count(mut self, count: u16) -> Self {
        self.proxy_count = Some(count);
        self
    }

    /// One more identity provider that may authenticate the user (IDPList).
    #[must_use]
    pub fn with_idp(mut self, entity_id: &str) -> Self {
        self.idps.push(entity_id.to_owned());
        self
    }

    /// One more party on whose behalf is asked (RequesterID).
    #[must_use]
    pub fn with_requester(mut self, entity_id: &str) -> Self {
        self.requesters.push(entity_id.to_owned());
        self
    }
}

impl AuthnRequest {
    /// A request of the service provider `sp_entity_id` to the identity provider `idp_entity_id`, sent to its single sign-on
    /// URL `destination`. The Response shall arrive at `acs`, and within 30 minutes.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: an entityID is empty, or a URL is not https.
    pub fn new(
        sp_entity_id: &str,
        idp_entity_id: &str,
        destination: &str,
        acs: Acs,
        id: MessageId,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        if sp_entity_id.trim().is_empty() || idp_entity_id.trim().is_empty() {
            return Err(invalid("an entityID is empty"));
        }
        endpoint(destination)?;
        endpoint(acs.url())?;
        Ok(Self {
            id,
            issued: whole_seconds(now),
            sp_entity_id: sp_entity_id.to_owned(),
            idp_entity_id: idp_entity_id.to_owned(),
            destination: destination.to_owned(),
            acs,
            force: Force::NotNeeded,
            passive: Passive::Interactive,
            name_id_policy: None,
            context: None,
            scoping: None,
            subject: None,
            provider_name: None,
            attribute_service: None,
            lifetime: Duration::minutes(30),
        })
    }

    /// Whether the user must authenticate afresh.
    #[must_use]
    pub const fn with_force(mut self, force: Force) -> Self {
        self.force = force;
        self
    }

    /// Whether the identity provider may show the user anything.
    #[must_use]
    pub const fn with_passive(mut self, passive: Passive) -> Self {
        self.passive = passive;
        self
    }

    /// How the user shall be named.
    #[must_use]
    pub fn with_name_id(mut self, policy: RequestedNameId) -> Self {
        self.name_id_policy = Some(policy);
        self
    }

    /// How the user shall authenticate.
    #[must_use]
    pub fn with_context(mut self, context: RequestedContext) -> Self {
        self.context = Some(context);
        self
    }

    /// Which identity providers behind a proxy may be asked.
    #[must_use]
    pub fn with_scoping(mut self, scoping: Scoping) -> Self {
        self.scoping = Some(scoping);
        self
    }

    /// Whom the login shall be about (Subject).
    #[must_use]
    pub fn with_subject(mut self, name_id: NameId) -> Self {
        self.subject = Some(name_id);
        self
    }

    /// The name of this service for people (ProviderName).
    #[must_use]
    pub fn with_provider_name(mut self, name: &str) -> Self {
        self.provider_name = Some(name.to_owned());
        self
    }

    /// Which set of attributes of the metadata is asked for (AttributeConsumingServiceIndex).
    #[must_use]
    pub const fn with_attribute_service(mut self, index: u16) -> Self {
        self.attribute_service = Some(index);
        self
    }

    /// Within what time the Response must arrive. Default: 30 minutes.
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// The message. AuthnRequests may go unsigned; what the metadata of the identity provider says (WantAuthnRequestsSigned)
    /// is for the caller to follow.
    ///
    /// # Errors
    /// `XmlForbiddenChar`: a text holds a character that XML does not have. `ConfigurationInvalid`: an empty list of contexts.
    pub fn message(&self) -> Result<Outgoing, Error> {
        let mut attributes = String::new();
        let out = &mut attributes;
        attribute_if(out, "ForceAuthn", (self.force == Force::Fresh).then_some("true"));
        attribute_if(out, "IsPassive", (self.passive == Passive::Passive).then_some("true"));
        match &self.acs {
            Acs::Url(url) => {
                attribute(out, "ProtocolBinding", POST);
                attribute(out, "AssertionConsumerServiceURL", url);
            }
            Acs::Index { index, .. } => attribute(out, "AssertionConsumerServiceIndex", &index.to_string()),
            Acs::Default { .. } => {}
        }
        if let Some(index) = self.attribute_service {
            attribute(out, "AttributeConsumingServiceIndex", &index.to_string());
        }
        attribute_if(out, "ProviderName", self.provider_name.as_deref());
        let start = Start {
            root: "AuthnRequest",
            id: &self.id,
            issued: self.issued,
            destination: &self.destination,
            issuer: &self.sp_entity_id,
            parameter: Parameter::Request,
        };
        Outgoing::new(&start, &attributes, &self.content()?, &AUTHN_REQUEST, true)
    }

    /// What must be remembered until the Response arrives. `relay_state` is what is sent along, if anything.
    ///
    /// # Errors
    /// `LimitRelayState`: it has more than 80 bytes.
    pub fn pending(&self, relay_state: Option<&str>) -> Result<PendingLogin, Error> {
        let accepted = match &self.context {
            Some(context) => AuthnContext::OneOf(context.accepted.clone()),
            None => AuthnContext::Any,
        };
        Ok(PendingLogin {
            request_id: self.id.as_str().to_owned(),
            sp_entity_id: self.sp_entity_id.clone(),
            idp_entity_id: self.idp_entity_id.clone(),
            acs: self.acs.url().to_owned(),
            relay_state: sendable(relay_state)?.map(str::to_owned),
            issued: self.issued,
            expires: self.issued.plus(self.lifetime),
            force: self.force,
            accepted,
        })
    }

    fn content(&self) -> Result<String, Error> {
        let mut content = String::new();
        let out = &mut content;
        if let Some(subject) = &self.subject {
            out.push_str("<saml:Subject>");
            subject.write(out);
            out.push_str("</saml:Subject>");
        }
        if let Some(policy) = &self.name_id_policy {
            out.push_str("<samlp:NameIDPolicy");
            attribute_if(out, "Format", policy.format.as_deref());
            attribute_if(out, "SPNameQualifier", policy.sp_name_qualifier.as_deref());
            attribute_if(
                out,
                "AllowCreate",
                policy.allow_create.map(|yes| if yes { "true" } else { "false" }),
            );
            out.push_str("/>");
        }
        if let Some(context) = &self.context {
            if context.classes.is_empty() || context.accepted.is_empty() {
                return Err(invalid("a requested authentication context without a class"));
            }
            let _ = write!(out, "<samlp:RequestedAuthnContext Comparison=\"{}\">", context.comparison);
            for class in &context.classes {
                element(out, "saml:AuthnContextClassRef", class);
            }
            out.push_str("</samlp:RequestedAuthnContext>");
        }
        if let Some(scoping) = &self.scoping {
            out.push_str("<samlp:Scoping");
            attribute_if(out, "ProxyCount", scoping.proxy_count.map(|count| count.to_string()).as_deref());
            out.push('>');
            if !scoping.idps.is_empty() {
                out.push_str("<samlp:IDPList>");
                for idp in &scoping.idps {
                    out.push_str("<samlp:IDPEntry");
                    attribute(out, "ProviderID", idp);
                    out.push_str("/>");
                }
                out.push_str("</samlp:IDPList>");
            }
            for requester in &scoping.requesters {
                element(out, "samlp:RequesterID", requester);
            }
            out.push_str("</samlp:Scoping>");
        }
        Ok(content)
    }
}

impl Acs {
    /// The URL at which the Response shall arrive.
    #[must_use]
    pub fn url(&self) -> &str {
        match self {
            Self::Url(url) | Self::Index { url, .. } | Self::Default { url } => url,
        }
    }
}

impl core::fmt::Debug for AuthnRequest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "AuthnRequest(to {})", self.idp_entity_id)
    }
}

/// Explains a signed AuthnRequest: signature, issuer, destination and age, by the rules of logout messages. `wanted` names
/// its sender as the party to trust, and the URLs at which it may arrive. Never a proof: this crate answers no requests.
#[must_use]
pub fn explain_authn_request(
    arrived: Arrived<'_>,
    wanted: &logout::Expectations<'_>,
    now: OffsetDateTime,
) -> Diagnosis {
    logout::explained(&SIGNED, arrived, wanted, logout::COMMON_PLAN, judged, claims, now)
}

const SIGNED: Kind<Header> = Kind {
    grammar: AUTHN_REQUEST,
    parameter: Parameter::Request,
    signature: "/AuthnRequest/Signature",
    read: |layout, _| Ok(header(layout)?),
};

pub(super) const fn judged(header: &Header) -> Judged<'_> {
    Judged { header, paths: &logout::AUTHN_REQUEST_PATHS, not_on_or_after: None, name_id: None, status: None }
}

fn claims(header: &Header) -> Claims {
    Claims::new(header.issuer.as_ref().map_or("", |issuer| &issuer.value))
}

/// Messages say when they were made in whole seconds: some software reads no fractions.
pub(super) fn whole_seconds(now: OffsetDateTime) -> Instant {
    Instant::from_unix(Instant::from(now).unix_seconds(), 0)
}

/// SAML core 3.4.1.
pub(super) const AUTHN_REQUEST: MessageGrammar =
    MessageGrammar { root: "AuthnRequest", slots: SLOTS, inner: None };

const SLOTS: &[Slot] = &[
    one(&[(Ns::Saml, "Issuer")]),
    one(&[(Ns::Ds, "Signature")]),
    one(&[(Ns::Samlp, "Extensions")]),
    one(&[(Ns::Saml, "Subject")]),
    one(&[(Ns::Samlp, "NameIDPolicy")]),
    one(&[(Ns::Saml, "Conditions")]),
    one(&[(Ns::Samlp, "RequestedAuthnContext")]),
    one(&[(Ns::Samlp, "Scoping")]),
];

const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
