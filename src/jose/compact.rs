//! The compact serialisation (RFC 7515 section 7.1): three segments of canonical base64url, nothing around them.

use crate::check::Check;
use crate::encoding::base64;
use crate::error::{Failure, Reason};
use crate::limits::{JOSE_HEADER_BYTES, TOKEN_BYTES};

/// The segments of a token. Nothing is decoded yet.
#[derive(Clone, Copy)]
pub(crate) struct Compact<'t> {
    pub(crate) header: &'t str,
    pub(crate) payload: &'t str,
    pub(crate) signature: &'t str,
    /// Header, dot, payload: what is signed.
    pub(crate) signed: &'t str,
}

impl<'t> Compact<'t> {
    /// Splits a token at its two dots.
    ///
    /// `TokenTooLarge`; `TokenFormat`; `JweUnsupported`: five segments with a header that names a content encryption.
    pub(crate) fn split(token: &'t str) -> Result<Self, Failure> {
        judge_surroundings(token)?;
        let parts = split_at_dot(token).and_then(|(header, rest)| Some((header, split_at_dot(rest)?)));
        let Some((header, (payload, signature))) = parts else {
            return Err(format_failure("fewer than three segments"));
        };
        if split_at_dot(signature).is_some() {
            let more = signature.matches('.').take(3).count();
            if more == 2 && token.bytes().all(is_token_octet) && is_encryption_header(header) {
                let reason = Reason::Stated("an encrypted token, and no key to decrypt it with");
                return Err(Failure::at(Check::JweUnsupported, "", reason));
            }
            return Err(format_failure("more than three segments"));
        }
        if header.is_empty() || (payload.is_empty() && signature.is_empty()) {
            return Err(format_failure("an empty segment"));
        }
        let end = header.len().saturating_add(payload.len()).saturating_add(1);
        Ok(Self { header, payload, signature, signed: token.get(..end).unwrap_or_default() })
    }

    /// Before a failure is reported: was it caused by a segment that is not canonical? Then that is the finding, whatever
    /// was looked at first. (A token that passes had each segment decoded strictly.)
    pub(crate) fn prefer_encoding_failure(&self, failure: Failure) -> Failure {
        let segments = [("/header", self.header), ("/payload", self.payload), ("/signature", self.signature)];
        for (path, segment) in segments {
            if base64::decode_url(segment).is_none() {
                return segment_failure(path);
            }
        }
        if self.payload.is_empty() { format_failure("an empty segment") } else { failure }
    }
}

/// `TokenTooLarge`; `TokenFormat`: text, quotes or a scheme around the token.
pub(super) fn judge_surroundings(token: &str) -> Result<(), Failure> {
    if token.len() > TOKEN_BYTES {
        let reason = Reason::Limit { limit: TOKEN_BYTES, unit: "bytes", found: Some(token.len()) };
        return Err(Failure::at(Check::TokenTooLarge, "", reason));
    }
    let octets = token.as_bytes();
    let wrapped = |octet: Option<&u8>| octet.is_none_or(|octet| !is_token_octet(*octet) && *octet != b'=');
    if wrapped(octets.first()) || wrapped(octets.last()) {
        return Err(format_failure("text around the token"));
    }
    if octets.get(..7).is_some_and(|start| start.eq_ignore_ascii_case(b"bearer ")) {
        return Err(format_failure("a scheme before the token"));
    }
    Ok(())
}

/// Before and after the first dot.
fn split_at_dot(text: &str) -> Option<(&str, &str)> {
    let dot = memchr::memchr(b'.', text.as_bytes())?;
    Some((text.get(..dot)?, text.get(dot.saturating_add(1)..)?))
}

/// Decodes a segment into a buffer when it fits, else into a vector.
pub(crate) fn decode<'b>(
    segment: &str,
    path: &'static str,
    buffer: &'b mut [u8],
    spill: &'b mut Vec<u8>,
) -> Result<&'b [u8], Failure> {
    if base64::url_octets(segment).is_some_and(|octets| octets <= buffer.len()) {
        let length = base64::decode_url_into(segment, buffer).ok_or_else(|| segment_failure(path))?;
        return Ok(buffer.get(..length).unwrap_or_default());
    }
    *spill = base64::decode_url(segment).ok_or_else(|| segment_failure(path))?;
    Ok(spill)
}

/// Bytes that a header segment may have at most, so that the decoded header stays within its limit.
pub(crate) fn header_is_too_long(segment: &str) -> bool {
    (segment.len() >> 2).saturating_mul(3) > JOSE_HEADER_BYTES
}

pub(crate) fn segment_failure(path: &'static str) -> Failure {
    Failure::at(Check::SegmentBase64, path, Reason::Stated("a segment that is not canonical base64url"))
}

pub(super) fn format_failure(what: &'static str) -> Failure {
    Failure::at(Check::TokenFormat, "", Reason::Stated(what))
}

/// Has it the five segments of an encrypted token?
pub(crate) fn is_encrypted(token: &str) -> bool {
    token.split('.').take(6).count() == 5
}

/// Does the header say `enc`? Only to tell an encrypted token from a heap of dots.
fn is_encryption_header(segment: &str) -> bool {
    if header_is_too_long(segment) {
        return false;
    }
    let text = base64::decode_url(segment).and_then(|octets| String::from_utf8(octets).ok());
    let document = text.and_then(|text| crate::json::Document::parse(text, crate::json::Bounds::HEADER).ok());
    document.is_some_and(|document| document.root().get("enc").is_some())
}

const fn is_token_octet(octet: u8) -> bool {
    matches!(octet, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let check = |token: &str| Compact::split(token).map(|_| ()).map_err(|failure| failure.check);
        for token in [
            "",
            ".",
            "..",
            "...",
            "....",
            "a",
            "a.b",
            ".b.c",
            "a..",
            "a.b.c.d",
            "a.b.c.d.e",
            " a.b.c",
            "a.b.c\n",
            "\"a.b.c\"",
            "Bearer a.b.c",
            "bearer a.b.c",
            "{\"a\":\"b.c.d\"}",
            "a.b.c,a.b.c",
            "a.b.c,",
        ] {
            assert_eq!(check(token), Err(Check::TokenFormat), "{token}");
        }
        for token in ["a.b.c", "a.b.", "a..c", "a .b.c", "a.b=.c", "a.b.c="] {
            assert_eq!(check(token), Ok(()), "{token}");
        }
        let encrypted = format!("{}....e", base64::encode_url(br#"{"alg":"dir","enc":"A256GCM"}"#));
        assert_eq!(check(&encrypted), Err(Check::JweUnsupported));
        assert_eq!(check(&".".repeat(1_000_000)), Err(Check::TokenFormat));
        assert_eq!(check(&"a".repeat(TOKEN_BYTES + 1)), Err(Check::TokenTooLarge));
    }
}
