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
            let wanted = "give an RSA private key in PEM or DER (PKCS#8 or PKCS#1), not encrypted";
            Stop::usage(format!("--sp-key {}: {why}; {wanted}", path.display()))
        };
        let found = match std::str::from_utf8(&octets) {
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
