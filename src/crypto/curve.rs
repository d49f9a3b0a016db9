//! Is a point on its curve? (SEC 1 section 3.2.2.1.) Public values only, once per key, so simple rather than fast.
//!
//! ring checks this at every verification, but only says "invalid signature" then; a key that can never verify is
//! better refused when it is read.

/// A prime curve y^2 = x^3 - 3x + b over p, of which p takes so many limbs. Numbers are big-endian.
#[derive(Clone, Copy)]
pub(crate) struct Curve<const LIMBS: usize> {
    p: &'static [u8],
    b: &'static [u8],
}

/// NIST P-256 (FIPS 186-4 D.1.2.3).
pub(crate) const P256: Curve<4> = Curve {
    p: b"\xff\xff\xff\xff\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    b: b"\x5a\xc6\x35\xd8\xaa\x3a\x93\xe7\xb3\xeb\xbd\x55\x76\x98\x86\xbc\x65\x1d\x06\xb0\xcc\x53\xb0\xf6\x3b\xce\x3c\x3e\x27\xd2\x60\x4b",
};

/// NIST P-384 (FIPS 186-4 D.1.2.4).
pub(crate) const P384: Curve<6> = Curve {
    p: b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff",
    b: b"\xb3\x31\x2f\xa7\xe2\x3e\xe7\xe4\x98\x8e\x05\x6b\xe3\xf8\x2d\x19\x18\x1d\x9c\x6e\xfe\x81\x41\x12\x03\x14\x08\x8f\x50\x13\x87\x5a\xc6\x56\x39\x8d\x8a\x2e\xd1\x9d\x2a\x85\xc8\xed\xd3\xec\x2a\xef",
};

/// NIST P-521 (FIPS 186-4 D.1.2.5).
pub(crate) const P521: Curve<9> = Curve {
    p: b"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    b: b"\x00\x51\x95\x3e\xb9\x61\x8e\x1c\x9a\x1f\x92\x9a\x21\xa0\xb6\x85\x40\xee\xa2\xda\x72\x5b\x99\xb3\x15\xf3\xb8\xb4\x89\x91\x8e\xf1\x09\xe1\x56\x19\x39\x51\xec\x7e\x93\x7b\x16\x52\xc0\xbd\x3b\xb1\xbf\x07\x35\x73\xdf\x88\x3d\x2c\x34\xf1\xef\x45\x1f\xd4\x6b\x50\x3f\x00",
};

impl<const LIMBS: usize> Curve<LIMBS> {
    /// True when both coordinates have the length of the field, are below p, and fulfil the equation.
    pub(crate) fn contains(self, x: &[u8], y: &[u8]) -> bool {
        if x.len() != self.p.len() || y.len() != self.p.len() {
            return false;
        }
        let p = Number::<LIMBS>::read(self.p);
        let (x, y, b) = (Number::read(x), Number::read(y), Number::read(self.b));
        if !x.below(&p) || !y.below(&p) {
            return false;
        }
        let cube = x.times(&x, &p).times(&x, &p);
        let three_x = x.plus(&x, &p).plus(&x, &p);
        y.times(&y, &p) == cube.plus(&three_x.negated(&p), &p).plus(&b, &p)
    }
}

/// An unsigned number, least significant limb first.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Number<const LIMBS: usize>([u64; LIMBS]);

impl<const LIMBS: usize> Number<LIMBS> {
    fn read(octets: &[u8]) -> Self {
        let mut limbs = [0_u64; LIMBS];
        for (limb, chunk) in limbs.iter_mut().zip(octets.rchunks(8)) {
            *limb = chunk.iter().fold(0, |sum, octet| (sum << 8) | u64::from(*octet));
        }
        Self(limbs)
    }

    fn below(&self, other: &Self) -> bool {
        self.0.iter().rev().lt(other.0.iter().rev())
    }

    /// self - other, and whether it went below zero.
    fn minus(&self, other: &Self) -> (Self, bool) {
        let mut limbs = [0_u64; LIMBS];
        let mut borrow = false;
        for ((out, a), b) in limbs.iter_mut().zip(self.0).zip(other.0) {
            let (first, b1) = a.overflowing_sub(b);
            let (second, b2) = first.overflowing_sub(u64::from(borrow));
            *out = second;
            borrow = b1 || b2;
        }
        (Self(limbs), borrow)
    }

    /// self + other mod p, both below p.
    fn plus(&self, other: &Self, p: &Self) -> Self {
        let mut limbs = [0_u64; LIMBS];
        let mut carry = false;
        for ((out, a), b) in limbs.iter_mut().zip(self.0).zip(other.0) {
            let (first, c1) = a.overflowing_add(b);
            let (second, c2) = first.overflowing_add(u64::from(carry));
            *out = second;
            carry = c1 || c2;
        }
        let sum = Self(limbs);
        let (reduced, borrow) = sum.minus(p);
        if carry || !borrow { reduced } else { sum }
    }

    /// -self mod p, self below p.
    fn negated(&self, p: &Self) -> Self {
        if self.0 == [0; LIMBS] { *self } else { p.minus(self).0 }
    }

    /// self * other mod p, bit by bit.
    fn times(&self, other: &Self, p: &Self) -> Self {
        let mut product = Self([0; LIMBS]);
        for limb in other.0.iter().rev() {
            for bit in (0..64).rev() {
                product = product.plus(&product, p);
                if (limb >> bit) & 1 == 1 {
                    product = product.plus(self, p);
                }
            }
        }
        product
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::hex;

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
    }

    #[test]
    fn generators_are_on_their_curves_and_their_neighbours_are_not() {
        fn check<const LIMBS: usize>(curve: Curve<LIMBS>, x: &str, y: &str) {
            let (x, y) = (unhex(x), unhex(y));
            assert!(curve.contains(&x, &y), "{}", hex::encode(&x));
            let mut off = y.clone();
            *off.last_mut().unwrap() ^= 1;
            assert!(!curve.contains(&x, &off));
            assert!(!curve.contains(&vec![0; x.len()], &vec![0; x.len()]));
            assert!(!curve.contains(curve.p, &y));
            assert!(!curve.contains(&x[1..], &y));
        }
        check(
            P256,
            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        );
        check(
            P384,
            "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
            "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
        );
        check(
            P521,
            "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
            "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
        );
    }
}
