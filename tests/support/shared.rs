//! Where other people's messages are, which are not part of this repository.

use std::path::{Path, PathBuf};

/// The folder `below` of the shared corpus: under `BONAFIDE_SHARED`, else under `shared` beside the crate or beside its parent.
/// `None`, with a line that says so, when there is none.
pub(crate) fn shared(below: &str) -> Option<PathBuf> {
    let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named = std::env::var_os("BONAFIDE_SHARED").map(PathBuf::from);
    let found = match named {
        Some(named) => Some(named.join(below)).filter(|folder| folder.is_dir()),
        None => [crate_root.join("../shared"), crate_root.join("../../shared")]
            .into_iter()
            .map(|root| root.join(below))
            .find(|folder| folder.is_dir()),
    };
    if found.is_none() {
        println!("SKIPPED: no folder {below} in BONAFIDE_SHARED or ../shared");
    }
    found
}

/// The entries of a folder, sorted by name.
pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}

/// The last part of a path.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
