//! Cost against size, for every entry point, on input that costs as much as input of its size can. The last of the three sizes is the
//! largest that is read. What is linear has the same throughput at all of them.
//!
//! `cargo bench --bench hostile` measures; `cargo test --bench hostile` only runs each case once, small.

mod cases;
mod minted;

use cases::CASES;
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use minted::Minted;
use std::time::Duration;

fn hostile(c: &mut Criterion) {
    let is_measured = std::env::args().any(|argument| argument == "--bench");
    let minted = Minted::new();
    for case in CASES {
        let mut group = c.benchmark_group(format!("hostile/{}", case.name));
        group.sampling_mode(SamplingMode::Flat).sample_size(10);
        group.warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_secs(1));
        for part in if is_measured { &[4, 2, 1][..] } else { &[128] } {
            let input = (case.input)(&minted, case.most / part);
            group.throughput(Throughput::Bytes(u64::try_from(input.len()).unwrap()));
            group.bench_with_input(BenchmarkId::from_parameter(input.len()), &input, |b, input| {
                b.iter(|| (case.run)(&minted, input))
            });
        }
    }
}

criterion_group!(benches, hostile);
criterion_main!(benches);
