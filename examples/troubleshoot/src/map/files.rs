//! Mappings and samples from files.

use crate::args::Check;
use crate::{Stop, input};
use bonafide::check::Check as Rule;
use bonafide::diagnosis::Diagnosis;
use bonafide::error::{Error, Location, Malformed, Protocol, Quoted, Reason};
use bonafide::mapping::{ClaimSource, Mapping, Sample};
use serde_json::Value;
use std::io::Read;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;

/// The diagnosis of a login with what `--mapping` says about it: identity and findings, or the refusal. Without the option,
/// the diagnosis as it is.
pub fn mapped(
    diagnosis: Diagnosis,
    login: &impl ClaimSource,
    options: &Check,
    now: OffsetDateTime,
) -> Result<Diagnosis, Stop> {
    let Some(path) = &options.mapping else { return Ok(diagnosis) };
    let octets = input::option_file("--mapping", path)?;
    Ok(match mapping(&octets, path) {
        Ok(mapping) => mapping.judge(diagnosis, login, now).0,
        Err(error) => {
            let source = format!("--mapping {}", path.display());
            Diagnosis::misconfigured(Protocol::Mapping, &source, &Error::from(error))
        }
    })
}

/// A mapping; what cannot be read is no input.
pub fn read_mapping(path: &Path, stdin: &mut dyn Read) -> Result<Mapping, Stop> {
    let octets = input::read(path, stdin)?;
    mapping(&octets, path)
        .map_err(|error| Stop::unusable(format!("mapping {}: {}", path.display(), line(&error))))
}

/// JSON or TOML, by the name of the file, else by its first character.
fn mapping(octets: &[u8], path: &Path) -> Result<Mapping, Malformed> {
    let text = std::str::from_utf8(octets).map_err(|_| malformed("the file is not UTF-8", None))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let is_json = match extension.to_ascii_lowercase().as_str() {
        "json" => true,
        "toml" => false,
        _ => text.trim_start().starts_with('{'),
    };
    if is_json {
        return Mapping::from_json(text);
    }
    let value: Value = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
        let line = line.map_or_else(String::new, |line| format!("line {line}: "));
        malformed("the text is not TOML", Some(format!("{line}{}", error.message())))
    })?;
    Mapping::from_json(&value.to_string()).map_err(|error| match error.reason() {
        // The place in the JSON that the TOML was turned into says nothing.
        Reason::Found { what, found } => {
            let text = found.as_str();
            let text = text.rfind(" at line ").map_or(text, |at| &text[..at]);
            let found = Quoted::tenant(text);
            let location = error.location().clone();
            Malformed::new(error.check(), Protocol::Mapping, "the text is not a mapping", location)
                .with_reason(Reason::Found { what, found })
        }
        _ => error,
    })
}

fn malformed(what: &'static str, found: Option<String>) -> Malformed {
    let error = Malformed::new(Rule::ConfigurationInvalid, Protocol::Mapping, what, Location::default());
    match found {
        Some(found) => {
            error.with_reason(Reason::Found { what: "in the mapping", found: Quoted::tenant(&found) })
        }
        None => error,
    }
}

/// What is wrong, in one line: code, clause, place, deciding value.
fn line(error: &Malformed) -> String {
    let place = error.location();
    let mut text = error.to_string();
    if !place.as_path().is_empty() {
        text.push_str(&format!(" at {}", place.as_path()));
    }
    if let Reason::Found { found, .. } = error.reason() {
        text.push_str(&format!(": {}", found.as_str()));
    }
    text
}

/// Every sample of the files and directories, named.
pub fn read_samples(paths: &[PathBuf], stdin: &mut dyn Read) -> Result<Vec<Sample>, Stop> {
    let mut samples = Vec::new();
    for path in paths {
        for file in files(path)? {
            let read = input::read(&file, stdin)?;
            let unusable = |why: String| Stop::unusable(format!("sample {}: {why}", file.display()));
            let text =
                std::str::from_utf8(&read).map_err(|_| unusable("the file is not UTF-8".to_owned()))?;
            let value: Value =
                serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
                    unusable(format!("no JSON at line {} column {}", error.line(), error.column()))
                })?;
            let stem = file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
            let list = match value {
                Value::Array(values) => values,
                one => vec![one],
            };
            let several = list.len() > 1;
            for (index, value) in list.into_iter().enumerate() {
                let name = if several { format!("{stem}#{}", index + 1) } else { stem.clone() };
                let sample = Sample::from_value(named(value, &name))
                    .map_err(|error| unusable(without_values(&error)))?;
                samples.push(sample);
            }
        }
    }
    if samples.is_empty() && !paths.is_empty() {
        return Err(Stop::unusable("no sample: give *.json files, or a directory that has some"));
    }
    Ok(samples)
}

/// The file, or the `*.json` files of the directory in order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, Stop> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let unusable = |error: std::io::Error| Stop::unusable(format!("directory {}: {error}", path.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unusable)? {
        let file = entry.map_err(unusable)?.path();
        if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) && file.is_file()
        {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// A sample without a name has that of its file; bare claims of a token become a sample.
fn named(value: Value, name: &str) -> Value {
    let Value::Object(mut members) = value else { return value };
    if members.get("protocol").is_none() && members.contains_key("iss") {
        return serde_json::json!({ "protocol": "oidc", "name": name, "claims": members });
    }
    let unnamed = members.get("name").is_none_or(|name| name.as_str() == Some(""));
    if unnamed {
        members.insert("name".to_owned(), Value::String(name.to_owned()));
    }
    Value::Object(members)
}

/// Why something is no sample. What serde quotes may be about a person; names of members are not.
fn without_values(error: &Malformed) -> String {
    let Reason::Found { found, .. } = error.reason() else { return line(error) };
    let text = found.as_str();
    let text = ["invalid type: ", "invalid value: "]
        .iter()
        .find_map(|start| {
            let rest = text.strip_prefix(start)?;
            let kind: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
            let expected = rest.rfind(", expected").map_or("", |at| &rest[at..]);
            Some(format!("{start}{kind}{expected}"))
        })
        .unwrap_or_else(|| text.to_owned());
    format!("{error}: {text}")
}
