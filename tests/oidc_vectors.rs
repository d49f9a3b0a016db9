//! Runs the OpenID Connect vectors of `testdata/oidc`: each names the verdict, and a rejection names the exact check.

mod oidc_support;

use oidc_support::{Verdict, judge};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

#[test]
fn every_vector_gets_its_verdict() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/oidc");
    let (mut failures, mut count) = (Vec::new(), BTreeMap::<String, (usize, usize)>::new());
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "json")) {
        let text = std::fs::read_to_string(file).unwrap();
        let vectors: Vec<Value> = serde_json::from_str(&text).unwrap();
        for vector in &vectors {
            let verdict = judge(vector);
            let expect = &vector["expect"];
            let family = vector["row"].as_str().unwrap()[..2].to_owned();
            let tally = count.entry(family).or_default();
            let wanted = match expect["reject"].as_str() {
                Some(check) => {
                    tally.1 += 1;
                    verdict == Verdict::Rejected(check.to_owned())
                }
                None => {
                    tally.0 += 1;
                    matches!(&verdict, Verdict::Accepted(claims) if holds(claims, &expect["accept"]))
                }
            };
            if !wanted {
                failures.push(format!(
                    "{} ({}): {verdict:?}, expected {expect}",
                    vector["id"], vector["comment"]
                ));
            }
        }
    }
    println!("vectors per family (accept, reject): {count:?}");
    let total: usize = count.values().map(|(accept, reject)| accept + reject).sum();
    assert!(total > 1_300, "only {total} vectors were found");
    assert!(failures.is_empty(), "{} of {total} failed:\n{}", failures.len(), failures.join("\n"));
}

/// The claims of the expectation are among those of the token.
fn holds(claims: &Value, expected: &Value) -> bool {
    expected.as_object().unwrap().iter().all(|(name, value)| &claims[name] == value)
}
