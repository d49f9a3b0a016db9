//! What metadata says, typed. A value of these types proves nothing: it may come from anybody's file.
//! [`Validated<Metadata>`](crate::Validated) is metadata that a trusted key vouched for.

use crate::crypto::TrustedKey;
use crate::error::Failure;
use crate::instant::Instant;
use time::Duration;

/// A metadata document: one entity, or all entities of a group and the groups in it (SAML metadata 2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata {
    /// The root is an EntityDescriptor, not an EntitiesDescriptor.
    pub shape: Shape,
    /// Name of the root group.
    pub name: Option<String>,
    /// validUntil of the root element.
    pub valid_until: Option<Instant>,
    /// cacheDuration of the root element, where it can be read.
    pub cache_duration: Option<Duration>,
    /// Every entity, in document order.
    pub entities: Vec<Entity>,
}

/// The root element of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// One md:EntityDescriptor.
    Entity,
    /// An md:EntitiesDescriptor.
    Aggregate,
}

impl Metadata {
    /// The entity with this entityID. Octets are compared, nothing is normalised.
    #[must_use]
    pub fn entity(&self, entity_id: &str) -> Option<&Entity> {
        self.entities.iter().find(|entity| entity.entity_id == entity_id)
    }
}

/// One md:EntityDescriptor (SAML metadata 2.3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entity {
    /// entityID.
    pub entity_id: String,
    /// The earliest validUntil of the entity and of every group around it.
    pub valid_until: Option<Instant>,
    /// The shortest cacheDuration of the entity and of every group around it, where it can be read.
    pub cache_duration: Option<Duration>,
    /// Roles that single sign-on has: identity and service providers, in document order.
    pub roles: Vec<Role>,
    /// Local names of the other roles, such as `AttributeAuthorityDescriptor`.
    pub other_roles: Vec<String>,
    /// Who registered the entity, and when (MDRPI 2.1).
    pub registration: Option<Registration>,
    /// Attributes that the publisher gives to the entity, such as entity categories (SAML metadata extension for entity
    /// attributes, section 2). They describe the entity; they are no claims about a person. Assertions in that place are ignored.
    pub attributes: Vec<EntityAttribute>,
}

impl Entity {
    /// The roles of a kind that speak SAML 2.0.
    pub fn roles(&self, kind: RoleKind) -> impl Iterator<Item = &Role> {
        self.roles.iter().filter(move |role| role.kind == kind && role.speaks_saml2())
    }
}

/// mdrpi:RegistrationInfo.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registration {
    /// registrationAuthority.
    pub authority: String,
    /// registrationInstant, where it can be read.
    pub instant: Option<Instant>,
}

/// saml:Attribute directly in mdattr:EntityAttributes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntityAttribute {
    /// Name.
    pub name: String,
    /// Values that are text.
    pub values: Vec<String>,
}

/// What an entity does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RoleKind {
    /// md:IDPSSODescriptor.
    IdentityProvider,
    /// md:SPSSODescriptor.
    ServiceProvider,
}

impl RoleKind {
    /// `idp` or `sp`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IdentityProvider => "idp",
            Self::ServiceProvider => "sp",
        }
    }

    /// Local name of the element.
    #[must_use]
    pub const fn element(self) -> &'static str {
        match self {
            Self::IdentityProvider => "IDPSSODescriptor",
            Self::ServiceProvider => "SPSSODescriptor",
        }
    }
}

/// One md:IDPSSODescriptor or md:SPSSODescriptor (SAML metadata 2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Role {
    /// What the entity does in it.
    pub kind: RoleKind,
    /// protocolSupportEnumeration.
    pub protocols: Vec<String>,
    /// The earliest validUntil of the role and of everything around it.
    pub valid_until: Option<Instant>,
    /// Keys, in document order: one per certificate, or per key value where a KeyDescriptor has no certificate.
    pub keys: Vec<Key>,
    /// KeyDescriptors in which nothing was found that is a key: a key name, a fingerprint.
    pub descriptors_without_certificate: usize,
    /// Endpoints, in document order.
    pub endpoints: Vec<Endpoint>,
    /// NameIDFormat.
    pub name_id_formats: Vec<String>,
    /// WantAuthnRequestsSigned of an identity provider.
    pub want_authn_requests_signed: Option<bool>,
    /// AuthnRequestsSigned of a service provider.
    pub authn_requests_signed: Option<bool>,
    /// WantAssertionsSigned of a service provider.
    pub want_assertions_signed: Option<bool>,
    /// AttributeConsumingService of a service provider.
    pub attribute_services: Vec<AttributeService>,
    /// Names and logos for people (MDUI 2.1).
    pub ui: UiInfo,
    /// shibmd:Scope of the role and of the entity: domains that scoped attributes may have.
    pub scopes: Vec<Scope>,
}

impl Role {
    /// True when the role supports the SAML 2.0 protocol.
    #[must_use]
    pub fn speaks_saml2(&self) -> bool {
        self.protocols.iter().any(|protocol| protocol == SAML2)
    }
}

/// One key of a md:KeyDescriptor (SAML metadata 2.4.1.1): one of its certificates, or a key value where it has none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Key {
    /// What the key is for.
    pub key_use: KeyUse,
    /// The key, or why it cannot be read.
    pub content: Result<TrustedKey, Failure>,
    /// Algorithms of md:EncryptionMethod.
    pub encryption_methods: Vec<String>,
    /// What is unusual in how the key is written.
    pub forms: Vec<KeyForm>,
}

/// How a key is written where that is not a bare ds:X509Certificate in a ds:X509Data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyForm {
    /// ds:X509Certificate directly in ds:KeyInfo.
    OutsideX509Data,
    /// The lines `BEGIN CERTIFICATE` and `END CERTIFICATE` around the base64.
    PemArmour,
    /// ds:RSAKeyValue or dsig11:ECKeyValue, without a certificate (XML-DSig 1.1 section 4.5.2).
    KeyValue,
}

impl KeyForm {
    /// The form in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OutsideX509Data => "a certificate stands in KeyInfo, where it belongs into X509Data",
            Self::PemArmour => "PEM armour inside X509Certificate, which holds base64 alone",
            Self::KeyValue => "a key value without a certificate, which not all software reads",
        }
    }
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum KeyUse {
    /// `use="signing"`.
    Signing,
    /// `use="encryption"`.
    Encryption,
    /// No `use`: both (SAML metadata 2.4.1.1).
    Both,
    /// A `use` that is none of the standard.
    Unknown,
}

impl KeyUse {
    /// `signing`, `encryption`, `both` or `unknown`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::Encryption => "encryption",
            Self::Both => "both",
            Self::Unknown => "unknown",
        }
    }

    /// True when the key may verify signatures.
    #[must_use]
    pub const fn signs(self) -> bool {
        matches!(self, Self::Signing | Self::Both)
    }
}

/// Where a role can be reached (SAML metadata 2.2.2 and 2.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoint {
    /// Local name of the element, such as `SingleSignOnService`.
    pub service: &'static str,
    /// Binding.
    pub binding: String,
    /// Location.
    pub location: String,
    /// ResponseLocation.
    pub response_location: Option<String>,
    /// index.
    pub index: Option<u16>,
    /// isDefault.
    pub is_default: Option<bool>,
}

impl Endpoint {
    /// True when Location and ResponseLocation are https URLs with a host and without white space.
    #[must_use]
    pub fn is_https(&self) -> bool {
        is_https(&self.location) && self.response_location.as_deref().is_none_or(is_https)
    }
}

/// An https URL with a host, without user, white space, quotes or controls.
pub(in crate::saml) fn is_https(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("https")
        && !host.is_empty()
        && !host.starts_with(':')
        && !host.contains('@')
        && url.chars().all(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '"' | '<' | '>' | '\\'))
}

/// md:AttributeConsumingService (SAML metadata 2.4.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttributeService {
    /// index.
    pub index: Option<u16>,
    /// isDefault.
    pub is_default: Option<bool>,
    /// ServiceName.
    pub names: Vec<Localized>,
    /// RequestedAttribute.
    pub requested: Vec<RequestedAttribute>,
}

/// md:RequestedAttribute (SAML metadata 2.4.4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestedAttribute {
    /// Name.
    pub name: String,
    /// NameFormat.
    pub name_format: Option<String>,
    /// FriendlyName.
    pub friendly_name: Option<String>,
    /// isRequired.
    pub is_required: Option<bool>,
}

/// mdui:UIInfo. Everything in it is for eyes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UiInfo {
    /// DisplayName.
    pub display_names: Vec<Localized>,
    /// Description.
    pub descriptions: Vec<Localized>,
    /// InformationURL.
    pub information_urls: Vec<Localized>,
    /// PrivacyStatementURL.
    pub privacy_statement_urls: Vec<Localized>,
    /// Logo.
    pub logos: Vec<Logo>,
}

/// Text in a language.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Localized {
    /// xml:lang.
    pub language: Option<String>,
    /// The text.
    pub text: String,
}

/// mdui:Logo.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Logo {
    /// Where the image is: an https URL, or the image itself as a data URL.
    pub url: String,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
    /// xml:lang.
    pub language: Option<String>,
}

/// shibmd:Scope.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scope {
    /// A domain, or a regular expression.
    pub value: String,
    /// True when the value is a regular expression.
    pub regexp: bool,
}

/// The protocol of SAML 2.0, as roles name it.
pub(super) const SAML2: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
