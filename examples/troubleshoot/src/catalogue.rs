//! `explain` and `codes`: the catalogue on paper.

use super::args::{Codes, Explain, Format};
use super::{OK, Outcome, Stop};
use bonafide::diagnosis::{Catalogue, Provider};
use bonafide::error::Code;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

pub fn explain(options: &Explain) -> Result<Outcome, Stop> {
    let wanted = options.code.trim();
    let of_name = |code: &&Code| code.name().eq_ignore_ascii_case(wanted);
    let of_id = |code: &&Code| code.as_str().eq_ignore_ascii_case(wanted);
    let mut codes: Vec<Code> = Code::ALL.iter().filter(of_id).copied().collect();
    if codes.is_empty() {
        codes = Code::ALL.iter().filter(of_name).copied().collect();
    }
    if codes.is_empty() {
        return Err(Stop::usage(format!("`{wanted}` is no code; `troubleshoot codes` lists all of them")));
    }
    let catalogue = Catalogue::embedded();
    Ok(Outcome::report(
        OK,
        match options.format {
            Format::Json => document(&codes, &catalogue),
            Format::Human => codes.iter().map(|code| page(*code, &catalogue)).collect::<Vec<_>>().join("\n"),
        },
    ))
}

pub fn codes(options: &Codes) -> Outcome {
    let catalogue = Catalogue::embedded();
    let text = match options.format {
        Format::Json => document(Code::ALL, &catalogue),
        Format::Human => Code::ALL.iter().map(|code| line(*code, &catalogue)).collect(),
    };
    Outcome::report(OK, text)
}

fn line(code: Code, catalogue: &Catalogue) -> String {
    let meaning = catalogue.entry(code).map_or("", |entry| entry.meaning());
    format!("{code}  {:<4}  {:<34}  {meaning}\n", code.severity().as_str(), code.name())
}

fn page(code: Code, catalogue: &Catalogue) -> String {
    let mut text = format!("{code} {} ({})\n", code.name(), code.severity().as_str());
    let Some(entry) = catalogue.entry(code) else { return text };
    let _ = writeln!(text, "\n  {}", entry.meaning());
    text.push_str("\nlikely causes\n");
    for (index, cause) in entry.causes().iter().enumerate() {
        let _ = writeln!(text, "  {}. {cause}", index + 1);
    }
    let checks = Catalogue::checks(code);
    if !checks.is_empty() {
        text.push_str("\nchecks\n");
    }
    for check in checks {
        let _ = writeln!(text, "  {check}: {} ({})", check.what(), check.spec());
    }
    text.push_str("\nfix\n");
    for provider in Provider::ALL {
        if let Some(fix) = entry.fix(*provider) {
            let name = if *provider == Provider::Any { "any" } else { provider.name() };
            let _ = writeln!(text, "  {name:<8}  {fix}");
        }
    }
    text
}

fn document(codes: &[Code], catalogue: &Catalogue) -> String {
    let codes: Vec<Value> = codes.iter().map(|code| entry(*code, catalogue)).collect();
    let mut text = super::output::pretty(&json!({ "codes": codes, "schema": "bonafide/1" }));
    text.push('\n');
    text
}

fn entry(code: Code, catalogue: &Catalogue) -> Value {
    let texts = catalogue.entry(code);
    let fixes = Provider::ALL
        .iter()
        .filter_map(|provider| Some((provider.key().to_owned(), Value::from(texts?.fix(*provider)?))));
    json!({
        "code": code.as_str(),
        "name": code.name(),
        "severity": code.severity().as_str(),
        "meaning": texts.map(|texts| texts.meaning()),
        "causes": texts.map(|texts| texts.causes()),
        "fix": fixes.collect::<Map<_, _>>(),
        "checks": Catalogue::checks(code).iter().map(|check| check.name()).collect::<Vec<_>>(),
    })
}
