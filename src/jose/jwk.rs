//! One JSON Web Key (RFC 7517, RFC 7518 section 6, RFC 8037, RFC 9964): a public verification key, or the reason why it is none.

use super::algorithm::{Algorithm, AlgorithmSet};
use super::roca;
use crate::check::Check;
use crate::crypto::{DigestAlgorithm, KeyKind, PublicKey, SignatureAlgorithm};
use crate::encoding::base64;
use crate::error::{Failure, Quoted, Reason};
use crate::json::Value;
use crate::limits::{KEY_OPERATIONS, RSA_BITS_MAX, RSA_BITS_MIN};
use zeroize::Zeroizing;

/// A key of a JWK set, ready to verify, bound to what the set says about it.
#[derive(Clone)]
pub(crate) struct Jwk {
    pub(crate) kid: Option<Box<str>>,
    pub(crate) key: PublicKey,
    /// The one algorithm that the set binds the key to.
    pub(crate) algorithm: Option<Algorithm>,
    /// The issuer that the set binds the key to, perhaps a template: Entra's common set.
    pub(crate) issuer: Option<Box<str>>,
}

/// Private or symmetric material, wherever it stands: the holder published a secret (RFC 7517 section 9.2). A member that is null
/// or empty holds none.
pub(crate) fn refuse_secrets(jwk: Value<'_>) -> Result<(), Failure> {
    for (name, value) in jwk.members().into_iter().flatten() {
        if SECRET_MEMBERS.contains(&name) && !value.is_null() && value.as_str() != Some("") {
            let reason = Reason::Found { what: "jwk", found: Quoted::protocol(name) };
            return Err(Failure::at(Check::KeyPrivateMaterial, "/keys", reason));
        }
    }
    Ok(())
}

impl Jwk {
    /// Reads a public key for one of these algorithms. [`refuse_secrets`] comes first.
    pub(crate) fn read(jwk: Value<'_>, algorithms: AlgorithmSet) -> Result<Self, Failure> {
        let kty = required(jwk, "kty")?;
        let kid = optional(jwk, "kid")?;
        let issuer = optional(jwk, "issuer")?.filter(|issuer| !issuer.is_empty());
        judge_use(jwk)?;
        let algorithm = judge_algorithm(jwk, algorithms)?;
        let key = match kty {
            "RSA" => rsa(jwk)?,
            "EC" => elliptic(jwk)?,
            "OKP" => edwards(jwk)?,
            "AKP" if algorithms.iter().any(is_ml_dsa) => by_algorithm(jwk, algorithm)?,
            other => return Err(unsupported("kty", other)),
        };
        if let Some(algorithm) = algorithm.filter(|algorithm| !algorithm.fits(key.kind())) {
            let expected = vec![Quoted::protocol(algorithm.name())];
            let found = vec![Quoted::protocol(&key.kind().to_string())];
            return Err(Failure::at(
                Check::AlgKeyMismatch,
                "/keys",
                Reason::Mismatch { what: "alg", expected, found },
            ));
        }
        Ok(Self { kid: kid.map(Into::into), key, algorithm, issuer: issuer.map(Into::into) })
    }
}

/// The thumbprint of a public key, base64url (RFC 7638): SHA-256 over the required members in their canonical form.
pub(crate) fn thumbprint(jwk: Value<'_>) -> Option<String> {
    let member = |name: &str| jwk.get(name).and_then(Value::as_str);
    let members: &[&str] = match member("kty")? {
        "RSA" => &["e", "kty", "n"],
        "EC" => &["crv", "kty", "x", "y"],
        "OKP" => &["crv", "kty", "x"],
        "AKP" => &["alg", "kty", "pub"],
        _ => return None,
    };
    let mut canonical = String::from("{");
    for (index, name) in members.iter().enumerate() {
        let value = member(name)?;
        // Names of curves and base64url need no escape; anything else is not a key.
        if !value.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_')) {
            return None;
        }
        let comma = if index == 0 { "" } else { "," };
        canonical.push_str(&format!("{comma}\"{name}\":\"{value}\""));
    }
    canonical.push('}');
    Some(base64::encode_url(DigestAlgorithm::Sha256.digest(canonical.as_bytes()).as_ref()))
}

pub(super) fn rsa(jwk: Value<'_>) -> Result<PublicKey, Failure> {
    let (n, e) = (number(jwk, "n")?, number(jwk, "e")?);
    sound(PublicKey::from_rsa_components(&n, &e)?)
}

/// An RSA key of a size and a making that keeps its secret; any other key as it is.
pub(super) fn sound(key: PublicKey) -> Result<PublicKey, Failure> {
    let (KeyKind::Rsa { bits }, Some(n)) = (key.kind(), key.modulus()) else { return Ok(key) };
    let check = match bits {
        0..RSA_BITS_MIN => Some(Check::WeakKey),
        RSA_BITS_MIN..=RSA_BITS_MAX => None,
        _ => Some(Check::KeyTooLarge),
    };
    if let Some(check) = check {
        let reason = Reason::KeySize { bits, least: RSA_BITS_MIN, most: RSA_BITS_MAX };
        return Err(Failure::at(check, "/keys", reason));
    }
    if roca::is_weak(n) {
        return Err(Failure::at(
            Check::WeakKey,
            "/keys",
            Reason::Stated("an RSA modulus with the ROCA fingerprint"),
        ));
    }
    Ok(key)
}

pub(super) fn elliptic(jwk: Value<'_>) -> Result<PublicKey, Failure> {
    let kind = match required(jwk, "crv")? {
        "P-256" => KeyKind::P256,
        "P-384" => KeyKind::P384,
        "P-521" => KeyKind::P521,
        other => return Err(unsupported("crv", other)),
    };
    let (x, y) = (number(jwk, "x")?, number(jwk, "y")?);
    let octets = if kind == KeyKind::P256 {
        32
    } else if kind == KeyKind::P384 {
        48
    } else {
        66
    };
    if x.len() != octets || y.len() != octets {
        // RFC 7518 section 6.2.1.2.
        return Err(malformed("a coordinate whose length in octets is not that of its curve"));
    }
    PublicKey::from_ec_point(kind, &x, &y)
}

fn edwards(jwk: Value<'_>) -> Result<PublicKey, Failure> {
    match required(jwk, "crv")? {
        "Ed25519" => PublicKey::from_ed25519(&number(jwk, "x")?),
        other => Err(unsupported("crv", other)),
    }
}

/// RFC 9964 section 3: `alg` is required and says which kind of key `pub` is.
fn by_algorithm(jwk: Value<'_>, algorithm: Option<Algorithm>) -> Result<PublicKey, Failure> {
    match algorithm.map(Algorithm::signature) {
        Some(SignatureAlgorithm::MlDsa(set)) => PublicKey::from_ml_dsa(set, &number(jwk, "pub")?),
        Some(_) => Err(malformed("an AKP key with the alg of another kind")),
        None => Err(Failure::at(Check::KeyMalformed, "/keys", Reason::Missing { what: "alg" })),
    }
}

/// RFC 7517 sections 4.2 and 4.3: what the key is for, where the set says so.
fn judge_use(jwk: Value<'_>) -> Result<(), Failure> {
    if let Some(found) = optional(jwk, "use")?.filter(|purpose| *purpose != "sig") {
        let expected = vec![Quoted::protocol("sig")];
        let reason = Reason::Mismatch { what: "use", expected, found: vec![Quoted::protocol(found)] };
        return Err(Failure::at(Check::KeyUseForbidden, "/keys", reason));
    }
    let Some(operations) = jwk.get("key_ops").filter(|value| !value.is_null()) else { return Ok(()) };
    let elements = operations.elements().ok_or_else(|| malformed("key_ops that is not an array"))?;
    let mut names = Vec::new();
    for element in elements {
        let name = element.as_str().ok_or_else(|| malformed("key_ops with an entry that is not a string"))?;
        if names.contains(&name) {
            return Err(malformed("key_ops with an operation twice"));
        }
        if names.len() >= KEY_OPERATIONS {
            return Err(malformed("key_ops with more operations than there are"));
        }
        names.push(name);
    }
    if names.contains(&"verify") {
        return Ok(());
    }
    let found = names.iter().map(|name| Quoted::protocol(name)).collect();
    let reason = Reason::Mismatch { what: "key_ops", expected: vec![Quoted::protocol("verify")], found };
    Err(Failure::at(Check::KeyUseForbidden, "/keys", reason))
}

fn is_ml_dsa(algorithm: Algorithm) -> bool {
    matches!(algorithm.signature(), SignatureAlgorithm::MlDsa(_))
}

fn judge_algorithm(jwk: Value<'_>, algorithms: AlgorithmSet) -> Result<Option<Algorithm>, Failure> {
    let Some(name) = optional(jwk, "alg")? else { return Ok(None) };
    match Algorithm::from_name(name) {
        Ok(algorithm) if algorithms.contains(algorithm) => Ok(Some(algorithm)),
        Err(_) if is_encryption_algorithm(name) => {
            let reason = Reason::Found { what: "alg", found: Quoted::protocol(name) };
            Err(Failure::at(Check::KeyUseForbidden, "/keys", reason))
        }
        _ => Err(unsupported("alg", name)),
    }
}

fn is_encryption_algorithm(name: &str) -> bool {
    name.starts_with("RSA-OAEP")
        || name.starts_with("RSA1_5")
        || name.starts_with("ECDH-ES")
        || name.ends_with("KW")
}

/// A member of canonical base64url (RFC 7518 section 2).
fn number(jwk: Value<'_>, name: &'static str) -> Result<Vec<u8>, Failure> {
    base64::decode_url(required(jwk, name)?)
        .filter(|octets| !octets.is_empty())
        .ok_or_else(|| malformed("a number that is not base64url"))
}

pub(super) fn required<'a>(jwk: Value<'a>, name: &'static str) -> Result<&'a str, Failure> {
    optional(jwk, name)?
        .ok_or_else(|| Failure::at(Check::KeyMalformed, "/keys", Reason::Missing { what: name }))
}

pub(super) fn optional<'a>(jwk: Value<'a>, name: &'static str) -> Result<Option<&'a str>, Failure> {
    match jwk.get(name) {
        None => Ok(None),
        Some(value) if value.is_null() => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or_else(|| {
            let (expected, found) = (Quoted::protocol("string"), Quoted::protocol(value.kind().as_str()));
            let reason = Reason::Mismatch { what: name, expected: vec![expected], found: vec![found] };
            Failure::at(Check::KeyMalformed, "/keys", reason)
        }),
    }
}

fn unsupported(what: &'static str, found: &str) -> Failure {
    Failure::at(Check::AlgUnsupported, "/keys", Reason::Found { what, found: Quoted::protocol(found) })
}

/// RFC 7518 sections 6.2.2, 6.3.2 and 6.4; `priv` of RFC 9964 and the ML-DSA registration; `oth` of multi-prime RSA.
const SECRET_MEMBERS: [&str; 10] = ["d", "k", "p", "q", "dp", "dq", "qi", "oth", "priv", "seed"];

/// A member of canonical base64url.
pub(in crate::jose) fn secret_member(
    jwk: Value<'_>,
    name: &'static str,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let octets = base64::decode_url(required(jwk, name)?);
    octets.map(Zeroizing::new).ok_or_else(|| malformed("a member that is not base64url"))
}

pub(in crate::jose) fn malformed(what: &'static str) -> Failure {
    Failure::at(Check::KeyMalformed, "/keys", Reason::Stated(what))
}
