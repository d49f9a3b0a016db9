//! Namespaces that decide something here, as a closed enum: comparing is comparing numbers, never text.

/// A namespace, as far as anything here depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ns {
    /// No namespace.
    None,
    /// `http://www.w3.org/XML/1998/namespace`
    Xml,
    /// SAML 2.0 assertions.
    Saml,
    /// SAML 2.0 protocol.
    Samlp,
    /// SAML 2.0 metadata.
    Md,
    /// XML signature.
    Ds,
    /// XML signature 1.1.
    Ds11,
    /// XML encryption.
    Xenc,
    /// XML encryption 1.1.
    Xenc11,
    /// Exclusive canonicalisation (InclusiveNamespaces).
    ExcC14n,
    /// XML schema.
    Xs,
    /// XML schema instance.
    Xsi,
    /// SAML metadata: names and logos for people.
    Mdui,
    /// SAML metadata: attributes of entities.
    Mdattr,
    /// SAML metadata: registration and publication.
    Mdrpi,
    /// Shibboleth metadata: scopes.
    Shibmd,
    /// SOAP 1.1 envelopes.
    Soap,
    /// Any other.
    Other,
}

impl Ns {
    /// The namespace with this name. Exact comparison of octets (Namespaces 1.0 section 2.3).
    pub(crate) fn of(uri: &str) -> Self {
        match uri {
            "" => Self::None,
            XML => Self::Xml,
            "urn:oasis:names:tc:SAML:2.0:assertion" => Self::Saml,
            "urn:oasis:names:tc:SAML:2.0:protocol" => Self::Samlp,
            "urn:oasis:names:tc:SAML:2.0:metadata" => Self::Md,
            "http://www.w3.org/2000/09/xmldsig#" => Self::Ds,
            "http://www.w3.org/2009/xmldsig11#" => Self::Ds11,
            "http://www.w3.org/2001/04/xmlenc#" => Self::Xenc,
            "http://www.w3.org/2009/xmlenc11#" => Self::Xenc11,
            "http://www.w3.org/2001/10/xml-exc-c14n#" => Self::ExcC14n,
            "http://www.w3.org/2001/XMLSchema" => Self::Xs,
            "http://www.w3.org/2001/XMLSchema-instance" => Self::Xsi,
            "urn:oasis:names:tc:SAML:metadata:ui" => Self::Mdui,
            "urn:oasis:names:tc:SAML:metadata:attribute" => Self::Mdattr,
            "urn:oasis:names:tc:SAML:metadata:rpi" => Self::Mdrpi,
            "urn:mace:shibboleth:metadata:1.0" => Self::Shibmd,
            "http://schemas.xmlsoap.org/soap/envelope/" => Self::Soap,
            _ => Self::Other,
        }
    }

    /// True for the vocabularies of SAML, signatures and encryption: they may not hide inside foreign content.
    pub(crate) const fn is_protocol(self) -> bool {
        matches!(self, Self::Saml | Self::Samlp | Self::Md | Self::Ds | Self::Xenc | Self::Xenc11)
    }
}

/// The namespace that the prefix `xml` is bound to.
pub(crate) const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// The namespace that the prefix `xmlns` is bound to.
pub(crate) const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
