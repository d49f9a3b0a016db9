//! Cut-over dates as a calendar (RFC 5545).

use super::plain;
use crate::certs::{Slot, Survey};
use crate::encoding::hex;
use crate::instant::Instant;
use ring::digest::{SHA256, digest};

impl Survey {
    /// One event per slot at its cut-over, with an alarm 30 days before.
    #[must_use]
    pub fn to_ical(&self) -> String {
        let mut lines: Vec<String> =
            ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//bonafide//certs//EN"].map(str::to_owned).to_vec();
        for slot in self.slots() {
            if let Some(moment) = slot.cut_over() {
                lines.extend(event(&slot, moment, self.evaluated_at()));
            }
        }
        lines.push("END:VCALENDAR".to_owned());
        lines.iter().map(|line| folded(line)).collect()
    }
}

fn event(slot: &Slot, moment: Instant, now: Instant) -> Vec<String> {
    let name = format!("{} {}", slot.role().as_str(), slot.entity());
    let id = hex::encode(digest(&SHA256, name.as_bytes()).as_ref().get(..16).unwrap_or_default());
    let mut notes = vec![format!("{}: {}", slot.rotation().as_str(), slot.rotation().action())];
    notes.extend(slot.findings().iter().map(|finding| format!("{} {}", finding.code(), finding.why())));
    vec![
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{id}@bonafide"),
        format!("DTSTAMP:{}", stamp(now)),
        format!("DTSTART:{}", stamp(moment)),
        format!("SUMMARY:{}", escaped(&format!("Key cut-over: {name}"))),
        format!("DESCRIPTION:{}", escaped(&notes.join("\n"))),
        "BEGIN:VALARM".to_owned(),
        "ACTION:DISPLAY".to_owned(),
        format!("DESCRIPTION:{}", escaped(&format!("Key cut-over in 30 days: {name}"))),
        "TRIGGER:-P30D".to_owned(),
        "END:VALARM".to_owned(),
        "END:VEVENT".to_owned(),
    ]
}

/// `20251126T000000Z`
fn stamp(moment: Instant) -> String {
    Instant::from_unix(moment.unix_seconds(), 0).to_string().replace(['-', ':'], "")
}

fn escaped(text: &str) -> String {
    let lines =
        text.lines().map(|line| plain(line).replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,"));
    lines.collect::<Vec<_>>().join("\\n")
}

/// Lines of at most 75 octets, then CR LF and a space (RFC 5545 section 3.1).
fn folded(line: &str) -> String {
    let (mut text, mut length) = (String::new(), 0_usize);
    for c in line.chars() {
        if length.saturating_add(c.len_utf8()) > LINE {
            text.push_str("\r\n ");
            length = 1;
        }
        text.push(c);
        length = length.saturating_add(c.len_utf8());
    }
    text.push_str("\r\n");
    text
}

const LINE: usize = 75;
