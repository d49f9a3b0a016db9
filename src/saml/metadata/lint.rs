//! What will go wrong: everything that `explain` refuses, and what is legal and unwise.

use super::document::parse;
use super::explain::{nothing_signed, roles};
use super::model::{Entity, Key, KeyUse, Role, RoleKind};
use super::{grammar, read, scan};
use crate::check::Check;
use crate::crypto::{Certificate, KeyKind};
use crate::diagnosis::{Claims, Diagnosis, Draft};
use crate::error::{Code, Error, Failure, Location, Protocol, Quoted, Reason, Severity};
use crate::instant::{Instant, Leeway};
use crate::limits::{RSA_BITS_MIN, XmlLimits};
use crate::report::{CollectAll, Provenance};
use std::collections::HashMap;
use time::{Duration, OffsetDateTime};

/// Reads a document whatever its signature and says what will go wrong with it, entity by entity. What makes an entity
/// unusable is a refusal, everything else a risk, a warning or a note.
#[must_use]
pub fn lint(document: &[u8], now: OffsetDateTime) -> Diagnosis {
    match linted(document, Instant::from(now)) {
        Ok(draft) => draft.finish(),
        Err(error) => Diagnosis::refused(Protocol::Metadata, &error),
    }
}

fn linted(document: &[u8], now: Instant) -> Result<Draft, Error> {
    if document.len() > XmlLimits::METADATA.input_bytes {
        return streamed(document, now);
    }
    let tree = parse(document)?;
    let layout = grammar::document(tree.root())?;
    let metadata = read::metadata(layout.root)?;
    let label = metadata.entities.first().map_or("metadata", |entity| entity.entity_id.as_str());
    let mut lint = Lint::new(label, now);
    lint.document(layout.signature.is_some(), metadata.valid_until);
    let mut owners = HashMap::new();
    for entity in &metadata.entities {
        lint.shared(entity, &mut owners);
    }
    for entity in &metadata.entities {
        lint.entity(entity)?;
    }
    Ok(lint.draft)
}

/// As [`linted`], for what is too large for a tree: one entity at a time. One that cannot be read is a finding of its own.
fn streamed(document: &[u8], now: Instant) -> Result<Draft, Error> {
    let scan = scan::scan(document, None)?;
    let label = scan.entity_ids().next().unwrap_or("metadata").to_owned();
    let mut lint = Lint::new(&label, now);
    lint.document(scan.has_signature(), scan.valid_until);
    let mut owners = HashMap::new();
    for place in &scan.entities {
        let entity = scan.octets(place).map_err(super::in_metadata).map_err(Error::from);
        match entity.and_then(|(octets, _)| scan.read(&octets, place)) {
            Ok(entity) => {
                lint.shared(&entity, &mut owners);
                lint.entity(&entity)?;
            }
            Err(error) => lint.draft = lint.draft.error(&error, Provenance::Unsigned),
        }
    }
    Ok(lint.draft)
}

struct Lint {
    draft: Draft,
    now: Instant,
}

impl Lint {
    fn new(label: &str, now: Instant) -> Self {
        Self { draft: Draft::new(Protocol::Metadata).claims(Claims::new(label)), now }
    }

    fn document(&mut self, is_signed: bool, valid_until: Option<Instant>) {
        if !is_signed {
            self.say(Code::SA201, Severity::Note, nothing_signed());
        }
        self.validity(valid_until);
    }

    fn say(&mut self, code: Code, severity: Severity, failure: Failure) {
        let draft = core::mem::replace(&mut self.draft, Draft::new(Protocol::Metadata));
        self.draft = draft.advise(code, severity, &failure, Provenance::Unsigned);
    }

    fn validity(&mut self, valid_until: Option<Instant>) {
        let at = Location::path("/");
        match valid_until {
            None => {
                let reason = Reason::Missing { what: "validUntil" };
                let failure = Failure::new(Check::MetaValidityMissing, reason, at);
                self.say(Code::CK108, Severity::Warn, failure);
            }
            Some(until) if until > self.now.plus(LONGEST_VALIDITY) => {
                let reason =
                    Reason::Found { what: "validUntil", found: Quoted::protocol(&until.to_string()) };
                let failure = Failure::new(Check::MetaValidityTooLong, reason, at);
                self.say(Code::CK108, Severity::Warn, failure);
            }
            Some(_) => {}
        }
    }

    /// Keys that an entity before this one has as well. `owners`: entityID by SHA-256 of the key.
    fn shared(&mut self, entity: &Entity, owners: &mut HashMap<String, String>) {
        for certificate in entity.roles.iter().flat_map(|role| &role.keys).filter_map(certificate) {
            let owner = owners
                .entry(certificate.spki_sha256().to_owned())
                .or_insert_with(|| entity.entity_id.clone());
            if *owner != entity.entity_id {
                let reason = Reason::Mismatch {
                    what: "key of another entity",
                    expected: vec![Quoted::tenant(owner)],
                    found: vec![Quoted::tenant(&entity.entity_id)],
                };
                let at = Location::path("/EntitiesDescriptor/EntityDescriptor");
                self.say(Code::CK109, Severity::Risk, Failure::new(Check::KeyAmbiguous, reason, at));
            }
        }
    }

    fn entity(&mut self, entity: &Entity) -> Result<(), Error> {
        let mut walk = CollectAll::default();
        roles(&mut walk, entity, Provenance::Unsigned, self.now).map_err(super::rejected)?;
        let mut seen: Vec<Failure> = Vec::new();
        for observation in walk.observations {
            if !seen.contains(&observation.failure) {
                let draft = core::mem::replace(&mut self.draft, Draft::new(Protocol::Metadata));
                self.draft = draft.observe(&observation);
                seen.push(observation.failure);
            }
        }
        for role in &entity.roles {
            self.role(role);
        }
        Ok(())
    }

    fn role(&mut self, role: &Role) {
        let place = || Location::built(format!("/EntityDescriptor/{}", role.kind.element()));
        let mut seen: Vec<(&str, KeyUse)> = Vec::new();
        for key in &role.keys {
            match &key.content {
                Err(failure) if key.key_use == KeyUse::Encryption => {
                    self.say(Code::CK110, Severity::Risk, failure.clone());
                }
                Err(_) => {}
                Ok(trusted) => {
                    self.strength(trusted.key().kind(), place());
                    for form in &key.forms {
                        let reason = Reason::Stated(form.as_str());
                        let failure = Failure::new(Check::KeyMalformed, reason, place());
                        self.say(Code::CK112, Severity::Warn, failure);
                    }
                    if let Some(certificate) = trusted.certificate() {
                        self.certificate(certificate, place());
                        let this = (certificate.spki_sha256(), key.key_use);
                        if seen.contains(&this) {
                            let found = Quoted::tenant(certificate.spki_sha256());
                            let reason = Reason::Found { what: "key that occurs twice", found };
                            let failure = Failure::new(Check::KeyAmbiguous, reason, place());
                            self.say(Code::CK109, Severity::Note, failure);
                        }
                        seen.push(this);
                    }
                }
            }
        }
        if role.descriptors_without_certificate > 0 {
            let reason =
                Reason::Stated("a KeyDescriptor without a certificate or key value: nothing here can use it");
            self.say(Code::CK110, Severity::Note, Failure::new(Check::KeyMalformed, reason, place()));
        }
        self.successor(role, place());
        self.endpoints(role, place());
    }

    fn strength(&mut self, kind: KeyKind, at: Location) {
        if let KeyKind::Rsa { bits } = kind
            && bits < RSA_BITS_MIN
        {
            let reason = Reason::KeySize { bits, least: RSA_BITS_MIN, most: crate::limits::RSA_BITS_MAX };
            self.say(Code::CK103, Severity::Risk, Failure::new(Check::WeakKey, reason, at));
        }
    }

    /// Certificates are containers: what expires warns, however soon.
    fn certificate(&mut self, certificate: &Certificate, at: Location) {
        let (now, until) = (self.now, certificate.not_after());
        if now < certificate.not_before() {
            let reason = Reason::NotYetValid {
                what: "certificate",
                now,
                not_before: certificate.not_before(),
                leeway: Leeway::ZERO,
            };
            let failure = Failure::new(Check::CertificateNotYetValid, reason, at.clone());
            self.say(Code::CK102, Severity::Warn, failure);
        }
        let left = until.seconds_since(now);
        let (severity, reason) = if left < 0 {
            let reason =
                Reason::Expired { what: "certificate", now, not_on_or_after: until, leeway: Leeway::ZERO };
            (Severity::Warn, reason)
        } else if left < WARNING.whole_seconds() {
            (Severity::Warn, soon(until))
        } else if left < NOTICE.whole_seconds() {
            (Severity::Note, soon(until))
        } else {
            return;
        };
        self.say(Code::CK101, severity, Failure::new(Check::CertificateExpired, reason, at));
    }

    /// An identity provider whose only signing keys end soon has no successor published.
    fn successor(&mut self, role: &Role, at: Location) {
        let signing = || role.keys.iter().filter(|key| key.key_use.signs()).filter_map(certificate);
        let is_bare = |key: &Key| key.content.as_ref().is_ok_and(|trusted| trusted.certificate().is_none());
        // A key without a certificate never ends.
        if role.keys.iter().any(|key| key.key_use.signs() && is_bare(key)) {
            return;
        }
        let lasting = |c: &Certificate| c.not_after().seconds_since(self.now) >= WARNING.whole_seconds();
        if role.kind == RoleKind::IdentityProvider && signing().next().is_some() && !signing().any(lasting) {
            let reason = Reason::Stated(
                "every signing certificate ends within 30 days, and no successor is published",
            );
            self.say(Code::CK104, Severity::Warn, Failure::new(Check::CertificateExpired, reason, at));
        }
    }

    fn endpoints(&mut self, role: &Role, at: Location) {
        let service = match role.kind {
            RoleKind::IdentityProvider => "SingleSignOnService",
            RoleKind::ServiceProvider => "AssertionConsumerService",
        };
        let own = || role.endpoints.iter().filter(|endpoint| endpoint.service == service);
        if own().next().is_none() {
            let reason = Reason::Missing { what: service };
            let failure = Failure::new(Check::MetaEndpointInvalid, reason, at.clone());
            self.say(Code::CK111, Severity::Warn, failure);
        }
        if role.kind == RoleKind::ServiceProvider {
            let mut indices: Vec<Option<u16>> = own().map(|endpoint| endpoint.index).collect();
            let count = indices.len();
            indices.sort_unstable();
            indices.dedup();
            if indices.len() < count || indices.contains(&None) {
                let reason = Reason::Stated("AssertionConsumerService without an index of its own");
                let failure = Failure::new(Check::MetaEndpointInvalid, reason, at.clone());
                self.say(Code::CK111, Severity::Warn, failure);
            }
            if own().filter(|endpoint| endpoint.is_default == Some(true)).count() > 1 {
                let reason = Reason::Stated("several AssertionConsumerServices are the default");
                let failure = Failure::new(Check::MetaEndpointInvalid, reason, at);
                self.say(Code::CK111, Severity::Warn, failure);
            }
        }
    }
}

fn certificate(key: &Key) -> Option<&Certificate> {
    key.content.as_ref().ok().and_then(|trusted| trusted.certificate())
}

fn soon(until: Instant) -> Reason {
    Reason::Found { what: "notAfter", found: Quoted::protocol(&until.to_string()) }
}

/// certificates.md 4.3: below 30 days a warning, below 90 a notice.
const WARNING: Duration = Duration::days(30);
const NOTICE: Duration = Duration::days(90);

/// Longer than a year is as good as endless: nobody would notice that a key was withdrawn.
const LONGEST_VALIDITY: Duration = Duration::days(366);
