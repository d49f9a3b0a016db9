//! Cookies that were set and did not come back: the session, or the state of the login, was lost.

use crate::capture::{Capture, Exchange, host};
use crate::names::of_cookie_kind;
use bonafide::diagnosis::Fact;
use bonafide::error::{Code, Location, Quoted};

/// Why a session was lost, as far as the capture tells.
pub fn lost(capture: &Capture, looped: bool) -> Option<Fact> {
    let messages = capture.messages();
    let logins: Vec<&Exchange> =
        messages.iter().filter(|message| message.kind.is_login()).map(|message| message.exchange).collect();
    logins
        .iter()
        .find_map(|login| before(capture, login))
        .or_else(|| logins.iter().find_map(|login| after(capture, login)))
        .or_else(|| logins.iter().filter(|_| looped).find_map(|login| redirected(login)))
}

/// A cookie that the service set before the login and that did not come with the response from elsewhere.
fn before(capture: &Capture, login: &Exchange) -> Option<Fact> {
    if login.method != "POST" || capture.has_no_cookies() {
        return None;
    }
    let sent = login.cookies_sent().unwrap_or_default();
    let earlier = capture.exchanges.iter().filter(|e| e.number < login.number && e.host() == login.host());
    let (name, how) = earlier.rev().flat_map(Exchange::cookies_set).find(|(name, how)| {
        !sent.contains(name) && !how.iter().any(|a| a.starts_with("max-age=0") || a.contains("1970"))
    })?;
    let has = |attribute: &str| how.iter().any(|a| a == attribute);
    let why = if has("samesite=lax") || has("samesite=strict") {
        "a cookie of the service was not sent with the login response: SameSite=Lax and Strict keep it from a POST that \
         comes from another site; the cookie needs SameSite=None; Secure"
    } else if has("samesite=none") && !has("secure") {
        "a cookie of the service was not sent with the login response: SameSite=None without Secure is refused"
    } else if has("samesite=none") {
        "a cookie of the service was not sent with the login response: path, host or a setting of the browser kept it"
    } else {
        "a cookie of the service was not sent with the login response: without SameSite browsers treat it as Lax; it needs \
         SameSite=None; Secure"
    };
    Some(fact(why, &name, &how, login))
}

/// A cookie that came with the answer to the login and was not sent with the next request.
fn after(capture: &Capture, login: &Exchange) -> Option<Fact> {
    let set = login.cookies_set();
    let next = capture.exchanges.iter().find(|e| {
        e.number > login.number && (e.host() == login.host() || login.location.as_deref() == Some(&e.url))
    })?;
    if set.is_empty() || capture.has_no_cookies() {
        return None;
    }
    let sent = next.cookies_sent().unwrap_or_default();
    let (name, how) = set.into_iter().find(|(name, _)| !sent.contains(name))?;
    let why = if next.url.starts_with("http://") && how.iter().any(|a| a == "secure") {
        "the session cookie is Secure and the next request went to http: the service does not know its public address \
         (X-Forwarded-Proto, base URL)"
    } else if next.host() != login.host() {
        "the session cookie belongs to one host and the next request went to another: use one public host name"
    } else {
        "the session cookie did not come back with the next request"
    };
    Some(fact(why, &name, &how, next))
}

/// Where cookies are missing from the capture, the redirect after the login may still tell.
fn redirected(login: &Exchange) -> Option<Fact> {
    let to = login.location.as_deref()?;
    let why = if login.url.starts_with("https://") && to.starts_with("http://") {
        "likely: after the login the browser is sent from https to http, where a Secure session cookie does not go; set the \
         public base URL or the handling of X-Forwarded-Proto"
    } else if to.contains("://") && host(to) != login.host() {
        "likely: after the login the browser is sent to another host, where the session cookie does not go; use one public \
         host name"
    } else {
        return None;
    };
    let seen = format!("{} to {}", super::steps::place(&login.url), super::steps::place(to));
    let place = Location::built(format!("entry {}", login.number));
    Some(Fact::new(Code::FL102, why).with_seen(Quoted::tenant(&seen)).with_location(place))
}

fn fact(why: &str, name: &str, how: &[String], at: &Exchange) -> Fact {
    let kept: Vec<&str> = how
        .iter()
        .map(String::as_str)
        .filter(|a| ["secure", "httponly", "path=/"].contains(a) || a.starts_with("samesite="))
        .collect();
    let seen = format!("{}; {}", of_cookie_kind(name), kept.join("; "));
    Fact::new(Code::FL102, why)
        .with_seen(Quoted::tenant(seen.trim_end_matches([';', ' '])))
        .with_location(Location::built(format!("entry {}", at.number)))
}
