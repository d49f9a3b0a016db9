//! Encrypted tokens that the fuzzer writes: none decrypts with a key that nobody else has; with the known keys only what was sealed
//! with them decrypts, letter for letter.

use bonafide::jose::{
    ContentEncryptionAlgorithm as Enc, DecryptionKey, DecryptionKeys, KeyManagementAlgorithm as Alg,
};

/// Holds for every input.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let stranger = DecryptionKey::shared(&[0x5a; 32]).expect("a key of 256 bits");
    let stranger = DecryptionKeys::new([stranger], &pairs()).expect("a key and pairs");
    assert!(stranger.decrypt(&text).is_err(), "decrypted with a key that nobody has");
    let known = DecryptionKeys::from_jwks(KEYS.as_bytes(), &pairs()).expect("keys");
    if let Ok(decrypted) = known.decrypt(&text) {
        assert!(SEALED.contains(&&*text), "decrypted, and nobody sealed it");
        assert_eq!(decrypted.token().split('.').count(), 3, "not a signed token");
    }
    // One character of a sealed token changed, at a place and to a letter of the fuzzer's choice.
    let [place, letter, ..] = *data else { return };
    let sealed = SEALED[0];
    let at = (usize::from(place) * 7 + data.len()) % sealed.len();
    let letter = char::from(b"ABCabc019-_."[usize::from(letter) % 12]).to_string();
    let changed = format!("{}{letter}{}", &sealed[..at], &sealed[at + 1..]);
    assert!(changed == sealed || known.decrypt(&changed).is_err(), "a changed token decrypted");
}

fn pairs() -> Vec<(Alg, Enc)> {
    let pairs = Alg::ALL.iter().flat_map(|alg| Enc::ALL.iter().map(|enc| (*alg, *enc)));
    pairs.filter(|(alg, enc)| alg.is_supported() && enc.is_supported()).collect()
}

/// Test keys of `testdata/generate/oidc`.
const KEYS: &str = r#"{"keys": [{"kty": "EC", "crv": "P-256", "x": "g-oii_3urHPwHgNLMkGnMhC9GhPe9lCLMi7OIz8SasQ", "y": "hTRtrdRD08mYGh9NmmtTNA95g8qp8R03rBRrUCXe18E", "d": "qevMQXyWIQ-T-RMn-OLo6p2agbP9PBLEAWpTJys22yQ", "kid": "P-256"}, {"kty": "oct", "kid": "s", "k": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}]}"#;

/// What was sealed with them. The elliptic key and AES key wrap need the feature `decryption`.
const SEALED: [&str; 3] = [
    include_str!("../corpus/jwe/dir-a256gcm"),
    include_str!("../corpus/jwe/ecdh-es-a256gcm"),
    include_str!("../corpus/jwe/a256kw-cbc"),
];
