//! An aggregate verified and indexed, interleaved with SHA-256 over the same octets:
//! `testdata/generate/aggregate.sh 10000 /tmp/a.xml && BONAFIDE_AGGREGATE=/tmp/a.xml cargo bench --bench metadata_aggregate`.
//! Without the variable it runs over the committed aggregate of three entities.
#![allow(clippy::disallowed_methods, missing_docs)]

use bonafide::crypto::TrustedKeys;
use bonafide::saml::metadata::{Expected, MetadataIndex, MetadataPolicy, Validity};
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};
use time::macros::datetime;

fn main() {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let file = std::env::var_os("BONAFIDE_AGGREGATE")
        .map_or_else(|| testdata.join("metadata/good-aggregate.xml"), Into::into);
    let document = std::fs::read(&file).expect("the aggregate is readable");
    let certificate = std::fs::read_to_string(testdata.join("saml/keys/k.crt")).expect("the certificate");
    let keys = TrustedKeys::from_pem(&certificate).expect("a key");
    let now = datetime!(2026-01-01 00:00:00 UTC);
    let policy = MetadataPolicy::new(Expected::Anything, Validity::WherePresent).expect("a policy");
    let before = resident();
    let index = MetadataIndex::validate(&document, &keys, &policy, now).expect("a genuine aggregate");
    let beyond = resident().saturating_sub(before);
    let (mut hash, mut validate, mut lookup) = (Vec::new(), Vec::new(), Vec::new());
    let id = index.entity_ids().next().expect("an entity").to_owned();
    for _ in 0..9 {
        hash.push(timed(|| {
            let _ = black_box(ring::digest::digest(&ring::digest::SHA256, &document));
        }));
        validate.push(timed(|| {
            drop(black_box(MetadataIndex::validate(&document, &keys, &policy, now)));
        }));
        lookup.push(timed(|| drop(black_box(index.idp(&id, now).expect("an identity provider")))));
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2]
    };
    let (hash, validate, lookup) = (median(&mut hash), median(&mut validate), median(&mut lookup));
    println!(
        "{} bytes, {} entities: sha-256 {hash:?}, verified and indexed {validate:?} ({:.2} x), one look-up {lookup:?}, \
         peak grew by {} KiB",
        document.len(),
        index.count(),
        validate.as_secs_f64() / hash.as_secs_f64(),
        beyond
    );
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// Peak of resident memory, KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
