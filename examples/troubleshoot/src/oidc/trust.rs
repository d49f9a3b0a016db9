//! Trust of the command line: issuer, key set, discovery document, and the files of proofs.

use super::super::args::{Check, Kind, Selection};
use super::super::{Stop, input};
use bonafide::crypto::Certificate;
use bonafide::error::{Error, Failure, Protocol, Reason, Rejection};
use bonafide::jose::{Algorithm, KeySelection, KeySet};
use bonafide::oidc::access_token::{self, Profile};
use bonafide::oidc::{Discovery, Expectations, Tenants, TrustedProvider};
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
    /// The shape of its access tokens, where it is named.
    profile: Option<Profile>,
    announces_iss: bool,
}

/// An inner error is trust that cannot be used, with the option that it comes from; an outer one is wrong usage.
pub fn read(options: &Check) -> Result<Result<Trust, (String, Error)>, Stop> {
    let profile = options.profile.as_deref().map(profile).transpose()?;
    let mut trust = Trust { issuer: options.issuer.clone(), profile, ..Trust::default() };
    let mut announced = None;
    if let Some(path) = &options.discovery {
        let source = format!("--discovery {}", path.display());
        let document = input::option_file("--discovery", path)?;
        // Editors on Windows leave a byte order mark.
        let document = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&document);
        let own = serde_json::from_slice::<serde_json::Value>(document).ok();
        let own = own.as_ref().and_then(|document| document.get("issuer")?.as_str());
        let issuer = options.issuer.as_deref().or(own).unwrap_or_default();
        match Discovery::parse(document, issuer) {
            Ok(discovery) => {
                trust.issuer = Some(discovery.issuer().to_owned());
                trust.warnings = discovery.warnings().to_vec();
                trust.announces_iss = discovery.sends_iss_parameter();
                announced = Some(discovery);
            }
            Err(error) => return Ok(Err((source, error))),
        }
        trust.discovery = Some(source);
    }
    if let Some(path) = &options.jwks {
        match KeySet::from_any_form(&input::option_file("--jwks", path)?) {
            Ok(keys) => trust.keys = Some(keys),
            Err(error) => return Ok(Err((format!("--jwks {}", path.display()), error))),
        }
    }
    if let (Some(issuer), Some(keys)) = (&trust.issuer, &trust.keys) {
        let tenants = match options.tenant.as_slice() {
            [] => None,
            tenants if tenants.iter().any(|tenant| tenant == "any") => Some(Tenants::Any),
            tenants => Some(Tenants::Listed(tenants.to_vec())),
        };
        // What is announced for ID tokens says nothing about access tokens, UserInfo and responses.
        let announced = announced.as_ref();
        let announced = announced.filter(|_| matches!(options.kind, Kind::IdToken | Kind::LogoutToken));
        let provider = match (tenants, announced) {
            _ if options.kind == Kind::ClientAssertion => {
                TrustedProvider::new(options.client_id.as_deref().unwrap_or_default(), keys.clone())
            }
            (Some(tenants), Some(discovery)) => {
                TrustedProvider::from_discovery_of_tenants(discovery, tenants, keys.clone())
            }
            (Some(tenants), None) => TrustedProvider::from_template(issuer, tenants, keys.clone()),
            (None, Some(discovery)) => TrustedProvider::from_discovery(discovery, keys.clone()),
            (None, None) => TrustedProvider::new(issuer, keys.clone()),
        };
        let algorithms =
            options.algorithm.iter().map(|name| algorithm(name)).collect::<Result<Vec<_>, _>>()?;
        let mut aliases = options.issuer_alias.iter();
        let provider = provider.and_then(|provider| {
            aliases.try_fold(provider, |provider, alias| provider.with_issuer_alias(alias))
        });
        let selected = options.key_selection.map(|selection| match selection {
            Selection::ExactlyOne => KeySelection::ExactlyOne,
            Selection::TryAll => KeySelection::TryAll,
        });
        let provider = provider.map(|provider| match selected {
            Some(selection) => provider.with_key_selection(selection),
            None => provider,
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

fn profile(given: &str) -> Result<Profile, Stop> {
    given.parse().map_err(|failure: Failure| {
        let names: Vec<&str> = Profile::all().map(|profile| profile.name()).collect();
        let why = match &failure.reason {
            Reason::Stated(why) => *why,
            _ => "not a profile",
        };
        Stop::usage(format!(
            "--profile {given}: {why}; give one of {}, or such as typ=TYPE, claim=NAME, claim=NAME=VALUE",
            names.join(", ")
        ))
    })
}

impl Trust {
    /// Trusts the client secret where a token was made with one, and no key is named (OIDC Core 10.1).
    pub fn with_secret(mut self, algorithm: Option<String>, options: &Check) -> Result<Self, Stop> {
        let made_with_one = algorithm.is_some_and(|algorithm| algorithm.starts_with("HS"));
        let (Some(issuer), Some(secret), None, true) =
            (&self.issuer, &options.client_secret, &self.keys, made_with_one)
        else {
            return Ok(self);
        };
        let secret = input::secret("--client-secret", secret)?;
        let provider = TrustedProvider::symmetric(issuer, secret.as_bytes())
            .map_err(|failure| Stop::usage(format!("--client-secret: {}", failure.check.what())))?;
        let mut aliases = options.issuer_alias.iter();
        let provider = aliases.try_fold(provider, |provider, alias| provider.with_issuer_alias(alias));
        self.provider = Some(provider.map_err(|failure| Stop::usage(failure.check.what().to_owned()))?);
        Ok(self)
    }

    /// True where the issuer announces that its responses name it.
    pub const fn announces_iss(&self) -> bool {
        self.announces_iss
    }

    pub fn known(&self) -> Expectations {
        let known = Expectations::new();
        match (&self.provider, &self.issuer, &self.keys) {
            (Some(provider), _, _) => known.with_provider(provider),
            (None, Some(issuer), _) => known.with_issuer(issuer),
            (None, None, Some(keys)) => known.with_keys(keys.clone()),
            (None, None, None) => known,
        }
    }

    /// The shape of access tokens: the one that is named, else the one that the issuer or the token gives away. Each asks for
    /// what tells an access token from an ID token.
    pub fn profile(&self, token: &str) -> Profile {
        let suspected = || access_token::suspected_profile(token, self.issuer.as_deref());
        self.profile.clone().unwrap_or_else(suspected)
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

/// A client certificate, as people have it; octets that are no text are taken as they are.
pub fn certificate(path: &Path) -> Result<Vec<u8>, Stop> {
    let octets = input::option_file("--client-cert", path)?;
    match Certificate::first_in_any_form(&octets) {
        Ok(der) => Ok(der),
        Err(what) if octets.windows(BEGIN.len()).any(|window| window == BEGIN) => {
            Err(Stop::usage(format!("--client-cert {}: {what}", path.display())))
        }
        Err(_) => Ok(octets),
    }
}

const BEGIN: &[u8] = b"-----BEGIN ";

/// No path is longer, and tokens are.
const PATH_BYTES: usize = 4096;
