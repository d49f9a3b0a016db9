//! `lab`: synthetic samples that trigger a code, with an answer sheet. They are signed by test keys that nobody trusts.

mod forms;
mod vectors;

use super::{OK, Outcome, Stop, World};
use bonafide::diagnosis::{Catalogue, Provider};
use bonafide::error::Code;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  troubleshoot lab list\n  troubleshoot lab make SA401 -o sample")]
pub struct Options {
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Write a sample that triggers a code, and an answer sheet
    Make(Make),
    /// The codes that have a sample of their own
    List,
}

#[derive(Debug, clap::Args)]
pub struct Make {
    /// Code, such as SA401
    pub code: String,
    /// New folder for the sample [default: lab-CODE]
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

/// How a sample is made: the good message of the test data with edits, in a form, judged under flags.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Recipe {
    code: String,
    title: String,
    cause: String,
    edit: Vec<(String, String)>,
    set: BTreeMap<String, String>,
    form: String,
    error: String,
    command: Option<String>,
    mapping: Option<Value>,
}

/// A sample in memory: files by name, and the command that is run over them inside their folder.
struct Sample {
    title: String,
    cause: String,
    files: Vec<(String, Vec<u8>)>,
    command: Vec<String>,
}

pub fn run(options: &Options, world: &World) -> Result<Outcome, Stop> {
    match &options.verb {
        Verb::List => {
            let line = |recipe: &Recipe| format!("{}  {}\n", recipe.code, recipe.title);
            let list: String = recipes().iter().map(line).collect();
            Ok(Outcome::report(
                OK,
                list + "any other SA code that a test vector triggers can be made as well\n",
            ))
        }
        Verb::Make(options) => make(options, world),
    }
}

fn make(options: &Make, world: &World) -> Result<Outcome, Stop> {
    let wanted = options.code.trim();
    let known = Code::ALL.iter().find(|code| code.as_str().eq_ignore_ascii_case(wanted)).copied();
    let code = known.ok_or_else(|| {
        Stop::usage(format!("`{wanted}` is no code; `troubleshoot codes` lists all of them"))
    })?;
    let recipe = recipes().into_iter().find(|recipe| recipe.code == code.as_str());
    let sample = match recipe {
        Some(recipe) => forms::sample(&recipe)?,
        None => vectors::sample(code, world)?,
    };
    let folder = options.output.clone().unwrap_or_else(|| PathBuf::from(format!("lab-{code}")));
    let refused =
        |error: std::io::Error| Stop::usage(format!("-o {}: {error}; give a new folder", folder.display()));
    std::fs::create_dir(&folder).map_err(refused)?;
    for (name, octets) in &sample.files {
        super::sanitize::write_private("-o", &folder.join(name), octets)?;
    }
    let sheet = answer(code, &sample);
    let text = serde_json::to_string_pretty(&sheet).unwrap_or_default() + "\n";
    super::sanitize::write_private("-o", &folder.join("answer.json"), text.as_bytes())?;
    Ok(Outcome::report(OK, page(code, &sample, &folder)))
}

/// What is to be found, and how.
fn answer(code: Code, sample: &Sample) -> Value {
    let fix = Catalogue::embedded().entry(code).and_then(|entry| entry.fix(Provider::Any).map(str::to_owned));
    json!({ "code": code.as_str(), "name": code.name(), "title": sample.title, "command": sample.command,
        "first_finding": code.as_str(), "cause": sample.cause, "fix": fix,
        "note": "synthetic: signed by a test key, if at all; put it into no trust configuration" })
}

fn page(code: Code, sample: &Sample, folder: &Path) -> String {
    let mut text = format!("{code} {}: {}\n\n", code.name(), sample.title);
    for (name, _) in &sample.files {
        let _ = writeln!(text, "    file     {}", folder.join(name).display());
    }
    let _ = writeln!(text, "    answer   {}", folder.join("answer.json").display());
    let _ =
        writeln!(text, "    run      cd {} && troubleshoot {}", folder.display(), sample.command.join(" "));
    text
}

fn recipes() -> Vec<Recipe> {
    serde_json::from_str(include_str!("recipes.json")).unwrap_or_default()
}

/// A file of the test data, which the lab reads from the source tree.
fn test_data(name: &str) -> Result<Vec<u8>, Stop> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/saml")).join(name);
    std::fs::read(&path).map_err(|error| {
        Stop::usage(format!("{}: {error}; the lab needs the source tree of the crate", path.display()))
    })
}

/// The flags under which the good message is accepted.
fn flags() -> Vec<(String, String)> {
    [
        ("--idp-cert", "k.crt"),
        ("--idp-entity-id", "https://idp.test"),
        ("--sp-entity-id", "https://sp.test/md"),
        ("--acs", "https://sp.test/acs"),
        ("--request-id", "_req1"),
        ("--at", "2026-01-01T00:00:00Z"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_recipes_are_read() {
        let recipes = super::recipes();
        assert!(recipes.len() > 15);
        for recipe in recipes {
            assert!(!recipe.cause.is_empty() && !recipe.title.is_empty(), "{}", recipe.code);
        }
    }
}
