//! Verification of a compact JWS (RFC 7515 section 5.2): header rules, algorithm, key, signature, in this order. The result
//! is the signed octets; nothing is read from the payload before.

use super::algorithm::{Algorithm, AlgorithmSet, MacAlgorithm, MacAlgorithmSet, Signer};
use super::compact::{Compact, decode, header_is_too_long};
use super::header::{Header, HeaderRules};
use super::jwk::{Jwk, refuse_secrets, thumbprint};
use super::keyset::{KeySelection, KeySet, unknown_kid};
use crate::check::Check;
use crate::crypto::{self, SharedSecret, VerifiedOctets};
use crate::error::{Failure, NamedKey, Quoted, Reason};
use crate::json::{Bounds, Document};
use crate::limits::JOSE_HEADER_BYTES;

/// The keys of one party: public ones or a secret, never both.
#[derive(Clone, Debug)]
pub(crate) enum Keys {
    Public { keys: KeySet, algorithms: AlgorithmSet, selection: KeySelection },
    Secret { secret: SharedSecret, algorithms: MacAlgorithmSet },
}

/// A token whose signature holds.
pub(crate) struct Signed<'t> {
    /// Header, dot, payload.
    pub(crate) octets: VerifiedOctets<'t>,
    pub(crate) signer: Signer,
    /// Which of the keys, by its index in the set; 0 for a secret.
    pub(crate) key_index: usize,
    /// For which issuers the key is, where its set says so.
    pub(crate) key_issuers: Vec<Box<str>>,
}

/// A proof whose signature holds under the key that it brings.
pub(crate) struct SignedBySelf<'t> {
    pub(crate) octets: VerifiedOctets<'t>,
    pub(crate) thumbprint: String,
}

/// Verifies a token with the keys of its issuer.
pub(crate) fn verify<'t>(token: &'t str, rules: HeaderRules<'_>, keys: &Keys) -> Result<Signed<'t>, Failure> {
    let compact = Compact::split(token)?;
    with_header(&compact, rules, |header| {
        let (mut buffer, mut spill) = ([0; SIGNATURE_BYTES], Vec::new());
        let signature = decode_signature(compact.signature, &mut buffer, &mut spill);
        match keys {
            Keys::Public { keys, algorithms, selection } => {
                let algorithm = allowed(header.alg, *algorithms)?;
                let scope = keys.scope(algorithm, header.kid)?;
                let keys_to_try = scope.select(*selection)?;
                let signature = signature?;
                let mut tried = 0_usize;
                for (key_index, key) in keys_to_try {
                    tried = tried.saturating_add(1);
                    match crypto::verify_named(
                        algorithm.signature(),
                        key,
                        compact.signed.as_bytes(),
                        signature,
                    ) {
                        Ok(octets) => {
                            let (signer, key_issuers) = (Signer::Public(algorithm), scope.issuers_of(key));
                            return Ok(Signed { octets, signer, key_index, key_issuers });
                        }
                        Err(Check::SignatureInvalid) => {}
                        Err(check) => return Err(key_failure(check, algorithm)),
                    }
                }
                match header.kid.filter(|kid| !keys.names(kid)) {
                    // Only keys without key id were tried: the key that is named may have been published since.
                    Some(kid) => Err(unknown_kid(kid)),
                    None => Err(invalid(algorithm.name(), tried)),
                }
            }
            Keys::Secret { secret, algorithms } => {
                let algorithm = allowed_mac(header.alg, algorithms)?;
                let signed = compact.signed.as_bytes();
                match crypto::verify_mac(algorithm.digest(), secret, signed, signature?) {
                    Ok(octets) => {
                        let (signer, key_issuers) = (Signer::Mac(algorithm), Vec::new());
                        Ok(Signed { octets, signer, key_index: 0, key_issuers })
                    }
                    Err(Check::SignatureInvalid) => Err(invalid(algorithm.name(), 1)),
                    Err(check) => {
                        let reason = Reason::Stated("a secret shorter than the digest of its algorithm");
                        Err(Failure::at(check, "/header/alg", reason))
                    }
                }
            }
        }
    })
}

/// Verifies a proof with the key in its header (RFC 9449 section 4.3).
pub(crate) fn verify_by_header_key<'t>(
    token: &'t str,
    rules: HeaderRules<'_>,
    algorithms: AlgorithmSet,
) -> Result<SignedBySelf<'t>, Failure> {
    let compact = Compact::split(token)?;
    with_header(&compact, rules, |header| {
        let (mut buffer, mut spill) = ([0; SIGNATURE_BYTES], Vec::new());
        let signature = decode_signature(compact.signature, &mut buffer, &mut spill);
        let algorithm = allowed(header.alg, algorithms)?;
        let malformed = |what| Failure::at(Check::KeyMalformed, "/header/jwk", Reason::Stated(what));
        let jwk = header.jwk.ok_or_else(|| malformed("no jwk in the header"))?;
        if jwk.members().is_none() {
            return Err(malformed("a jwk that is not an object"));
        }
        let in_header = |mut failure: Failure| {
            failure.at = crate::error::Location::path("/header/jwk");
            failure
        };
        refuse_secrets(jwk).map_err(in_header)?;
        if jwk.get("kty").and_then(crate::json::Value::as_str) == Some("oct") {
            return Err(malformed("a symmetric key"));
        }
        let key = Jwk::read(jwk, algorithms).map_err(in_header)?;
        let bound = key.algorithm.is_none_or(|bound| algorithm.is_allowed_by(bound));
        if !bound || !algorithm.fits(key.key.kind()) {
            return Err(key_failure(Check::AlgKeyMismatch, algorithm));
        }
        let thumbprint = thumbprint(jwk).ok_or_else(|| malformed("a jwk without thumbprint"))?;
        let signed = compact.signed.as_bytes();
        match crypto::verify_named(algorithm.signature(), &key.key, signed, signature?) {
            Ok(octets) => Ok(SignedBySelf { octets, thumbprint }),
            Err(Check::SignatureInvalid) => Err(invalid(algorithm.name(), 1)),
            Err(check) => Err(key_failure(check, algorithm)),
        }
    })
}

/// Decodes and reads the header, on the stack when it is of usual size.
fn with_header<'t, R>(
    compact: &Compact<'t>,
    rules: HeaderRules<'_>,
    then: impl FnOnce(Header<'_>) -> Result<R, Failure>,
) -> Result<R, Failure> {
    if header_is_too_long(compact.header) {
        let reason = Reason::Limit { limit: JOSE_HEADER_BYTES, unit: "bytes", found: None };
        return Err(Failure::at(Check::LimitHeader, "/header", reason));
    }
    let run = || {
        let (mut buffer, mut spill) = ([0; 512], Vec::new());
        let octets = decode(compact.header, "/header", &mut buffer, &mut spill)?;
        let text = core::str::from_utf8(octets).map_err(|_| {
            Failure::at(Check::InvalidUtf8, "/header", Reason::Stated("a header that is not UTF-8"))
        })?;
        let document = Document::parse(text, Bounds::HEADER)?;
        then(Header::read(&document, rules)?)
    };
    run().map_err(|failure| compact.prefer_encoding_failure(failure))
}

/// Decodes a signature, up to the size of the largest key. `Err` is the failure to report once it is its turn.
fn decode_signature<'b>(
    segment: &str,
    buffer: &'b mut [u8; SIGNATURE_BYTES],
    spill: &'b mut Vec<u8>,
) -> Result<&'b [u8], Failure> {
    if segment.is_empty() {
        return Err(Failure::at(
            Check::SignatureMissing,
            "/signature",
            Reason::Missing { what: "signature" },
        ));
    }
    if segment.len() > SIGNATURE_SEGMENT {
        let reason = Reason::Stated("a signature longer than any key makes");
        return Err(Failure::at(Check::SignatureInvalid, "/signature", reason));
    }
    decode(segment, "/signature", buffer, spill)
}

fn allowed(name: &str, algorithms: AlgorithmSet) -> Result<Algorithm, Failure> {
    let forbidden = |check| {
        let expected = algorithms.iter().map(|algorithm| Quoted::protocol(algorithm.name())).collect();
        let reason = Reason::Mismatch { what: "alg", expected, found: vec![Quoted::protocol(name)] };
        Failure::at(check, "/header/alg", reason)
    };
    let algorithm = Algorithm::from_name(name).map_err(forbidden)?;
    match algorithms.contains(algorithm) {
        true => Ok(algorithm),
        // The same verdict with and without the feature, unless the algorithm is named.
        false if !AlgorithmSet::DEFAULT.contains(algorithm) => Err(forbidden(Check::AlgUnsupported)),
        false => Err(forbidden(Check::AlgForbidden)),
    }
}

fn allowed_mac(name: &str, algorithms: &[MacAlgorithm]) -> Result<MacAlgorithm, Failure> {
    let forbidden = |check| {
        let expected = algorithms.iter().map(|algorithm| Quoted::protocol(algorithm.name())).collect();
        let reason = Reason::Mismatch { what: "alg", expected, found: vec![Quoted::protocol(name)] };
        Failure::at(check, "/header/alg", reason)
    };
    let algorithm = MacAlgorithm::from_name(name).map_err(forbidden)?;
    if algorithms.contains(&algorithm) { Ok(algorithm) } else { Err(forbidden(Check::AlgForbidden)) }
}

fn key_failure(check: Check, algorithm: Algorithm) -> Failure {
    let reason = Reason::Found { what: "alg", found: Quoted::protocol(algorithm.name()) };
    Failure::at(check, "/header/alg", reason)
}

fn invalid(algorithm: &str, tried: usize) -> Failure {
    let reason = Reason::Signature { algorithm: Quoted::protocol(algorithm), tried, named: NamedKey::None };
    Failure::at(Check::SignatureInvalid, "/signature", reason)
}

/// Signatures that are decoded on the stack: RSA with 8192 bits.
const SIGNATURE_BYTES: usize = 1024;

/// Characters of the longest signature: 4627 octets of ML-DSA-87, else RSA with 8192 bits.
const SIGNATURE_SEGMENT: usize = if cfg!(feature = "aws-lc") { 6170 } else { 1366 };

/// The header of a token that was not verified: to describe it.
pub(crate) fn untrusted_header(token: &str) -> Result<Document<String>, Failure> {
    let compact = Compact::split(token)?;
    if header_is_too_long(compact.header) {
        let reason = Reason::Limit { limit: JOSE_HEADER_BYTES, unit: "bytes", found: None };
        return Err(Failure::at(Check::LimitHeader, "/header", reason));
    }
    let octets = crate::encoding::base64::decode_url(compact.header)
        .ok_or_else(|| super::compact::segment_failure("/header"))?;
    let text = String::from_utf8(octets).map_err(|_| {
        Failure::at(Check::InvalidUtf8, "/header", Reason::Stated("a header that is not UTF-8"))
    })?;
    Document::parse(text, Bounds::HEADER)
}

/// The algorithm that a token says it was signed with.
pub(crate) fn announced_signer(token: &str) -> Option<Signer> {
    let header = untrusted_header(token).ok()?;
    let name = header.root().get("alg")?.as_str()?;
    let mac = || MacAlgorithm::from_name(name).ok().map(Signer::Mac);
    Algorithm::from_name(name).ok().map(Signer::Public).or_else(mac)
}
