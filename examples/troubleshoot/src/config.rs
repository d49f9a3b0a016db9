//! `--config`: trust, policy and mapping of an application in one file. What the command line says beats it.

use super::args::{Check, Kind, NameId, Selection, Signed, Validity};
use super::{Stop, input};
use bonafide::diagnosis::Fact;
use bonafide::error::{Code, Location, Severity};
use bonafide::exception::{Exception, Relaxation};
use bonafide::instant::Leeway;
use clap::ValueEnum as _;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use time::Duration;
use time::format_description::well_known::Iso8601;

/// The settings of one application. Paths are relative to the folder of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    sp: Service,
    idp: Provider,
    policy: Policy,
    mapping: Option<PathBuf>,
    exception: Vec<Loosening>,
}

/// This side.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Service {
    entity_id: Option<String>,
    acs: Vec<String>,
    slo: Vec<String>,
    affiliations: Vec<String>,
    client_id: Option<String>,
    /// The secret, or `@FILE`.
    client_secret: Option<String>,
    keys: Vec<PathBuf>,
}

/// The other side: SAML or OpenID Connect, or both.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Provider {
    metadata: Option<PathBuf>,
    entity_id: Option<String>,
    certificates: Vec<PathBuf>,
    issuer: Option<String>,
    #[serde(alias = "keys")]
    jwks: Option<PathBuf>,
    discovery: Option<PathBuf>,
    tenants: Vec<String>,
    issuer_aliases: Vec<String>,
    algorithms: Vec<String>,
    key_selection: Option<String>,
    /// The shape of access tokens.
    profile: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Policy {
    /// Seconds.
    leeway: Option<u32>,
    require_signed: Option<String>,
    name_id: Option<String>,
    /// Seconds.
    max_age: Option<u32>,
    authn_context: Vec<String>,
    acr: Vec<String>,
    amr: Vec<String>,
    scopes: Vec<String>,
    other_audiences: Vec<String>,
    other_parties: Vec<String>,
    /// Seconds.
    max_token_age: Option<u32>,
    /// Seconds.
    max_message_age: Option<u32>,
    certificate_validity: Option<String>,
    unsolicited: bool,
    no_nonce: bool,
    ignore_nonce: bool,
}

/// A dated exception. Without owner and day it does not hold, and is reported.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Loosening {
    allow: String,
    entity: Option<String>,
    owner: String,
    expires: Option<toml::Value>,
    reason: Option<String>,
    ticket: Option<String>,
}

/// Puts the settings of the file behind those of the command line; what is wrong with exceptions comes back as facts.
pub fn apply(options: &mut Check) -> Result<Vec<Fact>, Stop> {
    let Some(path) = options.config.clone() else { return Ok(Vec::new()) };
    let settings = read(&path)?;
    let wrong = |why: String| Stop::usage(format!("--config {}: {why}", path.display()));
    let folder = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    let (sp, idp, policy) = (settings.sp, settings.idp, settings.policy);

    if options.idp_metadata.is_none() && options.idp_cert.is_empty() {
        if idp.metadata.is_some() && !idp.certificates.is_empty() {
            return Err(wrong("[idp] has metadata and certificates; give one of them".to_owned()));
        }
        options.idp_metadata = idp.metadata.map(|file| folder.join(file));
        options.idp_cert = idp.certificates.iter().map(|file| folder.join(file)).collect();
        options.idp_entity_id = options.idp_entity_id.take().or(idp.entity_id);
    } else if options.idp_metadata.is_none() {
        // Certificates of the command line stand for the provider that the file names.
        options.idp_entity_id = options.idp_entity_id.take().or(idp.entity_id);
    }
    // One pair: an issuer and the keys of another would be nobody's.
    if options.issuer.is_none() && options.discovery.is_none() {
        options.issuer = idp.issuer;
        options.discovery = idp.discovery.map(|file| folder.join(file));
        options.jwks = options.jwks.take().or(idp.jwks.map(|file| folder.join(file)));
    }
    options.sp_entity_id = options.sp_entity_id.take().or(sp.entity_id);
    if options.acs.is_empty() {
        options.acs = sp.acs;
    }
    if options.slo.is_empty() {
        options.slo = sp.slo;
    }
    options.client_id = options.client_id.take().or(sp.client_id);
    if options.sp_key.is_empty() {
        options.sp_key = sp.keys.iter().map(|file| folder.join(file)).collect();
    }
    options.mapping = options.mapping.take().or(settings.mapping.map(|file| folder.join(file)));

    let unless_given = |given: &mut Vec<String>, settings: Vec<String>| {
        if given.is_empty() {
            *given = settings;
        }
    };
    unless_given(&mut options.tenant, idp.tenants);
    unless_given(&mut options.issuer_alias, idp.issuer_aliases);
    unless_given(&mut options.algorithm, idp.algorithms);
    unless_given(&mut options.affiliation, sp.affiliations);
    unless_given(&mut options.authn_context, policy.authn_context);
    if options.kind == Kind::IdToken {
        unless_given(&mut options.acr, policy.acr);
        unless_given(&mut options.amr, policy.amr);
        unless_given(&mut options.other_audience, policy.other_audiences);
        unless_given(&mut options.other_party, policy.other_parties);
        options.max_token_age = options.max_token_age.or(policy.max_token_age);
    }
    if options.kind == Kind::AccessToken {
        unless_given(&mut options.scope, policy.scopes);
        options.profile = options.profile.take().or(idp.profile);
    }
    let secret = sp.client_secret.map(|secret| match secret.strip_prefix('@') {
        Some(file) => format!("@{}", folder.join(file).display()),
        None => secret,
    });
    options.client_secret = options.client_secret.take().or(secret);
    options.max_message_age = options.max_message_age.or(policy.max_message_age);
    options.max_age = options.max_age.or(policy.max_age);
    options.unsolicited |= policy.unsolicited && options.request_id.is_none();
    let names_nonce = options.nonce.is_some() || options.no_nonce || options.ignore_nonce;
    options.no_nonce |= policy.no_nonce && !names_nonce;
    options.ignore_nonce |= policy.ignore_nonce && !names_nonce && !options.no_nonce;
    if let Some(seconds) = policy.leeway.filter(|_| !options.is_given("leeway")) {
        let seconds = Duration::seconds(seconds.into());
        options.leeway = Leeway::new(seconds)
            .ok_or_else(|| wrong("policy.leeway: give seconds from 0 to 600".to_owned()))?;
    }
    let unknown = |field: &str, known: &str| wrong(format!("policy.{field}: give {known}"));
    if let Some(word) = policy.require_signed.filter(|_| !options.is_given("require_signed")) {
        options.require_signed = Signed::from_str(&word, false)
            .map_err(|_| unknown("require_signed", "assertion, response, either or both"))?;
    }
    if let Some(word) = policy.name_id.filter(|_| !options.is_given("name_id")) {
        options.name_id =
            NameId::from_str(&word, false).map_err(|_| unknown("name_id", "required or optional"))?;
    }

    if let Some(word) = policy.certificate_validity.filter(|_| options.certificate_validity.is_none()) {
        let word = Validity::from_str(&word, false);
        options.certificate_validity =
            Some(word.map_err(|_| unknown("certificate_validity", "ignored or enforced"))?);
    }
    if let Some(word) = idp.key_selection.filter(|_| options.key_selection.is_none()) {
        let word = Selection::from_str(&word, false);
        let wanted = || wrong("idp.key_selection: give exactly-one or try-all".to_owned());
        options.key_selection = Some(word.map_err(|_| wanted())?);
    }

    let mut facts = Vec::new();
    let given: Vec<Relaxation> = options.allow.iter().map(Exception::relaxation).collect();
    for (number, loosening) in settings.exception.iter().enumerate() {
        let elsewhere = loosening.entity.as_ref().zip(options.idp_entity_id.as_ref());
        if elsewhere.is_some_and(|(of, idp)| of != idp) {
            continue;
        }
        match exception(loosening).map_err(|why| wrong(format!("exception {}: {why}", number + 1)))? {
            Some(exception) if given.contains(&exception.relaxation()) => {}
            Some(exception) => options.allow.push(exception),
            None => {
                let why = "an exception of the configuration has no owner or no day on which it ends: it does not hold";
                let place = format!("--config {} exception {}", path.display(), number + 1);
                let fact = Fact::new(Code::AS106, why).with_severity(Severity::Deny);
                facts.push(fact.with_location(Location::built(place)));
            }
        }
    }
    Ok(facts)
}

fn read(path: &Path) -> Result<Settings, Stop> {
    let octets = input::option_file("--config", path)?;
    let wrong = |why: &str| Stop::usage(format!("--config {}: {why}", path.display()));
    let text = std::str::from_utf8(&octets).map_err(|_| wrong("the file is not UTF-8"))?;
    toml::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
        let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let line = line.map_or_else(String::new, |line| format!("line {line}: "));
        wrong(&format!("{line}{}", error.message()))
    })
}

/// `None` without owner or day.
fn exception(loosening: &Loosening) -> Result<Option<Exception>, String> {
    let relaxation =
        Relaxation::ALL.iter().find(|known| known.name() == loosening.allow).copied().ok_or_else(|| {
            let names: Vec<&str> = Relaxation::ALL.iter().map(|known| known.name()).collect();
            format!("`allow` is none of {}", names.join(", "))
        })?;
    let expires = match &loosening.expires {
        Some(toml::Value::String(day)) => day.trim().to_owned(),
        Some(toml::Value::Datetime(day)) => day.to_string(),
        Some(_) => "?".to_owned(),
        None => String::new(),
    };
    if loosening.owner.trim().is_empty() || expires.is_empty() {
        return Ok(None);
    }
    let expires = time::Date::parse(&expires, &Iso8601::DATE)
        .map_err(|_| "`expires` is no day such as \"2026-12-31\"".to_owned())?;
    let reason = [loosening.reason.as_deref(), loosening.ticket.as_deref()];
    let reason = reason.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let reason = if reason.trim().is_empty() { "given in the configuration" } else { &reason };
    Ok(Exception::new(relaxation, reason, &loosening.owner, expires))
}
