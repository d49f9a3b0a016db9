//! `bundle`: what a colleague or a vendor needs to take over a case, without secrets, and how complete it is.

use super::input::{Content, Detected};
use super::{OK, Outcome, Stop, WARNING, World, input, output, sanitize, trace};
use bonafide::diagnosis::Diagnosis;
use bonafide::error::Protocol;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{Cursor, Read, Write as _};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  troubleshoot bundle login.har -o case.zip --symptom \"login ends at a blank page\" --tried \"private window\""
)]
pub struct Options {
    /// HAR, SAML-tracer export, message or token; - reads standard input
    pub input: PathBuf,
    /// New folder for the package, or one file whose name ends in .zip
    #[arg(short, long, value_name = "DIR|FILE.zip")]
    pub output: PathBuf,
    /// What the user saw
    #[arg(long)]
    pub symptom: Option<String>,
    /// What was tried already; may be repeated
    #[arg(long)]
    pub tried: Vec<String>,
    /// How many users are affected, and since when
    #[arg(long)]
    pub scope: Option<String>,
    /// A report of `check`, as Markdown, JSON or HTML; may be repeated
    #[arg(long, value_name = "FILE")]
    pub report: Vec<PathBuf>,
    /// Key for pseudonyms, so that several packages can be linked; a new file gets a new key [default: a random key]
    #[arg(long, value_name = "FILE")]
    pub pseudonym_key: Option<PathBuf>,
}

pub fn run(options: &Options, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    let octets = input::read(&options.input, stdin)?;
    let redactor = output::shared(options.pseudonym_key.as_deref(), world)?;
    let (copy, removed) = sanitize::clean(&octets, redactor)?;
    let Detected { content, .. } = input::detect(&octets);
    let (capture, times) = match &content {
        Content::Capture(capture) => (true, capture.exchanges.iter().any(|e| e.at().is_some())),
        _ => (false, false),
    };
    let findings: Vec<String> = match &content {
        Content::Capture(capture) => {
            let diagnosis = Diagnosis::of_facts(Protocol::Saml, trace::facts(capture));
            let line =
                |f: &bonafide::diagnosis::Finding| format!("{} {}: {}", f.code(), f.code().name(), f.why());
            diagnosis.findings().iter().map(line).collect()
        }
        _ => Vec::new(),
    };
    let parts = [
        ("a capture of the whole login (HAR or SAML-tracer)", capture),
        ("times in the capture", times),
        ("the symptom (--symptom)", options.symptom.is_some()),
        ("what was tried (--tried)", !options.tried.is_empty()),
        ("who is affected, since when (--scope)", options.scope.is_some()),
        ("a report of `check` (--report)", !options.report.is_empty()),
    ];
    let reports: Vec<(String, Vec<u8>)> = options
        .report
        .iter()
        .map(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            Ok((format!("report-{name}"), input::option_file("--report", path)?))
        })
        .collect::<Result<_, Stop>>()?;
    let done = parts.iter().filter(|(_, there)| *there).count();
    let score = done * 100 / parts.len();
    let missing: Vec<&str> = parts.iter().filter(|(_, there)| !there).map(|(what, _)| *what).collect();
    let case = json!({ "schema": "bonafide/1", "symptom": options.symptom, "tried": options.tried,
        "scope": options.scope, "findings": findings, "completeness": score, "missing": missing, "removed": removed,
        "tool": env!("CARGO_PKG_VERSION") });
    let name = if capture { "capture.har" } else { "message.txt" };
    let mut files =
        vec![(name.to_owned(), copy.into_bytes()), ("case.json".to_owned(), pretty(&case).into_bytes())];
    files.extend(reports);
    write(&options.output, &files)?;
    let mut text = format!("completeness {score} %\n");
    for what in &missing {
        let _ = writeln!(text, "    missing  {what}");
    }
    for (what, count) in &removed {
        let _ = writeln!(text, "    removed  {count:>4}  {what}");
    }
    let _ = writeln!(text, "    written  {}", options.output.display());
    Ok(Outcome::report(if missing.is_empty() { OK } else { WARNING }, text))
}

/// A new folder, or one file where the name ends in `.zip`.
fn write(output: &Path, files: &[(String, Vec<u8>)]) -> Result<(), Stop> {
    if output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip")) {
        let octets = zipped(files)
            .map_err(|error| Stop::unusable(format!("-o {}: {error}; give a folder", output.display())))?;
        return sanitize::write_private("-o", output, &octets);
    }
    std::fs::create_dir(output)
        .map_err(|error| Stop::usage(format!("-o {}: {error}; give a new folder", output.display())))?;
    files.iter().try_for_each(|(name, octets)| sanitize::write_private("-o", &output.join(name), octets))
}

/// The files without compression, all of one time: the same files are the same octets.
fn zipped(files: &[(String, Vec<u8>)]) -> zip::result::ZipResult<Vec<u8>> {
    let plain = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o600);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, octets) in files {
        archive.start_file(name.as_str(), plain)?;
        archive.write_all(octets)?;
    }
    archive.finish().map(Cursor::into_inner)
}

fn pretty(json: &Value) -> String {
    bonafide::characters::escape_hidden_json(&super::output::pretty(json)) + "\n"
}
