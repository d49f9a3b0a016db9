//! `trace`: what happened in this login, step by step? Loops, lost sessions, errors of the identity provider.

mod session;
mod steps;

use super::args::{FailOn, ReportFormat, Reveal};
use super::capture::{Capture, Exchange, Kind, skew};
use super::input::{Content, Detected};
use super::show::ascii;
use super::{Outcome, Stop, World, check, idp_errors, input, output};
use bonafide::characters::escape_hidden;
use bonafide::diagnosis::{Diagnosis, Fact, Style};
use bonafide::error::{Code, Location, Protocol, Quoted, Severity};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read;
use std::ops::Range;
use std::path::PathBuf;
use steps::Step;
pub use steps::place;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  troubleshoot trace login.har")]
pub struct Options {
    /// HAR file or SAML-tracer export; - reads standard input
    pub input: PathBuf,
    /// Show more than pseudonyms; what could be replayed is never shown
    #[arg(long, value_enum)]
    pub reveal: Option<Reveal>,
    /// Key for pseudonyms, so that several reports can be linked
    #[arg(long, value_name = "FILE")]
    pub pseudonym_key: Option<PathBuf>,
    /// Which findings make the exit code 2
    #[arg(long, value_enum, default_value = "deny")]
    pub fail_on: FailOn,
    /// Form of the report
    #[arg(long, value_enum, default_value = "human")]
    pub format: ReportFormat,
}

pub fn run(options: &Options, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    let octets = input::read(&options.input, stdin)?;
    let redactor = output::redactor(&octets, options.reveal, options.pseudonym_key.as_deref(), &[], world)?;
    let Detected { steps: form, content } = input::detect(&octets);
    let capture = match content {
        Content::Capture(capture) => capture,
        Content::Broken(_) => {
            return Err(Stop::unusable("the capture is cut off or damaged; export it again"));
        }
        _ => {
            return Err(Stop::usage(
                "the input is no capture; trace reads HAR files and SAML-tracer exports",
            ));
        }
    };
    let steps = steps::of(&capture, &redactor);
    let diagnosis = Diagnosis::of_facts(Protocol::Saml, facts(&capture));
    let at = capture.exchanges.iter().filter_map(|exchange| capture.time_of(exchange)).next_back();
    let (now, source) = match at {
        Some(at) => (at, bonafide::diagnosis::TimeSource::Capture),
        None => check::evaluation_time(None, None, world)?,
    };
    let context = output::context("capture", &octets, now, source);
    let context = form.iter().fold(context, |context, step| context.with_step(step));
    let text = match options.format {
        ReportFormat::Human => {
            let style = if world.colour { Style::Colour } else { Style::Plain };
            with_table(&diagnosis.to_human(&context, &redactor, style), &steps)
        }
        ReportFormat::Json => with_member(&diagnosis.to_json(&context, &redactor), &steps),
        ReportFormat::Md => diagnosis.to_markdown(&context, &redactor) + &markdown(&steps),
        ReportFormat::Html => with_section(&diagnosis.to_html(&context, &redactor), &steps),
    };
    let code = match diagnosis.severity() {
        // A capture without anything wrong is no proof that a login is good: that is for `check`.
        None => super::OK,
        Some(_) => output::exit_code_of(diagnosis.severity(), options.fail_on),
    };
    Ok(Outcome::report(code, text))
}

/// What the whole of a capture says.
pub fn facts(capture: &Capture) -> Vec<Fact> {
    let mut facts = idp_errors::facts(capture);
    let looped = login_loop(capture);
    facts.extend(session::lost(capture, looped.is_some()));
    facts.extend(looped);
    let arrivals = capture.messages();
    let arrival =
        arrivals.iter().rfind(|message| message.kind.is_login() && message.kind != Kind::TokenResponse);
    if let Some(skew) = arrival.and_then(|message| skew::measured(capture, message.exchange))
        && skew.seconds.abs() >= super::captured::NOTABLE_SECONDS
    {
        facts.push(skew.fact());
    }
    if arrivals.iter().any(|message| message.masked) {
        let why = "the recorder has masked messages: export again without masking, then use sanitize on the copy to share";
        facts.push(Fact::new(Code::IN105, why));
    }
    if capture.has_no_cookies() && !capture.exchanges.is_empty() {
        let why = "cookies are not in this capture: whether a session was lost cannot be told for certain; export again \
                   with sensitive data, then use sanitize on the copy to share";
        facts.push(Fact::new(Code::IN105, why).with_severity(Severity::Note));
    }
    let secrets = capture.secrets();
    if !secrets.is_empty() {
        let why = format!("the capture holds {}: share only what `sanitize` makes of it", secrets.join(", "));
        facts.push(Fact::new(Code::IN106, &why).with_severity(Severity::Note));
    }
    facts
}

/// Login responses that arrive at the same place again and again.
pub fn login_loop(capture: &Capture) -> Option<Fact> {
    let messages = capture.messages();
    let logins: Vec<&Exchange> =
        messages.iter().filter(|message| message.kind.is_login()).map(|message| message.exchange).collect();
    let mut places: BTreeMap<&str, Vec<&Exchange>> = BTreeMap::new();
    for login in logins {
        places.entry(login.url.split(['?', '#']).next().unwrap_or_default()).or_default().push(login);
    }
    let longest = places.into_values().map(longest_round).max_by_key(Vec::len)?;
    if longest.len() < LOOP_ROUNDS {
        return None;
    }
    let (first, last) = (longest.first()?, longest.last()?);
    let span = first.at().zip(last.at()).map(|(first, last)| (last - first).as_seconds_f64());
    let span = span.map_or_else(String::new, |seconds| format!(" in {seconds:.1} s"));
    let seen = format!("{} login responses{span}", longest.len());
    let why = "the application asks for a login again as soon as it has got one: it refuses the response, or forgets the \
               session that it made of it; `check --entry N` tells which";
    Some(
        Fact::new(Code::FL101, why)
            .with_seen(Quoted::protocol(&seen))
            .with_location(Location::built(format!("entries {} to {}", first.number, last.number))),
    )
}

/// The most logins at one place within [`LOOP_SECONDS`], in their order; those without a time may be of any round.
fn longest_round(logins: Vec<&Exchange>) -> Vec<&Exchange> {
    let (mut timed, mut round): (Vec<_>, Vec<_>) = logins.into_iter().partition(|login| login.at().is_some());
    timed.sort_by_key(|login| login.at());
    let millis = |at: time::OffsetDateTime| at.unix_timestamp() * 1000 + i64::from(at.millisecond());
    let times: Vec<i64> = timed.iter().filter_map(|login| Some(millis(login.at()?))).collect();
    let window = fullest(times.len(), LOOP_SECONDS * 1000 + 999, |index| times[index]);
    round.extend(timed.get(window).into_iter().flatten());
    round.sort_by_key(|login| login.number);
    round
}

/// The largest range of `count` sorted times that lies within a span. Both ends move forward only.
fn fullest(count: usize, span: i64, time: impl Fn(usize) -> i64) -> Range<usize> {
    let (mut start, mut best) = (0, 0..0);
    for end in 0..count {
        let last = time(end);
        while last - time(start) > span {
            start += 1;
        }
        if end + 1 - start > best.len() {
            best = start..end + 1;
        }
    }
    best
}

/// A session that stays needs one round; two are a user who tries again.
const LOOP_ROUNDS: usize = 3;
/// AD FS itself stops at five in twenty seconds; people who try again need longer.
const LOOP_SECONDS: i64 = 60;

/// The table behind the headline.
fn with_table(report: &str, steps: &[Step]) -> String {
    let (headline, rest) = report.split_once('\n').unwrap_or((report, ""));
    let mut text = format!("{headline}\n\n  {:>3}  {:>8}  {:<4}  step\n", "#", "t", "who");
    for step in steps {
        let line = format!(
            "  {:>3}  {:>8}  {:<4}  {}",
            step.number,
            step.time(),
            step.actor,
            escape_hidden(&step.what)
        );
        let _ = writeln!(text, "{}", cut(&line));
        for note in &step.notes {
            let _ = writeln!(text, "{}", cut(&format!("{}{}", " ".repeat(23), escape_hidden(note))));
        }
    }
    text + rest
}

/// One line of the page.
fn cut(line: &str) -> String {
    if line.chars().count() <= 100 {
        return line.to_owned();
    }
    line.chars().take(99).chain(['\u{2026}']).collect()
}

fn with_member(report: &str, steps: &[Step]) -> String {
    let steps: Vec<serde_json::Value> = steps.iter().map(Step::json).collect();
    let steps = ascii(&super::output::pretty(&steps.into())).replace('\n', "\n  ");
    let body = report.trim_end().strip_suffix('}').unwrap_or(report).trim_end();
    format!("{body},\n  \"steps\": {steps}\n}}\n")
}

fn markdown(steps: &[Step]) -> String {
    let mut text = "\n## Steps\n\n| # | t | who | step |\n|---|---|---|---|\n".to_owned();
    for step in steps {
        let what = [vec![step.what.clone()], step.notes.clone()].concat();
        let what: Vec<String> = what
            .iter()
            .map(|line| format!("`{}`", escape_hidden(line).replace('`', "'").replace('|', "\\|")))
            .collect();
        let _ =
            writeln!(text, "| {} | {} | {} | {} |", step.number, step.time(), step.actor, what.join("<br>"));
    }
    text
}

fn with_section(report: &str, steps: &[Step]) -> String {
    let mut section =
        "<h2>Steps</h2><table><tr><th>#</th><th>t</th><th>who</th><th>step</th></tr>\n".to_owned();
    for step in steps {
        let what = [vec![step.what.clone()], step.notes.clone()].concat();
        let what: Vec<String> =
            what.iter().map(|line| super::markup::escaped(&escape_hidden(line))).collect();
        let (number, time, actor) = (step.number, step.time(), step.actor);
        let what = what.join("<br>");
        let _ = writeln!(section, "<tr><td>{number}</td><td>{time}</td><td>{actor}</td><td>{what}</td></tr>");
    }
    section.push_str("</table>\n");
    report.replacen("<footer>", &(section + "<footer>"), 1)
}

#[cfg(test)]
mod tests {
    use super::fullest;
    use std::cell::Cell;

    #[test]
    fn rounds_are_found_in_one_pass() {
        let mut state = 1_u64;
        for count in [0_usize, 1, 2, 10, 100, 1_000] {
            let mut times: Vec<i64> = (0..count)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    i64::try_from(state >> 54).unwrap()
                })
                .collect();
            times.sort_unstable();
            let asked = Cell::new(0_usize);
            let found = fullest(count, 60, |index| {
                asked.set(asked.get() + 1);
                times[index]
            });
            assert!(asked.get() <= 3 * count, "{} for {count}", asked.get());
            let of =
                |start: usize| times[start..].iter().take_while(|time| **time - times[start] <= 60).count();
            assert_eq!(found.len(), (0..count).map(of).max().unwrap_or(0), "{count}");
        }
    }
}
