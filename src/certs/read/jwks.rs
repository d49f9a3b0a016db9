//! Key sets (RFC 7517), single keys, discovery documents, and maps from key id to PEM.

use super::{Found, Sink, certificate_in, has_armour, items, malformed};
use crate::certs::record::{KeyFinding, Material, Role};
use crate::crypto::KeyFacts;
use crate::encoding::{base64, der, hex};
use crate::error::{Code, Malformed, Severity};
use ring::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub(super) fn read(sink: &mut Sink<'_>, octets: &[u8]) {
    let value: Value = match serde_json::from_slice(octets) {
        Ok(value) => value,
        Err(_) => return sink.unreadable(Found::default(), "JSON that cannot be read"),
    };
    let object = match value {
        Value::Array(keys) => return set(sink, &keys),
        Value::Object(object) => object,
        _ => return sink.none_found(),
    };
    if let Some(Value::Array(keys)) = object.get("keys") {
        set(sink, keys);
    } else if object.contains_key("kty") {
        set(sink, &[Value::Object(object)]);
    } else if let (Some(Value::String(issuer)), true) =
        (object.get("issuer"), object.contains_key("jwks_uri"))
    {
        let place = (Arc::clone(&sink.origin.source), issuer.as_str().into());
        sink.collection.discovered.push(place);
    } else {
        map_of_pem(sink, &object);
    }
}

/// Google's form: an object of PEM by key id.
fn map_of_pem(sink: &mut Sink<'_>, object: &Map<String, Value>) {
    let before = sink.count;
    for (kid, value) in object {
        let Some(text) = value.as_str().filter(|text| has_armour(text.as_bytes())) else { continue };
        let first = sink.collection.records.len();
        items(sink, text.as_bytes());
        for record in sink.collection.records.iter_mut().skip(first) {
            record.kid = Some(kid.clone());
            record.origin.role = record.origin.role.or(Some(Role::JwksSig));
        }
    }
    if sink.count == before {
        sink.none_found();
    }
}

fn set(sink: &mut Sink<'_>, keys: &[Value]) {
    if keys.is_empty() {
        return sink.none_found();
    }
    let mut seen: HashMap<(String, String), String> = HashMap::new();
    let mut keys_seen = HashSet::new();
    for key in keys {
        let Some(key) = key.as_object() else {
            sink.unreadable(
                Found { role: Some(Role::JwksSig), ..Found::default() },
                "a key that is no object",
            );
            continue;
        };
        let mut found = described(key);
        let bare = bare_key(key);
        let duplicate = match (&bare, &found.kid) {
            (Ok(facts), Some(kid)) => {
                let kind = text(key, "kty").unwrap_or_default().to_owned();
                let first = seen.entry((kind, kid.clone())).or_insert_with(|| facts.spki_sha256().to_owned());
                *first != facts.spki_sha256()
            }
            _ => false,
        };
        if duplicate {
            found.findings.push(inconsistent("another key of the set has the same kid"));
        }
        let twice = bare.as_ref().is_ok_and(|facts| !keys_seen.insert(facts.spki_sha256().to_owned()));
        if twice {
            let why = "the same key stands in the set twice";
            found.findings.push(KeyFinding::new(Code::CK109, Severity::Warn, why));
        }
        if key.contains_key("d") {
            let why = "the private part is published: the key is compromised";
            found.findings.push(KeyFinding::new(Code::CK110, Severity::Deny, why));
        }
        one(sink, key, found, bare);
    }
}

/// The certificate where there is one, else the key.
fn one(sink: &mut Sink<'_>, key: &Map<String, Value>, mut found: Found, bare: Result<KeyFacts, Malformed>) {
    let chain = match key.get("x5c") {
        None | Some(Value::Null) => {
            let material = bare.map_or_else(Material::Unreadable, |facts| Material::Key(Arc::new(facts)));
            return sink.push(found, material);
        }
        Some(chain) => chain,
    };
    let lacks = Err("an x5c without a certificate in base64");
    let der = match chain.get(0).and_then(Value::as_str).map_or(lacks, certificate_in) {
        Ok(der) => der,
        Err(what) => return sink.unreadable(found, what),
    };
    match sink.parse(&der) {
        Ok(certificate) => {
            match bare {
                Ok(facts) if !facts.is_same_key(certificate.key()) => {
                    found.findings.push(inconsistent("the certificate in x5c holds another key"));
                }
                Err(_) if text(key, "kty").is_none() => {
                    found.findings.push(inconsistent("the key has no kty"));
                }
                Ok(_) | Err(_) => {}
            }
            for (name, algorithm) in [("x5t", &SHA1_FOR_LEGACY_USE_ONLY), ("x5t#S256", &SHA256)] {
                if text(key, name).is_some_and(|stated| !is_thumbprint(stated, algorithm, &der)) {
                    let why = format!("{name} is not the fingerprint of the certificate in x5c");
                    found.findings.push(inconsistent(&why));
                }
            }
            sink.push(found, Material::Certificate(certificate));
        }
        Err(error) => sink.push(found, Material::Unreadable(error)),
    }
}

fn described(key: &Map<String, Value>) -> Found {
    let operations = key.get("key_ops").and_then(Value::as_array);
    let encrypts = |operation: &Value| {
        operation
            .as_str()
            .is_some_and(|name| ["encrypt", "wrapKey", "deriveKey", "deriveBits"].contains(&name))
    };
    let encryption = match text(key, "use") {
        Some(usage) => usage == "enc",
        None => operations.is_some_and(|operations| operations.iter().any(encrypts)),
    };
    let role = Some(if encryption { Role::JwksEnc } else { Role::JwksSig });
    Found { role, kid: text(key, "kid").map(str::to_owned), ..Found::default() }
}

/// base64url, and hexadecimal in base64url as some write it.
fn is_thumbprint(stated: &str, algorithm: &'static Algorithm, der: &[u8]) -> bool {
    let actual = digest(algorithm, der);
    let decoded = base64::decode_url(stated.trim_end_matches('=')).unwrap_or_default();
    decoded == actual.as_ref() || decoded.eq_ignore_ascii_case(hex::encode(actual.as_ref()).as_bytes())
}

/// The key that the numbers of a JWK describe.
fn bare_key(key: &Map<String, Value>) -> Result<KeyFacts, Malformed> {
    let number = |name: &str| {
        let stated = text(key, name)?.trim_end_matches('=');
        base64::decode_url(stated).filter(|octets| !octets.is_empty())
    };
    let lacks = || malformed("a key without its numbers");
    let spki = match text(key, "kty").unwrap_or_default() {
        "RSA" => {
            let (n, e) = number("n").zip(number("e")).ok_or_else(lacks)?;
            rsa_spki(&n, &e)
        }
        "EC" => {
            let (x, y) = number("x").zip(number("y")).ok_or_else(lacks)?;
            let curve = text(key, "crv").and_then(|curve| CURVES.iter().find(|(name, _)| *name == curve));
            let (_, curve) = curve.ok_or_else(|| malformed("a curve that is not known"))?;
            spki(&[EC, curve], &[&[0x04], x.as_slice(), y.as_slice()].concat())
        }
        "OKP" => {
            let x = number("x").ok_or_else(lacks)?;
            let kind = text(key, "crv").and_then(|curve| OCTET_KEYS.iter().find(|(name, _)| *name == curve));
            let (_, oid) = kind.ok_or_else(|| malformed("a curve that is not known"))?;
            spki(&[oid], &x)
        }
        "AKP" => {
            let public = number("pub").ok_or_else(lacks)?;
            let kind =
                text(key, "alg").and_then(|name| LATTICE_KEYS.iter().find(|(known, _)| *known == name));
            let (_, oid) = kind.ok_or_else(|| malformed("an algorithm that is not known"))?;
            spki(&[oid], &public)
        }
        "oct" => return Err(malformed("a symmetric key in a public key set")),
        "" => return Err(malformed("a key without kty")),
        _ => return Err(malformed("a kind of key that is not known")),
    };
    KeyFacts::from_spki_der(&spki)
}

fn text<'a>(key: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    key.get(name).and_then(Value::as_str)
}

fn inconsistent(why: &str) -> KeyFinding {
    KeyFinding::new(Code::CK109, Severity::Deny, why)
}

/// The SubjectPublicKeyInfo of an RSA key (RFC 3279 section 2.3.1).
pub(super) fn rsa_spki(n: &[u8], e: &[u8]) -> Vec<u8> {
    let numbers = der::wrap(der::SEQUENCE, &[&der::integer(n), &der::integer(e)]);
    spki(&[RSA, &[der::NULL, 0]], &numbers)
}

fn spki(algorithm: &[&[u8]], key: &[u8]) -> Vec<u8> {
    let algorithm = der::wrap(der::SEQUENCE, algorithm);
    der::wrap(der::SEQUENCE, &[&algorithm, &der::wrap(der::BIT_STRING, &[&[0], key])])
}

/// Object identifiers as whole elements.
pub(super) const RSA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
const EC: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01";
const CURVES: &[(&str, &[u8])] = &[
    ("P-256", b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"),
    ("P-384", b"\x06\x05\x2b\x81\x04\x00\x22"),
    ("P-521", b"\x06\x05\x2b\x81\x04\x00\x23"),
    ("secp256k1", b"\x06\x05\x2b\x81\x04\x00\x0a"),
];
const OCTET_KEYS: &[(&str, &[u8])] = &[
    ("X25519", b"\x06\x03\x2b\x65\x6e"),
    ("X448", b"\x06\x03\x2b\x65\x6f"),
    ("Ed25519", b"\x06\x03\x2b\x65\x70"),
    ("Ed448", b"\x06\x03\x2b\x65\x71"),
];
const LATTICE_KEYS: &[(&str, &[u8])] = &[
    ("ML-DSA-44", b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x11"),
    ("ML-DSA-65", b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x12"),
    ("ML-DSA-87", b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x13"),
];
