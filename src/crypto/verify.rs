//! The one place where octets become [`VerifiedOctets`]: after a signature check with a trusted key, or a digest in octets
//! that had one.

use super::algorithm::{DigestAlgorithm, KeyKind, SignatureAlgorithm};
use super::backend;
use super::key::PublicKey;
use super::mac::SharedSecret;
use crate::check::Check;
use crate::limits::{RSA_BITS_MAX, RSA_BITS_MIN, RSA_BITS_MIN_LEGACY};
use ring::digest;
use std::borrow::Cow;
use subtle::ConstantTimeEq as _;

/// Octets that a key vouched for. Made only here; there is no other way to one.
pub(crate) struct VerifiedOctets<'a> {
    octets: Cow<'a, [u8]>,
}

impl VerifiedOctets<'_> {
    /// The octets that were hashed.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.octets
    }

    /// Octets whose digest stands in these octets are vouched for as well. `digest` must have been read from `self`.
    /// `None` when the digest differs, in value or in length.
    pub(crate) fn vouch_for(
        &self,
        algorithm: DigestAlgorithm,
        digest: &[u8],
        octets: Vec<u8>,
    ) -> Option<VerifiedOctets<'static>> {
        let computed = algorithm.digest(&octets);
        (computed.as_ref() == digest).then_some(VerifiedOctets { octets: Cow::Owned(octets) })
    }
}

impl VerifiedOctets<'_> {
    /// The same octets, owned.
    pub(crate) fn into_owned(self) -> VerifiedOctets<'static> {
        VerifiedOctets { octets: Cow::Owned(self.octets.into_owned()) }
    }

    /// As [`Self::vouch_for`], for octets that went by as a stream.
    pub(crate) fn vouch_for_stream(&self, digest: &[u8], stream: StreamDigest) -> Option<VouchedStream> {
        let computed = stream.whole?.finish();
        (computed.as_ref() == digest).then_some(VouchedStream(()))
    }
}

/// The digest of octets that go by, and of marked parts of them.
pub(crate) struct StreamDigest {
    whole: Option<digest::Context>,
}

/// What a part of a stream is known by when it is read again.
pub(crate) enum PartDigest {
    /// Nobody asked for a digest.
    Unhashed,
    /// SHA-256 of the part itself.
    Own([u8; 32]),
    /// The state of the digest where the part begins, and the digest of everything up to its end.
    Within(Box<(digest::Context, digest::Digest)>),
}

/// Where a part began: the digest of everything before it.
pub(crate) struct PartStart(Option<digest::Context>);

impl StreamDigest {
    /// The digest of the whole by this algorithm, or none.
    pub(crate) fn new(whole: Option<DigestAlgorithm>) -> Self {
        Self { whole: whole.map(|algorithm| digest::Context::new(algorithm.ring())) }
    }

    /// The next octets.
    pub(crate) fn update(&mut self, octets: &[u8]) {
        if let Some(whole) = &mut self.whole {
            whole.update(octets);
        }
    }

    /// A part begins here.
    pub(crate) fn begin_part(&self) -> PartStart {
        PartStart(self.whole.clone())
    }

    /// A part ends here. Its octets are not hashed a second time: the digest of everything up to here tells them too.
    pub(crate) fn end_part(&self, start: PartStart) -> PartDigest {
        match (start.0, &self.whole) {
            (Some(before), Some(after)) => PartDigest::Within(Box::new((before, after.clone().finish()))),
            _ => PartDigest::Unhashed,
        }
    }

    /// The next octets are a part, which is small.
    pub(crate) fn small_part(&mut self, pieces: &[&[u8]]) -> PartDigest {
        if self.whole.is_none() {
            return PartDigest::Unhashed;
        }
        let mut own = digest::Context::new(&digest::SHA256);
        for piece in pieces {
            self.update(piece);
            own.update(piece);
        }
        own.finish().as_ref().try_into().map_or(PartDigest::Unhashed, PartDigest::Own)
    }
}

impl PartDigest {
    fn is_of(&self, octets: &[u8]) -> bool {
        match self {
            Self::Unhashed => false,
            Self::Own(own) => DigestAlgorithm::Sha256.digest(octets).as_ref() == own,
            Self::Within(known) => {
                let (mut state, end) = (known.0.clone(), known.1);
                state.update(octets);
                state.finish().as_ref() == end.as_ref()
            }
        }
    }
}

/// Proof that a key vouched for all octets of a stream, and with them for every part.
pub(crate) struct VouchedStream(());

impl VouchedStream {
    /// Octets that are this part of the stream are vouched for. `None` when they are not.
    pub(crate) fn vouch_for_parts(
        &self,
        parts: &[(&PartDigest, &[u8])],
        whole: Vec<u8>,
    ) -> Option<VerifiedOctets<'static>> {
        let same = |(part, octets): &(&PartDigest, &[u8])| part.is_of(octets);
        parts.iter().all(same).then_some(VerifiedOctets { octets: Cow::Owned(whole) })
    }
}

/// Checks a signature with a key of today's strength, by an algorithm that every build computes.
///
/// `AlgKeyMismatch`: the scheme does not work with the key. `AlgUnsupported`: this build cannot compute it, or only after
/// it was named ([`verify_named`]). `WeakKey`, `KeyTooLarge`: RSA below 2048 or above 8192 bits. `SignatureInvalid`: the key
/// does not verify the signature.
pub(crate) fn verify<'a>(
    algorithm: SignatureAlgorithm,
    key: &PublicKey,
    octets: &'a [u8],
    signature: &[u8],
) -> Result<VerifiedOctets<'a>, Check> {
    check(algorithm, key, octets, signature, &Allowed { least_bits: RSA_BITS_MIN, named: false })
}

/// As [`verify`], with an algorithm that the caller named: also one that only a feature computes.
pub(crate) fn verify_named<'a>(
    algorithm: SignatureAlgorithm,
    key: &PublicKey,
    octets: &'a [u8],
    signature: &[u8],
) -> Result<VerifiedOctets<'a>, Check> {
    check(algorithm, key, octets, signature, &Allowed { least_bits: RSA_BITS_MIN, named: true })
}

/// As [`verify`], with RSA keys from 1024 bits: only for a dated exception.
pub(crate) fn verify_legacy<'a>(
    algorithm: SignatureAlgorithm,
    key: &PublicKey,
    octets: &'a [u8],
    signature: &[u8],
) -> Result<VerifiedOctets<'a>, Check> {
    check(algorithm, key, octets, signature, &Allowed { least_bits: RSA_BITS_MIN_LEGACY, named: false })
}

/// Checks a message authentication code.
///
/// `WeakKey`: the secret is shorter than the digest (RFC 7518 section 3.2). `SignatureInvalid`: the code is another one.
pub(crate) fn verify_mac<'a>(
    digest: DigestAlgorithm,
    secret: &SharedSecret,
    octets: &'a [u8],
    tag: &[u8],
) -> Result<VerifiedOctets<'a>, Check> {
    if secret.len() < digest.octets() {
        return Err(Check::WeakKey);
    }
    if !secret.holds(digest, octets, tag) {
        return Err(Check::SignatureInvalid);
    }
    Ok(VerifiedOctets { octets: Cow::Borrowed(octets) })
}

/// What the caller allows.
struct Allowed {
    least_bits: usize,
    named: bool,
}

fn check<'a>(
    algorithm: SignatureAlgorithm,
    key: &PublicKey,
    octets: &'a [u8],
    signature: &[u8],
    allowed: &Allowed,
) -> Result<VerifiedOctets<'a>, Check> {
    if !algorithm.fits(key.kind()) {
        return Err(Check::AlgKeyMismatch);
    }
    if algorithm.must_be_named(key.kind()) && !allowed.named {
        return Err(Check::AlgUnsupported);
    }
    #[cfg(test)]
    budget::spend();
    let mut legacy_size = false;
    if let KeyKind::Rsa { bits } = key.kind() {
        if bits < allowed.least_bits {
            return Err(Check::WeakKey);
        }
        if bits > RSA_BITS_MAX {
            return Err(Check::KeyTooLarge);
        }
        legacy_size = bits < RSA_BITS_MIN;
    }
    if !backend::is_signature(
        algorithm,
        (&key.material, key.kind(), &key.ready),
        octets,
        signature,
        legacy_size,
    )? {
        return Err(Check::SignatureInvalid);
    }
    Ok(VerifiedOctets { octets: Cow::Borrowed(octets) })
}

/// Compares without telling by time where two values of one length differ. For values that an attacker guesses at (state, nonce).
pub(crate) fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// How many public-key operations a test has caused (attacks DS-12).
#[cfg(test)]
pub(crate) mod budget {
    use std::cell::Cell;

    thread_local! {
        static SPENT: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn spend() {
        SPENT.set(SPENT.get() + 1);
    }

    /// What was spent on this thread since the last call.
    pub(crate) fn take() -> usize {
        SPENT.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_stream_is_known_again_and_nothing_else_is() {
        for algorithm in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512] {
            let mut stream = StreamDigest::new(Some(algorithm));
            stream.update(b"before");
            let start = stream.begin_part();
            stream.update(b"lo");
            stream.update(b"ng");
            let long = stream.end_part(start);
            stream.update(b"between");
            let small = stream.small_part(&[b"sma", b"ll"]);
            let start = stream.begin_part();
            stream.update(b"long");
            let again = stream.end_part(start);
            stream.update(b"after");
            let whole = algorithm.digest(b"beforelongbetweensmalllongafter");
            assert_eq!(stream.whole.unwrap().finish().as_ref(), whole.as_ref());
            let proof = VouchedStream(());
            let known = |part, octets: &[u8]| proof.vouch_for_parts(&[(part, octets)], Vec::new()).is_some();
            assert!(known(&long, b"long") && known(&again, b"long") && known(&small, b"small"));
            for other in [&b""[..], b"lon", b"longb", b"Long", b"small"] {
                assert!(!known(&long, other) && !known(&again, other));
            }
            assert!(!known(&small, b"long") && !known(&small, b"smal"));
            assert!(proof.vouch_for_parts(&[(&long, b"long"), (&small, b"x")], Vec::new()).is_none());
        }
    }

    #[test]
    fn a_part_that_was_not_hashed_is_not_known() {
        let mut stream = StreamDigest::new(None);
        let start = stream.begin_part();
        stream.update(b"x");
        let parts = [stream.end_part(start), stream.small_part(&[b"x"])];
        let known = |part| VouchedStream(()).vouch_for_parts(&[(part, b"x")], Vec::new()).is_some();
        assert!(!parts.iter().any(known));
    }
}
