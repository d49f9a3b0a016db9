//! Files and folders for `certs`. A file that cannot be opened is one unreadable item.

use super::super::progress::Progress;
use super::captured;
use bonafide::certs::{Collection, Origin, Role};
use bonafide::check::Check;
use bonafide::error::{Location, Malformed, Protocol};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What all files of one side have in common.
#[derive(Clone, Copy, Debug, Default)]
pub struct Side<'a> {
    /// The relying party that trusts them.
    pub holder: Option<&'a str>,
    pub entity: Option<&'a str>,
    pub role: Option<Role>,
}

/// Reads a file, every file of a folder, or standard input. With a holder: what that relying party trusts.
pub fn read(keys: &mut Collection, path: &Path, side: Side<'_>, stdin: &mut dyn Read) {
    let described = |origin: Origin| {
        let origin = side.entity.into_iter().fold(origin, Origin::with_entity);
        let origin = side.role.into_iter().fold(origin, Origin::with_role);
        side.holder.into_iter().fold(origin, Origin::trusted_by)
    };
    if path.as_os_str() == "-" {
        return octets(keys, &described(Origin::new("-")), stdin);
    }
    let found = files(path);
    let progress = Progress::over(found.len(), "files");
    for one in found {
        file(keys, &described(origin_of(&one)), &one);
        progress.step();
    }
}

/// Every file of a folder, by its place below: two folders with the same files say the same.
pub fn read_below(keys: &mut Collection, folder: &Path) {
    for one in files(folder) {
        let place = one.strip_prefix(folder).unwrap_or(&one);
        file(keys, &origin_of(place), &one);
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
        Ok(_) => {
            let _progress = Progress::on(octets.len(), "reading keys");
            if !captured::read(keys, origin, &octets) {
                keys.read(origin, &octets);
            }
        }
        Err(error) => keys.unreadable(origin, failed(&error)),
    }
}

/// The file itself, or every file below a folder, in the order of names. In a folder, what starts with a dot and what is by its
/// name no certificate, metadata or key set is passed over.
pub fn files(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(path) else { return vec![path.to_owned()] };
    let mut paths: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| !is_foreign(path)).collect();
    paths.sort();
    // A link back up would be followed for ever.
    let below = |path: &PathBuf| if path.is_symlink() && path.is_dir() { Vec::new() } else { files(path) };
    paths.iter().flat_map(below).collect()
}

fn is_foreign(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    name.starts_with('.') || name.starts_with("readme") || FOREIGN.contains(&extension.as_str())
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

/// Private keys, requests, revocation lists, and what people keep beside certificates.
const FOREIGN: [&str; 20] = [
    "bak", "cfg", "cnf", "conf", "crl", "csr", "csv", "html", "ics", "key", "log", "md", "prom", "py", "sh",
    "tmp", "toml", "yaml", "yml", "zip",
];
