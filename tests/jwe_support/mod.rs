//! The vectors of `testdata/oidc/je` and the folder of other people's messages: shared by the runners.
#![allow(dead_code, reason = "each runner uses a part")]

use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

pub const HAS_OPENSSL: bool = cfg!(feature = "decryption");

pub struct Vectors {
    pub whole: Value,
}

impl Vectors {
    pub fn read() -> Self {
        let path = Path::new(crate::ROOT).join("testdata/oidc/je/vectors.json");
        Self { whole: serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap() }
    }

    pub fn all(&self) -> &[Value] {
        self.whole["vectors"].as_array().unwrap()
    }

    /// The JWK set that a vector configures.
    pub fn jwks(&self, vector: &Value) -> Option<String> {
        let keys =
            vector["decryption"]["jwks"].as_array()?.iter().map(|key| self.jwk(key)).collect::<Vec<_>>();
        Some(json!({ "keys": keys }).to_string())
    }

    fn jwk(&self, key: &Value) -> Value {
        let mut jwk: Map<String, Value> = key["is"]
            .as_str()
            .map_or_else(Map::new, |name| self.whole["keys"][name].as_object().unwrap().clone());
        jwk.extend(key["with"].as_object().unwrap().clone());
        for name in key["without"].as_array().unwrap() {
            jwk.remove(name.as_str().unwrap());
        }
        jwk.into()
    }
}

pub fn token(vector: &Value) -> String {
    match vector["token"].as_array() {
        None => vector["token"].as_str().unwrap().to_owned(),
        Some(pieces) => {
            let piece = |piece: &Value| {
                let times = usize::try_from(piece[1].as_u64().unwrap()).unwrap();
                piece[0].as_str().unwrap().repeat(times)
            };
            pieces.iter().map(piece).collect()
        }
    }
}

pub fn shared(part: &str) -> Option<PathBuf> {
    let manifest = Path::new(crate::ROOT);
    let roots = [std::env::var_os("BONAFIDE_SHARED").map(PathBuf::from), Some(manifest.join("../shared"))];
    let found = roots.into_iter().flatten().map(|root| root.join(part)).find(|path| path.exists());
    if found.is_none() {
        println!("skipped: {part} is not here");
    }
    found
}

pub fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap().trim().to_owned()
}

pub fn parsed(folder: &Path, name: &str) -> Value {
    serde_json::from_str(&read(folder, name)).unwrap()
}
