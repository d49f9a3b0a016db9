//! Files and folders for `certs`. A file that cannot be opened is one unreadable item.

use super::Stop;
use super::args::Options;
use bonafide::certs::{Collection, Origin};
use bonafide::check::Check;
use bonafide::error::{Location, Malformed, Protocol};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

pub fn read(keys: &mut Collection, options: &Options, stdin: &mut dyn Read) -> Result<(), Stop> {
    let described = |source: &str| {
        let origin = Origin::new(source);
        let origin = options.entity.iter().fold(origin, |origin, entity| origin.with_entity(entity));
        options.role.iter().fold(origin, |origin, role| origin.with_role(*role))
    };
    for path in &options.files {
        if path.as_os_str() == "-" {
            one(keys, &described("-"), stdin);
            continue;
        }
        for file in files(path) {
            let origin = described(&file.display().to_string());
            match File::open(&file) {
                Ok(mut file) => one(keys, &origin, &mut file),
                Err(error) => keys.unreadable(&origin, failed(&error)),
            }
        }
    }
    Ok(())
}

pub fn one(keys: &mut Collection, origin: &Origin, source: &mut dyn Read) {
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

pub fn failed(error: &std::io::Error) -> Malformed {
    let what = match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file",
        std::io::ErrorKind::PermissionDenied => "the file may not be read",
        _ => "the file cannot be read",
    };
    Malformed::new(Check::KeyMalformed, Protocol::Keys, what, Location::default())
}

/// The largest federation aggregates are near 100 MB.
const FILE_BYTES: u64 = 256 * 1024 * 1024;
