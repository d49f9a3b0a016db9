//! Errors of identity providers in a capture: a dictionary (`idp_errors.json`) of codes and what they mean.
//!
//! The codes are for people: nothing but this explanation depends on them.

use super::capture::{Capture, Exchange, decoded};
use bonafide::diagnosis::Fact;
use bonafide::error::{Code, Location, Quoted};
use std::collections::BTreeMap;

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

/// Every error, each once, the most telling first.
pub fn in_capture(capture: &Capture) -> Vec<Refusal> {
    let dictionary = dictionary();
    let mut found: Vec<Refusal> = Vec::new();
    for refusal in capture.exchanges.iter().filter_map(|exchange| in_exchange(exchange, &dictionary)) {
        if !found.iter().any(|known| known.error == refusal.error) {
            found.push(refusal);
        }
    }
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

fn dictionary() -> Dictionary {
    serde_json::from_str(include_str!("idp_errors.json")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_is_complete() {
        let dictionary = dictionary();
        assert!(dictionary.len() > 50);
        for (error, (code, meaning)) in dictionary {
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
