//! A genuinely signed and encrypted response, changed by an edit script: outside the ciphertext, or in the plaintext, which is
//! then encrypted as anybody could. Accepted means the same claims, and `explain` comes to the same verdict as `validate`.

#[path = "saml_mutated.rs"]
#[allow(dead_code, reason = "the edit script and the claims are shared")]
mod saml_mutated;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bonafide::crypto::{ContentKey, Decryptor, NotUnwrapped, WrappedKey};
use bonafide::diagnosis::Verdict;
use bonafide::saml::{self, Expectations, Policy, Request, TrustedIdp};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use std::sync::{Arc, OnceLock};
use time::{Date, Month, OffsetDateTime, Time};

/// Signed by xmlsec1, encrypted by OpenSSL; the content key is known.
const GENUINE: &str = include_str!("../../testdata/encryption/se/ms-56-retrieval.xml");

/// What it holds.
const PLAINTEXT: &[u8] = include_bytes!("../../testdata/encryption/inner.xml");

const KEY: [u8; 32] = [0x11; 32];

/// Holds for every input: the first octet picks what is changed, the rest is the edit script.
pub fn check(data: &[u8]) {
    let scene = scene();
    let Some((pick, script)) = data.split_first() else { return };
    let changed = if pick & 1 == 0 {
        saml_mutated::edited(GENUINE.as_bytes(), script)
    } else {
        around(&saml_mutated::edited(PLAINTEXT, script)).into_bytes()
    };
    let decision = saml::validate(&changed, &scene.idp, &scene.policy, scene.now);
    if let Ok(assertion) = &decision {
        assert_eq!(saml_mutated::claims(assertion), scene.claims, "accepted with other claims");
        assert_eq!(assertion.decrypted().len(), 1);
    }
    if pick & 0xc0 == 0 {
        let all = Expectations::complete(&scene.idp, &scene.policy);
        let verdict = saml::explain(&changed, &all, scene.now).verdict();
        assert_eq!(verdict == Verdict::Accepted, decision.is_ok(), "{verdict:?}, but {decision:?}");
    }
}

/// The genuine message with other content, encrypted with the known key.
fn around(plaintext: &[u8]) -> String {
    let mut sealed = plaintext.to_vec();
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &KEY).unwrap());
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key([7; 12]), Aad::empty(), &mut sealed).unwrap();
    let start = GENUINE.find("<xenc:CipherValue>").unwrap() + "<xenc:CipherValue>".len();
    let end = start + GENUINE[start..].find("</").unwrap();
    let content = STANDARD.encode([&[7; 12], sealed.as_slice()].concat());
    format!("{}{content}{}", &GENUINE[..start], &GENUINE[end..])
}

struct OneKey;

impl Decryptor for OneKey {
    fn unwrap_key(&self, wrapped: &WrappedKey<'_>) -> Result<ContentKey, NotUnwrapped> {
        if wrapped.octets().len() != 256 {
            return Err(NotUnwrapped);
        }
        Ok(ContentKey::new(&vec![0x11; wrapped.key_octets()]))
    }
}

struct Scene {
    idp: TrustedIdp,
    policy: Policy,
    now: OffsetDateTime,
    /// What the genuine response says.
    claims: String,
}

fn scene() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| {
        let pem = include_str!("../../testdata/saml/keys/k.crt");
        let idp = TrustedIdp::from_pem("https://idp.test", pem).unwrap();
        let request = Request::InResponseTo("_req1".to_owned());
        let policy = Policy::new("https://sp.test/md", ["https://sp.test/acs"], request).unwrap();
        let policy = policy.with_decryptor(Arc::new(OneKey));
        let now =
            Date::from_calendar_date(2026, Month::January, 1).unwrap().with_time(Time::MIDNIGHT).assume_utc();
        let claims = |message: &str| {
            saml_mutated::claims(&saml::validate(message.as_bytes(), &idp, &policy, now).unwrap())
        };
        let genuine = claims(GENUINE);
        assert_eq!(claims(&around(PLAINTEXT)), genuine);
        Scene { claims: genuine, idp, policy, now }
    })
}
