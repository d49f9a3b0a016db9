//! Messages that this service sends: signed, and packed for a binding.

use super::post::Parameter;
use super::response::rejected;
use super::{grammar::MessageGrammar, policy::invalid};
use crate::check::Check;
use crate::crypto::{Certificate, Signer, TrustedKey, TrustedKeys};
use crate::encoding::{base64, hex};
use crate::error::{Error, Failure, Location, Reason};
use crate::instant::Instant;
use crate::limits::{ID_ENTROPY, RELAY_STATE_BYTES, XmlLimits};
use crate::xml::sign::{Unsigned, enveloped};
use crate::xml::signature::{self, Rules};
use crate::xml::write::attribute;
use crate::xml::{self, Comments, Ns};
use core::fmt;
use std::fmt::Write as _;

/// The ID of a message, out of randomness that the caller brings.
///
/// It must not be guessed and not be used twice: whoever knows the ID of a request can prepare an answer to it.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageId(String);

impl MessageId {
    /// An ID out of 16 to 64 octets of a cryptographic random number generator.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: fewer than 16 octets, more than 64, or so few different ones that no generator made them.
    pub fn from_entropy(octets: &[u8]) -> Result<Self, Error> {
        if !(ID_ENTROPY..=64).contains(&octets.len()) {
            return Err(invalid("the ID of a message is made of 16 to 64 random octets"));
        }
        let mut different = octets.to_vec();
        different.sort_unstable();
        different.dedup();
        // Of 16 random octets 6 or fewer differ about once in 10^11.
        if different.len() < 7 {
            return Err(invalid("the octets for the ID of a message are not random"));
        }
        Ok(Self(format!("_{}", hex::encode(octets))))
    }

    /// The ID.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who signs a message, if anybody.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Signature<'s> {
    /// This signer.
    By(&'s dyn Signer),
    /// Nobody. Logout messages are never sent so.
    Omitted,
}

/// A message that is ready to be packed for a binding.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub(super) id: String,
    /// Up to and including Issuer; the signature comes after it.
    head: String,
    tail: String,
    destination: String,
    parameter: Parameter,
    signature_is_optional: bool,
}

/// What starts every message of this service.
pub(super) struct Start<'a> {
    pub(super) root: &'static str,
    pub(super) id: &'a MessageId,
    pub(super) issued: Instant,
    pub(super) destination: &'a str,
    pub(super) issuer: &'a str,
    pub(super) parameter: Parameter,
}

impl Outgoing {
    /// A message out of its start, further attributes, what follows Issuer, and whether it may go unsigned. It is parsed
    /// and laid out once, so that what is sent can be read.
    pub(super) fn new(
        start: &Start<'_>,
        attributes: &str,
        content: &str,
        grammar: &MessageGrammar,
        signature_is_optional: bool,
    ) -> Result<Self, Error> {
        endpoint(start.destination)?;
        let root = start.root;
        let mut head = format!("<samlp:{root} xmlns:samlp=\"{SAMLP}\" xmlns:saml=\"{SAML}\"");
        attribute(&mut head, "ID", &start.id.0);
        head.push_str(" Version=\"2.0\"");
        attribute(&mut head, "IssueInstant", &start.issued.to_string());
        attribute(&mut head, "Destination", start.destination);
        head.push_str(attributes);
        head.push('>');
        xml::write::element(&mut head, "saml:Issuer", start.issuer);
        let message = Self {
            id: start.id.0.clone(),
            head,
            tail: format!("{content}</samlp:{root}>"),
            destination: start.destination.to_owned(),
            parameter: start.parameter,
            signature_is_optional,
        };
        let text = message.xml();
        let tree = xml::parse(text.as_bytes(), &XmlLimits::MESSAGE, Comments::Refused)?;
        super::grammar::message(tree.root(), grammar)?;
        drop(tree);
        Ok(message)
    }

    /// The ID of the message.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The URL that it goes to.
    #[must_use]
    pub fn destination(&self) -> &str {
        &self.destination
    }

    /// The parameter that it travels in.
    #[must_use]
    pub const fn parameter(&self) -> Parameter {
        self.parameter
    }

    /// The message as a document with an enveloped signature, if any: for HTTP-POST and SOAP.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: a logout message without a signature, or the signer gives none. `SignatureAlgForbidden`: the
    /// algorithm is not for new signatures. `SignatureInvalid`, `AlgKeyMismatch`: the signature is not that of the
    /// certificate of the signer.
    pub fn to_xml(&self, signature: Signature<'_>) -> Result<String, Error> {
        let Signature::By(signer) = self.permitted(signature)? else { return Ok(self.xml()) };
        let write = |signature: &str| [&self.head, signature, &self.tail].concat();
        let sign = |octets: &[u8]| signer.sign(octets).ok();
        let text = enveloped(write, &self.id, signer.algorithm(), signer.certificate(), sign);
        let text = text.map_err(|unsigned| match unsigned {
            Unsigned::Fault((check, reason)) => fault(check, reason),
            Unsigned::NoSignature => no_signature(),
        })?;
        let tree = xml::parse(text.as_bytes(), &XmlLimits::MESSAGE, Comments::Refused)?;
        let own = tree.root().children().find(|child| child.is(Ns::Ds, "Signature"));
        let own = own.ok_or_else(no_signature)?;
        signature.holds(|rules| {
            let failed = |failure: Failure| (failure.check, failure.reason);
            signature::verify(tree.root(), own, rules, "/Signature").map(|_| ()).map_err(failed)
        })?;
        drop(tree);
        Ok(text)
    }

    /// The URL that the browser is sent to (HTTP-Redirect): message, RelayState, and the signature beside them.
    ///
    /// # Errors
    /// As [`Self::to_xml`]. `LimitRelayState`: RelayState has more than 80 bytes or holds NUL. `LimitInputSize`: the query
    /// would be larger than 128 KiB.
    #[cfg(feature = "redirect")]
    pub fn to_redirect_url(
        &self,
        relay_state: Option<&str>,
        signature: Signature<'_>,
    ) -> Result<String, Error> {
        super::redirect::url(self, sendable(relay_state)?, self.permitted(signature)?)
    }

    /// The form that the browser posts (HTTP-POST).
    ///
    /// # Errors
    /// As [`Self::to_xml`]. `LimitRelayState`: RelayState has more than 80 bytes or holds NUL.
    pub fn to_post_page(
        &self,
        relay_state: Option<&str>,
        signature: Signature<'_>,
    ) -> Result<PostPage, Error> {
        let relay_state = sendable(relay_state)?.map(str::to_owned);
        let message = base64::encode(self.to_xml(signature)?.as_bytes());
        Ok(PostPage { action: self.destination.clone(), parameter: self.parameter, message, relay_state })
    }

    /// The message as it is, unsigned.
    pub(super) fn xml(&self) -> String {
        [self.head.as_str(), &self.tail].concat()
    }

    fn permitted<'s>(&self, signature: Signature<'s>) -> Result<Signature<'s>, Error> {
        if matches!(signature, Signature::Omitted) && !self.signature_is_optional {
            return Err(invalid("this message is never sent without a signature"));
        }
        Ok(signature)
    }
}

impl Signature<'_> {
    #[cfg(feature = "redirect")]
    pub(super) fn sign(self, octets: &[u8]) -> Result<Vec<u8>, Error> {
        match self {
            Self::By(signer) => signer.sign(octets).map_err(|_| no_signature()),
            Self::Omitted => Err(no_signature()),
        }
    }

    /// The signature that was just made holds with the certificate of the signer, where it has one.
    pub(super) fn holds(
        self,
        verify: impl FnOnce(&Rules<'_>) -> Result<(), (Check, Reason)>,
    ) -> Result<(), Error> {
        let Self::By(signer) = self else { return Ok(()) };
        let Some(der) = signer.certificate() else { return Ok(()) };
        let key = Certificate::from_der(der).map(TrustedKey::from_certificate);
        let keys = key.and_then(|key| TrustedKeys::new(vec![key])).map_err(super::idp::keys_rejected)?;
        let rules = Rules { keys: &keys, exceptions: &[], now: Instant::from_unix(0, 0) };
        verify(&rules).map_err(|(check, reason)| fault(check, reason))
    }
}

/// A page that makes the browser post a message. Everything in it is escaped; there is no inline handler.
#[derive(Clone, PartialEq, Eq)]
pub struct PostPage {
    action: String,
    parameter: Parameter,
    message: String,
    relay_state: Option<String>,
}

impl PostPage {
    /// The URL that the form goes to.
    #[must_use]
    pub fn action(&self) -> &str {
        &self.action
    }

    /// Names and values of the fields, for an application that writes its own page. Escape them.
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, &str)> {
        let state = self.relay_state.as_deref().map(|state| ("RelayState", state));
        [(self.parameter.name(), self.message.as_str())].into_iter().chain(state).collect()
    }

    /// The page. With `nonce`, a script that submits the form carries it: send `Content-Security-Policy: script-src
    /// 'nonce-...'; form-action ...` along. Without one there is no script, and the user presses the button.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: the nonce is shorter than 16 characters or is not base64.
    pub fn html(&self, nonce: Option<&str>) -> Result<String, Error> {
        let mut page = String::from(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\">\
             <title>Continue</title></head><body>\n<form method=\"post\" id=\"saml\"",
        );
        html_attribute(&mut page, "action", &self.action);
        page.push_str(">\n");
        for (name, value) in self.fields() {
            page.push_str("<input type=\"hidden\"");
            html_attribute(&mut page, "name", name);
            html_attribute(&mut page, "value", value);
            page.push_str(">\n");
        }
        let button = "<button type=\"submit\">Continue</button>";
        match nonce {
            None => page.push_str(button),
            Some(nonce) => {
                let known =
                    |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_');
                if nonce.len() < 16 || !nonce.bytes().all(known) {
                    return Err(invalid("a nonce is at least 16 characters of base64"));
                }
                let _ = write!(page, "<noscript>{button}</noscript>");
            }
        }
        page.push_str("\n</form>\n");
        if let Some(nonce) = nonce {
            let _ = writeln!(
                page,
                "<script nonce=\"{nonce}\">document.getElementById(\"saml\").submit()</script>"
            );
        }
        page.push_str("</body></html>\n");
        Ok(page)
    }
}

fn html_attribute(page: &mut String, name: &str, value: &str) {
    let _ = write!(page, " {name}=\"");
    for c in value.chars() {
        match c {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            '\'' => page.push_str("&#39;"),
            // A parser of HTML would turn a bare carriage return into a line feed.
            '\r' => page.push_str("&#13;"),
            c => page.push(c),
        }
    }
    page.push('"');
}

/// SAML bindings 3.4.3 and 3.5.3.
pub(super) fn sendable(relay_state: Option<&str>) -> Result<Option<&str>, Error> {
    match relay_state {
        Some(state) if state.contains('\0') => {
            Err(fault(Check::LimitRelayState, Reason::Stated("RelayState holds NUL, which is no text")))
        }
        Some(state) if state.len() > RELAY_STATE_BYTES => {
            let (limit, found) = (RELAY_STATE_BYTES, Some(state.len()));
            Err(fault(Check::LimitRelayState, Reason::Limit { limit, unit: "bytes of RelayState", found }))
        }
        other => Ok(other),
    }
}

/// An https URL without a fragment.
pub(super) fn endpoint(url: &str) -> Result<(), Error> {
    if super::metadata::is_https(url) && !url.contains('#') {
        return Ok(());
    }
    Err(invalid("the destination is not an https URL without fragment"))
}

fn no_signature() -> Error {
    invalid("the signer gave no signature")
}

fn fault(check: Check, reason: Reason) -> Error {
    rejected(Failure::new(check, reason, Location::default()))
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({} bytes)", self.0.len())
    }
}

impl fmt::Debug for Signature<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::By(signer) => write!(f, "By({})", signer.algorithm()),
            Self::Omitted => f.write_str("Omitted"),
        }
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outgoing({} to {})", self.parameter.name(), self.destination)
    }
}

impl fmt::Debug for PostPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostPage({} to {})", self.parameter.name(), self.action)
    }
}

const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
