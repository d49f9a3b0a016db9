//! The compact serialisation of an encrypted token (RFC 7516 section 7.1): five segments of canonical base64url.

use super::super::compact::{format_failure, header_is_too_long, judge_surroundings, segment_failure};
use crate::check::Check;
use crate::encoding::base64;
use crate::error::{Failure, Reason};
use crate::limits::JOSE_HEADER_BYTES;

/// The segments of an encrypted token, decoded.
pub(super) struct Segments<'t> {
    /// The header as it came: what is authenticated beside the content (RFC 7516 section 5.1, step 14).
    pub(super) aad: &'t [u8],
    pub(super) header: Vec<u8>,
    pub(super) encrypted_key: Vec<u8>,
    pub(super) iv: Vec<u8>,
    pub(super) ciphertext: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

impl<'t> Segments<'t> {
    /// Splits a token at its four dots and decodes the segments.
    ///
    /// `TokenTooLarge`; `TokenFormat`: not the compact form; `JweShape`: a token that is signed and not encrypted, or an
    /// encrypted key longer than any; `LimitHeader`; `SegmentBase64`.
    pub(super) fn split(token: &'t str) -> Result<Self, Failure> {
        judge_surroundings(token)?;
        let mut parts = token.split('.');
        let (header, key, iv) = (parts.next(), parts.next(), parts.next());
        let (ciphertext, tag) = (parts.next(), parts.next());
        let (header, key, iv, ciphertext, tag) = match (header, key, iv, ciphertext, tag, parts.next()) {
            (Some(header), Some(key), Some(iv), Some(ciphertext), Some(tag), None) => {
                (header, key, iv, ciphertext, tag)
            }
            (_, _, Some(_), None, None, None) => {
                return Err(shape("", "a token that is signed and not encrypted"));
            }
            _ => return Err(format_failure("not five segments")),
        };
        if header.is_empty() {
            return Err(format_failure("an empty segment"));
        }
        if header_is_too_long(header) {
            let reason = Reason::Limit { limit: JOSE_HEADER_BYTES, unit: "bytes", found: None };
            return Err(Failure::at(Check::LimitHeader, "/header", reason));
        }
        if key.len() > ENCRYPTED_KEY_SEGMENT {
            return Err(shape("/encrypted_key", "an encrypted key longer than any key makes"));
        }
        let decode = |segment, path| base64::decode_url(segment).ok_or_else(|| segment_failure(path));
        Ok(Self {
            aad: header.as_bytes(),
            header: decode(header, "/header")?,
            encrypted_key: decode(key, "/encrypted_key")?,
            iv: decode(iv, "/iv")?,
            ciphertext: decode(ciphertext, "/ciphertext")?,
            tag: decode(tag, "/tag")?,
        })
    }
}

pub(super) fn shape(path: &'static str, what: &'static str) -> Failure {
    Failure::at(Check::JweShape, path, Reason::Stated(what))
}

/// What RSA with 8192 bits encrypts, in base64url.
const ENCRYPTED_KEY_SEGMENT: usize = 1366;
