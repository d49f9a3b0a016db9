//! The tool without its surroundings: arguments, standard input and a clock in; two texts and an exit code out.

mod args;
mod bundle;
mod capture;
mod captured;
mod catalogue;
mod certs;
mod check;
mod config;
mod damage;
mod idp_errors;
mod input;
mod junit;
mod lab;
mod map;
mod markup;
mod messages;
mod metadata;
mod names;
mod oidc;
mod onboard;
mod output;
mod own_keys;
pub mod progress;
mod saml;
mod sanitize;
mod secrecy;
mod show;
mod slo;
mod trace;

use args::{Cli, Command};
use bonafide::characters::is_hidden;
use clap::{CommandFactory as _, FromArgMatches as _};
use std::ffi::OsString;
use std::io::Read;

/// What the tool may know of its surroundings.
pub struct World {
    /// Reads the clock, only where no other time was asked for.
    pub clock: fn() -> time::OffsetDateTime,
    /// 32 random octets for pseudonyms, where the input could be guessed or the output is to be shared.
    pub random: fn() -> Option<[u8; 32]>,
    /// Colours are wanted and possible.
    pub colour: bool,
}

/// What the tool says.
#[derive(Debug, Default)]
pub struct Outcome {
    /// 0 ok, 1 warning, 2 denied, 3 undecidable or unusable input, 64 usage.
    pub code: u8,
    /// Reports.
    pub stdout: String,
    /// One line per error of usage or file: what, where, what to do.
    pub stderr: String,
}

impl Outcome {
    fn report(code: u8, stdout: String) -> Self {
        Self { code, stdout, stderr: String::new() }
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub struct Stop {
    code: u8,
    line: String,
}

impl Stop {
    /// The command line is not right: what, where, what to do.
    fn usage(line: impl Into<String>) -> Self {
        Self { code: USAGE, line: line.into() }
    }

    /// The input cannot be read.
    fn unusable(line: impl Into<String>) -> Self {
        Self { code: UNDECIDABLE, line: line.into() }
    }
}

/// Runs one command line.
pub fn run(arguments: impl IntoIterator<Item = OsString>, stdin: &mut dyn Read, world: &World) -> Outcome {
    let cli = match parsed(arguments) {
        Ok(cli) => cli,
        Err(error) => return refused(&error),
    };
    if cli.quiet {
        progress::watched(false);
    }
    let result = match cli.command {
        Command::Check(options) => check::run(&options, stdin, world),
        Command::Certs(options) => certs::run(&options, stdin, world),
        Command::Metadata(options) => metadata::run(&options, stdin, world),
        Command::Show(options) => show::run(&options, stdin, world),
        Command::Trace(options) => trace::run(&options, stdin, world),
        Command::Sanitize(options) => sanitize::run(&options, stdin, world),
        Command::Lab(options) => lab::run(&options, world),
        Command::Bundle(options) => bundle::run(&options, stdin, world),
        Command::Onboard(options) => onboard::run(&options, world),
        Command::Slo(options) => slo::run(&options, stdin),
        Command::Map(options) => map::run(&options, stdin, world),
        Command::Explain(options) => catalogue::explain(&options),
        Command::Codes(options) => Ok(catalogue::codes(&options)),
    };
    result.unwrap_or_else(|stop| Outcome {
        code: stop.code,
        stdout: String::new(),
        stderr: format!("troubleshoot: {}\n", one_line(&stop.line)),
    })
}

/// The command line, and which options of `check` stand in it.
fn parsed(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let matches = Cli::command().try_get_matches_from(arguments)?;
    let mut cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut Cli::command()))?;
    if let (Command::Check(options), Some(matches)) = (&mut cli.command, matches.subcommand_matches("check"))
    {
        let is_given = |id: &&str| {
            matches.value_source(id).is_some_and(|source| source != clap::parser::ValueSource::DefaultValue)
        };
        options.given = matches.ids().map(clap::Id::as_str).filter(is_given).map(str::to_owned).collect();
    }
    Ok(cli)
}

/// Help and version go to standard output, everything else becomes one line.
fn refused(error: &clap::Error) -> Outcome {
    if !error.use_stderr() {
        return Outcome::report(OK, error.to_string());
    }
    let text = error.to_string();
    let lines = text.lines().map(|line| line.trim().trim_start_matches("error: "));
    let wanted =
        |line: &&str| !["Usage:", "For more information", "tip:"].iter().any(|start| line.starts_with(start));
    let what = match error.kind() {
        clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "no command is given".to_owned(),
        _ => lines.take_while(wanted).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" "),
    };
    Outcome {
        code: USAGE,
        stdout: String::new(),
        stderr: format!("troubleshoot: {}; see --help\n", one_line(&what)),
    }
}

/// Foreign text cannot break the line or steer the terminal.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if is_hidden(c) { ' ' } else { c }).collect()
}

const OK: u8 = 0;
const WARNING: u8 = 1;
const DENIED: u8 = 2;
/// Unusable input, or not enough to decide.
pub const UNDECIDABLE: u8 = 3;
const USAGE: u8 = 64;
