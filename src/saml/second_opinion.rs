//! What libxmlsec1 says of the signatures that we judged, and whether it hashed the same octets.
//!
//! It never takes part in a decision: it reads the message once more with another parser, another canonicaliser and another
//! signature check, and is compared with ours afterwards. It sees only what our reader has accepted as XML, and only keys that
//! are trusted. libxmlsec1 writes why it refuses to standard error itself.

use super::grammar::{self, Content};
use super::idp::TrustedIdp;
use super::metadata;
use crate::check::Check;
use crate::crypto::{KeyKind, TrustedKey, TrustedKeys};
use crate::error::Failure;
use crate::exception::Exception;
use crate::instant::Instant;
use crate::limits::XmlLimits;
use crate::xml::signature::{self, Rules, Vouched};
use crate::xml::{self, Comments, Element, Ns};
use core::fmt;
use samael::crypto::{CertificateDer, Crypto, CryptoError, CryptoProvider, ReduceMode};
use time::OffsetDateTime;

/// The result of [`second_opinion`]. `Display` is one line without a value of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecondOpinion {
    /// Both accept every signature, and hashed the same octets.
    SameOctets {
        /// The signed elements that were compared, such as `Assertion`.
        elements: Vec<&'static str>,
        /// How many octets were compared.
        octets: usize,
    },
    /// Both refuse.
    BothRefuse {
        /// The check by which we refuse.
        check: Check,
    },
    /// The two disagree.
    Differ {
        /// The signed element.
        element: &'static str,
        /// In what.
        difference: Difference,
    },
    /// There is no second opinion on this message.
    CannotJudge(Obstacle),
}

/// What two judges of a signature disagree in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// Both accept, over different octets: one of the two canonicalises wrongly.
    Octets {
        /// How many octets at the beginning are the same.
        at: usize,
        /// How many octets we hashed.
        ours: usize,
        /// How many octets libxmlsec1 hashed.
        theirs: usize,
    },
    /// We accept the signature and libxmlsec1 does not.
    OnlyWeAccept,
    /// libxmlsec1 accepts every signature of the message, and we refuse: usually a rule of the strict profile, which it does
    /// not have.
    OnlyTheyAccept {
        /// The check by which we refuse.
        check: Check,
    },
}

/// Why there is no second opinion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
    /// Our reader refuses the document as XML; it is not handed on.
    Unreadable(Check),
    /// The signature asks for XSLT, XPath, an object or an address outside the message; libxmlsec1 would obey.
    NotHandedOn,
    /// No signature stands where it would be judged.
    NotSigned,
    /// libxmlsec1 shows the octets of one signature; there are more, and none is that of a Response.
    SeveralSignatures,
    /// libxmlsec1 does not process the signature: an algorithm or an ID that it does not take.
    NotProcessed,
}

/// Asks libxmlsec1 about the signatures of a SAML protocol message or assertion, and compares.
///
/// What is encrypted is not looked at. The keys are those of `idp`; with the key that verifies for us, where one does.
#[must_use]
pub fn second_opinion(message: &[u8], idp: &TrustedIdp, now: OffsetDateTime) -> SecondOpinion {
    let rules = Rules { keys: &idp.keys, exceptions: &idp.exceptions, now: Instant::from(now) };
    judge(message, &XmlLimits::MESSAGE, Comments::Refused, &rules, message_signatures)
}

/// The same for a metadata document of at most 4 MiB.
#[must_use]
pub fn second_opinion_on_metadata(document: &[u8], keys: &TrustedKeys, now: OffsetDateTime) -> SecondOpinion {
    const NONE: &[Exception] = &[];
    let rules = Rules { keys, exceptions: NONE, now: Instant::from(now) };
    judge(document, &XmlLimits::METADATA, Comments::BetweenElements, &rules, |root| {
        let signature = metadata::signature_of_root(root)?;
        Ok(signature
            .map(|signature| Signed { name: name(root), element: root, signature })
            .into_iter()
            .collect())
    })
}

/// An element with the signature that covers it.
#[derive(Clone, Copy)]
struct Signed<'t, 'a> {
    name: &'static str,
    element: Element<'t, 'a>,
    signature: Element<'t, 'a>,
}

/// The signatures that our profile would look at: inner ones first.
fn message_signatures<'t, 'a>(root: Element<'t, 'a>) -> Result<Vec<Signed<'t, 'a>>, Check> {
    let of = |element: Element<'t, 'a>, signature: Option<Element<'t, 'a>>| {
        signature.map(|signature| Signed { name: name(element), element, signature })
    };
    let own = |element: Element<'t, 'a>| of(element, element.children().find(|e| e.is(Ns::Ds, "Signature")));
    if root.is(Ns::Samlp, "Response") {
        let layout = grammar::response(root).map_err(|malformed| malformed.check())?;
        let outer = of(root, layout.signature);
        let inner = match layout.assertion {
            Content::Plain(assertion) => of(assertion.element, assertion.signature),
            _ => None,
        };
        return Ok(inner.into_iter().chain(outer).collect());
    }
    Ok(own(root).into_iter().collect())
}

fn name(element: Element<'_, '_>) -> &'static str {
    const NAMES: [&str; 9] = [
        "Response",
        "Assertion",
        "AuthnRequest",
        "LogoutRequest",
        "LogoutResponse",
        "ArtifactResolve",
        "ArtifactResponse",
        "EntityDescriptor",
        "EntitiesDescriptor",
    ];
    NAMES.into_iter().find(|name| *name == element.local()).unwrap_or("the root element")
}

fn judge(
    document: &[u8],
    limits: &XmlLimits,
    comments: Comments,
    rules: &Rules<'_>,
    signatures: impl for<'t, 'a> Fn(Element<'t, 'a>) -> Result<Vec<Signed<'t, 'a>>, Check>,
) -> SecondOpinion {
    let tree = match xml::parse(document, limits, comments) {
        Ok(tree) => tree,
        Err(malformed) => return SecondOpinion::CannotJudge(Obstacle::Unreadable(malformed.check())),
    };
    let text = core::str::from_utf8(document).unwrap_or_default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let all = tree.root().subtree().filter(|e| e.is(Ns::Ds, "Signature")).count();
    if all == 0 {
        return SecondOpinion::CannotJudge(Obstacle::NotSigned);
    }
    if all > SIGNATURES_MOST {
        return SecondOpinion::CannotJudge(Obstacle::SeveralSignatures);
    }
    if !tree.root().subtree().filter(|e| e.is(Ns::Ds, "Signature")).all(is_harmless) {
        return SecondOpinion::CannotJudge(Obstacle::NotHandedOn);
    }
    let root = tree.root();
    let ours = signatures(root).and_then(|signatures| {
        let verify = |signed: Signed<'_, '_>| signature::verify(signed.element, signed.signature, rules, "");
        let vouched: Result<Vec<Vouched>, Failure> =
            signatures.iter().map(|signed| verify(*signed)).collect();
        Ok((vouched.map_err(|failure| failure.check)?, signatures))
    });
    let (vouched, signatures) = match ours {
        Ok(ours) => ours,
        Err(check) => return they_alone(text, name(root), check, rules.keys, all),
    };
    if signatures.is_empty() {
        return SecondOpinion::CannotJudge(Obstacle::NotSigned);
    }
    let keys: Vec<&TrustedKey> =
        vouched.iter().filter_map(|vouched| rules.keys.iter().nth(vouched.key)).collect();
    let (mut elements, mut octets) = (Vec::new(), 0_usize);
    for (signed, vouched) in signatures.iter().zip(&vouched) {
        let alone = without_the_signature_around(text, root, signed);
        let left = all.saturating_sub(usize::from(alone.is_some()));
        if left > 1 && !signed.element.is(Ns::Samlp, "Response") {
            return SecondOpinion::CannotJudge(Obstacle::SeveralSignatures);
        }
        let theirs = reduce(alone.as_deref().unwrap_or(text), keys.iter().copied(), ReduceMode::PreDigest);
        let difference = match theirs {
            Ok(theirs) => compare(vouched.octets.as_bytes(), theirs.as_bytes()),
            Err(CryptoError::InvalidSignature) => Some(Difference::OnlyWeAccept),
            Err(_) => return SecondOpinion::CannotJudge(Obstacle::NotProcessed),
        };
        if let Some(difference) = difference {
            return SecondOpinion::Differ { element: signed.name, difference };
        }
        elements.push(signed.name);
        octets = octets.saturating_add(vouched.octets.as_bytes().len());
    }
    SecondOpinion::SameOctets { elements, octets }
}

/// libxmlsec1 runs XSLT and XPath, and opens addresses, before it knows who signed: none of that is handed on.
fn is_harmless(signature: Element<'_, '_>) -> bool {
    let steps = |e: &Element<'_, '_>| e.ns() == Ns::Ds && matches!(e.local(), "Transform" | "Reference");
    let few = signature.subtree().filter(steps).count() <= STEPS_MOST;
    few && signature.subtree().all(|element| {
        let algorithm = element.attribute("Algorithm").unwrap_or_default();
        let canonicalises = xml::c14n::Method::from_uri(algorithm).is_some();
        let uri = element.attribute("URI").unwrap_or_default();
        match element.expanded_name() {
            (Ns::Ds, "Object" | "Manifest") => false,
            (Ns::Ds, "CanonicalizationMethod") => canonicalises,
            (Ns::Ds, "Transform") => canonicalises || algorithm == signature::ENVELOPED,
            _ => uri.is_empty() || (uri.starts_with('#') && !uri.contains('(')),
        }
    })
}

/// Two are in a Response. Each costs libxmlsec1 a walk over the document.
const SIGNATURES_MOST: usize = 4;

/// References and transforms of one signature: three are usual, and each is one more walk.
const STEPS_MOST: usize = 16;

/// The text without the signature of a Response, when the assertion in it is the subject: it is not in what the assertion's
/// signature covers, and libxmlsec1 shows the octets of one signature only.
fn without_the_signature_around(
    text: &str,
    root: Element<'_, '_>,
    signed: &Signed<'_, '_>,
) -> Option<String> {
    if root.id() == signed.element.id() {
        return None;
    }
    let mut after = root.children().skip_while(|child| !child.is(Ns::Ds, "Signature"));
    let (signature, next) = (after.next()?, after.next()?);
    Some([text.get(..signature.offset())?, text.get(next.offset()..)?].concat())
}

/// We refuse by `check`. Do they?
fn they_alone(
    text: &str,
    element: &'static str,
    check: Check,
    keys: &TrustedKeys,
    all: usize,
) -> SecondOpinion {
    // The octets of several signatures are not shown, but whether all hold.
    let mode = if all == 1 { ReduceMode::PreDigest } else { ReduceMode::ValidateAndMarkNoAncestors };
    if reduce(text, keys.iter(), mode).is_ok() {
        SecondOpinion::Differ { element, difference: Difference::OnlyTheyAccept { check } }
    } else {
        SecondOpinion::BothRefuse { check }
    }
}

fn reduce<'k>(
    text: &str,
    keys: impl Iterator<Item = &'k TrustedKey>,
    mode: ReduceMode,
) -> Result<String, CryptoError> {
    // One key that libxmlsec1 cannot load would fail them all.
    let keys = keys.filter(|key| !matches!(key.key().kind(), KeyKind::Ed25519 | KeyKind::MlDsa(_)));
    let keys: Vec<CertificateDer> = keys.map(|key| key.key().in_empty_certificate().into()).collect();
    if keys.is_empty() {
        return Err(CryptoError::CryptoDisabled);
    }
    Crypto::reduce_xml_to_signed(text, &keys, mode)
}

fn compare(ours: &[u8], theirs: &[u8]) -> Option<Difference> {
    if ours == theirs {
        return None;
    }
    let at = ours.iter().zip(theirs).take_while(|(a, b)| a == b).count();
    Some(Difference::Octets { at, ours: ours.len(), theirs: theirs.len() })
}

impl SecondOpinion {
    /// Both came to the same result, over the same octets where they accept.
    #[must_use]
    pub const fn agrees(&self) -> bool {
        matches!(self, Self::SameOctets { .. } | Self::BothRefuse { .. })
    }
}

impl fmt::Display for SecondOpinion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameOctets { elements, octets } => {
                write!(f, "libxmlsec1 hashed the same {octets} octets of {}", elements.join(" and "))
            }
            Self::BothRefuse { check } => write!(f, "libxmlsec1 refuses too; here it is {check}"),
            Self::Differ { element, difference: Difference::Octets { at, ours, theirs } } => write!(
                f,
                "libxmlsec1 hashed {theirs} other octets of {element} than we ({ours}); the first {at} are the same"
            ),
            Self::Differ { element, difference: Difference::OnlyWeAccept } => {
                write!(f, "libxmlsec1 refuses the signature of {element} that is accepted here")
            }
            Self::Differ { element, difference: Difference::OnlyTheyAccept { check } } => {
                write!(f, "libxmlsec1 accepts the signatures of {element}, which are refused here by {check}")
            }
            Self::CannotJudge(Obstacle::Unreadable(check)) => {
                write!(f, "libxmlsec1 is not asked: the document is refused as XML by {check}")
            }
            Self::CannotJudge(Obstacle::NotHandedOn) => f.write_str(
                "libxmlsec1 is not asked: the signature wants a transform or an address that it would obey",
            ),
            Self::CannotJudge(Obstacle::NotSigned) => {
                f.write_str("libxmlsec1 is not asked: nothing is signed in clear")
            }
            Self::CannotJudge(Obstacle::SeveralSignatures) => {
                f.write_str("libxmlsec1 cannot be compared: the document has several signatures")
            }
            Self::CannotJudge(Obstacle::NotProcessed) => f.write_str(
                "libxmlsec1 does not process the signature: an algorithm or ID that it does not take",
            ),
        }
    }
}
