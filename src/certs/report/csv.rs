//! Comma-separated values (RFC 4180): one line per item, ready for a spreadsheet that must not run them.

use super::{days_left, role};
use crate::certs::Survey;
use crate::characters::is_hidden;

impl Survey {
    /// The report as CSV with a header line. What a spreadsheet would take for a formula has an apostrophe before it, also
    /// where it separates cells by something else than commas.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut text = format!("{}\r\n", COLUMNS.join(","));
        for item in self.items() {
            let record = item.record();
            let certificate = record.certificate();
            let codes: Vec<&str> = item.findings().iter().map(|finding| finding.code().as_str()).collect();
            let fields = [
                item.state().as_str().to_owned(),
                days_left(item).map_or(String::new(), |days| days.to_string()),
                certificate.map_or(String::new(), |certificate| certificate.not_before().to_string()),
                certificate.map_or(String::new(), |certificate| certificate.not_after().to_string()),
                role(record).to_owned(),
                quoted(record.entity().unwrap_or_default()),
                quoted(record.source()),
                record.index().to_string(),
                quoted(certificate.map_or("", |certificate| certificate.subject())),
                quoted(certificate.map_or("", |certificate| certificate.issuer())),
                quoted(certificate.map_or("", |certificate| certificate.serial())),
                record.key().map_or("", |key| key.label()).to_owned(),
                certificate.map_or("", |certificate| certificate.signature_algorithm()).to_owned(),
                record.key().map_or("", |key| key.spki_sha256()).to_owned(),
                certificate.map_or("", |certificate| certificate.sha256()).to_owned(),
                quoted(record.kid().unwrap_or_default()),
                record.side().as_str().to_owned(),
                quoted(record.holder().unwrap_or_default()),
                codes.join(" "),
                quoted(record.error().map_or("", |error| error.what())),
            ];
            text.push_str(&fields.join(","));
            text.push_str("\r\n");
        }
        text
    }
}

/// Quotes where they are needed.
fn quoted(value: &str) -> String {
    let value = harmless(value);
    if value.contains([',', '"']) { format!("\"{}\"", value.replace('"', "\"\"")) } else { value }
}

/// Without formulas at the start of what could be a cell: a spreadsheet separates cells as its country does, and removes
/// quotes and spaces.
fn harmless(value: &str) -> String {
    let shown = |c: char| match c {
        c if c.is_control() => ' ',
        c if is_hidden(c) => '\u{fffd}',
        c => c,
    };
    let mut text = String::with_capacity(value.len());
    let mut place = Place::Cell;
    let mut rest = value.chars().map(shown).peekable();
    while let Some(c) = rest.next() {
        // Between words a sign by itself is no formula, whatever separates cells.
        let alone = matches!(c, '+' | '-') && rest.peek().is_none_or(|next| *next == ' ');
        if FORMULA.contains(&c) && (place == Place::Cell || (place == Place::Word && !alone)) {
            text.push('\'');
        }
        text.push(c);
        place = match c {
            ',' | ';' | '|' => Place::Cell,
            ' ' | '"' if place == Place::Cell => Place::Cell,
            ' ' => Place::Word,
            _ => Place::Inside,
        };
    }
    text
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Where a cell may start.
    Cell,
    /// After a space.
    Word,
    Inside,
}

/// What a formula starts with, also in full width.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

const COLUMNS: [&str; 20] = [
    "state",
    "days_left",
    "not_before",
    "not_after",
    "role",
    "entity",
    "source",
    "index",
    "subject",
    "issuer",
    "serial",
    "key",
    "signature_algorithm",
    "spki_sha256",
    "cert_sha256",
    "kid",
    "side",
    "holder",
    "findings",
    "error",
];

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_spreadsheet_runs_nothing() {
        for (value, written) in [
            ("a", "a"),
            ("a,b", "\"a,b\""),
            ("CN=\"x\"", "\"CN=\"\"x\"\"\""),
            ("=1+1", "'=1+1"),
            ("@x,y", "\"'@x,y\""),
            ("a\nb", "a b"),
            ("https://idp.test/;=cmd|' /C calc'!A0;x", "https://idp.test/;'=cmd|' /C calc'!A0;x"),
            ("\t=1", " '=1"),
            ("\r\n  +1", "    '+1"),
            ("a|@x", "a|'@x"),
            ("a;\"=1\"", "\"a;\"\"'=1\"\"\""),
            ("a; -1", "a; '-1"),
            ("\u{ff1d}1;\u{ff0b}1 \u{ff0d}1,\u{ff20}x", "\"'\u{ff1d}1;'\u{ff0b}1 '\u{ff0d}1,'\u{ff20}x\""),
            ("CN=Acme - Root, O=a+b", "\"CN=Acme - Root, O=a+b\""),
            ("https://idp.test/a-b?c=d@e", "https://idp.test/a-b?c=d@e"),
            ("a\u{200b}b", "a\u{fffd}b"),
        ] {
            assert_eq!(quoted(value), written);
            for separator in [',', ';', '|', '\t', ' '] {
                let cells = written.split(separator).map(|cell| cell.trim_matches([' ', '"']));
                let formula = |cell: &str| cell.len() > 1 && cell.starts_with(super::FORMULA);
                assert!(!cells.into_iter().any(formula), "{written:?} by {separator:?}");
            }
        }
    }
}
