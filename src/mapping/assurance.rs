//! How sure the login is: a ladder, and what in a login proves which step of it.

use super::claims::{Claims, Origin};
use super::document::Evidence;
use super::preset::Preset;
use crate::error::Quoted;
use crate::instant::Instant;
use core::fmt;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The ladder. What is not known proves nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Level {
    /// No evidence, or none that is known.
    #[default]
    None,
    /// One factor.
    Single,
    /// Two independent factors.
    Mfa,
    /// Bound to the site, so that it cannot be relayed.
    PhishingResistant,
    /// Phishing-resistant with a key in protected hardware.
    Hardware,
}

impl Level {
    /// Every level, lowest first.
    pub const ALL: &'static [Self] =
        &[Self::None, Self::Single, Self::Mfa, Self::PhishingResistant, Self::Hardware];

    /// Its name in a mapping.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Single => "single",
            Self::Mfa => "mfa",
            Self::PhishingResistant => "phishing_resistant",
            Self::Hardware => "hardware",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What one login proves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assurance {
    /// The highest step that is proven.
    pub level: Level,
    /// The kind (`acr`, `amr`, `acrs`, `authn_context`) and value that prove it.
    pub by: Option<(&'static str, Quoted)>,
    /// `AuthnInstant` or `auth_time`.
    pub authenticated_at: Option<Instant>,
}

/// The table of one mapping: the standards, then the preset, then the mapping itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Ladder {
    acr: BTreeMap<String, Level>,
    amr: BTreeMap<String, Level>,
    acrs: BTreeMap<String, Level>,
    context: BTreeMap<String, Level>,
    attributes: Vec<String>,
}

impl Ladder {
    pub(super) fn new(preset: Option<&Preset>, own: &Evidence) -> Self {
        let mut ladder = Self::default();
        for (table, entries) in [(0, STANDARD_ACR), (1, STANDARD_AMR), (2, STANDARD_CONTEXT)] {
            for (value, level) in entries {
                let table = match table {
                    0 => &mut ladder.acr,
                    1 => &mut ladder.amr,
                    _ => &mut ladder.context,
                };
                table.insert((*value).to_owned(), *level);
            }
        }
        if let Some(preset) = preset {
            ladder.extend(&preset.assurance);
            ladder.attributes.clone_from(&preset.assurance_attributes);
        }
        ladder.extend(own);
        ladder
    }

    fn extend(&mut self, more: &Evidence) {
        for (table, entries) in [
            (&mut self.acr, &more.acr),
            (&mut self.amr, &more.amr),
            (&mut self.acrs, &more.acrs),
            (&mut self.context, &more.authn_context),
        ] {
            table.extend(entries.iter().map(|(value, level)| (value.clone(), *level)));
        }
    }

    /// Judges the login itself; what stands beside it (UserInfo, access token) proves nothing about the authentication.
    pub(super) fn judge(&self, login: &Claims<'_>) -> Assurance {
        let mut best = Assurance { authenticated_at: login.authenticated_at, ..Assurance::default() };
        let mut consider = |kind: &'static str, table: &BTreeMap<String, Level>, value: &str| {
            if let Some(level) = table.get(value).copied().filter(|level| *level > best.level) {
                best.level = level;
                best.by = Some((kind, Quoted::protocol(value)));
            }
        };
        if login.origin == Origin::Assertion {
            for value in &login.contexts {
                consider("authn_context", &self.context, value);
            }
            for name in &self.attributes {
                for value in login.texts(name) {
                    consider("amr", &self.amr, value);
                }
            }
        } else {
            for (kind, table) in [("acr", &self.acr), ("amr", &self.amr), ("acrs", &self.acrs)] {
                for value in login.texts(kind) {
                    consider(kind, table, value);
                }
            }
        }
        best
    }
}

/// OpenID Connect EAP ACR Values 1.0, section 2; REFEDS MFA profile.
const STANDARD_ACR: &[(&str, Level)] = &[
    ("phr", Level::PhishingResistant),
    ("phrh", Level::Hardware),
    ("https://refeds.org/profile/sfa", Level::Single),
    ("https://refeds.org/profile/mfa", Level::Mfa),
];

/// RFC 8176 section 2. `hwk`, `swk` and `pop` tell where a key is, not whether the login can be relayed.
const STANDARD_AMR: &[(&str, Level)] = &[
    ("face", Level::Single),
    ("fpt", Level::Single),
    ("hwk", Level::Single),
    ("iris", Level::Single),
    ("kba", Level::Single),
    ("otp", Level::Single),
    ("pin", Level::Single),
    ("pwd", Level::Single),
    ("retina", Level::Single),
    ("sc", Level::Single),
    ("sms", Level::Single),
    ("swk", Level::Single),
    ("tel", Level::Single),
    ("vbm", Level::Single),
    ("wia", Level::Single),
    ("mfa", Level::Mfa),
];

/// SAML authentication context 3.4; REFEDS MFA profile.
const STANDARD_CONTEXT: &[(&str, Level)] = &[
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:Password", Level::Single),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport", Level::Single),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:Kerberos", Level::Single),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:X509", Level::Single),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:TLSClient", Level::Single),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken", Level::Single),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:MobileOneFactorContract", Level::Single),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract", Level::Mfa),
    ("https://refeds.org/profile/sfa", Level::Single),
    ("https://refeds.org/profile/mfa", Level::Mfa),
];
