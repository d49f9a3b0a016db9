//! Certificates and public keys as people have them: what a console offers to copy, what a mail or a configuration made of it.
//! Tolerant on purpose, and the one place that is: [`items`] finds what is meant and names what can never be meant. Strict
//! reading is `encoding::pem`.

use super::der::{self, Reader};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::borrow::Cow;

/// What stands in a file: DER, or what it is instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// An X.509 certificate.
    Certificate(Vec<u8>),
    /// A SubjectPublicKeyInfo.
    PublicKey(Vec<u8>),
    /// Something that is no certificate and no public key: what it is, and what to do.
    Other(&'static str),
}

/// Everything that stands in the octets, in order; never empty.
pub(crate) fn items(octets: &[u8]) -> Vec<Item> {
    let mut found = Vec::new();
    if is_der(octets) {
        of_der(octets, &mut found);
    } else {
        of_text(&String::from_utf8_lossy(&unmarked(octets)), &mut found, true);
    }
    found
}

/// Octets of a text as UTF-8 without byte order mark; tools on Windows write UTF-16.
pub(crate) fn unmarked(octets: &[u8]) -> Cow<'_, [u8]> {
    let (units, read): (_, fn([u8; 2]) -> u16) = match octets {
        [0xff, 0xfe, units @ ..] => (units, u16::from_le_bytes),
        [0xfe, 0xff, units @ ..] => (units, u16::from_be_bytes),
        // Without its mark: ASCII in every second octet.
        [b'-' | b'M' | b'<' | b'{' | b'[' | b'B', 0, ..] => (octets, u16::from_le_bytes),
        [0, b'-' | b'M' | b'<' | b'{' | b'[' | b'B', ..] => (octets, u16::from_be_bytes),
        _ => return Cow::Borrowed(octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets)),
    };
    let units = units.chunks_exact(2).map(|pair| read(<[u8; 2]>::try_from(pair).unwrap_or_default()));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Cow::Owned(text.into_bytes())
}

/// A SEQUENCE of a length that a text could not claim, or exactly one element.
pub(crate) fn is_der(octets: &[u8]) -> bool {
    match octets {
        [der::SEQUENCE, length, ..] if *length >= 0x80 => true,
        [der::SEQUENCE, ..] => is_one_element(octets),
        _ => false,
    }
}

fn is_one_element(octets: &[u8]) -> bool {
    let mut reader = Reader::new(octets);
    reader.next(der::SEQUENCE).is_some() && reader.rest().is_empty()
}

/// DER elements one after another; line ends and zeros between them are left over from copying.
fn of_der(octets: &[u8], found: &mut Vec<Item>) {
    let mut reader = Reader::new(octets);
    let padding = octets.iter().rev().take_while(|octet| matches!(octet, 0 | b'\r' | b'\n' | b' ')).count();
    while reader.rest().len() > padding {
        match reader.any() {
            Some(element) => one(element, found),
            None if reader.rest().first() == Some(&der::SEQUENCE) => return found.push(Item::Other(CUT_OFF)),
            None => return found.push(Item::Other("octets that are no certificate")),
        }
    }
}

/// One element, by its first children.
fn one(element: der::Element<'_>, found: &mut Vec<Item>) {
    let mut parts = element.inside();
    let (first, second) = (parts.any(), parts.any());
    let tags =
        (first.map(|first| first.tag), second.map(|second| second.tag), parts.any().map(|third| third.tag));
    found.push(match tags {
        (Some(der::OID), ..) => return pkcs7(element, found),
        (Some(der::SEQUENCE), Some(der::BIT_STRING), None) => Item::PublicKey(element.raw.to_vec()),
        (Some(der::SEQUENCE), Some(OCTET_STRING), None) => Item::Other(PRIVATE_KEY),
        (Some(der::INTEGER), Some(der::SEQUENCE), _)
            if first.is_some_and(|version| version.content == [3]) =>
        {
            Item::Other(PKCS12)
        }
        // A modulus and an exponent: a public key of PKCS#1 (RFC 8017 appendix A.1.1).
        (Some(der::INTEGER), Some(der::INTEGER), None) => Item::PublicKey(of_pkcs1(element.raw)),
        (Some(der::INTEGER), ..) => Item::Other(PRIVATE_KEY),
        (Some(der::SEQUENCE), Some(der::SEQUENCE), _) => match first.map(signed) {
            Some(Some(what)) => Item::Other(what),
            _ => Item::Certificate(element.raw.to_vec()),
        },
        _ => Item::Certificate(element.raw.to_vec()),
    });
}

/// What is signed, where it is no certificate: a list has a time of its own, a request names the subject after its version.
fn signed(inside: der::Element<'_>) -> Option<&'static str> {
    let mut fields = inside.inside();
    let mut children = Vec::new();
    while let Some(field) = fields.any() {
        children.push(field);
    }
    if children.iter().take(4).any(|field| matches!(field.tag, UTC_TIME | GENERALIZED_TIME)) {
        return Some(CRL);
    }
    let (Some(version), Some(second)) = (children.first(), children.get(1)) else { return None };
    let is_name =
        second.tag == der::SEQUENCE && second.inside().any().is_none_or(|first| first.tag == der::SET);
    (version.tag == der::INTEGER && version.content == [0] && is_name).then_some(REQUEST)
}

/// The certificates of a SignedData (RFC 2315 section 9.1, RFC 5652 section 5.1).
fn pkcs7(element: der::Element<'_>, found: &mut Vec<Item>) {
    let mut content = element.inside();
    let kind = content.next(der::OID).map(|oid| oid.content);
    let signed = content.next(der::CONTEXT_0).and_then(|content| content.inside().next(der::SEQUENCE));
    let Some(signed) = signed.filter(|_| kind == Some(SIGNED_DATA)) else {
        return found.push(Item::Other("PKCS#7 of another kind than signed data"));
    };
    let mut fields = signed.inside();
    if [der::INTEGER, der::SET, der::SEQUENCE].map(|tag| fields.next(tag).is_some()) != [true; 3] {
        return found.push(Item::Other("PKCS#7 that cannot be read"));
    }
    let Some(certificates) = fields.next(der::CONTEXT_0) else {
        return found.push(Item::Other("PKCS#7 without certificates"));
    };
    let (before, mut certificates) = (found.len(), certificates.inside());
    while !certificates.rest().is_empty() {
        match certificates.any() {
            Some(certificate) if certificate.tag == der::SEQUENCE => {
                found.push(Item::Certificate(certificate.raw.to_vec()));
            }
            // Attribute certificates and other kinds have tags of their own.
            Some(_) => {}
            None => return found.push(Item::Other("PKCS#7 that is cut off")),
        }
    }
    if found.len() == before {
        found.push(Item::Other("PKCS#7 without certificates"));
    }
}

/// Blocks of PEM among anything, else one of the forms without armour.
fn of_text(raw: &str, found: &mut Vec<Item>, again: bool) {
    let text = plain(raw);
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return found.push(Item::Other(EMPTY));
    }
    if blocks(&text, found) {
        return;
    }
    if trimmed.starts_with('<') {
        return of_markup(trimmed, found, again);
    }
    if is_fingerprint(trimmed) {
        return found.push(Item::Other(FINGERPRINT));
    }
    // One value, however it is broken into lines.
    if let Some(octets) = decode(trimmed).filter(|octets| is_one_element(octets)) {
        return of_der(&octets, found);
    }
    // JSON, lists, several values between empty lines: whatever separates, base64 is what is meant.
    let before = found.len();
    let quoted = trimmed.starts_with(['{', '[', '"']);
    if quoted && trimmed.contains("\"d\"") && trimmed.contains("\"kty\"") {
        return found.push(Item::Other(PRIVATE_KEY));
    }
    let parts: Vec<&str> = match quoted {
        true => trimmed.split(['"', ',', '[', ']', '{', '}']).filter(|part| part.len() >= SHORTEST).collect(),
        false => trimmed.split("\n\n").filter(|part| !part.trim().is_empty()).collect(),
    };
    for part in parts {
        match decode(part) {
            Some(octets) if is_der(&octets) => of_der(&octets, found),
            Some(octets) if again && is_text(&octets) => {
                of_text(&String::from_utf8_lossy(&octets), found, false)
            }
            _ if quoted => {}
            _ => found.push(Item::Other(UNKNOWN)),
        }
    }
    if found.len() == before {
        found.push(Item::Other(if quoted { "JSON without a certificate" } else { UNKNOWN }));
    }
}

/// Line ends spelt out, character references of line ends, escapes of JSON, and dashes that a word processor changed.
fn plain(text: &str) -> String {
    let mut text = Cow::Borrowed(text);
    for (written, meant) in WRITTEN {
        if text.contains(written) {
            text = Cow::Owned(text.replace(written, meant));
        }
    }
    text.into_owned()
}

/// Every block of PEM, wherever it begins. False: there is none.
fn blocks(text: &str, found: &mut Vec<Item>) -> bool {
    let mut rest = text;
    let mut any = false;
    while let Some((_, after)) = rest.split_once(BEGIN) {
        any = true;
        let Some((label, body)) = after.split_once('-') else {
            found.push(Item::Other("a PEM block without a label"));
            break;
        };
        let body = body.trim_start_matches('-');
        // A block without its end must not swallow the next one.
        let (own, next) = body.split_at_checked(body.find(BEGIN).unwrap_or(body.len())).unwrap_or((body, ""));
        rest = next;
        let content = own.split_once(END).map(|(content, _)| content.trim_end_matches('-'));
        match (content, label.trim()) {
            (_, label) if label.contains("PRIVATE KEY") => found.push(Item::Other(PRIVATE_KEY)),
            (_, label) if label.ends_with("CERTIFICATE REQUEST") => found.push(Item::Other(REQUEST)),
            (_, label) if label.ends_with("CRL") => found.push(Item::Other(CRL)),
            (_, "PGP PUBLIC KEY BLOCK")
            | (_, "PGP MESSAGE")
            | (_, "PGP SIGNATURE")
            | (_, "SSH2 PUBLIC KEY") => {
                found.push(Item::Other(
                    "an OpenPGP or SSH key; give the X.509 certificate or public key in PEM",
                ));
            }
            // Parameters stand before a key; they are none.
            (_, label) if label.ends_with("PARAMETERS") => {}
            (None, _) => found.push(Item::Other("a PEM block without its end: cut off; copy it whole")),
            (Some(content), label) => block(label, content, found),
        }
    }
    any
}

fn block(label: &str, content: &str, found: &mut Vec<Item>) {
    let Some(octets) = decode(content) else {
        return found.push(Item::Other("a PEM block that is not base64"));
    };
    let mut reader = Reader::new(&octets);
    match reader.any() {
        // What follows in such a block is trust settings of OpenSSL (`openssl x509 -trustout`).
        Some(first) if label == "TRUSTED CERTIFICATE" => one(first, found),
        Some(_) if is_der(&octets) => of_der(&octets, found),
        _ if octets.first() == Some(&der::SEQUENCE) => found.push(Item::Other(CUT_OFF)),
        // A whole file that was encoded and given armour again.
        _ if is_text(&octets) => of_text(&String::from_utf8_lossy(&octets), found, false),
        _ => found.push(Item::Other("a PEM block that holds no certificate")),
    }
}

/// An `X509Certificate` copied with its tags. Documents are no certificates.
fn of_markup(text: &str, found: &mut Vec<Item>, again: bool) {
    let lower: String = text.chars().take(LOOKED_AT).collect::<String>().to_ascii_lowercase();
    if lower.contains("<!doctype html") || lower.contains("<html") {
        return found.push(Item::Other(HTML));
    }
    if lower.contains("entitydescriptor") || lower.contains("entitiesdescriptor") {
        return found.push(Item::Other(METADATA));
    }
    let mut rest = text;
    let before = found.len();
    while let Some((_, after)) = rest.split_once("X509Certificate>") {
        let Some((content, behind)) = after.split_once('<') else { break };
        match decode(content) {
            Some(octets) if is_der(&octets) => of_der(&octets, found),
            Some(octets) if again && is_text(&octets) => {
                of_text(&String::from_utf8_lossy(&octets), found, false)
            }
            _ => found.push(Item::Other("an X509Certificate that is not base64")),
        }
        // The closing tag ends in the same letters.
        rest = behind.split_once('>').map_or("", |(_, behind)| behind);
    }
    if found.len() == before {
        found.push(Item::Other("XML without a certificate"));
    }
}

/// Base64 among white space, marks of quotation, headers and dashes; padding and stray bits do not matter.
pub(crate) fn decode(body: &str) -> Option<Vec<u8>> {
    let line = |line: &str| -> String {
        let line = line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '>' | '|' | '#' | '*'));
        line.chars()
            .filter(|c| {
                !c.is_whitespace() && !matches!(c, '=' | '"' | '\'' | ',' | '\\' | '\u{200b}' | '\u{feff}')
            })
            .collect()
    };
    let is_content =
        |line: &&str| !line.contains(": ") && !line.contains("---") && !line.trim_end().ends_with(':');
    let compact: String = body.lines().filter(is_content).map(line).collect();
    if compact.is_empty() {
        return None;
    }
    LENIENT.decode(&compact).or_else(|_| LENIENT_URL.decode(&compact)).ok()
}

/// Hexadecimal of the length of a digest, whatever separates the digits and names them.
fn is_fingerprint(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | ' ' | '-' | '\n');
    let digits = text.trim_start_matches(|c| !is_part(c));
    let digits = digits.rsplit(|c| !is_part(c)).next().unwrap_or_default();
    let count = digits.chars().filter(char::is_ascii_hexdigit).count();
    text.len() < LOOKED_AT
        && matches!(count, 32 | 40 | 64 | 96 | 128)
        && text.len() <= digits.len().saturating_add(SHORTEST)
}

/// PEM, base64 or markup that was encoded once more.
fn is_text(octets: &[u8]) -> bool {
    octets.len() >= SHORTEST
        && octets.iter().all(|octet| matches!(octet, b'\t' | b'\r' | b'\n' | 0x20..=0x7e))
}

/// The SubjectPublicKeyInfo of a key of PKCS#1 (RFC 3279 section 2.3.1).
fn of_pkcs1(key: &[u8]) -> Vec<u8> {
    let algorithm = der::wrap(der::SEQUENCE, &[RSA, &[der::NULL, 0]]);
    der::wrap(der::SEQUENCE, &[&algorithm, &der::wrap(der::BIT_STRING, &[&[0], key])])
}

/// What is given by mistake, and what helps.
const PRIVATE_KEY: &str = "a private key: it must never leave its owner; give the certificate, and replace the key if it was sent around";
const PKCS12: &str =
    "PKCS#12, which holds a private key and needs a password; export the certificate by itself";
const REQUEST: &str = "a certificate signing request (CSR); give the certificate that was issued for it";
const CRL: &str = "a certificate revocation list (CRL); give the certificate";
const FINGERPRINT: &str =
    "a fingerprint, which is no certificate: no key is in it; give the certificate itself";
const METADATA: &str = "SAML metadata, not a certificate; give it by --idp-metadata";
pub(crate) const HTML: &str =
    "an HTML page, not a certificate; save the file itself, perhaps after signing in";
pub(crate) const EMPTY: &str = "empty: nothing in it";
const CUT_OFF: &str = "cut off";
pub(crate) const UNKNOWN: &str = "no certificate or public key in it";

const BEGIN: &str = "-BEGIN ";
const END: &str = "-END ";

/// No certificate or key is shorter.
const SHORTEST: usize = 32;

/// How much of a document tells what it is.
const LOOKED_AT: usize = 4096;

/// What is written for what is meant. Longer forms first.
const WRITTEN: [(&str, &str); 16] = [
    ("\r\n", "\n"),
    ("\r", "\n"),
    ("\\r\\n", "\n"),
    ("\\n", "\n"),
    ("\\r", "\n"),
    ("\\/", "/"),
    ("&#13;", "\n"),
    ("&#10;", "\n"),
    ("&#xD;", "\n"),
    ("&#xd;", "\n"),
    ("&#xA;", "\n"),
    ("&#xa;", "\n"),
    ("\u{2013}", "-"),
    ("\u{2014}", "-"),
    ("\u{2011}", "-"),
    ("\u{a0}", " "),
];

const OCTET_STRING: u8 = 0x04;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

const SIGNED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
const RSA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";

const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const LENIENT: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
const LENIENT_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);
