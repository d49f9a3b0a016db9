//! SAML 2.0 web browser single sign-on: a Response in, a validated [`Assertion`] out.
//!
//! [`validate`] is the paved road. Its stages are public too: [`Unverified::<Response>::parse`](crate::Unverified::parse)
//! (nothing believed; [`peek`](crate::Unverified::peek) shows the few fields that help to choose whom to trust),
//! [`verify`](crate::Unverified::verify) (signatures, with the keys of one [`TrustedIdp`]), and
//! [`validate`](crate::Verified::validate) (every rule of the profile; `checks.rs` is the list).
//!
//! [`explain`] runs the same rules without stopping and can never produce a login.

mod artifact;
mod assertion;
mod attributes;
mod checks;
mod encrypted;
mod explain;
mod grammar;
mod idp;
pub mod logout;
pub mod metadata;
mod outcome;
mod outgoing;
mod pending;
mod policy;
mod post;
mod protocol;
mod read;
#[cfg(feature = "redirect")]
mod redirect;
mod request;
mod response;
#[cfg(test)]
mod rules_tests;
#[cfg(feature = "xmlsec")]
pub mod samael;
#[cfg(feature = "xmlsec")]
mod second_opinion;

pub use crate::replay::{InMemoryReplayGuard, ReplayGuard, ReplayKey};
pub use artifact::{Artifact, ArtifactResolve, soap_envelope};
pub use assertion::{
    Assertion, AuthnStatement, Conditions, Decrypted, NameId, ProxyRestriction, SignedBy, SubjectConfirmation,
};
pub use attributes::{Attribute, Attributes, Value};
pub use explain::{Expectations, Known, explain};
pub use idp::{TrustedIdp, TrustedIdps};
pub use outgoing::{MessageId, Outgoing, PostPage, Signature};
pub use pending::{PendingLogin, PendingLogout};
pub use policy::{AuthnContext, CertificateValidity, NameIdPolicy, Policy, Request, RequiredSignature};
pub use post::{Parameter, PostForm, decode_post, decode_post_form, decode_post_message};
pub use protocol::Arrived;
#[cfg(feature = "redirect")]
pub use redirect::{RedirectMessage, UntrustedRedirect, decode_redirect, verify_redirect};
pub use request::{
    Acs, AuthnRequest, Force, Passive, RequestedContext, RequestedNameId, Scoping, explain_authn_request,
};
pub use response::{Response, SignedResponse, UntrustedResponse};
#[cfg(feature = "xmlsec")]
pub use second_opinion::{Difference, Obstacle, SecondOpinion, second_opinion, second_opinion_on_metadata};

use crate::error::Error;
use crate::trust::{Unverified, Validated};
use time::OffsetDateTime;

/// Decides about the raw XML octets of a SAML Response: genuine, for this service, valid now, and who it is about.
///
/// Encrypted content is refused unless the policy names a decryptor ([`Policy::with_decryptor`]).
///
/// The result has a [`ReplayKey`]; hand it to a [`ReplayGuard`] before the user is let in.
///
/// # Errors
/// [`Error::Malformed`]: the octets are not a Response of the accepted shape; nothing was proven.
/// [`Error::Rejected`]: a signature or a rule of the profile refuses; [`Error::check`] names it.
pub fn validate(
    response: &[u8],
    idp: &TrustedIdp,
    policy: &Policy,
    now: OffsetDateTime,
) -> Result<Validated<Assertion>, Error> {
    Unverified::<Response<'_>>::parse(response)?.verify_for(idp, policy, now)?.validate(policy, now)
}
