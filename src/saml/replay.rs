//! Replay: what to remember of an assertion, for how long, and a guard that does so in memory.

use crate::check::Check;
use crate::error::{Failure, Protocol, Reason, Rejection};
use crate::instant::Instant;
use core::fmt;
use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use time::OffsetDateTime;

/// What identifies a message that may be used once: issuer and signed identifier, never raw octets (defence D10).
#[must_use = "an assertion that was accepted can be accepted again until its replay key is remembered"]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ReplayKey {
    key: String,
    expires: Instant,
}

impl ReplayKey {
    pub(crate) fn new(issuer: &str, id: &str, expires: Instant) -> Self {
        // The length in front keeps (`a`, `bc`) and (`ab`, `c`) apart.
        Self { key: format!("{}:{issuer}:{id}", issuer.len()), expires }
    }

    /// The key to remember. It holds the issuer and the identifier of the message.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.key
    }

    /// Until when it must be remembered: no leeway lets the message be valid longer.
    #[must_use]
    pub const fn expires(&self) -> Instant {
        self.expires
    }
}

impl fmt::Debug for ReplayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReplayKey({} bytes, {})", self.key.len(), self.expires)
    }
}

/// Remembers replay keys. Implement it over whatever the application's nodes share.
pub trait ReplayGuard {
    /// Remembers the key. To ask and to remember must be one atomic step.
    ///
    /// # Errors
    /// `Replay`: the key is remembered already, or cannot be remembered.
    fn first_use(&self, key: &ReplayKey, now: OffsetDateTime) -> Result<(), Rejection>;
}

/// A [`ReplayGuard`] for one process: bounded, forgets keys when they expire, refuses when it is full.
pub struct InMemoryReplayGuard {
    capacity: usize,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    expiry: HashMap<String, Instant>,
    by_expiry: BTreeMap<Instant, Vec<String>>,
}

impl InMemoryReplayGuard {
    /// A guard for at most `capacity` keys. Ten minutes of logins is what it has to hold: about 200 bytes each.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, seen: Mutex::default() }
    }
}

impl ReplayGuard for InMemoryReplayGuard {
    fn first_use(&self, key: &ReplayKey, now: OffsetDateTime) -> Result<(), Rejection> {
        let now = Instant::from(now);
        let refuse = |what| {
            let failure = Failure::at(Check::Replay, "/Response/Assertion/@ID", Reason::Stated(what));
            Err(Rejection::new(Protocol::Saml, failure))
        };
        // A thread that panicked elsewhere leaves the maps as they are: every change below is one step.
        let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        seen.forget_before(now);
        if seen.expiry.contains_key(key.as_str()) {
            return refuse("the message was used before");
        }
        if seen.expiry.len() >= self.capacity {
            return refuse("the replay guard is full");
        }
        seen.expiry.insert(key.as_str().to_owned(), key.expires());
        seen.by_expiry.entry(key.expires()).or_default().push(key.as_str().to_owned());
        Ok(())
    }
}

impl Seen {
    fn forget_before(&mut self, now: Instant) {
        while let Some(first) = self.by_expiry.first_entry() {
            if *first.key() > now {
                break;
            }
            for key in first.remove() {
                self.expiry.remove(&key);
            }
        }
    }
}

impl fmt::Debug for InMemoryReplayGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InMemoryReplayGuard({})", self.capacity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_used_once_until_it_expires_and_the_guard_is_bounded() {
        let at = |seconds| Instant::from_unix(seconds, 0);
        let now = |seconds: i64| OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        let guard = InMemoryReplayGuard::new(2);
        let key = ReplayKey::new("https://idp.test", "_a", at(100));
        assert!(guard.first_use(&key, now(0)).is_ok());
        assert_eq!(guard.first_use(&key, now(99)).unwrap_err().check(), Check::Replay);
        assert!(guard.first_use(&ReplayKey::new("https://idp.test", "_b", at(300)), now(99)).is_ok());
        let full = guard.first_use(&ReplayKey::new("https://idp.test", "_c", at(300)), now(99)).unwrap_err();
        assert_eq!(full.check(), Check::Replay);
        assert!(guard.first_use(&ReplayKey::new("https://idp.test", "_c", at(300)), now(100)).is_ok());
        assert_ne!(ReplayKey::new("a", "bc", at(0)), ReplayKey::new("ab", "c", at(0)));
    }
}
