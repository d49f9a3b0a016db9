//! A table for people: the worst first, then by date.

use super::{days_left, entity_or_source, plain, role, short};
use crate::certs::{State, Survey, Surveyed};
use crate::diagnosis::{Catalogue, Provider, Style};
use crate::error::Severity;
use core::fmt::Write as _;

impl Survey {
    /// The report as text: a line of counts, a table, and what to do about the items that need something done.
    #[must_use]
    pub fn to_human(&self, style: Style) -> String {
        let catalogue = Catalogue::embedded();
        let mut text = self.headline();
        let _ = writeln!(text, "\nevaluated at {}\n", self.evaluated_at());
        let items = self.by_urgency();
        let rows: Vec<[String; 5]> = items.iter().map(|item| row(item)).collect();
        let width = |column: fn(&[String; 5]) -> &String| {
            rows.iter().map(|row| column(row).chars().count()).max().unwrap_or(0).min(WIDEST)
        };
        let (left, key, role, entity) = (
            width(|row| &row[1]).max(4),
            width(|row| &row[2]).max(3),
            width(|row| &row[3]).max(4),
            width(|row| &row[4]),
        );
        let _ = writeln!(
            text,
            "{:<13}  {:>left$}  {:<key$}  {:<role$}  entity or source",
            "state", "left", "key", "role"
        );
        for (item, [state, days, label, purpose, place]) in items.iter().zip(&rows) {
            let line =
                format!("{state:<13}  {days:>left$}  {label:<key$}  {purpose:<role$}  {place:<entity$}");
            let _ = writeln!(text, "{}", painted(item.state(), line.trim_end(), style));
            for finding in item.findings().iter().filter(|finding| finding.severity() > Severity::Note) {
                let fix = catalogue.entry(finding.code()).and_then(|entry| entry.fix(Provider::Any));
                let _ = writeln!(text, "               {} {}", finding.code(), plain(finding.why()));
                let _ = writeln!(text, "                     fix: {}", fix.unwrap_or_default());
            }
        }
        text.push_str(&super::owners::line(self));
        text
    }

    /// One line for a monitor: the worst state and how many items there are of each.
    #[must_use]
    pub fn headline(&self) -> String {
        let worst = match self.exit_code() {
            0 => "OK",
            1 => "WARNING",
            2 => "CRITICAL",
            _ => "UNKNOWN",
        };
        let counts = State::ALL.iter().rev().map(|state| (self.count(*state), state));
        let counts: Vec<String> =
            counts.filter(|(count, _)| *count > 0).map(|(count, state)| format!("{count} {state}")).collect();
        let counts = if counts.is_empty() { "no key".to_owned() } else { counts.join(", ") };
        format!("{worst}: {} items: {counts}", self.items().len())
    }
}

fn row(item: &Surveyed) -> [String; 5] {
    let record = item.record();
    let left = days_left(item).map_or("-".to_owned(), |days| format!("{days} d"));
    let key =
        record.key().map_or("-".to_owned(), |key| format!("{} {}", short(key.spki_sha256()), key.label()));
    let place = match record.entity() {
        Some(_) => plain(entity_or_source(record)),
        None => format!("{}#{}", plain(record.source()), record.index()),
    };
    let subject = record
        .certificate()
        .map_or(String::new(), |certificate| format!("  {}", plain(certificate.subject())));
    [item.state().to_string(), left, key, role(record).to_owned(), place + &subject]
}

fn painted(state: State, line: &str, style: Style) -> String {
    let colour = match state {
        State::Expired | State::Critical => "31",
        State::Warning | State::Unreadable | State::NotYetValid => "33",
        _ => return line.to_owned(),
    };
    if style == Style::Colour { format!("\u{1b}[{colour}m{line}\u{1b}[0m") } else { line.to_owned() }
}

/// Columns are padded up to this many characters.
const WIDEST: usize = 60;
