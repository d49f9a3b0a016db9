//! What the verifier of the crate `openidconnect` says about our vectors and about tokens of other software.
#![cfg(feature = "openidconnect")]

mod second_judge;

use second_judge::{compare, interop, openidconnect, vectors};
use std::path::Path;

#[test]
fn openidconnect_refuses_nothing_unlisted() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut cases = vectors(repository, &["id-token"]);
    assert!(cases.len() > 1_000);
    cases.extend(interop(repository));
    compare(&cases, include_str!("../testdata/oidc/second-judge/openidconnect.txt"), openidconnect::ask);
}
