//! XML encryption (XML-Enc 1.1) as SAML uses it: one EncryptedData, its keys beside it or inside it, nothing to fetch.
//!
//! Shape, limits and algorithms are judged before a key is used. What a key then gives is octets; whoever wants to read them
//! parses them with [`plaintext`] and judges them like any other input.

use super::build::{Context, parse, parse_within, root_name};
use super::names::Ns;
use super::reader::Comments;
use super::signature::allowed;
pub(crate) use super::signed_info::Fault;
use super::signed_info::{certificate_shown, digest_method, only_attributes, structural};
use super::tree::{Element, Tree};
use crate::check::Check;
use crate::crypto::{
    self, Certificate, ContentCipher, Decryptor, DigestAlgorithm, KeyManagement, Plaintext, RecipientHint,
    Sealed, WrappedKey,
};
use crate::encoding::base64;
use crate::error::{Malformed, Quoted, Reason};
use crate::exception::{Exception, Relaxation};
use crate::instant::Instant;
use crate::limits::{ENCRYPTED_KEYS, UNWRAPPED_KEYS, XmlLimits};
use core::cell::Cell;

/// By what encrypted elements of one message are decrypted.
pub(crate) struct Decryption<'d> {
    decryptor: &'d dyn Decryptor,
    /// Who this service is, for `Recipient` of an EncryptedKey.
    recipient: Option<&'d str>,
    exceptions: &'d [Exception],
    now: Instant,
    /// Keys unwrapped so far.
    spent: Cell<usize>,
}

/// A decrypted element, and how it was decrypted.
pub(crate) struct Opened {
    pub(crate) plaintext: Plaintext,
    pub(crate) by: DecryptedBy,
}

/// How an element was decrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DecryptedBy {
    pub(crate) cipher: ContentCipher,
    /// The key transport by its URI.
    pub(crate) transport: &'static str,
    /// The label of the key that unwrapped.
    pub(crate) key: Option<String>,
    /// Exceptions that were needed, by index in the exceptions.
    pub(crate) exceptions_used: Vec<usize>,
}

/// The one failure of decryption, whatever failed.
pub(crate) const FAILED: Fault =
    (Check::EncDecryptFailed, Reason::Stated("the content does not decrypt with the keys of this service"));

impl<'d> Decryption<'d> {
    pub(crate) const fn new(
        decryptor: &'d dyn Decryptor,
        recipient: Option<&'d str>,
        exceptions: &'d [Exception],
        now: Instant,
    ) -> Self {
        Self { decryptor, recipient, exceptions, now, spent: Cell::new(0) }
    }

    /// Decrypts the content of an element of SAML's EncryptedElementType: EncryptedAssertion, EncryptedID,
    /// EncryptedAttribute, NewEncryptedID.
    pub(crate) fn open(&self, element: Element<'_, '_>) -> Result<Opened, Fault> {
        let encrypted = read(element)?;
        let mut used = Vec::new();
        if !encrypted.cipher.is_authenticated() {
            let forbidden = (Check::EncAlgForbidden, found("EncryptionMethod", encrypted.uri));
            self.allow(Relaxation::Cbc, forbidden, &mut used)?;
        }
        if !encrypted.cipher.is_available() {
            let reason = Reason::Stated("AES-CBC and AES-192-GCM need a build with the feature `decryption`");
            return Err((Check::EncryptedContentUnsupported, reason));
        }
        let parts = encrypted.parts();
        let mut opened: Option<Opened> = None;
        for Candidate { key, transport, exceptions_used } in self.candidates(&encrypted, &used)? {
            let spent = self.spent.get();
            if spent >= UNWRAPPED_KEYS {
                let reason = Reason::Limit { limit: UNWRAPPED_KEYS, unit: "EncryptedKey", found: None };
                return Err((Check::EncKeyShape, reason));
            }
            self.spent.set(spent.saturating_add(1));
            let Some((iv, ciphertext, tag)) = parts else { continue };
            let unwrapped = self.decryptor.unwrap_key(&key.wrapped(transport, encrypted.cipher));
            let sealed = Sealed { cipher: encrypted.cipher, iv, aad: &[], ciphertext, tag };
            let Ok(plaintext) = crypto::open(&unwrapped, &sealed) else { continue };
            // Without a tag a wrong key shows by octets that are no text; nothing depends on which key it was.
            let fits = plaintext.is_sound()
                && (encrypted.cipher.is_authenticated()
                    || core::str::from_utf8(plaintext.as_bytes()).is_ok());
            if opened.is_none() || fits {
                let label = unwrapped.as_ref().ok().and_then(|key| key.label()).map(str::to_owned);
                let by = DecryptedBy {
                    cipher: encrypted.cipher,
                    transport: transport.uri(),
                    key: label,
                    exceptions_used,
                };
                opened = Some(Opened { plaintext, by });
            }
            if fits && encrypted.cipher.is_authenticated() {
                break;
            }
        }
        opened.ok_or(FAILED)
    }

    /// The keys that may be for this service: those that name it or nobody, and of these the ones that show one of its
    /// certificates, if any does. It depends on public values only.
    fn candidates<'e>(
        &self,
        encrypted: &'e Encrypted<'_>,
        used: &[usize],
    ) -> Result<Vec<Candidate<'e>>, Fault> {
        let named = |key: &&EncryptedKey<'_>| {
            self.recipient.is_none_or(|own| key.recipient.is_none_or(|recipient| recipient == own))
        };
        let own = self.decryptor.own_keys();
        let shows_own = |key: &&EncryptedKey<'_>| {
            let shown = key.certificate.as_deref().and_then(|der| Certificate::from_der(der).ok());
            shown.is_some_and(|shown| own.iter().any(|own| own.is_of(&shown)))
        };
        let mut keys: Vec<&'e EncryptedKey<'_>> = encrypted.keys.iter().filter(named).collect();
        if keys.is_empty() {
            keys = encrypted.keys.iter().collect();
        }
        if keys.iter().any(shows_own) {
            keys.retain(shows_own);
        }
        let mut usable = Vec::new();
        let mut refused = None;
        for key in keys {
            match self.usable(key, used) {
                Ok(candidate) => usable.push(candidate),
                Err(fault) => refused = refused.or(Some(fault)),
            }
        }
        if usable.is_empty() { Err(refused.unwrap_or(FAILED)) } else { Ok(usable) }
    }

    /// RSAES-PKCS1-v1_5 needs its exception.
    fn usable<'e>(&self, key: &'e EncryptedKey<'_>, used: &[usize]) -> Result<Candidate<'e>, Fault> {
        let transport = key.transport.as_ref().map_err(Clone::clone)?;
        let mut exceptions_used = used.to_vec();
        if matches!(transport, Transport::RsaPkcs1) {
            let forbidden = (Check::EncAlgForbidden, found("EncryptionMethod", RSA_PKCS1));
            self.allow(Relaxation::Rsa15, forbidden, &mut exceptions_used)?;
        }
        Ok(Candidate { key, transport, exceptions_used })
    }

    fn allow(&self, relaxation: Relaxation, forbidden: Fault, used: &mut Vec<usize>) -> Result<(), Fault> {
        let (check, reason) = forbidden;
        used.push(allowed((self.exceptions, self.now), relaxation, check, reason)?);
        Ok(())
    }
}

/// Parses decrypted octets as one element. Where they use prefixes that they do not declare, the declarations around the
/// encrypted element count, as if the element stood in its place (XML-Enc 1.1 section 4.4).
pub(crate) fn plaintext<'p>(octets: &'p [u8], around: Element<'_, 'p>) -> Result<Tree<'p>, Malformed> {
    let limits = &XmlLimits::MESSAGE;
    let alone = parse(octets, limits, Comments::Refused);
    let lacks = match &alone {
        Ok(tree) => tree.root().ns() == Ns::None,
        Err(malformed) => malformed.check() == Check::XmlUnboundPrefix,
    };
    let context: Context<'p> = if lacks { around.namespaces_in_scope() } else { Vec::new() };
    if context.is_empty() { alone } else { parse_within(octets, limits, Comments::Refused, context) }
}

/// True when the octets begin with an encrypted element, whatever else is wrong with them.
pub(crate) fn begins_encrypted(octets: &[u8]) -> bool {
    let root = root_name(octets, &XmlLimits::MESSAGE, Comments::Refused);
    root.is_some_and(|(ns, local)| is_encrypted(ns, &local))
}

/// True for an element with encrypted content.
pub(crate) fn is_encrypted(ns: Ns, local: &str) -> bool {
    ns == Ns::Xenc
        || (ns == Ns::Saml && matches!(local, "EncryptedAssertion" | "EncryptedID" | "EncryptedAttribute"))
}

/// What an encrypted element says about the certificates that it was encrypted for: labels for people. Nothing is believed.
pub(crate) fn certificates_shown(element: Element<'_, '_>) -> Vec<Certificate> {
    let keys = read(element).map(|encrypted| encrypted.keys).unwrap_or_default();
    keys.iter().filter_map(|key| Certificate::from_der(key.certificate.as_deref()?).ok()).collect()
}

/// An encrypted element, laid out.
struct Encrypted<'t> {
    uri: &'t str,
    cipher: ContentCipher,
    octets: Vec<u8>,
    keys: Vec<EncryptedKey<'t>>,
}

/// One EncryptedKey. An algorithm that is not on the list counts only if no other key serves.
struct EncryptedKey<'t> {
    transport: Result<Transport, Fault>,
    octets: Vec<u8>,
    recipient: Option<&'t str>,
    name: Option<String>,
    certificate: Option<Vec<u8>>,
}

/// An EncryptedKey that may be unwrapped.
struct Candidate<'e> {
    key: &'e EncryptedKey<'e>,
    transport: &'e Transport,
    exceptions_used: Vec<usize>,
}

/// How a content-encryption key is encrypted.
enum Transport {
    RsaOaep { digest: DigestAlgorithm, mgf1: DigestAlgorithm, label: Vec<u8>, uri: &'static str },
    RsaPkcs1,
}

impl Transport {
    const fn uri(&self) -> &'static str {
        match self {
            Self::RsaOaep { uri, .. } => uri,
            Self::RsaPkcs1 => RSA_PKCS1,
        }
    }
}

impl Encrypted<'_> {
    /// IV, ciphertext, tag; `None` when there are not enough octets for them.
    fn parts(&self) -> Option<(&[u8], &[u8], &[u8])> {
        let (iv, rest) = self.octets.split_at_checked(self.cipher.iv_octets())?;
        let (ciphertext, tag) = rest.split_at_checked(rest.len().checked_sub(self.cipher.tag_octets())?)?;
        Some((iv, ciphertext, tag))
    }
}

impl EncryptedKey<'_> {
    fn wrapped<'w>(&'w self, transport: &'w Transport, cipher: ContentCipher) -> WrappedKey<'w> {
        let method = match transport {
            Transport::RsaOaep { digest, mgf1, label, .. } => {
                KeyManagement::RsaOaep { digest: *digest, mgf1: *mgf1, label }
            }
            Transport::RsaPkcs1 => KeyManagement::RsaPkcs1,
        };
        let hint = RecipientHint { name: self.name.as_deref(), certificate: self.certificate.as_deref() };
        WrappedKey::new(method, &self.octets, cipher.key_octets()).with_hint(hint)
    }
}

/// SAML core 2.2.4: EncryptedData, then any number of EncryptedKey.
fn read<'t>(element: Element<'t, '_>) -> Result<Encrypted<'t>, Fault> {
    let inside = element.subtree().filter(|e| e.is(Ns::Xenc, "EncryptedKey")).count();
    if inside > ENCRYPTED_KEYS {
        let reason = Reason::Limit { limit: ENCRYPTED_KEYS, unit: "EncryptedKey", found: Some(inside) };
        return Err((Check::EncKeyShape, reason));
    }
    closed(element, &[])?;
    let mut children = element.children();
    let data = children.next().filter(|e| e.is(Ns::Xenc, "EncryptedData"));
    let data = data.ok_or_else(|| shape("no EncryptedData"))?;
    let siblings: Vec<_> = children.collect();
    if siblings.iter().any(|e| !e.is(Ns::Xenc, "EncryptedKey")) {
        return Err(shape("an element beside EncryptedData that is no EncryptedKey"));
    }
    let parts = split(data, &["Id", "Type", "MimeType", "Encoding"])?;
    if let Some(kind) = data.attribute("Type").filter(|kind| *kind != ELEMENT) {
        return Err((Check::EncKeyShape, found("Type", kind)));
    }
    let (uri, cipher) = content_cipher(parts.method)?;
    let keys = wrapped_keys(parts.key_info, &siblings)?;
    let keys = keys.into_iter().map(encrypted_key).collect::<Result<Vec<_>, _>>()?;
    Ok(Encrypted { uri, cipher, octets: cipher_value(parts.cipher_data)?, keys })
}

/// The EncryptedKey elements that a KeyInfo holds or names; else those that stand beside the content.
fn wrapped_keys<'t, 'a>(
    key_info: Option<Element<'t, 'a>>,
    siblings: &[Element<'t, 'a>],
) -> Result<Vec<Element<'t, 'a>>, Fault> {
    let text_inside = key_info.is_some_and(|key_info| structural(key_info).is_err());
    if text_inside {
        return Err(shape("text in KeyInfo"));
    }
    let mut keys = Vec::new();
    for child in key_info.iter().flat_map(Element::children) {
        match child.expanded_name() {
            (Ns::Xenc, "EncryptedKey") => keys.push(child),
            (Ns::Ds, "RetrievalMethod") => {
                closed(child, &["URI", "Type"])?;
                let kind = child.attribute("Type").is_none_or(|kind| kind == ENCRYPTED_KEY);
                let id = child.attribute("URI").and_then(|uri| uri.strip_prefix('#'));
                let id = id.filter(|id| kind && !id.is_empty() && child.children().next().is_none());
                let named = siblings.iter().find(|key| id.is_some() && key.attribute("Id") == id);
                // Only what stands in the same encrypted element: an EncryptedKey elsewhere is another message's.
                keys.push(
                    *named.ok_or_else(|| {
                        shape("a RetrievalMethod to anything but an EncryptedKey beside it")
                    })?,
                );
            }
            (Ns::Ds, "KeyName" | "X509Data" | "KeyValue") => {}
            _ => return Err(shape("a KeyInfo with content that names no key")),
        }
    }
    if keys.is_empty() {
        keys.extend(siblings);
    }
    if keys.is_empty() { Err(shape("no EncryptedKey")) } else { Ok(keys) }
}

fn encrypted_key<'t>(element: Element<'t, '_>) -> Result<EncryptedKey<'t>, Fault> {
    let parts = split(element, &["Id", "Type", "MimeType", "Encoding", "Recipient"])?;
    let mut name = None;
    if let Some(key_info) = parts.key_info {
        let hides = |e: Element<'_, '_>| {
            e.ns() == Ns::Xenc || e.is(Ns::Ds, "RetrievalMethod") || matches!(e.ns(), Ns::Saml | Ns::Samlp)
        };
        if key_info.subtree().any(hides) {
            return Err(shape("an EncryptedKey that is encrypted or kept elsewhere"));
        }
        let named = key_info.children().find(|e| e.is(Ns::Ds, "KeyName"));
        name = named.and_then(|e| e.text()).map(|text| text.trim().to_owned());
    }
    Ok(EncryptedKey {
        transport: transport(parts.method),
        octets: cipher_value(parts.cipher_data)?,
        recipient: element.attribute("Recipient"),
        name,
        certificate: parts.key_info.and_then(certificate_shown),
    })
}

/// The parts of an EncryptedType (XML-Enc 1.1 section 3.1).
struct Parts<'t, 'a> {
    method: Element<'t, 'a>,
    key_info: Option<Element<'t, 'a>>,
    cipher_data: Element<'t, 'a>,
}

fn split<'t, 'a>(element: Element<'t, 'a>, attributes: &[&str]) -> Result<Parts<'t, 'a>, Fault> {
    closed(element, attributes)?;
    let mut children = element.children().peekable();
    let method = children.next_if(|e| e.is(Ns::Xenc, "EncryptionMethod"));
    let method = method.ok_or_else(|| shape("no EncryptionMethod"))?;
    let key_info = children.next_if(|e| e.is(Ns::Ds, "KeyInfo"));
    let cipher_data = children.next_if(|e| e.is(Ns::Xenc, "CipherData"));
    let cipher_data = cipher_data.ok_or_else(|| shape("no CipherData"))?;
    children.next_if(|e| e.is(Ns::Xenc, "EncryptionProperties"));
    if element.local() == "EncryptedKey" {
        children.next_if(|e| e.is(Ns::Xenc, "ReferenceList"));
        children.next_if(|e| e.is(Ns::Xenc, "CarriedKeyName"));
    }
    match children.next() {
        Some(_) => Err(shape("an element that does not belong into encrypted content")),
        None => Ok(Parts { method, key_info, cipher_data }),
    }
}

/// CipherData with a CipherValue. A CipherReference is something to fetch, and refused.
fn cipher_value(cipher_data: Element<'_, '_>) -> Result<Vec<u8>, Fault> {
    closed(cipher_data, &[])?;
    let mut children = cipher_data.children();
    let value =
        children.next().filter(|e| e.is(Ns::Xenc, "CipherValue")).filter(|_| children.next().is_none());
    let value = value.ok_or_else(|| shape("a CipherData without exactly one CipherValue"))?;
    let text = value.text().ok_or_else(|| shape("an element inside a CipherValue"))?;
    let octets = base64::decode_xml(&text).filter(|octets| !octets.is_empty());
    octets.ok_or_else(|| shape("a CipherValue that is empty or not base64"))
}

/// EncryptionMethod of the content (XML-Enc 1.1 section 5.2).
fn content_cipher<'t>(method: Element<'t, '_>) -> Result<(&'t str, ContentCipher), Fault> {
    let uri = algorithm(method)?;
    let cipher = match uri {
        "http://www.w3.org/2009/xmlenc11#aes128-gcm" => ContentCipher::Aes128Gcm,
        "http://www.w3.org/2009/xmlenc11#aes192-gcm" => ContentCipher::Aes192Gcm,
        "http://www.w3.org/2009/xmlenc11#aes256-gcm" => ContentCipher::Aes256Gcm,
        "http://www.w3.org/2001/04/xmlenc#aes128-cbc" => ContentCipher::Aes128Cbc,
        "http://www.w3.org/2001/04/xmlenc#aes256-cbc" => ContentCipher::Aes256Cbc,
        _ => return Err((Check::EncAlgForbidden, found("EncryptionMethod", uri))),
    };
    let bits = cipher.key_octets().saturating_mul(8).to_string();
    for child in method.children() {
        let size = child.text().filter(|_| child.is(Ns::Xenc, "KeySize"));
        if size.is_none_or(|size| size.trim() != bits) {
            return Err(shape("a parameter that the content encryption does not have"));
        }
    }
    Ok((uri, cipher))
}

/// EncryptionMethod of a key (XML-Enc 1.1 sections 5.5.1 and 5.5.2).
fn transport(method: Element<'_, '_>) -> Result<Transport, Fault> {
    let uri = algorithm(method)?;
    let uri = match uri {
        RSA_OAEP_MGF1P => RSA_OAEP_MGF1P,
        RSA_OAEP => RSA_OAEP,
        RSA_PKCS1 => RSA_PKCS1,
        _ => return Err((Check::EncAlgForbidden, found("EncryptionMethod", uri))),
    };
    let (mut digest, mut mgf1, mut label) = (None, None, None);
    for child in method.children() {
        let twice = match child.expanded_name() {
            (Ns::Xenc, "KeySize") => false,
            (Ns::Ds, "DigestMethod") if uri != RSA_PKCS1 => {
                let method = digest_method(child).map_err(|(_, reason)| (Check::EncAlgForbidden, reason))?;
                digest.replace(method).is_some()
            }
            (Ns::Xenc11, "MGF") if uri != RSA_PKCS1 => mgf1.replace(mask_generation(child)?).is_some(),
            (Ns::Xenc, "OAEPparams") if uri != RSA_PKCS1 => {
                let octets = child.text().and_then(|text| base64::decode_xml(&text));
                label.replace(octets.ok_or_else(|| shape("OAEPparams that are not base64"))?).is_some()
            }
            _ => true,
        };
        if twice {
            return Err(shape("a parameter that the key transport does not have"));
        }
    }
    if uri == RSA_PKCS1 {
        return Ok(Transport::RsaPkcs1);
    }
    let mgf1 = mgf1.unwrap_or(DigestAlgorithm::Sha1);
    // Section 5.5.2: this identifier is MGF1 with SHA-1, whatever the digest.
    if uri == RSA_OAEP_MGF1P && mgf1 != DigestAlgorithm::Sha1 {
        return Err((
            Check::EncAlgForbidden,
            Reason::Stated("rsa-oaep-mgf1p with another MGF than MGF1 with SHA-1"),
        ));
    }
    let digest = digest.unwrap_or(DigestAlgorithm::Sha1);
    Ok(Transport::RsaOaep { digest, mgf1, label: label.unwrap_or_default(), uri })
}

fn mask_generation(element: Element<'_, '_>) -> Result<DigestAlgorithm, Fault> {
    let uri = algorithm(element)?;
    Ok(match uri {
        "http://www.w3.org/2009/xmlenc11#mgf1sha1" => DigestAlgorithm::Sha1,
        "http://www.w3.org/2009/xmlenc11#mgf1sha256" => DigestAlgorithm::Sha256,
        "http://www.w3.org/2009/xmlenc11#mgf1sha384" => DigestAlgorithm::Sha384,
        "http://www.w3.org/2009/xmlenc11#mgf1sha512" => DigestAlgorithm::Sha512,
        _ => return Err((Check::EncAlgForbidden, found("MGF", uri))),
    })
}

fn algorithm<'t>(element: Element<'t, '_>) -> Result<&'t str, Fault> {
    closed(element, &["Algorithm"])?;
    element.attribute("Algorithm").ok_or_else(|| shape("a method without Algorithm"))
}

/// Only these attributes, and no text between the elements inside.
fn closed(element: Element<'_, '_>, attributes: &[&str]) -> Result<(), Fault> {
    let judged = only_attributes(element, attributes).and_then(|()| structural(element));
    judged.map_err(|_| shape("an attribute or text that does not belong into encrypted content"))
}

fn shape(what: &'static str) -> Fault {
    (Check::EncKeyShape, Reason::Stated(what))
}

fn found(what: &'static str, uri: &str) -> Reason {
    Reason::Found { what, found: Quoted::protocol(uri) }
}

const ELEMENT: &str = "http://www.w3.org/2001/04/xmlenc#Element";
const ENCRYPTED_KEY: &str = "http://www.w3.org/2001/04/xmlenc#EncryptedKey";
const RSA_OAEP_MGF1P: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
const RSA_OAEP: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
const RSA_PKCS1: &str = "http://www.w3.org/2001/04/xmlenc#rsa-1_5";
