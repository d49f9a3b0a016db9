//! Memory of an aggregate beyond its octets, in counted bytes: genuine and hostile documents.
#![allow(unsafe_code)]

use bonafide::crypto::TrustedKeys;
use bonafide::saml::metadata::{Expected, MetadataIndex, MetadataPolicy, UntrustedIndex, Validity};
use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use time::macros::datetime;

struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);
static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn grow(size: usize) {
    COUNT.fetch_add(1, Relaxed);
    PEAK.fetch_max(LIVE.fetch_add(size, Relaxed) + size, Relaxed);
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both live while the octets are copied.
        grow(size);
        let moved = unsafe { System.realloc(pointer, layout, size) };
        LIVE.fetch_sub(layout.size(), Relaxed);
        moved
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations and most bytes beyond what there was, while `work` runs.
fn counted<T>(work: impl FnOnce() -> T) -> (T, usize, usize) {
    let (count, live) = (COUNT.load(Relaxed), LIVE.load(Relaxed));
    PEAK.store(live, Relaxed);
    let done = work();
    (done, COUNT.load(Relaxed) - count, PEAK.load(Relaxed) - live)
}

fn testdata(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(file)).unwrap()
}

/// A signature that a key made, then whatever is given: the digest is computed to the end and is another one.
fn signed(declarations: &str, inside: &str) -> String {
    let good = testdata("metadata/good-aggregate.xml");
    let (head, _) = good.split_once("</ds:Signature>").unwrap();
    let (before, after) = head.split_once("<md:EntitiesDescriptor").unwrap();
    format!(
        "{before}<md:EntitiesDescriptor{declarations}{after}</ds:Signature>{inside}</md:EntitiesDescriptor>"
    )
}

/// One test: the counters are of the whole process.
#[test]
fn memory_is_bounded_beyond_the_input() {
    let keys = TrustedKeys::from_pem(&testdata("saml/keys/k.crt")).unwrap();
    let policy = MetadataPolicy::new(Expected::Anything, Validity::WherePresent).unwrap();
    let now = datetime!(2026-01-01 00:00:00 UTC);
    let small = |from: usize, to: usize| -> String {
        (from..to).map(|n| format!("<md:EntityDescriptor entityID=\"https://e{n}\" ID=\"i{n}\"/>")).collect()
    };
    let long_text = "x".repeat(4200);
    let large: String = (0..28_000)
        .map(|n| {
            format!("<md:EntityDescriptor entityID=\"e{n}\"><md:X>{long_text}</md:X></md:EntityDescriptor>")
        })
        .collect();
    let ids: String = (0..2_000_000).map(|n| format!("<md:X ID=\"i{n}\"/>")).collect();
    let escaped: String = (0..90_000)
        .map(|n| format!("<md:EntityDescriptor entityID=\"{n}&amp;{}\"/>", "x".repeat(1000)))
        .collect();
    let attributes: String = (0..1_000_000).map(|n| format!(" a{n}=\"&amp;\"")).collect();
    let wide = "&amp;x".repeat(150_000);
    let wide: String = (0..60).map(|n| format!(" a{n}=\"{wide}\"")).collect();
    let declared = |length: usize, count: usize| -> String {
        (0..count).map(|n| format!(" xmlns:n{n}=\"urn:{n}{}\"", "&amp;".repeat(length / 5))).collect()
    };
    let repeated = |prefixes: usize| -> String {
        let used: String = (0..prefixes).map(|n| format!(" n{n}:a=\"\"")).collect();
        (0..90_000).map(|n| format!("<md:EntityDescriptor{used} entityID=\"e{n}\"/>")).collect()
    };
    let groups =
        format!("{}{}", "<md:EntitiesDescriptor>".repeat(60), "<md:EntitiesDescriptor/>".repeat(4000));
    let deep = "<md:Extensions>".to_owned() + &"<a>".repeat(4_000_000);
    let wrap = |inside: &str| format!("<md:EntityDescriptor entityID=\"e\">{inside}</md:EntityDescriptor>");
    for (name, document, check) in [
        ("100,000 small entities", signed("", &small(0, 99_999)), "DigestMismatch"),
        ("28,000 large entities", signed("", &large), "DigestMismatch"),
        ("two million IDs", signed("", &wrap(&ids)), "LimitElements"),
        ("names with references", signed("", &escaped), "LimitTextLength"),
        (
            "a million attributes",
            signed("", &format!("<md:EntityDescriptor{attributes}/>")),
            "LimitAttributes",
        ),
        ("60 wide attributes", signed("", &format!("<md:EntityDescriptor{wide}/>")), "LimitTextLength"),
        ("a long namespace", signed(&declared(5000, 1), ""), "LimitNamespaces"),
        ("100,000 namespaces", signed(&declared(5, 100_000), ""), "LimitNamespaces"),
        ("namespaces repeated", signed(&declared(3500, 2), &repeated(2)), "LimitInputSize"),
        ("many namespaces repeated", signed(&declared(4000, 50), &repeated(50)), "LimitTextLength"),
        ("groups", signed("", &groups), "XmlNotWellFormed"),
        ("depth", signed("", &wrap(&deep)), "LimitDepth"),
    ] {
        let (refusal, _, peak) = counted(|| {
            let verdict = MetadataIndex::validate(document.as_bytes(), &keys, &policy, now);
            verdict.err().map(|error| error.check().name().to_owned())
        });
        println!("{name}: {} bytes, {} KiB beyond them, {refusal:?}", document.len(), peak >> 10);
        assert_eq!(refusal.as_deref(), Some(check), "{name}");
        assert!(peak <= 24_000_000, "{name}: {peak} bytes");
    }

    // What is allocated grows with the entities, a few for each, and not with what is in them.
    let with = |entities: usize, elements: usize| {
        let inside = "<md:Y a=\"1\">x &amp; y</md:Y>".repeat(elements);
        let entity =
            |n| format!("<md:EntityDescriptor entityID=\"e{n}\"><md:X>{inside}</md:X></md:EntityDescriptor>");
        let document = signed("", &(0..entities).map(entity).collect::<String>());
        let (index, count, _) =
            counted(|| UntrustedIndex::read(document.as_bytes()).map(|index| index.count()));
        assert_eq!(index.unwrap(), entities);
        count
    };
    let (one, more, longer) = (with(500, 10), with(5000, 10), with(500, 1000));
    println!("{one}, {more}, {longer} allocations");
    assert!(longer <= one + 2, "{one} {longer}");
    assert!(more <= one * 2, "{one} {more}");
}
