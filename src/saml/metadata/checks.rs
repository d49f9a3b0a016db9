//! The rules that metadata is judged by: the document as a whole, then one entity in one role. One walk, two listeners.

use super::model::{Entity, KeyUse, Metadata, Role, RoleKind, Shape};
use super::policy::{Expected, MetadataPolicy, Validity};
use crate::check::{Check, CheckSet};
use crate::crypto::TrustedKey;
use crate::error::{Failure, Location, Quoted, Reason};
use crate::instant::{Instant, Leeway};
use crate::report::{Provenance, Report};
use std::collections::HashSet;

/// Every rule about a document.
pub(super) const DOCUMENT: CheckSet = CheckSet::of(&[
    Check::MetaEntityIdMismatch,
    Check::MetaDuplicateEntity,
    Check::MetaExpired,
    Check::MetaValidityMissing,
    Check::MetaValidityTooLong,
]);

/// Every rule about an entity in a role.
pub(super) const ENTITY: CheckSet = CheckSet::of(&[
    Check::MetaExpired,
    Check::MetaRoleMissing,
    Check::MetaAmbiguousRole,
    Check::KeyMalformed,
    Check::MetaNoSigningKey,
    Check::MetaEndpointInvalid,
]);

/// The facts about a document that its rules need, whether a tree or an index holds them.
pub(super) struct Facts<'m> {
    pub(super) shape: Shape,
    pub(super) valid_until: Option<Instant>,
    /// An entityID that occurs twice.
    pub(super) duplicate: Option<&'m str>,
    /// The only entityID, when there is exactly one entity.
    pub(super) only: Option<&'m str>,
}

impl<'m> Facts<'m> {
    pub(super) fn of(metadata: &'m Metadata) -> Self {
        let mut seen = HashSet::new();
        let mut ids = metadata.entities.iter().map(|entity| entity.entity_id.as_str());
        let duplicate = ids.find(|id| !seen.insert(*id));
        let only = match metadata.entities.as_slice() {
            [only] => Some(only.entity_id.as_str()),
            _ => None,
        };
        Self { shape: metadata.shape, valid_until: metadata.valid_until, duplicate, only }
    }

    const fn root(&self) -> &'static str {
        match self.shape {
            Shape::Entity => "/EntityDescriptor",
            Shape::Aggregate => "/EntitiesDescriptor",
        }
    }
}

/// Judges the document.
pub(super) fn document<R: Report>(
    report: &mut R,
    facts: &Facts<'_>,
    policy: &MetadataPolicy,
    provenance: Provenance,
    now: Instant,
) -> Result<(), Failure> {
    let root = facts.root();
    report.rule(Check::MetaEntityIdMismatch, provenance, expected(facts, &policy.expected))?;
    report.rule(
        Check::MetaDuplicateEntity,
        provenance,
        facts.duplicate.map_or(Ok(()), |id| {
            let reason = Reason::Found { what: "entityID", found: Quoted::tenant(id) };
            Err(Failure::at(Check::MetaDuplicateEntity, root, reason))
        }),
    )?;
    report.rule(Check::MetaExpired, provenance, still_valid(facts.valid_until, now, Location::path(root)))?;
    let missing = match policy.validity {
        Validity::Within(_) if facts.valid_until.is_none() => {
            Err(Failure::at(Check::MetaValidityMissing, root, Reason::Missing { what: "validUntil" }))
        }
        _ => Ok(()),
    };
    report.rule(Check::MetaValidityMissing, provenance, missing)?;
    let too_long = match (policy.validity, facts.valid_until) {
        (Validity::Within(longest), Some(until)) if until > now.plus(longest) => {
            let reason = Reason::Found { what: "validUntil", found: Quoted::protocol(&until.to_string()) };
            Err(Failure::at(Check::MetaValidityTooLong, root, reason))
        }
        _ => Ok(()),
    };
    report.rule(Check::MetaValidityTooLong, provenance, too_long)?;
    Ok(())
}

fn expected(facts: &Facts<'_>, expected: &Expected) -> Result<(), Failure> {
    let Expected::Entity(wanted) = expected else { return Ok(()) };
    if facts.only == Some(wanted) {
        return Ok(());
    }
    let reason = Reason::Mismatch {
        what: "entityID",
        expected: vec![Quoted::tenant(wanted)],
        found: facts.only.map(Quoted::tenant).into_iter().collect(),
    };
    Err(Failure::at(Check::MetaEntityIdMismatch, facts.root(), reason))
}

/// Whether endpoints are judged as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoints {
    Judged,
    /// For trust in keys alone, which has no endpoints.
    Ignored,
}

/// Judges one entity in the role of an identity provider and gives its signing keys.
pub(super) fn identity_provider<R: Report>(
    report: &mut R,
    entity: &Entity,
    endpoints: Endpoints,
    provenance: Provenance,
    now: Instant,
) -> Result<Vec<TrustedKey>, Failure> {
    let at = || Location::path("/EntityDescriptor");
    report.rule(Check::MetaExpired, provenance, still_valid(entity.valid_until, now, at()))?;
    let mut roles = entity.roles(RoleKind::IdentityProvider);
    let role = roles.next();
    let another = roles.next().is_some();
    let missing = role.ok_or_else(|| {
        let reason = if entity.roles(RoleKind::ServiceProvider).next().is_some() {
            Reason::Stated("the entity is a service provider (SPSSODescriptor) and no identity provider")
        } else {
            Reason::Missing { what: "IDPSSODescriptor for SAML 2.0" }
        };
        Failure::new(Check::MetaRoleMissing, reason, at())
    });
    report.rule(Check::MetaRoleMissing, provenance, missing.map(|_| ()))?;
    let ambiguous = if another {
        let found = entity.roles(RoleKind::IdentityProvider).count();
        let reason = Reason::Limit { limit: 1, unit: "IDPSSODescriptor", found: Some(found) };
        Err(Failure::new(Check::MetaAmbiguousRole, reason, at()))
    } else {
        Ok(())
    };
    report.rule(Check::MetaAmbiguousRole, provenance, ambiguous)?;
    let Some(role) = role else { return Ok(Vec::new()) };
    let place = || Location::path("/EntityDescriptor/IDPSSODescriptor");
    let of_role =
        still_valid(role.valid_until.filter(|_| role.valid_until != entity.valid_until), now, place());
    report.rule(Check::MetaExpired, provenance, of_role)?;
    let keys = signing_keys(role, place());
    let (keys, outcome) = match keys {
        Ok(keys) => (keys, Ok(())),
        Err(failure) => (Vec::new(), Err(failure)),
    };
    let readable = report.rule(Check::KeyMalformed, provenance, outcome)?;
    let none = if keys.is_empty() && readable {
        let reason = Reason::Missing { what: "KeyDescriptor for signing" };
        Err(Failure::new(Check::MetaNoSigningKey, reason, place()))
    } else {
        Ok(())
    };
    report.rule(Check::MetaNoSigningKey, provenance, none)?;
    if endpoints == Endpoints::Judged {
        report.rule(Check::MetaEndpointInvalid, provenance, endpoints_of(role))?;
    }
    Ok(keys)
}

/// Judges one entity in the role of a service provider. It needs no key; what it has must be readable.
pub(super) fn service_provider<R: Report>(
    report: &mut R,
    entity: &Entity,
    provenance: Provenance,
    now: Instant,
) -> Result<(), Failure> {
    let at = Location::path("/EntityDescriptor");
    report.rule(Check::MetaExpired, provenance, still_valid(entity.valid_until, now, at.clone()))?;
    for role in entity.roles(RoleKind::ServiceProvider) {
        let place = Location::path("/EntityDescriptor/SPSSODescriptor");
        let of_role = role.valid_until.filter(|_| role.valid_until != entity.valid_until);
        report.rule(Check::MetaExpired, provenance, still_valid(of_role, now, place.clone()))?;
        let readable = signing_keys(role, place).map(|_| ());
        report.rule(Check::KeyMalformed, provenance, readable)?;
        report.rule(Check::MetaEndpointInvalid, provenance, endpoints_of(role))?;
    }
    Ok(())
}

/// Every key that may sign, each once. One that cannot be read fails all of them: what is missing might be the current one.
fn signing_keys(role: &Role, place: Location) -> Result<Vec<TrustedKey>, Failure> {
    let mut keys: Vec<TrustedKey> = Vec::new();
    for key in &role.keys {
        match (key.key_use, &key.content) {
            (KeyUse::Encryption, _) => {}
            (KeyUse::Unknown, _) => {
                let reason = Reason::Stated("a KeyDescriptor whose use is neither signing nor encryption");
                return Err(Failure::new(Check::KeyMalformed, reason, place));
            }
            (_, Err(failure)) => return Err(failure.clone()),
            (_, Ok(key)) if keys.contains(key) => {}
            (_, Ok(key)) => keys.push(key.clone()),
        }
    }
    Ok(keys)
}

fn endpoints_of(role: &Role) -> Result<(), Failure> {
    let Some(bad) = role.endpoints.iter().find(|endpoint| !endpoint.is_https()) else { return Ok(()) };
    let location = if super::model::is_https(&bad.location) {
        bad.response_location.as_deref().unwrap_or_default()
    } else {
        &bad.location
    };
    let reason = Reason::Found { what: "Location", found: Quoted::tenant(location) };
    let path = format!("/EntityDescriptor/{}/{}", role.kind.element(), bad.service);
    Err(Failure::new(Check::MetaEndpointInvalid, reason, Location::built(path)))
}

/// validUntil (SAML metadata 2.3.2, 2.4.1) is exclusive and has no leeway.
pub(super) fn still_valid(until: Option<Instant>, now: Instant, at: Location) -> Result<(), Failure> {
    match until {
        Some(until) if now >= until => {
            let reason =
                Reason::Expired { what: "validUntil", now, not_on_or_after: until, leeway: Leeway::ZERO };
            Err(Failure::new(Check::MetaExpired, reason, at))
        }
        _ => Ok(()),
    }
}
