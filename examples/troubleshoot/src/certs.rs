//! `certs`: what expires, and what breaks when keys change?

mod args;
mod captured;
mod fleet;
mod gather;

pub use args::Certs;

use super::args::Format as Simple;
use super::{Outcome, Stop, World};
use args::{At, Diff, Format, Options, Rotation, Verb, Where};
use bonafide::certs::{Collection, Drift, Snapshot, State, Survey, Thresholds};
use bonafide::diagnosis::Style;
use gather::Side;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use time::OffsetDateTime;

pub fn run(options: &Certs, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    match &options.verb {
        None => check(&options.options, stdin, world),
        Some(Verb::Check(options)) => check(options, stdin, world),
        Some(Verb::Rotation(options)) => rotation(options, stdin, world),
        Some(Verb::Where(options)) => whereabouts(options, stdin, world),
        Some(Verb::Diff(options)) => diff(options, stdin, world),
        Some(Verb::Alerts(options)) => {
            let rules = args::thresholds(&options.thresholds, None)?.to_prometheus_rules();
            Ok(Outcome::report(super::OK, rules))
        }
    }
}

fn check(options: &Options, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    let survey = survey(options, &[(None, &options.files)], stdin, world)?;
    let text = match options.format {
        Format::Human => survey.to_human(style(world)),
        Format::Json => survey.to_json(),
        Format::Ndjson => survey.to_ndjson(),
        Format::Prometheus => survey.to_prometheus(),
        Format::Csv => survey.to_csv(),
        Format::Ical => survey.to_ical(),
    };
    deliver(options, survey.exit_code(), text, world)
}

fn rotation(options: &Rotation, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    // What is given together is trusted together: one relying party with several files.
    let holder = match options.trusted.as_slice() {
        [only] => only.display().to_string(),
        several => format!("{} trusted files", several.len()),
    };
    let sides = [
        (None, &options.options.files),
        (None, &options.published),
        (Some(holder.as_str()), &options.trusted),
    ];
    let survey = survey(&options.options, &sides, stdin, world)?;
    let text = match options.options.format {
        Format::Human => survey.rotation_to_human(),
        Format::Json => survey.rotation_to_json(),
        Format::Prometheus => survey.to_prometheus(),
        Format::Ical => survey.to_ical(),
        Format::Csv | Format::Ndjson => {
            let why = "rotation has no --format csv or ndjson; give human, json, prometheus or ical";
            return Err(Stop::usage(why));
        }
    };
    let unreadable = if survey.count(State::Unreadable) > 0 { super::WARNING } else { super::OK };
    deliver(&options.options, Survey::rotation_exit_code(&survey.slots()).max(unreadable), text, world)
}

/// 0 found, 1 nowhere, 3 nothing readable.
fn whereabouts(options: &Where, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    let survey = survey(&options.options, &[(None, &options.options.files)], stdin, world)?;
    let wrong = || {
        Stop::usage(format!("`{}` is no fingerprint; give 8 to 64 hexadecimal digits", options.fingerprint))
    };
    let places = survey.places(&options.fingerprint).ok_or_else(wrong)?;
    let code = match places.len() {
        0 if survey.exit_code() == super::UNDECIDABLE => super::UNDECIDABLE,
        0 => super::WARNING,
        _ => super::OK,
    };
    let text = match options.options.format {
        Format::Human => survey.places_to_human(&options.fingerprint),
        Format::Json => survey.places_to_json(&options.fingerprint),
        _ => return Err(Stop::usage("where has --format human and json only")),
    };
    deliver(&options.options, code, text.ok_or_else(wrong)?, world)
}

fn diff(options: &Diff, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    let both_folders = options.before.is_dir() && options.after.is_dir();
    let mut snapshot = |path: &Path| -> Result<Snapshot, Stop> {
        let octets = if path.is_dir() { Vec::new() } else { super::input::read(path, stdin)? };
        if let Ok(report) = Snapshot::from_json(&text(&octets)) {
            return Ok(report);
        }
        let mut keys = Collection::new();
        if both_folders {
            gather::read_below(&mut keys, path);
        } else {
            gather::read(&mut keys, path, Side::default(), &mut octets.as_slice());
        }
        let survey = keys.survey(&Thresholds::default(), now(options.at, world));
        if survey.exit_code() == super::UNDECIDABLE {
            let path = path.display();
            return Err(Stop::unusable(format!("{path}: neither a report of certs --format json nor keys")));
        }
        Ok(Snapshot::from(&survey))
    };
    let (before, after) = (snapshot(&options.before)?, snapshot(&options.after)?);
    let drift = Drift::between(&before, &after);
    let text = match options.format {
        Simple::Human => drift.to_human(),
        Simple::Json => drift.to_json(),
    };
    Ok(Outcome::report(drift.exit_code(), text))
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

fn survey(
    options: &Options,
    sides: &[(Option<&str>, &Vec<PathBuf>)],
    stdin: &mut dyn Read,
    world: &World,
) -> Result<Survey, Stop> {
    if sides.iter().all(|(_, files)| files.is_empty()) {
        return Err(Stop::usage(
            "certs needs a FILE: certificates, metadata, key sets, a folder, fleet.toml or -",
        ));
    }
    let thresholds = options.thresholds()?;
    let mut keys = Collection::new();
    for (holder, files) in sides {
        for path in *files {
            if path.extension().is_some_and(|extension| extension == "toml") {
                fleet::read(&mut keys, path)?;
            } else {
                let side = Side { holder: *holder, entity: options.entity.as_deref(), role: options.role };
                gather::read(&mut keys, path, side, stdin);
            }
        }
    }
    Ok(keys.survey(&thresholds, now(options.at, world)))
}

/// To standard output, or to a file that appears as a whole.
fn deliver(options: &Options, code: u8, text: String, world: &World) -> Result<Outcome, Stop> {
    let Some(path) = &options.output else { return Ok(Outcome::report(code, text)) };
    replace(path, text.as_bytes(), world).map_err(|why| {
        let path = path.display();
        Stop::unusable(format!("--output {path}: {why}; give a file in a folder that can be written"))
    })?;
    Ok(Outcome::report(code, String::new()))
}

/// Through a new file beside it, whose name nobody can know: nothing that is there already is followed or written to.
fn replace(path: &Path, octets: &[u8], world: &World) -> Result<(), String> {
    let name = (world.random)().ok_or("the system gives no random numbers for the name of a new file")?;
    let digits: String = name[..8].iter().map(|octet| format!("{octet:02x}")).collect();
    let mut beside = path.to_owned().into_os_string();
    beside.push(format!(".{digits}.tmp"));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&beside)
        .map_err(|error| error.to_string())?;
    file.write_all(octets).and_then(|()| std::fs::rename(&beside, path)).map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        error.to_string()
    })
}

fn now(at: Option<At>, world: &World) -> OffsetDateTime {
    match at {
        Some(At::Instant(instant)) => instant,
        Some(At::Now) | None => (world.clock)(),
    }
}

const fn style(world: &World) -> Style {
    if world.colour { Style::Colour } else { Style::Plain }
}
