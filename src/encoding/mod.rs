//! Strict decoders for the text forms that messages arrive in; and one tolerant reader, for certificates ([`armour`]).

pub(crate) mod armour;
pub(crate) mod base64;
pub(crate) mod datetime;
pub(crate) mod der;
pub(crate) mod form;
pub(crate) mod hex;
#[cfg(feature = "redirect")]
pub(crate) mod inflate;
pub(crate) mod pem;
pub(crate) mod url;
