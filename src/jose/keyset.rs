//! A JWK set, parsed once: keys that can verify, and for every other key the reason why not.

use super::algorithm::{Algorithm, AlgorithmSet};
use super::error::key_error;
use super::jwk::{Jwk, refuse_secrets};
use crate::check::Check;
use crate::crypto::{KeyKind, PublicKey};
use crate::error::{Error, Failure, Quoted, Reason};
use crate::json::{Bounds, Document, Kind, Value};
use crate::limits::{JWKS_BYTES, JWKS_KEYS, KEYS_TRIED};
use core::fmt;

/// The verification keys of one party. Never empty.
#[derive(Clone)]
pub struct KeySet {
    keys: Vec<Jwk>,
    skipped: Vec<SkippedKey>,
}

/// A key of a set that cannot verify signatures here, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedKey {
    /// Its place in the set, from 0.
    pub index: usize,
    /// Its key id.
    pub kid: Option<String>,
    /// Why it is not used.
    pub failure: Failure,
}

/// What happens when several keys fit a token (RFC 7517 section 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeySelection {
    /// Refuse: `KeyAmbiguous`. The default.
    ExactlyOne,
    /// Try each, up to 8.
    TryAll,
}

impl KeySelection {
    /// `KeyAmbiguous`: more keys fit than may be tried.
    pub(super) fn judge(self, several: usize) -> Result<(), Failure> {
        let limit = if self == Self::TryAll { KEYS_TRIED } else { 1 };
        if several <= limit {
            return Ok(());
        }
        let reason = Reason::Limit { limit, unit: "fitting keys", found: Some(several) };
        Err(Failure::at(Check::KeyAmbiguous, "/header/kid", reason))
    }
}

impl SkippedKey {
    pub(super) fn new(index: usize, jwk: Value<'_>, failure: Failure) -> Self {
        let kid = jwk.get("kid").and_then(Value::as_str).map(str::to_owned);
        Self { index, kid, failure }
    }
}

impl KeySet {
    /// Reads a JWK set (RFC 7517 section 5). Keys that cannot verify are skipped and listed by [`KeySet::skipped`].
    ///
    /// # Errors
    /// `LimitInputSize`, `InvalidUtf8`, `JsonMalformed`, `DuplicateMember`, `JwksMalformed`, `LimitKeys`: not such a set.
    /// `KeyPrivateMaterial`: a secret stands in it, so the whole set is refused. `NoTrustedKey`: no key is left; when all
    /// were skipped for one and the same reason, that reason (`WeakKey`, `KeyMalformed`, `KeyUseForbidden`, ..).
    pub fn from_jwks(jwks: &[u8]) -> Result<Self, Error> {
        Self::read(jwks, AlgorithmSet::DEFAULT).map_err(key_error)
    }

    /// As [`KeySet::from_jwks`], with keys of these algorithms as well: those of feature `aws-lc`, which are skipped there.
    /// The provider has to name them, too.
    ///
    /// # Errors
    /// As [`KeySet::from_jwks`].
    #[cfg(feature = "aws-lc")]
    pub fn from_jwks_with(jwks: &[u8], named: &[Algorithm]) -> Result<Self, Error> {
        Self::read(jwks, AlgorithmSet::DEFAULT.union(AlgorithmSet::of(named))).map_err(key_error)
    }

    fn read(jwks: &[u8], algorithms: AlgorithmSet) -> Result<Self, Failure> {
        let mut set = Self { keys: Vec::new(), skipped: Vec::new() };
        read_jwks(jwks, |index, jwk| {
            refuse_secrets(jwk)?;
            match Jwk::read(jwk, algorithms) {
                Ok(key) => set.keys.push(key),
                Err(failure) => set.skipped.push(SkippedKey::new(index, jwk, failure)),
            }
            Ok(())
        })?;
        if set.keys.is_empty() { Err(no_key(&set.skipped)) } else { Ok(set) }
    }

    /// Keys that were pinned by hand, each with its key id if it has one. A key without key id fits any.
    ///
    /// # Errors
    /// `NoTrustedKey`: there is none. `LimitKeys`: more than 256.
    pub fn from_keys(keys: impl IntoIterator<Item = (Option<String>, PublicKey)>) -> Result<Self, Failure> {
        let jwk = |(kid, key): (Option<String>, PublicKey)| Jwk {
            kid: kid.map(Into::into),
            key,
            algorithm: None,
            issuer: None,
        };
        let set = Self { keys: keys.into_iter().map(jwk).collect(), skipped: Vec::new() };
        judge_count(set.keys.len(), &[]).map(|()| set)
    }

    /// How many keys can verify: at least one.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.keys.len()
    }

    /// The key ids of the keys that can verify.
    pub fn kids(&self) -> impl Iterator<Item = Option<&str>> {
        self.keys.iter().map(|key| key.kid.as_deref())
    }

    /// The keys that were skipped, with the reason for each.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// The keys that a token of this algorithm and key id may be verified with.
    pub(crate) fn scope<'s>(
        &'s self,
        algorithm: Algorithm,
        kid: Option<&'s str>,
    ) -> Result<Scope<'s>, Failure> {
        let named = kid.filter(|kid| self.names(kid));
        if let (Some(kid), None) = (kid, named) {
            if let Some(skipped) = self.skipped.iter().find(|skipped| skipped.kid.as_deref() == Some(kid)) {
                return Err(skipped.failure.clone());
            }
            if self.keys.iter().all(|key| key.kid.is_some()) {
                return Err(unknown_kid(kid));
            }
        }
        Ok(Scope { keys: &self.keys, algorithm, any: kid.is_none(), named })
    }

    /// Key id, kind and the one algorithm of each key that can verify, in the order of the indices of [`Self::select`].
    pub(crate) fn described(&self) -> impl Iterator<Item = (Option<&str>, KeyKind, Option<Algorithm>)> {
        self.keys.iter().map(|key| (key.kid.as_deref(), key.key.kind(), key.algorithm))
    }

    /// True when a key has this key id.
    pub(crate) fn names(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.kid.as_deref() == Some(kid))
    }
}

/// Keys of a set that a token may be verified with, by what its header says.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'s> {
    keys: &'s [Jwk],
    algorithm: Algorithm,
    /// The token names no key.
    any: bool,
    /// The key id that the token names, if a key has it; else those that have none are meant.
    named: Option<&'s str>,
}

impl<'s> Scope<'s> {
    fn has(self, key: &Jwk) -> bool {
        self.any || key.kid.as_deref() == self.named
    }

    fn fitting(self) -> impl Iterator<Item = (usize, &'s Jwk)> {
        let fits = move |key: &Jwk| {
            self.algorithm.fits(key.key.kind())
                && key.algorithm.is_none_or(|bound| self.algorithm.is_allowed_by(bound))
        };
        self.keys.iter().enumerate().filter(move |(_, key)| self.has(key) && fits(key))
    }

    /// What fits, each with its index: at least one, at most 8. One key is one, whatever its key ids (RFC 7638).
    pub(crate) fn select(
        self,
        selection: KeySelection,
    ) -> Result<impl Iterator<Item = (usize, &'s PublicKey)>, Failure> {
        let is_first = move |(index, key): &(usize, &'s Jwk)| {
            !self.fitting().take_while(|(earlier, _)| earlier < index).any(|(_, other)| other.key == key.key)
        };
        match self.fitting().filter(is_first).count() {
            0 => {
                let expected = |key: &Jwk| match key.algorithm {
                    Some(bound) => Quoted::protocol(bound.name()),
                    None => Quoted::protocol(&key.key.kind().to_string()),
                };
                let expected =
                    self.keys.iter().filter(|key| self.has(key)).take(KEYS_TRIED).map(expected).collect();
                let found = vec![Quoted::protocol(self.algorithm.name())];
                let reason = Reason::Mismatch { what: "alg", expected, found };
                return Err(Failure::at(Check::AlgKeyMismatch, "/header/alg", reason));
            }
            several => selection.judge(several)?,
        }
        Ok(self.fitting().filter(is_first).map(|(index, key)| (index, &key.key)))
    }

    /// For which issuers the set says that a key of it is, under whichever of its entries fits; empty: it does not say.
    pub(crate) fn issuers_of(self, key: &PublicKey) -> Vec<Box<str>> {
        let entries = || self.fitting().filter(|(_, entry)| entry.key == *key);
        if entries().any(|(_, entry)| entry.issuer.is_none()) {
            return Vec::new();
        }
        entries().filter_map(|(_, entry)| entry.issuer.clone()).collect()
    }
}

/// Reads the JSON of a key or a set of keys; `LimitInputSize`, `InvalidUtf8` and the checks of JSON.
pub(super) fn read_json<T>(
    json: &[u8],
    read: impl FnOnce(Value<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    if json.len() > JWKS_BYTES {
        let reason = Reason::Limit { limit: JWKS_BYTES, unit: "bytes", found: Some(json.len()) };
        return Err(Failure::at(Check::LimitInputSize, "", reason));
    }
    let text = core::str::from_utf8(json)
        .map_err(|_| Failure::at(Check::InvalidUtf8, "", Reason::Stated("octets that are not UTF-8")))?;
    read(Document::parse(text, Bounds::TEXT)?.root())
}

/// Hands over each key of a JWK set; `JwksMalformed`, `LimitKeys`.
pub(super) fn read_jwks(
    jwks: &[u8],
    key: impl FnMut(usize, Value<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    read_json(jwks, |root| each_key(root, key))
}

fn each_key(
    root: Value<'_>,
    mut key: impl FnMut(usize, Value<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let keys = root.get("keys").and_then(Value::elements);
    for (index, jwk) in keys.ok_or_else(|| shape("no keys array"))?.enumerate() {
        if index >= JWKS_KEYS {
            let reason = Reason::Limit { limit: JWKS_KEYS, unit: "keys", found: None };
            return Err(Failure::at(Check::LimitKeys, "/keys", reason));
        }
        // What could hold a secret and cannot be looked into is no set.
        if matches!(jwk.kind(), Kind::String | Kind::Array) {
            return Err(shape("a key that is not an object"));
        }
        key(index, jwk)?;
    }
    Ok(())
}

/// `NoTrustedKey`, or what every skipped key suffers from; `LimitKeys`.
pub(super) fn judge_count(keys: usize, skipped: &[SkippedKey]) -> Result<(), Failure> {
    if keys > JWKS_KEYS {
        let reason = Reason::Limit { limit: JWKS_KEYS, unit: "keys", found: Some(keys) };
        return Err(Failure::at(Check::LimitKeys, "/keys", reason));
    }
    if keys == 0 { Err(no_key(skipped)) } else { Ok(()) }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySet({} keys, {} skipped)", self.keys.len(), self.skipped.len())
    }
}

pub(crate) fn unknown_kid(kid: &str) -> Failure {
    let reason = Reason::Found { what: "kid", found: Quoted::tenant(kid) };
    Failure::at(Check::KeyNotFound, "/header/kid", reason)
}

fn shape(what: &'static str) -> Failure {
    Failure::at(Check::JwksMalformed, "/keys", Reason::Stated(what))
}

/// Nothing to trust. When every key has the same fault, that fault is the better answer.
fn no_key(skipped: &[SkippedKey]) -> Failure {
    let mut failures = skipped.iter().map(|skipped| &skipped.failure);
    if let Some(first) = failures.next() {
        let speaks = matches!(
            first.check,
            Check::KeyMalformed
                | Check::WeakKey
                | Check::KeyTooLarge
                | Check::KeyUseForbidden
                | Check::AlgKeyMismatch
        );
        // An algorithm that a feature computes, or none: the report says so.
        let speaks = speaks
            || (first.check == Check::AlgUnsupported
                && matches!(first.reason, Reason::Found { what: "alg", .. }));
        if speaks && failures.all(|failure| failure.check == first.check) {
            return first.clone();
        }
    }
    let reason = match skipped {
        [] => Reason::Stated("a key set without a key trusts nobody"),
        _ => {
            Reason::Several(skipped.iter().take(KEYS_TRIED).map(|skipped| skipped.failure.clone()).collect())
        }
    };
    Failure::at(Check::NoTrustedKey, "/keys", reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::KEY_OPERATIONS;

    /// A set of 1 MiB may name a hundred thousand operations; no more are compared than a key can have.
    #[test]
    fn operations_of_a_key_are_bounded() {
        let read = |count: usize| {
            let others: String = (1..count).map(|n| format!("\"o{n}\",")).collect();
            let key = r#""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#;
            let set = format!("{{\"keys\":[{{{key},\"key_ops\":[{others}\"verify\"]}}]}}");
            KeySet::from_jwks(set.as_bytes()).map(|set| set.count()).map_err(|error| error.check())
        };
        assert_eq!(read(1), Ok(1));
        assert_eq!(read(KEY_OPERATIONS), Ok(1));
        assert_eq!(read(KEY_OPERATIONS + 1), Err(Check::KeyMalformed));
        assert_eq!(read(90_000), Err(Check::KeyMalformed));
    }
}
