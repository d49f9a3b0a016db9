//! Making signatures: a trait for keys wherever they live, and keys that are held in memory.

use super::algorithm::KeyKind;
use super::algorithm::{DigestAlgorithm, SignatureAlgorithm};
use super::certificate::Certificate;
use super::key::PublicKey;
use crate::check::Check;
use crate::encoding::der::Reader;
use crate::encoding::pem;
use crate::error::{Failure, Location, Quoted, Reason};
use core::fmt;
use ring::rand::SystemRandom;
use ring::signature as rs;
use ring::signature::KeyPair as _;

/// Signs messages. Implement it over a key in a device or a key service; [`SigningKey`] holds one in memory.
pub trait Signer {
    /// The algorithm of every signature of this signer.
    fn algorithm(&self) -> SignatureAlgorithm;

    /// The signature value over the octets: RSA as it is, ECDSA as r and s one after the other (RFC 9231 section 2.3.6),
    /// each as long as the field of the curve.
    ///
    /// # Errors
    /// [`SigningFailed`]: there is no signature. The implementation logs why.
    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, SigningFailed>;

    /// The DER certificate of the key, where there is one. It is shown in KeyInfo, and each signature is verified with it
    /// before it is handed out.
    fn certificate(&self) -> Option<&[u8]> {
        None
    }
}

/// A signer gave no signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("the signer gave no signature")]
#[non_exhaustive]
pub struct SigningFailed;

impl SigningFailed {
    /// The only value.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

/// A private key in memory: RSA (2048 to 4096 bits), EC P-256, EC P-384 or Ed25519.
///
/// RSA-PKCS1 and Ed25519 signatures are deterministic. ECDSA and RSA-PSS need a random number for each signature, which comes
/// from the operating system.
pub struct SigningKey {
    pair: Pair,
    algorithm: SignatureAlgorithm,
    public: PublicKey,
    certificate: Option<Box<[u8]>>,
}

enum Pair {
    Rsa(Box<rs::RsaKeyPair>),
    Ec(Box<rs::EcdsaKeyPair>),
    Ed25519(Box<rs::Ed25519KeyPair>),
}

impl SigningKey {
    /// Reads a PKCS#8 key, DER (RFC 5208). The algorithm is that of the key: RSA-PKCS1 with SHA-256, ECDSA with the digest of
    /// the curve, Ed25519.
    ///
    /// # Errors
    /// `KeyMalformed`: not such a key, or one of another kind or size.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, Failure> {
        let random = SystemRandom::new();
        if let Ok(pair) = rs::RsaKeyPair::from_pkcs8(der) {
            return Self::rsa(pair);
        }
        for curve in CURVES {
            if let Ok(pair) = rs::EcdsaKeyPair::from_pkcs8(curve.signing, der, &random) {
                return Self::ec(pair, curve);
            }
        }
        if let Ok(pair) = rs::Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
            let public = PublicKey::from_ed25519(pair.public_key().as_ref())?;
            return Ok(Self::new(Pair::Ed25519(Box::new(pair)), SignatureAlgorithm::Ed25519, public));
        }
        Err(unusable("not a PKCS#8 key of RSA with 2048 to 4096 bits, EC P-256, EC P-384 or Ed25519"))
    }

    /// Reads the one private key of a PEM text: `PRIVATE KEY` (PKCS#8), `RSA PRIVATE KEY` (PKCS#1) or `EC PRIVATE KEY`
    /// (RFC 5915). A certificate in the same text becomes that of the key.
    ///
    /// # Errors
    /// `KeyMalformed`: no such block, or more than one, or the certificate is that of another key. Else as
    /// [`Self::from_pkcs8_der`].
    pub fn from_pem(text: &str) -> Result<Self, Failure> {
        let (mut key, mut certificate) = (None, None);
        for block in pem::blocks(text) {
            let read = match block.label.as_str() {
                "PRIVATE KEY" => Self::from_pkcs8_der,
                "RSA PRIVATE KEY" => Self::from_pkcs1_der,
                "EC PRIVATE KEY" => Self::from_sec1_der,
                "CERTIFICATE" if certificate.is_none() => {
                    certificate = block.der;
                    continue;
                }
                label if label.ends_with("PRIVATE KEY") => {
                    return Err(unusable("an encrypted key or one of an old form; write it as plain PKCS#8"));
                }
                _ => continue,
            };
            let der = block.der.ok_or_else(|| unusable("a PEM block that is not base64"))?;
            if key.replace(read(&der)?).is_some() {
                return Err(unusable("more than one private key"));
            }
        }
        let key = key.ok_or_else(|| unusable("no private key in the PEM text"))?;
        match certificate {
            Some(der) => key.with_certificate(&der),
            None => Ok(key),
        }
    }

    /// The same key with its certificate, DER.
    ///
    /// # Errors
    /// `KeyMalformed`: not a certificate, or that of another key.
    pub fn with_certificate(mut self, der: &[u8]) -> Result<Self, Failure> {
        if *Certificate::from_der(der)?.key() != self.public {
            return Err(unusable("the certificate is that of another key"));
        }
        self.certificate = Some(der.into());
        Ok(self)
    }

    /// The same key with another algorithm: RSA-PKCS1 or RSA-PSS with SHA-256, SHA-384 or SHA-512.
    ///
    /// # Errors
    /// `AlgKeyMismatch`: the key cannot do that. `AlgUnsupported`: nor can this build.
    pub fn with_algorithm(mut self, algorithm: SignatureAlgorithm) -> Result<Self, Failure> {
        let refuse = |check| {
            let found = Quoted::protocol(&algorithm.to_string());
            Err(Failure::new(check, Reason::Found { what: "algorithm", found }, Location::default()))
        };
        if !algorithm.fits(self.public.kind()) {
            return refuse(Check::AlgKeyMismatch);
        }
        if algorithm != self.algorithm && rsa_padding(algorithm).is_none() {
            return refuse(Check::AlgUnsupported);
        }
        self.algorithm = algorithm;
        Ok(self)
    }

    /// The public key.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn from_pkcs1_der(der: &[u8]) -> Result<Self, Failure> {
        let pair = rs::RsaKeyPair::from_der(der);
        Self::rsa(pair.map_err(|_| unusable("not an RSA key of 2048 to 4096 bits"))?)
    }

    /// ECPrivateKey (RFC 5915 section 3), with its public key.
    fn from_sec1_der(der: &[u8]) -> Result<Self, Failure> {
        let (mut private, mut public) = (&[][..], &[][..]);
        let mut inside = Reader::new(der).any().map(|key| key.inside());
        while let Some(part) = inside.as_mut().and_then(Reader::any) {
            match part.tag {
                0x04 => private = part.content,
                // A bit string without unused bits.
                0xa1 => {
                    public = part.inside().any().and_then(|bits| bits.content.get(1..)).unwrap_or_default()
                }
                _ => {}
            }
        }
        let random = SystemRandom::new();
        for curve in CURVES {
            let pair =
                rs::EcdsaKeyPair::from_private_key_and_public_key(curve.signing, private, public, &random);
            if let Ok(pair) = pair {
                return Self::ec(pair, curve);
            }
        }
        Err(unusable("not a key of EC P-256 or EC P-384 with its public key"))
    }

    fn ec(pair: rs::EcdsaKeyPair, curve: &Curve) -> Result<Self, Failure> {
        let point = pair.public_key().as_ref().get(1..).unwrap_or_default();
        let (x, y) = point.split_at_checked(point.len() >> 1).unwrap_or_default();
        let public = PublicKey::from_ec_point(curve.kind, x, y)?;
        Ok(Self::new(Pair::Ec(Box::new(pair)), SignatureAlgorithm::Ecdsa(curve.digest), public))
    }

    fn rsa(pair: rs::RsaKeyPair) -> Result<Self, Failure> {
        let parts: rs::RsaPublicKeyComponents<Vec<u8>> = pair.public().into();
        let public = PublicKey::from_rsa_components(&parts.n, &parts.e)?;
        let algorithm = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
        Ok(Self::new(Pair::Rsa(Box::new(pair)), algorithm, public))
    }

    const fn new(pair: Pair, algorithm: SignatureAlgorithm, public: PublicKey) -> Self {
        Self { pair, algorithm, public, certificate: None }
    }
}

impl Signer for SigningKey {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let padding = rsa_padding(self.algorithm).ok_or(SigningFailed)?;
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(padding, &random, octets, &mut signature).map_err(|_| SigningFailed)?;
                Ok(signature)
            }
            Pair::Ec(pair) => pair
                .sign(&random, octets)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| SigningFailed),
            Pair::Ed25519(pair) => Ok(pair.sign(octets).as_ref().to_vec()),
        }
    }

    fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }
}

struct Curve {
    signing: &'static rs::EcdsaSigningAlgorithm,
    kind: KeyKind,
    digest: DigestAlgorithm,
}

const CURVES: &[Curve] = &[
    Curve {
        signing: &rs::ECDSA_P256_SHA256_FIXED_SIGNING,
        kind: KeyKind::P256,
        digest: DigestAlgorithm::Sha256,
    },
    Curve {
        signing: &rs::ECDSA_P384_SHA384_FIXED_SIGNING,
        kind: KeyKind::P384,
        digest: DigestAlgorithm::Sha384,
    },
];

fn rsa_padding(algorithm: SignatureAlgorithm) -> Option<&'static dyn rs::RsaEncoding> {
    use DigestAlgorithm as D;
    use SignatureAlgorithm as S;
    Some(match algorithm {
        S::RsaPkcs1(D::Sha256) => &rs::RSA_PKCS1_SHA256,
        S::RsaPkcs1(D::Sha384) => &rs::RSA_PKCS1_SHA384,
        S::RsaPkcs1(D::Sha512) => &rs::RSA_PKCS1_SHA512,
        S::RsaPss(D::Sha256) => &rs::RSA_PSS_SHA256,
        S::RsaPss(D::Sha384) => &rs::RSA_PSS_SHA384,
        S::RsaPss(D::Sha512) => &rs::RSA_PSS_SHA512,
        _ => return None,
    })
}

fn unusable(what: &'static str) -> Failure {
    Failure::new(Check::KeyMalformed, Reason::Stated(what), Location::default())
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, {})", self.public.kind(), self.algorithm)
    }
}
