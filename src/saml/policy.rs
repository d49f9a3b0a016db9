//! What the application wants of a login. Everything required is an argument of [`Policy::new`]; the rest has strict
//! defaults; a choice is an enum with active names.

use crate::check::Check;
use crate::crypto::Decryptor;
use crate::error::{Error, Failure, Location, Protocol, Reason, Rejection};
use crate::instant::Leeway;
use std::sync::Arc;
use time::Duration;

/// What the application wants of a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(super) sp_entity_id: String,
    pub(super) acs: Vec<String>,
    pub(super) request: Request,
    /// The identity provider that the request was sent to, where that is known.
    pub(super) asked: Option<String>,
    pub(super) leeway: Leeway,
    pub(super) required_signature: RequiredSignature,
    pub(super) authn_context: AuthnContext,
    pub(super) name_id: NameIdPolicy,
    /// Besides the service itself, in whose realm a name identifier may be.
    pub(super) affiliations: Vec<String>,
    pub(super) max_authn_age: Option<Duration>,
    /// Of a request with ForceAuthn: the user authenticated after it. Nothing lengthens it.
    pub(super) forced_authn_age: Option<Duration>,
    pub(super) max_message_age: Duration,
    pub(super) certificate_validity: CertificateValidity,
    pub(super) decryptor: OwnDecryptor,
}

/// The decryptor that a policy names, if any. Two are equal when they are the same object.
#[derive(Clone, Default)]
pub(super) struct OwnDecryptor(pub(super) Option<Arc<dyn Decryptor>>);

impl PartialEq for OwnDecryptor {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            (own, other) => own.is_none() && other.is_none(),
        }
    }
}

impl Eq for OwnDecryptor {}

impl core::fmt::Debug for OwnDecryptor {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(if self.0.is_some() { "a decryptor" } else { "no decryptor" })
    }
}

/// Which request the Response may answer. `Debug` shows no ID.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Request {
    /// The AuthnRequest with this ID, and nothing else.
    InResponseTo(String),
    /// No request: a login that the identity provider began. Anybody can make a browser send one (login CSRF), so it is a
    /// choice, never a fallback; a Response that answers a request is refused.
    Unsolicited,
}

impl core::fmt::Debug for Request {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::InResponseTo(id) => write!(f, "InResponseTo({} bytes)", id.len()),
            Self::Unsolicited => f.write_str("Unsolicited"),
        }
    }
}

/// Which element must carry a signature. Every signature that is there must verify, whatever is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequiredSignature {
    /// The Assertion itself.
    Assertion,
    /// The Response.
    Response,
    /// One of them: either covers the assertion.
    Either,
    /// Both.
    Both,
}

/// Which authentication context the login must have (SAML core 3.3.2.2.1, comparison "exact").
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthnContext {
    /// Any, or none.
    Any,
    /// One of these class references.
    OneOf(Vec<String>),
}

/// What the subject must be named by.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameIdPolicy {
    /// A NameID of any format.
    Required,
    /// A NameID of this format.
    Format(String),
    /// A NameID, or none: the application identifies users by attributes.
    Optional,
}

/// Whether the validity of the certificate around a trusted key matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CertificateValidity {
    /// It does not: a pinned certificate is a container for a key (SAML metadata interoperability profile; policy P6).
    Ignored,
    /// The login is refused when the certificate of the key that signed has expired or is not valid yet.
    Enforced,
}

impl Policy {
    /// A policy for the service provider `sp_entity_id`, whose assertion consumer services are `acs`, for `request`.
    ///
    /// Strict defaults: leeway 60 seconds; a signature on Assertion or Response; a NameID of any format; any
    /// authentication context; assertions at most 24 hours old (by IssueInstant); certificate validity ignored.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: an empty entityID, no or an empty URL, an empty request ID.
    pub fn new<I, U>(sp_entity_id: &str, acs: I, request: Request) -> Result<Self, Error>
    where
        I: IntoIterator<Item = U>,
        U: Into<String>,
    {
        let acs: Vec<String> = acs.into_iter().map(Into::into).collect();
        if sp_entity_id.trim().is_empty() {
            return Err(invalid("the entityID of the service provider is empty"));
        }
        if acs.is_empty() || acs.iter().any(|url| url.trim().is_empty()) {
            return Err(invalid(
                "there must be at least one assertion consumer service URL, none of them empty",
            ));
        }
        if matches!(&request, Request::InResponseTo(id) if id.is_empty()) {
            return Err(invalid("the ID of the request is empty"));
        }
        Ok(Self {
            sp_entity_id: sp_entity_id.to_owned(),
            acs,
            request,
            leeway: Leeway::default(),
            required_signature: RequiredSignature::Either,
            authn_context: AuthnContext::Any,
            name_id: NameIdPolicy::Required,
            affiliations: Vec::new(),
            max_authn_age: None,
            forced_authn_age: None,
            asked: None,
            max_message_age: Duration::hours(24),
            certificate_validity: CertificateValidity::Ignored,
            decryptor: OwnDecryptor::default(),
        })
    }

    /// How far clocks may differ; at most 10 minutes by type.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Leeway) -> Self {
        self.leeway = leeway;
        self
    }

    /// Which element must be signed.
    #[must_use]
    pub const fn with_required_signature(mut self, required: RequiredSignature) -> Self {
        self.required_signature = required;
        self
    }

    /// Which authentication context is wanted.
    #[must_use]
    pub fn with_authn_context(mut self, context: AuthnContext) -> Self {
        self.authn_context = context;
        self
    }

    /// What the subject must be named by.
    #[must_use]
    pub fn with_name_id(mut self, name_id: NameIdPolicy) -> Self {
        self.name_id = name_id;
        self
    }

    /// An affiliation that this service belongs to, by its entityID (SAML core 8.3.7): its members see the same user under the
    /// same name. Without it, a name identifier whose SPNameQualifier is not this service is refused.
    #[must_use]
    pub fn with_affiliation(mut self, entity_id: &str) -> Self {
        self.affiliations.push(entity_id.to_owned());
        self
    }

    /// How long ago the user may have authenticated (AuthnInstant). Default: any time.
    #[must_use]
    pub const fn with_max_authn_age(mut self, age: Duration) -> Self {
        self.max_authn_age = Some(age);
        self
    }

    /// How old the assertion may be (IssueInstant). Default: 24 hours.
    #[must_use]
    pub const fn with_max_message_age(mut self, age: Duration) -> Self {
        self.max_message_age = age;
        self
    }

    /// Whether the validity of certificates matters.
    #[must_use]
    pub const fn with_certificate_validity(mut self, validity: CertificateValidity) -> Self {
        self.certificate_validity = validity;
        self
    }

    /// By whom encrypted content is decrypted. Default: by nobody, and encrypted content is refused.
    ///
    /// AES-GCM with RSA-OAEP is accepted. AES-CBC and RSAES-PKCS1-v1_5 need an exception of the identity provider.
    #[must_use]
    pub fn with_decryptor(mut self, decryptor: Arc<dyn Decryptor>) -> Self {
        self.decryptor = OwnDecryptor(Some(decryptor));
        self
    }

    /// The entityID of the service provider.
    #[must_use]
    pub fn sp_entity_id(&self) -> &str {
        &self.sp_entity_id
    }
}

/// A configuration that makes no sense.
pub(super) fn invalid(what: &'static str) -> Error {
    let failure = Failure::new(Check::ConfigurationInvalid, Reason::Stated(what), Location::default());
    Rejection::new(Protocol::Saml, failure).into()
}
