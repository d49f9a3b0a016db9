//! The HTTP-Artifact binding (SAML bindings 3.6): the artifact, the ArtifactResolve that redeems it, and the ArtifactResponse
//! with the Response inside. The library does no I/O: the SOAP call (bindings 3.2) is the application's.

use super::grammar::{MessageGrammar, Slot, one};
use super::idp::TrustedIdp;
use super::outcome::fail;
use super::outgoing::{MessageId, Outgoing, Start};
use super::policy::invalid;
use super::post::Parameter;
use super::protocol::{Header, header};
use super::request::whole_seconds;
use super::response::rejected;
use crate::check::Check;
use crate::crypto::{DigestAlgorithm, constant_time_eq};
use crate::encoding::base64;
use crate::error::{Error, Failure, Location, Malformed, Protocol, Quoted, Reason};
use crate::instant::{Instant, Leeway};
use crate::limits::XmlLimits;
use crate::xml::c14n::{Method, canonicalize};
use crate::xml::signature::{self, Rules};
use crate::xml::write::element;
use crate::xml::{self, Comments, Element, Ns};
use core::fmt;
use time::{Duration, OffsetDateTime};

/// An artifact of type 4 (SAML bindings 3.6.4). It is a secret until it is redeemed, once.
#[derive(Clone, PartialEq, Eq)]
pub struct Artifact {
    text: String,
    endpoint_index: u16,
    source: [u8; 20],
}

impl Artifact {
    /// Reads the value of the parameter `SAMLart`.
    ///
    /// # Errors
    /// `Base64Invalid`: not base64 of 44 octets. `BindingUnsupported`: not of type 4.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let fault = |check, what| Malformed::new(check, Protocol::Saml, what, Location::path("/SAMLart"));
        let octets = base64::decode_xml(text).filter(|octets| octets.len() == 44 && text.len() == 60);
        let octets =
            octets.ok_or_else(|| fault(Check::Base64Invalid, "the artifact is not 44 octets in base64"))?;
        let (kind, rest) = octets.split_at_checked(2).unwrap_or_default();
        if kind != [0, 4] {
            return Err(fault(Check::BindingUnsupported, "the artifact is not of type 4").into());
        }
        let (index, rest) = rest.split_at_checked(2).unwrap_or_default();
        let endpoint_index = index.iter().fold(0_u16, |sum, octet| (sum << 8) | u16::from(*octet));
        let source = rest.get(..20).and_then(|source| source.try_into().ok()).unwrap_or_default();
        Ok(Self { text: text.to_owned(), endpoint_index, source })
    }

    /// The index of the artifact resolution service in the metadata of the issuer.
    #[must_use]
    pub const fn endpoint_index(&self) -> u16 {
        self.endpoint_index
    }

    /// True when the artifact names this entity as its issuer: SourceID is the SHA-1 of the entityID (bindings 3.6.4). It
    /// selects whom to ask; it proves nothing.
    #[must_use]
    pub fn is_from(&self, entity_id: &str) -> bool {
        constant_time_eq(DigestAlgorithm::Sha1.digest(entity_id.as_bytes()).as_ref(), &self.source)
    }
}

/// An ArtifactResolve (SAML core 3.5.1) to the artifact resolution service of an identity provider.
#[derive(Clone, PartialEq, Eq)]
pub struct ArtifactResolve {
    message: Outgoing,
    idp_entity_id: String,
    issued: Instant,
}

impl ArtifactResolve {
    /// A request to redeem `artifact` at the service `destination` of `idp`.
    ///
    /// # Errors
    /// `IssuerMismatch`: the artifact is not from this identity provider. `ConfigurationInvalid`: the URL is not https.
    pub fn new(
        artifact: &Artifact,
        sp_entity_id: &str,
        idp: &TrustedIdp,
        destination: &str,
        id: &MessageId,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        if !artifact.is_from(idp.entity_id()) {
            let reason = Reason::Mismatch {
                what: "SourceID",
                expected: vec![Quoted::tenant(idp.entity_id())],
                found: Vec::new(),
            };
            return Err(rejected(Failure::at(Check::IssuerMismatch, "/SAMLart", reason)));
        }
        let mut content = String::new();
        element(&mut content, "samlp:Artifact", &artifact.text);
        let issued = whole_seconds(now);
        let start = Start {
            root: "ArtifactResolve",
            id,
            issued,
            destination,
            issuer: sp_entity_id,
            parameter: Parameter::Request,
        };
        let message = Outgoing::new(&start, "", &content, &ARTIFACT_RESOLVE, false)?;
        Ok(Self { message, idp_entity_id: idp.entity_id().to_owned(), issued })
    }

    /// The message, to be signed ([`Outgoing::to_xml`]) and put into [`soap_envelope`].
    #[must_use]
    pub const fn message(&self) -> &Outgoing {
        &self.message
    }

    /// Judges what came back, a SOAP envelope or an ArtifactResponse (SAML core 3.5.2): from this identity provider, in answer
    /// to this request, made now, with status Success; a signature on it must hold. The result is the Response inside, as a
    /// document of its own for [`validate`](super::validate), which wants its own signature: what surrounds it proves nothing.
    ///
    /// # Errors
    /// `Malformed`: not such a document. `Rejected`: `StatusNotSuccess`, `IssuerMissing`, `IssuerMismatch`,
    /// `InResponseToMissing`, `InResponseToMismatch`, `NotYetValid`, `Expired`, `AssertionMissing` (the artifact was unknown or
    /// redeemed before), or the check of the signature.
    pub fn response(&self, answer: &[u8], idp: &TrustedIdp, now: OffsetDateTime) -> Result<Vec<u8>, Error> {
        let tree = xml::parse(answer, &XmlLimits::MESSAGE, Comments::Refused)?;
        let alone;
        let tree = match in_soap(tree.root())? {
            None => tree,
            Some(inside) => {
                alone = standalone(inside)?;
                xml::parse(&alone, &XmlLimits::VOUCHED, Comments::Refused)?
            }
        };
        let now = Instant::from(now);
        let layout = super::grammar::message(tree.root(), &ARTIFACT_RESPONSE)?;
        if let Some(own) = layout.signature {
            let rules = Rules { keys: &idp.keys, exceptions: &idp.exceptions, now };
            let vouched = signature::verify(layout.element, own, &rules, "/ArtifactResponse/Signature")
                .map_err(rejected)?;
            let octets = vouched.octets.as_bytes();
            let tree = vouched.reparse(octets, &XmlLimits::VOUCHED, Comments::Refused).map_err(rejected)?;
            return self.inside(tree.root(), idp, now);
        }
        self.inside(tree.root(), idp, now)
    }

    fn inside(&self, root: Element<'_, '_>, idp: &TrustedIdp, now: Instant) -> Result<Vec<u8>, Error> {
        let layout = super::grammar::message(root, &ARTIFACT_RESPONSE)?;
        let header = header(&layout)?;
        self.judge(&header, idp, now).map_err(rejected)?;
        let status = layout.status.map(super::read::status).transpose()?.unwrap_or_default();
        if status.0.first().is_none_or(|code| code != SUCCESS) {
            let codes = status.0.iter().map(|code| Quoted::protocol(code)).collect();
            let reason = Reason::Status { codes, message: status.1.as_deref().map(Quoted::tenant) };
            return Err(rejected(Failure::at(Check::StatusNotSuccess, "/ArtifactResponse/Status", reason)));
        }
        let response = root.children().find(|child| child.is(Ns::Samlp, "Response"));
        let response = response.ok_or_else(|| {
            let reason = Reason::Missing { what: "Response" };
            rejected(Failure::at(Check::AssertionMissing, "/ArtifactResponse", reason))
        })?;
        standalone(response)
    }

    fn judge(&self, header: &Header, idp: &TrustedIdp, now: Instant) -> Result<(), Failure> {
        let tenant = |expected: &str, found: &str| Reason::Mismatch {
            what: "Issuer",
            expected: vec![Quoted::tenant(expected)],
            found: vec![Quoted::tenant(found)],
        };
        let at = "/ArtifactResponse/Issuer";
        let Some(issuer) = &header.issuer else {
            return fail(Check::IssuerMissing, at, Reason::Missing { what: "Issuer" });
        };
        for expected in [self.idp_entity_id.as_str(), idp.entity_id()] {
            if issuer.value != expected {
                return fail(Check::IssuerMismatch, at, tenant(expected, &issuer.value));
            }
        }
        let at = "/ArtifactResponse/@InResponseTo";
        match header.in_response_to.as_deref() {
            None => return fail(Check::InResponseToMissing, at, Reason::Missing { what: "InResponseTo" }),
            Some(found) if !constant_time_eq(found.as_bytes(), self.message.id().as_bytes()) => {
                let (expected, found) =
                    (vec![Quoted::replayable(self.message.id())], vec![Quoted::replayable(found)]);
                let reason = Reason::Mismatch { what: "InResponseTo", expected, found };
                return fail(Check::InResponseToMismatch, at, reason);
            }
            Some(_) => {}
        }
        let at = "/ArtifactResponse/@IssueInstant";
        let leeway = Leeway::default();
        super::outcome::not_in_future(header.issue_instant, at, leeway, now)?;
        super::outcome::not_too_old(header.issue_instant, at, MAX_AGE, leeway, now)?;
        super::outcome::not_too_old(self.issued, at, MAX_AGE, leeway, now)
    }
}

/// A SOAP 1.1 envelope around a message (SAML bindings 3.2). Send it with `SOAPAction:
/// http://www.oasis-open.org/committees/security`.
#[must_use]
pub fn soap_envelope(message: &str) -> String {
    format!("<soap:Envelope xmlns:soap=\"{SOAP}\"><soap:Body>{message}</soap:Body></soap:Envelope>")
}

/// The one message in the body of an envelope; `None` when the root is no envelope.
fn in_soap<'t, 'a>(root: Element<'t, 'a>) -> Result<Option<Element<'t, 'a>>, Error> {
    if !root.is(Ns::Soap, "Envelope") {
        return Ok(None);
    }
    let fault = |what| Error::from(super::grammar::fault(Check::UnexpectedElement, what, root));
    let mut parts = root.children().filter(|part| !part.is(Ns::Soap, "Header"));
    let (Some(body), None) = (parts.next().filter(|body| body.is(Ns::Soap, "Body")), parts.next()) else {
        return Err(fault("an envelope without one Body"));
    };
    let mut inside = body.children();
    match (inside.next(), inside.next()) {
        (Some(message), None) => Ok(Some(message)),
        _ => Err(fault("a Body without exactly one message")),
    }
}

/// An element as a document of its own, with every namespace that it stood in: signatures inside it stay what they were.
fn standalone(element: Element<'_, '_>) -> Result<Vec<u8>, Error> {
    let method = Method::from_uri(INCLUSIVE).ok_or_else(|| invalid("no canonicalisation"))?;
    canonicalize(element, None, &method)
        .map_err(|check| super::grammar::fault(check, check.what(), element).into())
}

impl fmt::Debug for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Artifact({} bytes)", self.text.len())
    }
}

impl fmt::Debug for ArtifactResolve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ArtifactResolve(to {})", self.idp_entity_id)
    }
}

const ARTIFACT_RESOLVE: MessageGrammar = MessageGrammar {
    root: "ArtifactResolve",
    slots: &[
        one(&[(Ns::Saml, "Issuer")]),
        one(&[(Ns::Ds, "Signature")]),
        one(&[(Ns::Samlp, "Extensions")]),
        one(&[(Ns::Samlp, "Artifact")]),
    ],
    inner: None,
};

const ARTIFACT_RESPONSE: MessageGrammar =
    MessageGrammar { root: "ArtifactResponse", slots: RESPONSE_SLOTS, inner: Some("Response") };

const RESPONSE_SLOTS: &[Slot] = &[
    one(&[(Ns::Saml, "Issuer")]),
    one(&[(Ns::Ds, "Signature")]),
    one(&[(Ns::Samlp, "Extensions")]),
    one(&[(Ns::Samlp, "Status")]),
    one(&[(Ns::Samlp, "Response")]),
];

/// Artifacts are redeemed at once.
const MAX_AGE: Duration = Duration::minutes(5);

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
