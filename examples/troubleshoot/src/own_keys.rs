//! `--sp-key`: the private keys of this service.

use super::Stop;
use super::args::Check;
use bonafide::crypto::Decryptor;
use std::sync::Arc;

/// The keys of every file together; `None` without the option.
#[cfg(feature = "decryption")]
pub fn own_keys(options: &Check) -> Result<Option<Arc<dyn Decryptor>>, Stop> {
    use super::input;
    use bonafide::crypto::PrivateKeys;
    use bonafide::error::{Failure, Reason};

    let mut all: Option<PrivateKeys> = None;
    for path in &options.sp_key {
        let octets = input::option_file("--sp-key", path)?;
        let unusable = |failure: Failure| {
            let why = match failure.reason {
                Reason::Stated(why) => format!("{why} ({})", failure.check),
                _ => failure.check.to_string(),
            };
            let wanted = "give an RSA private key in PEM, DER (PKCS#8 or PKCS#1) or JWK, without passphrase";
            Stop::usage(format!("--sp-key {}: {why}; {wanted}", path.display()))
        };
        let found = match std::str::from_utf8(&octets) {
            Ok(text) if text.trim_start().starts_with('{') => of_jwk(text),
            Ok(text) if text.contains("-----BEGIN ") => PrivateKeys::from_pem(text),
            _ => PrivateKeys::from_der(&octets),
        };
        let found = found.map_err(unusable)?;
        all = Some(match all {
            Some(keys) => keys.and(found).map_err(unusable)?,
            None => found,
        });
    }
    Ok(all.map(|keys| -> Arc<dyn Decryptor> { Arc::new(keys) }))
}

/// The RSA keys of a JWK or a JWK set; other keys are for tokens.
#[cfg(feature = "decryption")]
fn of_jwk(text: &str) -> Result<bonafide::crypto::PrivateKeys, bonafide::error::Failure> {
    use bonafide::check::Check;
    use bonafide::crypto::PrivateKeys;
    use bonafide::error::{Failure, Location, Reason};
    use josekit::jwk::{Jwk, KeyPair as _, alg::rsa::RsaKeyPair};
    use serde_json::Value;

    let malformed = |what| Failure::new(Check::KeyMalformed, Reason::Stated(what), Location::default());
    let json: Value = serde_json::from_str(text).map_err(|_| malformed("not JSON"))?;
    let keys =
        json.get("keys").and_then(Value::as_array).map_or_else(|| vec![&json], |keys| keys.iter().collect());
    let mut all: Option<PrivateKeys> = None;
    for members in keys
        .into_iter()
        .filter_map(Value::as_object)
        .filter(|key| key.get("kty").is_some_and(|kty| kty == "RSA"))
    {
        let pair = Jwk::from_map(members.clone()).and_then(|jwk| RsaKeyPair::from_jwk(&jwk));
        let pair = pair.map_err(|_| malformed("not a private RSA key with its primes"))?;
        let found = PrivateKeys::from_der(&pair.to_der_private_key())?;
        let found = members.get("kid").and_then(Value::as_str).into_iter().fold(found, PrivateKeys::named);
        all = Some(match all {
            Some(keys) => keys.and(found)?,
            None => found,
        });
    }
    all.ok_or_else(|| malformed("no RSA key in it"))
}

/// There are none in this build.
#[cfg(not(feature = "decryption"))]
pub fn own_keys(options: &Check) -> Result<Option<Arc<dyn Decryptor>>, Stop> {
    if options.sp_key.is_empty() {
        return Ok(None);
    }
    Err(Stop::usage(
        "--sp-key: needs the feature `decryption`, which this build does not have; build with --features decryption",
    ))
}
