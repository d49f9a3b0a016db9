//! One key at one place: what it is for, who published or trusts it, and what is known about it.

use super::read::Validity;
use crate::crypto::{CertificateFacts, KeyFacts};
use crate::error::{Code, Malformed, Severity};
use std::sync::Arc;

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Role {
    /// An identity provider signs with it.
    IdpSigning,
    /// Messages to an identity provider are encrypted to it.
    IdpEncryption,
    /// A service provider signs with it.
    SpSigning,
    /// Messages to a service provider are encrypted to it.
    SpEncryption,
    /// Tokens are signed with it.
    JwksSig,
    /// Tokens are encrypted to it.
    JwksEnc,
    /// Metadata is signed with it.
    MetadataSigning,
    /// A server shows it on connection.
    Tls,
}

impl Role {
    /// Every role.
    pub const ALL: &'static [Self] = &[
        Self::IdpSigning,
        Self::IdpEncryption,
        Self::SpSigning,
        Self::SpEncryption,
        Self::JwksSig,
        Self::JwksEnc,
        Self::MetadataSigning,
        Self::Tls,
    ];

    /// The word for it in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IdpSigning => "idp-signing",
            Self::IdpEncryption => "idp-encryption",
            Self::SpSigning => "sp-signing",
            Self::SpEncryption => "sp-encryption",
            Self::JwksSig => "jwks-sig",
            Self::JwksEnc => "jwks-enc",
            Self::MetadataSigning => "metadata-signing",
            Self::Tls => "tls",
        }
    }

    /// The role with this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.as_str() == word)
    }
}

/// Whose statement a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Side {
    /// The owner publishes it.
    Published,
    /// A relying party trusts it.
    Trusted,
}

impl Side {
    /// The word for it in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Trusted => "trusted",
        }
    }
}

/// Where octets come from, and what is known about them beforehand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub(super) source: Arc<str>,
    pub(super) entity: Option<Arc<str>>,
    pub(super) role: Option<Role>,
    pub(super) side: Side,
    pub(super) holder: Option<Arc<str>>,
    pub(super) labels: Arc<[(String, String)]>,
}

impl Origin {
    /// Octets from this file or other place, published by their owner.
    #[must_use]
    pub fn new(source: &str) -> Self {
        Self {
            source: source.into(),
            entity: None,
            role: None,
            side: Side::Published,
            holder: None,
            labels: Arc::new([]),
        }
    }

    /// The same, from another place: a part of a file.
    #[must_use]
    pub fn with_source(mut self, source: &str) -> Self {
        self.source = source.into();
        self
    }

    /// Whose keys they are, where the octets themselves do not say so.
    #[must_use]
    pub fn with_entity(mut self, entity: &str) -> Self {
        self.entity = Some(entity.into());
        self
    }

    /// What the keys are for, where the octets themselves do not say so.
    #[must_use]
    pub const fn with_role(mut self, role: Role) -> Self {
        self.role = Some(role);
        self
    }

    /// The keys are what this relying party trusts.
    #[must_use]
    pub fn trusted_by(mut self, holder: &str) -> Self {
        self.side = Side::Trusted;
        self.holder = Some(holder.into());
        self
    }

    /// A label such as owner or contact; reports carry it along.
    #[must_use]
    pub fn with_label(mut self, name: &str, value: &str) -> Self {
        let label = (name.to_owned(), value.to_owned());
        self.labels = self.labels.iter().cloned().chain([label]).collect();
        self
    }

    /// The file or other place.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }
}

/// What was found at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Material {
    /// A certificate.
    Certificate(Arc<CertificateFacts>),
    /// A key without certificate.
    Key(Arc<KeyFacts>),
    /// Neither.
    Unreadable(Malformed),
}

/// One key at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    pub(super) origin: Origin,
    pub(super) index: usize,
    pub(super) both_uses: bool,
    pub(super) kid: Option<String>,
    pub(super) valid_until: Validity,
    pub(super) material: Material,
    pub(super) findings: Vec<KeyFinding>,
}

impl KeyRecord {
    /// The file or other place.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.origin.source
    }

    /// Which key of that place, from 0.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.index
    }

    /// Whose key it is: entityID or issuer.
    #[must_use]
    pub fn entity(&self) -> Option<&str> {
        self.origin.entity.as_deref()
    }

    /// What the key is for.
    #[must_use]
    pub const fn role(&self) -> Option<Role> {
        self.origin.role
    }

    /// True for a key of SAML metadata without `use`: it serves encryption as well as signing (SAML metadata 2.4.1.1).
    #[must_use]
    pub const fn serves_both_uses(&self) -> bool {
        self.both_uses
    }

    /// Every role that the key has.
    pub(super) fn roles(&self) -> impl Iterator<Item = Role> + use<> {
        let second = match self.origin.role {
            Some(Role::IdpSigning) => Some(Role::IdpEncryption),
            Some(Role::SpSigning) => Some(Role::SpEncryption),
            _ => None,
        };
        self.origin.role.into_iter().chain(second.filter(|_| self.both_uses))
    }

    /// Whose statement it is.
    #[must_use]
    pub const fn side(&self) -> Side {
        self.origin.side
    }

    /// Which relying party trusts it.
    #[must_use]
    pub fn holder(&self) -> Option<&str> {
        self.origin.holder.as_deref()
    }

    /// Labels, such as owner and contact.
    #[must_use]
    pub fn labels(&self) -> &[(String, String)] {
        &self.origin.labels
    }

    /// The key id of a JWK.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// What was found.
    #[must_use]
    pub const fn material(&self) -> &Material {
        &self.material
    }

    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> Option<&CertificateFacts> {
        match &self.material {
            Material::Certificate(certificate) => Some(certificate),
            Material::Key(_) | Material::Unreadable(_) => None,
        }
    }

    /// The key, with or without certificate.
    #[must_use]
    pub fn key(&self) -> Option<&KeyFacts> {
        match &self.material {
            Material::Certificate(certificate) => Some(certificate.key()),
            Material::Key(key) => Some(key),
            Material::Unreadable(_) => None,
        }
    }

    /// Why it could not be read.
    #[must_use]
    pub const fn error(&self) -> Option<&Malformed> {
        match &self.material {
            Material::Unreadable(error) => Some(error),
            Material::Certificate(_) | Material::Key(_) => None,
        }
    }
}

/// Something about a key that is worth knowing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFinding {
    code: Code,
    severity: Severity,
    why: String,
}

impl KeyFinding {
    pub(super) fn new(code: Code, severity: Severity, why: impl Into<String>) -> Self {
        Self { code, severity, why: why.into() }
    }

    /// The code that operators see.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// How bad it is.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// Why this is so, in a clause.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.why
    }
}
