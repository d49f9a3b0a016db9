//! base64url by table: every token passes here whole.

/// Decodes into exactly as many octets as the text stands for. `false`: a foreign character, or a bit that is left over is
/// set. What was written then means nothing.
pub(super) fn decode(text: &[u8], octets: &mut [u8]) -> bool {
    let (eights, rest) = text.as_chunks::<8>();
    let (sixes, into_rest) = octets.as_chunks_mut::<6>();
    let mut foreign = 0;
    for (eight, six) in eights.iter().zip(sixes) {
        let decoded;
        (decoded, foreign) = decode_eight(*eight, foreign);
        *six = decoded;
    }
    // `A` is zero, so what a rest leaves over shows as an octet behind its end.
    let mut padded = [b'A'; 8];
    for (to, from) in padded.iter_mut().zip(rest) {
        *to = *from;
    }
    let (decoded, foreign) = decode_eight(padded, foreign);
    let behind = decoded.iter().skip(into_rest.len()).fold(0, |bits, octet| bits | octet);
    for (to, from) in into_rest.iter_mut().zip(decoded) {
        *to = from;
    }
    foreign & FOREIGN == 0 && behind == 0
}

/// Eight characters as six octets, and `foreign` with [`FOREIGN`] when one of them is.
fn decode_eight([a, b, c, d, e, f, g, h]: [u8; 8], foreign: u32) -> ([u8; 6], u32) {
    let (left, right) = (bits(a, b, c, d), bits(e, f, g, h));
    let [_, _, octets @ ..] = ((u64::from(left) << 24) | u64::from(right & 0xff_ffff)).to_be_bytes();
    (octets, foreign | left | right)
}

/// Four characters as 24 bits, with [`FOREIGN`] when one of them is.
fn bits(a: u8, b: u8, c: u8, d: u8) -> u32 {
    let [first, second, third, fourth] = &TABLES;
    let of =
        |table: &[u32; 256], character: u8| table.get(usize::from(character)).copied().unwrap_or(FOREIGN);
    of(first, a) | of(second, b) | of(third, c) | of(fourth, d)
}

/// Bit of a character outside the alphabet.
const FOREIGN: u32 = 1 << 31;

/// The value of each character (RFC 4648 table 2) at the first, second, third and fourth place of a group.
static TABLES: [[u32; 256]; 4] = [table(18), table(12), table(6), table(0)];

/// Every value, or [`FOREIGN`], moved up by so many bits.
const fn table(shift: u32) -> [u32; 256] {
    let mut table = [FOREIGN; 256];
    let mut rest: &mut [u32] = &mut table;
    let mut character = 0_u8;
    while let Some((entry, after)) = rest.split_first_mut() {
        let value = value(character);
        if value < 64 {
            *entry = u32::from_be_bytes([0, 0, 0, value]) << shift;
        }
        character = character.wrapping_add(1);
        rest = after;
    }
    table
}

/// The value of a character; 255 when it has none.
const fn value(character: u8) -> u8 {
    match character {
        b'A'..=b'Z' => character.wrapping_sub(b'A'),
        b'a'..=b'z' => character.wrapping_sub(b'a').wrapping_add(26),
        b'0'..=b'9' => character.wrapping_sub(b'0').wrapping_add(52),
        b'-' => 62,
        b'_' => 63,
        _ => u8::MAX,
    }
}

#[cfg(test)]
mod tests {
    use crate::encoding::base64::{decode_url, decode_url_into};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    /// The crate is the other judge: it is strict about left-over bits, too.
    fn agrees(text: &str) {
        let other = URL_SAFE_NO_PAD.decode(text).ok();
        assert_eq!(decode_url(text), other, "{text:?}");
        let mut buffer = [0; 200];
        let length = decode_url_into(text, &mut buffer);
        assert_eq!(length.map(|length| &buffer[..length]), other.as_deref(), "{text:?}");
    }

    #[test]
    fn every_character_at_every_place_of_every_length() {
        for length in 0_usize..=70 {
            let text: String = (0..length).map(|at| char::from(b'A' + (at * 7 % 26) as u8)).collect();
            agrees(&text);
            let places = [0, 1, 15, 16, 30, 31, 32, 33, length.saturating_sub(2), length.saturating_sub(1)];
            for at in places.into_iter().filter(|at| *at < length) {
                for character in 0..=u8::MAX {
                    let mut changed = text.clone().into_bytes();
                    changed[at] = character;
                    // Characters above 0x7f come in pairs in UTF-8.
                    if let Ok(changed) = String::from_utf8(changed) {
                        agrees(&changed);
                    }
                }
            }
            agrees(&format!("{text}\u{e9}"));
        }
    }

    #[test]
    fn a_buffer_that_is_too_short_takes_nothing() {
        assert_eq!(decode_url_into("AAAA", &mut [0; 2]), None);
        assert_eq!(decode_url_into("AAAA", &mut [0; 3]), Some(3));
        assert_eq!(decode_url_into("", &mut []), Some(0));
    }
}
