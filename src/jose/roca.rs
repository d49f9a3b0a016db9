//! Moduli of the Infineon generator (ROCA, CVE-2017-15361): they can be factored, so they prove nothing.

/// True when the modulus has the fingerprint: modulo each of these primes it is a power of 65537. A sound modulus has it
/// with a probability below 2^-27.
pub(super) fn is_weak(modulus: &[u8]) -> bool {
    PRIMES.iter().all(|prime| is_power_of_f4(remainder(modulus, *prime), *prime))
}

fn remainder(modulus: &[u8], prime: u32) -> u32 {
    modulus.iter().fold(0, |rest, octet| ((rest << 8) | u32::from(*octet)).checked_rem(prime).unwrap_or(0))
}

fn is_power_of_f4(value: u32, prime: u32) -> bool {
    let generator = 65_537_u32.checked_rem(prime).unwrap_or(0);
    let mut power = 1_u32;
    for _ in 0..prime {
        if power == value {
            return true;
        }
        power = power.saturating_mul(generator).checked_rem(prime).unwrap_or(0);
    }
    false
}

/// Nemec et al., "The Return of Coppersmith's Attack" (CCS 2017): primes for which the subgroup is small.
const PRIMES: [u32; 17] = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];
