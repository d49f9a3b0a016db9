//! Hosts that are this machine: where plain http betrays nothing to the network.

use std::net::{Ipv4Addr, Ipv6Addr};

/// An http URL whose host is loopback by name (`localhost` and below it, RFC 6761 section 6.3) or by address (127.0.0.0/8 in four
/// decimal numbers, `[::1]`). No user information, no escapes, no other spelling of an address.
pub(crate) fn is_http_on_loopback(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host_is_loopback, port) = match authority.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((address, port))) => (address.parse().is_ok_and(|ip: Ipv6Addr| ip.is_loopback()), port),
        Some(None) => return false,
        None => {
            let host = authority.split(':').next().unwrap_or_default();
            (is_loopback(host), authority.strip_prefix(host).unwrap_or_default())
        }
    };
    let is_port = |port: &str| port.is_empty() || (is_number(port) && port.parse::<u16>().is_ok());
    scheme.eq_ignore_ascii_case("http")
        && host_is_loopback
        && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

/// A name, or an address of version 4.
fn is_loopback(host: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
    };
    host.parse().is_ok_and(|ip: Ipv4Addr| ip.is_loopback())
        || (host.split('.').all(label)
            && host.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("localhost")))
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|octet| octet.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_http_on_loopback;

    #[test]
    fn this_machine_and_nothing_that_looks_like_it() {
        for url in [
            "http://localhost",
            "http://localhost:8080/realms/a",
            "HTTP://LocalHost/",
            "http://keycloak.localhost:8080",
            "http://a.b.LOCALHOST?x",
            "http://127.0.0.1:65535/x",
            "http://127.255.3.4",
            "http://[::1]/",
            "http://[::1]:8080",
            "http://[0:0:0:0:0:0:0:1]#x",
            "http://localhost:",
        ] {
            assert!(is_http_on_loopback(url), "{url}");
        }
        for url in [
            "",
            "http://",
            "localhost",
            "http:/localhost",
            "http:localhost",
            "https://localhost",
            "ftp://localhost",
            "http://localhost@evil.test",
            "http://localhost:80@evil.test/",
            "http://evil.test@localhost",
            "http://evil.test#@localhost",
            "http://evil.test/localhost",
            "http://evil.test/://localhost",
            "http://evil.test?localhost",
            "http://evil.test\\@localhost",
            "http://localhost\\.evil.test",
            "http://127.0.0.1.evil.test",
            "http://127.0.0.1@evil.test",
            "http://evillocalhost",
            "http://localhost.evil.test",
            "http://localhost.",
            "http://.localhost",
            "http://a..localhost",
            "http://%6cocalhost",
            "http://localhost%00.evil.test",
            "http://localhost%2eevil.test",
            "http://localhost\u{ff0e}evil.test",
            "http://\u{2113}ocalhost",
            "http://localhost evil.test",
            "http://local\thost",
            "http://localhost:80:80",
            "http://localhost:8a",
            "http://localhost:+80",
            "http://localhost:65536",
            "http://127.1",
            "http://127.0.0.01",
            "http://0127.0.0.1",
            "http://0x7f.0.0.1",
            "http://2130706433",
            "http://0.0.0.0",
            "http://128.0.0.1",
            "http://10.0.0.1",
            "http://::1",
            "http://[::1",
            "http://[::1]80",
            "http://[::1]:80:80",
            "http://[[::1]]",
            "http://localhost]:80",
            "http://[::1]evil.test",
            "http://[::1]@evil.test",
            "http://[::1]:80@evil.test",
            "http://[::2]",
            "http://[::]",
            "http://[::1%25lo]",
            "http://[::ffff:127.0.0.1]",
            "http://[127.0.0.1]",
            "http://a[::1]",
            "http://[localhost]",
        ] {
            assert!(!is_http_on_loopback(url), "{url}");
        }
    }
}
