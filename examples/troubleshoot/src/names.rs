//! Names that standards and well-known products give to elements, members, fields and cookies. Any other name may be a
//! person's or a secret, and is treated like a value of a person: a pseudonym stands in its place.

use bonafide::diagnosis::Redactor;
use bonafide::error::{Class, Quoted};
use serde_json::Value;
use std::collections::HashSet;
use std::sync::LazyLock;

type Names = LazyLock<HashSet<&'static str>>;

/// Elements, attributes and types of SAML, XML-DSig, XML-Enc, metadata and its extensions, WS-*, SOAP, XML Schema.
static XML: Names = LazyLock::new(|| include_str!("names/xml.txt").split_whitespace().collect());
static PREFIXES: Names = LazyLock::new(|| include_str!("names/prefixes.txt").split_whitespace().collect());
static NAMESPACES: Names =
    LazyLock::new(|| include_str!("names/namespaces.txt").split_whitespace().collect());
/// Registered claims, header parameters, members of keys, responses and provider metadata, and claims of vendors.
static MEMBERS: Names = LazyLock::new(|| include_str!("names/members.txt").split_whitespace().collect());
/// Fields of forms and parameters of addresses.
static FIELDS: Names = LazyLock::new(|| include_str!("names/fields.txt").split_whitespace().collect());
/// Cookies of products and frameworks, in lower case.
static COOKIES: Names = LazyLock::new(|| include_str!("names/cookies.txt").split_whitespace().collect());

/// The name of an element or attribute, with its prefix.
pub fn of_xml(name: &str, redactor: &Redactor) -> String {
    if let Some(prefix) = name.strip_prefix("xmlns:") {
        return format!("xmlns:{}", of_prefix(prefix, redactor));
    }
    match name.split_once(':') {
        Some((prefix, local)) => format!("{}:{}", of_prefix(prefix, redactor), of_local(local, redactor)),
        None if name == "xmlns" => name.to_owned(),
        None => of_local(name, redactor),
    }
}

/// The name of an element or attribute, without prefix.
pub fn of_local(local: &str, redactor: &Redactor) -> String {
    if XML.contains(local) { local.to_owned() } else { hidden(local, redactor) }
}

fn of_prefix(prefix: &str, redactor: &Redactor) -> String {
    if is_prefix(prefix) { prefix.to_owned() } else { hidden(prefix, redactor) }
}

/// Known, or too short to say anything: `ns1`, `a`.
pub fn is_prefix(prefix: &str) -> bool {
    let short = prefix.trim_end_matches(|c: char| c.is_ascii_digit());
    PREFIXES.contains(prefix)
        || (short.len() <= 2 && prefix.len() <= 4 && prefix.bytes().all(|b| b.is_ascii_alphanumeric()))
}

pub fn is_namespace(uri: &str) -> bool {
    uri.is_empty() || NAMESPACES.contains(uri)
}

/// A qualified name of a type: `xs:string`.
pub fn is_type(name: &str) -> bool {
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    is_prefix(prefix) && XML.contains(local)
}

/// The name of a claim, header parameter or member of a response.
pub fn of_member(name: &str, redactor: &Redactor) -> String {
    if MEMBERS.contains(name) { name.to_owned() } else { hidden(name, redactor) }
}

/// The same in a report for the own house: a claim name that is a plain URI is shown (findings.md 2.2, class C1).
pub fn of_claim(name: &str, redactor: &Redactor) -> String {
    let scheme = ["https://", "http://", "urn:"].iter().any(|scheme| name.starts_with(scheme));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | ':');
    let short = name.split(['/', ':']).all(|part| part.len() <= 40);
    if scheme && short && name.chars().all(plain) { name.to_owned() } else { of_member(name, redactor) }
}

/// A value without members, or one whose members are known and empty, as those of `events` are.
pub fn is_plain(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.iter().all(|value| !value.is_array() && is_plain(value)),
        Value::Object(members) => members.iter().all(|(name, value)| {
            MEMBERS.contains(name.as_str()) && value.as_object().is_some_and(serde_json::Map::is_empty)
        }),
        _ => true,
    }
}

/// The name of a field of a form or of a parameter of an address.
pub fn of_field(name: &str, redactor: &Redactor) -> String {
    if FIELDS.contains(name) { name.to_owned() } else { hidden(name, redactor) }
}

/// The name of a cookie. Some products put a value behind a name of theirs.
pub fn of_cookie(name: &str, redactor: &Redactor) -> String {
    let guard = GUARDS.iter().find(|guard| name.starts_with(**guard)).copied().unwrap_or_default();
    let bare = name.strip_prefix(guard).unwrap_or(name);
    let lower = bare.to_ascii_lowercase();
    if COOKIES.contains(lower.as_str()) {
        return name.to_owned();
    }
    let family =
        COOKIE_FAMILIES.iter().find(|family| bare.starts_with(**family)).copied().unwrap_or_default();
    let rest = bare.strip_prefix(family).unwrap_or(bare);
    format!("{guard}{family}{}", hidden(rest, redactor))
}

/// The name of a cookie for a report: a known one as it stands; of a family its own part, and not the value that products put
/// behind it; any other may hold a person's name or, when it looks like one, a secret.
pub fn cookie(name: &str) -> Quoted {
    let guard = GUARDS.iter().find(|guard| name.starts_with(**guard)).copied().unwrap_or_default();
    let bare = name.strip_prefix(guard).unwrap_or(name);
    if COOKIES.contains(bare.to_ascii_lowercase().as_str()) {
        return Quoted::tenant(name);
    }
    match COOKIE_FAMILIES.iter().find(|family| bare.starts_with(**family)) {
        Some(family) => Quoted::tenant(&format!("{guard}{family}\u{2026}")),
        None if name.len() >= SECRET_BYTES => Quoted::replayable(name),
        None => Quoted::person(name),
    }
}

/// An attribute of a cookie, in lower case, that says where the cookie goes and nothing else.
pub fn is_cookie_attribute(attribute: &str) -> bool {
    let age = |text: &str| text.strip_prefix('-').unwrap_or(text).bytes().all(|b| b.is_ascii_digit());
    ["secure", "httponly", "partitioned", "path=/", "samesite=lax", "samesite=strict", "samesite=none"]
        .contains(&attribute)
        || attribute.strip_prefix("max-age=").is_some_and(|text| text.len() < 12 && age(text))
}

/// The pseudonym alone: a name has no room for a shape.
fn hidden(name: &str, redactor: &Redactor) -> String {
    let shown = redactor.show_text(name, Class::Person);
    if shown == name { shown } else { shown.split(' ').next().unwrap_or_default().to_owned() }
}

/// 128 bits in base64url: as long is what a random value takes.
const SECRET_BYTES: usize = 22;
const GUARDS: [&str; 2] = ["__Host-", "__Secure-"];
const COOKIE_FAMILIES: [&str; 10] = [
    "_shibsession_",
    "_shibstate_",
    "_opensaml_req_",
    "mod_auth_openidc_state_",
    ".AspNetCore.Correlation.",
    ".AspNetCore.OpenIdConnect.Nonce.",
    ".AspNetCore.Antiforgery.",
    "OpenIdConnect.nonce.",
    "BIGipServer",
    "wordpress_",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_standards_stay_and_others_are_pseudonyms() {
        let redactor = Redactor::for_input(b"input");
        for name in
            ["saml2p:Response", "xmlns", "xmlns:ds", "ns1:NameID", "xsi:type", "mdui:DisplayName", "ID"]
        {
            assert_eq!(of_xml(name, &redactor), name);
        }
        for name in ["id_token", "preferred_username", "xms_edov", "cognito:groups", "x5t#S256"] {
            assert_eq!(of_member(name, &redactor), name);
        }
        assert_eq!(of_field("SAMLResponse", &redactor), "SAMLResponse");
        assert_eq!(of_cookie("__Host-JSESSIONID", &redactor), "__Host-JSESSIONID");
        let nonce = of_cookie(".AspNetCore.OpenIdConnect.Nonce.CfDJ8secret", &redactor);
        assert!(
            nonce.starts_with(".AspNetCore.OpenIdConnect.Nonce.u-") && !nonce.contains("CfDJ8"),
            "{nonce}"
        );
        for (name, shown) in [
            ("_shibsession_6a61", Some("_shibsession_\u{2026}")),
            ("__Host-JSESSIONID", Some("__Host-JSESSIONID")),
            ("remember_jane@acme.example", None),
            ("remember_jane", None),
            ("__txn_fGq3bYp0xUq7T2vWcZ1hNn4RkLm8sD5aQe", None),
        ] {
            let quoted = cookie(name);
            assert_eq!((quoted.class() == Class::Tenant).then_some(quoted.as_str()), shown, "{name}");
        }
        assert_eq!(cookie("__txn_fGq3bYp0xUq7T2vWcZ1hNn4RkLm8sD5aQe").class(), Class::Replayable);
        for (attribute, known) in [
            ("secure", true),
            ("secure-jane", false),
            ("samesite=lax", true),
            ("samesite=jane", false),
            ("max-age=-1", true),
            ("max-age=jane", false),
            ("path=/jane", false),
        ] {
            assert_eq!(is_cookie_attribute(attribute), known, "{attribute}");
        }
        for name in ["\u{1b}[", "a\u{7f}:NameID", "xmlns:\u{7}", "\u{202e}"] {
            assert!(of_xml(name, &redactor).contains("u-"), "{name:?}");
        }
        for name in ["jane", "jane:jane", "saml:jane", "xmlns:jane", "jane doe"] {
            for shown in [of_xml(name, &redactor), of_member(name, &redactor), of_field(name, &redactor)] {
                assert!(!shown.contains("jane") && shown.contains("u-") && !shown.contains(' '), "{shown}");
            }
        }
        for name in ["https://acme.example/claims/roles", "urn:acme:cost-centre"] {
            assert!(of_claim(name, &redactor) == name && of_member(name, &redactor).starts_with("u-"));
        }
        for name in ["https://jane@acme.example/x", "https://acme.example/?jane", "jane"] {
            assert!(of_claim(name, &redactor).starts_with("u-"));
        }
        let revealing = Redactor::with_key(b"k").with_reveal(bonafide::diagnosis::Reveal::Person);
        assert_eq!(of_member("jane doe", &revealing), "jane doe");
    }
}
