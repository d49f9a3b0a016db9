//! A failure in words: what was seen, what was expected, and why. No foreign text in the `why`.

use super::Configured;
use super::delta::{self, Delta};
use crate::check::Check;
use crate::error::{Class, Failure, NamedKey, Quoted, Reason};
use crate::instant::{Instant, Leeway};
use time::Duration;

pub(super) struct Words {
    pub(super) seen: Vec<Quoted>,
    pub(super) expected: Vec<Quoted>,
    pub(super) delta: Option<Delta>,
    pub(super) why: String,
}

impl Words {
    fn new(seen: Vec<Quoted>, expected: Vec<Quoted>, why: String) -> Self {
        Self { seen, expected, delta: None, why }
    }

    fn because(mut self, delta: Option<Delta>) -> Self {
        self.delta = delta;
        self
    }
}

pub(super) fn of(failure: &Failure, configured: &[Configured]) -> Words {
    match &failure.reason {
        Reason::Stated(clause) => Words::new(Vec::new(), Vec::new(), (*clause).to_owned()),
        Reason::Missing { what } => Words::new(Vec::new(), Vec::new(), format!("`{what}` is missing")),
        Reason::Found { what, found } => {
            let why = format!("this value of `{what}` is not acceptable: {} must hold", rule(failure.check));
            Words::new(vec![found.clone()], Vec::new(), why)
        }
        Reason::Mismatch { what, expected, found } => mismatch(what, expected, found, configured),
        Reason::NotYetValid { what, now, not_before, leeway } => not_yet(what, *now, *not_before, *leeway),
        Reason::Expired { what, now, not_on_or_after, leeway } => {
            expired(what, *now, *not_on_or_after, *leeway)
        }
        Reason::TooOld { what, now, since, max_age, leeway } => {
            too_old(what, *now, *since, *max_age, *leeway)
        }
        Reason::Inverted { what, not_before, not_on_or_after } => Words::new(
            vec![instant(*not_before), instant(*not_on_or_after)],
            Vec::new(),
            format!("the period of `{what}` ends before it begins"),
        ),
        Reason::Limit { limit, unit, found } => Words::new(
            found.iter().map(|count| text(format!("{count} {unit}"))).collect(),
            vec![text(format!("at most {limit} {unit}"))],
            format!("more than the limit of {limit} {unit}"),
        ),
        Reason::TooFew { least, unit, found } => Words::new(
            vec![text(format!("{found} {unit}"))],
            vec![text(format!("at least {least} {unit}"))],
            format!("fewer than the least number of {least} {unit}"),
        ),
        Reason::Status { codes, message } => Words::new(
            codes.iter().cloned().chain(message.iter().flat_map(status_message)).collect(),
            vec![Quoted::protocol("urn:oasis:names:tc:SAML:2.0:status:Success")],
            match failure.check {
                Check::LogoutNotDone => {
                    "the identity provider did not log the user out, or not everywhere, and says so in the status"
                }
                _ => "the identity provider did not log the user in and says so in the status",
            }
            .to_owned(),
        ),
        Reason::Signature { algorithm, tried, named } => signature(algorithm, *tried, named, configured),
        Reason::KeySize { bits, least, most } => Words::new(
            vec![text(format!("{bits} bits"))],
            vec![text(format!("{least} to {most} bits"))],
            format!("a key of {bits} bits; {least} to {most} are allowed"),
        ),
        Reason::ExceptionEnded { relaxation, owner, expires, refused } => Words::new(
            vec![text((*relaxation).to_owned()), owner.clone()],
            vec![text(format!("before {expires}"))],
            format!(
                "the exception `{relaxation}` ended at {expires}; without it {} must hold",
                rule(*refused)
            ),
        ),
        Reason::Several(failures) => several(failures, configured),
        #[allow(unreachable_patterns, reason = "reasons may grow")]
        _ => Words::new(Vec::new(), Vec::new(), format!("{} must hold", rule(failure.check))),
    }
}

fn mismatch(what: &str, expected: &[Quoted], found: &[Quoted], configured: &[Configured]) -> Words {
    let near = delta::of(found, expected, configured).filter(|_| what != RECIPIENT);
    let why = match near {
        None if what == RECIPIENT && expected.is_empty() => {
            "encrypted for this certificate: its private key is needed".to_owned()
        }
        None if what == RECIPIENT => "encrypted for another key than those of this service".to_owned(),
        Some((delta @ Delta::SwappedFields, Some(field))) => {
            format!("`{what}` holds {field}: {}", delta.meaning())
        }
        Some((delta, _)) => format!("`{what}` is not the expected value: {}", delta.meaning()),
        None if found.is_empty() => format!("`{what}` is missing"),
        None if expected.is_empty() => {
            format!("`{what}` is there, and by the configuration there should be none")
        }
        None => format!("`{what}` is not the expected value"),
    };
    Words::new(found.to_vec(), expected.to_vec(), why).because(near.map(|(delta, _)| delta))
}

fn not_yet(what: &str, now: Instant, not_before: Instant, leeway: Leeway) -> Words {
    let early = not_before.seconds_since(now);
    let delta = (early <= SKEW_SECONDS).then_some(Delta::ClockSkew);
    let why = format!(
        "`{what}` becomes valid {} after the evaluation time {now}; the leeway is {}{}",
        span(early),
        span(leeway.duration().whole_seconds()),
        delta.map(|delta| format!("; {}", delta.meaning())).unwrap_or_default()
    );
    let latest = now.plus(leeway.duration());
    Words::new(vec![instant(not_before)], vec![text(format!("at or before {latest}"))], why).because(delta)
}

fn expired(what: &str, now: Instant, not_on_or_after: Instant, leeway: Leeway) -> Words {
    let late = now.seconds_since(not_on_or_after);
    let delta = if late <= SKEW_SECONDS { Delta::ClockSkew } else { Delta::StaleCapture };
    let why = format!(
        "`{what}` ended {} before the evaluation time {now}; the leeway is {}; {}",
        span(late),
        span(leeway.duration().whole_seconds()),
        delta.meaning()
    );
    let earliest = now.minus(leeway.duration());
    Words::new(vec![instant(not_on_or_after)], vec![text(format!("after {earliest}"))], why)
        .because(Some(delta))
}

fn too_old(what: &str, now: Instant, since: Instant, max_age: Duration, leeway: Leeway) -> Words {
    let why = format!(
        "`{what}` was {} before the evaluation time {now}; {} are allowed, and a leeway of {}",
        span(now.seconds_since(since)),
        span(max_age.whole_seconds()),
        span(leeway.duration().whole_seconds())
    );
    let earliest = now.minus(max_age).minus(leeway.duration());
    Words::new(vec![instant(since)], vec![text(format!("at or after {earliest}"))], why)
}

/// A status message reduced to words that name nobody, and, where that makes a difference, the whole of it as a person's.
///
/// Only error codes and words of a fixed list are kept: whatever else an identity provider writes may be somebody's name.
fn status_message(message: &Quoted) -> Vec<Quoted> {
    if message.class() >= Class::Person {
        return vec![message.clone()];
    }
    let mut kept: Vec<&str> = Vec::new();
    for word in message.as_str().split_whitespace() {
        let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_code = bare.len() >= 6
            && bare.starts_with(|c: char| c.is_ascii_uppercase())
            && bare.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            && ["AADSTS", "MSIS", "WIF"].iter().any(|family| bare.starts_with(family));
        let is_plain = word.trim_end_matches(['.', ',', ':', ';', '!', '?']) == bare;
        let is_known = is_plain && HARMLESS.iter().any(|known| bare.eq_ignore_ascii_case(known));
        let shown = if is_code || is_known { word } else { "\u{2026}" };
        if shown != "\u{2026}" || kept.last() != Some(&shown) {
            kept.push(shown);
        }
    }
    let scrubbed = kept.join(" ");
    let whole = (scrubbed != message.as_str()).then(|| Quoted::person(message.as_str()));
    core::iter::once(Quoted::new(&scrubbed, message.class())).chain(whole).collect()
}

/// Words of status messages that name nobody.
const HARMLESS: &[&str] = &[
    "a",
    "access",
    "account",
    "accounts",
    "acs",
    "active",
    "administrator",
    "an",
    "and",
    "any",
    "application",
    "are",
    "assertion",
    "assigned",
    "at",
    "attempt",
    "audience",
    "authenticate",
    "authenticated",
    "authentication",
    "authn",
    "authorized",
    "be",
    "been",
    "blocked",
    "but",
    "by",
    "can",
    "cancelled",
    "cannot",
    "canceled",
    "certificate",
    "client",
    "consumer",
    "context",
    "correct",
    "could",
    "credentials",
    "default",
    "denied",
    "destination",
    "did",
    "directory",
    "disabled",
    "does",
    "enabled",
    "entity",
    "error",
    "exist",
    "expired",
    "factor",
    "failed",
    "failure",
    "for",
    "format",
    "found",
    "from",
    "group",
    "has",
    "have",
    "id",
    "identifier",
    "identity",
    "idp",
    "in",
    "incorrect",
    "internal",
    "invalid",
    "is",
    "issuer",
    "it",
    "level",
    "locked",
    "log",
    "logged",
    "login",
    "match",
    "matching",
    "message",
    "mfa",
    "missing",
    "multi-factor",
    "multifactor",
    "must",
    "name",
    "nameid",
    "no",
    "not",
    "of",
    "on",
    "or",
    "out",
    "partner",
    "passive",
    "password",
    "permission",
    "permitted",
    "please",
    "policy",
    "process",
    "processing",
    "provider",
    "reason",
    "received",
    "recognized",
    "request",
    "requested",
    "requester",
    "require",
    "required",
    "requires",
    "responder",
    "response",
    "role",
    "saml",
    "server",
    "service",
    "session",
    "signature",
    "signed",
    "signing",
    "single",
    "sign-on",
    "sp",
    "specified",
    "status",
    "subject",
    "support",
    "supported",
    "tenant",
    "the",
    "this",
    "time",
    "timeout",
    "to",
    "token",
    "trusted",
    "try",
    "unable",
    "unauthorized",
    "unknown",
    "unsupported",
    "url",
    "user",
    "valid",
    "verification",
    "verified",
    "verify",
    "version",
    "was",
    "with",
    "wrong",
    "you",
    "your",
];

fn signature(algorithm: &Quoted, tried: usize, named: &NamedKey, configured: &[Configured]) -> Words {
    let keys = match tried {
        0 => "a signature by a key of the type of a trusted one".to_owned(),
        1 => "the one trusted key".to_owned(),
        tried => format!("one of {tried} trusted keys"),
    };
    let mut seen = vec![algorithm.clone()];
    let why = match named {
        NamedKey::Untrusted(fingerprint) => {
            seen.push(fingerprint.clone());
            match tried {
                0 => "no trusted key is of the type that this algorithm needs; the message names a certificate that is not \
                      trusted for this identity provider"
                    .to_owned(),
                _ => "the message names a certificate that is not trusted for this identity provider".to_owned(),
            }
        }
        NamedKey::Trusted(fingerprint) if tried == 0 => {
            seen.push(fingerprint.clone());
            "the message names a trusted certificate, but its key is not of the type that this algorithm needs".to_owned()
        }
        NamedKey::None if tried == 0 => "no trusted key is of the type that this algorithm needs".to_owned(),
        NamedKey::Trusted(fingerprint) => {
            seen.push(fingerprint.clone());
            "the message names a trusted certificate, but its key does not verify the signature: what was signed has \
             changed on the way"
                .to_owned()
        }
        NamedKey::None => {
            "no trusted key verifies the signature, and the message names no certificate".to_owned()
        }
        #[allow(unreachable_patterns, reason = "names may grow")]
        _ => "no trusted key verifies the signature".to_owned(),
    };
    let trusted =
        configured.iter().filter(|known| known.field == TRUSTED_KEY).map(|known| known.value.clone());
    Words::new(seen, core::iter::once(text(keys)).chain(trusted).collect(), why)
}

/// Alternatives: the values of each, and how each fails.
fn several(failures: &[Failure], configured: &[Configured]) -> Words {
    let mut all = Words::new(Vec::new(), Vec::new(), String::new());
    let mut clauses = Vec::new();
    for (index, failure) in failures.iter().enumerate() {
        let words = of(failure, configured);
        all.seen.extend(words.seen);
        all.expected.extend(
            words.expected.into_iter().filter(|value| !all.expected.contains(value)).collect::<Vec<_>>(),
        );
        all.delta = all.delta.or(words.delta);
        clauses.push(format!("{}. {}: {}", index.saturating_add(1), failure.check, words.why));
    }
    all.why = format!("none of {} alternatives holds: {}", failures.len(), clauses.join("; "));
    all
}

fn rule(check: Check) -> String {
    format!("\u{201c}{}\u{201d}", check.what())
}

fn text(text: String) -> Quoted {
    Quoted::protocol(&text)
}

fn instant(instant: Instant) -> Quoted {
    text(instant.to_string())
}

/// A number of seconds for people: the two largest units.
fn span(seconds: i64) -> String {
    let total = seconds.unsigned_abs();
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = total;
    let mut parts = Vec::new();
    for (size, unit) in units {
        let count = rest.checked_div(size).unwrap_or_default();
        rest = rest.checked_rem(size).unwrap_or_default();
        if count > 0 && parts.len() < 2 {
            parts.push(format!("{count} {unit}"));
        }
    }
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

/// What a message says about the key that it is encrypted for.
pub(crate) const RECIPIENT: &str = "recipient of the EncryptedKey";

/// The field of the configuration that holds fingerprints of trusted keys.
pub(crate) const TRUSTED_KEY: &str = "a trusted key";

/// Up to ten minutes a difference looks like clocks or slow delivery, beyond that like an old message.
const SKEW_SECONDS: i64 = 600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        for (seconds, shown) in [(0, "0 s"), (61, "1 min 1 s"), (-3600, "1 h"), (90_061, "1 d 1 h")] {
            assert_eq!(span(seconds), shown);
        }
    }

    #[test]
    fn a_minimum_is_not_told_as_a_limit() {
        let few = Reason::TooFew { least: 32, unit: "octets", found: 6 };
        let many = Reason::Limit { limit: 32, unit: "keys", found: Some(40) };
        for (reason, seen, expected, why) in [
            (few, "6 octets", "at least 32 octets", "fewer than the least number of 32 octets"),
            (many, "40 keys", "at most 32 keys", "more than the limit of 32 keys"),
        ] {
            let words = of(&Failure::at(Check::WeakKey, "", reason), &[]);
            assert_eq!(
                (words.seen[0].as_str(), words.expected[0].as_str(), &*words.why),
                (seen, expected, why)
            );
        }
    }

    #[test]
    fn status_messages_name_nobody() {
        let scrub = |text: &str| {
            status_message(&Quoted::tenant(text))
                .iter()
                .map(|q| (q.as_str().to_owned(), q.class()))
                .collect::<Vec<_>>()
        };
        assert_eq!(scrub("it does not log in"), [("it does not log in".to_owned(), Class::Tenant)]);
        let text = "AADSTS50105: user 'jane doe' <jane@acme.example> is not assigned";
        let shown = "AADSTS50105: user \u{2026} is not assigned";
        assert_eq!(scrub(text), [(shown.to_owned(), Class::Tenant), (text.to_owned(), Class::Person)]);
        assert_eq!(scrub("user \"jane\" is not assigned")[0].0, "user \u{2026} is not assigned");
    }

    #[test]
    fn time_says_by_how_much() {
        let now = Instant::from_unix(1_767_225_600, 0);
        let failure = |reason| Failure::at(Check::Expired, "", reason);
        let late = now.minus(Duration::seconds(94));
        let words = of(
            &failure(Reason::Expired {
                what: "Conditions",
                now,
                not_on_or_after: late,
                leeway: Leeway::default(),
            }),
            &[],
        );
        assert_eq!(
            words.why,
            "`Conditions` ended 1 min 34 s before the evaluation time 2026-01-01T00:00:00Z; the leeway is 1 min; \
             a matter of minutes: the clocks differ, or delivery was slow"
        );
        assert_eq!(words.delta, Some(Delta::ClockSkew));
    }
}
