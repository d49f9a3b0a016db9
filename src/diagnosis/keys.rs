//! The trusted keys as reports list them.

use crate::instant::Instant;

/// A trusted key: which one, what kind, until when, and whether it made the signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyRow {
    /// Fingerprint or key id.
    pub(crate) name: String,
    /// Kind and size, such as `RSA-2048`.
    pub(crate) kind: String,
    /// Subject of the certificate, where there is one.
    pub(crate) subject: Option<String>,
    /// Last second of the certificate.
    pub(crate) not_after: Option<Instant>,
    /// The one algorithm that a JWK set binds the key to.
    pub(crate) algorithm: Option<String>,
    /// Why a key of a JWK set is not used: the name of a check.
    pub(crate) unused: Option<&'static str>,
    /// The token names its key id.
    pub(crate) named: bool,
    /// Its signature holds.
    pub(crate) signed: bool,
}
