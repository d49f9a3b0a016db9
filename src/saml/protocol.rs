//! Protocol messages other than a login Response: how they arrive, who vouches for them, and what all of them say.

use super::assertion::SignedBy;
use super::encrypted::Keys;
use super::grammar::{self, MessageGrammar, MessageLayout, Slot, one};
use super::idp::TrustedIdp;
use super::post::Parameter;
use super::read::{self, Issuer, owned, required_time};
use super::response::rejected;
use crate::check::Check;
use crate::error::{Error, Failure, Malformed, Quoted, Reason};
use crate::instant::Instant;
use crate::limits::XmlLimits;
use crate::trust::Verified;
use crate::xml::signature::{self, Rules};
use crate::xml::{self, Comments, Ns};
use core::fmt;

/// How a message arrived, and what of it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Arrived<'m> {
    /// By HTTP-POST or SOAP: the raw XML octets ([`decode_post_message`](super::decode_post_message)), signed inside.
    Post(&'m [u8]),
    /// By HTTP-Redirect: the query of the URL as it was received, without `?`; the signature stands in it.
    #[cfg(feature = "redirect")]
    Redirect(&'m str),
}

/// A kind of message.
pub(super) struct Kind<T> {
    pub(super) grammar: MessageGrammar,
    #[cfg_attr(
        not(feature = "redirect"),
        expect(dead_code, reason = "a document does not say in which field it came")
    )]
    pub(super) parameter: Parameter,
    /// Where the signature stands.
    pub(super) signature: &'static str,
    /// What is encrypted in the message is decrypted with the keys.
    pub(super) read: fn(&MessageLayout<'_, '_>, Keys<'_>) -> Result<T, Error>,
}

/// What came in a message and beside it.
pub(super) struct Received<T> {
    pub(super) content: T,
    pub(super) relay_state: Option<String>,
    pub(super) signed_by: Option<SignedBy>,
}

/// What every message says about itself (SAML core 3.2.1 and 3.2.2).
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) id: String,
    pub(super) issue_instant: Instant,
    pub(super) issuer: Option<Issuer>,
    pub(super) destination: Option<String>,
    pub(super) in_response_to: Option<String>,
}

pub(super) fn header(layout: &MessageLayout<'_, '_>) -> Result<Header, Malformed> {
    Ok(Header {
        id: owned(layout.element, "ID").unwrap_or_default(),
        issue_instant: required_time(layout.element, "IssueInstant")?,
        issuer: layout.issuer.map(read::issuer).transpose()?,
        destination: owned(layout.element, "Destination"),
        in_response_to: owned(layout.element, "InResponseTo"),
    })
}

impl<T> Kind<T> {
    /// Verifies the signature of the binding and reads the message from the octets that it covers.
    pub(super) fn verify(
        &self,
        arrived: Arrived<'_>,
        idp: &TrustedIdp,
        keys: Keys<'_>,
        relay_state_limit: usize,
        now: Instant,
    ) -> Result<Verified<Received<T>>, Error> {
        #[cfg(not(feature = "redirect"))]
        let _ = relay_state_limit;
        let rules = Rules { keys: &idp.keys, exceptions: &idp.exceptions, now };
        match arrived {
            Arrived::Post(xml) => self.verify_enveloped(xml, idp, keys, &rules),
            #[cfg(feature = "redirect")]
            Arrived::Redirect(query) => {
                super::redirect::verified(query, relay_state_limit, &rules, |message, by| {
                    let mut received = self.of_redirect(message, keys.covered())?;
                    received.signed_by = Some(SignedBy::detached(idp, self.grammar.root, by));
                    Ok(received)
                })
            }
        }
    }

    /// Reads the message as it stands there. Nothing of it is believed.
    pub(super) fn unproven(
        &self,
        arrived: Arrived<'_>,
        relay_state_limit: usize,
    ) -> Result<Received<T>, Error> {
        #[cfg(not(feature = "redirect"))]
        let _ = relay_state_limit;
        match arrived {
            Arrived::Post(xml) => {
                let tree = xml::parse(xml, &XmlLimits::MESSAGE, Comments::Refused)?;
                let content = (self.read)(&grammar::message(tree.root(), &self.grammar)?, Keys::new(None))?;
                Ok(Received { content, relay_state: None, signed_by: None })
            }
            #[cfg(feature = "redirect")]
            Arrived::Redirect(query) => {
                self.of_redirect(super::redirect::decoded(query, relay_state_limit)?, Keys::new(None))
            }
        }
    }

    fn verify_enveloped(
        &self,
        xml: &[u8],
        idp: &TrustedIdp,
        keys: Keys<'_>,
        rules: &Rules<'_>,
    ) -> Result<Verified<Received<T>>, Error> {
        let tree = xml::parse(xml, &XmlLimits::MESSAGE, Comments::Refused)?;
        let layout = grammar::message(tree.root(), &self.grammar)?;
        let own = layout.signature.ok_or_else(|| {
            let reason = Reason::Mismatch {
                what: "signature",
                expected: vec![Quoted::protocol(self.grammar.root)],
                found: Vec::new(),
            };
            rejected(Failure::at(Check::SignatureMissing, self.signature, reason))
        })?;
        let vouched = signature::verify(layout.element, own, rules, self.signature).map_err(rejected)?;
        let by = SignedBy::enveloped(idp, self.grammar.root, &vouched);
        Verified::read(&vouched.octets, |octets| {
            let tree = vouched.reparse(octets, &XmlLimits::VOUCHED, Comments::Refused).map_err(rejected)?;
            let content = (self.read)(&grammar::message(tree.root(), &self.grammar)?, keys.covered())?;
            Ok(Received { content, relay_state: None, signed_by: Some(by) })
        })
    }

    #[cfg(feature = "redirect")]
    fn of_redirect(
        &self,
        message: super::redirect::RedirectMessage,
        keys: Keys<'_>,
    ) -> Result<Received<T>, Error> {
        let tree = xml::parse(&message.xml, &XmlLimits::MESSAGE, Comments::Refused)?;
        let layout = grammar::message(tree.root(), &self.grammar)?;
        if message.parameter != self.parameter {
            let reason = Reason::Missing { what: self.parameter.name() };
            return Err(rejected(Failure::at(Check::ParamMissing, "/query", reason)));
        }
        if layout.signature.is_some() {
            // SAML bindings 3.4.4.1: a signature in the message is taken out, and stands in the query.
            let reason =
                Reason::Stated("a signature inside a message whose binding carries it beside the message");
            return Err(rejected(Failure::at(Check::SignatureMisplaced, self.signature, reason)));
        }
        let content = (self.read)(&layout, keys)?;
        Ok(Received { content, relay_state: message.relay_state, signed_by: None })
    }
}

impl fmt::Debug for Arrived<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Post(xml) => write!(f, "Post({} bytes)", xml.len()),
            #[cfg(feature = "redirect")]
            Self::Redirect(query) => write!(f, "Redirect({} bytes)", query.len()),
        }
    }
}

/// StatusResponseType (SAML core 3.2.2).
pub(super) const STATUS_RESPONSE: &[Slot] = &[
    one(&[(Ns::Saml, "Issuer")]),
    one(&[(Ns::Ds, "Signature")]),
    one(&[(Ns::Samlp, "Extensions")]),
    one(&[(Ns::Samlp, "Status")]),
];
