//! `certs`: what expires, and what breaks when keys change?

mod args;
mod gather;

pub use args::Certs;

use super::{Outcome, Stop, World};
use args::{Format, Options, Verb};
use bonafide::certs::{Collection, Survey};
use bonafide::diagnosis::Style;
use std::io::Read;
use time::OffsetDateTime;

pub fn run(options: &Certs, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    match &options.verb {
        None => check(&options.options, stdin, world),
        Some(Verb::Check(options)) => check(options, stdin, world),
    }
}

fn check(options: &Options, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    let survey = survey(options, stdin, world)?;
    let text = match options.format {
        Format::Human => survey.to_human(style(world)),
        Format::Json => survey.to_json(),
        Format::Csv => survey.to_csv(),
    };
    Ok(Outcome::report(survey.exit_code(), text))
}

fn survey(options: &Options, stdin: &mut dyn Read, world: &World) -> Result<Survey, Stop> {
    if options.files.is_empty() {
        return Err(Stop::usage("certs needs a FILE: certificates, metadata, key sets, folders, or -"));
    }
    let mut keys = Collection::new();
    gather::read(&mut keys, options, stdin)?;
    Ok(keys.survey(&options.thresholds()?, now(options, world)))
}

fn now(options: &Options, world: &World) -> OffsetDateTime {
    options.at.unwrap_or_else(world.clock)
}

const fn style(world: &World) -> Style {
    if world.colour { Style::Colour } else { Style::Plain }
}
