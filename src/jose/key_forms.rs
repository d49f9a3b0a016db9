//! Key sets as people have them: a set, one key, a list, a map from key id to certificate, PEM. Tolerant about the form only:
//! every key is judged as in a set.

use super::error::key_error;
use super::jwk;
use super::keyset::KeySet;
use crate::check::Check;
use crate::crypto::{Certificate, PublicKey};
use crate::encoding::armour::{self, Item};
use crate::error::{Error, Failure, Reason};
use crate::json::{Bounds, Document, Value};
use crate::limits::JWKS_BYTES;

impl KeySet {
    /// The keys of a file as people have it, tolerantly: a JWK set, one key, a list of keys, an object of certificates or public
    /// keys in PEM by key id (Firebase), PEM, DER or PKCS#7 with certificates and public keys, in UTF-8 or UTF-16.
    /// [`KeySet::from_jwks`] is strict.
    ///
    /// # Errors
    /// As [`KeySet::from_jwks`]. `JwksMalformed` and, where it is not JSON at all, `JsonMalformed` name what can never be meant: a
    /// discovery document, an HTML page, a private key, a token, nothing at all.
    pub fn from_any_form(octets: &[u8]) -> Result<Self, Error> {
        if octets.len() > JWKS_BYTES {
            return Self::from_jwks(octets);
        }
        let plain = armour::unmarked(octets);
        match (armour::is_der(octets), plain.trim_ascii()) {
            (false, [b'{', ..]) => object(&plain),
            (false, list @ [b'[', ..]) => Self::from_jwks(&[b"{\"keys\":", list, b"}"].concat()),
            (false, [b'e', b'y', b'J', ..]) => {
                Err(key_error(meant("a token; give the key set of its issuer")))
            }
            _ => of_items(octets, None).and_then(Self::from_keys).map_err(key_error),
        }
    }
}

fn object(json: &[u8]) -> Result<KeySet, Error> {
    let text = core::str::from_utf8(json).unwrap_or_default();
    let Ok(document) = Document::parse(text, Bounds::TEXT) else { return KeySet::from_jwks(json) };
    let root = document.root();
    let has = |name: &str| root.get(name).is_some();
    if has("kty") && !has("keys") {
        return KeySet::from_jwks(&[b"{\"keys\":[", json, b"]}"].concat());
    }
    let refused = if has("keys") {
        None
    } else if has("jwks_uri") || has("authorization_endpoint") {
        Some("a discovery document, in which there are no keys; give what its `jwks_uri` answers")
    } else if has("jwks") {
        Some("no key set: the keys stand in its member jwks; give that")
    } else if has("id_token") || has("access_token") {
        Some("a token response; give the key set of the issuer")
    } else if has("private_key") {
        Some("a private key: it must never leave its owner; give the public keys")
    } else {
        None
    };
    if let Some(what) = refused {
        return Err(key_error(meant(what)));
    }
    match map(root) {
        Some(keys) => keys.and_then(KeySet::from_keys).map_err(key_error),
        None => KeySet::from_jwks(json),
    }
}

type Keys = Vec<(Option<String>, PublicKey)>;

/// Google's form: an object of PEM by key id. `None`: it is something else.
fn map(root: Value<'_>) -> Option<Result<Keys, Failure>> {
    let members = root.members()?;
    let pem = |value: Value<'_>| value.as_str().is_some_and(|text| text.contains("-BEGIN "));
    let mut all = Vec::new();
    for (kid, value) in members {
        let text = value.as_str().filter(|_| pem(value))?;
        match of_items(text.as_bytes(), Some(kid)) {
            Ok(keys) => all.extend(keys),
            Err(failure) => return Some(Err(failure)),
        }
    }
    (!all.is_empty()).then_some(Ok(all))
}

fn of_items(octets: &[u8], kid: Option<&str>) -> Result<Keys, Failure> {
    let key = |item| {
        let key = match item {
            Item::Certificate(der) => Certificate::from_der(&der)?.key().clone(),
            Item::PublicKey(der) => PublicKey::from_spki_der(&der)?,
            Item::Other(what @ (armour::EMPTY | armour::UNKNOWN | armour::HTML)) => {
                return Err(Failure::at(Check::JsonMalformed, "", Reason::Stated(what)));
            }
            Item::Other(what) => return Err(meant(what)),
        };
        jwk::sound(key).map(|key| (kid.map(str::to_owned), key))
    };
    armour::items(octets).into_iter().map(key).collect()
}

fn meant(what: &'static str) -> Failure {
    Failure::at(Check::JwksMalformed, "", Reason::Stated(what))
}
