//! Who publishes or trusts this key? The first question after a compromise.

use super::report::{SCHEMA, document, plain};
use super::survey::{Survey, Surveyed};
use core::fmt::Write as _;
use serde::Serialize;

impl Survey {
    /// Every item with this fingerprint: SHA-256 of the key or of the certificate, or the SHA-1 thumbprint that consoles show.
    /// Hexadecimal in any spelling with colons, spaces or dashes; the first 8 digits are enough. `None`: not such a text.
    #[must_use]
    pub fn places(&self, fingerprint: &str) -> Option<Vec<&Surveyed>> {
        let wanted = normalised(fingerprint)?;
        Some(self.items().iter().filter(|item| has(item, &wanted)).collect())
    }

    /// The same as text, one line per place; `None`: not a fingerprint.
    #[must_use]
    pub fn places_to_human(&self, fingerprint: &str) -> Option<String> {
        let places = self.places(fingerprint)?;
        let mut text = format!("{} places have the key {}\n", places.len(), normalised(fingerprint)?);
        for item in places {
            let record = item.record();
            let by = record.holder().map_or(String::new(), |holder| format!(" by {}", plain(holder)));
            let role = record.role().map_or("-", super::Role::as_str);
            let place = format!("{}#{}", plain(record.source()), record.index());
            let entity = plain(record.entity().unwrap_or_default());
            let _ =
                writeln!(text, "{}{by}  {}  {role}  {place}  {entity}", record.side().as_str(), item.state());
        }
        Some(text)
    }

    /// The same as JSON; `None`: not a fingerprint.
    #[must_use]
    pub fn places_to_json(&self, fingerprint: &str) -> Option<String> {
        let places = self.places(fingerprint)?;
        Some(document(&Report {
            schema: SCHEMA,
            evaluated_at: self.evaluated_at().to_string(),
            fingerprint: normalised(fingerprint)?,
            places: places.into_iter().map(super::report::entry).collect(),
        }))
    }
}

#[derive(Serialize)]
struct Report<T> {
    schema: &'static str,
    evaluated_at: String,
    fingerprint: String,
    places: Vec<T>,
}

fn normalised(fingerprint: &str) -> Option<String> {
    let digits = fingerprint.chars().filter(|c| !matches!(c, ':' | ' ' | '-'));
    let digits: String = digits.map(|c| c.to_ascii_lowercase()).collect();
    let sound =
        (SHORTEST..=LONGEST).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    sound.then_some(digits)
}

fn has(item: &Surveyed, wanted: &str) -> bool {
    let record = item.record();
    record.key().is_some_and(|key| key.spki_sha256().starts_with(wanted))
        || record.certificate().is_some_and(|certificate| {
            certificate.sha256().starts_with(wanted) || certificate.sha1().starts_with(wanted)
        })
}

/// Digits: four octets tell thousands of keys apart.
const SHORTEST: usize = 8;
const LONGEST: usize = 64;
