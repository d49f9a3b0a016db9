//! PEM as it is found: any text around the blocks, headers inside them, one line or many, `\n` spelt out, ends missing.
//! Reading for trust is stricter: `encoding::pem`.

use super::{Found, Sink, one_der};
use crate::encoding::der::{self, Reader};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

pub(super) fn is_pem(octets: &[u8]) -> bool {
    octets.windows(BEGIN.len()).any(|window| window == BEGIN.as_bytes())
}

pub(super) fn read(sink: &mut Sink<'_>, octets: &[u8]) {
    let before = sink.count;
    let text = String::from_utf8_lossy(octets);
    for block in text.split(BEGIN).skip(1) {
        let Some((label, body)) = block.split_once(DASHES) else {
            sink.unreadable(Found::default(), "a PEM block without a label");
            continue;
        };
        if !is_wanted(label) {
            continue;
        }
        let Some((body, _)) = body.split_once(END) else {
            sink.unreadable(Found::default(), "a PEM block without its end");
            continue;
        };
        match decode(body) {
            Some(octets) => one_block(sink, label, &octets),
            None => sink.unreadable(Found::default(), "a PEM block that is not base64"),
        }
    }
    if sink.count == before {
        sink.none_found();
    }
}

/// Certificates, public keys and containers of certificates.
fn is_wanted(label: &str) -> bool {
    label.ends_with("CERTIFICATE") || matches!(label, "PUBLIC KEY" | "RSA PUBLIC KEY") || is_container(label)
}

fn is_container(label: &str) -> bool {
    matches!(label, "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA")
}

fn one_block(sink: &mut Sink<'_>, label: &str, octets: &[u8]) {
    let mut reader = Reader::new(octets);
    match reader.any() {
        // What follows in such a block is trust settings of OpenSSL.
        Some(first) if label == "TRUSTED CERTIFICATE" => sink.certificate(Found::default(), first.raw),
        Some(first) if label == "RSA PUBLIC KEY" => {
            let algorithm = der::wrap(der::SEQUENCE, &[super::jwks::RSA, &[der::NULL, 0]]);
            let key = der::wrap(der::BIT_STRING, &[&[0], first.raw]);
            sink.spki(Found::default(), &der::wrap(der::SEQUENCE, &[&algorithm, &key]));
        }
        Some(first) if reader.rest().is_empty() && (label == "PUBLIC KEY" || is_container(label)) => {
            one_der(sink, first);
        }
        // Line ends and zeros behind it are left over from copying.
        Some(first) if reader.rest().iter().all(|octet| matches!(octet, 0 | b'\r' | b'\n')) => {
            sink.certificate(Found::default(), first.raw);
        }
        _ => sink.certificate(Found::default(), octets),
    }
}

/// Base64 among white space, headers and dashes; padding and stray bits do not matter.
pub(super) fn decode(body: &str) -> Option<Vec<u8>> {
    let body = body.replace("\\r", "").replace("\\n", "\n");
    let is_content = |line: &&str| !line.contains(':') && !line.contains(DASHES);
    let compact: String = body
        .lines()
        .filter(is_content)
        .flat_map(str::chars)
        .filter(|c| !c.is_whitespace() && *c != '=')
        .collect();
    if compact.is_empty() {
        return None;
    }
    LENIENT.decode(&compact).or_else(|_| LENIENT_URL.decode(&compact)).ok()
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const LENIENT: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
const LENIENT_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);
