use super::*;
use crate::check::Check;
use crate::error::{Protocol, Reason};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU32;
use std::thread;

fn at(seconds: i64) -> Instant {
    Instant::from_unix(seconds, 0)
}

fn now(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

fn key(id: &str, expires: i64) -> ReplayKey {
    ReplayKey::saml("https://idp.test", id, at(expires))
}

/// The clause of a refusal; empty when there is none.
fn why(verdict: Result<(), Rejection>) -> &'static str {
    let Err(rejection) = verdict else { return "" };
    assert_eq!(rejection.check(), Check::Replay);
    let Reason::Stated(why) = rejection.reason() else { panic!("{:?}", rejection.reason()) };
    why
}

const USED: &str = "the message was used before";
const FULL: &str = "the replay guard is full";
const EXPIRED: &str = "the message has expired";
const SET_BACK: &str = "the clock was set back, and the message may have been used before";

#[test]
fn a_key_is_used_once_until_it_expires_and_the_guard_is_bounded() {
    let guard = InMemoryReplayGuard::new(2);
    assert_eq!(why(guard.first_use(&key("_a", 100), now(0))), "");
    assert_eq!(why(guard.first_use(&key("_a", 100), now(99))), USED);
    assert_eq!(why(guard.first_use(&key("_a", 100), now(100))), EXPIRED);
    assert_eq!(why(guard.first_use(&key("_b", 300), now(99))), "");
    assert_eq!(why(guard.first_use(&key("_c", 300), now(99))), FULL);
    assert_eq!(why(guard.first_use(&key("_b", 300), now(99))), USED, "a full guard still knows what it has");
    // The key that expired lies in some other shard: its place is found.
    assert_eq!(why(guard.first_use(&key("_c", 300), now(100))), "");
    assert_eq!(why(guard.first_use(&key("_d", 300), now(299))), FULL);
    assert_eq!(guard.held(), 2);
    assert_eq!(why(InMemoryReplayGuard::new(0).first_use(&key("_a", 100), now(0))), FULL);
}

#[test]
fn a_clock_that_steps_back_forgives_nothing() {
    let guard = InMemoryReplayGuard::new(100);
    guard.first_use(&key("_a", 100), now(0)).unwrap();
    guard.sweep(at(200));
    assert_eq!(guard.held(), 0);
    assert_eq!(why(guard.first_use(&key("_a", 100), now(50))), SET_BACK);
    assert_eq!(why(guard.first_use(&key("_a", 101), now(50))), "", "a later key was never forgotten");
}

#[test]
fn a_thread_that_panics_with_the_lock_held_leaves_the_guard_usable() {
    let guard = InMemoryReplayGuard::new(100);
    guard.first_use(&key("_a", 100), now(0)).unwrap();
    for shard in &guard.shards {
        let poison = || {
            thread::scope(|scope| {
                let holds = || {
                    let _held = lock(shard);
                    panic!("poison");
                };
                scope.spawn(holds).join()
            })
        };
        assert!(poison().is_err());
        assert!(shard.is_poisoned());
    }
    assert_eq!(why(guard.first_use(&key("_a", 100), now(1))), USED);
    assert_eq!(why(guard.first_use(&key("_b", 100), now(1))), "");
}

#[test]
fn of_many_threads_one_is_the_first() {
    let guard = InMemoryReplayGuard::new(10_000);
    let first = AtomicU32::new(0);
    thread::scope(|scope| {
        for thread in 0..8 {
            let (guard, first) = (&guard, &first);
            scope.spawn(move || {
                // Each thread in another order.
                for index in (0..2_000).map(|index| (index * 7 + thread * 251) % 2_000) {
                    if guard.first_use(&key(&format!("_{index}"), 100), now(i64::from(thread))).is_ok() {
                        first.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!((first.into_inner(), guard.held()), (2_000, 2_000));
    let used = guard.shards.iter().filter(|shard| !lock(shard).seen.is_empty()).count();
    assert_eq!(used, SHARDS, "2,000 keys leave no shard empty");
    guard.sweep(at(100));
    assert_eq!(guard.held(), 0);
}

#[test]
fn many_threads_fill_exactly_the_capacity() {
    let guard = InMemoryReplayGuard::new(777);
    let accepted = AtomicU32::new(0);
    thread::scope(|scope| {
        for thread in 0..8 {
            let (guard, accepted) = (&guard, &accepted);
            scope.spawn(move || {
                for index in 0..500 {
                    match why(guard.first_use(&key(&format!("_{thread}.{index}"), 100), now(0))) {
                        "" => _ = accepted.fetch_add(1, Ordering::Relaxed),
                        other => assert_eq!(other, FULL),
                    }
                }
            });
        }
    });
    assert_eq!((accepted.into_inner(), guard.held()), (777, 777));
}

/// Against the plainest guard there is: a map that never forgets, with a clock that mostly goes forward.
#[test]
fn no_key_is_accepted_twice_whatever_the_order() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    for capacity in [1, 5, 40, 1_000] {
        let guard = InMemoryReplayGuard::new(capacity);
        let mut accepted: BTreeMap<(u64, i64), i64> = BTreeMap::new();
        let (mut clock, mut latest) = (0_i64, 0_i64);
        for _ in 0..20_000 {
            clock += i64::try_from(random(3)).unwrap() - i64::from(random(40) == 0) * 20;
            let (id, expires) = (random(300), (clock / 50 + i64::try_from(random(4)).unwrap()) * 50);
            let live = accepted.iter().filter(|((_, expires), _)| *expires > clock.max(latest)).count();
            latest = latest.max(clock);
            let seen = accepted.contains_key(&(id, expires));
            match why(guard.first_use(&key(&format!("_{id}"), expires), now(clock))) {
                "" => {
                    assert!(!seen && expires > clock && live < capacity);
                    accepted.insert((id, expires), clock);
                }
                EXPIRED => assert!(expires <= clock),
                USED => assert!(accepted.keys().any(|(other, _)| *other == id)),
                SET_BACK => assert!(expires <= latest),
                other => assert!(other == FULL && guard.held() == capacity, "{other}"),
            }
            assert!(guard.held() <= capacity);
        }
        assert!(accepted.len() > 50, "{}", accepted.len());
    }
}

#[test]
fn keys_of_different_kinds_and_parts_differ_and_say_nothing() {
    let keys = [
        ReplayKey::saml("a", "bc", at(0)),
        ReplayKey::saml("ab", "c", at(0)),
        ReplayKey::oidc(&["id", "a", "jti", "bc"], at(0)),
        ReplayKey::oidc(&["logout", "a", "jti", "bc"], at(0)),
        ReplayKey::oidc(&["dpop", "a", "bc"], at(0)),
    ];
    for (index, one) in keys.iter().enumerate() {
        for other in keys.iter().skip(index + 1) {
            assert_ne!(one.as_str(), other.as_str());
            assert_ne!(one.sha256(), other.sha256());
            assert_ne!(one.digest(), other.digest());
        }
        assert_eq!(one.sha256().len(), 64);
        assert!(!format!("{one:?}").contains("bc"));
    }
    let [saml, .., dpop] = &keys;
    assert_eq!((saml.used_before().code().as_str(), dpop.used_before().code().as_str()), ("SA407", "OI122"));
    assert_eq!(dpop.used_before().protocol(), Protocol::Oidc);
}
