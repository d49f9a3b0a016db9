//! What an application remembers of a login so that it can be ended.

use crate::error::Error;
use crate::saml::Assertion;
use crate::saml::assertion::NameId;
use crate::saml::pending::{VERSION, known, written};
use crate::trust::Validated;
use core::fmt;
use serde::{Deserialize, Serialize};

/// A session of this service that a login began: who, by which identity provider, under which index.
///
/// Serialises with a version; unknown or missing fields and other versions are refused. `Debug` shows nothing of the person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Session {
    idp_entity_id: String,
    sp_entity_id: String,
    name_id: NameId,
    session_index: Option<String>,
}

impl Session {
    /// The session of a login; `None` when the login has no NameID: then there is no single logout.
    #[must_use]
    pub fn of(login: &Validated<Assertion>, sp_entity_id: &str) -> Option<Self> {
        Some(Self {
            idp_entity_id: login.issuer().to_owned(),
            sp_entity_id: sp_entity_id.to_owned(),
            name_id: login.name_id()?.clone(),
            session_index: login.session_index().map(str::to_owned),
        })
    }

    /// A session by its parts.
    #[must_use]
    pub fn new(
        idp_entity_id: &str,
        sp_entity_id: &str,
        name_id: NameId,
        session_index: Option<&str>,
    ) -> Self {
        Self {
            idp_entity_id: idp_entity_id.to_owned(),
            sp_entity_id: sp_entity_id.to_owned(),
            name_id,
            session_index: session_index.map(str::to_owned),
        }
    }

    /// The identity provider that logged the user in.
    #[must_use]
    pub fn idp_entity_id(&self) -> &str {
        &self.idp_entity_id
    }

    /// This service.
    #[must_use]
    pub fn sp_entity_id(&self) -> &str {
        &self.sp_entity_id
    }

    /// The name of the user.
    #[must_use]
    pub const fn name_id(&self) -> &NameId {
        &self.name_id
    }

    /// SessionIndex.
    #[must_use]
    pub fn session_index(&self) -> Option<&str> {
        self.session_index.as_deref()
    }

    /// SAML core 3.3.4 and 8.3.7: the same value in the same format and realm. An absent Format is "unspecified"; an absent
    /// qualifier is the identity provider or this service.
    #[must_use]
    pub fn is_named(&self, other: &NameId) -> bool {
        fn or<'v>(value: Option<&'v str>, default: &'v str) -> &'v str {
            value.filter(|value| !value.is_empty()).unwrap_or(default)
        }
        let own = &self.name_id;
        own.value() == other.value()
            && or(own.format(), UNSPECIFIED) == or(other.format(), UNSPECIFIED)
            && or(own.name_qualifier(), &self.idp_entity_id)
                == or(other.name_qualifier(), &self.idp_entity_id)
            && or(own.sp_name_qualifier(), &self.sp_entity_id)
                == or(other.sp_name_qualifier(), &self.sp_entity_id)
    }
}

/// The stored form.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u8,
    idp_entity_id: String,
    sp_entity_id: String,
    name_id: String,
    #[serde(deserialize_with = "written")]
    format: Option<String>,
    #[serde(deserialize_with = "written")]
    name_qualifier: Option<String>,
    #[serde(deserialize_with = "written")]
    sp_name_qualifier: Option<String>,
    #[serde(deserialize_with = "written")]
    sp_provided_id: Option<String>,
    #[serde(deserialize_with = "written")]
    session_index: Option<String>,
}

impl From<Session> for Stored {
    fn from(session: Session) -> Self {
        Self {
            version: VERSION,
            idp_entity_id: session.idp_entity_id,
            sp_entity_id: session.sp_entity_id,
            name_id: session.name_id.value,
            format: session.name_id.format,
            name_qualifier: session.name_id.name_qualifier,
            sp_name_qualifier: session.name_id.sp_name_qualifier,
            sp_provided_id: session.name_id.sp_provided_id,
            session_index: session.session_index,
        }
    }
}

impl TryFrom<Stored> for Session {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self, Error> {
        known(stored.version, &[&stored.idp_entity_id, &stored.sp_entity_id, &stored.name_id])?;
        Ok(Self {
            idp_entity_id: stored.idp_entity_id,
            sp_entity_id: stored.sp_entity_id,
            name_id: NameId {
                value: stored.name_id,
                format: stored.format,
                name_qualifier: stored.name_qualifier,
                sp_name_qualifier: stored.sp_name_qualifier,
                sp_provided_id: stored.sp_provided_id,
            },
            session_index: stored.session_index,
        })
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({})", self.idp_entity_id)
    }
}

const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
