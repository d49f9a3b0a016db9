//! What each code means, its likely causes and its repair: data (`catalogue.json`), so that texts change without code.

use super::draft::all_codes_of;
use crate::check::Check;
use crate::error::{Code, Protocol};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A product whose console has a known field for a repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Provider {
    /// Whatever the product.
    Any,
    /// Microsoft Entra ID.
    Entra,
    /// Okta.
    Okta,
    /// Keycloak.
    Keycloak,
    /// Active Directory Federation Services.
    Adfs,
    /// Google Workspace.
    Google,
}

impl Provider {
    /// Every provider, in the order of reports.
    pub const ALL: &'static [Self] =
        &[Self::Any, Self::Entra, Self::Okta, Self::Keycloak, Self::Adfs, Self::Google];

    /// The key of its repair in reports.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Entra => "entra",
            Self::Okta => "okta",
            Self::Keycloak => "keycloak",
            Self::Adfs => "adfs",
            Self::Google => "google",
        }
    }

    /// The product behind an issuer or entityID, where its form says so.
    #[must_use]
    pub fn of_issuer(issuer: &str) -> Option<Self> {
        let rest = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
        let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
        let under =
            |domain: &str| host.strip_suffix(domain).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'));
        let any_under = |domains: &[&str]| domains.iter().any(|domain| under(domain));
        if any_under(&["sts.windows.net", "login.microsoftonline.com", "login.microsoftonline.us"]) {
            Some(Self::Entra)
        } else if any_under(&["okta.com", "oktapreview.com", "okta-emea.com"]) {
            Some(Self::Okta)
        } else if under("accounts.google.com") {
            Some(Self::Google)
        } else if rest.ends_with("/adfs/services/trust") || rest.ends_with("/adfs") {
            Some(Self::Adfs)
        } else if rest.contains("/realms/") {
            Some(Self::Keycloak)
        } else {
            None
        }
    }

    /// Its name for people; empty for any.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Entra => "Entra",
            Self::Okta => "Okta",
            Self::Keycloak => "Keycloak",
            Self::Adfs => "AD FS",
            Self::Google => "Google",
        }
    }
}

/// The texts of all codes.
#[derive(Clone, Debug)]
pub struct Catalogue {
    entries: BTreeMap<String, Entry>,
}

impl Catalogue {
    /// The catalogue that comes with the crate.
    #[must_use]
    pub fn embedded() -> Self {
        // A test makes sure that it parses and is complete.
        Self { entries: serde_json::from_str(include_str!("catalogue.json")).unwrap_or_default() }
    }

    /// The texts of one code.
    #[must_use]
    pub fn entry(&self, code: Code) -> Option<&Entry> {
        self.entries.get(code.as_str())
    }

    /// The checks that can lead to a code.
    #[must_use]
    pub fn checks(code: Code) -> Vec<Check> {
        let families: &[Protocol] = match code.as_str().get(..2) {
            Some("OI") => &[Protocol::Oidc],
            Some("SA") => &[Protocol::Saml, Protocol::Metadata],
            _ => &[Protocol::Saml, Protocol::Metadata, Protocol::Oidc, Protocol::Keys, Protocol::Mapping],
        };
        let leads =
            |check: &&Check| families.iter().any(|family| all_codes_of(**check, *family).contains(&code));
        Check::ALL.iter().filter(leads).copied().collect()
    }
}

/// The texts of one code.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    meaning: String,
    causes: Vec<String>,
    fix: BTreeMap<String, String>,
}

impl Entry {
    /// What the code means, in a sentence.
    #[must_use]
    pub fn meaning(&self) -> &str {
        &self.meaning
    }

    /// Likely causes, the most likely first.
    #[must_use]
    pub fn causes(&self) -> &[String] {
        &self.causes
    }

    /// What to do, where that is known for the provider.
    #[must_use]
    pub fn fix(&self, provider: Provider) -> Option<&str> {
        self.fix.get(provider.key()).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> BTreeMap<String, Entry> {
        serde_json::from_str(include_str!("catalogue.json")).expect("the catalogue is valid")
    }

    #[test]
    fn every_code_has_texts_and_every_text_a_code() {
        let entries = entries();
        let ids: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        for id in entries.keys() {
            assert!(ids.contains(&id.as_str()), "{id} is no code");
        }
        for code in Code::ALL {
            let entry = entries.get(code.as_str()).unwrap_or_else(|| panic!("{code} has no texts"));
            assert!(!entry.meaning.trim().is_empty() && !entry.causes.is_empty(), "{code}");
            assert!(
                entry.fix(Provider::Any).is_some_and(|fix| !fix.trim().is_empty()),
                "{code} has no repair"
            );
            for key in entry.fix.keys() {
                assert!(Provider::ALL.iter().any(|provider| provider.key() == key), "{code}: {key}");
            }
        }
    }

    #[test]
    fn texts_follow_the_conventions() {
        for (id, entry) in entries() {
            for text in entry.causes.iter().chain([&entry.meaning]).chain(entry.fix.values()) {
                assert!(!text.ends_with('.') && text.trim() == text && !text.contains('\n'), "{id}: {text}");
                assert!(text.chars().count() <= 320, "{id} is long: {text}");
            }
        }
    }

    #[test]
    fn products_by_issuer() {
        for (issuer, provider) in [
            ("https://sts.windows.net/9188040d-6c67-4c5b-b112-36a304b66dad/", Some(Provider::Entra)),
            ("https://login.microsoftonline.com/common/v2.0", Some(Provider::Entra)),
            ("http://www.okta.com/exk1fxphMrlwxcVkr0h8", Some(Provider::Okta)),
            ("https://acme.okta.com/oauth2/default", Some(Provider::Okta)),
            ("https://accounts.google.com/o/saml2?idpid=C01", Some(Provider::Google)),
            ("http://fs.acme.example/adfs/services/trust", Some(Provider::Adfs)),
            ("https://sso.acme.example/realms/staff", Some(Provider::Keycloak)),
            ("https://notokta.com/", None),
            ("https://idp.test", None),
        ] {
            assert_eq!(Provider::of_issuer(issuer), provider, "{issuer}");
        }
    }

    #[test]
    fn every_check_leads_to_a_code() {
        let codes: Vec<Check> = Code::ALL.iter().flat_map(|code| Catalogue::checks(*code)).collect();
        for check in Check::ALL {
            assert!(codes.contains(check), "{check}");
        }
    }
}
