//! The verifier of the crate `openidconnect`, at a fixed time, with every algorithm it knows.

use super::{Case, Opinion};
use openidconnect::core::{CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJsonWebKeySet};
use openidconnect::{
    ClaimsVerificationError, ClientId, ClientSecret, IssuerUrl, Nonce, SignatureVerificationError,
};
use std::str::FromStr;

pub fn ask(case: &Case) -> Opinion {
    // It has one issuer, compared exactly; and no policy without one.
    let (Some(issuer), Some(client)) = (case.issuer(), case.audience()) else { return Opinion::Abstains };
    match verify(case, issuer, client) {
        Ok(()) => Opinion::Accepts,
        Err(error) => Opinion::Refuses(error),
    }
}

fn verify(case: &Case, issuer: &str, client: &str) -> Result<(), String> {
    let named = |name: &str| name.to_owned();
    let keys =
        case.jwks().map_or_else(|| Ok(CoreJsonWebKeySet::default()), |text| serde_json::from_str(&text));
    let keys = keys.map_err(|_| named("KeySetParse"))?;
    let issuer = IssuerUrl::new(issuer.to_owned()).map_err(|_| named("IssuerParse"))?;
    let token = CoreIdToken::from_str(&case.token()).map_err(|_| named("TokenParse"))?;
    let client = ClientId::new(client.to_owned());
    // An instant of its own type, from the one place that makes one without naming the crate that it comes from.
    let at_now = serde_json::json!({"iss": "https://x.test", "sub": "x", "exp": case.now(), "iat": 0});
    let now = serde_json::from_value::<CoreIdTokenClaims>(at_now).unwrap().expiration();
    let policy = &case.vector["policy"];
    let others: Vec<String> = policy["other_audiences"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|other| other.as_str().unwrap().to_owned())
        .collect();
    let verifier = match case.secret() {
        Some(secret) => CoreIdTokenVerifier::new_confidential_client(
            client,
            ClientSecret::new(secret.to_owned()),
            issuer,
            keys,
        ),
        None => CoreIdTokenVerifier::new_public_client(client, issuer, keys),
    };
    let verifier = verifier
        .allow_any_alg()
        .set_time_fn(move || now)
        .set_other_audience_verifier_fn(|audience| others.iter().any(|other| other == audience.as_str()));
    let claims = match policy["nonce"].as_str() {
        Some(nonce) => token.claims(&verifier, &Nonce::new(nonce.to_owned())),
        None if policy["nonce"].is_boolean() => token.claims(&verifier, |_: Option<&Nonce>| Ok(())),
        None => token.claims(&verifier, |nonce: Option<&Nonce>| match nonce {
            None => Ok(()),
            Some(_) => Err(named("a nonce where none was sent")),
        }),
    };
    claims.map(|_| ()).map_err(|error| name(&error).to_owned())
}

fn name(error: &ClaimsVerificationError) -> &'static str {
    use SignatureVerificationError as S;
    match error {
        ClaimsVerificationError::Expired(_) => "Expired",
        ClaimsVerificationError::InvalidAudience(_) => "InvalidAudience",
        ClaimsVerificationError::InvalidAuthContext(_) => "InvalidAuthContext",
        ClaimsVerificationError::InvalidAuthTime(_) => "InvalidAuthTime",
        ClaimsVerificationError::InvalidIssuer(_) => "InvalidIssuer",
        ClaimsVerificationError::InvalidNonce(_) => "InvalidNonce",
        ClaimsVerificationError::InvalidSubject(_) => "InvalidSubject",
        ClaimsVerificationError::Unsupported(_) => "Unsupported",
        ClaimsVerificationError::SignatureVerification(of) => match of {
            S::AmbiguousKeyId(_) => "AmbiguousKeyId",
            S::CryptoError(_) => "CryptoError",
            S::DisallowedAlg(_) => "DisallowedAlg",
            S::InvalidKey(_) => "InvalidKey",
            S::NoMatchingKey => "NoMatchingKey",
            S::NoSignature => "NoSignature",
            S::UnsupportedAlg(_) => "UnsupportedAlg",
            _ => "SignatureVerification",
        },
        _ => "Other",
    }
}
