//! What the programs of this package share: an allocator that counts, and rounds in which every contestant runs in turn.

pub mod counting;
pub mod jose;
pub mod rounds;
pub mod saml;

use std::path::PathBuf;

/// The repository that this package stands in.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file under `testdata/`.
pub fn testdata(file: &str) -> Vec<u8> {
    let path = repository().join("testdata").join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
