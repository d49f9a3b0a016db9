//! Cookies that were set and did not come back: the session, or the state of the login, was lost.

use crate::capture::{Capture, Exchange, host};
use crate::names::{cookie, is_cookie_attribute};
use bonafide::diagnosis::Fact;
use bonafide::error::{Code, Location, Quoted};
use std::collections::{HashMap, HashSet};

/// Why a session was lost, as far as the capture tells. One pass over the exchanges, whatever is in them.
pub fn lost(capture: &Capture, looped: bool) -> Option<Fact> {
    let messages = capture.messages();
    let logins: HashSet<usize> = messages
        .iter()
        .filter(|message| message.kind.is_login())
        .map(|message| message.exchange.number)
        .collect();
    let logins = || capture.exchanges.iter().filter(|exchange| logins.contains(&exchange.number));
    let cookies = || (!capture.has_no_cookies()).then_some(());
    cookies()
        .and_then(|()| before(capture, logins()))
        .or_else(|| cookies().and_then(|()| after(capture, logins())))
        .or_else(|| logins().filter(|_| looped).find_map(redirected))
}

/// A cookie as it was set last.
struct Cookie {
    name: String,
    how: Vec<String>,
}

/// A cookie that the service set before the login and that did not come with the response from elsewhere.
fn before<'c>(capture: &'c Capture, logins: impl Iterator<Item = &'c Exchange>) -> Option<Fact> {
    let mut jars: HashMap<&str, Vec<Cookie>> = HashMap::new();
    let mut earlier = capture.exchanges.iter().peekable();
    for login in logins.filter(|login| login.method == "POST") {
        while let Some(exchange) = earlier.next_if(|exchange| exchange.number < login.number) {
            let jar = jars.entry(exchange.host()).or_default();
            for (name, how) in exchange.cookies_set().into_iter().rev() {
                jar.retain(|cookie| cookie.name != name);
                jar.insert(0, Cookie { name, how });
            }
            jar.truncate(JAR);
        }
        let sent: HashSet<String> = login.cookies_sent().unwrap_or_default().into_iter().collect();
        let gone = |how: &[String]| how.iter().any(|a| a.starts_with("max-age=0") || a.contains("1970"));
        let lost = jars.get(login.host()).into_iter().flatten();
        let Some(Cookie { name, how }) =
            lost.into_iter().find(|cookie| !sent.contains(&cookie.name) && !gone(&cookie.how))
        else {
            continue;
        };
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
        return Some(fact(why, name, how, login));
    }
    None
}

/// A cookie that came with the answer to the login and was not sent with the next request.
fn after<'c>(capture: &'c Capture, logins: impl Iterator<Item = &'c Exchange>) -> Option<Fact> {
    let next = next_of_each(capture);
    for login in logins {
        let set = login.cookies_set();
        let Some(next) = next.get(&login.number).filter(|_| !set.is_empty()) else { continue };
        let sent: HashSet<String> = next.cookies_sent().unwrap_or_default().into_iter().collect();
        let Some((name, how)) = set.into_iter().find(|(name, _)| !sent.contains(name)) else { continue };
        let why = if next.url.starts_with("http://") && how.iter().any(|a| a == "secure") {
            "the session cookie is Secure and the next request went to http: the service does not know its public address \
             (X-Forwarded-Proto, base URL)"
        } else if next.host() != login.host() {
            "the session cookie belongs to one host and the next request went to another: use one public host name"
        } else {
            "the session cookie did not come back with the next request"
        };
        return Some(fact(why, &name, &how, next));
    }
    None
}

/// For each exchange the next one with the same host, or to where it sends the browser.
fn next_of_each(capture: &Capture) -> HashMap<usize, &Exchange> {
    let (mut of_host, mut of_url) = (HashMap::new(), HashMap::new());
    let mut next = HashMap::new();
    for exchange in capture.exchanges.iter().rev() {
        let at_host = of_host.get(exchange.host()).copied();
        let there = exchange.location.as_deref().and_then(|to| of_url.get(to).copied());
        let first = at_host.into_iter().chain(there).min_by_key(|later: &&Exchange| later.number);
        next.extend(first.map(|later| (exchange.number, later)));
        of_host.insert(exchange.host(), exchange);
        of_url.insert(exchange.url.as_str(), exchange);
    }
    next
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
        .filter(|attribute| is_cookie_attribute(attribute) && !attribute.starts_with("max-age="))
        .collect();
    let fact = Fact::new(Code::FL102, why)
        .with_seen(cookie(name))
        .with_location(Location::built(format!("entry {}", at.number)));
    if kept.is_empty() { fact } else { fact.with_seen(Quoted::protocol(&kept.join("; "))) }
}

/// Cookies that a browser keeps of one site, about.
const JAR: usize = 200;
