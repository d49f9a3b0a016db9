//! Metadata of one's own service: a correct EntityDescriptor, unsigned or signed.

use super::document::vouched;
use super::model::{RequestedAttribute, SAML2, is_https};
use super::{grammar, read};
use crate::check::Check;
use crate::crypto::{Certificate, SignatureAlgorithm, Signer, TrustedKey, TrustedKeys, sha256_hex};
use crate::encoding::base64;
use crate::error::{Error, Failure, Location, Quoted, Reason};
use crate::instant::Instant;
use crate::saml::idp::keys_rejected;
use crate::saml::policy::invalid;
use crate::xml::sign::{Unsigned, enveloped};
use crate::xml::write::{self, attribute};
use std::fmt::Write as _;
use time::OffsetDateTime;

/// What a service provider publishes about itself. Responses arrive by POST; assertions are wanted signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceProvider {
    entity_id: String,
    acs: Vec<String>,
    logout: Option<String>,
    signing: Vec<Vec<u8>>,
    encryption: Vec<Vec<u8>>,
    name_id_formats: Vec<String>,
    display_names: Vec<(String, String)>,
    requested: Vec<RequestedAttribute>,
    valid_until: Option<Instant>,
}

impl ServiceProvider {
    /// A service provider with the URL at which responses arrive. It is the default one.
    ///
    /// # Errors
    /// `MetaEntityIdInvalid`: the entityID is blank or longer than 1024 characters. `MetaEndpointInvalid`: the URL is not
    /// https.
    pub fn new(entity_id: &str, acs: &str) -> Result<Self, Error> {
        if read::entity_id_fault(entity_id).is_some() {
            let reason = Reason::Found { what: "entityID", found: Quoted::tenant(entity_id) };
            return Err(super::rejected(Failure::new(
                Check::MetaEntityIdInvalid,
                reason,
                Location::default(),
            )));
        }
        Ok(Self {
            entity_id: entity_id.to_owned(),
            acs: vec![https(acs)?],
            logout: None,
            signing: Vec::new(),
            encryption: Vec::new(),
            name_id_formats: Vec::new(),
            display_names: Vec::new(),
            requested: Vec::new(),
            valid_until: None,
        })
    }

    /// One more URL at which responses arrive.
    ///
    /// # Errors
    /// `MetaEndpointInvalid`: it is not https.
    pub fn with_acs(mut self, url: &str) -> Result<Self, Error> {
        self.acs.push(https(url)?);
        Ok(self)
    }

    /// Where logout messages arrive (HTTP-Redirect and HTTP-POST).
    ///
    /// # Errors
    /// `MetaEndpointInvalid`: it is not https.
    pub fn with_single_logout(mut self, url: &str) -> Result<Self, Error> {
        self.logout = Some(https(url)?);
        Ok(self)
    }

    /// A certificate, DER, of a key that signs requests: AuthnRequestsSigned becomes true.
    ///
    /// # Errors
    /// `KeyMalformed`, `AlgUnsupported`, `WeakKey`: it cannot be used.
    pub fn with_signing_certificate(mut self, der: &[u8]) -> Result<Self, Error> {
        Certificate::from_der(der).map_err(keys_rejected)?;
        self.signing.push(der.to_owned());
        Ok(self)
    }

    /// A certificate, DER, of a key that assertions may be encrypted to.
    ///
    /// # Errors
    /// `KeyMalformed`, `AlgUnsupported`, `WeakKey`: it cannot be used.
    pub fn with_encryption_certificate(mut self, der: &[u8]) -> Result<Self, Error> {
        Certificate::from_der(der).map_err(keys_rejected)?;
        self.encryption.push(der.to_owned());
        Ok(self)
    }

    /// A NameID format that the service understands, the preferred one first.
    #[must_use]
    pub fn with_name_id_format(mut self, format: &str) -> Self {
        self.name_id_formats.push(format.to_owned());
        self
    }

    /// The name of the service in a language (MDUI). Required attributes need one.
    #[must_use]
    pub fn with_display_name(mut self, language: &str, name: &str) -> Self {
        self.display_names.push((language.to_owned(), name.to_owned()));
        self
    }

    /// An attribute that the service asks for.
    #[must_use]
    pub fn with_requested_attribute(mut self, attribute: RequestedAttribute) -> Self {
        self.requested.push(attribute);
        self
    }

    /// Until when the metadata is valid.
    #[must_use]
    pub fn with_valid_until(mut self, until: OffsetDateTime) -> Self {
        self.valid_until = Some(Instant::from(until));
        self
    }

    /// The EntityDescriptor, unsigned.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: attributes are asked for and the service has no name. `XmlForbiddenChar`: a text holds a
    /// character that XML does not have.
    pub fn to_xml(&self) -> Result<String, Error> {
        let text = self.document("", "")?;
        let tree = super::document::parse(text.as_bytes())?;
        grammar::document(tree.root())?;
        drop(tree);
        Ok(text)
    }

    /// The EntityDescriptor, signed: exclusive canonicalisation, SHA-256 digest. `sign` gets the octets to sign and gives the
    /// signature value (ECDSA: r and s one after the other); `certificate`, DER, is that of its key. The result is verified
    /// with it before it is handed out.
    ///
    /// # Errors
    /// As [`Self::to_xml`]. `SignatureAlgForbidden`: the algorithm is not for new signatures. `ConfigurationInvalid`: `sign`
    /// gives nothing. `SignatureInvalid`, `AlgKeyMismatch`: what it gives is not a signature of that key.
    pub fn to_signed_xml(
        &self,
        algorithm: SignatureAlgorithm,
        certificate: &[u8],
        sign: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
        now: OffsetDateTime,
    ) -> Result<String, Error> {
        let id = format!("_{}", sha256_hex(self.to_xml()?.as_bytes()));
        let key = TrustedKey::from_certificate(Certificate::from_der(certificate).map_err(keys_rejected)?);
        // What cannot be written was refused by `to_xml`.
        let write = |signature: &str| self.document(&id, signature).unwrap_or_default();
        let text =
            enveloped(write, &id, algorithm, Some(certificate), sign).map_err(|unsigned| match unsigned {
                Unsigned::Fault((check, reason)) => {
                    super::rejected(Failure::new(check, reason, Location::default()))
                }
                Unsigned::NoSignature => invalid("the signing function gave no signature"),
            })?;
        let keys = TrustedKeys::new(vec![key]).map_err(keys_rejected)?;
        let tree = super::document::parse(text.as_bytes())?;
        vouched(grammar::document(tree.root())?, &keys, &[], Instant::from(now))?;
        drop(tree);
        Ok(text)
    }

    /// As [`Self::to_signed_xml`], by a signer that has a certificate.
    ///
    /// # Errors
    /// As [`Self::to_signed_xml`]; `ConfigurationInvalid` also: the signer has no certificate.
    pub fn to_xml_signed_by(&self, signer: &dyn Signer, now: OffsetDateTime) -> Result<String, Error> {
        let certificate = signer.certificate().ok_or_else(|| invalid("the signer has no certificate"))?;
        self.to_signed_xml(signer.algorithm(), certificate, |octets| signer.sign(octets).ok(), now)
    }

    fn document(&self, id: &str, signature: &str) -> Result<String, Error> {
        if !self.requested.is_empty() && self.display_names.is_empty() {
            return Err(invalid("requested attributes need a name of the service: with_display_name"));
        }
        let mut out = String::with_capacity(4096);
        let _ = write!(out, "<md:EntityDescriptor xmlns:md=\"{MD}\"");
        if !id.is_empty() {
            attribute(&mut out, "ID", id);
        }
        attribute(&mut out, "entityID", &self.entity_id);
        if let Some(until) = self.valid_until {
            attribute(&mut out, "validUntil", &until.to_string());
        }
        out.push('>');
        out.push_str(signature);
        out.push_str("<md:SPSSODescriptor");
        attribute(&mut out, "AuthnRequestsSigned", flag(!self.signing.is_empty()));
        attribute(&mut out, "WantAssertionsSigned", "true");
        attribute(&mut out, "protocolSupportEnumeration", SAML2);
        out.push('>');
        self.names(&mut out);
        for (key_use, certificates) in [("signing", &self.signing), ("encryption", &self.encryption)] {
            for der in certificates {
                let _ = write!(
                    out,
                    "<md:KeyDescriptor use=\"{key_use}\"><ds:KeyInfo xmlns:ds=\"{DS}\"><ds:X509Data><ds:X509Certificate>{}\
                     </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>",
                    base64::encode(der)
                );
            }
        }
        if let Some(url) = &self.logout {
            for binding in [REDIRECT, POST] {
                let _ = write!(out, "<md:SingleLogoutService Binding=\"{binding}\"");
                attribute(&mut out, "Location", url);
                out.push_str("/>");
            }
        }
        for format in &self.name_id_formats {
            element(&mut out, "md:NameIDFormat", None, format);
        }
        for (index, url) in self.acs.iter().enumerate() {
            let _ = write!(out, "<md:AssertionConsumerService Binding=\"{POST}\"");
            attribute(&mut out, "Location", url);
            let _ = write!(out, " index=\"{index}\" isDefault=\"{}\"/>", flag(index == 0));
        }
        self.attributes(&mut out);
        out.push_str("</md:SPSSODescriptor></md:EntityDescriptor>");
        Ok(out)
    }

    fn names(&self, out: &mut String) {
        if self.display_names.is_empty() {
            return;
        }
        let _ = write!(out, "<md:Extensions><mdui:UIInfo xmlns:mdui=\"{MDUI}\">");
        for (language, name) in &self.display_names {
            element(out, "mdui:DisplayName", Some(language), name);
        }
        out.push_str("</mdui:UIInfo></md:Extensions>");
    }

    fn attributes(&self, out: &mut String) {
        if self.requested.is_empty() {
            return;
        }
        out.push_str("<md:AttributeConsumingService index=\"0\" isDefault=\"true\">");
        for (language, name) in &self.display_names {
            element(out, "md:ServiceName", Some(language), name);
        }
        for wanted in &self.requested {
            out.push_str("<md:RequestedAttribute");
            for (name, value) in
                [("FriendlyName", &wanted.friendly_name), ("NameFormat", &wanted.name_format)]
            {
                if let Some(value) = value {
                    attribute(out, name, value);
                }
            }
            attribute(out, "Name", &wanted.name);
            if let Some(required) = wanted.is_required {
                attribute(out, "isRequired", flag(required));
            }
            out.push_str("/>");
        }
        out.push_str("</md:AttributeConsumingService>");
    }
}

impl RequestedAttribute {
    /// An attribute by its name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), name_format: None, friendly_name: None, is_required: None }
    }
}

fn element(out: &mut String, name: &str, language: Option<&str>, text: &str) {
    let _ = write!(out, "<{name}");
    if let Some(language) = language {
        attribute(out, "xml:lang", language);
    }
    out.push('>');
    write::text(out, text);
    let _ = write!(out, "</{name}>");
}

const fn flag(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

fn https(url: &str) -> Result<String, Error> {
    if is_https(url) {
        return Ok(url.to_owned());
    }
    let reason = Reason::Found { what: "Location", found: Quoted::tenant(url) };
    Err(super::rejected(Failure::new(Check::MetaEndpointInvalid, reason, Location::default())))
}

const MD: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const MDUI: &str = "urn:oasis:names:tc:SAML:metadata:ui";
const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
