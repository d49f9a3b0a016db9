//! Another library asked about the same tokens: whatever it refuses and bonafide accepts stands in a file, with the reason.
#![allow(dead_code, reason = "each runner uses a part")]

#[path = "../oidc_support/mod.rs"]
pub mod oidc_support;
pub mod openidconnect;

use oidc_support::{Verdict, judge};
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::path::{Path, PathBuf};
use std::sync::Once;

thread_local! {
    /// A panic of the other library is counted, not shown.
    static ASKING: Cell<bool> = const { Cell::new(false) };
}
static QUIET: Once = Once::new();

/// A token with what is trusted and expected, in the form of the vectors, and what bonafide says.
pub struct Case {
    pub id: String,
    pub vector: Value,
    pub ours: Result<(), String>,
}

/// What the other library says.
pub enum Opinion {
    Accepts,
    /// The name of its error.
    Refuses(String),
    /// It cannot be asked this question.
    Abstains,
}

impl Case {
    fn new(id: String, vector: Value) -> Self {
        let ours = match judge(&vector) {
            Verdict::Accepted(_) => Ok(()),
            Verdict::Rejected(check) => Err(check),
        };
        Self { id, vector, ours }
    }

    pub fn token(&self) -> String {
        oidc_support::token(&self.vector)
    }

    /// The key set of the provider, as the provider wrote it.
    pub fn jwks(&self) -> Option<String> {
        let provider = &self.vector["provider"];
        match (&provider["jwks"], &provider["jwks_text"]) {
            (Value::Null, Value::String(text)) => Some(text.clone()),
            (Value::Null, _) => None,
            (jwks, _) => Some(jwks.to_string()),
        }
    }

    pub fn secret(&self) -> Option<&str> {
        self.vector["provider"]["secret"].as_str()
    }

    /// The issuer, where there is exactly one.
    pub fn issuer(&self) -> Option<&str> {
        let provider = &self.vector["provider"];
        let plain = ["template", "google", "alias"].iter().all(|member| provider.get(member).is_none());
        provider["issuer"].as_str().filter(|_| plain)
    }

    pub fn audience(&self) -> Option<&str> {
        self.vector["policy"]["client_id"].as_str()
    }

    pub fn now(&self) -> i64 {
        use time::{OffsetDateTime, format_description::well_known::Rfc3339};
        OffsetDateTime::parse(oidc_support::text(&self.vector, "now"), &Rfc3339).unwrap().unix_timestamp()
    }

    pub fn leeway(&self) -> i64 {
        self.vector["policy"]["leeway"].as_i64().unwrap_or(60)
    }
}

/// The vectors of `testdata/oidc` of the wanted kinds.
pub fn vectors(repository: &Path, kinds: &[&str]) -> Vec<Case> {
    let folder = repository.join("testdata/oidc");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let files = files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "json"));
    // An id is unique in its file.
    let read = |file: &PathBuf| -> Vec<(String, Value)> {
        let vectors: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let stem = file.file_stem().unwrap().to_str().unwrap();
        let named = |vector: Value| (format!("{stem}/{}", oidc_support::text(&vector, "id")), vector);
        vectors.into_iter().map(named).collect()
    };
    files
        .flat_map(read)
        .filter(|(_, vector)| kinds.contains(&oidc_support::text(vector, "kind")))
        .map(|(id, vector)| Case::new(id, vector))
        .collect()
}

/// ID tokens that other software made; none when `shared` is not there.
pub fn interop(repository: &Path) -> Vec<Case> {
    let Some(root) = shared(repository) else { return Vec::new() };
    let mut cases = Vec::new();
    for producer in ["jose-pyjwt", "jose-authlib", "jose-joserfc"] {
        let folder = root.join("interop").join(producer);
        let (expect, jwks) = (json_of(&folder.join("expect.json")), json_of(&folder.join("jwks.json")));
        for (name, token) in tokens(&folder) {
            let vector = json!({
                "kind": "id-token", "token": token, "now": "2026-11-20T23:31:20Z",
                "provider": {"issuer": expect["iss"], "jwks": jwks},
                "policy": {"client_id": "rp-1", "nonce": expect["nonce"], "access_token": expect["access_token"]},
            });
            cases.push(Case::new(format!("interop/{producer}/{name}"), vector));
        }
    }
    let folder = root.join("interop/oidc-provider");
    let (manifest, jwks) = (json_of(&folder.join("manifest.json")), json_of(&folder.join("jwks.json")));
    for (name, token) in tokens(&folder) {
        let facts = &manifest["flow"]["messages"][format!("{name}.jwt")];
        if !name.contains("id_token") || !facts["client_id"].is_string() {
            continue;
        }
        let mut policy = json!({"client_id": facts["client_id"], "nonce": "n-interop-0001"});
        for bound in ["access_token", "code"] {
            if facts[bound].is_string() {
                policy[bound] = facts[bound].clone();
            }
        }
        let vector = json!({
            "kind": "id-token", "token": token, "now": "2026-11-20T23:31:15Z", "policy": policy,
            "provider": {"issuer": "http://127.0.0.1:9081", "jwks": jwks},
        });
        cases.push(Case::new(format!("interop/oidc-provider/{name}"), vector));
    }
    cases
}

/// Asks about every case; fails when a token that bonafide accepts is refused and the ledger does not say why, and when the
/// ledger says so of a token of which it is not true. `id Error: why` is a line of a ledger.
pub fn compare(cases: &[Case], ledger: &str, ask: impl Fn(&Case) -> Opinion) {
    let mut listed: BTreeMap<&str, &str> = ledger
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (case, why) = line.split_once(": ").unwrap_or_else(|| panic!("no reason: {line}"));
            assert!(why.len() > 10, "no reason: {line}");
            case.split_once(' ').unwrap_or_else(|| panic!("no error: {line}"))
        })
        .collect();
    let (mut unlisted, mut counts, mut laxer) = (Vec::new(), [0_usize; 5], BTreeMap::<&str, usize>::new());
    let mut panicked = Vec::new();
    QUIET.call_once(|| {
        let loud = take_hook();
        set_hook(Box::new(move |info| {
            if !ASKING.get() {
                loud(info)
            }
        }));
    });
    for case in cases {
        // A panic is no acceptance.
        ASKING.set(true);
        let opinion = catch_unwind(AssertUnwindSafe(|| ask(case)))
            .unwrap_or_else(|_| Opinion::Refuses("Panicked".to_owned()));
        ASKING.set(false);
        if matches!(&opinion, Opinion::Refuses(error) if error == "Panicked") {
            panicked.push(case.id.as_str());
        }
        let kind = match (&case.ours, opinion) {
            (_, Opinion::Abstains) => 4,
            (Ok(()), Opinion::Accepts) => 0,
            (Err(_), Opinion::Refuses(_)) => 1,
            (Ok(()), Opinion::Refuses(error)) => {
                if listed.remove(case.id.as_str()) != Some(error.as_str()) {
                    unlisted.push(format!("{} {error}: {}", case.id, case.vector["comment"]));
                }
                2
            }
            (Err(check), Opinion::Accepts) => {
                *laxer.entry(check).or_default() += 1;
                3
            }
        };
        counts[kind] += 1;
    }
    let [accept, refuse, only_theirs, only_ours, unasked] = counts;
    println!(
        "both accept {accept}, both refuse {refuse}, only they refuse {only_theirs}, not asked {unasked}"
    );
    println!("only bonafide refuses {only_ours}: {laxer:?}");
    println!("panicked there: {panicked:?}");
    assert!(unlisted.is_empty(), "refused there, accepted here, not listed:\n{}", unlisted.join("\n"));
    let gone: Vec<_> = listed
        .keys()
        .filter(|id| {
            !OF_SHARED.iter().any(|start| id.starts_with(start)) || cases.iter().any(|case| case.id == **id)
        })
        .collect();
    assert!(gone.is_empty(), "listed, but no difference: {gone:?}");
}

pub fn shared(repository: &Path) -> Option<PathBuf> {
    let roots = [std::env::var_os("BONAFIDE_SHARED").map(PathBuf::from), Some(repository.join("../shared"))];
    let found = roots.into_iter().flatten().find(|root| root.join("interop").is_dir());
    if found.is_none() {
        println!("SKIPPED: no folder interop in BONAFIDE_SHARED or ../shared");
    }
    found
}

/// The tokens of a folder, in order.
fn tokens(folder: &Path) -> Vec<(String, String)> {
    let mut tokens: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "jwt"))
        .map(|file| {
            let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(&file).unwrap().trim().to_owned())
        })
        .collect();
    tokens.sort();
    tokens
}

fn json_of(file: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// Tokens that are not always there.
const OF_SHARED: [&str; 3] = ["interop/", "corpus/", "wycheproof/"];
