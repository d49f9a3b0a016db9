//! Replay: what to remember of a message that counts once, for how long, and a guard that does so in memory.
//!
//! SAML assertions, ID tokens, DPoP proofs, client assertions and logout tokens all give a [`ReplayKey`], and one guard serves
//! them all: keys of different kinds are never equal, and each kind and issuer has a share of its own
//! ([`ReplayKey::party`]).

mod memory;

pub use memory::InMemoryReplayGuard;

use crate::check::Check;
use crate::crypto::{DigestAlgorithm, sha256_hex};
use crate::error::{Failure, Protocol, Reason, Rejection};
use crate::instant::Instant;
use core::fmt;
use core::hash::{Hash, Hasher};
use std::sync::Arc;
use time::OffsetDateTime;

/// What identifies a message that may be used once: its kind, its issuer or key, and a signed identifier, never raw octets
/// (defence D10).
#[must_use = "a message that was accepted can be accepted again until its replay key is remembered"]
#[derive(Clone)]
pub struct ReplayKey {
    key: String,
    /// How many bytes of the key name the party.
    party: usize,
    /// The key of that party that vouched, by its fingerprint, where keys are pinned for it.
    vouched_by: Option<String>,
    expires: Instant,
    protocol: Protocol,
}

impl ReplayKey {
    /// The key of a SAML message: kind and issuer, and its ID.
    pub(crate) fn saml(party: [&str; 2], id: &str, expires: Instant) -> Self {
        Self::new(Protocol::Saml, &party, &[id], expires)
    }

    /// The key of a token or proof: its kind and, where somebody vouches for it, its issuer; then what identifies it.
    pub(crate) fn oidc(party: &[&str], identifier: [&str; 2], expires: Instant) -> Self {
        Self::new(Protocol::Oidc, party, &identifier, expires)
    }

    /// No two lists of parts make the same key.
    fn new(protocol: Protocol, party: &[&str], identifier: &[&str], expires: Instant) -> Self {
        let joined = |parts: &[&str]| -> String {
            parts.iter().map(|part| format!("{}:{part}", part.len())).collect()
        };
        let mut key = joined(party);
        let party = key.len();
        key.push_str(&joined(identifier));
        Self { key, party, vouched_by: None, expires, protocol }
    }

    /// The same, vouched for by a pinned key. It is no part of what identifies the message.
    pub(crate) fn vouched_by(self, fingerprint: Option<&str>) -> Self {
        Self { vouched_by: fingerprint.map(str::to_owned), ..self }
    }

    /// Whose messages could fill a guard with such keys: the kind of message and its issuer, the first octets of the key. Of DPoP
    /// proofs, whose keys anybody can make, it is the kind alone. A guard gives each party a share, so that none crowds out
    /// another.
    #[must_use]
    pub fn party(&self) -> &str {
        self.key.get(..self.party).unwrap_or_default()
    }

    /// The key. Compare octets. It holds the issuer and the identifier of the message; a store that others can read gets
    /// [`sha256`](Self::sha256).
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.key
    }

    /// SHA-256 of the key in lower-case hexadecimal: as good as the key for a store, of one length, and says nothing.
    #[must_use]
    pub fn sha256(&self) -> String {
        sha256_hex(self.key.as_bytes())
    }

    /// From this instant on the message is refused as expired: until then it must be remembered. It is the earliest of what the
    /// message says, with the longest leeway that there is, and what the policy that accepted the message still accepts. Whoever
    /// shares a guard between services with different bounds on age has to see that none accepts what another has forgotten.
    #[must_use]
    pub const fn expires(&self) -> Instant {
        self.expires
    }

    /// The rejection of a guard that has the key already.
    #[must_use]
    pub fn used_before(&self) -> Rejection {
        self.rejected("the message was used before")
    }

    /// The rejection of a guard that cannot remember the key; `why` is a clause such as "the replay guard is full".
    #[must_use]
    pub fn rejected(&self, why: &'static str) -> Rejection {
        let at = match self.protocol {
            Protocol::Saml => "/Response/Assertion/@ID",
            _ => "/jti",
        };
        Rejection::new(self.protocol, Failure::at(Check::Replay, at, Reason::Stated(why)))
    }

    fn digest(&self) -> Digest {
        let mut digest = [0; 32];
        digest.copy_from_slice(DigestAlgorithm::Sha256.digest(self.key.as_bytes()).as_ref());
        digest
    }
}

type Digest = [u8; 32];

/// Keys are equal when they are those of one message, whatever policy accepted it and whichever signature was looked at.
impl PartialEq for ReplayKey {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for ReplayKey {}

impl Hash for ReplayKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl fmt::Debug for ReplayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReplayKey({} bytes, {})", self.key.len(), self.expires)
    }
}

/// Remembers replay keys. Implement it over whatever the application's nodes share; `examples/redis_replay` does so over Redis.
pub trait ReplayGuard {
    /// Remembers the key until it expires. To ask and to remember must be one atomic step, and a key that has not expired is
    /// never forgotten to make room.
    ///
    /// # Errors
    /// `Replay`: the key is remembered already ([`ReplayKey::used_before`]), or cannot be ([`ReplayKey::rejected`]).
    fn first_use(&self, key: &ReplayKey, now: OffsetDateTime) -> Result<(), Rejection>;
}

impl<G: ReplayGuard + ?Sized> ReplayGuard for &G {
    fn first_use(&self, key: &ReplayKey, now: OffsetDateTime) -> Result<(), Rejection> {
        (**self).first_use(key, now)
    }
}

impl<G: ReplayGuard + ?Sized> ReplayGuard for Arc<G> {
    fn first_use(&self, key: &ReplayKey, now: OffsetDateTime) -> Result<(), Rejection> {
        (**self).first_use(key, now)
    }
}
