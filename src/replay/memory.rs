//! A replay guard for one process.

use super::{Digest, ReplayGuard, ReplayKey};
use crate::error::Rejection;
use crate::instant::Instant;
use core::array;
use core::fmt;
use core::hash::BuildHasher;
use std::collections::{BTreeSet, HashMap};
use std::hash::RandomState;
use std::sync::{Mutex, MutexGuard, PoisonError};
use time::OffsetDateTime;

/// A [`ReplayGuard`] for one process: bounded, fair between parties, refuses whoever has used up its share.
///
/// A [party](ReplayKey::party) may hold as many keys as there are free places, so that no party takes the last place of
/// another: alone it gets half of the capacity, as one of four busy ones a fifth. Who exceeds that is refused; the others are
/// not. Where two identity providers have one entityID and different pinned keys, each has its share, and both together at
/// most three quarters. A key that has not expired is never forgotten. One that has expired is forgotten when its place is needed, the oldest
/// first, so that a clock that jumps ahead and comes back has made the guard forget as little as possible.
///
/// It keeps digests of keys, so that no key is larger than another. Threads that use different keys seldom wait for each
/// other, and a thread that panics leaves the guard usable.
pub struct InMemoryReplayGuard {
    capacity: usize,
    /// Each is a guard of its own for its part of the keys.
    shards: [Mutex<Shard>; SHARDS],
    /// How many of them there are keys for: 1 to [`SHARDS`].
    used: usize,
    /// Which shard a key belongs to, and the names of parties: not to be foreseen from outside.
    spread: RandomState,
}

/// 16: more threads than that seldom ask in the same microsecond.
const SHARDS: usize = 16;

/// 1,024: in larger shards the keys spread evenly enough for a share of a shard to be that share of the guard.
const SHARD_KEYS: usize = 1024;

struct Shard {
    capacity: usize,
    /// When each key expires, and whose it is.
    seen: HashMap<Digest, (Instant, Parties)>,
    by_expiry: BTreeSet<Entry>,
    /// How many keys each party holds, and each party with one of its keys. Nobody is in it with none.
    held_by: HashMap<u64, usize>,
    /// When the last of the forgotten keys expired.
    forgotten: Option<Instant>,
}

/// The keyed hashes of a party, and of the party with the key that vouched. Two with the same one would share a share.
type Parties = [u64; 2];

/// How many keys each of these may hold, in free places. A party with many keys gets more than one with one, not all.
const SHARES: [usize; 2] = [3, 1];

type Entry = (Instant, Digest, Parties);

impl InMemoryReplayGuard {
    /// A guard for at most `capacity` keys, about 200 bytes each. One party gets half of it at most, so it should be twice the
    /// logins of the busiest issuer in the time that a message is valid, and ten minutes: for SAML mostly fifteen minutes, for
    /// ID tokens often more than an hour.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let used = (capacity / SHARD_KEYS).clamp(1, SHARDS);
        // The parts add up to the capacity.
        let part = |index| capacity.saturating_add(index).checked_div(used).unwrap_or(0);
        let shards = array::from_fn(|index| Mutex::new(Shard::new(part(index))));
        Self { capacity, shards, used, spread: RandomState::new() }
    }

    /// How many keys it holds, expired ones whose places nobody has needed yet among them.
    #[must_use]
    pub fn held(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).seen.len()).sum()
    }

    fn shard(&self, digest: &Digest) -> &Mutex<Shard> {
        let [.., low] = self.spread.hash_one(digest).to_be_bytes();
        let [first, ..] = &self.shards;
        usize::from(low).checked_rem(self.used).and_then(|index| self.shards.get(index)).unwrap_or(first)
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
        let party = key.party();
        let parties = [self.spread.hash_one(party), self.spread.hash_one((party, &key.vouched_by))];
        if key.expires() <= now {
            return Err(key.rejected("the message has expired"));
        }
        let verdict = lock(self.shard(&digest)).remember((key.expires(), digest, parties), now);
        verdict.map_err(|refusal| match refusal {
            Refusal::UsedBefore => key.used_before(),
            Refusal::SetBack => {
                key.rejected("the clock was set back, and the message may have been used before")
            }
            Refusal::Full => key.rejected("the replay guard is full for this issuer and kind of message"),
        })
    }
}

impl Shard {
    fn new(capacity: usize) -> Self {
        Self {
            capacity,
            seen: HashMap::new(),
            by_expiry: BTreeSet::new(),
            held_by: HashMap::new(),
            forgotten: None,
        }
    }

    fn remember(&mut self, entry: Entry, now: Instant) -> Result<(), Refusal> {
        let (expires, digest, parties) = entry;
        if let Some((until, held_by)) = self.seen.get(&digest).copied() {
            if until > now {
                return Err(Refusal::UsedBefore);
            }
            // The identifier is used anew, by a message that is valid when the first one no longer is.
            self.drop((until, digest, held_by));
        }
        // A key that expires no later than one that was forgotten could be that one. The clock never says so while it goes
        // forward: what was forgotten expired before now.
        if self.forgotten.is_some_and(|last| expires <= last) {
            return Err(Refusal::SetBack);
        }
        // Each turn drops a key that was put in once, so that the turns of all calls are no more than the keys.
        while !self.has_room(parties) {
            let oldest = self.by_expiry.first().copied().filter(|(expired, ..)| *expired <= now);
            self.drop(oldest.ok_or(Refusal::Full)?);
        }
        self.seen.insert(digest, (expires, parties));
        self.by_expiry.insert(entry);
        for party in parties {
            let held = self.held_by.entry(party).or_default();
            *held = held.saturating_add(1);
        }
        Ok(())
    }

    fn has_room(&self, parties: Parties) -> bool {
        let free = self.capacity.saturating_sub(self.seen.len());
        let held = |party| self.held_by.get(&party).copied().unwrap_or(0);
        parties.iter().zip(SHARES).all(|(party, share)| held(*party) < free.saturating_mul(share))
    }

    fn drop(&mut self, entry: Entry) {
        let (expired, digest, parties) = entry;
        self.by_expiry.remove(&entry);
        self.seen.remove(&digest);
        self.forgotten = self.forgotten.max(Some(expired));
        for party in parties {
            if let Some(held) = self.held_by.get_mut(&party) {
                *held = held.saturating_sub(1);
                if *held == 0 {
                    self.held_by.remove(&party);
                }
            }
        }
    }
}

/// A thread that panicked with the lock held has not left a key half in: nothing between the inserts can panic.
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
