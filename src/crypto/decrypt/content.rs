//! Content decryption. AES-GCM: nothing comes out unless the tag holds. AES-CBC of XML encryption has no tag: what comes out
//! is marked as unsound instead of refused, so that a wrong padding goes the same way as a right one.

use super::{ContentKey, NotUnwrapped};
use core::fmt;
use ring::aead;
use zeroize::Zeroizing;

/// A content-encryption algorithm. Triple DES and AES-192-CBC cannot be expressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentCipher {
    /// AES-128-GCM, IV of 96 bits, tag of 128 bits.
    Aes128Gcm,
    /// AES-192-GCM, only with the feature `decryption`.
    Aes192Gcm,
    /// AES-256-GCM.
    Aes256Gcm,
    /// AES-128-CBC without authentication, only under a dated exception and with the feature `decryption`.
    Aes128Cbc,
    /// AES-256-CBC without authentication, only under a dated exception and with the feature `decryption`.
    Aes256Cbc,
}

impl ContentCipher {
    /// Octets of the key.
    #[must_use]
    pub const fn key_octets(self) -> usize {
        match self {
            Self::Aes128Gcm | Self::Aes128Cbc => 16,
            Self::Aes192Gcm => 24,
            Self::Aes256Gcm | Self::Aes256Cbc => 32,
        }
    }

    /// Octets of the initialisation vector.
    #[must_use]
    pub const fn iv_octets(self) -> usize {
        if self.is_authenticated() { 12 } else { 16 }
    }

    /// Octets of the tag.
    #[must_use]
    pub const fn tag_octets(self) -> usize {
        if self.is_authenticated() { 16 } else { 0 }
    }

    /// True when a changed ciphertext does not decrypt.
    #[must_use]
    pub const fn is_authenticated(self) -> bool {
        matches!(self, Self::Aes128Gcm | Self::Aes192Gcm | Self::Aes256Gcm)
    }

    /// True when this build can compute it.
    #[must_use]
    pub const fn is_available(self) -> bool {
        matches!(self, Self::Aes128Gcm | Self::Aes256Gcm) || cfg!(feature = "decryption")
    }
}

impl fmt::Display for ContentCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aes128Gcm => "AES-128-GCM",
            Self::Aes192Gcm => "AES-192-GCM",
            Self::Aes256Gcm => "AES-256-GCM",
            Self::Aes128Cbc => "AES-128-CBC",
            Self::Aes256Cbc => "AES-256-CBC",
        })
    }
}

/// Encrypted content, in its parts.
#[derive(Clone, Copy)]
pub(crate) struct Sealed<'a> {
    pub(crate) cipher: ContentCipher,
    pub(crate) iv: &'a [u8],
    /// Authenticated beside the content; only with an authenticated cipher.
    pub(crate) aad: &'a [u8],
    pub(crate) ciphertext: &'a [u8],
    pub(crate) tag: &'a [u8],
}

/// Decrypted octets, which are what was encrypted only if they are sound. Overwritten when dropped.
pub(crate) struct Plaintext {
    octets: Zeroizing<Vec<u8>>,
    /// The key unwrapped, and tag or padding hold.
    sound: bool,
}

impl Plaintext {
    /// The octets, whether they are sound or not: to go the same way with both.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.octets
    }

    /// False: whatever the octets look like, the one failure is the answer.
    pub(crate) const fn is_sound(&self) -> bool {
        self.sound
    }

    /// The octets, if they are sound.
    #[allow(dead_code, reason = "used by tests and by tokens")]
    pub(crate) fn into_sound(mut self) -> Option<Vec<u8>> {
        self.sound.then(|| core::mem::take(&mut *self.octets))
    }
}

impl fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plaintext({} bytes)", self.octets.len())
    }
}

/// This build cannot compute the cipher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CipherUnavailable;

/// Decrypts. A key that did not unwrap, or has another length, takes the same way with a key that leads nowhere.
pub(crate) fn open(
    key: &Result<ContentKey, NotUnwrapped>,
    sealed: &Sealed<'_>,
) -> Result<Plaintext, CipherUnavailable> {
    let nowhere = [0_u8; 32];
    let nowhere = nowhere.get(..sealed.cipher.key_octets()).unwrap_or_default();
    let given = key.as_ref().ok().map(ContentKey::as_bytes);
    let fits = given.is_some_and(|given| given.len() == nowhere.len());
    let octets = given.filter(|_| fits).unwrap_or(nowhere);
    let algorithm = match sealed.cipher {
        ContentCipher::Aes128Gcm => &aead::AES_128_GCM,
        ContentCipher::Aes256Gcm => &aead::AES_256_GCM,
        other => return by_openssl(other, octets, sealed, fits),
    };
    let mut buffer = Zeroizing::new([sealed.ciphertext, sealed.tag].concat());
    let opened = aead::UnboundKey::new(algorithm, octets).ok().and_then(|unbound| {
        let nonce = aead::Nonce::try_assume_unique_for_key(sealed.iv).ok()?;
        let aad = aead::Aad::from(sealed.aad);
        aead::LessSafeKey::new(unbound).open_in_place(nonce, aad, &mut buffer).ok().map(|plain| plain.len())
    });
    let sound = fits && sealed.tag.len() == sealed.cipher.tag_octets() && opened.is_some();
    buffer.truncate(opened.unwrap_or(0));
    Ok(Plaintext { octets: buffer, sound })
}

#[cfg(not(feature = "decryption"))]
const fn by_openssl(
    _cipher: ContentCipher,
    _key: &[u8],
    _sealed: &Sealed<'_>,
    _fits: bool,
) -> Result<Plaintext, CipherUnavailable> {
    Err(CipherUnavailable)
}

#[cfg(feature = "decryption")]
fn by_openssl(
    cipher: ContentCipher,
    key: &[u8],
    sealed: &Sealed<'_>,
    fits: bool,
) -> Result<Plaintext, CipherUnavailable> {
    use openssl::symm::{self, Cipher, Crypter, Mode};
    let algorithm = match cipher {
        ContentCipher::Aes192Gcm => Cipher::aes_192_gcm(),
        ContentCipher::Aes128Cbc => Cipher::aes_128_cbc(),
        ContentCipher::Aes256Cbc => Cipher::aes_256_cbc(),
        ContentCipher::Aes128Gcm | ContentCipher::Aes256Gcm => return Err(CipherUnavailable),
    };
    let shaped = sealed.iv.len() == cipher.iv_octets() && sealed.tag.len() == cipher.tag_octets();
    if cipher.is_authenticated() {
        let opened = if shaped {
            symm::decrypt_aead(algorithm, key, Some(sealed.iv), sealed.aad, sealed.ciphertext, sealed.tag)
                .ok()
        } else {
            None
        };
        let sound = fits && opened.is_some();
        return Ok(Plaintext { octets: Zeroizing::new(opened.unwrap_or_default()), sound });
    }
    let whole_blocks = !sealed.ciphertext.is_empty() && sealed.ciphertext.len() & 15 == 0;
    let mut octets = Zeroizing::new(vec![0; sealed.ciphertext.len().saturating_add(32)]);
    let written =
        Crypter::new(algorithm, Mode::Decrypt, key, Some(sealed.iv)).ok().filter(|_| shaped && whole_blocks);
    let written = written.and_then(|mut crypter| {
        crypter.pad(false);
        crypter.update(sealed.ciphertext, &mut octets).ok()
    });
    octets.truncate(written.unwrap_or(0));
    // XML-Enc 5.2: the last octet counts the octets of padding, 1 to 16; the others may be anything.
    let count = usize::from(octets.last().copied().unwrap_or(0));
    let padded = (1..=16).contains(&count) & (count <= octets.len());
    let strip = count.saturating_mul(usize::from(padded));
    let length = octets.len().saturating_sub(strip);
    octets.truncate(length);
    Ok(Plaintext { octets, sound: fits & padded & written.is_some() })
}
