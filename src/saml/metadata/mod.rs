//! SAML 2.0 metadata: who is who, by which keys, at which addresses, until when.
//!
//! [`validate`] is the paved road for one signed document: the signature of the root element by the same strict verifier
//! as everywhere, then policy, then [`identity_provider`](crate::Validated::identity_provider) per entity.
//! [`MetadataIndex`] does the same for a federation's aggregate, as a stream. [`UntrustedMetadata`] is for eyes. [`explain`] and [`lint`] say what is wrong; [`diff`] compares two versions;
//! [`ServiceProvider`] writes one's own.

mod checks;
mod diff;
mod document;
mod emit;
mod explain;
mod grammar;
mod index;
mod lint;
mod model;
mod policy;
mod read;
mod scan;

pub use diff::{Change, Difference, diff, diff_index};
pub use document::{Document, UntrustedMetadata};
pub use emit::ServiceProvider;
pub use explain::explain;
pub use index::{MetadataIndex, UntrustedIndex};
pub use lint::lint;
pub(super) use model::is_https;
pub use model::{
    AttributeService, Endpoint, Entity, EntityAttribute, Key, KeyForm, KeyUse, Localized, Logo, Metadata,
    Registration, RequestedAttribute, Role, RoleKind, Scope, Shape, UiInfo,
};
pub use policy::{Expected, MetadataPolicy, Validity};

use super::idp::TrustedIdp;
use crate::check::Check;
use crate::crypto::TrustedKeys;
use crate::error::{Error, Failure, Malformed, Protocol, Quoted, Reason, Rejection};
use crate::instant::Instant;
use crate::limits::XmlLimits;
use crate::trust::{Unverified, Validated};
use crate::xml::Element;
use time::OffsetDateTime;

/// Decides about a metadata document of at most 4 MiB: signed by one of the keys, for the expected entity, valid now.
///
/// # Errors
/// [`Error::Malformed`]: not metadata of the accepted grammar; nothing was proven. [`Error::Rejected`]: the signature or a
/// rule of the policy refuses; [`Error::check`] names it.
pub fn validate(
    document: &[u8],
    keys: &TrustedKeys,
    policy: &MetadataPolicy,
    now: OffsetDateTime,
) -> Result<Validated<Metadata>, Error> {
    Unverified::<Document<'_>>::parse(document)?.verify(keys, now)?.validate(policy, now)
}

/// Reads the identity provider out of a document whose source the caller trusts: the entity with this entityID, or the only one.
pub(super) fn identity_provider(
    document: &[u8],
    entity_id: Option<&str>,
    now: OffsetDateTime,
) -> Result<TrustedIdp, Error> {
    let trusted = |entity: &Entity| document::trusted(entity, checks::Endpoints::Ignored, Instant::from(now));
    if document.len() > XmlLimits::METADATA.input_bytes {
        let scan = scan::scan(document, None)?;
        if let Some(id) = &scan.duplicate {
            return Err(rejected(twice(id)));
        }
        let mut ids = scan.entity_ids();
        let (id, more) = (entity_id.or_else(|| ids.next()), entity_id.is_none() && ids.next().is_some());
        let id = id.filter(|_| !more).ok_or_else(|| rejected(several()))?;
        let place = scan.place(id).ok_or_else(|| rejected(document::unknown(id)))?;
        let (octets, _) = scan.octets(place).map_err(in_metadata)?;
        return trusted(&scan.read(&octets, place)?);
    }
    let tree = document::parse(document)?;
    let root = tree.root();
    if !read::is_descriptor(root) {
        return Err(grammar::unexpected_root(root));
    }
    let mut entities = read::descriptors(root)?;
    let named = |element: Element<'_, '_>| element.attribute("entityID").map(Quoted::tenant);
    let only = if let [(only, _)] = entities.as_slice() { named(*only) } else { None };
    if let Some(id) = entity_id {
        entities.retain(|(element, _)| element.attribute("entityID") == Some(id));
    }
    match (entities.as_slice(), entity_id) {
        ([(element, outer)], _) => trusted(&read::entity(*element, *outer)?),
        ([], Some(id)) => {
            let (expected, found) = (vec![Quoted::tenant(id)], only.into_iter().collect());
            let reason = Reason::Mismatch { what: "entityID", expected, found };
            Err(rejected(Failure::at(Check::MetaEntityIdMismatch, "/EntityDescriptor/@entityID", reason)))
        }
        ([], None) => {
            let reason = Reason::Missing { what: "EntityDescriptor" };
            Err(rejected(Failure::at(Check::MetaEntityIdMismatch, "/EntitiesDescriptor", reason)))
        }
        (_, Some(id)) => Err(rejected(twice(id))),
        (_, None) => {
            let mut seen = std::collections::HashSet::new();
            let again = entities.iter().filter_map(|(element, _)| element.attribute("entityID"));
            let again = { again }.find(|id| !seen.insert(*id));
            Err(rejected(again.map_or_else(several, twice)))
        }
    }
}

fn twice(entity_id: &str) -> Failure {
    let reason = Reason::Found { what: "entityID", found: Quoted::tenant(entity_id) };
    Failure::at(Check::MetaDuplicateEntity, "/EntitiesDescriptor", reason)
}

fn several() -> Failure {
    let reason = Reason::Stated("the metadata describes several entities: name the one that is meant");
    Failure::at(Check::MetaEntityIdMismatch, "/EntitiesDescriptor", reason)
}

/// The signature of the root element, where the grammar of metadata allows it.
#[cfg(feature = "xmlsec")]
pub(super) fn signature_of_root<'t, 'a>(root: Element<'t, 'a>) -> Result<Option<Element<'t, 'a>>, Check> {
    grammar::document(root).map(|layout| layout.signature).map_err(|error| error.check())
}

fn refuse(check: Check, element: Element<'_, '_>, reason: Reason) -> Error {
    rejected(Failure::new(check, reason, super::grammar::location(element)))
}

fn rejected(failure: Failure) -> Error {
    Rejection::new(Protocol::Metadata, failure).into()
}

const fn in_metadata(malformed: Malformed) -> Malformed {
    malformed.with_protocol(Protocol::Metadata)
}
