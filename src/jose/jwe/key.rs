//! Private and shared keys that tokens are encrypted to: read once, bound to what they are for.

use super::super::error::key_error;
use super::super::jwk::{malformed, optional, required, rsa, secret_member};
use super::super::keyset::read_json;
use super::algorithm::{ContentEncryptionAlgorithm, KeyManagementAlgorithm};
use super::header::Header;
#[cfg(feature = "decryption")]
use super::managed::Managed;
use crate::check::Check;
use crate::crypto::{AgreementCurve, ContentKey, Decryptor, DigestAlgorithm};
use crate::error::{Error, Failure, Quoted, Reason};
use crate::json::Value;
use core::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A key that tokens are encrypted to: a private key or a shared secret. It never leaves the library and is never printed.
#[derive(Clone)]
pub struct DecryptionKey {
    pub(super) kid: Option<Box<str>>,
    pub(super) material: Material,
    /// The one `alg` that a JWK binds the key to.
    pub(super) bound: Option<Bound>,
}

/// What `alg` of a JWK may name for an encryption key (RFC 7517 section 4.4).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    Management(KeyManagementAlgorithm),
    /// A content key: `dir` with this encryption.
    Content(ContentEncryptionAlgorithm),
}

#[derive(Clone)]
pub(super) enum Material {
    /// Shared: the content key itself, or a key that wraps it. Only by declaration; no public key becomes one.
    Shared(Zeroizing<Box<[u8]>>),
    /// The left-most octets of a digest of the client secret (OIDC Core 10.2), as many as the algorithm takes.
    ClientSecret(Zeroizing<Box<[u8]>>),
    /// A key that somebody else holds, for these algorithms.
    Held(Arc<dyn Decryptor>, Box<[KeyManagementAlgorithm]>),
    /// An asymmetric key.
    #[cfg(feature = "decryption")]
    Private(Managed),
}

impl DecryptionKey {
    /// A shared key, for `dir` and AES key wrap: 16, 24, 32, 48 or 64 octets, as the algorithm takes.
    ///
    /// # Errors
    /// `KeyMalformed`: another length.
    pub fn shared(octets: &[u8]) -> Result<Self, Failure> {
        if !matches!(octets.len(), 16 | 24 | 32 | 48 | 64) {
            return Err(malformed("a shared key that is not 128, 192, 256, 384 or 512 bits"));
        }
        Ok(Self::of(Material::Shared(Zeroizing::new(octets.into()))))
    }

    /// The client secret, for `dir` and AES key wrap: the left-most octets of its SHA-256, SHA-384 or SHA-512, whichever is the
    /// first that is long enough (OIDC Core 10.2).
    ///
    /// # Errors
    /// `ConfigurationInvalid`: it is empty. `WeakKey`: it is shorter than 32 octets.
    pub fn client_secret(secret: &[u8]) -> Result<Self, Failure> {
        if secret.is_empty() {
            let reason = Reason::Missing { what: "client secret" };
            return Err(Failure::at(Check::ConfigurationInvalid, "", reason));
        }
        if secret.len() < SECRET_OCTETS {
            let reason = Reason::Stated("a client secret shorter than 32 octets");
            return Err(Failure::at(Check::WeakKey, "", reason));
        }
        Ok(Self::of(Material::ClientSecret(Zeroizing::new(secret.into()))))
    }

    /// A key that an HSM or a KMS holds, for these algorithms and no other. With Diffie-Hellman the decryptor returns the shared
    /// secret; the key is derived from it here.
    #[must_use]
    pub fn held_by(decryptor: Arc<dyn Decryptor>, algorithms: &[KeyManagementAlgorithm]) -> Self {
        Self::of(Material::Held(decryptor, algorithms.into()))
    }

    /// A private or symmetric JWK (RFC 7517 section 4), with its key id and what it is bound to. RSA keys come with their primes.
    ///
    /// # Errors
    /// `LimitInputSize`, `InvalidUtf8`, `JsonMalformed`, `DuplicateMember`: not a JWK. `KeyMalformed`: not a key, or a public one.
    /// `KeyUseForbidden`: for something else than encryption. `WeakKey`, `KeyTooLarge`: RSA outside 2048 to 8192 bits.
    /// `AlgUnsupported`: another kind of key, another algorithm, or a private key without feature `decryption`.
    pub fn from_jwk(jwk: &[u8]) -> Result<Self, Error> {
        read_json(jwk, Self::read).map_err(key_error)
    }

    /// An RSA key, or an elliptic curve key on P-256, P-384, P-521 or X25519, from PKCS #8, PKCS #1 or SEC 1 in PEM, not
    /// protected by a passphrase.
    ///
    /// # Errors
    /// `KeyMalformed`: not such a file. `WeakKey`, `KeyTooLarge`: RSA outside 2048 to 8192 bits. `AlgUnsupported`: another kind
    /// of key.
    #[cfg(feature = "decryption")]
    pub fn from_pem(pem: &[u8]) -> Result<Self, Failure> {
        Ok(Self::of(Material::Private(Managed::from_pem(pem)?)))
    }

    /// The same key under a key id: it then serves tokens that name this id, and tokens that name none.
    #[must_use]
    pub fn with_kid(mut self, kid: &str) -> Self {
        self.kid = Some(kid.into());
        self
    }

    /// The key id.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Reads a private or symmetric JWK (RFC 7517, RFC 7518 section 6, RFC 8037).
    pub(super) fn read(jwk: Value<'_>) -> Result<Self, Failure> {
        let kty = required(jwk, "kty")?;
        let kid = optional(jwk, "kid")?.map(Into::into);
        judge_use(jwk)?;
        let bound = judge_algorithm(jwk)?;
        let material = match kty {
            "oct" => {
                let octets = secret_member(jwk, "k")?;
                Self::shared(&octets)?.material
            }
            "RSA" => {
                rsa(jwk)?;
                private(jwk)?
            }
            "EC" | "OKP" => private(jwk)?,
            other => {
                let reason = Reason::Found { what: "kty", found: Quoted::protocol(other) };
                return Err(Failure::at(Check::AlgUnsupported, "/keys", reason));
            }
        };
        Ok(Self { kid, material, bound })
    }

    const fn of(material: Material) -> Self {
        Self { kid: None, material, bound: None }
    }

    /// True when the key may be used with this pair and is of the kind and size that it takes.
    pub(super) fn fits(&self, header: &Header<'_>) -> bool {
        let (alg, enc) = (header.alg, header.enc);
        let bound = match self.bound {
            None => true,
            Some(Bound::Management(bound)) => bound == alg,
            Some(Bound::Content(bound)) => alg == KeyManagementAlgorithm::Dir && bound == enc,
        };
        let wanted = match alg {
            KeyManagementAlgorithm::Dir => Some(enc.key_octets()),
            alg => alg.shared_key_octets(),
        };
        bound
            && match (&self.material, wanted) {
                (Material::Held(_, algorithms), _) => algorithms.contains(&alg),
                (Material::Shared(octets), Some(wanted)) => octets.len() == wanted && unwraps(alg),
                (Material::ClientSecret(_), Some(_)) => unwraps(alg),
                #[cfg(feature = "decryption")]
                (Material::Private(managed), None) => managed.fits(alg),
                _ => false,
            }
    }

    /// True when the key is on the curve of the sender's key, where there is one.
    pub(super) fn is_on(&self, curve: Option<AgreementCurve>) -> bool {
        match &self.material {
            Material::Shared(_) | Material::ClientSecret(_) => curve.is_none(),
            // The one who holds the key looks.
            Material::Held(..) => true,
            #[cfg(feature = "decryption")]
            Material::Private(managed) => managed.curve() == curve,
        }
    }

    /// The shared key in the size that an algorithm takes.
    pub(super) fn shared_octets(&self, octets: usize) -> Option<ContentKey> {
        match &self.material {
            Material::Shared(key) => (key.len() == octets).then(|| ContentKey::new(key)),
            Material::ClientSecret(secret) => {
                let digest = match octets {
                    0..=32 => DigestAlgorithm::Sha256,
                    33..=48 => DigestAlgorithm::Sha384,
                    _ => DigestAlgorithm::Sha512,
                };
                digest.digest(secret).as_ref().get(..octets).map(ContentKey::new)
            }
            Material::Held(..) => None,
            #[cfg(feature = "decryption")]
            Material::Private(_) => None,
        }
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DecryptionKey")
    }
}

#[cfg(feature = "decryption")]
fn private(jwk: Value<'_>) -> Result<Material, Failure> {
    Managed::from_jwk(jwk).map(Material::Private)
}

#[cfg(not(feature = "decryption"))]
fn private(_: Value<'_>) -> Result<Material, Failure> {
    let reason = Reason::Stated("a private key needs the feature `decryption`");
    Err(Failure::at(Check::AlgUnsupported, "/keys", reason))
}

/// AES key wrap with a key that is here needs OpenSSL.
const fn unwraps(alg: KeyManagementAlgorithm) -> bool {
    cfg!(feature = "decryption") || matches!(alg, KeyManagementAlgorithm::Dir)
}

/// RFC 7517 sections 4.2 and 4.3: what the key is for, where it says so.
fn judge_use(jwk: Value<'_>) -> Result<(), Failure> {
    if let Some(found) = optional(jwk, "use")?.filter(|purpose| *purpose != "enc") {
        let (expected, found) = (vec![Quoted::protocol("enc")], vec![Quoted::protocol(found)]);
        let reason = Reason::Mismatch { what: "use", expected, found };
        return Err(Failure::at(Check::KeyUseForbidden, "/keys", reason));
    }
    let Some(operations) = jwk.get("key_ops").filter(|value| !value.is_null()) else { return Ok(()) };
    let mut elements =
        operations.elements().ok_or_else(|| malformed("key_ops that is not an array"))?.map(Value::as_str);
    if elements.any(|name| name.is_some_and(|name| OPERATIONS.contains(&name))) {
        return Ok(());
    }
    let expected = OPERATIONS.iter().map(|name| Quoted::protocol(name)).collect();
    let reason = Reason::Mismatch { what: "key_ops", expected, found: Vec::new() };
    Err(Failure::at(Check::KeyUseForbidden, "/keys", reason))
}

fn judge_algorithm(jwk: Value<'_>) -> Result<Option<Bound>, Failure> {
    let Some(name) = optional(jwk, "alg")? else { return Ok(None) };
    let management = KeyManagementAlgorithm::from_name(name).map(Bound::Management);
    let bound = management.or_else(|| ContentEncryptionAlgorithm::from_name(name).map(Bound::Content));
    bound.map(Some).ok_or_else(|| {
        let reason = Reason::Found { what: "alg", found: Quoted::protocol(name) };
        Failure::at(Check::AlgUnsupported, "/keys", reason)
    })
}

/// RFC 7517 section 4.3.
const OPERATIONS: [&str; 4] = ["decrypt", "unwrapKey", "deriveKey", "deriveBits"];

/// A secret that an attacker cannot guess: tokens are public enough to try secrets on them.
const SECRET_OCTETS: usize = 32;
