//! `onboard`: the test plan of a new integration before it goes live. Settings, keys and mapping are looked through, samples
//! are judged, and each good sample is spoilt in every way that an attacker would try: all of that must be refused.

mod samples;
mod settings;

use super::args::{At, Check, FailOn, at};
use super::junit::{self, Case};
use super::map::text::wrapped;
use super::show::ascii;
use super::{DENIED, OK, Outcome, Stop, WARNING, World, config};
use bonafide::characters::escape_hidden;
use clap::{Parser as _, ValueEnum};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "A sample is what `check` reads: a capture, a posted form, a message, a token. One whose file name holds a code, \
    such as late.SA302.txt, must be refused for that first; every other must be accepted, and is then spoilt (altered, \
    unsigned, for another service, late ...) to see that the settings refuse it. Samples are judged at the time of their \
    capture, else of their issue.\n\n\
    Exit codes: 0 ready, 1 warnings, 2 something failed, 3 nothing to judge.\n\n\
    Example:\n  troubleshoot onboard -c app.toml samples/ --format junit > onboard.xml"
)]
pub struct Options {
    /// Settings of the application, as for `check`
    #[arg(short = 'c', long, value_name = "FILE")]
    pub config: PathBuf,
    /// Samples, or directories of them
    #[arg(required = true, value_name = "SAMPLE")]
    pub samples: Vec<PathBuf>,
    /// Time at which keys and settings are judged: RFC 3339 or now
    #[arg(long, value_name = "TIME", value_parser = at)]
    pub at: Option<At>,
    /// Which results make the exit code 2
    #[arg(long, value_enum, default_value = "deny")]
    pub fail_on: FailOn,
    /// Form of the report
    #[arg(long, value_enum, default_value = "human")]
    pub format: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    Human,
    Json,
    /// For build servers
    Junit,
}

/// What came of one test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Passed,
    /// Not wrong, and not good.
    Warned,
    Failed,
    /// Could not be judged.
    Skipped,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warned => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// One row of the evidence. Nothing of a person stands in it.
#[derive(Debug)]
pub struct Row {
    /// `settings` or the sample.
    pub group: String,
    pub test: String,
    pub state: State,
    /// Evidence, or what is wrong and what to do.
    pub said: String,
}

pub fn run(options: &Options, world: &World) -> Result<Outcome, Stop> {
    let now = match options.at {
        None | Some(At::Now) => (world.clock)(),
        Some(At::Instant(instant)) => instant,
        Some(_) => {
            return Err(Stop::usage("--at: give RFC 3339 or now; samples are judged at their own time"));
        }
    };
    let mut under =
        Alone::try_parse_from(["onboard", "-"]).map_err(|error| Stop::usage(error.to_string()))?.check;
    under.config = Some(options.config.clone());
    let facts = config::apply(&mut under)?;
    let mut rows = settings::rows(&under, &facts, now)?;
    let files = samples::files(&options.samples)?;
    if files.is_empty() {
        return Err(Stop::unusable("there is no sample in the folders; give captures, messages or tokens"));
    }
    let mut good = 0_usize;
    for file in &files {
        good += usize::from(samples::judge(file, &under, world, &mut rows));
    }
    if good == 0 {
        rows.push(Row {
            group: "samples".to_owned(),
            test: "a login works".to_owned(),
            state: State::Failed,
            said: "no sample is a login that is accepted: record one in the test tenant and add it"
                .to_owned(),
        });
    }
    let count = |state| rows.iter().filter(|row| row.state == state).count();
    let code = match (count(State::Failed), count(State::Warned)) {
        (0, 0) => OK,
        (0, _) if options.fail_on == FailOn::Deny => WARNING,
        _ => DENIED,
    };
    Ok(Outcome::report(code, text(options.format, &rows, now)))
}

/// The options of `check` without a command around them.
#[derive(clap::Parser)]
struct Alone {
    #[command(flatten)]
    check: Check,
}

fn text(form: Form, rows: &[Row], now: time::OffsetDateTime) -> String {
    let count = |state| rows.iter().filter(|row| row.state == state).count();
    let [passed, warned, failed, skipped] =
        [State::Passed, State::Warned, State::Failed, State::Skipped].map(count);
    let verdict = match (failed, warned) {
        (0, 0) => "ready",
        (0, _) => "ready with warnings",
        _ => "not ready",
    };
    let at = bonafide::instant::Instant::from(now).to_string();
    match form {
        Form::Human => {
            let mut text = format!("{}  settings and keys judged at {at}\n", verdict.to_uppercase());
            let mut group = "";
            for row in rows {
                if group != row.group {
                    let _ = writeln!(text, "\n{}", escape_hidden(&row.group));
                    group = &row.group;
                }
                let sign = match row.state {
                    State::Passed => "\u{2713}",
                    State::Warned => "!",
                    State::Failed => "\u{2717}",
                    State::Skipped => "-",
                };
                let _ = writeln!(text, "  {sign} {:<8} {}", row.state.as_str(), escape_hidden(&row.test));
                for line in wrapped(&escape_hidden(&row.said), 84) {
                    let _ = writeln!(text, "             {line}");
                }
            }
            let _ =
                writeln!(text, "\n{passed} passed, {warned} warnings, {failed} failed, {skipped} skipped");
            text
        }
        Form::Json => {
            let list: Vec<Value> = rows
                .iter()
                .map(|row| json!({ "group": row.group, "test": row.test, "state": row.state.as_str(), "said": row.said }))
                .collect();
            let document = json!({ "schema": "bonafide/1", "evaluated_at": at, "verdict": verdict, "tests": list,
                "passed": passed, "warnings": warned, "failed": failed, "skipped": skipped });
            ascii(&super::output::pretty(&document)) + "\n"
        }
        Form::Junit => {
            let cases: Vec<Case> = rows
                .iter()
                .map(|row| {
                    let said = Some(row.said.clone()).filter(|said| !said.is_empty());
                    let case = Case { group: row.group.clone(), name: row.test.clone(), ..Case::default() };
                    match row.state {
                        State::Failed => Case { failure: said, ..case },
                        State::Skipped => Case { skipped: said, ..case },
                        State::Warned => Case { output: said.map(|said| format!("warning: {said}")), ..case },
                        State::Passed => Case { output: said, ..case },
                    }
                })
                .collect();
            junit::suite("onboard", &cases)
        }
    }
}

/// The name of a file, without its folder.
fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
