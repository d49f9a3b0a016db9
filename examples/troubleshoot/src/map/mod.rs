//! `map`: who gets which role, why, and what a change changes.

pub mod args;
mod files;
pub mod text;

use super::args::{At, FailOn, Format};
use super::{DENIED, OK, Outcome, Stop, WARNING, World};
use args::{Command, Common, TestFormat};
use bonafide::characters::escape_hidden_json;
use bonafide::diagnosis::{Redactor, Reveal};
use bonafide::error::{Quoted, Severity};
use bonafide::instant::Instant;
use bonafide::mapping::Preset;
pub use files::mapped;
pub use files::read_mapping;
use files::read_samples;
use serde_json::{Value, json};
use std::io::Read;
use time::OffsetDateTime;

pub fn run(options: &args::Map, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    match &options.command {
        Command::Explain(options) => explain(options, stdin, world),
        Command::Test(options) => test(options, stdin, world),
        Command::Diff(options) => diff(options, stdin, world),
        Command::Lint(options) => lint(options, stdin, world),
        Command::Who(options) => who(options, stdin, world),
        Command::Unused(options) => unused(options, stdin, world),
        Command::Preset(options) => preset(options),
    }
}

fn explain(options: &args::WithSamples, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    let mapping = read_mapping(&options.mapping, stdin)?;
    let samples = read_samples(&options.samples, stdin)?;
    let (now, redactor) = (time(&options.common, world)?, redactor(&options.common, world)?);
    let show = |quoted: &Quoted| redactor.show(quoted);
    let (mut code, mut list) = (OK, Vec::new());
    for sample in &samples {
        let explanation = mapping.explain_sample(sample, now);
        let severities = explanation.outcome.notes().iter().map(|note| note.severity);
        let refused = explanation.rejections.iter().map(|_| Severity::Deny);
        code = code.max(exit_code(severities.chain(refused), options.common.fail_on));
        let mut shown = explanation.to_json(&show);
        if let Value::Object(members) = &mut shown {
            members.insert("sample".to_owned(), json!(sample.name()));
            if !explanation.is_accepted() {
                members.remove("identity");
            }
        }
        list.push(shown);
    }
    let document = json!({ "samples": list });
    Ok(report(code, options.format, document, now, |document| text::explain(document, &mapping.to_json())))
}

fn test(options: &args::Test, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    let mapping = read_mapping(&options.mapping, stdin)?;
    let samples = read_samples(&options.samples, stdin)?;
    let (now, redactor) = (time(&options.common, world)?, redactor(&options.common, world)?);
    let results: Vec<_> = samples.iter().map(|sample| mapping.test(sample, now)).collect();
    let failed = results.iter().filter(|result| !result.passed()).count();
    let show = |quoted: &Quoted| redactor.show(quoted);
    let document = json!({
        "passed": results.len() - failed,
        "failed": failed,
        "tests": results.iter().map(|result| result.to_json(&show)).collect::<Vec<_>>(),
    });
    let code = if failed == 0 { OK } else { DENIED };
    Ok(match options.format {
        TestFormat::Junit => Outcome::report(code, text::junit(&document)),
        TestFormat::Json => report(code, Format::Json, document, now, text::test),
        TestFormat::Human => report(code, Format::Human, document, now, text::test),
    })
}

fn diff(options: &args::Diff, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    let old = read_mapping(&options.old, stdin)?;
    let new = read_mapping(&options.new, stdin)?;
    let samples = read_samples(&options.samples, stdin)?;
    let (now, redactor) = (time(&options.common, world)?, redactor(&options.common, world)?);
    let diff = old.diff(&new, &samples, now);
    let gains = diff.privileged_gains();
    let open: Vec<&str> =
        gains.into_iter().filter(|role| !options.accept_gain.iter().any(|own| own == role)).collect();
    let mut document = diff.to_json(&|quoted| redactor.show(quoted));
    if let Value::Object(members) = &mut document {
        members.insert("compared".to_owned(), json!(samples.len()));
        members.insert("not_accepted_gains".to_owned(), json!(open));
    }
    let changed = if diff.is_empty() { OK } else { WARNING };
    let gained = if open.is_empty() { OK } else { DENIED };
    let notes = exit_code(diff.new_notes.iter().map(|note| note.severity), options.common.fail_on);
    Ok(report(changed.max(gained).max(notes), options.format, document, now, text::diff))
}

fn lint(options: &args::Lint, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    let path = options.file.as_ref().or(options.mapping.as_ref());
    let path = path.ok_or_else(|| Stop::usage("map lint: give the mapping"))?;
    let mapping = read_mapping(path, stdin)?;
    let (now, redactor) = (time(&options.common, world)?, redactor(&options.common, world)?);
    let notes = mapping.lint(now);
    let shown: Vec<Value> = notes.iter().map(|note| note.to_json(&|quoted| redactor.show(quoted))).collect();
    let code = exit_code(notes.iter().map(|note| note.severity), options.common.fail_on);
    Ok(report(code, options.format, json!({ "findings": shown }), now, text::lint))
}

fn who(options: &args::Who, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    let mapping = read_mapping(&options.mapping, stdin)?;
    let now = time(&options.common, world)?;
    if !mapping.roles().contains(&options.role.as_str()) {
        let known = mapping.roles().join(", ");
        return Err(Stop::usage(format!("the mapping has no role `{}`; it has: {known}", options.role)));
    }
    let who = mapping.who(&options.role, now);
    let code = if who.anybody() { OK } else { WARNING };
    let mut document = who.to_json();
    if let Value::Object(members) = &mut document {
        members.insert("anybody".to_owned(), json!(who.anybody()));
        members.insert("privileged".to_owned(), json!(mapping.is_privileged(&options.role)));
    }
    Ok(report(code, options.format, document, now, text::who))
}

fn unused(options: &args::WithSamples, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    let mapping = read_mapping(&options.mapping, stdin)?;
    let samples = read_samples(&options.samples, stdin)?;
    let (now, redactor) = (time(&options.common, world)?, redactor(&options.common, world)?);
    let notes = mapping.over_released(&samples);
    let shown: Vec<Value> = notes.iter().map(|note| note.to_json(&|quoted| redactor.show(quoted))).collect();
    let code = exit_code(notes.iter().map(|note| note.severity), options.common.fail_on);
    let document = json!({ "unused": mapping.unused(&samples), "findings": shown, "samples": samples.len() });
    Ok(report(code, options.format, document, now, text::unused))
}

fn preset(options: &args::Preset) -> Result<Outcome, Stop> {
    let names: Vec<&str> = Preset::all().iter().map(Preset::name).collect();
    let Some(name) = &options.name else {
        return Ok(Outcome::report(
            OK,
            match options.format {
                Format::Json => pretty(&json!({ "schema": SCHEMA, "presets": names })),
                Format::Human => names.iter().map(|name| format!("{name}\n")).collect(),
            },
        ));
    };
    match Preset::named(name) {
        Some(preset) => Ok(Outcome::report(OK, format!("{}\n", preset.text().trim_end()))),
        None => Err(Stop::usage(format!("there is no preset `{name}`; known are {}", names.join(", ")))),
    }
}

/// The worst finding decides; `least` is the mildest that counts like a refusal.
fn exit_code(severities: impl Iterator<Item = Severity>, fail_on: FailOn) -> u8 {
    let least = match fail_on {
        FailOn::Deny => Severity::Deny,
        FailOn::Risk => Severity::Risk,
        FailOn::Warn => Severity::Warn,
    };
    match severities.max() {
        Some(worst) if worst >= least => DENIED,
        Some(worst) if worst >= Severity::Warn => WARNING,
        _ => OK,
    }
}

fn time(options: &Common, world: &World) -> Result<OffsetDateTime, Stop> {
    match options.at {
        Some(At::Instant(instant)) => Ok(instant),
        None | Some(At::Now) => Ok((world.clock)()),
        Some(At::IssueInstant | At::Capture | At::Captured(_)) => {
            Err(Stop::usage("--at: a sample has no time of its own; give RFC 3339 or now"))
        }
    }
}

/// Pseudonyms under a random key: samples can be guessed.
fn redactor(options: &Common, world: &World) -> Result<Redactor, Stop> {
    let redactor = match &options.pseudonym_key {
        Some(path) => super::output::pseudonyms(path)?,
        None => Redactor::with_key(&super::output::random(world)?),
    };
    Ok(match options.reveal {
        Some(super::args::Reveal::Person) => redactor.with_reveal(Reveal::Person),
        None => redactor,
    })
}

fn report(
    code: u8,
    format: Format,
    mut document: Value,
    now: OffsetDateTime,
    human: impl Fn(&Value) -> String,
) -> Outcome {
    let text = match format {
        Format::Human => human(&document),
        Format::Json => {
            if let Value::Object(members) = &mut document {
                members.insert("schema".to_owned(), json!(SCHEMA));
                members.insert("evaluated_at".to_owned(), json!(Instant::from(now).to_string()));
            }
            pretty(&document)
        }
    };
    Outcome::report(code, text)
}

/// Indented, with what could steer a terminal as `\u` escapes.
fn pretty(document: &Value) -> String {
    escape_hidden_json(&super::output::pretty(document)) + "\n"
}

const SCHEMA: &str = "bonafide/1";
