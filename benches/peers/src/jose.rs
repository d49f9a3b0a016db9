//! Helpers over the token libraries.

use jsonwebtoken::Algorithm;
use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, aws_lc, rust_crypto};
use jsonwebtoken::errors::Result;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// The two backends of jsonwebtoken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Backend {
    AwsLc,
    RustCrypto,
}

static RUST_CRYPTO: AtomicBool = AtomicBool::new(false);

/// Lets jsonwebtoken use this backend from now on. It takes one provider per process: ours asks a flag.
pub fn use_backend(backend: Backend) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let provider = CryptoProvider { verifier_factory: verifier, ..aws_lc::DEFAULT_PROVIDER.clone() };
        Box::leak(Box::new(provider)).install_default().expect("the first provider");
    });
    RUST_CRYPTO.store(backend == Backend::RustCrypto, Relaxed);
}

fn verifier(algorithm: &Algorithm, key: &jsonwebtoken::DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let chosen =
        if RUST_CRYPTO.load(Relaxed) { &rust_crypto::DEFAULT_PROVIDER } else { &aws_lc::DEFAULT_PROVIDER };
    (chosen.verifier_factory)(algorithm, key)
}

/// The JOSE name of an algorithm as josekit's verifier for a key.
pub fn josekit_verifier(
    name: &str,
    jwk: &josekit::jwk::Jwk,
) -> std::result::Result<Box<dyn josekit::jws::JwsVerifier>, josekit::JoseError> {
    use josekit::jws::{
        ES256, ES384, ES512, EdDSA, HS256, HS384, HS512, PS256, PS384, PS512, RS256, RS384, RS512,
    };
    Ok(match name {
        "RS256" => Box::new(RS256.verifier_from_jwk(jwk)?),
        "RS384" => Box::new(RS384.verifier_from_jwk(jwk)?),
        "RS512" => Box::new(RS512.verifier_from_jwk(jwk)?),
        "PS256" => Box::new(PS256.verifier_from_jwk(jwk)?),
        "PS384" => Box::new(PS384.verifier_from_jwk(jwk)?),
        "PS512" => Box::new(PS512.verifier_from_jwk(jwk)?),
        "ES256" => Box::new(ES256.verifier_from_jwk(jwk)?),
        "ES384" => Box::new(ES384.verifier_from_jwk(jwk)?),
        "ES512" => Box::new(ES512.verifier_from_jwk(jwk)?),
        "EdDSA" => Box::new(EdDSA.verifier_from_jwk(jwk)?),
        "HS256" => Box::new(HS256.verifier_from_jwk(jwk)?),
        "HS384" => Box::new(HS384.verifier_from_jwk(jwk)?),
        "HS512" => Box::new(HS512.verifier_from_jwk(jwk)?),
        other => {
            let unknown = std::io::Error::other(other.to_owned());
            return Err(josekit::JoseError::UnsupportedSignatureAlgorithm(unknown.into()));
        }
    })
}
