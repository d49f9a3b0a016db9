//! Raw DEFLATE (RFC 1951), bounded: one complete stream, nothing after it.

use crate::check::Check;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// The octets of one stream, at most `limit`.
///
/// `LimitInflateSize`: it holds more; no more than that was written. `InflateInvalid`: not one complete stream.
pub(crate) fn inflate(stream: &[u8], limit: usize) -> Result<Vec<u8>, Check> {
    // One octet more than allowed shows that there is more than allowed.
    let most = limit.saturating_add(1);
    let mut state = Box::<DecompressorOxide>::default();
    let mut out = vec![0; stream.len().saturating_mul(4).clamp(FIRST, most.max(FIRST)).min(most)];
    let (mut consumed, mut written) = (0_usize, 0_usize);
    loop {
        let rest = stream.get(consumed..).unwrap_or_default();
        let (status, read, wrote) =
            decompress(&mut state, rest, &mut out, written, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF);
        consumed = consumed.saturating_add(read);
        written = written.saturating_add(wrote);
        if written > limit {
            return Err(Check::LimitInflateSize);
        }
        match status {
            TINFLStatus::Done if consumed == stream.len() => {
                out.truncate(written);
                return Ok(out);
            }
            TINFLStatus::HasMoreOutput if out.len() < most => {
                out.resize(out.len().saturating_mul(2).min(most), 0);
            }
            TINFLStatus::HasMoreOutput => return Err(Check::LimitInflateSize),
            _ => return Err(Check::InflateInvalid),
        }
    }
}

/// One stream of the octets.
pub(crate) fn deflate(octets: &[u8]) -> Vec<u8> {
    compress_to_vec(octets, LEVEL)
}

const FIRST: usize = 4096;
const LEVEL: u8 = 9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_complete_stream_within_the_limit() {
        for length in [0, 1, 4095, 4096, 4097, 99_999, 100_000] {
            let octets: Vec<u8> = (0..length).map(|i| (i * 7 % 251) as u8).collect();
            let stream = deflate(&octets);
            assert_eq!(inflate(&stream, 100_000), Ok(octets.clone()), "{length}");
            assert_eq!(inflate(&stream, length), Ok(octets), "{length}");
            if length > 0 {
                assert_eq!(inflate(&stream, length - 1), Err(Check::LimitInflateSize), "{length}");
            }
            assert_eq!(inflate(&stream[..stream.len() - 1], 100_000), Err(Check::InflateInvalid), "{length}");
            let longer = [&stream[..], &[0]].concat();
            assert_eq!(inflate(&longer, 100_000), Err(Check::InflateInvalid), "{length}");
        }
        let bomb = deflate(&vec![0; 10 << 20]);
        assert!(bomb.len() < 20_000);
        assert_eq!(inflate(&bomb, 1 << 20), Err(Check::LimitInflateSize));
        assert_eq!(inflate(b"", 10), Err(Check::InflateInvalid));
        let zlib = miniz_oxide::deflate::compress_to_vec_zlib(b"<a/>", 6);
        assert_eq!(inflate(&zlib, 100), Err(Check::InflateInvalid));
        assert_eq!(inflate(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", 100), Err(Check::InflateInvalid));
    }
}
