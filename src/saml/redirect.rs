//! The HTTP-Redirect binding (SAML bindings 3.4): raw DEFLATE, base64, and a signature beside the message, in the query.
//!
//! The signature is verified over the substrings as they were received (defence D11): nothing is decoded and encoded again.
//! What is read afterwards is read from the octets that were verified.

use super::outgoing::{Outgoing, Signature};
use super::post::Parameter;
use super::response::rejected;
use crate::check::Check;
use crate::crypto::{SignatureAlgorithm, TrustedKeys};
use crate::encoding::{base64, form, inflate};
use crate::error::{Error, Failure, Location, Malformed, Protocol, Reason};
use crate::exception::Exception;
use crate::instant::Instant;
use crate::limits::{REDIRECT_QUERY_BYTES, XmlLimits};
use crate::trust::Verified;
use crate::xml::sign::new_signature_uri;
use crate::xml::signature::{Detached, Rules, verify_detached};
use crate::xml::{self, Comments, Ns};
use core::fmt;
use time::OffsetDateTime;

/// What the query of a redirect URL holds. Anybody can have written it.
#[derive(Clone, PartialEq, Eq)]
pub struct UntrustedRedirect {
    message: RedirectMessage,
    is_signed: bool,
}

/// A message from a redirect URL. As `Verified<RedirectMessage>` a trusted key vouched for it.
#[derive(Clone, PartialEq, Eq)]
pub struct RedirectMessage {
    pub(super) parameter: Parameter,
    pub(super) xml: Vec<u8>,
    pub(super) relay_state: Option<String>,
    pub(super) signed_with: Option<SignatureAlgorithm>,
}

/// Decodes the query of a redirect URL, as received, without `?` and without a fragment. Nothing is verified.
///
/// Parameters of other names are passed over. RelayState has at most `relay_state_limit` bytes; the standard has 80.
///
/// # Errors
/// `LimitInputSize`: the query is larger than 128 KiB. `RedirectEncoding`: an escape is incomplete or gives something that is
/// no text. `ParamMissing`, `ParamDuplicate`, `ParamConflict`: not exactly one `SAMLRequest` or `SAMLResponse`, or a parameter
/// twice. `BindingUnsupported`: `SAMLEncoding` is not DEFLATE. `LimitRelayState`. `Base64Invalid`, `InflateInvalid`,
/// `LimitInflateSize`: the message cannot be decoded. `BindingForbidden`: it is a login Response (SAML profiles 4.1.2). Else
/// the checks of the XML reader.
pub fn decode_redirect(query: &str, relay_state_limit: usize) -> Result<UntrustedRedirect, Error> {
    let query = Query::parse(query)?;
    let is_signed = query.signature.is_some() && query.algorithm.is_some();
    Ok(UntrustedRedirect { message: query.message(relay_state_limit)?, is_signed })
}

/// Decodes the query of a redirect URL and verifies its signature with the keys of its sender.
///
/// # Errors
/// As [`decode_redirect`]. `RedirectSignatureMissing`: `Signature` or `SigAlg` is not there. `SignatureAlgForbidden`,
/// `AlgKeyMismatch`, `WeakKey`, `SignatureInvalid`: as for a signature in XML.
pub fn verify_redirect(
    query: &str,
    relay_state_limit: usize,
    keys: &TrustedKeys,
    exceptions: &[Exception],
    now: OffsetDateTime,
) -> Result<Verified<RedirectMessage>, Error> {
    let rules = Rules { keys, exceptions, now: Instant::from(now) };
    verified(query, relay_state_limit, &rules, |message, _| Ok(message))
}

/// The message in a query, as anybody can have written it.
pub(super) fn decoded(query: &str, relay_state_limit: usize) -> Result<RedirectMessage, Error> {
    Query::parse(query)?.message(relay_state_limit)
}

/// Who signed a query.
pub(super) struct By {
    /// Index of the key in the trusted keys.
    pub(super) key: usize,
    pub(super) algorithm: SignatureAlgorithm,
    /// Exceptions that were needed, by index in the exceptions.
    pub(super) exceptions_used: Vec<usize>,
}

/// Verifies a query, then reads it from the octets that were verified.
pub(super) fn verified<T>(
    query: &str,
    relay_state_limit: usize,
    rules: &Rules<'_>,
    read: impl FnOnce(RedirectMessage, By) -> Result<T, Error>,
) -> Result<Verified<T>, Error> {
    let query = Query::parse(query)?;
    // A message that could not be read is refused for that, whoever signed it.
    query.message(relay_state_limit)?;
    let octets = query.signed_octets();
    let Detached { octets, key, algorithm, exceptions_used } = query.verify(&octets, rules)?;
    Verified::read(&octets, |octets| {
        let text = core::str::from_utf8(octets).map_err(|_| bad(Check::RedirectEncoding))?;
        let message = Query::parse(text)?.message(relay_state_limit)?;
        let message = RedirectMessage { signed_with: Some(algorithm), ..message };
        read(message, By { key, algorithm, exceptions_used })
    })
}

/// A query by its parameters, each as received: the pair and its still encoded value.
struct Query<'q> {
    parameter: Parameter,
    message: Pair<'q>,
    relay_state: Option<Pair<'q>>,
    algorithm: Option<Pair<'q>>,
    signature: Option<Pair<'q>>,
}

#[derive(Clone, Copy)]
struct Pair<'q> {
    whole: &'q str,
    value: &'q str,
}

impl<'q> Query<'q> {
    fn parse(query: &'q str) -> Result<Self, Error> {
        if query.len() > REDIRECT_QUERY_BYTES {
            return Err(bad(Check::LimitInputSize));
        }
        if !query.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(bad(Check::RedirectEncoding));
        }
        let names =
            ["SAMLRequest", "SAMLResponse", "RelayState", "SigAlg", "Signature", "SAMLEncoding", "SAMLart"];
        let mut found = [None; 7];
        for whole in query.split('&') {
            let (name, value) = whole.split_once('=').unwrap_or((whole, ""));
            // A name may be spelled with escapes; it still counts.
            let name = form::decode(name).map_err(bad)?;
            let known = names.iter().zip(&mut found).find(|(known, _)| **known == name);
            if let Some((_, slot)) = known
                && slot.replace(Pair { whole, value }).is_some()
            {
                return Err(bad(Check::ParamDuplicate));
            }
        }
        let [request, response, relay_state, algorithm, signature, encoding, artifact] = found;
        let (parameter, message) = match (request, response, artifact) {
            (Some(request), None, None) => (Parameter::Request, request),
            (None, Some(response), None) => (Parameter::Response, response),
            (None, None, _) => return Err(bad(Check::ParamMissing)),
            _ => return Err(bad(Check::ParamConflict)),
        };
        if let Some(encoding) = encoding
            && form::decode(encoding.value).map_err(bad)? != DEFLATE
        {
            return Err(bad(Check::BindingUnsupported));
        }
        Ok(Self { parameter, message, relay_state, algorithm, signature })
    }

    fn message(&self, relay_state_limit: usize) -> Result<RedirectMessage, Error> {
        let relay_state = self.relay_state.map(|pair| text(pair.value)).transpose()?;
        if relay_state.as_ref().is_some_and(|state| state.len() > relay_state_limit) {
            return Err(bad(Check::LimitRelayState));
        }
        let stream = octets(self.message.value)?;
        let xml = inflate::inflate(&stream, XmlLimits::MESSAGE.input_bytes).map_err(bad)?;
        let tree = xml::parse(&xml, &XmlLimits::MESSAGE, Comments::Refused)?;
        if tree.root().is(Ns::Samlp, "Response") {
            return Err(fault(Check::BindingForbidden, "a login Response arrives by POST, never in a URL"));
        }
        drop(tree);
        Ok(RedirectMessage { parameter: self.parameter, xml, relay_state, signed_with: None })
    }

    /// SAML bindings 3.4.4.1: message, RelayState where there is one, SigAlg, in this order, as received.
    fn signed_octets(&self) -> String {
        let parts = [Some(self.message), self.relay_state, self.algorithm];
        parts.iter().flatten().map(|pair| pair.whole).collect::<Vec<_>>().join("&")
    }

    fn verify<'o>(&self, signed: &'o str, rules: &Rules<'_>) -> Result<Detached<'o>, Error> {
        let missing = |what| {
            let reason = Reason::Missing { what };
            rejected(Failure::at(Check::RedirectSignatureMissing, QUERY, reason))
        };
        let signature = self.signature.ok_or_else(|| missing("Signature"))?;
        let algorithm = self.algorithm.ok_or_else(|| missing("SigAlg"))?;
        let (uri, value) = (text(algorithm.value)?, octets(signature.value)?);
        verify_detached(&uri, &value, signed.as_bytes(), rules)
            .map_err(|(check, reason)| rejected(Failure::at(check, QUERY, reason)))
    }
}

/// The URL that carries a message to its destination.
pub(super) fn url(
    message: &Outgoing,
    relay_state: Option<&str>,
    signature: Signature<'_>,
) -> Result<String, Error> {
    let stream = inflate::deflate(message.xml().as_bytes());
    let mut query = format!("{}={}", message.parameter().name(), form::encode(&base64::encode(&stream)));
    if let Some(state) = relay_state {
        query.push_str("&RelayState=");
        query.push_str(&form::encode(state));
    }
    if let Signature::By(signer) = signature {
        let uri = new_signature_uri(signer.algorithm())
            .map_err(|(check, reason)| rejected(Failure::new(check, reason, Location::default())))?;
        query.push_str("&SigAlg=");
        query.push_str(&form::encode(uri));
        let value = signature.sign(query.as_bytes())?;
        signature.holds(|rules| verify_detached(uri, &value, query.as_bytes(), rules).map(|_| ()))?;
        query.push_str("&Signature=");
        query.push_str(&form::encode(&base64::encode(&value)));
    }
    if query.len() > REDIRECT_QUERY_BYTES {
        return Err(bad(Check::LimitInputSize));
    }
    let separator = if message.destination().contains('?') { '&' } else { '?' };
    Ok(format!("{}{separator}{query}", message.destination()))
}

impl UntrustedRedirect {
    /// The raw XML octets. Anybody can have written them.
    #[must_use]
    pub fn untrusted_xml(&self) -> &[u8] {
        &self.message.xml
    }

    /// RelayState. Anybody can have written it.
    #[must_use]
    pub fn untrusted_relay_state(&self) -> Option<&str> {
        self.message.relay_state.as_deref()
    }

    /// In which parameter the message was.
    #[must_use]
    pub const fn parameter(&self) -> Parameter {
        self.message.parameter
    }

    /// True when `Signature` and `SigAlg` are there; whether the signature holds is another question.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        self.is_signed
    }
}

impl Verified<RedirectMessage> {
    /// The raw XML octets of the message.
    #[must_use]
    pub fn xml(&self) -> &[u8] {
        &self.content().xml
    }

    /// RelayState, as the sender signed it: compare it with what was sent, never redirect to it.
    #[must_use]
    pub fn relay_state(&self) -> Option<&str> {
        self.content().relay_state.as_deref()
    }

    /// In which parameter the message was.
    #[must_use]
    pub fn parameter(&self) -> Parameter {
        self.content().parameter
    }

    /// The algorithm of the signature.
    #[must_use]
    pub fn algorithm(&self) -> Option<SignatureAlgorithm> {
        self.content().signed_with
    }
}

/// A value as text. NUL is no text.
fn text(raw: &str) -> Result<String, Error> {
    let text = form::decode(raw).map_err(bad)?;
    if text.contains('\0') {
        return Err(fault(Check::RedirectEncoding, "a value of the query holds NUL, which is no text"));
    }
    Ok(text)
}

fn octets(raw: &str) -> Result<Vec<u8>, Error> {
    base64::decode_form(&text(raw)?).ok_or_else(|| bad(Check::Base64Invalid))
}

fn bad(check: Check) -> Error {
    let what = match check {
        Check::ParamMissing => "neither SAMLRequest nor SAMLResponse is in the query",
        Check::ParamDuplicate => "a parameter that occurs twice",
        Check::ParamConflict => "more than one message in the query",
        Check::BindingUnsupported => "a SAMLEncoding other than DEFLATE",
        Check::RedirectEncoding => "the query is not percent-encoded text",
        Check::LimitInputSize => "the query is larger than the limit",
        Check::LimitRelayState => "RelayState is longer than the limit",
        Check::LimitInflateSize => "the message is larger than the limit when it is inflated",
        Check::InflateInvalid => "the message is not one complete raw DEFLATE stream",
        _ => "a value that is not base64",
    };
    fault(check, what)
}

fn fault(check: Check, what: &'static str) -> Error {
    Malformed::new(check, Protocol::Saml, what, Location::path(QUERY)).into()
}

macro_rules! debug_by_length {
    ($($name:ident: $octets:ident $(.$more:ident)*;)*) => { $(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({} bytes)"), self.$octets$(.$more)*.len())
            }
        }
    )* };
}

debug_by_length! { UntrustedRedirect: message.xml; RedirectMessage: xml; }

const QUERY: &str = "/query";
const DEFLATE: &str = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE";
