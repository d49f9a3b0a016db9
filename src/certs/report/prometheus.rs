//! Text for Prometheus: one form that the text format 0.0.4 (node_exporter's textfile collector) and OpenMetrics both accept.
//! Gauges only, no time stamps of samples, seconds since 1970 rather than days left, so that an old file still alerts rightly.

use super::{entity_or_source, plain, short};
use crate::certs::{Slot, State, Survey, Thresholds};
use core::fmt::Write as _;
use std::collections::BTreeMap;

impl Survey {
    /// The report as text for Prometheus and OpenMetrics.
    #[must_use]
    pub fn to_prometheus(&self) -> String {
        let mut text = String::new();
        let help = "Certificate notAfter as Unix time.";
        family(&mut text, "fed_key_not_after_timestamp_seconds", help, self.key_samples());
        let slots = self.slots();
        let cut_overs =
            slots.iter().filter_map(|slot| Some((labels(&of_slot(slot)), slot.cut_over()?.unix_seconds())));
        let help = "Predicted latest safe moment for key cut-over.";
        family(&mut text, "fed_slot_cutover_timestamp_seconds", help, cut_overs);
        let states = slots.iter().map(|slot| {
            let mut pairs = of_slot(slot).to_vec();
            pairs.push(("state", slot.rotation().as_str()));
            (labels(&pairs), 1)
        });
        let help = "1 for the current rotation state of the slot.";
        family(&mut text, "fed_slot_rotation_state", help, states);
        let unreadable = self.count(State::Unreadable);
        let readable = self.items().len().saturating_sub(unreadable);
        let results = [("ok", readable), ("error", unreadable)];
        let results = results
            .map(|(result, count)| (labels(&[("result", result)]), i64::try_from(count).unwrap_or(i64::MAX)));
        family(&mut text, "fed_scan_items", "Items by result of the last scan.", results);
        let at = [(String::new(), self.evaluated_at().unix_seconds())];
        family(&mut text, "fed_scan_timestamp_seconds", "Time of the last scan.", at);
        text.push_str("# EOF\n");
        text
    }

    /// Each set of labels once; of several certificates of one key the first end counts.
    fn key_samples(&self) -> BTreeMap<String, i64> {
        let mut samples = BTreeMap::new();
        for item in self.items() {
            let record = item.record();
            let Some(certificate) = record.certificate() else { continue };
            let roles: Vec<&str> = record.roles().map(super::super::Role::as_str).collect();
            for role in if roles.is_empty() { vec![""] } else { roles } {
                let labels = labels(&[
                    ("entity", entity_or_source(record)),
                    ("role", role),
                    ("side", record.side().as_str()),
                    ("spki", short(certificate.key().spki_sha256())),
                ]);
                let end = certificate.not_after().unix_seconds();
                let sample = samples.entry(labels).or_insert(end);
                *sample = end.min(*sample);
            }
        }
        samples
    }
}

impl Thresholds {
    /// Alerting rules for the series of [`Survey::to_prometheus`], as a rule file of Prometheus (YAML): cut-over below the two
    /// last thresholds, a successor that is published and not trusted, items that cannot be read, and a scan that did not run
    /// for two days. Fractions of a lifetime are not in it: the series do not tell how long a key was made for.
    #[must_use]
    pub fn to_prometheus_rules(&self) -> String {
        let [warning, critical] = self.alert_days();
        let left = "(fed_slot_cutover_timestamp_seconds - time()) / 86400";
        let place = "{{ $labels.role }} of {{ $labels.entity }}";
        let mut text = "# Made by `troubleshoot certs alerts`; the series come from `troubleshoot certs --format prometheus`.\n\
                        groups:\n  - name: bonafide-certs\n    rules:\n"
            .to_owned();
        let rules = [
            (
                "FederationKeyCutoverCritical",
                format!("{left} < {critical}"),
                "critical",
                format!("{place}: the key changes in less than {critical} days"),
            ),
            (
                "FederationKeyCutoverSoon",
                format!("{left} < {warning} and {left} >= {critical}"),
                "warning",
                format!("{place}: the key changes in less than {warning} days"),
            ),
            (
                "FederationSuccessorNotTrusted",
                "fed_slot_rotation_state{state=\"published-not-trusted\"} == 1".to_owned(),
                "warning",
                format!("{place}: the next key is published and not trusted; logins fail when it signs"),
            ),
            (
                "FederationKeysUnreadable",
                "fed_scan_items{result=\"error\"} > 0".to_owned(),
                "warning",
                "{{ $value }} items of the last scan cannot be read".to_owned(),
            ),
            (
                "FederationScanStale",
                "time() - fed_scan_timestamp_seconds > 2 * 86400".to_owned(),
                "warning",
                "the keys were not scanned for two days".to_owned(),
            ),
            (
                "FederationScanAbsent",
                "absent(fed_scan_timestamp_seconds)".to_owned(),
                "warning",
                "there is no scan of the keys".to_owned(),
            ),
        ];
        for (name, expression, severity, summary) in rules {
            let _ = writeln!(
                text,
                "      - alert: {name}\n        expr: '{expression}'\n        labels:\n          severity: {severity}\n        \
                 annotations:\n          summary: '{summary}'"
            );
        }
        text
    }
}

fn of_slot(slot: &Slot) -> [(&'static str, &str); 2] {
    [("entity", slot.entity()), ("role", slot.role().as_str())]
}

/// A gauge with its samples; nothing when there are none.
fn family(text: &mut String, name: &str, help: &str, samples: impl IntoIterator<Item = (String, i64)>) {
    let mut samples = samples.into_iter().peekable();
    if samples.peek().is_none() {
        return;
    }
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (labels, value) in samples {
        let _ = writeln!(text, "{name}{labels} {value}");
    }
}

fn labels(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{{{}}}", pairs.join(","))
}

fn escaped(value: &str) -> String {
    plain(value).replace('\\', "\\\\").replace('"', "\\\"")
}
