//! The command line of `map`.

use crate::args::{At, FailOn, Format, Reveal, at};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    after_help = "A mapping is TOML or JSON; a sample is JSON: claims of a token, or a login written down (see the \
    documentation of bonafide::mapping::Sample). A directory stands for its *.json files.\n\n\
    Examples:\n  troubleshoot map lint map.toml\n  troubleshoot map who -c map.toml admin\n  \
    troubleshoot map explain -c map.toml login.json\n  troubleshoot map test -c map.toml tests/\n  \
    troubleshoot map diff old.toml new.toml --samples samples/\n  troubleshoot map preset entra-saml"
)]
pub struct Map {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Why does this login get what it gets?
    Explain(WithSamples),
    /// Does every sample lead to what it expects?
    Test(Test),
    /// Who gains, who loses, and which subject keys change?
    Diff(Diff),
    /// What is dangerous or without effect in a mapping?
    Lint(Lint),
    /// Who can have a role, before anybody logs in?
    Who(Who),
    /// Which claims come and are never read?
    Unused(WithSamples),
    /// What is known about one kind of identity provider
    Preset(Preset),
}

#[derive(Debug, Args)]
pub struct WithSamples {
    /// The mapping
    #[arg(short = 'c', long, value_name = "FILE")]
    pub mapping: PathBuf,
    /// Samples, or directories of them; - reads standard input
    #[arg(required = true, value_name = "SAMPLE")]
    pub samples: Vec<PathBuf>,
    #[command(flatten)]
    pub common: Common,
    /// Form of the report
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct Test {
    /// The mapping
    #[arg(short = 'c', long, value_name = "FILE")]
    pub mapping: PathBuf,
    /// Samples with `expect`, or directories of them; - reads standard input
    #[arg(required = true, value_name = "SAMPLE")]
    pub samples: Vec<PathBuf>,
    #[command(flatten)]
    pub common: Common,
    /// Form of the report
    #[arg(long, value_enum, default_value = "human")]
    pub format: TestFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    Human,
    Json,
    Junit,
}

#[derive(Debug, Args)]
pub struct Diff {
    /// The mapping as it is
    pub old: PathBuf,
    /// The mapping as it shall be
    pub new: PathBuf,
    /// Samples, or directories of them; may be repeated
    #[arg(long, value_name = "SAMPLE")]
    pub samples: Vec<PathBuf>,
    /// A privileged role that may be gained; may be repeated
    #[arg(long, value_name = "ROLE")]
    pub accept_gain: Vec<String>,
    #[command(flatten)]
    pub common: Common,
    /// Form of the report
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct Lint {
    /// The mapping
    #[arg(value_name = "MAPPING", required_unless_present = "mapping")]
    pub file: Option<PathBuf>,
    /// The mapping
    #[arg(short = 'c', long, value_name = "FILE", conflicts_with = "file")]
    pub mapping: Option<PathBuf>,
    #[command(flatten)]
    pub common: Common,
    /// Form of the report
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct Who {
    /// The mapping
    #[arg(short = 'c', long, value_name = "FILE")]
    pub mapping: PathBuf,
    /// The role
    pub role: String,
    #[command(flatten)]
    pub common: Common,
    /// Form of the report
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct Preset {
    /// Its name; without one, all names
    pub name: Option<String>,
    /// Form of the list; a preset is a JSON file
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct Common {
    /// Evaluation time: RFC 3339 or now [default: now]
    #[arg(long, value_name = "TIME", value_parser = at)]
    pub at: Option<At>,
    /// Show more than pseudonyms
    #[arg(long, value_enum)]
    pub reveal: Option<Reveal>,
    /// Key for pseudonyms, so that several reports can be linked
    #[arg(long, value_name = "FILE")]
    pub pseudonym_key: Option<PathBuf>,
    /// Which findings make the exit code 2
    #[arg(long, value_enum, default_value = "deny")]
    pub fail_on: FailOn,
}
