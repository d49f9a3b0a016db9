//! The same rules without stopping: everything that is wrong with a document. Never a proof.

use super::checks::{self, Endpoints, Facts};
use super::document::{parse, unknown, vouched};
use super::grammar::unsigned;
use super::model::{Entity, Metadata, RoleKind, Shape};
use super::policy::MetadataPolicy;
use super::{grammar, read, scan};
use crate::check::Check;
use crate::crypto::TrustedKeys;
use crate::diagnosis::{Claims, Diagnosis, Draft};
use crate::error::{Code, Error, Failure, Location, Protocol, Reason, Severity};
use crate::instant::Instant;
use crate::limits::XmlLimits;
use crate::report::{CollectAll, Observation, Provenance};
use time::OffsetDateTime;

/// Says everything that is wrong with a document under this policy. `keys` are those of the publisher; without them the
/// signature is not judged, and a note says so. `entity_id` names the entity of an aggregate that shall be judged; a document
/// about one entity is judged as that entity.
#[must_use]
pub fn explain(
    document: &[u8],
    keys: Option<&TrustedKeys>,
    policy: &MetadataPolicy,
    entity_id: Option<&str>,
    now: OffsetDateTime,
) -> Diagnosis {
    let now = Instant::from(now);
    let draft = Draft::new(Protocol::Metadata);
    match explained(draft, document, keys, policy, entity_id, now) {
        Ok(draft) => draft.finish(),
        Err(error) => Diagnosis::refused(Protocol::Metadata, &error),
    }
}

fn explained(
    mut draft: Draft,
    document: &[u8],
    keys: Option<&TrustedKeys>,
    policy: &MetadataPolicy,
    entity_id: Option<&str>,
    now: Instant,
) -> Result<Draft, Error> {
    if document.len() > XmlLimits::METADATA.input_bytes {
        return streamed(draft, document, keys, policy, entity_id, now);
    }
    let tree = parse(document)?;
    let layout = grammar::document(tree.root())?;
    let unread = || read::metadata(layout.root);
    let (metadata, provenance) = match keys {
        None => {
            draft = draft.advise(Code::SA201, Severity::Note, &unjudged(), Provenance::Derived);
            (unread()?, Provenance::Unsigned)
        }
        Some(keys) => match vouched(layout, keys, &[], now) {
            Ok(verified) => (verified.content().clone(), Provenance::Signed),
            Err(error) => {
                draft = draft.error(&error, Provenance::Unsigned);
                (unread()?, Provenance::Unsigned)
            }
        },
    };
    judged(draft, &metadata, policy, entity_id, provenance, now)
}

/// As [`explained`], for what is too large for a tree.
fn streamed(
    mut draft: Draft,
    document: &[u8],
    keys: Option<&TrustedKeys>,
    policy: &MetadataPolicy,
    entity_id: Option<&str>,
    now: Instant,
) -> Result<Draft, Error> {
    let mut scan = scan::scan(document, keys.map(|keys| (keys, now)))?;
    let provenance = match scan.signature.take() {
        None => {
            draft = draft.advise(Code::SA201, Severity::Note, &unjudged(), Provenance::Derived);
            Provenance::Unsigned
        }
        Some(Ok(_)) => Provenance::Signed,
        Some(Err(failure)) => {
            draft = draft.error(&super::rejected(failure), Provenance::Unsigned);
            Provenance::Unsigned
        }
    };
    let chosen = match entity_id {
        None => None,
        Some(id) => match scan.place(id) {
            None => {
                draft = draft.observe(&Observation::new(unknown(id), provenance));
                None
            }
            Some(place) => {
                let (octets, _) = scan.octets(place).map_err(super::in_metadata)?;
                Some(scan.read(&octets, place)?)
            }
        },
    };
    walked(draft, (&scan.facts(), chosen.as_ref(), None), policy, provenance, now)
}

fn judged(
    mut draft: Draft,
    metadata: &Metadata,
    policy: &MetadataPolicy,
    entity_id: Option<&str>,
    provenance: Provenance,
    now: Instant,
) -> Result<Draft, Error> {
    let chosen = match (entity_id, metadata.shape, metadata.entities.as_slice()) {
        (Some(id), _, _) => {
            let found = metadata.entity(id);
            if found.is_none() {
                let observation = Observation::new(unknown(id), provenance);
                draft = draft.observe(&observation);
            }
            found
        }
        (None, Shape::Entity, [only]) => Some(only),
        _ => None,
    };
    walked(draft, (&Facts::of(metadata), chosen, metadata.name.as_deref()), policy, provenance, now)
}

fn walked(
    draft: Draft,
    (facts, chosen, name): (&Facts<'_>, Option<&Entity>, Option<&str>),
    policy: &MetadataPolicy,
    provenance: Provenance,
    now: Instant,
) -> Result<Draft, Error> {
    let mut walk = CollectAll::default();
    let stopped = super::rejected;
    if provenance == Provenance::Signed {
        walk.shown.extend([Check::SignatureInvalid, Check::DigestMismatch]);
    }
    checks::document(&mut walk, facts, policy, provenance, now).map_err(stopped)?;
    if let Some(entity) = chosen {
        roles(&mut walk, entity, provenance, now).map_err(stopped)?;
    }
    let label = chosen.map_or(name.unwrap_or("metadata"), |entity| &entity.entity_id);
    // The same rule may speak of the entity and of its role; once is enough.
    let mut seen: Vec<Failure> = Vec::new();
    walk.observations.retain(|observation| {
        let new = !seen.contains(&observation.failure);
        seen.push(observation.failure.clone());
        new
    });
    Ok(draft.walk(walk).claims(Claims::new(label)))
}

/// Every role that the entity has is judged; it must have one.
pub(super) fn roles(
    walk: &mut CollectAll,
    entity: &Entity,
    provenance: Provenance,
    now: Instant,
) -> Result<(), Failure> {
    let is_sp = entity.roles(RoleKind::ServiceProvider).next().is_some();
    if is_sp {
        checks::service_provider(walk, entity, provenance, now)?;
    }
    if !is_sp || entity.roles(RoleKind::IdentityProvider).next().is_some() {
        checks::identity_provider(walk, entity, Endpoints::Judged, provenance, now)?;
    }
    Ok(())
}

fn unjudged() -> Failure {
    let clause = "the signature was not judged: no key of the publisher was supplied";
    Failure::new(Check::SignatureMissing, Reason::Stated(clause), Location::default())
}

/// The failure of an unsigned document.
pub(super) fn nothing_signed() -> Failure {
    unsigned()
}
