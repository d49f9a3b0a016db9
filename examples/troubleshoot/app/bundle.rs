//! `bundle`: what a colleague or a vendor needs to take over a case, without secrets, and how complete it is.

use super::input::{Content, Detected};
use super::{OK, Outcome, Stop, WARNING, input, output, sanitize, trace};
use bonafide::diagnosis::Diagnosis;
use bonafide::error::Protocol;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Read;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  troubleshoot bundle login.har -o case --symptom \"login ends at a blank page\" --tried \"private window\""
)]
pub struct Options {
    /// HAR, SAML-tracer export, message or token; - reads standard input
    pub input: PathBuf,
    /// New folder for the package
    #[arg(short, long, value_name = "DIR")]
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
    /// Key for pseudonyms, so that several packages can be linked
    #[arg(long, value_name = "FILE")]
    pub pseudonym_key: Option<PathBuf>,
}

pub fn run(options: &Options, stdin: &mut dyn Read) -> Result<Outcome, Stop> {
    let octets = input::read(&options.input, stdin)?;
    let redactor = || output::redactor(&octets, None, options.pseudonym_key.as_deref(), &[]);
    let (copy, removed) = sanitize::clean(&octets, redactor()?)?;
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
    let folder = &options.output;
    std::fs::create_dir(folder)
        .map_err(|error| Stop::usage(format!("-o {}: {error}; give a new folder", folder.display())))?;
    let name = if capture { "capture.har" } else { "message.txt" };
    sanitize::write_private(&folder.join(name), copy.as_bytes())?;
    sanitize::write_private(&folder.join("case.json"), pretty(&case).as_bytes())?;
    for (name, octets) in &reports {
        sanitize::write_private(&folder.join(name), octets)?;
    }
    let mut text = format!("completeness {score} %\n");
    for what in &missing {
        let _ = writeln!(text, "    missing  {what}");
    }
    for (what, count) in &removed {
        let _ = writeln!(text, "    removed  {count:>4}  {what}");
    }
    let _ = writeln!(text, "    written  {}", folder.display());
    Ok(Outcome::report(if missing.is_empty() { OK } else { WARNING }, text))
}

fn pretty(json: &Value) -> String {
    serde_json::to_string_pretty(json).unwrap_or_default() + "\n"
}
