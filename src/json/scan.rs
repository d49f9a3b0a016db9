//! The two things that run over every octet of a text: where a plain string ends, and what a name hashes to.

/// Spreads names over 64 bits: length, first and last octet.
#[inline]
pub(super) fn hash(octets: &[u8]) -> u32 {
    let octet = |octet: Option<&u8>| u32::from(octet.copied().unwrap_or(0));
    let (first, last) = (octet(octets.first()), octet(octets.last()));
    u32::try_from(octets.len())
        .unwrap_or(0)
        .wrapping_mul(7)
        .wrapping_add(first.wrapping_mul(31))
        .wrapping_add(last.wrapping_mul(13))
}

/// How many octets come before the first quote, backslash or control character; eight at a time.
#[inline]
pub(super) fn plain_length(octets: &[u8]) -> Option<usize> {
    let mut length = 0_usize;
    let mut words = octets.chunks_exact(8);
    for word in words.by_ref() {
        let word = u64::from_le_bytes(word.try_into().ok()?);
        let special = below(word, 0x20) | below(word ^ repeat(b'"'), 1) | below(word ^ repeat(b'\\'), 1);
        if special != 0 {
            let octet = special.trailing_zeros() >> 3;
            return Some(length.saturating_add(usize::try_from(octet).unwrap_or(0)));
        }
        length = length.saturating_add(8);
    }
    let is_special = |octet: &u8| matches!(octet, b'"' | b'\\' | 0..=0x1f);
    words.remainder().iter().position(is_special).map(|rest| length.saturating_add(rest))
}

/// The high bit of the first octet below `limit` (at most 0x80), and perhaps of later ones.
const fn below(word: u64, limit: u8) -> u64 {
    word.wrapping_sub(repeat(limit)) & !word & repeat(0x80)
}

const fn repeat(octet: u8) -> u64 {
    u64::from_le_bytes([octet; 8])
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_plain_part_of_a_string_ends_where_it_should() {
        for before in 0..20 {
            for special in ["\"", "\\", "\u{0}", "\u{1f}", "\n"] {
                for after in
                    ["", "aaaaaaaaaaaaaaaa", "\"\"\"\"\"\"\"\"\"", "\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}"]
                {
                    let text = format!(
                        "{}{special}{after}",
                        "é\u{7f}!#[]~\u{80}\u{a0}".chars().cycle().take(before).collect::<String>()
                    );
                    let expected = text.bytes().position(|octet| matches!(octet, b'"' | b'\\' | 0..=0x1f));
                    assert_eq!(super::plain_length(text.as_bytes()), expected, "{text:?}");
                }
            }
        }
        assert_eq!(super::plain_length("ÿÿÿÿÿÿÿÿÿ".as_bytes()), None);
    }
}
