//! `fleet.toml`: which application trusts what of whom.
//!
//! ```toml
//! [[app]]
//! name = "crm"                                # the relying party
//! owner = "team-crm"
//! contact = "team-crm@app.example"
//! entity = "https://idp.partner.example/saml" # only where the files do not say so
//! role = "idp-signing"                        # likewise
//! published = "partner/metadata.xml"          # a file, a folder, or a list of them
//! trusted = ["trust/crm.pem"]
//! ```

use super::super::progress::Progress;
use super::Stop;
use super::gather::{self, files, origin_of};
use bonafide::certs::{Collection, Origin, Role};
use std::path::Path;
use toml::{Table, Value};

pub fn read(keys: &mut Collection, path: &Path) -> Result<(), Stop> {
    let wrong = |why: String| Stop::unusable(format!("{}: {why}", path.display()));
    let octets = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let manifest: Table =
        octets.parse().map_err(|error: toml::de::Error| wrong(error.message().to_owned()))?;
    let apps = manifest.get("app").and_then(Value::as_array);
    let apps = apps.ok_or_else(|| wrong("no [[app]] in it".to_owned()))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let progress = Progress::over(apps.len(), "applications");
    for (index, app) in apps.iter().enumerate() {
        progress.step();
        let app = app.as_table().ok_or_else(|| wrong(format!("app {} is no table", index + 1)))?;
        one(keys, app, folder).map_err(|why| wrong(format!("app {}: {why}", index + 1)))?;
    }
    Ok(())
}

fn one(keys: &mut Collection, app: &Table, folder: &Path) -> Result<(), String> {
    for key in app.keys() {
        if !KNOWN.contains(&key.as_str()) {
            return Err(format!("`{key}` is not known; known are {}", KNOWN.join(", ")));
        }
    }
    let text = |name: &str| match app.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(format!("`{name}` is no text")),
    };
    let name = text("name")?.ok_or("it has no `name`")?;
    let role = match text("role")? {
        None => None,
        Some(word) => Some(Role::of(word).ok_or_else(|| format!("`{word}` is no role"))?),
    };
    let described = |mut origin: Origin, entity: Option<&str>| -> Result<Origin, String> {
        origin = origin.with_label("app", name);
        for label in ["owner", "contact"] {
            origin = text(label)?.into_iter().fold(origin, |origin, value| origin.with_label(label, value));
        }
        origin = entity.into_iter().fold(origin, Origin::with_entity);
        Ok(role.into_iter().fold(origin, Origin::with_role))
    };
    let entity = text("entity")?;
    let first = keys.count();
    for file in paths(app, "published")?.iter().flat_map(|path| files(&folder.join(path))) {
        gather::file(keys, &described(origin_of(&file), entity)?, &file);
    }
    // What is trusted without a name is trusted as the one entity that is published.
    let published = keys.entities_since(first);
    let only = published.first().filter(|_| published.len() == 1).map(|only| (*only).to_owned());
    for file in paths(app, "trusted")?.iter().flat_map(|path| files(&folder.join(path))) {
        let origin = described(origin_of(&file).trusted_by(name), entity.or(only.as_deref()))?;
        gather::file(keys, &origin, &file);
    }
    Ok(())
}

/// One path or a list of them.
fn paths<'a>(app: &'a Table, name: &str) -> Result<Vec<&'a str>, String> {
    let wrong = || format!("`{name}` is neither a path nor a list of paths");
    match app.get(name) {
        None => Ok(Vec::new()),
        Some(Value::String(path)) => Ok(vec![path]),
        Some(Value::Array(paths)) => paths.iter().map(|path| path.as_str().ok_or_else(wrong)).collect(),
        Some(_) => Err(wrong()),
    }
}

const KNOWN: [&str; 7] = ["name", "owner", "contact", "entity", "role", "published", "trusted"];
