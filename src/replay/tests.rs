use super::*;
use crate::check::Check;
use crate::error::{Protocol, Reason};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

fn at(seconds: i64) -> Instant {
    Instant::from_unix(seconds, 0)
}

fn now(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

fn key(id: &str, expires: i64) -> ReplayKey {
    key_of("https://idp.test", id, expires)
}

fn key_of(issuer: &str, id: &str, expires: i64) -> ReplayKey {
    ReplayKey::saml(["saml", issuer], id, at(expires))
}

/// The clause of a refusal; empty when there is none.
fn why(verdict: Result<(), Rejection>) -> &'static str {
    let Err(rejection) = verdict else { return "" };
    assert_eq!(rejection.check(), Check::Replay);
    let Reason::Stated(why) = rejection.reason() else { panic!("{:?}", rejection.reason()) };
    why
}

const USED: &str = "the message was used before";
const FULL: &str = "the replay guard is full for this issuer and kind of message";
const EXPIRED: &str = "the message has expired";
const SET_BACK: &str = "the clock was set back, and the message may have been used before";

#[test]
fn a_key_is_used_once_until_it_expires_and_the_guard_is_bounded() {
    let guard = InMemoryReplayGuard::new(4);
    assert_eq!(why(guard.first_use(&key("_a", 100), now(0))), "");
    assert_eq!(why(guard.first_use(&key("_a", 100), now(99))), USED);
    assert_eq!(why(guard.first_use(&key("_a", 100), now(100))), EXPIRED);
    assert_eq!(why(guard.first_use(&key("_b", 300), now(99))), "");
    assert_eq!(why(guard.first_use(&key("_c", 300), now(99))), FULL, "half of it for one issuer");
    assert_eq!(why(guard.first_use(&key("_b", 300), now(99))), USED, "a full guard still knows what it has");
    assert_eq!(why(guard.first_use(&key("_c", 300), now(100))), "", "the place of the key that expired");
    assert_eq!(why(guard.first_use(&key("_d", 300), now(299))), FULL);
    assert_eq!(guard.held(), 2);
    assert_eq!(why(guard.first_use(&key("_b", 500), now(300))), "", "an identifier that is used anew");
    assert_eq!(why(guard.first_use(&key("_b", 500), now(300))), USED);
    assert_eq!(why(InMemoryReplayGuard::new(0).first_use(&key("_a", 100), now(0))), FULL);
}

/// Whoever fills its share is refused; everybody else is let in.
#[test]
fn no_party_crowds_out_another() {
    for capacity in [3, 100, 50_000] {
        let guard = InMemoryReplayGuard::new(capacity);
        let proof = |n: usize| {
            let thumbprint = format!("key {n}");
            ReplayKey::oidc(&["dpop"], [&thumbprint, "jti"], at(100))
        };
        let fill = |make: &dyn Fn(usize) -> ReplayKey| {
            let verdicts = (0..2 * capacity).map(|n| why(guard.first_use(&make(n), now(0))));
            verdicts.filter(|why| *why != FULL).inspect(|why| assert_eq!(*why, "")).count()
        };
        // One after the other: each a part of what the ones before left, and the last still has room.
        let mut left = capacity;
        let hogs: [&dyn Fn(usize) -> ReplayKey; 3] =
            [&proof, &|n| key_of("https://tenant.test", &format!("_{n}"), 253_402_300_799), &|n| {
                ReplayKey::oidc(&["id", "https://tenant.test"], ["jti", &format!("{n}")], at(100))
            }];
        for make in hogs.iter().take(if capacity == 3 { 1 } else { 3 }) {
            let taken = fill(make);
            assert!(taken.abs_diff(left / 2) <= 16 + left / 50, "{taken} of {left}");
            left -= taken;
        }
        assert_eq!(why(guard.first_use(&key("_other tenant", 100), now(0))), "");
        assert!(guard.held() <= capacity);
        // Kinds are apart as well: logouts of the issuer that filled its share for logins.
        if capacity > 3 {
            let logout = ReplayKey::saml(["saml-logout", "https://tenant.test"], "_1", at(100));
            assert_eq!(why(guard.first_use(&logout, now(0))), "");
        }
        // The proofs have expired, and their places are found.
        assert_eq!(why(guard.first_use(&ReplayKey::oidc(&["dpop"], ["new", "jti"], at(300)), now(100))), "");
    }
}

/// Two customers of one service name the same identity provider, each with a key of its own: neither fills the share of the
/// other, and one with many keys does not fill the guard.
#[test]
fn pinned_keys_of_one_issuer_have_shares() {
    let by = |key: &str, id: &str| self::key(id, 100).vouched_by(Some(key));
    let fill = |guard: &InMemoryReplayGuard, key: &str| {
        (0..200).filter(|n| guard.first_use(&by(key, &format!("_{key}{n}")), now(0)).is_ok()).count()
    };
    let guard = InMemoryReplayGuard::new(3);
    assert_eq!(fill(&guard, "tenant"), 2);
    assert_eq!(why(guard.first_use(&by("other", "_a"), now(0))), "");

    let guard = InMemoryReplayGuard::new(100);
    let taken: usize = (0..32).map(|n| fill(&guard, &format!("key {n}"))).sum();
    assert_eq!(taken, 75, "three quarters, however many keys");
    assert_eq!(why(guard.first_use(&key_of("https://other.test", "_a", 100), now(0))), "");

    // What identifies the message is not who vouched for it; and what it held is given back to whom it was taken from.
    let guard = InMemoryReplayGuard::new(100);
    assert_eq!(why(guard.first_use(&by("a", "_a"), now(0))), "");
    assert_eq!(why(guard.first_use(&by("b", "_a"), now(0))), USED);
    assert_eq!(by("a", "_a"), by("b", "_a"));
    assert_eq!(why(guard.first_use(&self::key("_a", 300).vouched_by(Some("b")), now(200))), "");
    let shard = lock(&guard.shards[0]);
    assert_eq!((shard.seen.len(), shard.by_expiry.len(), shard.held_by.len()), (1, 1, 2));
    assert!(shard.held_by.values().all(|held| *held == 1));
}

/// As many parties as there are at once: each has a place for as long as there are more places than busy parties.
#[test]
fn many_parties_share() {
    let guard = InMemoryReplayGuard::new(1_000);
    let issuer = |n: usize| format!("https://{n}.test");
    for n in 0..500 {
        for id in 0..100 {
            let _ = guard.first_use(&key_of(&issuer(n), &format!("_{id}"), 100), now(0));
        }
    }
    // The first hogs took what the later ones would have shared; all of it comes back when it expires.
    assert!(guard.held() <= 1_000);
    for n in 0..500 {
        assert_eq!(why(guard.first_use(&key_of(&issuer(n), "_new", 300), now(100))), "", "{n}");
    }
    assert!(lock(&guard.shards[0]).held_by.len() <= 1_000, "parties without keys are forgotten");
}

#[test]
fn a_clock_that_steps_back_forgives_nothing() {
    let guard = InMemoryReplayGuard::new(4);
    guard.first_use(&key("_a", 100), now(0)).unwrap();
    guard.first_use(&key("_b", 120), now(0)).unwrap();
    guard.first_use(&key("_c", 300), now(200)).unwrap();
    assert_eq!(guard.held(), 2, "one place was needed, one key forgotten");
    assert_eq!(why(guard.first_use(&key("_a", 100), now(50))), SET_BACK);
    assert_eq!(why(guard.first_use(&key("_b", 120), now(50))), USED);
    assert_eq!(why(guard.first_use(&key("_x", 110), now(50))), FULL, "a later key was never forgotten");
}

/// A clock that was years ahead for a moment, while logins came in: back in time, the guard neither refuses new logins nor lets
/// an old one in again.
#[test]
fn a_clock_that_jumped_ahead_freezes_nothing() {
    let guard = InMemoryReplayGuard::new(100);
    let year = 365 * 86_400;
    guard.first_use(&key("_before", 900), now(0)).unwrap();
    guard.first_use(&key("_ahead", year + 900), now(year)).unwrap();
    guard.first_use(&key("_later", 2 * year + 900), now(2 * year)).unwrap();
    assert_eq!(why(guard.first_use(&key("_before", 900), now(60))), USED);
    assert_eq!(why(guard.first_use(&key("_ahead", year + 900), now(60))), USED);
    for n in 0..40 {
        assert_eq!(why(guard.first_use(&key(&format!("_{n}"), 100), now(60))), "");
    }
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
    assert_eq!((used, guard.used), (9, 9), "2,000 keys leave no shard empty");
}

#[test]
fn many_threads_fill_exactly_the_share() {
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
    assert_eq!((accepted.into_inner(), guard.held()), (389, 389));
    let parts: usize = InMemoryReplayGuard::new(54_321).shards.iter().map(|shard| lock(shard).capacity).sum();
    assert_eq!(parts, 54_321);
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
        for _ in 0..5_000 {
            clock += i64::try_from(random(3)).unwrap() - i64::from(random(40) == 0) * 20;
            let (id, expires) = (random(300), (clock / 50 + i64::try_from(random(4)).unwrap()) * 50);
            let live = accepted.iter().filter(|((_, expires), _)| *expires > clock.max(latest)).count();
            latest = latest.max(clock);
            let seen = accepted.contains_key(&(id, expires));
            match why(guard.first_use(&key(&format!("_{id}"), expires), now(clock))) {
                "" => {
                    assert!(!seen && expires > clock && live <= capacity.div_ceil(2));
                    accepted.insert((id, expires), clock);
                }
                EXPIRED => assert!(expires <= clock),
                USED => assert!(accepted.keys().any(|(other, until)| *other == id && *until > clock)),
                SET_BACK => assert!(expires <= latest),
                other => assert!(other == FULL && guard.held() == capacity.div_ceil(2), "{other}"),
            }
            assert!(guard.held() <= capacity);
        }
        assert!(accepted.len() > 20, "{}", accepted.len());
    }
}

#[test]
fn keys_of_different_kinds_and_parts_differ_and_say_nothing() {
    let keys = [
        ReplayKey::saml(["saml", "a"], "bc", at(0)),
        ReplayKey::saml(["saml", "ab"], "c", at(0)),
        ReplayKey::saml(["saml-logout", "a"], "bc", at(0)),
        ReplayKey::oidc(&["id", "a"], ["jti", "bc"], at(0)),
        ReplayKey::oidc(&["logout", "a"], ["jti", "bc"], at(0)),
        ReplayKey::oidc(&["dpop"], ["a", "bc"], at(0)),
    ];
    for (index, one) in keys.iter().enumerate() {
        for other in keys.iter().skip(index + 1) {
            assert_ne!(one.as_str(), other.as_str());
            assert_ne!(one.sha256(), other.sha256());
            assert_ne!(one.digest(), other.digest());
            assert_ne!(one.party(), other.party());
        }
        assert_eq!(one.sha256().len(), 64);
        assert!(!format!("{one:?}").contains("bc"));
    }
    let [saml, .., dpop] = &keys;
    assert_eq!((saml.party(), dpop.party()), ("4:saml1:a", "4:dpop"));
    assert_eq!((saml.used_before().code().as_str(), dpop.used_before().code().as_str()), ("SA407", "OI122"));
    assert_eq!(dpop.used_before().protocol(), Protocol::Oidc);
}
