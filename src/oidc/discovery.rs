//! Provider metadata (OIDC Discovery 1.0 section 3, RFC 8414): read strictly, checked against the issuer that was asked for.

use super::token::to_error;
use crate::check::Check;
use crate::encoding::url::is_http_on_loopback;
use crate::error::{Class, Error, Failure, Location, Quoted, Reason};
use crate::jose::{Algorithm, AlgorithmSet};
use crate::json::{Bounds, Document, Kind, Value};
use crate::limits::DISCOVERY_BYTES;
use crate::report::{Observation, Provenance};
use core::fmt;

/// Metadata of a provider, checked.
#[derive(Clone)]
pub struct Discovery {
    issuer: String,
    jwks_uri: String,
    algorithms: Vec<String>,
    endpoints: Vec<(&'static str, String)>,
    iss_parameter: bool,
    s256: Option<bool>,
    warnings: Vec<Observation>,
}

impl Discovery {
    /// Reads a metadata document that was fetched for `issuer`.
    ///
    /// # Errors
    /// `LimitInputSize`, `InvalidUtf8`, `JsonMalformed` (also: a member of the wrong type), `DuplicateMember`: not such a
    /// document. `IssuerMismatch`: it is that of another issuer (OIDC Discovery 4.3), compared octet by octet.
    /// `DiscoveryInvalid`: issuer or jwks_uri is missing. `EndpointInvalid`: an endpoint is no absolute https URL, or the issuer
    /// is an http URL. On this machine (`localhost`, `*.localhost`, 127.0.0.0/8, `[::1]`) http is a warning.
    pub fn parse(document: &[u8], issuer: &str) -> Result<Self, Error> {
        Self::read(document, issuer).map_err(to_error)
    }

    fn read(document: &[u8], issuer: &str) -> Result<Self, Failure> {
        if document.len() > DISCOVERY_BYTES {
            let reason = Reason::Limit { limit: DISCOVERY_BYTES, unit: "bytes", found: Some(document.len()) };
            return Err(Failure::at(Check::LimitInputSize, "", reason));
        }
        let text = core::str::from_utf8(document)
            .map_err(|_| Failure::at(Check::InvalidUtf8, "", Reason::Stated("octets that are not UTF-8")))?;
        let document = Document::parse(text, Bounds::TEXT)?;
        let root = document.root();
        if root.kind() != Kind::Object {
            return Err(wrong_type("", "metadata that is not an object"));
        }
        let found = string(root, "issuer")?.ok_or_else(|| missing("issuer"))?;
        if found != issuer {
            let (expected, found) = (vec![Quoted::tenant(issuer)], vec![Quoted::tenant(found)]);
            let reason = Reason::Mismatch { what: "issuer", expected, found };
            return Err(Failure::at(Check::IssuerMismatch, "/issuer", reason));
        }
        let mut warnings = Vec::new();
        judge_url("issuer", found, &mut warnings)?;
        let mut endpoints = Vec::new();
        for name in ENDPOINTS {
            // An empty one is none: nobody can call it.
            if let Some(url) = string(root, name)?.filter(|url| !url.is_empty()) {
                judge_url(name, url, &mut warnings)?;
                endpoints.push((name, url.to_owned()));
            }
        }
        let jwks_uri = string(root, "jwks_uri")?.ok_or_else(|| missing("jwks_uri"))?;
        judge_url("jwks_uri", jwks_uri, &mut warnings)?;
        for name in STRING_LISTS {
            strings(root, name)?;
        }
        let methods = strings(root, "code_challenge_methods_supported")?;
        Ok(Self {
            issuer: found.to_owned(),
            jwks_uri: jwks_uri.to_owned(),
            algorithms: strings(root, "id_token_signing_alg_values_supported")?.unwrap_or_default(),
            endpoints,
            iss_parameter: flag(root, "authorization_response_iss_parameter_supported")?.unwrap_or(false),
            s256: methods.map(|methods| methods.iter().any(|method| method == "S256")),
            warnings,
        })
    }

    /// The issuer: equal to the one that was asked for.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where the keys are.
    #[must_use]
    pub fn jwks_uri(&self) -> &str {
        &self.jwks_uri
    }

    /// An endpoint by its member name, such as `token_endpoint`.
    #[must_use]
    pub fn endpoint(&self, name: &str) -> Option<&str> {
        self.endpoints.iter().find(|(known, _)| *known == name).map(|(_, url)| url.as_str())
    }

    /// The algorithms announced for ID tokens, as they are written; also those that nothing here can verify.
    #[must_use]
    pub fn announced_algorithms(&self) -> &[String] {
        &self.algorithms
    }

    /// True when the provider sends `iss` with authorization responses (RFC 9207 section 3): then it must be there.
    #[must_use]
    pub const fn sends_iss_parameter(&self) -> bool {
        self.iss_parameter
    }

    /// Whether PKCE with S256 is announced; `None` when nothing is.
    #[must_use]
    pub const fn announces_s256(&self) -> Option<bool> {
        self.s256
    }

    /// What is not refused but should not be: `http` on this machine, an issuer that is no URL.
    #[must_use]
    pub fn warnings(&self) -> &[Observation] {
        &self.warnings
    }

    /// The announced algorithms that this build can verify. `none` and HMAC are not among them.
    pub(super) fn algorithms(&self) -> AlgorithmSet {
        let known: Vec<_> =
            self.algorithms.iter().filter_map(|name| Algorithm::from_name(name).ok()).collect();
        AlgorithmSet::of(&known)
    }
}

impl fmt::Debug for Discovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Discovery({})", self.issuer)
    }
}

/// OIDC Discovery 3: https. The issuer is compared as configured; one that is no URL at all leads nowhere.
fn judge_url(name: &'static str, url: &str, warnings: &mut Vec<Observation>) -> Result<(), Failure> {
    if is_absolute(url, "https://") {
        return Ok(());
    }
    let reason = Reason::Found { what: name, found: Quoted::new(url, Class::Tenant) };
    let failure = Failure::new(Check::EndpointInvalid, reason, Location::built(format!("/{name}")));
    let is_harmless = match name {
        "issuer" => !begins_with(url, "http:") || is_http_on_loopback(url),
        _ => is_absolute(url, "http://") && is_http_on_loopback(url),
    };
    if !is_harmless {
        return Err(failure);
    }
    warnings.push(Observation { failure, provenance: Provenance::Unsigned });
    Ok(())
}

fn begins_with(url: &str, scheme: &str) -> bool {
    url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// Scheme, then a host, and nothing that no URL holds.
fn is_absolute(url: &str, scheme: &str) -> bool {
    let Some((start, rest)) = url.split_at_checked(scheme.len()) else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    start.eq_ignore_ascii_case(scheme)
        && !host.is_empty()
        && !host.contains('@')
        && url
            .bytes()
            .all(|octet| octet.is_ascii_graphic() && !matches!(octet, b'"' | b'<' | b'>' | b'\\' | b'`'))
}

fn string<'a>(root: Value<'a>, name: &'static str) -> Result<Option<&'a str>, Failure> {
    match root.get(name).filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(value) => {
            value.as_str().map(Some).ok_or_else(|| wrong_type(name, "a member that is not a string"))
        }
    }
}

fn flag(root: Value<'_>, name: &'static str) -> Result<Option<bool>, Failure> {
    match root.get(name).filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(value) => {
            value.as_bool().map(Some).ok_or_else(|| wrong_type(name, "a member that is not a boolean"))
        }
    }
}

fn strings(root: Value<'_>, name: &'static str) -> Result<Option<Vec<String>>, Failure> {
    let Some(value) = root.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
    let no_list = || wrong_type(name, "a member that is not an array of strings");
    let elements = value.elements().ok_or_else(no_list)?;
    elements
        .map(|element| element.as_str().map(str::to_owned).ok_or_else(no_list))
        .collect::<Result<_, _>>()
        .map(Some)
}

fn missing(name: &'static str) -> Failure {
    Failure::new(Check::DiscoveryInvalid, Reason::Missing { what: name }, Location::built(format!("/{name}")))
}

fn wrong_type(name: &str, what: &'static str) -> Failure {
    Failure::new(Check::JsonMalformed, Reason::Stated(what), Location::built(format!("/{name}")))
}

const ENDPOINTS: [&str; 10] = [
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "end_session_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
    "registration_endpoint",
    "device_authorization_endpoint",
    "pushed_authorization_request_endpoint",
    "check_session_iframe",
];

const STRING_LISTS: [&str; 8] = [
    "response_types_supported",
    "response_modes_supported",
    "subject_types_supported",
    "scopes_supported",
    "grant_types_supported",
    "claims_supported",
    "acr_values_supported",
    "token_endpoint_auth_methods_supported",
];
