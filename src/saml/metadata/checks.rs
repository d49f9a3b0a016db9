//! The rules that metadata is judged by: the document as a whole, then one entity in one role. One walk, two listeners.

use super::model::{Entity, KeyUse, Metadata, Role, RoleKind, Shape};
use super::policy::{Expected, MetadataPolicy, Validity};
use crate::check::Check;
use crate::crypto::TrustedKey;
use crate::error::{Failure, Location, Quoted, Reason};
use crate::instant::{Instant, Leeway};
use crate::report::{Provenance, Report, Ruling};
use crate::rule::{Rule, RuleSet};
use std::collections::HashSet;

/// The rules that must have been judged about a document.
pub(super) const fn document_plan(policy: &MetadataPolicy) -> RuleSet {
    let bounded = matches!(policy.validity, Validity::Within(_));
    RuleSet::of(&[Rule::DocumentDuplicate, Rule::DocumentLasting])
        .with_if(matches!(policy.expected, Expected::Entity(_)), Rule::DocumentEntity)
        .with_if(bounded, Rule::DocumentBounded)
        .with_if(bounded, Rule::DocumentBound)
}

/// The rules that must have been judged about an entity in the role of an identity provider.
pub(super) const fn entity_plan(endpoints: Endpoints) -> RuleSet {
    RuleSet::of(&[
        Rule::EntityLasting,
        Rule::RolePresent,
        Rule::RoleOnce,
        Rule::RoleLasting,
        Rule::RoleKeys,
        Rule::RoleSigns,
    ])
    .with_if(matches!(endpoints, Endpoints::Judged), Rule::RoleEndpoints)
}

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
    if let Expected::Entity(wanted) = &policy.expected {
        report.rule(Rule::DocumentEntity, provenance, expected(facts, wanted))?;
    }
    let once = facts.duplicate.map_or(Ok(()), |id| {
        let reason = Reason::Found { what: "entityID", found: Quoted::tenant(id) };
        Err(Failure::at(Check::MetaDuplicateEntity, root, reason))
    });
    report.rule(Rule::DocumentDuplicate, provenance, once)?;
    let until = facts.valid_until;
    report.ruling(Rule::DocumentLasting, provenance, still_valid(until, now, Location::path(root)))?;
    let Validity::Within(longest) = policy.validity else { return Ok(()) };
    let missing = || Failure::at(Check::MetaValidityMissing, root, Reason::Missing { what: "validUntil" });
    report.rule(Rule::DocumentBounded, provenance, until.map(|_| ()).ok_or_else(missing))?;
    let bound = match until {
        None => Ok(Ruling::NotApplicable("there is no validUntil")),
        Some(until) if until <= now.plus(longest) => Ok(Ruling::Held),
        Some(until) => {
            let reason = Reason::Found { what: "validUntil", found: Quoted::protocol(&until.to_string()) };
            Err(Failure::at(Check::MetaValidityTooLong, root, reason))
        }
    };
    report.ruling(Rule::DocumentBound, provenance, bound)?;
    Ok(())
}

fn expected(facts: &Facts<'_>, wanted: &str) -> Result<(), Failure> {
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
    report.ruling(Rule::EntityLasting, provenance, still_valid(entity.valid_until, now, at()))?;
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
    report.rule(Rule::RolePresent, provenance, missing.map(|_| ()))?;
    let ambiguous = if another {
        let found = entity.roles(RoleKind::IdentityProvider).count();
        let reason = Reason::Limit { limit: 1, unit: "IDPSSODescriptor", found: Some(found) };
        Err(Failure::new(Check::MetaAmbiguousRole, reason, at()))
    } else {
        Ok(())
    };
    report.rule(Rule::RoleOnce, provenance, ambiguous)?;
    let Some(role) = role else { return Ok(Vec::new()) };
    let place = || Location::path("/EntityDescriptor/IDPSSODescriptor");
    let of_role =
        still_valid(role.valid_until.filter(|_| role.valid_until != entity.valid_until), now, place());
    report.ruling(Rule::RoleLasting, provenance, of_role)?;
    let keys = keys_of(report, role, provenance, place())?;
    let signs = match &keys {
        None => Ok(Ruling::NotApplicable("a key of the role is not readable")),
        Some(keys) if keys.is_empty() => {
            let reason = Reason::Missing { what: "KeyDescriptor for signing" };
            Err(Failure::new(Check::MetaNoSigningKey, reason, place()))
        }
        Some(_) => Ok(Ruling::Held),
    };
    report.ruling(Rule::RoleSigns, provenance, signs)?;
    if endpoints == Endpoints::Judged {
        report.ruling(Rule::RoleEndpoints, provenance, endpoints_of(role))?;
    }
    Ok(keys.unwrap_or_default())
}

/// Judges one entity in the role of a service provider. It needs no key; what it has must be readable.
pub(super) fn service_provider<R: Report>(
    report: &mut R,
    entity: &Entity,
    provenance: Provenance,
    now: Instant,
) -> Result<(), Failure> {
    let at = Location::path("/EntityDescriptor");
    report.ruling(Rule::EntityLasting, provenance, still_valid(entity.valid_until, now, at))?;
    for role in entity.roles(RoleKind::ServiceProvider) {
        let place = Location::path("/EntityDescriptor/SPSSODescriptor");
        let of_role = role.valid_until.filter(|_| role.valid_until != entity.valid_until);
        report.ruling(Rule::RoleLasting, provenance, still_valid(of_role, now, place.clone()))?;
        keys_of(report, role, provenance, place)?;
        report.ruling(Rule::RoleEndpoints, provenance, endpoints_of(role))?;
    }
    Ok(())
}

/// The keys that may sign; `None` when one of them is not readable.
fn keys_of(
    report: &mut impl Report,
    role: &Role,
    provenance: Provenance,
    place: Location,
) -> Result<Option<Vec<TrustedKey>>, Failure> {
    let keys = signing_keys(role, place);
    let outcome = match &keys {
        Ok(_) if role.keys.is_empty() => Ok(Ruling::NotApplicable("the role has no KeyDescriptor")),
        Ok(_) => Ok(Ruling::Held),
        Err(failure) => Err(failure.clone()),
    };
    report.ruling(Rule::RoleKeys, provenance, outcome)?;
    Ok(keys.ok())
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

fn endpoints_of(role: &Role) -> Result<Ruling, Failure> {
    if role.endpoints.is_empty() {
        return Ok(Ruling::NotApplicable("the role has no endpoint"));
    }
    let Some(bad) = role.endpoints.iter().find(|endpoint| !endpoint.is_https()) else {
        return Ok(Ruling::Held);
    };
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
pub(super) fn still_valid(until: Option<Instant>, now: Instant, at: Location) -> Result<Ruling, Failure> {
    let Some(until) = until else { return Ok(Ruling::NotApplicable("there is no validUntil")) };
    if now < until {
        return Ok(Ruling::Held);
    }
    let reason = Reason::Expired { what: "validUntil", now, not_on_or_after: until, leeway: Leeway::ZERO };
    Err(Failure::new(Check::MetaExpired, reason, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::no_rule_can_go;
    use crate::saml::metadata::{document::parse, grammar, read};

    /// Deletes each rule in turn and sees that no proof is made.
    #[test]
    fn no_rule_about_metadata_can_go() {
        let now = Instant::from(time::macros::datetime!(2026-01-01 00:00:00 UTC));
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/metadata/good.xml");
        let octets = std::fs::read(path).unwrap();
        let tree = parse(&octets).unwrap();
        let mut metadata = read::metadata(grammar::document(tree.root()).unwrap().root).unwrap();
        let [entity] = metadata.entities.as_mut_slice() else { panic!("one entity") };
        let id = entity.entity_id.clone();
        for (expected, validity, valid_until) in [
            (Expected::Entity(id), Validity::Within(time::Duration::days(30)), metadata.valid_until),
            (Expected::Anything, Validity::WherePresent, None),
        ] {
            let policy = MetadataPolicy::new(expected, validity).unwrap();
            let facts =
                Facts { shape: metadata.shape, valid_until, duplicate: None, only: Some(&entity.entity_id) };
            no_rule_can_go(document_plan(&policy), |report| {
                document(report, &facts, &policy, Provenance::Signed, now)
            });
            entity.valid_until = valid_until;
            for endpoints in [Endpoints::Judged, Endpoints::Ignored] {
                no_rule_can_go(entity_plan(endpoints), |report| {
                    identity_provider(report, entity, endpoints, Provenance::Signed, now).map(|_| ())
                });
            }
        }
    }
}
