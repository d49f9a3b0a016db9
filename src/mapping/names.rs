//! The names of claims that a mapping uses, and what is known about a name as such.

use super::preset::Preset;
use std::borrow::Cow;

/// What a name in `from` or `key` selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selector {
    /// The issuer of the login.
    Issuer,
    /// The NameID, of one format or of any but transient.
    NameId(Option<&'static [&'static str]>),
    /// A claim or attribute with exactly this name, or a path of member names with dots.
    Claim,
}

/// One name with everything that it stands for.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) selector: Selector,
    /// Exact names to try in an assertion, the written one first.
    pub(super) saml: Vec<String>,
    /// Exact names to try in a token, the written one first.
    pub(super) oidc: Vec<String>,
    email: bool,
    mutable: bool,
    qualifies: bool,
    scoped: bool,
}

impl Name {
    pub(super) fn new(text: &str, preset: Option<&Preset>) -> Result<Self, Cow<'static, str>> {
        if text.trim() != text || text.is_empty() {
            return Err(Cow::Borrowed("a claim name is empty or has blanks around it"));
        }
        let selector = match text {
            "issuer" => Selector::Issuer,
            "nameid" => Selector::NameId(None),
            other => match other.strip_prefix("nameid.") {
                Some(format) => {
                    let known = FORMATS.iter().find(|(short, _)| *short == format);
                    Selector::NameId(Some(known.ok_or(Cow::Borrowed(UNKNOWN_FORMAT))?.1))
                }
                None => Selector::Claim,
            },
        };
        let mut name = Self {
            text: text.to_owned(),
            selector,
            saml: vec![text.to_owned()],
            oidc: vec![text.to_owned()],
            email: false,
            mutable: false,
            qualifies: false,
            scoped: false,
        };
        if let Some(alias) = preset.and_then(|preset| preset.aliases.get(text)) {
            name.saml.extend(alias.saml.iter().cloned());
            name.oidc.extend(alias.oidc.iter().cloned());
        }
        name.email = name.any(is_email_name);
        name.mutable = name.any(is_mutable_name);
        name.qualifies = name.selector == Selector::Issuer
            || name.any(|name| matches!(last_segment(name), "iss" | "tid" | "tenantid"));
        name.scoped = name.any(|name| SCOPED.contains(&name));
        Ok(name)
    }

    /// The exact names for one protocol.
    pub(super) fn candidates(&self, saml: bool) -> &[String] {
        if saml { &self.saml } else { &self.oidc }
    }

    fn any(&self, test: fn(&str) -> bool) -> bool {
        self.saml.iter().chain(&self.oidc).any(|name| test(name))
    }

    /// True when the name selects an e-mail address.
    pub(super) const fn is_email(&self) -> bool {
        self.email
    }

    /// True when the value can change or be chosen by the user: not an identity.
    pub(super) const fn is_mutable(&self) -> bool {
        self.mutable
    }

    /// True when the value tells the users of one issuer or tenant from those of another.
    pub(super) const fn qualifies(&self) -> bool {
        self.qualifies
    }

    /// True when all users of an issuer or tenant have the same value.
    pub(super) fn is_shared(&self) -> bool {
        self.qualifies()
            || self.any(|name| matches!(last_segment(name), "hd" | "aud" | "azp" | "acr" | "amr"))
    }

    /// True when the value has the form `local@scope`.
    pub(super) const fn is_scoped(&self) -> bool {
        self.scoped
    }
}

/// The part after the last `/`, `:` or `#`.
pub(super) fn last_segment(name: &str) -> &str {
    name.rsplit(['/', ':', '#']).next().unwrap_or(name)
}

pub(super) fn is_email_name(name: &str) -> bool {
    let says_so = |name: &str| {
        let last = last_segment(name).rsplit('.').next().unwrap_or_default();
        let plain = last.to_ascii_lowercase().replace(['-', '_'], "");
        matches!(&*plain, "email" | "mail" | "emailaddress" | "emails" | "primaryemail")
    };
    // `emails[].value` is an address by the name of its list.
    EMAIL_OIDS.contains(&name) || says_so(name) || says_so(super::path::head(name))
}

pub(super) fn is_mutable_name(name: &str) -> bool {
    let plain = last_segment(name).to_ascii_lowercase();
    is_email_name(name)
        || MUTABLE_OIDS.contains(&name)
        || matches!(
            &*plain,
            "upn"
                | "preferred_username"
                | "unique_name"
                | "userprincipalname"
                | "username"
                | "login"
                | "name"
                | "displayname"
                | "nickname"
                | "phone_number"
                | "samaccountname"
        )
}

/// SAML core 8.3.
pub(super) const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
pub(super) const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
pub(super) const EMAIL_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
pub(super) const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

const FORMATS: &[(&str, &[&str])] = &[
    ("persistent", &[PERSISTENT]),
    ("transient", &[TRANSIENT]),
    ("email", &[EMAIL_FORMAT]),
    ("emailAddress", &[EMAIL_FORMAT]),
    ("unspecified", &[UNSPECIFIED]),
    ("x509", &["urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"]),
    ("windows", &["urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName"]),
    ("kerberos", &["urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos"]),
    ("entity", &["urn:oasis:names:tc:SAML:2.0:nameid-format:entity"]),
];

const UNKNOWN_FORMAT: &str = "unknown NameID format: nameid.persistent, transient, email, unspecified, x509, windows, kerberos or entity";

/// `mail` of LDAP.
const EMAIL_OIDS: &[&str] = &["urn:oid:0.9.2342.19200300.100.1.3", "urn:oid:1.2.840.113549.1.9.1"];
/// `uid`, `displayName`, `cn`.
const MUTABLE_OIDS: &[&str] =
    &["urn:oid:0.9.2342.19200300.100.1.1", "urn:oid:2.16.840.1.113730.3.1.241", "urn:oid:2.5.4.3"];

/// Identifiers whose scope the issuer must be registered for.
const SCOPED: &[&str] = &[
    "urn:oasis:names:tc:SAML:attribute:subject-id",
    "urn:oasis:names:tc:SAML:attribute:pairwise-id",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.6",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.9",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.13",
    "eduPersonPrincipalName",
    "eduPersonUniqueId",
    "eduPersonScopedAffiliation",
];
