//! `slo`: decision records against thresholds of the success rate, per window and per code.

use super::args::Format;
use super::{DENIED, OK, Outcome, Stop, UNDECIDABLE, WARNING, input};
use bonafide::diagnosis::{DecisionRecord, Outcome as Decision};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read;
use std::path::PathBuf;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  troubleshoot slo decisions.ndjson")]
pub struct Options {
    /// Decision records of the library, one JSON object per line; - reads standard input
    pub input: PathBuf,
    /// Success rates in percent: good, warning below, critical below
    #[arg(long, value_name = "GOOD,WARN,CRIT", default_value = "99.9,99.5,99", value_parser = thresholds)]
    pub thresholds: Thresholds,
    /// Length of a window in seconds
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u32).range(1..))]
    pub window: u32,
    /// Form of the report
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
}

/// Success rates in percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    good: f64,
    warning: f64,
    critical: f64,
}

fn thresholds(text: &str) -> Result<Thresholds, String> {
    let numbers: Vec<f64> = text.split(',').filter_map(|part| part.trim().parse().ok()).collect();
    match numbers.as_slice() {
        [good, warning, critical]
            if good >= warning && warning >= critical && *critical >= 0.0 && *good <= 100.0 =>
        {
            Ok(Thresholds { good: *good, warning: *warning, critical: *critical })
        }
        _ => Err("give three falling percentages such as 99.9,99.5,99".to_owned()),
    }
}

/// Decisions of one window.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    accepted: usize,
    denied: usize,
}

impl Count {
    fn add(&mut self, decision: Decision) {
        match decision {
            Decision::Accepted => self.accepted += 1,
            _ => self.denied += 1,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate in percent")]
    fn rate(self) -> f64 {
        let all = self.accepted + self.denied;
        if all == 0 { 100.0 } else { self.accepted as f64 * 100.0 / all as f64 }
    }

    fn state(self, thresholds: Thresholds) -> &'static str {
        match self.rate() {
            rate if rate < thresholds.critical => "critical",
            rate if rate < thresholds.warning => "warning",
            rate if rate < thresholds.good => "notice",
            _ => "good",
        }
    }
}

pub fn run(options: &Options, stdin: &mut dyn Read) -> Result<Outcome, Stop> {
    let octets = input::read(&options.input, stdin)?;
    let text = String::from_utf8_lossy(&octets);
    let (mut windows, mut codes) = (BTreeMap::<i64, Count>::new(), BTreeMap::<String, usize>::new());
    let (mut total, mut unreadable) = (Count::default(), 0_usize);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let record = serde_json::from_str::<DecisionRecord>(line).ok();
        let Some((record, at)) = record.and_then(|record| {
            let at = OffsetDateTime::parse(&record.at, &Rfc3339).ok()?;
            Some((record, at))
        }) else {
            unreadable += 1;
            continue;
        };
        let seconds = i64::from(options.window);
        windows.entry(at.unix_timestamp().div_euclid(seconds) * seconds).or_default().add(record.outcome);
        total.add(record.outcome);
        if record.outcome != Decision::Accepted {
            *codes.entry(record.code.unwrap_or_else(|| "without code".to_owned())).or_default() += 1;
        }
    }
    let worst = windows.values().map(|count| count.state(options.thresholds));
    let code = match worst.max_by_key(|state| STATES.iter().position(|known| known == state)) {
        None => UNDECIDABLE,
        Some("critical") => DENIED,
        Some("warning") => WARNING,
        _ if unreadable > 0 => WARNING,
        _ => OK,
    };
    let report = Report { windows, codes, total, unreadable, thresholds: options.thresholds };
    let text = if options.format == Format::Json { report.json() } else { report.human() };
    Ok(Outcome::report(code, text))
}

struct Report {
    windows: BTreeMap<i64, Count>,
    codes: BTreeMap<String, usize>,
    total: Count,
    unreadable: usize,
    thresholds: Thresholds,
}

impl Report {
    fn human(&self) -> String {
        let mut text = format!(
            "{} decisions, {} denied, success rate {:.2} %\n\n",
            self.total.accepted + self.total.denied,
            self.total.denied,
            self.total.rate()
        );
        for (start, count) in self.windows.iter().filter(|(_, count)| count.state(self.thresholds) != "good")
        {
            let (state, all) = (count.state(self.thresholds), count.accepted + count.denied);
            let _ = writeln!(
                text,
                "    {state:<9} {}  {:6.2} %  {} of {all} denied",
                instant(*start),
                count.rate(),
                count.denied
            );
        }
        let mut codes: Vec<(&String, &usize)> = self.codes.iter().collect();
        codes.sort_by_key(|(code, count)| (std::cmp::Reverse(**count), code.as_str()));
        for (code, count) in codes {
            let _ = writeln!(text, "    {:<9} {count:>6}", bonafide::characters::escape_hidden(code));
        }
        if self.unreadable > 0 {
            let _ = writeln!(text, "    {} lines are no decision records", self.unreadable);
        }
        text
    }

    fn json(&self) -> String {
        let windows: Vec<Value> = self
            .windows
            .iter()
            .map(|(start, count)| {
                json!({ "from": instant(*start), "accepted": count.accepted, "denied": count.denied,
                    "rate": count.rate(), "state": count.state(self.thresholds) })
            })
            .collect();
        let json = json!({ "schema": "bonafide/1", "accepted": self.total.accepted, "denied": self.total.denied,
            "rate": self.total.rate(), "windows": windows, "codes": self.codes, "unreadable": self.unreadable });
        super::show::ascii(&super::output::pretty(&json)) + "\n"
    }
}

fn instant(seconds: i64) -> String {
    bonafide::instant::Instant::from_unix(seconds, 0).to_string()
}

/// From good to bad.
const STATES: [&str; 4] = ["good", "notice", "warning", "critical"];
