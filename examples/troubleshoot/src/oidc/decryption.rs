//! Keys of the command line that tokens are encrypted to. Every pair of algorithms that this build computes is accepted: what
//! was registered at the provider is not known here.

use super::super::args::Check;
use super::super::{Stop, input};
use bonafide::error::{Error, Failure, Protocol, Reason, Rejection};
use bonafide::jose::{
    ContentEncryptionAlgorithm, Decrypted, DecryptionKey, DecryptionKeys, KeyManagementAlgorithm,
};

/// The keys, if any.
pub fn read(options: &Check) -> Result<Option<DecryptionKeys>, Stop> {
    let mut keys = None;
    for path in &options.sp_key {
        let octets = input::option_file("--sp-key", path)?;
        let read = of_file(&octets).and_then(|read| join(&mut keys, read));
        read.map_err(|error| unusable(&format!("--sp-key {}", path.display()), &error, WANTED_KEY))?;
    }
    if let Some(secret) = &options.client_secret {
        let secret = input::secret("--client-secret", secret)?;
        let key = DecryptionKey::client_secret(secret.as_bytes()).map_err(error);
        let read = key.and_then(one).and_then(|read| join(&mut keys, read));
        read.map_err(|error| unusable("--client-secret", &error, "give the secret or @FILE"))?;
    }
    Ok(keys)
}

fn unusable(option: &str, error: &Error, wanted: &str) -> Stop {
    let why = match error.reason() {
        Reason::Stated(why) => format!("{why} ({})", error.check()),
        _ => error.check().to_string(),
    };
    Stop::usage(format!("{option}: {why}; {wanted}"))
}

const WANTED_KEY: &str =
    "give a private key in PEM without passphrase, a private or symmetric JWK, or a set of such";

/// The token inside an encrypted one; `None` where it is not encrypted or there is no key.
pub fn open(token: &str, keys: Option<&DecryptionKeys>) -> Option<Result<Decrypted, Error>> {
    let is_encrypted = token.split('.').take(6).count() == 5;
    keys.filter(|_| is_encrypted).map(|keys| keys.decrypt(token))
}

/// A JWK set, a JWK, or PEM.
fn of_file(octets: &[u8]) -> Result<DecryptionKeys, Error> {
    if !octets.trim_ascii_start().starts_with(b"{") {
        return of_pem(octets);
    }
    let is_set =
        serde_json::from_slice::<serde_json::Value>(octets).is_ok_and(|json| json.get("keys").is_some());
    if is_set {
        DecryptionKeys::from_jwks(octets, &pairs())
    } else {
        DecryptionKey::from_jwk(octets).and_then(one)
    }
}

#[cfg(feature = "decryption")]
fn of_pem(octets: &[u8]) -> Result<DecryptionKeys, Error> {
    DecryptionKey::from_pem(octets).map_err(error).and_then(one)
}

#[cfg(not(feature = "decryption"))]
fn of_pem(_: &[u8]) -> Result<DecryptionKeys, Error> {
    let reason = Reason::Stated("a private key in PEM needs the feature `decryption`");
    Err(error(Failure::at(bonafide::check::Check::AlgUnsupported, "", reason)))
}

fn one(key: DecryptionKey) -> Result<DecryptionKeys, Error> {
    DecryptionKeys::new([key], &pairs()).map_err(error)
}

fn join(all: &mut Option<DecryptionKeys>, read: DecryptionKeys) -> Result<(), Error> {
    let joined = match all.take() {
        None => read,
        Some(before) => before.and(read).map_err(error)?,
    };
    *all = Some(joined);
    Ok(())
}

fn error(failure: Failure) -> Error {
    Rejection::new(Protocol::Oidc, failure).into()
}

fn pairs() -> Vec<(KeyManagementAlgorithm, ContentEncryptionAlgorithm)> {
    let encs = ContentEncryptionAlgorithm::ALL.iter().copied().filter(|enc| enc.is_supported());
    let algs = KeyManagementAlgorithm::ALL.iter().copied().filter(|alg| alg.is_supported());
    algs.flat_map(|alg| encs.clone().map(move |enc| (alg, enc))).collect()
}
