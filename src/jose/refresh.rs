//! When may the key set be fetched again? A pure state machine: the caller fetches, passes `now` and asks.
//!
//! Anybody can send tokens with made-up key ids. So an unknown key id permits a fetch only once per minimum interval, and the
//! same key id only once per cool-down.
//!
//! The clock may have run ahead and been set right since: what is remembered of a time that is still to come counts as now.

use crate::instant::Instant;
use time::{Duration, OffsetDateTime};

/// What to do about the keys now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Advice {
    /// Fetch the set, then call [`RefreshAdvice::fetched`] or [`RefreshAdvice::failed`].
    Fetch,
    /// Do not fetch: what is there is fresh.
    Keep,
    /// Do not fetch before this instant.
    Wait(Instant),
}

/// What is remembered about fetches of one key set.
#[derive(Clone, Debug)]
pub struct RefreshAdvice {
    minimum_interval: Duration,
    cool_down: Duration,
    maximum_age: Duration,
    attempted: Option<Instant>,
    /// When the set was fetched, and how long it is fresh from then on.
    fetched: Option<(Instant, Duration)>,
    /// Hashes of key ids that were asked for, with the instant; the oldest goes first.
    asked: Vec<(Box<str>, Instant)>,
}

impl RefreshAdvice {
    /// A set that was never fetched. Between two fetches at least 30 s, per unknown key id at least 5 min; a set without
    /// cache headers is stale after 1 h.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            minimum_interval: Duration::seconds(30),
            cool_down: Duration::minutes(5),
            maximum_age: Duration::HOUR,
            attempted: None,
            fetched: None,
            asked: Vec::new(),
        }
    }

    /// Another least time between two fetches; at least 1 s.
    #[must_use]
    pub fn with_minimum_interval(mut self, interval: Duration) -> Self {
        self.minimum_interval = interval.max(Duration::SECOND);
        self
    }

    /// Another least time between two fetches for the same key id; at least 1 s.
    #[must_use]
    pub fn with_cool_down(mut self, cool_down: Duration) -> Self {
        self.cool_down = cool_down.max(Duration::SECOND);
        self
    }

    /// Another age at which a set without cache headers is stale; at least 1 min, at most 1 day.
    #[must_use]
    pub fn with_maximum_age(mut self, age: Duration) -> Self {
        self.maximum_age = age.clamp(LEAST_AGE, MOST_AGE);
        self
    }

    /// The set was fetched. `cache_control` is the value of that header, if there was one (RFC 9111 section 5.2): `max-age`
    /// counts between 1 min and 1 day; `no-store` and `no-cache` mean 1 min.
    pub fn fetched(&mut self, cache_control: Option<&str>, now: OffsetDateTime) {
        let now = Instant::from(now);
        let age = cache_control.and_then(max_age).unwrap_or(self.maximum_age).clamp(LEAST_AGE, MOST_AGE);
        self.attempted = Some(now);
        self.fetched = Some((now, age));
    }

    /// A fetch was tried and failed: it counts for the minimum interval.
    pub fn failed(&mut self, now: OffsetDateTime) {
        self.attempted = Some(Instant::from(now));
    }

    /// A token named a key id that is not in the set ([`crate::error::Error::NeedKeys`]). Remembers the key id when the
    /// advice is to fetch.
    pub fn on_unknown_kid(&mut self, kid: &str, now: OffsetDateTime) -> Advice {
        let now = self.settle(now);
        if let Some(earliest) = self.earliest().filter(|earliest| now < *earliest) {
            return Advice::Wait(earliest);
        }
        let cool_down = self.cool_down;
        self.asked.retain(|(_, at)| now < at.plus(cool_down));
        if let Some((_, at)) = self.asked.iter().find(|(asked, _)| **asked == *key(kid)) {
            return Advice::Wait(at.plus(cool_down));
        }
        if self.asked.len() >= REMEMBERED {
            self.asked.remove(0);
        }
        self.asked.push((key(kid).into(), now));
        self.attempted = Some(now);
        Advice::Fetch
    }

    /// No token is at hand: is the set too old?
    #[must_use]
    pub fn by_age(&mut self, now: OffsetDateTime) -> Advice {
        let now = self.settle(now);
        match (self.fetched, self.earliest()) {
            (Some((fetched, age)), _) if now < fetched.plus(age) => Advice::Keep,
            (_, Some(earliest)) if now < earliest => Advice::Wait(earliest),
            _ => Advice::Fetch,
        }
    }

    /// What lies ahead of `now` counts as now.
    fn settle(&mut self, now: OffsetDateTime) -> Instant {
        let now = Instant::from(now);
        let remembered = self.attempted.iter_mut().chain(self.fetched.iter_mut().map(|(at, _)| at));
        for at in remembered.chain(self.asked.iter_mut().map(|(_, at)| at)) {
            *at = now.min(*at);
        }
        now
    }

    fn earliest(&self) -> Option<Instant> {
        self.attempted.map(|attempted| attempted.plus(self.minimum_interval))
    }
}

impl Default for RefreshAdvice {
    fn default() -> Self {
        Self::new()
    }
}

/// What is remembered of a key id: a bounded part of it.
fn key(kid: &str) -> &str {
    let mut end = kid.len().min(KID_BYTES);
    while !kid.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    kid.get(..end).unwrap_or_default()
}

fn max_age(cache_control: &str) -> Option<Duration> {
    let mut age = None;
    for directive in cache_control.split(',') {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => return Some(LEAST_AGE),
            "max-age" => {
                age = value.trim().trim_matches('"').parse::<u32>().ok().map(|s| Duration::seconds(s.into()))
            }
            _ => {}
        }
    }
    age
}

const LEAST_AGE: Duration = Duration::MINUTE;
const MOST_AGE: Duration = Duration::DAY;
const KID_BYTES: usize = 128;

/// Key ids remembered at a time. With one fetch per 30 s and 5 min of cool-down, 10 are in use.
const REMEMBERED: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_767_225_600 + seconds).unwrap()
    }

    #[test]
    fn fetches_are_rationed() {
        let mut advice = RefreshAdvice::new();
        assert_eq!(advice.by_age(at(0)), Advice::Fetch);
        advice.fetched(Some("public, max-age=600"), at(0));
        assert_eq!(advice.by_age(at(599)), Advice::Keep);
        assert_eq!(advice.by_age(at(600)), Advice::Fetch);
        for (second, advised) in
            [(29, Advice::Wait(at(30).into())), (30, Advice::Fetch), (31, Advice::Wait(at(60).into()))]
        {
            assert_eq!(advice.on_unknown_kid("k2", at(second)), advised, "{second}");
        }
        advice.fetched(None, at(31));
        // The same key id waits for its cool-down; another one for the interval only.
        assert_eq!(advice.on_unknown_kid("k2", at(100)), Advice::Wait(at(330).into()));
        assert_eq!(advice.on_unknown_kid("k3", at(100)), Advice::Fetch);
        assert_eq!(advice.on_unknown_kid("k2", at(330)), Advice::Fetch);
    }

    #[test]
    fn a_flood_of_key_ids_costs_one_fetch_per_interval() {
        let mut advice = RefreshAdvice::new();
        let fetches = (0..3_000)
            .filter(|n| advice.on_unknown_kid(&format!("k{n}"), at(n / 10)) == Advice::Fetch)
            .count();
        assert_eq!(fetches, 10);
        assert!(advice.asked.len() <= REMEMBERED);
    }

    #[test]
    fn a_clock_that_ran_ahead_freezes_nothing() {
        const YEAR: i64 = 365 * 86_400;
        let ahead = || {
            let mut advice = RefreshAdvice::new();
            assert_eq!(advice.on_unknown_kid("k1", at(YEAR)), Advice::Fetch);
            advice.fetched(Some("max-age=600"), at(YEAR));
            advice
        };
        // What was fetched ahead counts as fetched at the first look afterwards.
        let mut advice = ahead();
        assert_eq!(advice.by_age(at(0)), Advice::Keep);
        assert_eq!(advice.by_age(at(599)), Advice::Keep);
        assert_eq!(advice.by_age(at(600)), Advice::Fetch);
        let mut advice = ahead();
        assert_eq!(advice.on_unknown_kid("k2", at(0)), Advice::Wait(at(30).into()));
        assert_eq!(advice.on_unknown_kid("k2", at(30)), Advice::Fetch);
        assert_eq!(advice.on_unknown_kid("k1", at(60)), Advice::Wait(at(300).into()));
        assert_eq!(advice.on_unknown_kid("k1", at(300)), Advice::Fetch);
        let mut advice = ahead();
        advice.failed(at(YEAR));
        assert_eq!(advice.on_unknown_kid("k2", at(0)), Advice::Wait(at(30).into()));
        // A clock that goes back again and again brings no more fetches than the interval allows.
        let mut advice = ahead();
        let fetches = (0..1_000_i64).filter(|n| advice.on_unknown_kid("k", at(-*n)) == Advice::Fetch).count();
        assert_eq!(fetches, 0);
    }

    #[test]
    fn cache_headers_are_bounded() {
        for (header, seconds) in [
            (Some("max-age=0"), 60),
            (Some("no-store"), 60),
            (Some("max-age=99999999"), 86_400),
            (Some("max-age=abc"), 3_600),
            (Some("private, MAX-AGE = 120"), 120),
            (None, 3_600),
        ] {
            let mut advice = RefreshAdvice::new();
            advice.fetched(header, at(0));
            assert_eq!(advice.by_age(at(seconds - 1)), Advice::Keep, "{header:?}");
            assert_eq!(advice.by_age(at(seconds)), Advice::Fetch, "{header:?}");
        }
        let mut advice = RefreshAdvice::new();
        advice.failed(at(0));
        assert_eq!(advice.by_age(at(1)), Advice::Wait(at(30).into()));
    }
}
