//! A replay guard for one process.

use super::{Digest, ReplayGuard, ReplayKey};
use crate::error::Rejection;
use crate::instant::Instant;
use core::fmt;
use core::hash::BuildHasher;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::collections::{BTreeSet, HashSet};
use std::hash::RandomState;
use std::sync::{Mutex, MutexGuard, PoisonError};
use time::OffsetDateTime;

/// A [`ReplayGuard`] for one process: bounded, forgets keys when they expire, refuses when it is full.
///
/// It keeps digests of keys, so that no key is larger than another. A key that has not expired is never forgotten. Threads
/// that use different keys seldom wait for each other, and a thread that panics leaves the guard usable.
///
/// When the clock steps back, keys that were forgotten meanwhile are still refused: a key that ends at or before the last one
/// that was forgotten could be that one.
pub struct InMemoryReplayGuard {
    capacity: usize,
    /// Keys in all shards. It is counted up before a key is put in and down after one is taken out, so never below the truth.
    held: AtomicUsize,
    shards: [Mutex<Shard>; SHARDS],
    /// Which shard a key belongs to: not to be foreseen from outside.
    spread: RandomState,
}

/// 16: more threads than that seldom ask in the same microsecond.
const SHARDS: usize = 16;

#[derive(Default)]
struct Shard {
    seen: HashSet<Digest>,
    by_expiry: BTreeSet<(Instant, Digest)>,
    /// When the last of the forgotten keys ended.
    forgotten: Option<Instant>,
}

impl InMemoryReplayGuard {
    /// A guard for at most `capacity` keys, about 200 bytes each. What it has to hold is the logins of the time that an
    /// assertion is valid, and ten minutes: for SAML mostly fifteen minutes, for ID tokens often more than an hour.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, held: AtomicUsize::new(0), shards: Default::default(), spread: RandomState::new() }
    }

    /// How many keys it holds, expired ones that it has not dropped yet among them.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    fn shard(&self, digest: &Digest) -> &Mutex<Shard> {
        let [.., low] = self.spread.hash_one(digest).to_be_bytes();
        let [first, ..] = &self.shards;
        self.shards.get(usize::from(low) % SHARDS).unwrap_or(first)
    }

    fn remember(&self, key: &ReplayKey, digest: Digest, now: Instant) -> Result<(), Refusal> {
        let mut shard = lock(self.shard(&digest));
        self.release(shard.forget(now));
        if shard.seen.contains(&digest) {
            return Err(Refusal::UsedBefore);
        }
        if shard.forgotten.is_some_and(|last| key.expires() <= last) {
            return Err(Refusal::SetBack);
        }
        if !self.reserve() {
            return Err(Refusal::Full);
        }
        shard.seen.insert(digest);
        shard.by_expiry.insert((key.expires(), digest));
        Ok(())
    }

    /// Takes one of the free places.
    fn reserve(&self) -> bool {
        let one_more = |held: usize| held.checked_add(1).filter(|more| *more <= self.capacity);
        self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok()
    }

    fn release(&self, places: usize) {
        self.held.fetch_sub(places, Ordering::Relaxed);
    }

    /// Drops the expired keys of every shard. No lock may be held.
    fn sweep(&self, now: Instant) {
        for shard in &self.shards {
            self.release(lock(shard).forget(now));
        }
    }
}

enum Refusal {
    UsedBefore,
    SetBack,
    Full,
}

impl ReplayGuard for InMemoryReplayGuard {
    fn first_use(&self, key: &ReplayKey, now: OffsetDateTime) -> Result<(), Rejection> {
        let (now, digest) = (Instant::from(now), key.digest());
        if key.expires() <= now {
            return Err(key.rejected("the message has expired"));
        }
        let mut verdict = self.remember(key, digest, now);
        if matches!(verdict, Err(Refusal::Full)) {
            self.sweep(now);
            verdict = self.remember(key, digest, now);
        }
        verdict.map_err(|refusal| match refusal {
            Refusal::UsedBefore => key.used_before(),
            Refusal::SetBack => {
                key.rejected("the clock was set back, and the message may have been used before")
            }
            Refusal::Full => key.rejected("the replay guard is full"),
        })
    }
}

impl Shard {
    /// Drops the keys that have expired and says how many.
    fn forget(&mut self, now: Instant) -> usize {
        let mut dropped = 0_usize;
        while let Some((expires, digest)) = self.by_expiry.first().copied() {
            if expires > now {
                break;
            }
            self.by_expiry.pop_first();
            self.seen.remove(&digest);
            self.forgotten = self.forgotten.max(Some(expires));
            dropped = dropped.saturating_add(1);
        }
        dropped
    }
}

/// A thread that panicked with the lock held has not left a key half in: nothing between the two inserts can panic.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for InMemoryReplayGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InMemoryReplayGuard({} of {})", self.held(), self.capacity)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
