//! A SAML assertion as it was signed (SAML core 2.3.3). All fields come from hashed octets.

use super::attributes::Attributes;
use super::idp::TrustedIdp;
use crate::crypto::{ContentCipher, DigestAlgorithm, SignatureAlgorithm};
use crate::exception::Exception;
use crate::instant::{Instant, Leeway};
use crate::replay::ReplayKey;
use crate::xml::encryption::DecryptedBy;
use crate::xml::signature::Vouched;
use crate::xml::write::{self, attribute_if};
use core::fmt;
use time::Duration;

/// An assertion. As `Validated<Assertion>` it is a login; by itself it proves nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Assertion {
    pub(super) id: String,
    pub(super) issue_instant: Instant,
    pub(super) issuer: Option<String>,
    pub(super) issuer_format: Option<String>,
    pub(super) subject: Option<Subject>,
    pub(super) conditions: Option<Conditions>,
    pub(super) authn_statements: Vec<AuthnStatement>,
    pub(super) attributes: Attributes,
    pub(super) signed_by: Vec<SignedBy>,
    pub(super) decrypted: Vec<Decrypted>,
    /// Index of the authentication statement that met the policy.
    pub(super) chosen_statement: usize,
    /// The entityID of the service that it was validated for; empty before that.
    pub(super) sp_entity_id: String,
    pub(super) exceptions: Vec<Exception>,
    /// From when on the policy accepts it no longer, whatever it says itself.
    pub(super) accepted_until: Instant,
}

/// Subject (SAML core 2.4.1).
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) name_id: Option<NameId>,
    pub(super) confirmations: Vec<SubjectConfirmation>,
    /// Confirmations beyond the limit were not read.
    pub(super) confirmations_found: usize,
}

impl Assertion {
    /// ID.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// IssueInstant.
    #[must_use]
    pub const fn issue_instant(&self) -> Instant {
        self.issue_instant
    }

    /// Issuer: the entityID of the identity provider. Empty only in an assertion that was not validated.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.issuer.as_deref().unwrap_or_default()
    }

    /// The name identifier of the subject; `None` when policy makes it optional and there is none.
    #[must_use]
    pub fn name_id(&self) -> Option<&NameId> {
        self.subject.as_ref().and_then(|subject| subject.name_id.as_ref())
    }

    /// The confirmations of the subject, of any method.
    #[must_use]
    pub fn subject_confirmations(&self) -> &[SubjectConfirmation] {
        self.subject.as_ref().map_or(&[], |subject| &subject.confirmations)
    }

    /// Conditions; `None` only under the exceptions `no-conditions` and `no-audience`.
    #[must_use]
    pub const fn conditions(&self) -> Option<&Conditions> {
        self.conditions.as_ref()
    }

    /// The authentication statement that met the policy. With several statements, the first that did.
    #[must_use]
    pub fn authn_statement(&self) -> Option<&AuthnStatement> {
        self.authn_statements.get(self.chosen_statement)
    }

    /// SessionIndex of that statement: needed for single logout.
    #[must_use]
    pub fn session_index(&self) -> Option<&str> {
        self.authn_statement().and_then(|statement| statement.session_index.as_deref())
    }

    /// SessionNotOnOrAfter of that statement: the session of the application should end by then.
    #[must_use]
    pub fn session_not_on_or_after(&self) -> Option<Instant> {
        self.authn_statement().and_then(|statement| statement.session_not_on_or_after)
    }

    /// AuthnContextClassRef of that statement: how the user authenticated.
    #[must_use]
    pub fn authn_context(&self) -> Option<&str> {
        self.authn_statement().and_then(|statement| statement.context_class.as_deref())
    }

    /// The attributes.
    #[must_use]
    pub const fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// Which keys vouched for the assertion: its own signature first, then that of the Response around it.
    #[must_use]
    pub fn signed_by(&self) -> &[SignedBy] {
        &self.signed_by
    }

    /// What of it was encrypted, and with which key each part was decrypted; empty when nothing was.
    #[must_use]
    pub fn decrypted(&self) -> &[Decrypted] {
        &self.decrypted
    }

    /// The entityID of the service that it was validated for. Empty only in an assertion that was not validated.
    #[must_use]
    pub fn sp_entity_id(&self) -> &str {
        &self.sp_entity_id
    }

    /// The dated exceptions without which this login would have been refused: log them (finding AS105).
    #[must_use]
    pub fn exceptions(&self) -> &[Exception] {
        &self.exceptions
    }

    /// Exceptions that signatures and decryption needed, by index in those of the identity provider.
    pub(super) fn exceptions_used(&self) -> impl Iterator<Item = &usize> {
        let of_signatures = self.signed_by.iter().flat_map(|by| &by.exceptions_used);
        of_signatures.chain(self.decrypted.iter().flat_map(|part| &part.by.exceptions_used))
    }

    /// What must be remembered so that the assertion cannot be used twice, and until when (SAML profiles 4.1.4.5): the earliest of
    /// the last confirmation, the Conditions and the age that the policy accepts.
    pub fn replay_key(&self) -> ReplayKey {
        let bearer = self.subject_confirmations().iter().filter(|one| one.method() == BEARER);
        let confirmed = bearer.filter_map(|one| one.not_on_or_after).max();
        let conditions = self.conditions().and_then(|conditions| conditions.not_on_or_after);
        let says = confirmed.into_iter().chain(conditions).min().unwrap_or(Instant::FAR_FUTURE);
        let expires = says.min(self.accepted_until).plus(Leeway::MAX);
        let own = self.signed_by.first().map(SignedBy::key_fingerprint);
        ReplayKey::saml(["saml", self.issuer()], &self.id, expires).vouched_by(own)
    }

    /// The end of what a policy accepts: assertions of an age, authentications of an age.
    pub(super) fn ends_by(&self, max_age: Duration, max_authn_age: Option<Duration>) -> Instant {
        let authenticated = self.authn_statements.iter().map(|statement| statement.authn_instant).max();
        let too_long_ago = max_authn_age.and_then(|age| Some(authenticated?.plus(age)));
        let too_old = self.issue_instant.plus(max_age);
        too_long_ago.map_or(too_old, |end| end.min(too_old))
    }
}

/// A name identifier (SAML core 2.2.2), exactly as sent.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct NameId {
    pub(super) value: String,
    pub(super) format: Option<String>,
    pub(super) name_qualifier: Option<String>,
    pub(super) sp_name_qualifier: Option<String>,
    pub(super) sp_provided_id: Option<String>,
}

impl NameId {
    /// A name identifier to send.
    #[must_use]
    pub fn new(value: &str) -> Self {
        Self {
            value: value.to_owned(),
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
            sp_provided_id: None,
        }
    }

    /// The same with a Format.
    #[must_use]
    pub fn with_format(mut self, format: &str) -> Self {
        self.format = Some(format.to_owned());
        self
    }

    /// The same with a NameQualifier.
    #[must_use]
    pub fn with_name_qualifier(mut self, qualifier: &str) -> Self {
        self.name_qualifier = Some(qualifier.to_owned());
        self
    }

    /// The same with an SPNameQualifier.
    #[must_use]
    pub fn with_sp_name_qualifier(mut self, qualifier: &str) -> Self {
        self.sp_name_qualifier = Some(qualifier.to_owned());
        self
    }

    /// Writes the element.
    pub(super) fn write(&self, out: &mut String) {
        out.push_str("<saml:NameID");
        for (name, value) in [
            ("NameQualifier", &self.name_qualifier),
            ("SPNameQualifier", &self.sp_name_qualifier),
            ("Format", &self.format),
            ("SPProvidedID", &self.sp_provided_id),
        ] {
            attribute_if(out, name, value.as_deref());
        }
        out.push('>');
        write::text(out, &self.value);
        out.push_str("</saml:NameID>");
    }

    /// The identifier: never trimmed, folded or normalised.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Format, such as `urn:oasis:names:tc:SAML:2.0:nameid-format:persistent`.
    #[must_use]
    pub fn format(&self) -> Option<&str> {
        self.format.as_deref()
    }

    /// NameQualifier: the realm of the identity provider.
    #[must_use]
    pub fn name_qualifier(&self) -> Option<&str> {
        self.name_qualifier.as_deref()
    }

    /// SPNameQualifier: the realm of the service provider.
    #[must_use]
    pub fn sp_name_qualifier(&self) -> Option<&str> {
        self.sp_name_qualifier.as_deref()
    }

    /// SPProvidedID.
    #[must_use]
    pub fn sp_provided_id(&self) -> Option<&str> {
        self.sp_provided_id.as_deref()
    }
}

/// A subject confirmation (SAML core 2.4.1.1) with its data (2.4.1.2).
#[derive(Clone, PartialEq, Eq)]
pub struct SubjectConfirmation {
    pub(super) method: String,
    pub(super) has_data: bool,
    pub(super) not_before: Option<Instant>,
    pub(super) not_on_or_after: Option<Instant>,
    pub(super) recipient: Option<String>,
    pub(super) in_response_to: Option<String>,
    pub(super) address: Option<String>,
}

impl SubjectConfirmation {
    /// Method, such as `urn:oasis:names:tc:SAML:2.0:cm:bearer`.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// NotOnOrAfter of the data.
    #[must_use]
    pub const fn not_on_or_after(&self) -> Option<Instant> {
        self.not_on_or_after
    }

    /// Recipient of the data.
    #[must_use]
    pub fn recipient(&self) -> Option<&str> {
        self.recipient.as_deref()
    }

    /// InResponseTo of the data.
    #[must_use]
    pub fn in_response_to(&self) -> Option<&str> {
        self.in_response_to.as_deref()
    }

    /// Address of the data: where the identity provider saw the user. Not compared with anything here.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }
}

/// Conditions (SAML core 2.5.1).
#[derive(Clone, PartialEq, Eq)]
pub struct Conditions {
    pub(super) not_before: Option<Instant>,
    pub(super) not_on_or_after: Option<Instant>,
    pub(super) audience_restrictions: Vec<Vec<String>>,
    pub(super) one_time_use: bool,
    pub(super) proxy_restriction: Option<ProxyRestriction>,
    pub(super) unknown: Option<String>,
}

impl Conditions {
    /// NotBefore.
    #[must_use]
    pub const fn not_before(&self) -> Option<Instant> {
        self.not_before
    }

    /// NotOnOrAfter.
    #[must_use]
    pub const fn not_on_or_after(&self) -> Option<Instant> {
        self.not_on_or_after
    }

    /// The audiences of each AudienceRestriction: every restriction must name this service.
    #[must_use]
    pub fn audience_restrictions(&self) -> &[Vec<String>] {
        &self.audience_restrictions
    }

    /// True when the assertion says OneTimeUse: it must not be kept for later decisions.
    #[must_use]
    pub const fn one_time_use(&self) -> bool {
        self.one_time_use
    }

    /// ProxyRestriction: who may issue assertions on the strength of this one.
    #[must_use]
    pub const fn proxy_restriction(&self) -> Option<&ProxyRestriction> {
        self.proxy_restriction.as_ref()
    }
}

/// ProxyRestriction (SAML core 2.5.1.6).
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyRestriction {
    pub(super) count: Option<u32>,
    pub(super) audiences: Vec<String>,
}

impl ProxyRestriction {
    /// Count: how many further issuers there may be; 0 forbids proxying.
    #[must_use]
    pub const fn count(&self) -> Option<u32> {
        self.count
    }

    /// Audiences that a further assertion may be for.
    #[must_use]
    pub fn audiences(&self) -> &[String] {
        &self.audiences
    }
}

/// AuthnStatement (SAML core 2.7.2).
#[derive(Clone, PartialEq, Eq)]
pub struct AuthnStatement {
    pub(super) authn_instant: Instant,
    pub(super) session_index: Option<String>,
    pub(super) session_not_on_or_after: Option<Instant>,
    pub(super) context_class: Option<String>,
    pub(super) authenticating_authorities: Vec<String>,
}

impl AuthnStatement {
    /// AuthnInstant: when the user authenticated.
    #[must_use]
    pub const fn authn_instant(&self) -> Instant {
        self.authn_instant
    }

    /// SessionIndex.
    #[must_use]
    pub fn session_index(&self) -> Option<&str> {
        self.session_index.as_deref()
    }

    /// SessionNotOnOrAfter.
    #[must_use]
    pub const fn session_not_on_or_after(&self) -> Option<Instant> {
        self.session_not_on_or_after
    }

    /// AuthnContextClassRef.
    #[must_use]
    pub fn context_class(&self) -> Option<&str> {
        self.context_class.as_deref()
    }

    /// AuthenticatingAuthority: identity providers behind this one.
    #[must_use]
    pub fn authenticating_authorities(&self) -> &[String] {
        &self.authenticating_authorities
    }
}

/// Which key vouched for what, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBy {
    pub(super) element: &'static str,
    pub(super) key_index: usize,
    pub(super) key_fingerprint: String,
    pub(super) algorithm: SignatureAlgorithm,
    pub(super) digest: DigestAlgorithm,
    pub(super) exceptions_used: Vec<usize>,
}

impl SignedBy {
    /// By the signature beside a message in a URL.
    #[cfg(feature = "redirect")]
    pub(super) fn detached(idp: &TrustedIdp, element: &'static str, by: super::redirect::By) -> Self {
        Self {
            element,
            key_index: by.key,
            key_fingerprint: idp.fingerprint(by.key),
            algorithm: by.algorithm,
            digest: by.algorithm.digest(),
            exceptions_used: by.exceptions_used,
        }
    }

    /// By the signature inside an element.
    pub(super) fn enveloped(idp: &TrustedIdp, element: &'static str, vouched: &Vouched) -> Self {
        Self {
            element,
            key_index: vouched.key,
            key_fingerprint: idp.fingerprint(vouched.key),
            algorithm: vouched.algorithm,
            digest: vouched.digest,
            exceptions_used: vouched.exceptions_used.clone(),
        }
    }

    /// What the signature covers: `Assertion`, `Response` or another message, by its element.
    #[must_use]
    pub const fn element(&self) -> &'static str {
        self.element
    }

    /// Position of the key among the trusted keys of the identity provider; above 0 means a later key, as in a rollover.
    #[must_use]
    pub const fn key_index(&self) -> usize {
        self.key_index
    }

    /// Fingerprint of the key: SHA-256 of its certificate, or of the key where it came without; hexadecimal.
    #[must_use]
    pub fn key_fingerprint(&self) -> &str {
        &self.key_fingerprint
    }

    /// The signature algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The digest algorithm of the Reference.
    #[must_use]
    pub const fn digest(&self) -> DigestAlgorithm {
        self.digest
    }
}

/// A part of the message that was encrypted, and how it was decrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decrypted {
    pub(super) element: &'static str,
    pub(super) by: DecryptedBy,
}

impl Decrypted {
    /// `EncryptedAssertion`, `EncryptedID` or `EncryptedAttribute`.
    #[must_use]
    pub const fn element(&self) -> &'static str {
        self.element
    }

    /// The content-encryption algorithm.
    #[must_use]
    pub const fn cipher(&self) -> ContentCipher {
        self.by.cipher
    }

    /// The algorithm of the EncryptedKey, by its URI.
    #[must_use]
    pub const fn key_transport(&self) -> &'static str {
        self.by.transport
    }

    /// The key of this service that decrypted, as its decryptor labels it: the hex SHA-256 of its SubjectPublicKeyInfo, or a
    /// name. During a rollover it tells when nobody encrypts for the old key any more.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.by.key.as_deref()
    }
}

const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

macro_rules! debug_without_content {
    ($($name:ident)*) => { $(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )* };
}

debug_without_content! { Assertion Subject NameId SubjectConfirmation Conditions ProxyRestriction AuthnStatement }
