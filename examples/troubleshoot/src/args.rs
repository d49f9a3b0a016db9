//! The command line. Flags follow the contract of the tool: they may grow, they do not change.

use bonafide::exception::{Exception, Relaxation};
use bonafide::instant::Leeway;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use time::OffsetDateTime;
use time::format_description::well_known::{Iso8601, Rfc3339};

#[derive(Debug, Parser)]
#[command(
    name = "troubleshoot",
    version,
    about = "Why did this login fail, and what must change? Offline, deterministic.",
    after_help = "Exit codes: 0 ok, 1 warning, 2 denied, 3 undecidable or unusable input, 64 usage.\n\n\
                  Example:\n  troubleshoot check --idp-cert idp.crt --idp-entity-id https://idp.example \\\n    \
                  --sp-entity-id https://app.example/saml/metadata --acs https://app.example/saml/acs \\\n    \
                  --unsolicited --at issue-instant response.txt"
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// No progress bar
    #[arg(long, global = true)]
    pub quiet: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Would this login be accepted, and if not, why?
    Check(Box<Check>),
    /// What expires, and what breaks when keys change?
    Certs(Box<super::certs::Certs>),
    /// Is this metadata usable, and what is in it?
    Metadata(Box<Metadata>),
    /// What is in this? Facts that nobody has verified.
    Show(super::show::Options),
    /// What happened in this login, step by step? Loops, lost sessions, errors of the identity provider.
    Trace(super::trace::Options),
    /// A copy of a capture, message or token that is safe to share, and what was removed.
    Sanitize(super::sanitize::Options),
    /// Synthetic samples that trigger a code, with an answer sheet.
    Lab(super::lab::Options),
    /// A package for an escalation: the cleaned capture, the findings, and what is still missing.
    Bundle(super::bundle::Options),
    /// Is a new integration ready to go live? Settings, keys, mapping and samples, also as JUnit.
    Onboard(super::onboard::Options),
    /// Decision records against thresholds of the success rate.
    Slo(super::slo::Options),
    /// What does a code mean, what causes it, and how is it repaired?
    Explain(Explain),
    /// Every code, with its texts and checks.
    Codes(Codes),
    /// Who gets which role, why, and what changes?
    Map(super::map::args::Map),
}

#[derive(Clone, Debug, Args)]
#[command(
    after_help = "The input is detected: XML, base64, percent-encoded, form body, URL, token, token response,\n\
    HAR, SAML-tracer export.\n\n\
    Examples:\n  troubleshoot check response.xml\n      what can be said without trust: undecidable, with what is missing\n  \
    troubleshoot check --idp-metadata idp.xml --sp-entity-id https://app.example/saml/metadata \\\n    \
    --acs https://app.example/saml/acs --request-id @request-id.txt --at issue-instant - < posted.txt\n  \
    troubleshoot check ... --allow sha1=iam@app.example:2026-12-31 --format json response.xml"
)]
pub struct Check {
    /// File with the message as it was sent; - reads standard input
    pub input: PathBuf,
    /// Which entry of a capture to judge, as `trace` numbers them [default: the last login response]
    #[arg(long, value_name = "N")]
    pub entry: Option<usize>,
    /// Settings of the application, TOML: trust, policy, exceptions, mapping; flags beat them
    #[arg(short = 'c', long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Metadata of the identity provider: its entity ID and keys (EntityDescriptor or EntitiesDescriptor)
    #[arg(long, value_name = "FILE", help_heading = "SAML trust", conflicts_with = "idp_cert")]
    pub idp_metadata: Option<PathBuf>,
    /// Signing certificate of the identity provider, in whatever form it came; may be repeated
    #[arg(long, value_name = "FILE", help_heading = "SAML trust")]
    pub idp_cert: Vec<PathBuf>,
    /// Entity ID of the identity provider; picks it out of metadata about several entities
    #[arg(long, value_name = "ID", help_heading = "SAML trust")]
    pub idp_entity_id: Option<String>,

    /// Entity ID of this service: the audience
    #[arg(long, value_name = "ID", help_heading = "SAML policy")]
    pub sp_entity_id: Option<String>,
    /// Entity ID of an affiliation that this service belongs to (SPNameQualifier); may be repeated
    #[arg(long, value_name = "ID", help_heading = "SAML policy")]
    pub affiliation: Vec<String>,
    /// URL of this service at which responses arrive; may be repeated
    #[arg(long, value_name = "URL", help_heading = "SAML policy")]
    pub acs: Vec<String>,
    /// URL of this service at which logout messages arrive (of a signed AuthnRequest: its destination); may be repeated
    #[arg(long, value_name = "URL", help_heading = "SAML policy")]
    pub slo: Vec<String>,
    /// ID of the request that was sent, or @FILE; `capture` takes it from the request in the capture
    #[arg(
        long,
        value_name = "ID",
        help_heading = "SAML policy",
        conflicts_with = "unsolicited",
        env = "TROUBLESHOOT_REQUEST_ID",
        hide_env_values = true
    )]
    pub request_id: Option<String>,
    /// The login was started at the identity provider: no request was sent
    #[arg(long, help_heading = "SAML policy")]
    pub unsolicited: bool,
    /// What must be signed
    #[arg(long, value_enum, default_value = "either", help_heading = "SAML policy")]
    pub require_signed: Signed,
    /// Acceptable AuthnContextClassRef; may be repeated, one of them must be there
    #[arg(long, value_name = "URI", help_heading = "SAML policy")]
    pub authn_context: Vec<String>,
    /// Ask libxmlsec1 about the signatures too, and compare the octets that were hashed (needs the feature `xmlsec`)
    #[arg(long, help_heading = "SAML policy")]
    pub second_opinion: bool,
    /// How old the assertion may be [default: 24 hours]
    #[arg(long, value_name = "SECONDS", help_heading = "SAML policy")]
    pub max_message_age: Option<u32>,
    /// Whether the validity of the certificates that are trusted matters [default: ignored]
    #[arg(long, value_enum, help_heading = "SAML policy")]
    pub certificate_validity: Option<Validity>,
    /// Whether the subject must have a NameID
    #[arg(long, value_enum, default_value = "optional", help_heading = "SAML policy")]
    pub name_id: NameId,

    /// Client secret, or @FILE: for tokens that are encrypted with it, and, without --jwks, for those signed with it (HS256)
    #[arg(
        long,
        value_name = "VALUE",
        help_heading = "OIDC trust",
        env = "TROUBLESHOOT_CLIENT_SECRET",
        hide_env_values = true
    )]
    pub client_secret: Option<String>,
    /// Issuer of the tokens
    #[arg(long, value_name = "ISS", help_heading = "OIDC trust")]
    pub issuer: Option<String>,
    /// Keys of the issuer: a key set, one key, a list, certificates by key id, PEM
    #[arg(long, value_name = "FILE", help_heading = "OIDC trust")]
    pub jwks: Option<PathBuf>,
    /// Discovery document of the issuer
    #[arg(long, value_name = "FILE", help_heading = "OIDC trust")]
    pub discovery: Option<PathBuf>,

    /// Tenant, where the issuer holds {tenantid}; `any`, or an id that may be repeated
    #[arg(long, value_name = "ID", help_heading = "OIDC trust")]
    pub tenant: Vec<String>,
    /// Second spelling of the issuer; may be repeated
    #[arg(long, value_name = "ISS", help_heading = "OIDC trust")]
    pub issuer_alias: Vec<String>,
    /// Signature algorithm that is allowed, such as RS256; may be repeated
    #[arg(long, value_name = "ALG", help_heading = "OIDC trust")]
    pub algorithm: Vec<String>,

    /// Shape of the access tokens of the issuer: rfc9068, entra-v2, auth0, keycloak, spring ... (a wrong name lists all), or
    /// what marks them: typ=TYPE, claim=NAME, claim=NAME=VALUE [default: by issuer and token]
    #[arg(long, value_name = "NAME", help_heading = "OIDC trust")]
    pub profile: Option<String>,
    /// What to do when several keys fit a token [default: exactly-one]
    #[arg(long, value_enum, help_heading = "OIDC trust")]
    pub key_selection: Option<Selection>,
    /// Client id of this application: the audience
    #[arg(long, value_name = "ID", help_heading = "OIDC policy")]
    pub client_id: Option<String>,
    /// Nonce of the request, or @FILE; `capture` takes it from the request in the capture
    #[arg(
        long,
        value_name = "VALUE",
        help_heading = "OIDC policy",
        conflicts_with = "no_nonce",
        env = "TROUBLESHOOT_NONCE",
        hide_env_values = true
    )]
    pub nonce: Option<String>,
    /// No nonce was sent
    #[arg(long, help_heading = "OIDC policy")]
    pub no_nonce: bool,
    /// Whatever nonce the token carries is not judged: replay of a token for another login is not noticed
    #[arg(long, help_heading = "OIDC policy", conflicts_with_all = ["nonce", "no_nonce"])]
    pub ignore_nonce: bool,
    /// How long ago the token may have been issued
    #[arg(long, value_name = "SECONDS", help_heading = "OIDC policy")]
    pub max_token_age: Option<u32>,
    /// How long ago the user may have authenticated
    #[arg(long, value_name = "SECONDS")]
    pub max_age: Option<u32>,
    /// Access token that came with the ID token, or its file
    #[arg(
        long,
        value_name = "FILE|VALUE",
        help_heading = "OIDC policy",
        env = "TROUBLESHOOT_ACCESS_TOKEN",
        hide_env_values = true
    )]
    pub access_token: Option<String>,
    /// Code that came with the ID token, or @FILE
    #[arg(
        long,
        value_name = "VALUE",
        help_heading = "OIDC policy",
        env = "TROUBLESHOOT_CODE",
        hide_env_values = true
    )]
    pub code: Option<String>,
    /// State of the request, or @FILE: what the response must carry; `capture` takes it from the request in the capture
    #[arg(long, value_name = "VALUE", help_heading = "OIDC policy")]
    pub state: Option<String>,
    /// Acceptable value of acr; may be repeated, one of them must be there
    #[arg(long, value_name = "ACR", help_heading = "OIDC policy")]
    pub acr: Vec<String>,
    /// Method that amr must hold, such as mfa; may be repeated, all of them must be there
    #[arg(long, value_name = "METHOD", help_heading = "OIDC policy")]
    pub amr: Vec<String>,
    /// Scope that an access token must have; may be repeated
    #[arg(long, value_name = "SCOPE", help_heading = "OIDC policy")]
    pub scope: Vec<String>,
    /// Another audience that may stand beside the client id; may be repeated
    #[arg(long, value_name = "AUD", help_heading = "OIDC policy")]
    pub other_audience: Vec<String>,
    /// Another client that may be the authorized party (azp); may be repeated
    #[arg(long, value_name = "ID", help_heading = "OIDC policy")]
    pub other_party: Vec<String>,
    /// Subject that UserInfo must have
    #[arg(long, value_name = "SUB", help_heading = "OIDC policy")]
    pub subject: Option<String>,
    /// DPoP proof of the request
    #[arg(long, value_name = "FILE", help_heading = "OIDC policy")]
    pub dpop: Option<PathBuf>,
    /// Method of the request, for DPoP
    #[arg(long, value_name = "M", help_heading = "OIDC policy")]
    pub http_method: Option<String>,
    /// URI of the request, for DPoP
    #[arg(long, value_name = "U", help_heading = "OIDC policy")]
    pub http_uri: Option<String>,
    /// Client certificate of the request
    #[arg(long, value_name = "FILE", help_heading = "OIDC policy")]
    pub client_cert: Option<PathBuf>,
    /// What the token is
    #[arg(long, value_enum, default_value = "id-token", help_heading = "OIDC policy")]
    pub kind: Kind,

    /// Evaluation time: RFC 3339, issue-instant, capture or now [default: capture time, else now]
    #[arg(long, value_name = "TIME", value_parser = at)]
    pub at: Option<At>,
    /// How far clocks may differ, 0 to 600
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = leeway)]
    pub leeway: Leeway,
    /// A dated exception; NAME: sha1, rsa1024, cbc, rsa15, no-destination, no-conditions, no-audience
    #[arg(long, value_name = "NAME=OWNER:YYYY-MM-DD[:REASON]", value_parser = exception)]
    pub allow: Vec<Exception>,
    /// Private key of this service, PEM or JWK, for encrypted messages; may be repeated
    #[arg(long, value_name = "FILE")]
    pub sp_key: Vec<PathBuf>,
    /// Mapping from claims to roles
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// Show more than pseudonyms; what could be replayed is never shown
    #[arg(long, value_enum)]
    pub reveal: Option<Reveal>,
    /// Key for pseudonyms, so that several reports can be linked
    #[arg(long, value_name = "FILE")]
    pub pseudonym_key: Option<PathBuf>,
    /// Which findings make the exit code 2
    #[arg(long, value_enum, default_value = "deny")]
    pub fail_on: FailOn,
    /// Form of the report
    #[arg(long, value_enum, default_value = "human")]
    pub format: ReportFormat,
    /// Which options the command line or the environment gave
    #[arg(skip)]
    pub given: Vec<String>,
}

impl Check {
    /// True where the user said it, false where it is a default.
    pub fn is_given(&self, option: &str) -> bool {
        self.given.iter().any(|given| given == option)
    }
}

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Without --signing-cert the signature is not judged, and a note says so. The file may be an aggregate of up to \
    128 MiB.\n\nExamples:\n  troubleshoot metadata idp.xml\n  \
    troubleshoot metadata --signing-cert federation.pem --entity https://idp.example federation.xml\n  \
    troubleshoot metadata lint idp.xml\n  troubleshoot metadata diff last-week.xml today.xml"
)]
pub struct Metadata {
    #[command(subcommand)]
    pub verb: Option<MetadataVerb>,
    #[command(flatten)]
    pub show: MetadataShow,
}

#[derive(Debug, Subcommand)]
pub enum MetadataVerb {
    /// What is wrong or unwise, entity by entity
    Lint(MetadataLint),
    /// What changed between two versions: keys, endpoints, entities
    Diff(MetadataDiff),
}

#[derive(Debug, Args)]
pub struct MetadataShow {
    /// File with the metadata; - reads standard input
    #[arg(required = true)]
    pub input: Option<PathBuf>,
    /// Certificate of whoever publishes the metadata, PEM or DER; may be repeated
    #[arg(long, value_name = "FILE")]
    pub signing_cert: Vec<PathBuf>,
    /// The entity that is looked for
    #[arg(long, value_name = "ID")]
    pub entity: Option<String>,
    /// validUntil must be there and at most this far away
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
    pub max_validity: Option<u16>,
    /// Evaluation time: RFC 3339 or now
    #[arg(long, value_name = "TIME", value_parser = at)]
    pub at: Option<At>,
    /// Which findings make the exit code 2
    #[arg(long, value_enum, default_value = "deny")]
    pub fail_on: FailOn,
    /// Form of the report
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct MetadataLint {
    /// File with the metadata; - reads standard input
    pub input: PathBuf,
    /// Evaluation time: RFC 3339 or now
    #[arg(long, value_name = "TIME", value_parser = at)]
    pub at: Option<At>,
    /// Which findings make the exit code 2
    #[arg(long, value_enum, default_value = "deny")]
    pub fail_on: FailOn,
    /// Form of the report
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
}

#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 the same, 1 something changed, 3 a file cannot be read as metadata.")]
pub struct MetadataDiff {
    /// The earlier version
    pub old: PathBuf,
    /// The later version
    pub new: PathBuf,
    /// Form of the report
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  troubleshoot explain SA401")]
pub struct Explain {
    /// Code, such as SA401, or its name, such as audience-mismatch
    pub code: String,
    /// Form of the report
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  troubleshoot codes --format json > codes.json")]
pub struct Codes {
    /// Form of the report
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Human,
    Json,
}

/// Forms of a diagnosis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    Human,
    Json,
    /// Markdown, for tickets
    Md,
    /// One file for a browser or for paper
    Html,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum NameId {
    Required,
    Optional,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Validity {
    Ignored,
    Enforced,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Selection {
    ExactlyOne,
    /// Each that fits, up to 8
    TryAll,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Signed {
    Assertion,
    Response,
    Either,
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    IdToken,
    AccessToken,
    LogoutToken,
    Userinfo,
    Jarm,
    /// Signed answer of an introspection endpoint
    Introspection,
    /// What a client proves itself with: --client-id is its issuer, --issuer its audience
    ClientAssertion,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Reveal {
    Person,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    Deny,
    Risk,
    Warn,
}

/// Evaluation time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Instant(OffsetDateTime),
    IssueInstant,
    Capture,
    Now,
    /// Taken from the capture that held the message.
    Captured(OffsetDateTime),
}

pub fn at(text: &str) -> Result<At, String> {
    match text {
        "issue-instant" => Ok(At::IssueInstant),
        "capture" => Ok(At::Capture),
        "now" => Ok(At::Now),
        _ => OffsetDateTime::parse(text, &Rfc3339).map(At::Instant).map_err(|_| {
            "give RFC 3339 such as 2026-01-01T00:00:00Z, issue-instant, capture or now".to_owned()
        }),
    }
}

fn leeway(text: &str) -> Result<Leeway, String> {
    let seconds = text.parse::<u32>().ok();
    seconds
        .and_then(|seconds| Leeway::new(time::Duration::seconds(seconds.into())))
        .ok_or_else(|| "give seconds from 0 to 600".to_owned())
}

/// `NAME=OWNER:YYYY-MM-DD[:REASON]`; an owner may hold colons, the first date ends it.
fn exception(text: &str) -> Result<Exception, String> {
    let names = || Relaxation::ALL.iter().map(|known| known.name()).collect::<Vec<_>>().join(", ");
    let (name, rest) = text.split_once('=').ok_or("give NAME=OWNER:YYYY-MM-DD")?;
    let known = Relaxation::ALL.iter().find(|known| known.name() == name);
    let relaxation = known.ok_or_else(|| format!("`{name}` is no exception; known are {}", names()))?;
    let parts: Vec<&str> = rest.split(':').collect();
    let dates = parts.iter().map(|part| time::Date::parse(part, &Iso8601::DATE).ok());
    let (index, expires) = dates
        .enumerate()
        .skip(1)
        .find_map(|(index, date)| Some((index, date?)))
        .ok_or("give owner and last day: NAME=OWNER:YYYY-MM-DD")?;
    let owner = parts[..index].join(":");
    let reason = parts[index + 1..].join(":");
    let reason = if reason.trim().is_empty() { "given on the command line" } else { &reason };
    Exception::new(*relaxation, reason, &owner, expires).ok_or_else(|| "the owner is empty".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_have_owner_and_date() {
        let good = exception("sha1=iam@app.example:2026-12-31").unwrap();
        assert_eq!(
            (good.owner(), good.expires().to_string().as_str()),
            ("iam@app.example", "2026-12-31T00:00:00Z")
        );
        let odd = exception("no-audience=team:red:2026-12-31:old IdP: ticket 7").unwrap();
        assert_eq!((odd.owner(), odd.reason()), ("team:red", "old IdP: ticket 7"));
        for bad in ["sha1", "sha1=", "sha1=x", "sha1=:2026-12-31", "sha1=x:2026-13-01", "md5=x:2026-12-31"] {
            assert!(exception(bad).is_err(), "{bad}");
        }
    }
}
