//! Errors of identity providers in a capture: a dictionary (`idp_errors.json`) of codes and what they mean.
//!
//! The codes are for people: nothing but this explanation depends on them.

use super::capture::{Capture, Exchange, decoded};
use bonafide::diagnosis::Fact;
use bonafide::error::{Code, Location, Quoted, Severity};
use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

/// An error that an identity provider gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Number of the exchange.
    pub number: usize,
    pub error: String,
    pub code: Code,
    pub meaning: String,
}

impl Refusal {
    pub fn fact(&self) -> Fact {
        Fact::new(self.code, &self.meaning)
            .with_seen(Quoted::protocol(&self.error))
            .with_location(Location::built(format!("entry {}", self.number)))
    }
}

/// The errors as facts. A capture has a few; of many the rest is counted.
pub fn facts(capture: &Capture) -> Vec<Fact> {
    let refusals = in_capture(capture);
    let more = refusals.len().saturating_sub(FACTS);
    let mut facts: Vec<Fact> = refusals.iter().take(FACTS).map(Refusal::fact).collect();
    facts.extend((more > 0).then(|| {
        let why = format!("{more} more errors of identity providers are in the capture");
        Fact::new(Code::FL104, &why).with_severity(Severity::Note)
    }));
    facts
}

/// Every error, each once, the most telling first.
pub fn in_capture(capture: &Capture) -> Vec<Refusal> {
    let mut known = HashSet::new();
    let mut found: Vec<Refusal> = capture
        .exchanges
        .iter()
        .filter_map(|exchange| in_exchange(exchange, &DICTIONARY))
        .filter(|refusal| known.insert(refusal.error.clone()))
        .collect();
    // An error with a number says more than `access_denied`.
    found.sort_by_key(|refusal| !refusal.error.starts_with(|c: char| c.is_ascii_uppercase()));
    found
}

fn in_exchange(exchange: &Exchange, dictionary: &Dictionary) -> Option<Refusal> {
    let url = decoded(&exchange.url);
    let location = exchange.location.as_deref().map(decoded).unwrap_or_default();
    let posted = ["error", "error_description"].map(|name| exchange.posted(name).unwrap_or_default());
    let body = exchange.body.as_deref().unwrap_or_default();
    let described = [url.as_str(), location.as_str(), posted[1].as_str(), body].join("\n");
    let numbered = numbered(&described, "AADSTS").or_else(|| numbered(&described, "MSIS"));
    let phrase = || {
        let known = dictionary.keys().filter(|key| key.starts_with("app_not_") || key.contains(' '));
        known.filter(|key| described.contains(key.as_str())).max_by_key(|key| key.len()).cloned()
    };
    let oauth = || {
        let named = exchange.parameter("error").map(decoded).or_else(|| {
            let query = exchange.location.as_deref()?;
            let parameters = super::capture::parameters(query);
            parameters.into_iter().find(|(key, _)| *key == "error").map(|(_, value)| decoded(value))
        });
        let json = || {
            let json: serde_json::Value = serde_json::from_str(body).ok()?;
            json.get("error")?.as_str().map(str::to_owned)
        };
        let posted = Some(posted[0].clone()).filter(|error| !error.is_empty());
        named.or(posted).or_else(json).filter(|error| dictionary.contains_key(error))
    };
    let error = numbered.or_else(phrase).or_else(oauth)?;
    let (code, meaning) = match dictionary.get(&error) {
        Some((code, meaning)) => (code.as_str(), meaning.clone()),
        None => {
            ("FL104", "an error of the identity provider that has no entry here: look it up there".to_owned())
        }
    };
    let code = Code::ALL.iter().find(|known| known.as_str() == code).copied().unwrap_or(Code::FL104);
    Some(Refusal { number: exchange.number, error, code, meaning })
}

/// A word of a prefix and digits.
fn numbered(text: &str, prefix: &str) -> Option<String> {
    text.match_indices(prefix).find_map(|(start, _)| {
        let digits = &text[start + prefix.len()..];
        let length = digits.bytes().take_while(u8::is_ascii_digit).count();
        (4..=9).contains(&length).then(|| format!("{prefix}{}", &digits[..length]))
    })
}

type Dictionary = BTreeMap<String, (String, String)>;

static DICTIONARY: LazyLock<Dictionary> =
    LazyLock::new(|| serde_json::from_str(include_str!("idp_errors.json")).unwrap_or_default());

/// Errors that a report lists.
const FACTS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_is_complete() {
        assert!(DICTIONARY.len() > 50);
        for (error, (code, meaning)) in &*DICTIONARY {
            assert!(Code::ALL.iter().any(|known| known.as_str() == code), "{error}: {code}");
            assert!(!meaning.is_empty() && !meaning.ends_with('.'), "{error}: {meaning}");
        }
    }

    #[test]
    fn numbers() {
        assert_eq!(numbered("x AADSTS50105: y", "AADSTS").as_deref(), Some("AADSTS50105"));
        assert_eq!(numbered("AADSTS", "AADSTS"), None);
    }
}
