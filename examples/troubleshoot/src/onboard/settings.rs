//! The settings of an integration, before any login: trust, policy, keys, exceptions, mapping.

use super::{Row, State, name};
use crate::args::Check;
use crate::{Stop, input, map, oidc, saml};
use bonafide::certs::{self, Collection, Origin, Thresholds};
use bonafide::diagnosis::Fact;
use bonafide::error::{Code, Error, Severity};
use bonafide::instant::Instant;
use bonafide::saml::metadata;
use std::path::Path;
use time::OffsetDateTime;

pub fn rows(options: &Check, facts: &[Fact], now: OffsetDateTime) -> Result<Vec<Row>, Stop> {
    let mut list = List(Vec::new());
    let is_saml = options.idp_metadata.is_some() || !options.idp_cert.is_empty();
    let is_oidc = options.jwks.is_some();
    if !is_saml && !is_oidc {
        let said = "the configuration names no identity provider: [idp] metadata, certificates or jwks";
        list.say("trust", State::Failed, said);
        return Ok(list.0);
    }
    if is_saml {
        of_saml(options, now, &mut list)?;
    }
    if is_oidc {
        of_oidc(options, now, &mut list)?;
    }
    exceptions(options, facts, now, &mut list);
    let seconds = options.leeway.duration().whole_seconds();
    let (state, said) = match seconds {
        0..=300 => (State::Passed, format!("{seconds} s")),
        _ => (State::Warned, format!("SA305: {seconds} s; above 300 s it hides a wrong clock")),
    };
    list.say("leeway", state, &said);
    mapping(options, now, &mut list);
    Ok(list.0)
}

struct List(Vec<Row>);

impl List {
    fn say(&mut self, test: &str, state: State, said: &str) {
        let (group, test, said) = ("settings".to_owned(), test.to_owned(), said.to_owned());
        self.0.push(Row { group, test, state, said });
    }

    fn must(&mut self, test: &str, holds: bool, good: &str, bad: &str) {
        let (state, said) = if holds { (State::Passed, good) } else { (State::Failed, bad) };
        self.say(test, state, said);
    }

    fn unusable(&mut self, test: &str, error: &Error) {
        let code = error.code();
        self.say(test, State::Failed, &format!("{code} {}: `troubleshoot explain {code}`", code.name()));
    }
}

fn of_saml(options: &Check, now: OffsetDateTime, list: &mut List) -> Result<(), Stop> {
    let known = options.sp_entity_id.is_some() && !options.acs.is_empty();
    list.must(
        "this service is named",
        known,
        "entity ID and ACS URL are set",
        "set [sp] entity_id and acs: without them audience and recipient cannot be judged",
    );
    let secure = options.acs.iter().all(|url| url.starts_with("https://"));
    list.must("responses arrive over https", secure, "every ACS URL is https", "an ACS URL is not https");
    let idp = match saml::trusted_idp(options, now)? {
        Ok(idp) => idp,
        Err((_, error)) => {
            list.unusable("trust can be used", &error);
            return Ok(());
        }
    };
    let entity_id = idp.as_ref().map(|idp| idp.entity_id().to_owned()).unwrap_or_default();
    list.say("trust can be used", State::Passed, &format!("identity provider {entity_id}"));
    let own = options.sp_entity_id.as_deref();
    let swapped = own == Some(entity_id.as_str())
        || options.acs.iter().any(|acs| *acs == entity_id || Some(acs.as_str()) == own);
    list.must(
        "no two settings are swapped",
        !swapped,
        "entity ID of the identity provider, entity ID of this service and ACS URL differ",
        "entity ID of the identity provider, entity ID of this service and ACS URL must be three different values: two are \
         the same, so one was put in the place of another",
    );
    let files: Vec<&Path> =
        options.idp_metadata.iter().chain(&options.idp_cert).map(std::path::PathBuf::as_path).collect();
    keys(&files, now, list)?;
    if let Some(path) = &options.idp_metadata {
        let lint = metadata::lint(&input::option_file("--idp-metadata", path)?, now);
        let worth: Vec<String> = lint
            .findings()
            .iter()
            .filter(|finding| finding.severity() >= Severity::Warn)
            .map(|finding| format!("{} {}", finding.code(), finding.code().name()))
            .collect();
        let (state, said) = match worth.is_empty() {
            true => (State::Passed, "nothing unwise in it".to_owned()),
            false => (
                State::Warned,
                format!("{}: see `troubleshoot metadata lint {}`", worth.join(", "), name(path)),
            ),
        };
        list.say("metadata of the identity provider", state, &said);
    }
    Ok(())
}

fn of_oidc(options: &Check, now: OffsetDateTime, list: &mut List) -> Result<(), Stop> {
    list.must(
        "this application is named",
        options.client_id.is_some(),
        "the client id is set",
        "set [sp] client_id: without it the audience cannot be judged",
    );
    match oidc::trust::read(options)? {
        Ok(trust) => {
            let issuer = trust.provider.as_ref().map(bonafide::oidc::TrustedProvider::issuer);
            match issuer {
                Some(issuer) => {
                    list.say("trust can be used", State::Passed, &format!("issuer {issuer}"));
                    let secure = issuer.starts_with("https://");
                    list.must("the issuer is https", secure, &issuer, "the issuer is not https");
                }
                None => list.say("trust can be used", State::Failed, "set [idp] issuer beside jwks"),
            }
            let (state, said) = match trust.warnings.len() {
                0 => (State::Passed, "nothing unwise in it".to_owned()),
                count => (State::Warned, format!("OI114: {count} warnings; see `troubleshoot check`")),
            };
            if options.discovery.is_some() {
                list.say("discovery document", state, &said);
            }
        }
        Err((_, error)) => list.unusable("trust can be used", &error),
    }
    let files: Vec<&Path> = options.jwks.iter().map(std::path::PathBuf::as_path).collect();
    keys(&files, now, list)
}

/// Every key that is trusted: strong enough, and valid for a while.
fn keys(files: &[&Path], now: OffsetDateTime, list: &mut List) -> Result<(), Stop> {
    let mut collection = Collection::new();
    for path in files {
        collection.read(&Origin::new(&name(path)), &input::option_file("--config", path)?);
    }
    let survey = collection.survey(&Thresholds::default(), now);
    for item in survey.items() {
        let key = item.record().key().map(|key| key.spki_sha256().to_string());
        let key: String = key.unwrap_or_default().chars().take(12).collect();
        let left = item.expiry().map(|expiry| format!(", {} d left", expiry.days_left()));
        let mut said = format!("{}{}", item.state().as_str(), left.unwrap_or_default());
        let state = match item.state() {
            certs::State::Expired | certs::State::Critical | certs::State::Unreadable => State::Failed,
            certs::State::Warning | certs::State::NotYetValid => State::Warned,
            _ if item.findings().iter().any(|finding| finding.severity() >= Severity::Risk) => State::Warned,
            _ => State::Passed,
        };
        let notable = item.findings().iter().filter(|finding| finding.severity() >= Severity::Warn);
        for finding in notable {
            said.push_str(&format!("; {} {}", finding.code(), finding.why()));
        }
        list.say(&format!("key {} of {}", key, item.record().source()), state, &said);
    }
    Ok(())
}

fn exceptions(options: &Check, facts: &[Fact], now: OffsetDateTime, list: &mut List) {
    for exception in &options.allow {
        let (name, until) = (exception.relaxation().name(), exception.expires());
        let test = format!("exception {name}");
        if exception.is_active(Instant::from(now)) {
            let said = format!("{}: until {until}, owner {}", Code::AS105, exception.owner());
            list.say(&test, State::Warned, &said);
        } else {
            list.say(&test, State::Failed, &format!("{}: it ended at {until}", Code::AS106));
        }
    }
    for _ in facts {
        let said = format!("{}: an exception has no owner or no day on which it ends", Code::AS106);
        list.say("exceptions have owner and end", State::Failed, &said);
    }
    if options.allow.is_empty() && facts.is_empty() {
        list.say("exceptions", State::Passed, "none");
    }
}

fn mapping(options: &Check, now: OffsetDateTime, list: &mut List) {
    let Some(path) = &options.mapping else {
        list.say("mapping", State::Skipped, "no mapping is configured: who gets which role is not judged");
        return;
    };
    let mapping = match map::read_mapping(path, &mut std::io::empty()) {
        Ok(mapping) => mapping,
        Err(stop) => return list.say("mapping can be read", State::Failed, &stop.line),
    };
    let notes = mapping.lint(now);
    let worst = notes.iter().map(|note| note.severity).max();
    let mut codes: Vec<String> = notes
        .iter()
        .filter(|note| note.severity >= Severity::Warn)
        .map(|note| note.code.to_string())
        .collect();
    codes.dedup();
    let (state, said) = match worst {
        Some(Severity::Deny) => (State::Failed, codes.join(", ")),
        Some(Severity::Risk | Severity::Warn) => (State::Warned, codes.join(", ")),
        _ => (State::Passed, "nothing dangerous in it".to_owned()),
    };
    let more = if state == State::Passed {
        String::new()
    } else {
        format!(": `troubleshoot map lint {}`", name(path))
    };
    list.say("mapping", state, &(said + &more));
}
