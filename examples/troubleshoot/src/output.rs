//! From a diagnosis to text and exit code.

use super::args::{Check, FailOn, ReportFormat, Reveal};
use super::{DENIED, OK, Outcome, Stop, UNDECIDABLE, WARNING, World, secrecy};
use bonafide::diagnosis::{self, Context, Diagnosis, Redactor, Style, TimeSource, Verdict};
use bonafide::error::Severity;
use bonafide::instant::Instant;
use std::path::Path;
use time::OffsetDateTime;

pub fn report(
    diagnosis: &Diagnosis,
    context: &Context,
    input: &[u8],
    options: &Check,
    world: &World,
) -> Result<Outcome, Stop> {
    let urls: Vec<&str> = options.acs.iter().chain(&options.sp_entity_id).map(String::as_str).collect();
    let redactor = redactor(input, options.reveal, options.pseudonym_key.as_deref(), &urls, world)?;
    let text = match options.format {
        ReportFormat::Json => diagnosis.to_json(context, &redactor),
        ReportFormat::Human => {
            let style = if world.colour { Style::Colour } else { Style::Plain };
            diagnosis.to_human(context, &redactor, style)
        }
        ReportFormat::Md => diagnosis.to_markdown(context, &redactor),
        ReportFormat::Html => diagnosis.to_html(context, &redactor),
    };
    Ok(Outcome::report(exit_code(diagnosis, options.fail_on), text))
}

/// What a report says about its input. The SHA-256 of an input that can be guessed would tell a right guess.
pub fn context(kind: &str, input: &[u8], now: OffsetDateTime, source: TimeSource) -> Context {
    let context = Context::new(kind, input, Instant::from(now), source).with_need_prefix("--");
    if secrecy::is_unguessable(input) { context } else { context.with_guessable_input() }
}

/// What may be shown: pseudonyms under the key of the file, else under one of the input, so that the same input gives the same
/// report; under a random one where the input can be guessed. Addresses at a host of the tenant's keep their domain.
pub fn redactor(
    input: &[u8],
    reveal: Option<Reveal>,
    key: Option<&Path>,
    urls: &[&str],
    world: &World,
) -> Result<Redactor, Stop> {
    let mut redactor = match key {
        Some(path) => pseudonyms(path)?,
        None if secrecy::is_unguessable(input) => Redactor::for_input(input),
        None => Redactor::with_key(&random(world)?),
    };
    for url in urls {
        let host = url.split_once("://").and_then(|(_, rest)| rest.split(['/', ':', '?', '#']).next());
        redactor = redactor.with_host(host.unwrap_or_default());
    }
    Ok(match reveal {
        Some(Reveal::Person) => redactor.with_reveal(diagnosis::Reveal::Person),
        None => redactor,
    })
}

/// Pseudonyms under the key of a file. A short key could be guessed, and with it the names behind them.
pub fn pseudonyms(path: &Path) -> Result<Redactor, Stop> {
    let key = super::input::option_file("--pseudonym-key", path)?;
    if key.trim_ascii().len() < KEY_BYTES {
        return Err(Stop::usage(format!(
            "--pseudonym-key {}: shorter than {KEY_BYTES} bytes; make one with `head -c 32 /dev/urandom`",
            path.display()
        )));
    }
    Ok(Redactor::with_key(&key))
}

/// The same for a copy that is to be shared: never under a key of the input. A file that is not there yet gets a new key, to
/// keep with the case, and not with the copy.
pub fn shared(key: Option<&Path>, world: &World) -> Result<Redactor, Stop> {
    let Some(path) = key else { return Ok(Redactor::with_key(&random(world)?)) };
    if !path.exists() {
        let digits: String = random(world)?.iter().map(|octet| format!("{octet:02x}")).collect();
        super::sanitize::write_private("--pseudonym-key", path, format!("{digits}\n").as_bytes())?;
    }
    pseudonyms(path)
}

pub fn random(world: &World) -> Result<[u8; 32], Stop> {
    (world.random)().ok_or_else(|| {
        Stop::unusable("the system gives no random numbers for pseudonyms; give --pseudonym-key FILE")
    })
}

/// 128 bits.
const KEY_BYTES: usize = 16;

pub fn exit_code(diagnosis: &Diagnosis, fail_on: FailOn) -> u8 {
    match diagnosis.verdict() {
        Verdict::Denied => DENIED,
        Verdict::Accepted => exit_code_of(diagnosis.severity(), fail_on),
        _ => UNDECIDABLE,
    }
}

/// The exit code of the worst finding.
pub fn exit_code_of(worst: Option<Severity>, fail_on: FailOn) -> u8 {
    let least = match fail_on {
        FailOn::Deny => Severity::Deny,
        FailOn::Risk => Severity::Risk,
        FailOn::Warn => Severity::Warn,
    };
    match worst {
        Some(worst) if worst >= least => DENIED,
        Some(worst) if worst >= Severity::Warn => WARNING,
        _ => OK,
    }
}

/// JSON with its members in one order: a dependency of the feature `decryption` makes serde_json keep the order of insertion.
pub fn pretty(value: &serde_json::Value) -> String {
    let mut value = value.clone();
    value.sort_all_objects();
    serde_json::to_string_pretty(&value).unwrap_or_default()
}
