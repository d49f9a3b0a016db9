//! The library that computes signature checks: ring, or aws-lc under its feature. One per build; neither stands in for the
//! other. What is accepted is decided above, in [`super::verify`].

#[cfg(feature = "aws-lc")]
mod with_aws_lc;
#[cfg(not(feature = "aws-lc"))]
mod with_ring;

#[cfg(feature = "aws-lc")]
pub(super) use with_aws_lc::{Ready, is_signature};
#[cfg(not(feature = "aws-lc"))]
pub(super) use with_ring::{Ready, is_signature};

use super::algorithm::KeyKind;

/// A public key as a backend takes it: its material, its kind, and what the backend made of it before.
pub(crate) type Key<'k> = (&'k Material, KeyKind, &'k Ready);

/// The material of a public key. RSA: big-endian without leading zeros. EC: the uncompressed point, 04 then x then y.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Material {
    Rsa { n: Box<[u8]>, e: Box<[u8]> },
    P256(Box<[u8]>),
    P384(Box<[u8]>),
    P521(Box<[u8]>),
    Ed25519([u8; 32]),
    MlDsa(Box<[u8]>),
}

/// r and s, each of `field` octets (at most 48), as Ecdsa-Sig-Value (RFC 3279 section 2.2.3). `None`: another length.
fn asn1_signature(field: usize, signature: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = signature.split_at_checked(field).filter(|(_, s)| s.len() == field)?;
    Some(sequence_of_integers(&[r, s]))
}

/// SEQUENCE of unsigned INTEGERs, each big-endian (X.690 section 8.3).
fn sequence_of_integers(numbers: &[&[u8]]) -> Vec<u8> {
    let mut integers = Vec::new();
    for number in numbers {
        let zeros = number.iter().take_while(|octet| **octet == 0).count();
        let digits = number.get(zeros..).filter(|digits| !digits.is_empty()).unwrap_or(&[0]);
        let sign = digits.first().is_some_and(|high| high & 0x80 != 0);
        header(0x02, digits.len().saturating_add(usize::from(sign)), &mut integers);
        if sign {
            integers.push(0);
        }
        integers.extend_from_slice(digits);
    }
    let mut sequence = Vec::with_capacity(integers.len().saturating_add(4));
    header(0x30, integers.len(), &mut sequence);
    sequence.append(&mut integers);
    sequence
}

/// Tag and length in their shortest form (X.690 section 10.1), for lengths up to 65535.
fn header(tag: u8, length: usize, into: &mut Vec<u8>) {
    let [high, low] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    match (high, low) {
        (0, 0..0x80) => into.extend([tag, low]),
        (0, _) => into.extend([tag, 0x81, low]),
        _ => into.extend([tag, 0x82, high, low]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn der_is_the_shortest() {
        assert_eq!(
            sequence_of_integers(&[&[0, 0x7f], &[0x80], &[0]]),
            b"\x30\x0a\x02\x01\x7f\x02\x02\0\x80\x02\x01\0"
        );
        let long = sequence_of_integers(&[&[1; 300]]);
        assert_eq!(long.get(..9), Some(&b"\x30\x82\x01\x30\x02\x82\x01\x2c\x01"[..]));
        assert_eq!(sequence_of_integers(&[&[1; 130]]).get(..6), Some(&b"\x30\x81\x85\x02\x81\x82"[..]));
        assert_eq!(asn1_signature(1, &[1, 2]).as_deref(), Some(&b"\x30\x06\x02\x01\x01\x02\x01\x02"[..]));
        assert_eq!(asn1_signature(1, &[1, 2, 3]), None);
        assert_eq!(asn1_signature(2, &[1]), None);
    }
}
