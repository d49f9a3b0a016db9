//! What the README promises about types.

use bonafide::certs::{Collection, Drift, Slot, Survey, Thresholds};
use bonafide::crypto::{Certificate, PublicKey, TrustedKeys};
use bonafide::diagnosis::Diagnosis;
use bonafide::error::{Error, Reason};
use bonafide::exception::Exception;
use bonafide::jose::{Decrypted, DecryptionKey, DecryptionKeys};
use bonafide::saml::{
    Assertion, InMemoryReplayGuard, Policy, ReplayKey, Response, SignedResponse, TrustedIdp, TrustedIdps,
};
use bonafide::{Unverified, Validated, Verified};

#[test]
fn public_types_are_send_and_sync() {
    fn both<T: Send + Sync>() {}
    both::<Validated<Assertion>>();
    both::<Verified<SignedResponse<'static>>>();
    both::<Unverified<Response<'static>>>();
    both::<(TrustedIdp, TrustedIdps, TrustedKeys, PublicKey, Certificate)>();
    both::<(Policy, Exception, ReplayKey, InMemoryReplayGuard)>();
    both::<(DecryptionKeys, DecryptionKey, Decrypted)>();
    both::<(Error, Reason, Diagnosis)>();
    both::<(Collection, Survey, Thresholds, Slot, Drift)>();
}
