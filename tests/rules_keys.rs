//! What is a key and what is none: numbers, points, sets, and how often a set may be fetched. Each refusal by its check.

use bonafide::crypto::{Certificate, KeyKind, PublicKey};
use bonafide::jose::{Advice, KeySet, RefreshAdvice};
use serde_json::{Value as Json, json};
use std::path::Path;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

fn read(file: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(file)).unwrap()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().map(|digit| digit.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn kind(key: Result<PublicKey, bonafide::error::Failure>) -> Result<KeyKind, &'static str> {
    key.map(|key| key.kind()).map_err(|failure| failure.check.name())
}

#[test]
fn rsa_numbers() {
    let n = [0xc1; 256];
    let rsa = |bits| Ok(KeyKind::Rsa { bits });
    let malformed = Err("KeyMalformed");
    let exponents: &[(&[u8], _)] = &[
        (&[], malformed),
        (&[0], malformed),
        (&[1], malformed),
        (&[2], malformed),
        (&[3], rsa(2048)),
        (&[4], malformed),
        (&[5], rsa(2048)),
        (&[1, 0, 0], malformed),
        (&[1, 0, 1], rsa(2048)),
        (&[0, 0, 1, 0, 1], rsa(2048)),
        (&[1, 0xff, 0xff, 0xff, 0xff], rsa(2048)),
        (&[2, 0, 0, 0, 1], malformed),
        (&[1, 0, 0, 0, 0, 3], malformed),
        // Whatever fits into 64 bits of it, it is no small number.
        (&[1, 0, 0, 0, 0, 0, 0, 0, 3], malformed),
        (&[1, 0, 0, 0, 0, 0, 0, 1, 0, 1], malformed),
    ];
    for (e, expected) in exponents {
        assert_eq!(kind(PublicKey::from_rsa_components(&n, e)), *expected, "{e:?}");
    }
    let moduli: &[(&[u8], _)] = &[
        (&[], malformed),
        (&[0], malformed),
        (&[0, 0], malformed),
        (&[0xc1, 0xc0], malformed),
        (&[0xc0, 0xc1], rsa(16)),
        (&[0, 0, 0xc0, 0xc1], rsa(16)),
        (&[1, 1], rsa(9)),
        (&[0x7f, 1], rsa(15)),
        (&[0xff], rsa(8)),
    ];
    for (n, expected) in moduli {
        assert_eq!(kind(PublicKey::from_rsa_components(n, &[1, 0, 1])), *expected, "{n:?}");
    }
}

#[test]
fn points_of_the_curves() {
    let rows: Vec<Json> = serde_json::from_slice(&read("keys/points.json")).unwrap();
    for row in &rows {
        let wanted = match row["crv"].as_str().unwrap() {
            "P-256" => KeyKind::P256,
            "P-384" => KeyKind::P384,
            _ => KeyKind::P521,
        };
        let (x, y) = (unhex(row["x"].as_str().unwrap()), unhex(row["y"].as_str().unwrap()));
        let expected = if row["good"] == true { Ok(wanted) } else { Err("KeyMalformed") };
        assert_eq!(kind(PublicKey::from_ec_point(wanted, &x, &y)), expected, "{row}");
        for other in [KeyKind::P256, KeyKind::P384, KeyKind::P521, KeyKind::Ed25519] {
            if other != wanted {
                assert_eq!(kind(PublicKey::from_ec_point(other, &x, &y)), Err("KeyMalformed"), "{row}");
            }
        }
    }
    assert!(rows.len() > 200);
}

/// The points of small order (RFC 8032 section 5.1.7 leaves them to the application), in each of their encodings.
#[test]
fn ed25519_points() {
    const ORDER_8: [&str; 2] = [
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ];
    let mut small: Vec<Vec<u8>> = ORDER_8.iter().map(|text| unhex(text)).collect();
    for low in [0x00, 0x01] {
        small.push([&[low][..], &[0; 31]].concat());
    }
    for low in [0xec, 0xed, 0xee] {
        small.push([&[low][..], &[0xff; 30], &[0x7f]].concat());
    }
    for mut point in small {
        assert_eq!(kind(PublicKey::from_ed25519(&point)), Err("WeakKey"), "{point:x?}");
        point[31] |= 0x80;
        assert_eq!(kind(PublicKey::from_ed25519(&point)), Err("WeakKey"), "{point:x?}");
        // One octet less or more is no point; another octet is another point.
        assert_eq!(kind(PublicKey::from_ed25519(&point[..31])), Err("KeyMalformed"));
        point[15] ^= 1;
        assert_eq!(kind(PublicKey::from_ed25519(&point)), Ok(KeyKind::Ed25519));
        point.push(0);
        assert_eq!(kind(PublicKey::from_ed25519(&point)), Err("KeyMalformed"));
    }
}

/// SubjectPublicKeyInfo as OpenSSL writes it, then with something wrong. The lengths inside are those of the key.
#[test]
fn public_keys_in_der() {
    // id-ecPublicKey, P-256, and its generator (SEC 2 section 2.4.2).
    let p256 = "3059301306072a8648ce3d020106082a8648ce3d030107034200046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
    // Ed25519 (RFC 8410 section 10.1).
    let ed25519 = "302a300506032b657003210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";
    let cases = [
        (p256.to_owned(), Ok(KeyKind::P256)),
        (format!("{p256}00"), Err("KeyMalformed")),
        (p256.replace("034200046b17", "034200026b17"), Err("KeyMalformed")),
        (p256.replace("034200046b17", "034200046b16"), Err("KeyMalformed")),
        // prime192v1 and secp256k1 in name only.
        (p256.replace("06082a8648ce3d030107", "06082a8648ce3d030101"), Err("AlgUnsupported")),
        (p256.replace("06072a8648ce3d0201", "06072a8648ce3d0202"), Err("AlgUnsupported")),
        (ed25519.to_owned(), Ok(KeyKind::Ed25519)),
        (format!("{ed25519}00"), Err("KeyMalformed")),
        // X25519 signs nothing.
        (ed25519.replace("06032b6570", "06032b656e"), Err("AlgUnsupported")),
        (ed25519.replace("302a", "3029"), Err("KeyMalformed")),
        (String::new(), Err("KeyMalformed")),
    ];
    for (der, expected) in cases {
        assert_eq!(kind(PublicKey::from_spki_der(&unhex(&der))), expected, "{der}");
    }
}

#[test]
fn certificates_end_where_they_end() {
    let der = read("certs/rsa2048.der");
    let check = |der: &[u8]| Certificate::from_der(der).map(|_| ()).map_err(|failure| failure.check.name());
    assert_eq!(check(&der), Ok(()));
    assert_eq!(check(&[der.as_slice(), &[0]].concat()), Err("KeyMalformed"));
    assert_eq!(check(&der[..der.len() - 1]), Err("KeyMalformed"));
    assert_eq!(check(&vec![0; 64 * 1024 + 1]), Err("KeyMalformed"));
}

fn ec_key(extra: &Json) -> Json {
    let mut key = json!({
        "kty": "EC", "crv": "P-256",
        "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"
    });
    for (name, value) in extra.as_object().unwrap() {
        key[name] = value.clone();
    }
    key
}

fn set(keys: &[Json]) -> Result<usize, &'static str> {
    KeySet::from_jwks(json!({ "keys": keys }).to_string().as_bytes())
        .map(|keys| keys.count())
        .map_err(|error| error.check().name())
}

#[test]
fn members_of_a_key() {
    for secret in ["d", "k", "p", "q", "dp", "dq", "qi", "oth", "priv", "seed"] {
        assert_eq!(
            set(&[ec_key(&json!({})), ec_key(&json!({ secret: "AQAB" }))]),
            Err("KeyPrivateMaterial"),
            "{secret}"
        );
        assert_eq!(
            set(&[ec_key(&json!({ secret: "" })), ec_key(&json!({ secret: null }))]),
            Ok(2),
            "{secret}"
        );
    }
    let many: Vec<String> = (0..63).map(|at| format!("op{at}")).collect();
    let with = |more: &[&str]| json!({ "key_ops": many.iter().map(String::as_str).chain(more.iter().copied()).collect::<Vec<_>>() });
    let cases = [
        (json!({}), Ok(1)),
        (json!({ "use": "sig" }), Ok(1)),
        (json!({ "use": "enc" }), Err("KeyUseForbidden")),
        (json!({ "use": "Sig" }), Err("KeyUseForbidden")),
        (json!({ "key_ops": ["verify"] }), Ok(1)),
        (json!({ "key_ops": ["sign", "verify"] }), Ok(1)),
        (json!({ "key_ops": null }), Ok(1)),
        (json!({ "key_ops": [] }), Err("KeyUseForbidden")),
        (json!({ "key_ops": ["sign"] }), Err("KeyUseForbidden")),
        (json!({ "key_ops": ["verify", "verify"] }), Err("KeyMalformed")),
        (json!({ "key_ops": "verify" }), Err("KeyMalformed")),
        (json!({ "key_ops": ["verify", 1] }), Err("KeyMalformed")),
        (with(&["verify"]), Ok(1)),
        (with(&["other", "verify"]), Err("KeyMalformed")),
        (json!({ "alg": "ES256" }), Ok(1)),
        (json!({ "alg": "ES384" }), Err("AlgKeyMismatch")),
        (json!({ "alg": "RS256" }), Err("AlgKeyMismatch")),
        (json!({ "alg": "ES512" }), Err("AlgUnsupported")),
        (json!({ "alg": "HS256" }), Err("AlgUnsupported")),
        (json!({ "alg": "none" }), Err("AlgUnsupported")),
        (json!({ "alg": "RSA-OAEP" }), Err("KeyUseForbidden")),
        (json!({ "alg": "RSA-OAEP-256" }), Err("KeyUseForbidden")),
        (json!({ "alg": "RSA1_5" }), Err("KeyUseForbidden")),
        (json!({ "alg": "ECDH-ES" }), Err("KeyUseForbidden")),
        (json!({ "alg": "ECDH-ES+A128KW" }), Err("KeyUseForbidden")),
        (json!({ "alg": "A256KW" }), Err("KeyUseForbidden")),
        (json!({ "crv": "P-384" }), Err("KeyMalformed")),
        (json!({ "x": "" }), Err("KeyMalformed")),
        (json!({ "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY=" }), Err("KeyMalformed")),
        (json!({ "kty": "ec" }), Err("NoTrustedKey")),
        (json!({ "kty": "AKP", "alg": "ES256" }), Err("NoTrustedKey")),
    ];
    for (extra, expected) in cases {
        assert_eq!(set(&[ec_key(&extra)]), expected, "{extra}");
    }
    // When the keys suffer from different things, there is none.
    let differently = [ec_key(&json!({ "use": "enc" })), ec_key(&json!({ "x": "" }))];
    assert_eq!(set(&differently), Err("NoTrustedKey"));
    assert_eq!(set(&[]), Err("NoTrustedKey"));
}

#[test]
fn limits_of_a_set() {
    let keys = |count: usize| -> Vec<Json> {
        (0..count).map(|at| ec_key(&json!({ "kid": at.to_string() }))).collect()
    };
    assert_eq!(set(&keys(256)), Ok(256));
    assert_eq!(set(&keys(257)), Err("LimitKeys"));
    let key =
        PublicKey::from_ed25519(&unhex("19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"));
    let key = key.unwrap();
    let pinned = |count: usize| {
        let keys = (0..count).map(|at| (Some(at.to_string()), key.clone()));
        KeySet::from_keys(keys).map(|keys| keys.count()).map_err(|failure| failure.check.name())
    };
    assert_eq!(
        (pinned(0), pinned(1), pinned(256), pinned(257)),
        (Err("NoTrustedKey"), Ok(1), Ok(256), Err("LimitKeys"))
    );

    let text = json!({ "keys": [ec_key(&json!({}))] }).to_string();
    let padded = |octets: usize| {
        let jwks = format!("{text}{}", " ".repeat(octets - text.len()));
        KeySet::from_jwks(jwks.as_bytes()).map(|keys| keys.count()).map_err(|error| error.check().name())
    };
    assert_eq!((padded(1024 * 1024), padded(1024 * 1024 + 1)), (Ok(1), Err("LimitInputSize")));
}

const NOW: OffsetDateTime = datetime!(2026-01-01 00:00:00 UTC);

fn after(seconds: i64) -> OffsetDateTime {
    NOW + Duration::seconds(seconds)
}

fn wait(seconds: i64) -> Advice {
    Advice::Wait(after(seconds).into())
}

#[test]
fn fetching_waits() {
    let mut advice = RefreshAdvice::new();
    assert_eq!(advice.on_unknown_kid("a", NOW), Advice::Fetch);
    assert_eq!(advice.on_unknown_kid("b", after(29)), wait(30));
    assert_eq!(advice.on_unknown_kid("a", after(30)), wait(300));
    assert_eq!(advice.on_unknown_kid("b", after(30)), Advice::Fetch);
    assert_eq!(advice.on_unknown_kid("a", after(299)), wait(300));
    assert_eq!(advice.on_unknown_kid("a", after(300)), Advice::Fetch);

    let mut set = RefreshAdvice::new()
        .with_minimum_interval(Duration::seconds(10))
        .with_cool_down(Duration::seconds(20))
        .with_maximum_age(Duration::seconds(90));
    set.fetched(None, NOW);
    assert_eq!((set.by_age(after(89)), set.by_age(after(90))), (Advice::Keep, Advice::Fetch));
    assert_eq!(set.on_unknown_kid("a", after(9)), wait(10));
    assert_eq!(set.on_unknown_kid("a", after(10)), Advice::Fetch);
    assert_eq!(set.on_unknown_kid("a", after(29)), wait(30));
    assert_eq!(set.on_unknown_kid("a", after(30)), Advice::Fetch);
    set.failed(after(100));
    assert_eq!((set.by_age(after(109)), set.by_age(after(110))), (wait(110), Advice::Fetch));

    // Never less than a second, nor less than a minute, nor more than a day.
    let mut least = RefreshAdvice::new()
        .with_minimum_interval(Duration::ZERO)
        .with_cool_down(Duration::ZERO)
        .with_maximum_age(Duration::ZERO);
    least.fetched(None, NOW);
    assert_eq!((least.by_age(after(59)), least.by_age(after(60))), (Advice::Keep, Advice::Fetch));
    assert_eq!(
        (least.on_unknown_kid("a", NOW), least.on_unknown_kid("a", after(1))),
        (wait(1), Advice::Fetch)
    );
    assert_eq!(least.on_unknown_kid("a", after(1)), wait(2));
    let mut most = RefreshAdvice::new().with_maximum_age(Duration::days(9));
    most.fetched(None, NOW);
    assert_eq!((most.by_age(after(86_399)), most.by_age(after(86_400))), (Advice::Keep, Advice::Fetch));
}

#[test]
fn cache_headers() {
    let ages = [
        ("max-age=600", 600),
        ("public, Max-Age = \"600\"", 600),
        ("max-age=1", 60),
        ("max-age=999999", 86_400),
        ("no-cache", 60),
        ("max-age=600, No-Store", 60),
        ("s-maxage=600", 3600),
        ("max-age=x", 3600),
    ];
    for (header, seconds) in ages {
        let mut advice = RefreshAdvice::new();
        advice.fetched(Some(header), NOW);
        assert_eq!(advice.by_age(after(seconds - 1)), Advice::Keep, "{header}");
        assert_eq!(advice.by_age(after(seconds)), Advice::Fetch, "{header}");
    }
}

/// What is remembered of key ids is bounded: the oldest goes first, and only the beginning of a long one counts.
#[test]
fn remembered_key_ids_are_bounded() {
    let mut advice =
        RefreshAdvice::new().with_minimum_interval(Duration::SECOND).with_cool_down(Duration::DAY);
    let long = "é".repeat(4096);
    assert_eq!(advice.on_unknown_kid(&long, NOW), Advice::Fetch);
    assert_eq!(advice.on_unknown_kid(&format!("{long}x"), after(1)), wait(86_400));
    let mut at = 1;
    let mut forgotten = None;
    for count in 1..=2000 {
        at += 1;
        assert_eq!(advice.on_unknown_kid(&format!("k{count}"), after(at)), Advice::Fetch);
        at += 1;
        if advice.clone().on_unknown_kid(&long, after(at)) == Advice::Fetch {
            forgotten = Some(count);
            break;
        }
    }
    let forgotten = forgotten.unwrap();
    at += 1;
    assert_ne!(advice.on_unknown_kid("k1", after(at)), Advice::Fetch, "only the oldest of {forgotten} goes");
}
