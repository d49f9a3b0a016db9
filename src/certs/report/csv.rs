//! Comma-separated values (RFC 4180): one line per item, ready for a spreadsheet that must not run them.

use super::{days_left, role};
use crate::certs::Survey;

impl Survey {
    /// The report as CSV with a header line. Text that a spreadsheet would take for a formula starts with an apostrophe.
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
    let mut value: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if value.starts_with(['=', '+', '-', '@']) {
        value.insert(0, '\'');
    }
    if value.contains([',', '"']) { format!("\"{}\"", value.replace('"', "\"\"")) } else { value }
}

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
        ] {
            assert_eq!(quoted(value), written);
        }
    }
}
