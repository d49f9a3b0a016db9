//! Parties of this bench alone: keys, an identity provider that is trusted for itself, and what it signs.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bonafide::crypto::{PublicKey, TrustedKey, TrustedKeys};
use bonafide::jose::KeySet;
use bonafide::oidc::{self, Nonce, TrustedProvider};
use bonafide::saml::{self, Policy, Request, TrustedIdp, logout};
use ring::digest::{SHA256, digest};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use std::path::Path;
use time::OffsetDateTime;
use time::macros::datetime;

pub const NOW: OffsetDateTime = datetime!(2026-01-01 00:00:00 UTC);
pub const IDP: &str = "https://idp.test";
pub const SP: &str = "https://sp.test/md";
const ACS: &str = "https://sp.test/acs";

pub struct Minted {
    key: Ed25519KeyPair,
    pub idp: TrustedIdp,
    pub policy: Policy,
    pub logout: logout::Policy,
    pub provider: TrustedProvider,
    /// A certificate.
    pub pem: String,
}

impl Minted {
    pub fn new() -> Self {
        let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let public = PublicKey::from_ed25519(key.public_key().as_ref()).unwrap();
        let keys = TrustedKeys::new(vec![TrustedKey::from_key(public)]).unwrap();
        let jwks = format!("{{\"keys\":[{}]}}", jwk(&key));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/saml/keys/k.crt");
        Self {
            idp: TrustedIdp::new(IDP, keys).unwrap(),
            policy: Policy::new(SP, [ACS], Request::InResponseTo("_req1".to_owned())).unwrap(),
            logout: logout::Policy::new(["https://sp.test/slo"]).unwrap(),
            provider: TrustedProvider::new(IDP, KeySet::from_jwks(jwks.as_bytes()).unwrap()).unwrap(),
            pem: std::fs::read_to_string(path).unwrap(),
            key,
        }
    }

    pub fn known(&self) -> saml::Expectations<'_> {
        saml::Expectations::complete(&self.idp, &self.policy)
    }

    pub fn known_logout(&self) -> logout::Expectations<'_> {
        logout::Expectations::complete(&self.idp, &self.logout)
    }

    pub fn expectations(&self) -> oidc::Expectations {
        oidc::Expectations::complete(&self.provider, &oidc::Policy::new("client1", Nonce::NotUsed).unwrap())
    }

    pub fn jwk(&self) -> String {
        jwk(&self.key)
    }

    pub fn der(&self) -> Vec<u8> {
        STANDARD.decode(self.base64()).unwrap()
    }

    pub fn base64(&self) -> String {
        self.pem.lines().filter(|line| !line.starts_with("-----")).collect()
    }

    pub fn key_descriptor(&self) -> String {
        let certificate = self.base64();
        format!(
            "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo xmlns:ds=\"{DS}\"><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        )
    }

    /// The certificate with a subject of many names. Its signature holds no longer, and nobody asks for it.
    pub fn named_certificate(&self, size: usize) -> Vec<u8> {
        // SET { SEQUENCE { commonName, UTF8String "a" } }
        const NAME: [u8; 14] = [0x31, 0x0c, 0x30, 0x0a, 6, 3, 0x55, 4, 3, 0x0c, 3, b'a', b'b', b'c'];
        let der = self.der();
        let (outer, _) = children(&der)[0];
        let parts = children(outer);
        let fields = children(parts[0].0);
        let names = wrap(0x30, &NAME.repeat(size / NAME.len()));
        let field = |at: usize| if at == 5 { names.clone() } else { fields[at].1.to_vec() };
        let tbs: Vec<u8> = (0..fields.len()).flat_map(field).collect();
        wrap(0x30, &[wrap(0x30, &tbs), parts[1].1.to_vec(), parts[2].1.to_vec()].concat())
    }

    pub fn token(&self, claims: &str) -> Vec<u8> {
        let now = NOW.unix_timestamp();
        let rest = if claims.contains("\"aud\"") { "" } else { "\"aud\":\"client1\"," };
        let payload =
            format!("{{{claims}{rest}\"iss\":\"{IDP}\",\"sub\":\"a\",\"iat\":{now},\"exp\":{}}}", now + 300);
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"EdDSA","typ":"JWT"}"#);
        let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(signed.as_bytes()));
        format!("{signed}.{signature}").into()
    }

    /// A Response whose assertion has these statements.
    pub fn signed(&self, statements: &str) -> Vec<u8> {
        self.signed_with("", statements)
    }

    /// Also with these audiences beside the service.
    pub fn signed_with(&self, audiences: &str, statements: &str) -> Vec<u8> {
        let (before, after) = assertion(audiences, statements);
        let hash = STANDARD.encode(digest(&SHA256, [&*before, &*after].concat().as_bytes()));
        let info = format!(
            "<ds:SignedInfo xmlns:ds=\"{DS}\"><ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519\"></ds:SignatureMethod><ds:Reference URI=\"#_a1\"><ds:Transforms><ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform><ds:Transform Algorithm=\"{EXCLUSIVE}\"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod><ds:DigestValue>{hash}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
        );
        let value = STANDARD.encode(self.key.sign(info.as_bytes()));
        let signature = format!(
            "<ds:Signature xmlns:ds=\"{DS}\">{info}<ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>"
        );
        envelope(&[before, signature, after].concat())
    }

    /// The same without signature.
    pub fn unsigned(&self, statements: &str) -> Vec<u8> {
        let (before, after) = assertion("", statements);
        envelope(&(before + &after))
    }
}

/// Both parts around the signature, in canonical form.
fn assertion(audiences: &str, statements: &str) -> (String, String) {
    let bearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
    let before = format!(
        "<saml:Assertion xmlns:saml=\"{SAML}\" ID=\"_a1\" IssueInstant=\"{AT}\" Version=\"2.0\"><saml:Issuer>{IDP}</saml:Issuer>"
    );
    let after = format!(
        "<saml:Subject><saml:NameID>alice@idp.test</saml:NameID><saml:SubjectConfirmation Method=\"{bearer}\"><saml:SubjectConfirmationData InResponseTo=\"_req1\" NotOnOrAfter=\"{UNTIL}\" Recipient=\"{ACS}\"></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotOnOrAfter=\"{UNTIL}\"><saml:AudienceRestriction>{audiences}<saml:Audience>{SP}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant=\"{AT}\"><saml:AuthnContext><saml:AuthnContextClassRef>a:b</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>{statements}</saml:Assertion>"
    );
    (before, after)
}

fn envelope(assertion: &str) -> Vec<u8> {
    format!(
        "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r1\" Version=\"2.0\" IssueInstant=\"{AT}\" Destination=\"{ACS}\" InResponseTo=\"_req1\"><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>{assertion}</samlp:Response>"
    )
    .into()
}

fn jwk(key: &Ed25519KeyPair) -> String {
    let x = URL_SAFE_NO_PAD.encode(key.public_key());
    format!("{{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"{x}\"}}")
}

/// Content and whole of each DER element.
fn children(mut der: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut all = Vec::new();
    while der.len() > 1 {
        let (head, length) = match der[1] {
            short @ 0..=0x7f => (2, usize::from(short)),
            long => {
                let count = usize::from(long & 0x7f);
                (
                    2 + count,
                    der[2..2 + count].iter().fold(0, |length, octet| length << 8 | usize::from(*octet)),
                )
            }
        };
        let (one, rest) = der.split_at(head + length);
        all.push((&one[head..], one));
        der = rest;
    }
    all
}

fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let skip = match content.len() {
        0..=0x7f => return [&[tag, length[3]], content].concat(),
        0x80..=0xff => 3,
        0x100..=0xffff => 2,
        _ => 1,
    };
    let count = 0x84 - u8::try_from(skip).unwrap();
    [&[tag, count], &length[skip..], content].concat()
}

const AT: &str = "2026-01-01T00:00:00Z";
const UNTIL: &str = "2026-01-01T00:05:00Z";
const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
