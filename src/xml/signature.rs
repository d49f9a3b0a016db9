//! The strict signature profile. A signature is handed in by whoever knows where it may stand; nothing is searched for.
//!
//! Order: shape, algorithms, keys, SignatureValue, then everything that decides is read again from the octets of
//! SignedInfo that the key vouched for, then the digest of the parent. What comes out is the octets of the parent.

use super::build::parse;
use super::c14n::{Method, canonicalize};
use super::names::Ns;
use super::reader::Comments;
#[cfg(feature = "xmlsec")]
pub(crate) use super::signed_info::ENVELOPED;
use super::signed_info::{self, Fault, SignatureParts, SignedInfo};
pub(crate) use super::signed_info::{is_harmless_id, signature_uri};
use super::tree::{Element, Tree};
use crate::check::Check;
use crate::crypto::{
    self, DigestAlgorithm, KeyKind, SignatureAlgorithm, StreamDigest, TrustedKeys, VerifiedOctets,
    VouchedStream, sha256_hex,
};
use crate::error::{Failure, Location, NamedKey, Quoted, Reason};
use crate::exception::{Exception, Relaxation};
use crate::instant::Instant;
use crate::limits::XmlLimits;

/// What a signature is judged by.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'k> {
    pub(crate) keys: &'k TrustedKeys,
    pub(crate) exceptions: &'k [Exception],
    pub(crate) now: Instant,
}

/// The octets of a signed element, and who vouched for them how.
pub(crate) struct Vouched {
    pub(crate) octets: VerifiedOctets<'static>,
    /// Index of the key in the trusted keys.
    pub(crate) key: usize,
    pub(crate) algorithm: SignatureAlgorithm,
    pub(crate) digest: DigestAlgorithm,
    /// Exceptions that were needed, by index in the exceptions.
    pub(crate) exceptions_used: Vec<usize>,
    method: Method,
}

/// Verifies `signature`, which stands in `parent`, over `parent`. `path` names the parent for people.
pub(crate) fn verify(
    parent: Element<'_, '_>,
    signature: Element<'_, '_>,
    rules: &Rules<'_>,
    path: &'static str,
) -> Result<Vouched, Failure> {
    let at = Location::path(path).with_offset(signature.offset());
    verify_here(parent, signature, rules).map_err(|(check, reason)| Failure::new(check, reason, at))
}

/// The shape of a signature alone: its parts are there, once, in order, and it hides nothing. Nothing is believed.
pub(crate) fn check_parts(signature: Element<'_, '_>) -> Result<(), Fault> {
    signed_info::split(signature).map(|_| ())
}

/// As [`verify`] for octets that nobody vouches for yet: whatever refuses the signature, each trusted key is used once.
pub(crate) fn verify_evenly(
    parent: Element<'_, '_>,
    signature: Element<'_, '_>,
    rules: &Rules<'_>,
    path: &'static str,
    octets: &[u8],
) -> Result<Vouched, Failure> {
    let at = Location::path(path).with_offset(signature.offset());
    let vouched = match reference_here(parent, signature, rules) {
        Ok((reference, by)) => {
            let used = by.key.saturating_add(1);
            vouch_here(parent, signature, reference, by).map_err(|fault| (fault, used))
        }
        Err(fault) => {
            let used = if fault.0 == Check::SignatureInvalid { usize::MAX } else { 0 };
            pretend_to_digest(octets.len());
            Err((fault, used))
        }
    };
    vouched.map_err(|((check, reason), used)| {
        let claimed = signed_info::split(signature).and_then(|parts| {
            Ok((signed_info::read(parts.signed_info)?.algorithm, parts.signature_value()?.len()))
        });
        // A key is not used for a signature of another scheme or another length.
        let takes = |kind: KeyKind| {
            let signature = claimed.as_ref().ok().filter(|(algorithm, _)| algorithm.fits(kind));
            signature
                .is_some_and(|(_, length)| !matches!(kind, KeyKind::Rsa { .. }) || *length == octets_of(kind))
        };
        pretend_to_use(rules, octets, |index, kind| index < used && takes(kind));
        Failure::new(check, reason, at)
    })
}

/// Spends the time of octets whose signature holds and whose digest does not, though they hold no signature.
pub(crate) fn pretend(octets: &[u8], rules: &Rules<'_>) {
    pretend_to_digest(octets.len());
    pretend_to_use(rules, octets, |_, _| false);
}

/// Spends about the time in which that many octets of an assertion are canonicalised: an element per 80 octets.
fn pretend_to_digest(octets: usize) {
    const ELEMENT: &str = "<b c=\"0123456789abcdef\" d=\"0123456789abcdef\">0123456789abcdef01234567</b>\n";
    let text = ["<a>", &ELEMENT.repeat(octets.div_ceil(ELEMENT.len()).min(MOST)), "</a>"].concat();
    let tree = parse(text.as_bytes(), &XmlLimits::VOUCHED, Comments::Refused);
    let method = Method::from_uri("http://www.w3.org/2001/10/xml-exc-c14n#");
    let canonical = tree.ok().zip(method).map(|(tree, method)| canonicalize(tree.root(), None, &method));
    core::hint::black_box(canonical.is_some());
}

/// Elements of the longest message.
const MOST: usize = 20_000;

/// Spends the time of a signature that does not verify with each trusted key but those already used.
fn pretend_to_use(rules: &Rules<'_>, octets: &[u8], is_used: impl Fn(usize, KeyKind) -> bool) {
    for (index, trusted) in rules.keys.iter().enumerate() {
        let kind = trusted.key().kind();
        let algorithm = match kind {
            KeyKind::Rsa { .. } => SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256),
            KeyKind::P256 => SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256),
            KeyKind::P384 => SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha384),
            KeyKind::Ed25519 => SignatureAlgorithm::Ed25519,
            _ => continue,
        };
        if !is_used(index, kind) {
            let verdict = crypto::verify(algorithm, trusted.key(), octets, &vec![1; octets_of(kind)]);
            core::hint::black_box(verdict.is_ok());
        }
    }
}

/// Octets of a signature by a key of this kind.
const fn octets_of(kind: KeyKind) -> usize {
    match kind {
        KeyKind::Rsa { bits } => bits.div_ceil(8),
        KeyKind::P384 => 96,
        _ => 64,
    }
}

impl Vouched {
    /// Parses the octets and makes sure that they are their own canonical form (defence D4).
    pub(crate) fn reparse<'o>(
        &self,
        octets: &'o [u8],
        limits: &XmlLimits,
        comments: Comments,
    ) -> Result<Tree<'o>, Failure> {
        let tree = parse(octets, limits, comments).map_err(|malformed| {
            Failure::new(malformed.check(), malformed.reason(), malformed.location().clone())
        })?;
        let again = canonicalize(tree.root(), None, &self.method);
        if again.as_deref() != Ok(octets) {
            let reason = Reason::Stated("the canonical form is not its own canonical form");
            return Err(Failure::at(Check::CanonicalFormUnstable, "", reason));
        }
        Ok(tree)
    }
}

/// A SignedInfo that a key vouched for: what the digest of the parent must be, and how it is made.
pub(crate) struct SignedReference {
    proof: VerifiedOctets<'static>,
    digest_value: Vec<u8>,
    /// How the parent is canonicalised.
    pub(crate) method: Method,
    pub(crate) digest: DigestAlgorithm,
}

impl SignedReference {
    /// The parent as a stream is what was signed.
    pub(crate) fn vouch_for_stream(&self, stream: StreamDigest) -> Result<VouchedStream, Failure> {
        let changed = || Failure::at(Check::DigestMismatch, "/Signature", CHANGED);
        self.proof.vouch_for_stream(&self.digest_value, stream).ok_or_else(changed)
    }
}

/// The first half of [`verify`]: everything but the digest of `parent`.
pub(crate) fn verify_reference(
    parent: Element<'_, '_>,
    signature: Element<'_, '_>,
    rules: &Rules<'_>,
    path: &'static str,
) -> Result<SignedReference, Failure> {
    let at = Location::path(path).with_offset(signature.offset());
    let half = reference_here(parent, signature, rules);
    half.map(|(reference, _)| reference).map_err(|(check, reason)| Failure::new(check, reason, at))
}

/// Who vouched, how, and with which exceptions.
struct By {
    key: usize,
    algorithm: SignatureAlgorithm,
    exceptions_used: Vec<usize>,
}

fn reference_here(
    parent: Element<'_, '_>,
    signature: Element<'_, '_>,
    rules: &Rules<'_>,
) -> Result<(SignedReference, By), Fault> {
    let parts = signed_info::split(signature)?;
    let signature_value = parts.signature_value()?;
    let claimed = signed_info::read(parts.signed_info)?;
    names_parent(&claimed, parent)?;
    let mut exceptions_used = Vec::new();
    sha1_excepted(claimed.algorithm, rules, &mut exceptions_used)?;
    if claimed.digest_algorithm == DigestAlgorithm::Sha1 {
        let uri = Reason::Found { what: "DigestMethod", found: Quoted::protocol("SHA-1") };
        let used = allowed((rules.exceptions, rules.now), Relaxation::Sha1, Check::DigestAlgForbidden, uri)?;
        if !exceptions_used.contains(&used) {
            exceptions_used.push(used);
        }
    }

    let signed_info_octets =
        canonicalize(parts.signed_info, None, &claimed.canonicalization).map_err(without_reason)?;
    let (proof, key) = by_any_key(
        claimed.algorithm,
        &signature_value,
        &signed_info_octets,
        rules,
        &mut exceptions_used,
        || named_key(&parts, rules.keys),
    )?;

    // From here on only what the key vouched for decides.
    let tree = parse(proof.as_bytes(), &XmlLimits::VOUCHED, Comments::Refused)
        .map_err(|malformed| (malformed.check(), malformed.reason()))?;
    if !tree.root().is(Ns::Ds, "SignedInfo") {
        return Err((Check::CanonicalFormUnstable, Reason::Stated("the vouched octets are no SignedInfo")));
    }
    let signed = signed_info::read(tree.root())?;
    if signed != claimed {
        return Err((
            Check::CanonicalFormUnstable,
            Reason::Stated("the vouched SignedInfo reads differently"),
        ));
    }
    names_parent(&signed, parent)?;

    // XML-DSig 4.4.3.3: a Reference by `#` and an ID stands for the element without its comments, whatever the method says.
    let method = Method { with_comments: false, ..signed.transform };
    let reference = SignedReference {
        proof: proof.into_owned(),
        digest_value: signed.digest,
        method,
        digest: signed.digest_algorithm,
    };
    Ok((reference, By { key, algorithm: signed.algorithm, exceptions_used }))
}

fn verify_here(
    parent: Element<'_, '_>,
    signature: Element<'_, '_>,
    rules: &Rules<'_>,
) -> Result<Vouched, Fault> {
    let (reference, by) = reference_here(parent, signature, rules)?;
    vouch_here(parent, signature, reference, by)
}

/// The second half: the digest of `parent`.
fn vouch_here(
    parent: Element<'_, '_>,
    signature: Element<'_, '_>,
    reference: SignedReference,
    by: By,
) -> Result<Vouched, Fault> {
    let octets = canonicalize(parent, Some(signature.id()), &reference.method).map_err(without_reason)?;
    let octets = reference
        .proof
        .vouch_for(reference.digest, &reference.digest_value, octets)
        .ok_or((Check::DigestMismatch, CHANGED))?;
    Ok(Vouched {
        octets,
        key: by.key,
        algorithm: by.algorithm,
        digest: reference.digest,
        exceptions_used: by.exceptions_used,
        method: reference.method,
    })
}

/// Octets outside XML that a key vouched for, and who did how.
#[cfg(feature = "redirect")]
pub(crate) struct Detached<'o> {
    pub(crate) octets: VerifiedOctets<'o>,
    pub(crate) key: usize,
    pub(crate) algorithm: SignatureAlgorithm,
    pub(crate) exceptions_used: Vec<usize>,
}

/// Verifies a signature over octets outside XML (SAML bindings 3.4.4.1), by the algorithms and keys of [`verify`].
#[cfg(feature = "redirect")]
pub(crate) fn verify_detached<'o>(
    uri: &str,
    value: &[u8],
    octets: &'o [u8],
    rules: &Rules<'_>,
) -> Result<Detached<'o>, Fault> {
    let algorithm = signed_info::signature_algorithm(uri)?;
    let mut exceptions_used = Vec::new();
    sha1_excepted(algorithm, rules, &mut exceptions_used)?;
    let (octets, key) = by_any_key(algorithm, value, octets, rules, &mut exceptions_used, || NamedKey::None)?;
    Ok(Detached { octets, key, algorithm, exceptions_used })
}

/// SHA-1 in a signature algorithm needs a dated exception.
fn sha1_excepted(
    algorithm: SignatureAlgorithm,
    rules: &Rules<'_>,
    exceptions_used: &mut Vec<usize>,
) -> Result<(), Fault> {
    if algorithm.uses_sha1() {
        let found = Quoted::protocol(&algorithm.to_string());
        let reason = Reason::Found { what: "SignatureMethod", found };
        exceptions_used.push(allowed(
            (rules.exceptions, rules.now),
            Relaxation::Sha1,
            Check::SignatureAlgForbidden,
            reason,
        )?);
    }
    Ok(())
}

const CHANGED: Reason = Reason::Stated("the content is not the content that was signed");

/// SAML core 5.4.2: the Reference names the element that the signature stands in, and is compared with nothing else.
fn names_parent(signed_info: &SignedInfo, parent: Element<'_, '_>) -> Result<(), Fault> {
    let id = parent.attribute("ID").unwrap_or_default();
    if id == signed_info.reference {
        return Ok(());
    }
    let reason = Reason::Mismatch {
        what: "Reference URI",
        expected: vec![Quoted::replayable(id)],
        found: vec![Quoted::replayable(&signed_info.reference)],
    };
    Err((Check::ReferenceNotParent, reason))
}

/// Tries every trusted key that fits, each at most once: the budget is the number of trusted keys.
fn by_any_key<'o>(
    algorithm: SignatureAlgorithm,
    signature_value: &[u8],
    octets: &'o [u8],
    rules: &Rules<'_>,
    exceptions_used: &mut Vec<usize>,
    named: impl FnOnce() -> NamedKey,
) -> Result<(VerifiedOctets<'o>, usize), Fault> {
    let mut tried = 0_usize;
    let mut refused = Check::AlgKeyMismatch;
    // A key of no usable size says something only if it made the signature, or if there was no other to try.
    let (mut too_weak, mut no_use) = (None, None);
    for (index, trusted) in rules.keys.iter().enumerate() {
        let verify = if rules.keys.names(algorithm) { crypto::verify_named } else { crypto::verify };
        let verdict = verify(algorithm, trusted.key(), octets, signature_value);
        let weak = matches!(verdict, Err(Check::WeakKey));
        let verdict = if weak {
            crypto::verify_legacy(algorithm, trusted.key(), octets, signature_value)
        } else {
            verdict
        };
        match verdict {
            Ok(proof) if !weak => return Ok((proof, index)),
            Ok(proof) => match allowed(
                (rules.exceptions, rules.now),
                Relaxation::Rsa1024,
                Check::WeakKey,
                key_size(trusted.key()),
            ) {
                Ok(used) => {
                    exceptions_used.push(used);
                    return Ok((proof, index));
                }
                Err(fault) => too_weak = Some(fault),
            },
            Err(Check::AlgKeyMismatch) => {}
            Err(check @ (Check::WeakKey | Check::KeyTooLarge)) => {
                no_use = Some((check, key_size(trusted.key())))
            }
            Err(Check::AlgUnsupported) if weak => no_use = Some((Check::WeakKey, key_size(trusted.key()))),
            Err(check) => {
                tried = tried.saturating_add(1);
                refused = check;
            }
        }
    }
    if let Some(fault) = too_weak.or(no_use.filter(|_| tried == 0)) {
        return Err(fault);
    }
    let algorithm = Quoted::protocol(&algorithm.to_string());
    let reason = match refused {
        Check::AlgUnsupported => Reason::Found { what: "SignatureMethod", found: algorithm },
        _ => Reason::Signature { algorithm, tried, named: named() },
    };
    Err((refused, reason))
}

fn named_key(parts: &SignatureParts<'_, '_>, keys: &TrustedKeys) -> NamedKey {
    let Some(shown) = parts.key_info.and_then(signed_info::certificate_shown) else { return NamedKey::None };
    let fingerprint = sha256_hex(&shown);
    let trusted = keys.iter().any(|key| key.certificate().is_some_and(|c| c.sha256() == fingerprint));
    let fingerprint = Quoted::tenant(&fingerprint);
    if trusted { NamedKey::Trusted(fingerprint) } else { NamedKey::Untrusted(fingerprint) }
}

fn key_size(key: &crypto::PublicKey) -> Reason {
    use crate::limits::{RSA_BITS_MAX, RSA_BITS_MIN};
    match key.kind() {
        crypto::KeyKind::Rsa { bits } => Reason::KeySize { bits, least: RSA_BITS_MIN, most: RSA_BITS_MAX },
        _ => Reason::Stated("a weak key"),
    }
}

/// The index of an exception that allows `relaxation` now; otherwise the refusal, which says whether an exception ended.
pub(super) fn allowed(
    (exceptions, now): (&[Exception], Instant),
    relaxation: Relaxation,
    check: Check,
    reason: Reason,
) -> Result<usize, Fault> {
    let mut ended = None;
    for (index, exception) in exceptions.iter().enumerate() {
        if exception.relaxation() == relaxation {
            if exception.is_active(now) {
                return Ok(index);
            }
            ended = Some(Reason::ExceptionEnded {
                relaxation: relaxation.name(),
                owner: Quoted::tenant(exception.owner()),
                expires: exception.expires(),
                refused: check,
            });
        }
    }
    Err((check, ended.unwrap_or(reason)))
}

fn without_reason(check: Check) -> Fault {
    (check, Reason::Stated(check.what()))
}
