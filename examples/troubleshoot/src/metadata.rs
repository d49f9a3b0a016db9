//! `metadata`: is this metadata usable, what is in it, what is unwise, what changed?

use super::args::{At, FailOn, Format, Metadata, MetadataDiff, MetadataLint, MetadataShow, MetadataVerb};
use super::progress::Progress;
use super::{OK, Outcome, Stop, WARNING, World, input, output};
use bonafide::characters::{escape_hidden, escape_hidden_json};
use bonafide::crypto::TrustedKeys;
use bonafide::diagnosis::{Context, Diagnosis, Redactor, Style, TimeSource};
use bonafide::error::{Error, Protocol};
use bonafide::instant::Instant;
use bonafide::saml::metadata::{
    self, Change, Difference, Endpoint, Entity, Expected, Key, MetadataPolicy, Role, UntrustedIndex,
    UntrustedMetadata, Validity,
};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::io::Read;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;

pub fn run(options: &Metadata, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    match &options.verb {
        None => show(&options.show, stdin, world),
        Some(MetadataVerb::Lint(options)) => lint(options, stdin, world),
        Some(MetadataVerb::Diff(options)) => diff(options, stdin),
    }
}

fn show(options: &MetadataShow, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    let document = read(options.input.as_deref().unwrap_or(Path::new("-")), stdin)?;
    let (now, source) = time_of(options.at, world)?;
    let keys = match keys(&options.signing_cert)? {
        Ok(keys) => keys,
        Err(error) => {
            let diagnosis = Diagnosis::misconfigured(Protocol::Keys, "--signing-cert", &error);
            return Ok(report(
                &diagnosis,
                &document,
                None,
                (now, source),
                options.format,
                options.fail_on,
                world,
            ));
        }
    };
    let validity = options
        .max_validity
        .map_or(Validity::WherePresent, |days| Validity::Within(time::Duration::days(days.into())));
    let _progress = Progress::on(document.len(), "reading metadata");
    let found = Found::of(&document, options.entity.as_deref());
    let expected = match (&options.entity, found.as_ref().is_some_and(|found| found.is_aggregate)) {
        (Some(entity_id), false) => Expected::Entity(entity_id.clone()),
        _ => Expected::Anything,
    };
    let policy = MetadataPolicy::new(expected, validity)
        .map_err(|error| Stop::usage(format!("--entity or --max-validity: {error}")))?;
    let diagnosis = metadata::explain(&document, keys.as_ref(), &policy, options.entity.as_deref(), now);
    Ok(report(&diagnosis, &document, found.as_ref(), (now, source), options.format, options.fail_on, world))
}

fn lint(options: &MetadataLint, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    let document = read(&options.input, stdin)?;
    let (now, source) = time_of(options.at, world)?;
    let _progress = Progress::on(document.len(), "linting metadata");
    let diagnosis = metadata::lint(&document, now);
    let found = Found::of(&document, None);
    Ok(report(&diagnosis, &document, found.as_ref(), (now, source), options.format, options.fail_on, world))
}

fn diff(options: &MetadataDiff, stdin: &mut dyn Read) -> Result<Outcome, Stop> {
    let (old, new) = (read(&options.old, stdin)?, read(&options.new, stdin)?);
    let _progress = Progress::on(old.len().saturating_add(new.len()), "comparing metadata");
    let stop = |path: &Path, error: &Error| {
        let place =
            error.location().byte_offset().map(|offset| format!(" at byte {offset}")).unwrap_or_default();
        Stop::unusable(format!("{}: {error}{place}; give SAML metadata", path.display()))
    };
    let difference = if old.len().max(new.len()) > TREE_BYTES {
        let index = |path, document| UntrustedIndex::read(document).map_err(|error| stop(path, &error));
        let (before, after) = (index(&options.old, &old)?, index(&options.new, &new)?);
        metadata::diff_index(&before, &after).map_err(|error| stop(&options.new, &error))?
    } else {
        let tree = |path, document| UntrustedMetadata::read(document).map_err(|error| stop(path, &error));
        let (before, after) = (tree(&options.old, &old)?, tree(&options.new, &new)?);
        metadata::diff(before.untrusted(), after.untrusted())
    };
    let code = if difference.is_empty() { OK } else { WARNING };
    let text = match options.format {
        Format::Json => document(&difference_json(&difference)),
        Format::Human => difference_text(&difference),
    };
    Ok(Outcome::report(code, text))
}

/// What the document says, whether it is believed or not: the report carries the verdict beside it.
struct Found {
    is_aggregate: bool,
    count: usize,
    entity: Option<Entity>,
    /// entityID and roles of every entity of an aggregate.
    listed: Vec<(String, Vec<&'static str>)>,
}

impl Found {
    fn of(document: &[u8], wanted: Option<&str>) -> Option<Self> {
        if document.len() > TREE_BYTES {
            return Self::in_aggregate(document, wanted);
        }
        let read = UntrustedMetadata::read(document).ok()?;
        let metadata = read.untrusted();
        let is_aggregate = metadata.shape == metadata::Shape::Aggregate;
        let entity = match (wanted, metadata.entities.as_slice()) {
            (Some(id), _) => metadata.entity(id),
            (None, [only]) => Some(only),
            _ => None,
        };
        let roles = |entity: &Entity| entity.roles.iter().map(|role| role.kind.as_str()).collect();
        let listed = metadata.entities.iter().map(|entity| (entity.entity_id.clone(), roles(entity)));
        Some(Self {
            is_aggregate,
            count: metadata.entities.len(),
            entity: entity.cloned(),
            listed: if entity.is_some() { Vec::new() } else { listed.collect() },
        })
    }
}

impl Found {
    /// As [`Found::of`], for what is too large for a tree. Roles are not read then.
    fn in_aggregate(document: &[u8], wanted: Option<&str>) -> Option<Self> {
        let index = UntrustedIndex::read(document).ok()?;
        let entity = wanted.and_then(|id| index.untrusted_entity(id).ok());
        let listed = index.untrusted_ids().map(|id| (id.to_owned(), Vec::new()));
        Some(Self {
            is_aggregate: index.shape() == metadata::Shape::Aggregate,
            count: index.count(),
            listed: if entity.is_some() { Vec::new() } else { listed.collect() },
            entity,
        })
    }
}

/// What the library reads as a tree (`XmlLimits::METADATA`).
const TREE_BYTES: usize = 4 * 1024 * 1024;

fn report(
    diagnosis: &Diagnosis,
    input: &[u8],
    found: Option<&Found>,
    (now, source): (OffsetDateTime, TimeSource),
    format: Format,
    fail_on: FailOn,
    world: &World,
) -> Outcome {
    let context = Context::new("saml-metadata", input, Instant::from(now), source).with_need_prefix("--");
    let redactor = Redactor::for_input(b"");
    let text = match format {
        Format::Json => {
            let json = diagnosis.to_json(&context, &redactor);
            let mut whole: Map<String, Value> = serde_json::from_str(&json).unwrap_or_default();
            whole.remove("claims");
            if let Some(found) = found {
                whole.insert("entities".to_owned(), found.count.into());
                if let Some(entity) = &found.entity {
                    whole.insert("entity".to_owned(), entity_json(entity));
                }
                if !found.listed.is_empty() {
                    let one = |(id, roles): &(String, Vec<&str>)| json!({ "entity_id": id, "roles": roles });
                    whole.insert("listed".to_owned(), found.listed.iter().map(one).collect());
                }
            }
            document(&Value::Object(whole))
        }
        Format::Human => {
            let style = if world.colour { Style::Colour } else { Style::Plain };
            let mut text = diagnosis.to_human(&context, &redactor, style);
            if let Some(found) = found {
                text.push_str(&contents(found));
            }
            text
        }
    };
    Outcome::report(output::exit_code(diagnosis, fail_on), text)
}

fn entity_json(entity: &Entity) -> Value {
    json!({
        "entity_id": entity.entity_id,
        "valid_until": entity.valid_until.map(|until| until.to_string()),
        "cache_duration_seconds": entity.cache_duration.map(time::Duration::whole_seconds),
        "registration_authority": entity.registration.as_ref().map(|registration| &registration.authority),
        "entity_attributes": entity.attributes.iter().map(|a| json!({ "name": a.name, "values": a.values })).collect::<Vec<_>>(),
        "other_roles": entity.other_roles,
        "roles": entity.roles.iter().map(role_json).collect::<Vec<_>>(),
    })
}

fn role_json(role: &Role) -> Value {
    let names = role.ui.display_names.iter().map(|name| json!({ "lang": name.language, "text": name.text }));
    json!({
        "role": role.kind.as_str(),
        "saml2": role.speaks_saml2(),
        "keys": role.keys.iter().map(key_json).collect::<Vec<_>>(),
        "endpoints": role.endpoints.iter().map(endpoint_json).collect::<Vec<_>>(),
        "name_id_formats": role.name_id_formats,
        "display_names": names.collect::<Vec<_>>(),
        "logos": role.ui.logos.iter().map(|logo| json!(logo.url)).collect::<Vec<_>>(),
        "scopes": role.scopes.iter().map(|scope| json!({ "value": scope.value, "regexp": scope.regexp })).collect::<Vec<_>>(),
        "requested_attributes": role.attribute_services.iter().flat_map(|service| &service.requested).map(|wanted| {
            json!({ "name": wanted.name, "friendly_name": wanted.friendly_name, "required": wanted.is_required.unwrap_or(false) })
        }).collect::<Vec<_>>(),
        "want_authn_requests_signed": role.want_authn_requests_signed,
        "authn_requests_signed": role.authn_requests_signed,
        "want_assertions_signed": role.want_assertions_signed,
    })
}

fn key_json(key: &Key) -> Value {
    let key_use = key.key_use.as_str();
    match &key.content {
        Err(failure) => json!({ "use": key_use, "unreadable": failure.check.name() }),
        Ok(trusted) => {
            let certificate = trusted.certificate();
            json!({
                "use": key_use,
                "key": trusted.key().kind().to_string(),
                "cert_sha256": certificate.map(|c| c.sha256()),
                "spki_sha256": certificate.map(|c| c.spki_sha256()),
                "subject": certificate.map(|c| c.subject()),
                "not_before": certificate.map(|c| c.not_before().to_string()),
                "not_after": certificate.map(|c| c.not_after().to_string()),
            })
        }
    }
}

fn endpoint_json(endpoint: &Endpoint) -> Value {
    json!({
        "service": endpoint.service,
        "binding": endpoint.binding,
        "location": endpoint.location,
        "response_location": endpoint.response_location,
        "index": endpoint.index,
        "is_default": endpoint.is_default,
    })
}

fn contents(found: &Found) -> String {
    let mut text = String::new();
    let plural = if found.count == 1 { "entity" } else { "entities" };
    let _ = writeln!(text, "\n{} {plural}", found.count);
    if let Some(entity) = &found.entity {
        let _ = writeln!(text, "\n{}", escape_hidden(&entity.entity_id));
        if let Some(until) = entity.valid_until {
            let _ = writeln!(text, "  valid until  {until}");
        }
        for role in &entity.roles {
            let _ = writeln!(text, "  {}", role.kind.as_str());
            for key in &role.keys {
                let _ = writeln!(text, "    key       {:<10}  {}", key.key_use.as_str(), key_line(key));
            }
            for endpoint in &role.endpoints {
                let binding = endpoint.binding.rsplit(':').next().unwrap_or_default();
                let _ = writeln!(
                    text,
                    "    endpoint  {} {} {}",
                    endpoint.service,
                    escape_hidden(binding),
                    escape_hidden(&endpoint.location)
                );
            }
        }
    }
    for (id, roles) in found.listed.iter().take(LISTED) {
        let _ = writeln!(text, "  {:<7}  {}", roles.join("+"), escape_hidden(id));
    }
    if found.listed.len() > LISTED {
        let _ = writeln!(text, "  and {} more; --format json lists all of them", found.listed.len() - LISTED);
    }
    text
}

/// Lines of a list that somebody reads.
const LISTED: usize = 50;

fn key_line(key: &Key) -> String {
    match &key.content {
        Err(failure) => format!("unreadable ({})", failure.check),
        Ok(trusted) => {
            let kind = trusted.key().kind();
            let certificate = trusted.certificate();
            let fingerprint = certificate.map_or_else(String::new, |c| c.sha256().chars().take(12).collect());
            let until = certificate.map_or_else(String::new, |c| format!("until {}", c.not_after()));
            format!("{kind} {fingerprint} {until}")
        }
    }
}

fn difference_json(difference: &Difference) -> Value {
    json!({
        "schema": "bonafide/1",
        "entities_added": difference.entities_added,
        "entities_removed": difference.entities_removed,
        "changes": difference.changes.iter().map(change_json).collect::<Vec<_>>(),
    })
}

fn change_json(change: &Change) -> Value {
    let (what, entity_id, role, rest) = parts(change);
    let mut value = json!({ "change": what, "entity_id": entity_id, "role": role });
    for (name, text) in rest {
        value[name] = json!(text);
    }
    value
}

type Parts<'c> = (&'static str, &'c str, &'static str, Vec<(&'static str, &'c str)>);

fn parts(change: &Change) -> Parts<'_> {
    match change {
        Change::RoleAdded { entity_id, role } => ("role-added", entity_id, role.as_str(), vec![]),
        Change::RoleRemoved { entity_id, role } => ("role-removed", entity_id, role.as_str(), vec![]),
        Change::KeyAdded { entity_id, role, key_use, spki_sha256 } => {
            ("key-added", entity_id, role.as_str(), vec![("use", *key_use), ("spki_sha256", spki_sha256)])
        }
        Change::KeyRemoved { entity_id, role, key_use, spki_sha256 } => {
            ("key-removed", entity_id, role.as_str(), vec![("use", *key_use), ("spki_sha256", spki_sha256)])
        }
        Change::EndpointAdded { entity_id, role, endpoint } => {
            ("endpoint-added", entity_id, role.as_str(), vec![("endpoint", endpoint)])
        }
        Change::EndpointRemoved { entity_id, role, endpoint } => {
            ("endpoint-removed", entity_id, role.as_str(), vec![("endpoint", endpoint)])
        }
        _ => ("other", "", "", vec![]),
    }
}

fn difference_text(difference: &Difference) -> String {
    if difference.is_empty() {
        return "no difference in entities, roles, keys or endpoints\n".to_owned();
    }
    let mut text = String::new();
    for (sign, ids) in [("+", &difference.entities_added), ("-", &difference.entities_removed)] {
        for id in ids {
            let _ = writeln!(text, "{sign} entity  {}", escape_hidden(id));
        }
    }
    for change in &difference.changes {
        let (what, entity_id, role, rest) = parts(change);
        let sign = if what.ends_with("added") { "+" } else { "-" };
        let what = what.split('-').next().unwrap_or_default();
        let rest: Vec<String> = rest.iter().map(|(_, value)| escape_hidden(value)).collect();
        let _ = writeln!(text, "{sign} {what:<8} {role:<3} {}  {}", escape_hidden(entity_id), rest.join(" "));
    }
    text
}

/// Reads a file or standard input, up to one byte more than the library takes.
fn read(path: &Path, stdin: &mut dyn Read) -> Result<Vec<u8>, Stop> {
    let unusable =
        |why: std::io::Error| Stop::unusable(format!("input {}: {why}; give a file or -", path.display()));
    let mut octets = Vec::new();
    if path.as_os_str() == "-" {
        stdin.take(INPUT_BYTES + 1).read_to_end(&mut octets).map_err(unusable)?;
    } else {
        let file = std::fs::File::open(path).map_err(unusable)?;
        let length = file.metadata().map(|metadata| metadata.len()).unwrap_or(0).min(INPUT_BYTES);
        octets.reserve_exact(usize::try_from(length).unwrap_or(0) + 1);
        file.take(INPUT_BYTES + 1).read_to_end(&mut octets).map_err(unusable)?;
    }
    Ok(octets)
}

const INPUT_BYTES: u64 = 128 * 1024 * 1024;

fn time_of(at: Option<At>, world: &World) -> Result<(OffsetDateTime, TimeSource), Stop> {
    match at {
        Some(At::Instant(instant)) => Ok((instant, TimeSource::Flag)),
        Some(At::Now) | None => Ok(((world.clock)(), TimeSource::Now)),
        Some(At::IssueInstant | At::Capture | At::Captured(_)) => Err(Stop::usage(
            "--at: metadata has neither issue instant nor capture time; give RFC 3339 or now",
        )),
    }
}

/// Keys of the publisher; `None` when no certificate is given. An inner error is an unusable certificate.
fn keys(paths: &[PathBuf]) -> Result<Result<Option<TrustedKeys>, Error>, Stop> {
    if paths.is_empty() {
        return Ok(Ok(None));
    }
    let mut all = Vec::new();
    for path in paths {
        let octets = input::option_file("--signing-cert", path)?;
        let found = TrustedKeys::from_any_form(&octets);
        match found {
            Ok(keys) => all.extend(keys.iter().cloned()),
            Err(failure) => return Ok(Err(unusable(failure))),
        }
    }
    Ok(TrustedKeys::new(all).map(Some).map_err(unusable))
}

fn unusable(failure: bonafide::error::Failure) -> Error {
    bonafide::error::Rejection::new(Protocol::Keys, failure).into()
}

fn document(value: &Value) -> String {
    escape_hidden_json(&super::output::pretty(value)) + "\n"
}
