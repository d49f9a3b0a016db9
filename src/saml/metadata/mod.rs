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
pub use model::{
    AttributeService, Endpoint, Entity, EntityAttribute, Key, KeyUse, Localized, Logo, Metadata,
    Registration, RequestedAttribute, Role, RoleKind, Scope, Shape, UiInfo,
};
pub use policy::{Expected, MetadataPolicy, Validity};

use super::idp::TrustedIdp;
use crate::check::Check;
use crate::crypto::TrustedKeys;
use crate::error::{Error, Failure, Malformed, Protocol, Quoted, Reason, Rejection};
use crate::instant::Instant;
use crate::trust::{Unverified, Validated};
use crate::xml::{Element, Ns};
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

/// Reads the identity provider of an EntityDescriptor whose source the caller trusts.
pub(super) fn identity_provider(document: &[u8], now: OffsetDateTime) -> Result<TrustedIdp, Error> {
    let tree = document::parse(document)?;
    let root = tree.root();
    if !root.is(Ns::Md, "EntityDescriptor") {
        let reason = Reason::Mismatch {
            what: "root element",
            expected: vec![Quoted::protocol("md:EntityDescriptor")],
            found: vec![Quoted::protocol(root.local())],
        };
        let what = "the root element is not a SAML 2.0 EntityDescriptor";
        let fault = super::grammar::fault(Check::UnexpectedRoot, what, root).with_reason(reason);
        return Err(in_metadata(fault).into());
    }
    let entity = read::entity(root, read::Bounds::default())?;
    document::trusted(&entity, checks::Endpoints::Ignored, Instant::from(now))
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
