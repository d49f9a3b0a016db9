//! A survey on paper: the same bytes for the same items, thresholds and time.

mod csv;
mod human;
mod ical;
mod json;
mod owners;
mod prometheus;
mod slots;

pub(super) use json::{SCHEMA, document, entry};
pub use owners::Owner;

use super::record::KeyRecord;
use super::survey::Surveyed;
use crate::characters::is_hidden;

/// Foreign text on one line that cannot steer a terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if is_hidden(c) { '\u{fffd}' } else { c }).collect()
}

/// The first 12 digits of a fingerprint: enough to tell keys apart, and what the label in Prometheus has.
pub(super) fn short(fingerprint: &str) -> &str {
    fingerprint.get(..12).unwrap_or(fingerprint)
}

/// Whose key it is; the place where nobody says so.
fn entity_or_source(record: &KeyRecord) -> &str {
    record.entity().unwrap_or(record.source())
}

fn role(record: &KeyRecord) -> &'static str {
    record.role().map_or("", super::Role::as_str)
}

fn days_left(item: &Surveyed) -> Option<i64> {
    item.expiry().map(super::Expiry::days_left)
}
