//! Trust of the command line: issuer, key set, discovery document, and the files of proofs.

use super::super::args::{Check, Kind};
use super::super::{Stop, input};
use base64::Engine as _;
use bonafide::error::{Error, Protocol, Rejection};
use bonafide::jose::{Algorithm, KeySet};
use bonafide::oidc::access_token::Profile;
use bonafide::oidc::{self, Discovery, Expectations, Tenants, TrustedProvider};
use bonafide::report::Observation;
use std::path::Path;

/// Whom the command line names, as far as it does.
#[derive(Default)]
pub struct Trust {
    issuer: Option<String>,
    keys: Option<KeySet>,
    /// Issuer and keys together.
    pub provider: Option<TrustedProvider>,
    /// Where the discovery document comes from.
    pub discovery: Option<String>,
    pub warnings: Vec<Observation>,
}

/// An inner error is trust that cannot be used, with the option that it comes from; an outer one is wrong usage.
pub fn read(options: &Check) -> Result<Result<Trust, (String, Error)>, Stop> {
    let mut trust = Trust { issuer: options.issuer.clone(), ..Trust::default() };
    let mut announced = None;
    if let Some(path) = &options.discovery {
        let source = format!("--discovery {}", path.display());
        let document = input::option_file("--discovery", path)?;
        let own = serde_json::from_slice::<serde_json::Value>(&document).ok();
        let own = own.as_ref().and_then(|document| document.get("issuer")?.as_str());
        let issuer = options.issuer.as_deref().or(own).unwrap_or_default();
        match Discovery::parse(&document, issuer) {
            Ok(discovery) => {
                trust.issuer = Some(discovery.issuer().to_owned());
                trust.warnings = discovery.warnings().to_vec();
                announced = Some(discovery);
            }
            Err(error) => return Ok(Err((source, error))),
        }
        trust.discovery = Some(source);
    }
    if let Some(path) = &options.jwks {
        match KeySet::from_jwks(&input::option_file("--jwks", path)?) {
            Ok(keys) => trust.keys = Some(keys),
            Err(error) => return Ok(Err((format!("--jwks {}", path.display()), error))),
        }
    }
    if let (Some(issuer), Some(keys)) = (&trust.issuer, &trust.keys) {
        // What is announced for ID tokens says nothing about access tokens, UserInfo and responses.
        let provider = match &announced {
            Some(discovery) if matches!(options.kind, Kind::IdToken | Kind::LogoutToken) => {
                TrustedProvider::from_discovery(discovery, keys.clone())
            }
            _ if options.kind == Kind::ClientAssertion => {
                TrustedProvider::new(options.client_id.as_deref().unwrap_or_default(), keys.clone())
            }
            _ if !options.tenant.is_empty() => {
                let tenants = match options.tenant.iter().any(|tenant| tenant == "any") {
                    true => Tenants::Any,
                    false => Tenants::Listed(options.tenant.clone()),
                };
                TrustedProvider::from_template(issuer, tenants, keys.clone())
            }
            _ => TrustedProvider::new(issuer, keys.clone()),
        };
        let algorithms =
            options.algorithm.iter().map(|name| algorithm(name)).collect::<Result<Vec<_>, _>>()?;
        let mut aliases = options.issuer_alias.iter();
        let provider = provider.and_then(|provider| {
            aliases.try_fold(provider, |provider, alias| provider.with_issuer_alias(alias))
        });
        let provider = match algorithms.as_slice() {
            [] => provider,
            allowed => provider.and_then(|provider| provider.with_algorithms(allowed)),
        };
        match provider {
            Ok(provider) => trust.provider = Some(provider),
            Err(failure) => {
                let source = trust.discovery.unwrap_or_else(|| "--issuer".to_owned());
                return Ok(Err((source, Rejection::new(Protocol::Oidc, failure).into())));
            }
        }
    }
    Ok(Ok(trust))
}

fn algorithm(name: &str) -> Result<Algorithm, Stop> {
    let known = Algorithm::ALL.iter().find(|known| known.name().eq_ignore_ascii_case(name)).copied();
    known.ok_or_else(|| {
        let names: Vec<&str> = Algorithm::ALL.iter().map(|known| known.name()).collect();
        Stop::usage(format!("--algorithm {name}: give one of {}", names.join(", ")))
    })
}

impl Trust {
    pub fn known(&self) -> Expectations {
        let known = Expectations::new();
        match (&self.provider, &self.issuer, &self.keys) {
            (Some(provider), _, _) => known.with_provider(provider),
            (None, Some(issuer), _) => known.with_issuer(issuer),
            (None, None, Some(keys)) => known.with_keys(keys.clone()),
            (None, None, None) => known,
        }
    }

    /// The shape of access tokens: RFC 9068, where a token says so or the trusted issuer is of no provider that came before
    /// it. Each other shape asks for a claim of its own that tells an access token from an ID token.
    pub fn profile(&self, token: &str) -> Profile {
        let typ = oidc::peek(token).ok().and_then(|peeked| peeked.typ);
        let is_rfc9068 = typ.is_some_and(|typ| typ.as_str().to_ascii_lowercase().ends_with("at+jwt"));
        let facts = self.issuer.as_deref().and_then(oidc::facts_of_issuer);
        match facts.map(|facts| facts.name) {
            _ if is_rfc9068 => Profile::Rfc9068,
            Some("cognito") => Profile::Cognito,
            Some("entra-v1" | "entra-v2") => Profile::Entra,
            Some("okta") => Profile::Okta,
            Some("keycloak") => Profile::Keycloak,
            _ => Profile::Rfc9068,
        }
    }
}

/// A value, a file that holds it, or `@FILE`.
pub fn access_token(given: &str) -> Result<String, Stop> {
    let is_file = given.len() < PATH_BYTES && Path::new(given).is_file();
    if is_file {
        input::secret("--access-token", &format!("@{given}"))
    } else {
        input::secret("--access-token", given)
    }
}

/// A client certificate: PEM, else DER.
pub fn certificate(path: &Path) -> Result<Vec<u8>, Stop> {
    let octets = input::option_file("--client-cert", path)?;
    let Some(pem) = std::str::from_utf8(&octets).ok().and_then(|text| text.split_once(BEGIN)) else {
        return Ok(octets);
    };
    let body: String = pem.1.split("-----END").next().unwrap_or_default().split_ascii_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(body).map_err(|_| {
        Stop::usage(format!("--client-cert {}: not PEM after all; give PEM or DER", path.display()))
    })
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// No path is longer, and tokens are.
const PATH_BYTES: usize = 4096;
