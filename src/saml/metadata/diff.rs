//! What changed between two versions of metadata: keys by their SPKI, endpoints by their values, entities by their names.

use super::index::UntrustedIndex;
use super::model::{Endpoint, Entity, Metadata, Role, RoleKind};
use crate::error::Error;
use std::collections::{BTreeMap, BTreeSet};

/// What changed from one version to the next. Everything is sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// entityIDs that only the new version has.
    pub entities_added: Vec<String>,
    /// entityIDs that only the old version has.
    pub entities_removed: Vec<String>,
    /// What changed in entities that both have.
    pub changes: Vec<Change>,
}

/// One change in an entity that both versions have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Change {
    /// A role is new.
    RoleAdded {
        /// entityID.
        entity_id: String,
        /// The role.
        role: RoleKind,
    },
    /// A role is gone.
    RoleRemoved {
        /// entityID.
        entity_id: String,
        /// The role.
        role: RoleKind,
    },
    /// A key is new: trust it before it signs.
    KeyAdded {
        /// entityID.
        entity_id: String,
        /// The role.
        role: RoleKind,
        /// What it is for.
        key_use: &'static str,
        /// SHA-256 of its SubjectPublicKeyInfo; of a key without a certificate, its fingerprint.
        spki_sha256: String,
    },
    /// A key is gone: what it signs is no longer genuine.
    KeyRemoved {
        /// entityID.
        entity_id: String,
        /// The role.
        role: RoleKind,
        /// What it was for.
        key_use: &'static str,
        /// SHA-256 of its SubjectPublicKeyInfo; of a key without a certificate, its fingerprint.
        spki_sha256: String,
    },
    /// An endpoint is new.
    EndpointAdded {
        /// entityID.
        entity_id: String,
        /// The role.
        role: RoleKind,
        /// Service, binding and location.
        endpoint: String,
    },
    /// An endpoint is gone.
    EndpointRemoved {
        /// entityID.
        entity_id: String,
        /// The role.
        role: RoleKind,
        /// Service, binding and location.
        endpoint: String,
    },
}

impl Difference {
    /// True when nothing changed that this comparison looks at.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entities_added.is_empty() && self.entities_removed.is_empty() && self.changes.is_empty()
    }
}

/// Compares two versions. Neither is judged.
#[must_use]
pub fn diff(old: &Metadata, new: &Metadata) -> Difference {
    let by_id = |metadata: &Metadata| -> BTreeMap<String, Facts> {
        metadata.entities.iter().map(|entity| (entity.entity_id.clone(), facts(entity))).collect()
    };
    let (old, new) = (by_id(old), by_id(new));
    let mut difference = Difference::default();
    for (id, before) in &old {
        match new.get(id) {
            None => difference.entities_removed.push(id.clone()),
            Some(after) => changes(id, before, after, &mut difference.changes),
        }
    }
    difference.entities_added = new.keys().filter(|id| !old.contains_key(*id)).cloned().collect();
    difference.changes.sort();
    difference
}

/// As [`diff`], for documents of up to 128 MiB: two entities are in memory at a time.
///
/// # Errors
/// An entity cannot be read.
pub fn diff_index(old: &UntrustedIndex<'_>, new: &UntrustedIndex<'_>) -> Result<Difference, Error> {
    let sorted = |index: &UntrustedIndex<'_>| -> BTreeSet<String> {
        index.untrusted_ids().map(str::to_owned).collect()
    };
    let (before, after) = (sorted(old), sorted(new));
    let only = |one: &BTreeSet<String>, other| one.difference(other).cloned().collect();
    let mut difference = Difference {
        entities_added: only(&after, &before),
        entities_removed: only(&before, &after),
        changes: Vec::new(),
    };
    for id in before.intersection(&after) {
        let (before, after) = (old.untrusted_entity(id)?, new.untrusted_entity(id)?);
        changes(id, &facts(&before), &facts(&after), &mut difference.changes);
    }
    difference.changes.sort();
    Ok(difference)
}

#[derive(Default)]
struct Facts {
    roles: BTreeSet<RoleKind>,
    keys: BTreeSet<(RoleKind, &'static str, String)>,
    endpoints: BTreeSet<(RoleKind, String)>,
}

fn facts(entity: &Entity) -> Facts {
    let mut facts = Facts::default();
    for role in &entity.roles {
        facts.roles.insert(role.kind);
        facts.keys.extend(keys(role));
        facts.endpoints.extend(role.endpoints.iter().map(|endpoint| (role.kind, text(endpoint))));
    }
    facts
}

fn keys(role: &Role) -> impl Iterator<Item = (RoleKind, &'static str, String)> {
    role.keys.iter().filter_map(|key| {
        let trusted = key.content.as_ref().ok()?;
        let id =
            trusted.certificate().map_or_else(|| trusted.fingerprint(), |own| own.spki_sha256().to_owned());
        Some((role.kind, key.key_use.as_str(), id))
    })
}

fn text(endpoint: &Endpoint) -> String {
    let mut text = format!("{} {} {}", endpoint.service, endpoint.binding, endpoint.location);
    if let Some(response) = &endpoint.response_location {
        text.push_str(" response ");
        text.push_str(response);
    }
    text
}

fn changes(id: &str, before: &Facts, after: &Facts, changes: &mut Vec<Change>) {
    let entity_id = || id.to_owned();
    changes.extend(
        after
            .roles
            .difference(&before.roles)
            .map(|role| Change::RoleAdded { entity_id: entity_id(), role: *role }),
    );
    changes.extend(
        before
            .roles
            .difference(&after.roles)
            .map(|role| Change::RoleRemoved { entity_id: entity_id(), role: *role }),
    );
    changes.extend(after.keys.difference(&before.keys).map(|(role, key_use, spki)| Change::KeyAdded {
        entity_id: entity_id(),
        role: *role,
        key_use,
        spki_sha256: spki.clone(),
    }));
    changes.extend(before.keys.difference(&after.keys).map(|(role, key_use, spki)| Change::KeyRemoved {
        entity_id: entity_id(),
        role: *role,
        key_use,
        spki_sha256: spki.clone(),
    }));
    changes.extend(after.endpoints.difference(&before.endpoints).map(|(role, endpoint)| {
        Change::EndpointAdded { entity_id: entity_id(), role: *role, endpoint: endpoint.clone() }
    }));
    changes.extend(before.endpoints.difference(&after.endpoints).map(|(role, endpoint)| {
        Change::EndpointRemoved { entity_id: entity_id(), role: *role, endpoint: endpoint.clone() }
    }));
}
