//! Replays the committed corpus of every fuzz target, on a stable compiler, in a plain `cargo test`.
//!
//! A target `T` is four things: `fuzz/properties/T.rs` with `pub fn check(data: &[u8])`, `fuzz/fuzz_targets/T.rs` that
//! calls it, its `[[bin]]` in `fuzz/Cargo.toml`, and `fuzz/corpus/T/` with a handful of small seeds. Then it gets a line here.

#![allow(clippy::duplicate_mod, reason = "one property uses the edit script of another one")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

macro_rules! replay {
    ($($(#[$attribute:meta])* $target:ident: $property:literal,)*) => {
        $(
            $(#[$attribute])*
            #[path = $property]
            mod $target;

            $(#[$attribute])*
            #[test]
            fn $target() {
                for seed in corpus(stringify!($target)) {
                    println!("{}", seed.display());
                    $target::check(&fs::read(&seed).unwrap());
                }
            }
        )*

        const REPLAYED: &[&str] = &[$(stringify!($target)),*];
    };
}

replay! {
    certs: "../fuzz/properties/certs.rs",
    discovery: "../fuzz/properties/discovery.rs",
    id_token: "../fuzz/properties/id_token.rs",
    json: "../fuzz/properties/json.rs",
    jwe: "../fuzz/properties/jwe.rs",
    jwks: "../fuzz/properties/jwks.rs",
    mapping: "../fuzz/properties/mapping.rs",
    metadata: "../fuzz/properties/metadata.rs",
    saml_encrypted: "../fuzz/properties/saml_encrypted.rs",
    #[cfg(feature = "redirect")]
    redirect: "../fuzz/properties/redirect.rs",
    saml_mutated: "../fuzz/properties/saml_mutated.rs",
}

/// Replayed by the unit tests of the library, because the property needs internals.
const REPLAYED_INSIDE: &[&str] = &["xml"];

#[test]
fn every_target_is_replayed() {
    if !fuzz().join("corpus").is_dir() {
        println!("SKIPPED: this is a package without the fuzz corpus");
        return;
    }
    let replayed: BTreeSet<String> =
        REPLAYED.iter().chain(REPLAYED_INSIDE).map(|name| (*name).to_owned()).collect();
    let targets: BTreeSet<String> = list(&fuzz().join("fuzz_targets"))
        .iter()
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(targets, replayed, "fuzz/fuzz_targets and tests/fuzz_replay.rs list the same targets");
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for target in &targets {
        assert!(manifest.contains(&format!("name = \"{target}\"")), "{target} is not in fuzz/Cargo.toml");
        assert!(!corpus(target).is_empty(), "fuzz/corpus/{target} holds no seed");
    }
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn corpus(target: &str) -> Vec<PathBuf> {
    list(&fuzz().join("corpus").join(target))
}

fn list(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}
