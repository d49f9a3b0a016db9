//! For applications that use the crate `samael`: its metadata types as trust, by our own strict reading.

use super::idp::TrustedIdp;
use crate::check::Check;
use crate::error::{Error, Failure, Location, Protocol, Reason, Rejection};
use samael::metadata::EntityDescriptor;
use samael::traits::ToXml;
use time::OffsetDateTime;

/// The identity provider of an EntityDescriptor that `samael` has read, as a trust of ours.
///
/// It is written as XML and read again by the rules of [`TrustedIdp::from_metadata`]. samael does not verify the signature of
/// metadata: the caller has another reason to trust the document, or verifies it with [`super::metadata::validate`] first.
///
/// # Errors
/// As [`TrustedIdp::from_metadata`]; `ConfigurationInvalid` when samael cannot write what it has read.
pub fn trusted_idp(entity: &EntityDescriptor, now: OffsetDateTime) -> Result<TrustedIdp, Error> {
    let xml = entity.to_string().map_err(|_| {
        let reason = Reason::Stated("samael cannot write the EntityDescriptor as XML");
        Rejection::new(
            Protocol::Metadata,
            Failure::new(Check::ConfigurationInvalid, reason, Location::default()),
        )
    })?;
    TrustedIdp::from_metadata(xml.as_bytes(), now)
}
