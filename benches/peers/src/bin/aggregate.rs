//! A signed aggregate, verified by several libraries, each in a process of its own: CPU seconds and memory beyond the input.
//!
//! `testdata/generate/aggregate.sh 10000 /tmp/a.xml && cargo run --release --features xmlsec,xmldsig --bin aggregate -- /tmp/a.xml [ROUNDS]`

use bonafide::crypto::TrustedKeys;
use bonafide::saml::metadata::{Expected, MetadataIndex, MetadataPolicy, Validity};
use bonafide_peers::repository;
use bonafide_peers::rounds::{cpu_time, load};
use bonafide_peers::saml::certificate_pem;
use std::process::{Command, Stdio};
use time::macros::datetime;

const XMLSEC1: &str = "xmlsec1 (process, with reading)";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [file, only, name] if only == "--only" => one(file, name),
        [file] => all(file, 5),
        [file, rounds] => all(file, rounds.parse().expect("a number of rounds")),
        _ => panic!("usage: aggregate FILE [ROUNDS]"),
    }
}

/// What can be asked for by name.
fn contestants() -> Vec<&'static str> {
    let mut names = vec!["sha-256 (ring)", "bonafide (verify and index)"];
    if cfg!(feature = "xmldsig") {
        names.push("bergshamra (verify)");
    }
    if cfg!(feature = "xmlsec") {
        names.push("samael (verify)");
    }
    if Command::new("xmlsec1").arg("--version").stdout(Stdio::null()).status().is_ok_and(|s| s.success()) {
        names.push(XMLSEC1);
    }
    names
}

fn all(file: &str, rounds: usize) {
    let names = contestants();
    let mut seen: Vec<Vec<(f64, f64)>> = vec![Vec::new(); names.len()];
    let before = load();
    for _ in 0..rounds {
        for (name, seen) in names.iter().zip(&mut seen) {
            seen.push(if *name == XMLSEC1 { xmlsec1(file) } else { child(file, name) });
        }
    }
    let octets = std::fs::metadata(file).expect("the file").len();
    println!("{octets} bytes, {rounds} rounds, load before {before}, after {}\n", load());
    println!(
        "| Aggregate of {:.1} MB | CPU ms | x of {} | MB beyond the input |\n|---|---:|---:|---:|",
        octets as f64 / 1e6,
        names[0]
    );
    let floor = median(seen[0].iter().map(|(seconds, _)| *seconds));
    for (name, seen) in names.iter().zip(&seen) {
        let seconds = median(seen.iter().map(|(seconds, _)| *seconds));
        let memory = median(seen.iter().map(|(_, memory)| *memory));
        println!("| {name} | {:.2} | {:.1} | {:.1} |", seconds * 1e3, seconds / floor, memory / 1e6);
    }
}

/// This program again, for one contestant.
fn child(file: &str, name: &str) -> (f64, f64) {
    let this = std::env::current_exe().expect("this program");
    let output = Command::new(this).args([file, "--only", name]).output().expect("a child");
    let text = String::from_utf8(output.stdout).unwrap();
    let mut numbers = text.split_whitespace().map(|number| number.parse().unwrap());
    match (output.status.success(), numbers.next(), numbers.next()) {
        (true, Some(seconds), Some(memory)) => (seconds, memory),
        _ => panic!("{name}: {text} {}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// User and system time and the peak of the whole process, less the file.
#[expect(clippy::zombie_processes, reason = "wait4 waits for it, and says what it used")]
fn xmlsec1(file: &str) -> (f64, f64) {
    let certificate = repository().join("testdata/saml/keys/k.crt");
    let mut process = Command::new("xmlsec1");
    process.args(["--verify", "--enabled-key-data", "raw-x509-cert", "--pubkey-cert-pem"]).arg(certificate);
    process.args(["--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:metadata:EntitiesDescriptor", file]);
    let child = process.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("xmlsec1");
    let (mut status, mut used) = (0, unsafe { std::mem::zeroed::<libc::rusage>() });
    let pid = libc::pid_t::try_from(child.id()).unwrap();
    assert_eq!(unsafe { libc::wait4(pid, &mut status, 0, &mut used) }, pid);
    assert_eq!(status, 0, "xmlsec1 refuses {file}");
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    let octets = std::fs::metadata(file).unwrap().len() as f64;
    (seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss as f64 * 1024.0 - octets)
}

/// Prints CPU seconds, and octets by which the peak of this process grew.
fn one(file: &str, name: &str) {
    let document = std::fs::read(file).expect("a readable file");
    let keys = TrustedKeys::from_pem(&certificate_pem()).unwrap();
    let before = (status("VmHWM:"), status("VmRSS:"));
    let start = cpu_time();
    let held = work(name, &document, &keys);
    let seconds = (cpu_time() - start) / 1e9;
    let peak = status("VmHWM:");
    drop(held);
    println!("{seconds} {}", if peak > before.0 { peak - before.1 } else { 0.0 });
}

fn work<'d>(name: &str, document: &'d [u8], keys: &TrustedKeys) -> Option<MetadataIndex<'d>> {
    match name.split(' ').next().unwrap() {
        "sha-256" => {
            std::hint::black_box(ring::digest::digest(&ring::digest::SHA256, document));
            None
        }
        "bonafide" => {
            let policy = MetadataPolicy::new(Expected::Anything, Validity::WherePresent).unwrap();
            let now = datetime!(2026-01-01 00:00:00 UTC);
            Some(MetadataIndex::validate(document, keys, &policy, now).expect("a genuine aggregate"))
        }
        #[cfg(feature = "xmldsig")]
        "bergshamra" => {
            let text = std::str::from_utf8(document).unwrap();
            match bergshamra::verify(&bonafide_peers::saml::bergshamra_context(), text).unwrap() {
                bergshamra::VerifyResult::Valid { .. } => None,
                bergshamra::VerifyResult::Invalid { reason, .. } => panic!("{reason}"),
            }
        }
        #[cfg(feature = "xmlsec")]
        "samael" => {
            use samael::crypto::{CertificateDer, Crypto, CryptoProvider as _};
            let certificate = CertificateDer::from(bonafide_peers::saml::certificate_der());
            Crypto::verify_signed_xml(document, &certificate, Some("ID")).expect("a genuine aggregate");
            None
        }
        other => panic!("unknown: {other}"),
    }
}

/// Octets that /proc/self/status states in KiB.
fn status(member: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(member)).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) * 1024.0
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
