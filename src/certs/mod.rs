//! What expires, and what breaks when keys change: certificates and keys of federation partners, one or thirty thousand.
//!
//! [`expiry`] judges one certificate. [`Collection`] reads files of any form (PEM, DER, base64, PKCS#7, SAML metadata, key
//! sets, messages), each item by itself: what cannot be read is one item of the state [`State::Unreadable`] and hides nothing.
//! A [`Survey`] is what they amount to at a time: states, [rotation](Survey::slots), [places](Survey::places) of a key, and
//! reports as JSON, CSV, text for Prometheus and iCalendar.
//!
//! Nothing here makes trust: a key that is surveyed is not a key that is trusted.
//!
//! ```
//! use bonafide::certs::{self, Collection, Origin, State, Thresholds};
//! use time::macros::datetime;
//!
//! let pem = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/saml/keys/k.crt"));
//! let mut keys = Collection::new();
//! keys.read(&Origin::new("k.crt"), pem);
//! let survey = keys.survey(&Thresholds::default(), datetime!(2026-01-01 00:00 UTC));
//! assert_eq!(survey.items()[0].state(), State::Good);
//! assert_eq!(survey.exit_code(), 0);
//! ```

mod drift;
mod places;
mod read;
mod record;
mod report;
mod rotation;
mod survey;
mod thresholds;

pub use drift::{Change, Drift, Snapshot};
pub use read::Collection;
pub use record::{KeyFinding, KeyRecord, Material, Origin, Role, Side};
pub use report::Owner;
pub use rotation::{RotationState, Slot, SlotKey};
pub use survey::{Survey, Surveyed, survey};
pub use thresholds::{Expiry, State, Thresholds};

use crate::crypto::CertificateFacts;
use crate::error::Malformed;
use time::OffsetDateTime;

/// How long one DER certificate still lives.
///
/// ```
/// use bonafide::certs::{self, State, Thresholds};
/// use time::macros::datetime;
///
/// # let der = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/certs/rsa2048.der"));
/// let expiry = certs::expiry(der, &Thresholds::default(), datetime!(2026-01-01 00:00 UTC))?;
/// assert_eq!((expiry.state(), expiry.days_left()), (State::Good, 364));
/// # Ok::<(), bonafide::error::Malformed>(())
/// ```
///
/// # Errors
/// `KeyMalformed`: the octets are not exactly one certificate.
pub fn expiry(der: &[u8], thresholds: &Thresholds, now: OffsetDateTime) -> Result<Expiry, Malformed> {
    let certificate = CertificateFacts::from_der(der)?;
    Ok(thresholds.judge(certificate.not_before(), certificate.not_after(), now.into()))
}
