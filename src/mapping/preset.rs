//! What is known about one kind of identity provider, as data that can be printed.

use super::document::Evidence;
use super::unique::Table;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// Aliases, caps, subject key and assurance table of one kind of identity provider.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    pub(super) name: String,
    /// Where the facts come from.
    pub(super) sources: Vec<String>,
    #[serde(default)]
    pub(super) notes: Vec<String>,
    /// The subject key of a mapping that names none.
    pub(super) subject: Vec<Vec<String>>,
    /// Claims that name the tenant; the first that is there counts.
    #[serde(default)]
    pub(super) tenant: Vec<String>,
    #[serde(default)]
    pub(super) aliases: Table<Alias>,
    /// Claims that, like `email_verified`, vouch for `email`.
    #[serde(default)]
    pub(super) verified_claims: Vec<String>,
    /// The claim of an access token that is the `sub` of the ID token.
    #[serde(default)]
    pub(super) access_token_subject: Option<String>,
    /// Numbers of groups at which the provider stops.
    #[serde(default)]
    pub(super) group_caps: Vec<usize>,
    #[serde(default)]
    pub(super) group_form: GroupForm,
    /// SAML attributes whose values are read as `amr`.
    #[serde(default)]
    pub(super) assurance_attributes: Vec<String>,
    #[serde(default)]
    pub(super) assurance: Evidence,
    /// Where in the provider's console claims are released.
    #[serde(default)]
    pub(super) console: String,
}

/// The names that one short name also stands for.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Alias {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) saml: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) oidc: Vec<String>,
}

/// How the provider writes a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum GroupForm {
    /// Not known, or configurable.
    #[default]
    Any,
    Guid,
    Name,
    Path,
}

impl Preset {
    /// Every preset, sorted by name.
    #[must_use]
    pub fn all() -> &'static [Self] {
        static ALL: OnceLock<Vec<Preset>> = OnceLock::new();
        ALL.get_or_init(|| FILES.iter().filter_map(|(_, text)| serde_json::from_str(text).ok()).collect())
    }

    /// The preset with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::all().iter().find(|preset| preset.name == name)
    }

    /// Its name, as `preset = "..."` has it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The data file, for reading and copying.
    #[must_use]
    pub fn text(&self) -> &'static str {
        FILES.iter().find(|(name, _)| *name == self.name).map_or("", |(_, text)| text)
    }
}

macro_rules! files {
    ($($name:literal)*) => { &[ $( ($name, include_str!(concat!("presets/", $name, ".json"))), )* ] };
}

const FILES: &[(&str, &str)] = files! {
    "adfs" "auth0" "edu" "entra-oidc" "entra-saml" "google-oidc" "google-saml" "keycloak-oidc" "keycloak-saml"
    "okta-oidc" "okta-saml" "ping"
};

#[cfg(test)]
mod tests {
    use super::{FILES, Preset};

    #[test]
    fn every_preset_reads_and_is_named_like_its_file() {
        for (name, text) in FILES {
            let preset: Preset = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(preset.name, *name);
            assert!(!preset.sources.is_empty() && !preset.subject.is_empty(), "{name}");
            assert_eq!(Preset::named(name).unwrap().text(), *text);
        }
        assert_eq!(Preset::all().len(), FILES.len());
    }
}
