//! Lower-case hexadecimal, for fingerprints.

/// The octets as lower-case hexadecimal digits.
pub(crate) fn encode(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len().saturating_mul(2));
    for octet in octets {
        for nibble in [octet >> 4, octet & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
    text
}
