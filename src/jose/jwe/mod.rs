//! Encrypted tokens in their compact form (RFC 7516): from the outer token to the signed token inside, and not further. That
//! something decrypts proves nothing about who made it, since anybody can encrypt to a public key; so all that comes out is a
//! token for the entry point of its kind.
//!
//! ```
//! use bonafide::error::Error;
//! use bonafide::jose::{ContentEncryptionAlgorithm, DecryptionKey, DecryptionKeys, KeyManagementAlgorithm};
//! use bonafide::oidc::{self, IdToken, Policy, TrustedProvider};
//! use bonafide::Validated;
//! use time::OffsetDateTime;
//!
//! fn login(
//!     id_token: &str, keys: &DecryptionKeys, provider: &TrustedProvider, policy: &Policy, now: OffsetDateTime,
//! ) -> Result<Validated<IdToken>, Error> {
//!     let decrypted = keys.decrypt(id_token)?;
//!     oidc::verify(decrypted.token(), provider, policy, now)
//! }
//!
//! let key = DecryptionKey::client_secret(b"a secret that nobody guesses, of 32 octets or more")?;
//! let keys = DecryptionKeys::new([key], &[(KeyManagementAlgorithm::Dir, ContentEncryptionAlgorithm::A256Gcm)])?;
//! assert_eq!(keys.decrypt("a.b.c").unwrap_err().check().name(), "JweShape");
//! # Ok::<(), bonafide::error::Failure>(())
//! ```

mod algorithm;
mod compact;
#[cfg(all(test, feature = "decryption"))]
mod conformance;
mod content;
mod header;
mod key;
#[cfg(feature = "decryption")]
mod managed;

pub use algorithm::{ContentEncryptionAlgorithm, KeyManagementAlgorithm};
pub use key::DecryptionKey;

use super::compact::Compact;
use super::error::{key_error, to_error};
use super::keyset::{KeySelection, SkippedKey, judge_count, read_jwks, unknown_kid};
use crate::check::Check;
use crate::error::{Error, Failure, Reason};
use crate::json::{Bounds, Document};
use algorithm::Accepted;
use compact::{Segments, shape};
use core::fmt;
use header::Header;

/// The keys that tokens for this client are encrypted to, and the algorithms that were agreed on with the provider: nothing
/// else is decrypted. Keys of one provider's registration; for another provider, others.
///
/// A token that names a key id is decrypted with the keys of that id, else with those that have none; a token that names none
/// with each key that fits, up to 8. Several keys serve a change of keys.
#[derive(Clone)]
pub struct DecryptionKeys {
    keys: Vec<DecryptionKey>,
    skipped: Vec<SkippedKey>,
    accepted: Accepted,
}

/// A signed token that was inside an encrypted one. It proves nothing until an entry point has verified it.
#[derive(Clone)]
pub struct Decrypted {
    token: String,
    kid: Option<Box<str>>,
    place: usize,
    algorithms: (KeyManagementAlgorithm, ContentEncryptionAlgorithm),
}

impl DecryptionKeys {
    /// These keys, for tokens that use one of these pairs of algorithms, as registered (`id_token_encrypted_response_alg` and
    /// `.._enc` of OIDC Registration, and the like for UserInfo, JARM and introspection). Where only the first is registered, the
    /// second is `A128CBC-HS256`.
    ///
    /// # Errors
    /// `NoTrustedKey`: there is no key. `LimitKeys`: more than 256. `ConfigurationInvalid`: no pair is named.
    /// `AlgUnsupported`: a pair that this build cannot compute.
    pub fn new(
        keys: impl IntoIterator<Item = DecryptionKey>,
        accepted: &[(KeyManagementAlgorithm, ContentEncryptionAlgorithm)],
    ) -> Result<Self, Failure> {
        Self::with_skipped(keys.into_iter().collect(), Vec::new(), accepted)
    }

    /// The private and symmetric keys of a JWK set (RFC 7517 section 5). Keys for something else are skipped
    /// and listed by [`DecryptionKeys::skipped`].
    ///
    /// # Errors
    /// As [`KeySet::from_jwks`](super::KeySet::from_jwks) and [`DecryptionKeys::new`]; a private key is what is wanted here.
    pub fn from_jwks(
        jwks: &[u8],
        accepted: &[(KeyManagementAlgorithm, ContentEncryptionAlgorithm)],
    ) -> Result<Self, Error> {
        let read = || {
            let (mut keys, mut skipped) = (Vec::new(), Vec::new());
            read_jwks(jwks, |index, jwk| {
                match DecryptionKey::read(jwk) {
                    Ok(key) => keys.push(key),
                    Err(failure) => skipped.push(SkippedKey::new(index, jwk, failure)),
                }
                Ok(())
            })?;
            Self::with_skipped(keys, skipped, accepted)
        };
        read().map_err(key_error)
    }

    fn with_skipped(
        keys: Vec<DecryptionKey>,
        skipped: Vec<SkippedKey>,
        accepted: &[(KeyManagementAlgorithm, ContentEncryptionAlgorithm)],
    ) -> Result<Self, Failure> {
        judge_count(keys.len(), &skipped)?;
        if accepted.is_empty() {
            let reason = Reason::Missing { what: "alg and enc" };
            return Err(Failure::at(Check::ConfigurationInvalid, "", reason));
        }
        if accepted.iter().any(|(alg, enc)| !alg.is_supported() || !enc.is_supported()) {
            let reason = Reason::Stated("an algorithm that needs the feature `decryption`");
            return Err(Failure::at(Check::AlgUnsupported, "", reason));
        }
        Ok(Self { keys, skipped, accepted: Accepted::new(accepted) })
    }

    /// These keys and pairs, then the other ones.
    ///
    /// # Errors
    /// `LimitKeys`: more than 256 together.
    pub fn and(mut self, other: Self) -> Result<Self, Failure> {
        self.keys.extend(other.keys);
        self.skipped.extend(other.skipped);
        self.accepted.extend(other.accepted);
        judge_count(self.keys.len(), &self.skipped)?;
        Ok(self)
    }

    /// How many keys there are: at least one.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.keys.len()
    }

    /// The keys that were skipped, with the reason for each.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// Decrypts a token. What comes out is a signed token, to be verified by the entry point of its kind.
    ///
    /// # Errors
    /// Public facts about the token: `TokenTooLarge`, `TokenFormat`, `SegmentBase64`, `LimitHeader`, `InvalidUtf8`, `JsonMalformed`,
    /// `DuplicateMember`, `HeaderNotObject`, `HeaderType`, `CritInvalid`, `CritUnsupported`; `JweShape`: it is not encrypted, or a part
    /// has not the length that its algorithm wants, or the sender's key is not on the curve; `AlgMissing`, `JweAlgForbidden`,
    /// `JweEncForbidden`: policy does not name the pair; `JweZipForbidden`: it is compressed; `KeyAmbiguous`: it names no key, and
    /// more than 8 fit.
    /// `JweDecryptFailed`: no key decrypts it. Whether it was the key, the padding or the tag is not told, neither in words nor in
    /// time. `JweContentNotSigned`: it decrypts to something else than a signed token.
    pub fn decrypt(&self, token: &str) -> Result<Decrypted, Error> {
        self.open(token).map_err(to_error)
    }

    pub(crate) fn open(&self, token: &str) -> Result<Decrypted, Failure> {
        let (plaintext, decrypted) = self.plaintext(token)?;
        Ok(Decrypted { token: signed_token(plaintext)?, ..decrypted })
    }

    /// What a token decrypts to, whatever it is.
    fn plaintext(&self, token: &str) -> Result<(Vec<u8>, Decrypted), Failure> {
        let segments = Segments::split(token)?;
        let text = core::str::from_utf8(&segments.header).map_err(|_| {
            Failure::at(Check::InvalidUtf8, "/header", Reason::Stated("a header that is not UTF-8"))
        })?;
        let document = Document::parse(text, Bounds::HEADER)?;
        let header = Header::read(&document, &self.accepted)?;
        judge_lengths(&segments, &header)?;
        let mut opened = None;
        // Always all of them, so that the time does not tell which one it was.
        for (place, key) in self.select(&header)? {
            let plaintext = content::open(key, &header, &segments)?;
            if let (Some(plaintext), None) = (plaintext, &opened) {
                opened = Some((place, key, plaintext));
            }
        }
        let (place, key, plaintext) = opened.ok_or_else(failed)?;
        let (kid, algorithms) = (key.kid.clone(), (header.alg, header.enc));
        Ok((plaintext, Decrypted { token: String::new(), kid, place, algorithms }))
    }

    /// The keys to try: at least one, at most 8.
    fn select(&self, header: &Header<'_>) -> Result<Vec<(usize, &DecryptionKey)>, Failure> {
        let named = |key: &DecryptionKey| key.kid.as_deref() == header.kid;
        let is_named = header.kid.is_some() && self.keys.iter().any(named);
        let in_scope = |key: &DecryptionKey| match header.kid {
            None => true,
            Some(_) if is_named => named(key),
            Some(_) => key.kid.is_none(),
        };
        let keys = self.keys.iter().enumerate().filter(|(_, key)| in_scope(key) && key.fits(header));
        let curve = header.agreement.as_ref().map(|agreement| agreement.curve);
        let (keys, on_other_curves): (Vec<_>, Vec<_>) = keys.partition(|(_, key)| key.is_on(curve));
        match (keys.len(), header.kid) {
            (0, _) if !on_other_curves.is_empty() => {
                Err(shape("/header/epk", "an epk on another curve than the key"))
            }
            (0, Some(kid)) if !is_named => {
                Err(Failure { check: Check::JweDecryptFailed, ..unknown_kid(kid) })
            }
            (0, _) => {
                let reason = Reason::Stated("no key for this algorithm");
                Err(Failure::at(Check::JweDecryptFailed, "/header/alg", reason))
            }
            (several, _) => KeySelection::TryAll.judge(several).map(|()| keys),
        }
    }
}

/// RFC 7516 section 5.2 and RFC 7518: what the algorithms say about lengths, all public.
fn judge_lengths(segments: &Segments<'_>, header: &Header<'_>) -> Result<(), Failure> {
    match (header.alg.is_direct(), segments.encrypted_key.len()) {
        (true, 1..) => return Err(shape("/encrypted_key", "an encrypted key where the key is agreed on")),
        (false, 0) => return Err(shape("/encrypted_key", "no encrypted key")),
        (false, octets)
            if header.alg.oaep_digest().is_none() && octets != header.enc.key_octets().saturating_add(8) =>
        {
            return Err(shape("/encrypted_key", "an encrypted key of another length than wrapping makes"));
        }
        _ => {}
    }
    if segments.iv.len() == header.enc.iv_octets() {
        return Ok(());
    }
    Err(shape("/iv", "an initialisation vector of another length than the algorithm wants"))
}

/// Defence D13: only a signed token in compact form goes on. Claims that nobody signed, another encrypted token and the JSON
/// serialisations do not.
fn signed_token(plaintext: Vec<u8>) -> Result<String, Failure> {
    let not_signed = |what| Failure::at(Check::JweContentNotSigned, "/plaintext", Reason::Stated(what));
    let token = String::from_utf8(plaintext).map_err(|_| not_signed("a content that is no token"))?;
    match Compact::split(&token) {
        Ok(_) => Ok(token),
        Err(failure) if failure.check == Check::JweUnsupported => {
            Err(not_signed("another encrypted token inside the encrypted one"))
        }
        Err(_) => Err(not_signed("a content that is no signed token")),
    }
}

/// The one answer to everything that depends on a key.
fn failed() -> Failure {
    Failure::at(Check::JweDecryptFailed, "", Reason::Stated("a token that no configured key decrypts"))
}

impl Decrypted {
    /// The signed token, for the entry point of its kind: [`oidc::verify`](../../oidc/fn.verify.html) and the like.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The key id of the key that decrypted it.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Which of the keys decrypted it, from 0 in the order of configuration, skipped keys not counted.
    #[must_use]
    pub const fn place(&self) -> usize {
        self.place
    }

    /// How it was encrypted.
    #[must_use]
    pub const fn algorithms(&self) -> (KeyManagementAlgorithm, ContentEncryptionAlgorithm) {
        self.algorithms
    }
}

impl fmt::Debug for DecryptionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecryptionKeys({} keys, {} skipped)", self.keys.len(), self.skipped.len())
    }
}

impl fmt::Debug for Decrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decrypted({} bytes)", self.token.len())
    }
}
