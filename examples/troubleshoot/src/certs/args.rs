//! The command line of `certs`.

use super::Stop;
use bonafide::certs::{Role, Thresholds};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "FILE is PEM, DER, base64 DER, PKCS#7 with certificates, SAML metadata, a SAML message, a key set with or \
                  without its discovery document, a HAR or SAML-tracer capture, a folder of these, fleet.toml, or - for standard input.\n\n\
                  Exit codes: 0 good, notice, no expiry; 1 warning, not yet valid, unreadable; 2 critical, expired; \
                  3 nothing readable; 64 usage.\n\nExamples:\n  troubleshoot certs idp.crt metadata.xml jwks.json\n  \
                  troubleshoot certs --format prometheus /etc/saml/trust > certs.prom\n  \
                  troubleshoot certs rotation --published idp-metadata.xml --trusted trusted.pem\n  \
                  troubleshoot certs where 3e91a4c2d0b7 /etc/saml\n  troubleshoot certs diff yesterday.json today.json\n  troubleshoot certs alerts > certs-rules.yml"
)]
pub struct Certs {
    #[command(subcommand)]
    pub verb: Option<Verb>,
    #[command(flatten)]
    pub options: Options,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// What expires, and when (the same as certs without a verb)
    Check(Options),
    /// What breaks when keys change: the keys of each party on both sides, and when the switch comes
    Rotation(Rotation),
    /// Who publishes or trusts this key?
    Where(Where),
    /// What changed between two reports of --format json, or between two sets of files?
    Diff(Diff),
    /// Alerting rules for Prometheus that go with --format prometheus
    Alerts(Alerts),
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  troubleshoot certs alerts > /etc/prometheus/rules/bonafide-certs.yml")]
pub struct Alerts {
    /// Days: the last two make the alerts, a warning below the second and critical below the third
    #[arg(long, value_name = "DAYS,DAYS,DAYS", default_value = "90,30,7")]
    pub thresholds: String,
}

#[derive(Debug, Args)]
pub struct Rotation {
    /// What the owner publishes, such as its metadata; may be repeated
    #[arg(long, value_name = "FILE")]
    pub published: Vec<PathBuf>,
    /// What a relying party trusts; may be repeated
    #[arg(long, value_name = "FILE")]
    pub trusted: Vec<PathBuf>,
    #[command(flatten)]
    pub options: Options,
}

#[derive(Debug, Args)]
pub struct Where {
    /// SHA-256 of the key or the certificate, or SHA-1 thumbprint; the first 8 digits are enough
    pub fingerprint: String,
    #[command(flatten)]
    pub options: Options,
}

#[derive(Debug, Args)]
pub struct Diff {
    /// Report, file or folder
    pub before: PathBuf,
    /// Report, file or folder
    pub after: PathBuf,
    /// Evaluation time, where files are compared
    #[arg(long, value_name = "TIME", value_parser = at)]
    pub at: Option<At>,
    /// Form of the report
    #[arg(long, value_enum, default_value = "human")]
    pub format: super::super::args::Format,
}

#[derive(Debug, Args)]
pub struct Options {
    /// Files and folders; - reads standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Evaluation time, RFC 3339 or now [default: now]
    #[arg(long, value_name = "TIME", value_parser = at)]
    pub at: Option<At>,
    /// Days: notice up to the first, warning below the second, critical below the third
    #[arg(long, value_name = "DAYS,DAYS,DAYS", default_value = "90,30,7")]
    pub thresholds: String,
    /// Fractions of the lifetime, for certificates that live for less than 120 days, such as 0.5,0.33,0.1
    #[arg(long, value_name = "PART,PART,PART")]
    pub relative: Option<String>,
    /// Whose keys they are, where the files do not say so
    #[arg(long, value_name = "ID")]
    pub entity: Option<String>,
    /// What the keys are for, where the files do not say so: idp-signing, sp-encryption, jwks-sig, tls, ...
    #[arg(long, value_name = "ROLE", value_parser = role)]
    pub role: Option<Role>,
    /// Form of the report
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
    /// Write the report to this file at once, so that nobody reads half of it
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Human,
    Json,
    /// One line of JSON for each item, then one with the summary
    Ndjson,
    Prometheus,
    Csv,
    Ical,
}

/// Evaluation time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Instant(OffsetDateTime),
    Now,
}

impl Options {
    pub fn thresholds(&self) -> Result<Thresholds, Stop> {
        thresholds(&self.thresholds, self.relative.as_deref())
    }
}

pub fn thresholds(days: &str, relative: Option<&str>) -> Result<Thresholds, Stop> {
    let wrong = || Stop::usage("--thresholds: give three descending numbers of days such as 90,30,7");
    let days = three(days, |text| text.parse::<u32>().ok()).ok_or_else(wrong)?;
    let thresholds = Thresholds::days(days[0], days[1], days[2]).ok_or_else(wrong)?;
    let Some(parts) = relative else { return Ok(thresholds) };
    three(parts, millionths)
        .and_then(|parts| thresholds.with_relative(parts))
        .ok_or_else(|| Stop::usage("--relative: give three descending parts of one such as 0.5,0.33,0.1"))
}

fn three<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<[T; 3]> {
    let values: Vec<T> = text.split(',').map(|part| read(part.trim())).collect::<Option<_>>()?;
    values.try_into().ok()
}

/// `0.33` is 330,000.
fn millionths(text: &str) -> Option<u32> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if decimals.len() > 6 || !digits(decimals) || !digits(whole) || text.is_empty() {
        return None;
    }
    let whole: u32 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    whole.checked_mul(1_000_000)?.checked_add(format!("{decimals:0<6}").parse().ok()?)
}

fn at(text: &str) -> Result<At, String> {
    if text == "now" {
        return Ok(At::Now);
    }
    let instant = OffsetDateTime::parse(text, &Rfc3339).map(At::Instant);
    instant.map_err(|_| "give RFC 3339 such as 2026-01-01T00:00:00Z, or now".to_owned())
}

fn role(text: &str) -> Result<Role, String> {
    let known = || Role::ALL.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ");
    Role::of(text).ok_or_else(|| format!("known are {}", known()))
}

#[cfg(test)]
mod tests {
    use super::millionths;

    #[test]
    fn parts_of_one() {
        for (text, value) in
            [("0.5", 500_000), ("0.33", 330_000), (".1", 100_000), ("1", 1_000_000), ("0.000001", 1)]
        {
            assert_eq!(millionths(text), Some(value), "{text}");
        }
        for text in ["", "-0.5", "0.0000001", "half", "1e-1", "99999"] {
            assert!(millionths(text).is_none(), "{text}");
        }
    }
}
