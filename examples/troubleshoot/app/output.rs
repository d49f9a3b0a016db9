//! From a diagnosis to text and exit code.

use super::args::{Check, FailOn, Format, Reveal};
use super::{DENIED, OK, Outcome, Stop, UNDECIDABLE, WARNING, World};
use bonafide::diagnosis::{self, Context, Diagnosis, Redactor, Style, Verdict};
use bonafide::error::Severity;

pub fn report(
    diagnosis: &Diagnosis,
    context: &Context,
    input: &[u8],
    options: &Check,
    world: &World,
) -> Result<Outcome, Stop> {
    let redactor = redactor(input, options)?;
    let text = match options.format {
        Format::Json => diagnosis.to_json(context, &redactor),
        Format::Human => {
            let style = if world.colour { Style::Colour } else { Style::Plain };
            diagnosis.to_human(context, &redactor, style)
        }
        Format::Md => diagnosis.to_markdown(context, &redactor),
        Format::Html => diagnosis.to_html(context, &redactor),
    };
    Ok(Outcome::report(exit_code(diagnosis, options.fail_on), text))
}

fn redactor(input: &[u8], options: &Check) -> Result<Redactor, Stop> {
    let mut redactor = match &options.pseudonym_key {
        Some(path) => Redactor::with_key(&super::input::option_file("--pseudonym-key", path)?),
        None => Redactor::for_input(input),
    };
    for url in options.acs.iter().chain(&options.sp_entity_id) {
        let host = url.split_once("://").and_then(|(_, rest)| rest.split(['/', ':', '?', '#']).next());
        redactor = redactor.with_host(host.unwrap_or_default());
    }
    Ok(match options.reveal {
        Some(Reveal::Person) => redactor.with_reveal(diagnosis::Reveal::Person),
        None => redactor,
    })
}

pub fn exit_code(diagnosis: &Diagnosis, fail_on: FailOn) -> u8 {
    let least = match fail_on {
        FailOn::Deny => Severity::Deny,
        FailOn::Risk => Severity::Risk,
        FailOn::Warn => Severity::Warn,
    };
    match (diagnosis.verdict(), diagnosis.severity()) {
        (Verdict::Denied, _) => DENIED,
        (Verdict::Accepted, worst) => match worst {
            Some(worst) if worst >= least => DENIED,
            Some(worst) if worst >= Severity::Warn => WARNING,
            _ => OK,
        },
        _ => UNDECIDABLE,
    }
}
