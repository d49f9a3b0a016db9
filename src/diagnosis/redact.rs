//! What a report may show: values of persons become pseudonyms with a shape, values that can be replayed become a length.

use crate::characters::is_hidden;
use crate::encoding::hex;
use crate::error::{Class, Quoted};
use ring::hmac;

/// How much of a person's values is shown. Values that can be replayed are never shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reveal {
    /// Pseudonyms and shapes.
    #[default]
    Nothing,
    /// Values of persons as they are.
    Person,
}

/// Decides what a report shows. The same value has the same pseudonym within one input, and another one in another input.
pub struct Redactor {
    key: hmac::Key,
    reveal: Reveal,
    hosts: Vec<String>,
}

impl Redactor {
    /// Pseudonyms under a key that is derived from the input, so that the same input gives the same report. Whoever can guess
    /// the input (it holds nothing random, and no signature) can tell by them that the guess is right: for such an input, and for
    /// what is to be shared, take a random key and [`with_key`](Self::with_key).
    #[must_use]
    pub fn for_input(input: &[u8]) -> Self {
        let derivation = hmac::Key::new(hmac::HMAC_SHA256, KEY_LABEL);
        Self::with_key(hmac::sign(&derivation, input).as_ref())
    }

    /// Pseudonyms under a key of the caller's, so that several reports can be linked.
    #[must_use]
    pub fn with_key(key: &[u8]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key), reveal: Reveal::Nothing, hosts: Vec::new() }
    }

    /// Shows more.
    #[must_use]
    pub const fn with_reveal(mut self, reveal: Reveal) -> Self {
        self.reveal = reveal;
        self
    }

    /// A host of the tenant's: an e-mail domain that it belongs to is shown beside a pseudonym. Others are not: the domain of
    /// a person may be a name as well.
    #[must_use]
    pub fn with_host(mut self, host: &str) -> Self {
        self.hosts.push(host.to_lowercase());
        self
    }

    /// A value as a report shows it.
    #[must_use]
    pub fn show(&self, value: &Quoted) -> String {
        self.show_text(value.as_str(), value.class())
    }

    /// Text of a class as a report shows it.
    #[must_use]
    pub fn show_text(&self, text: &str, class: Class) -> String {
        match class {
            Class::Protocol | Class::Tenant => text.to_owned(),
            Class::Person if self.reveal == Reveal::Person => text.to_owned(),
            Class::Person => self.pseudonym(text),
            _ => format!("[{} characters]", text.chars().count()),
        }
    }

    fn pseudonym(&self, text: &str) -> String {
        let mut message = PSEUDONYM_LABEL.to_vec();
        message.extend_from_slice(text.as_bytes());
        let tag = hmac::sign(&self.key, &message);
        let short = tag.as_ref().get(..PSEUDONYM_OCTETS).unwrap_or_default();
        let mut parts = vec![format!("u-{}{}", hex::encode(short), self.domain(text))];
        parts.push(format!("{} chars", text.chars().count()));
        parts.extend(shape(text).into_iter().map(str::to_owned));
        parts.join(" \u{b7} ")
    }

    fn domain(&self, text: &str) -> String {
        let Some((_, domain)) = text.trim().rsplit_once('@') else { return String::new() };
        let domain = domain.to_lowercase();
        let belongs = |host: &String| {
            *host == domain || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
        };
        if domain.contains('.') && self.hosts.iter().any(belongs) {
            format!(" @{domain}")
        } else {
            String::new()
        }
    }
}

impl core::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Redactor({:?})", self.reveal)
    }
}

/// What can be said about a value without saying it.
fn shape(text: &str) -> Vec<&'static str> {
    let facts: [(&'static str, bool); 13] = [
        ("empty", text.is_empty()),
        ("e-mail form", is_email(text)),
        ("GUID form", is_guid(text)),
        (
            "SID form",
            text.starts_with("S-1-") && text.bytes().skip(4).all(|b| b == b'-' || b.is_ascii_digit()),
        ),
        ("DN form", is_distinguished_name(text)),
        ("DOMAIN\\name form", text.matches('\\').count() == 1 && !text.starts_with('\\')),
        ("starts with /", text.starts_with('/')),
        ("digits only", !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())),
        ("has upper-case", text.chars().any(char::is_uppercase)),
        ("not ASCII", !text.is_ascii()),
        ("leading space", text.starts_with(char::is_whitespace)),
        ("trailing space", text.ends_with(char::is_whitespace)),
        ("control or invisible characters", text.chars().any(is_hidden)),
    ];
    facts.into_iter().filter(|(_, holds)| *holds).map(|(fact, _)| fact).collect()
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !domain.contains('@')
            && !text.contains(char::is_whitespace)
    })
}

fn is_guid(text: &str) -> bool {
    let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    let lengths: Vec<usize> = inner.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && inner.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

fn is_distinguished_name(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    ["CN=", "OU=", "DC=", "UID=", "O="].iter().any(|start| upper.starts_with(start))
}

const KEY_LABEL: &[u8] = b"bonafide/1 key of pseudonyms, from the input";
const PSEUDONYM_LABEL: &[u8] = b"bonafide/1 pseudonym\0";

/// 32 bits: enough to tell the values of one report apart, too few to be an identifier elsewhere.
const PSEUDONYM_OCTETS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_are_pseudonyms_and_secrets_are_lengths() {
        let redactor = Redactor::for_input(b"input").with_host("app.acme.example");
        let shown = redactor.show(&Quoted::person("Jane.Doe@acme.example "));
        assert!(shown.starts_with("u-") && !shown.contains("Jane"), "{shown}");
        assert!(
            shown.ends_with(" @acme.example \u{b7} 22 chars \u{b7} has upper-case \u{b7} trailing space"),
            "{shown}"
        );
        let private = redactor.show(&Quoted::person("jane@doe.example"));
        assert!(!private.contains("doe") && private.contains("e-mail form"), "{private}");
        for redactor in [Redactor::with_key(b"k"), Redactor::with_key(b"k").with_reveal(Reveal::Person)] {
            assert_eq!(redactor.show(&Quoted::replayable("n-0S6_WzA2Mj")), "[12 characters]");
        }
        let revealing = Redactor::with_key(b"k").with_reveal(Reveal::Person);
        assert_eq!(revealing.show(&Quoted::person("jane")), "jane");
        assert_eq!(redactor.show(&Quoted::tenant("https://sp.test")), "https://sp.test");
    }

    #[test]
    fn pseudonyms_link_within_one_input_only() {
        let show = |input: &[u8], text: &str| Redactor::for_input(input).show_text(text, Class::Person);
        assert_eq!(show(b"a", "jane"), show(b"a", "jane"));
        assert_ne!(show(b"a", "jane"), show(b"b", "jane"));
        assert_ne!(show(b"a", "jane"), show(b"a", "joan"));
    }

    #[test]
    fn shapes() {
        for (text, fact) in [
            ("9188040d-6c67-4c5b-b112-36a304b66dad", "GUID form"),
            ("S-1-5-21-1004336348", "SID form"),
            ("cn=admins,dc=acme", "DN form"),
            ("ACME\\jane", "DOMAIN\\name form"),
            ("/staff", "starts with /"),
            ("12", "digits only"),
            ("é", "not ASCII"),
            ("", "empty"),
            ("a\u{200b}b", "control or invisible characters"),
        ] {
            assert!(shape(text).contains(&fact), "{text}: {:?}", shape(text));
        }
    }
}
