//! Files and folders for `certs`. A file that cannot be opened is one unreadable item.

use bonafide::certs::{Collection, Origin, Role};
use bonafide::check::Check;
use bonafide::error::{Location, Malformed, Protocol};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Whose statement the files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Published,
    Trusted,
}

/// Reads a file, every file of a folder, or standard input.
pub fn read(
    keys: &mut Collection,
    path: &Path,
    side: Side,
    entity: Option<&str>,
    role: Option<Role>,
    stdin: &mut dyn Read,
) {
    let described = |origin: Origin| {
        let holder = origin.source().to_owned();
        let origin = entity.into_iter().fold(origin, Origin::with_entity);
        let origin = role.into_iter().fold(origin, Origin::with_role);
        if side == Side::Trusted { origin.trusted_by(&holder) } else { origin }
    };
    if path.as_os_str() == "-" {
        return octets(keys, &described(Origin::new("-")), stdin);
    }
    for one in files(path) {
        file(keys, &described(origin_of(&one)), &one);
    }
}

pub fn origin_of(path: &Path) -> Origin {
    Origin::new(&path.display().to_string())
}

pub fn file(keys: &mut Collection, origin: &Origin, path: &Path) {
    match File::open(path) {
        Ok(mut file) => octets(keys, origin, &mut file),
        Err(error) => keys.unreadable(origin, failed(&error)),
    }
}

fn octets(keys: &mut Collection, origin: &Origin, source: &mut dyn Read) {
    let mut octets = Vec::new();
    match source.take(FILE_BYTES).read_to_end(&mut octets) {
        Ok(_) => keys.read(origin, &octets),
        Err(error) => keys.unreadable(origin, failed(&error)),
    }
}

/// The file itself, or every file below a folder, in the order of names. What starts with a dot is passed over.
pub fn files(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(path) else { return vec![path.to_owned()] };
    let hidden =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let mut paths: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| !hidden(path)).collect();
    paths.sort();
    // A link back up would be followed for ever.
    let below = |path: &PathBuf| if path.is_symlink() && path.is_dir() { Vec::new() } else { files(path) };
    paths.iter().flat_map(below).collect()
}

fn failed(error: &std::io::Error) -> Malformed {
    let what = match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file",
        std::io::ErrorKind::PermissionDenied => "the file may not be read",
        _ => "the file cannot be read",
    };
    Malformed::new(Check::KeyMalformed, Protocol::Keys, what, Location::default())
}

/// The largest federation aggregates are near 100 MB.
const FILE_BYTES: u64 = 256 * 1024 * 1024;
