//! An ID token, whole, beside the one signature check it contains (raw ring).
//!
//! `cargo bench --bench id_token`. The lines with ratios come first: both sides in turns, medians, so that a loaded machine
//! slows both. With `--features aws-lc` ours is verified by aws-lc, and its raw check with a pre-parsed key stands beside.

use bonafide::oidc::{self, Nonce, Policy, TrustedProvider};
use criterion::{Criterion, criterion_group, criterion_main};
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use time::OffsetDateTime;

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// Benches may: the library itself forbids `unsafe`.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Case {
    name: String,
    token: String,
    jwks: String,
    key: Vec<Vec<u8>>,
}

fn cases() -> Vec<Case> {
    let text = include_str!("../testdata/oidc/bench/tokens.json");
    let cases: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    let octets = |text: &serde_json::Value| {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap()
    };
    let key = |jwk: &serde_json::Value| match jwk["kty"].as_str().unwrap() {
        "RSA" => vec![octets(&jwk["n"]), octets(&jwk["e"])],
        "EC" => vec![[vec![4], octets(&jwk["x"]), octets(&jwk["y"])].concat()],
        _ => vec![octets(&jwk["x"])],
    };
    let case = |case: &serde_json::Value| Case {
        name: case["name"].as_str().unwrap().to_owned(),
        token: case["token"].as_str().unwrap().to_owned(),
        jwks: case["jwks"].to_string(),
        key: key(&case["jwks"]["keys"][0]),
    };
    cases.iter().map(case).collect()
}

fn raw_ring(case: &Case) -> impl Fn() + use<'_> {
    use base64::Engine as _;
    let (signed, signature) = case.token.rsplit_once('.').unwrap();
    let signature = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(signature).unwrap();
    move || {
        let (signed, signature) = (black_box(signed.as_bytes()), black_box(&signature));
        let rsa = |parameters| {
            RsaPublicKeyComponents { n: &case.key[0], e: &case.key[1] }.verify(parameters, signed, signature)
        };
        let other = |algorithm| UnparsedPublicKey::new(algorithm, &case.key[0]).verify(signed, signature);
        match case.name.get(..5).unwrap() {
            "RS256" => rsa(&signature::RSA_PKCS1_2048_8192_SHA256).unwrap(),
            "PS256" => rsa(&signature::RSA_PSS_2048_8192_SHA256).unwrap(),
            "ES256" => other(&signature::ECDSA_P256_SHA256_FIXED).unwrap(),
            "ES384" => other(&signature::ECDSA_P384_SHA384_FIXED).unwrap(),
            _ => other(&signature::ED25519).unwrap(),
        }
    }
}

#[cfg(feature = "aws-lc")]
fn raw_aws_lc(case: &Case) -> impl Fn() + use<'_> {
    use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
    use base64::Engine as _;
    let (signed, signature) = case.token.rsplit_once('.').unwrap();
    let signature = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(signature).unwrap();
    let algorithm: &'static dyn VerificationAlgorithm = match case.name.get(..5).unwrap() {
        "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
        "PS256" => &signature::RSA_PSS_2048_8192_SHA256,
        "ES256" => &signature::ECDSA_P256_SHA256_FIXED,
        "ES384" => &signature::ECDSA_P384_SHA384_FIXED,
        _ => &signature::ED25519,
    };
    let key = match &case.key[..] {
        // RSAPublicKey (RFC 8017 appendix A.1.1).
        [n, e] => {
            let integer = |number: &[u8]| {
                let length = u16::try_from(number.len() + 1).unwrap().to_be_bytes();
                [&[2, 0x82], &length[..], &[0], number].concat()
            };
            let short = [&[2, u8::try_from(e.len()).unwrap()], &e[..]].concat();
            let numbers = [integer(n), short].concat();
            let length = u16::try_from(numbers.len()).unwrap().to_be_bytes();
            [&[0x30, 0x82], &length[..], &numbers].concat()
        }
        key => key.concat(),
    };
    let key = ParsedPublicKey::new(algorithm, key).unwrap();
    move || key.verify_sig(black_box(signed.as_bytes()), black_box(&signature)).unwrap()
}

fn allocations(work: &dyn Fn()) -> usize {
    work();
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    work();
    ALLOCATIONS.load(Ordering::Relaxed) - before
}

/// Microseconds of each work, and the ratio of each to the last: medians over rounds in which they take turns.
#[allow(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn side_by_side(works: &[&dyn Fn()]) -> Vec<(f64, f64)> {
    let mut rounds = vec![Vec::new(); works.len()];
    for _ in 0..ROUNDS {
        for (work, times) in works.iter().zip(&mut rounds) {
            let from = Instant::now();
            for _ in 0..TURN {
                work();
            }
            times.push(from.elapsed().as_secs_f64() * 1e6 / f64::from(TURN));
        }
    }
    let median = |values: &mut Vec<f64>| {
        values.sort_unstable_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let ratio = |times: &Vec<f64>, last: &Vec<f64>| {
        median(&mut times.iter().zip(last).map(|(time, last)| time / last).collect())
    };
    let last = &rounds[works.len() - 1];
    rounds.iter().map(|times| (median(&mut times.clone()), ratio(times, last))).collect()
}

const ROUNDS: usize = 1500;
const TURN: u32 = 4;

fn id_token(criterion: &mut Criterion) {
    let now = OffsetDateTime::from_unix_timestamp(1_767_225_600).unwrap();
    let policy = Policy::new("client1", Nonce::Expected("n-0S6_WzA2Mj".to_owned())).unwrap();
    // `cargo test` only wants to see that it runs.
    let measured = std::env::args().any(|argument| argument == "--bench");
    for case in cases() {
        let provider = TrustedProvider::from_jwks("https://idp.test", case.jwks.as_bytes()).unwrap();
        let ours = || {
            black_box(oidc::verify(black_box(&case.token), &provider, &policy, now).unwrap());
        };
        let ring = raw_ring(&case);
        let mut works: Vec<(&str, &dyn Fn())> = vec![("bonafide", &ours)];
        #[cfg(feature = "aws-lc")]
        let aws_lc = raw_aws_lc(&case);
        #[cfg(feature = "aws-lc")]
        works.push(("raw aws-lc", &aws_lc));
        works.push(("raw ring", &ring));
        if measured {
            let only_works: Vec<_> = works.iter().map(|(_, work)| *work).collect();
            for ((name, work), (time, ratio)) in works.iter().zip(side_by_side(&only_works)) {
                let allocations = allocations(*work);
                println!(
                    "{:<12} {name:<12} {time:8.2} us  {ratio:.3} x raw ring  {allocations} allocations",
                    case.name
                );
            }
        }
        let mut group = criterion.benchmark_group(&case.name);
        for (name, work) in works {
            group.bench_function(name, |bencher| bencher.iter(work));
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = id_token
}
criterion_main!(benches);
