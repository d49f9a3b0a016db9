//! The SAML libraries, each with the test key as the one that is trusted.

use x509_parser::prelude::{FromDer, X509Certificate};

/// The certificate of the key that signed the test data, PEM.
pub fn certificate_pem() -> String {
    String::from_utf8(crate::testdata("saml/keys/k.crt")).unwrap()
}

/// Without lines that begin and end it.
pub fn certificate_base64() -> String {
    certificate_pem().lines().filter(|line| !line.starts_with("-----")).collect()
}

pub fn certificate_der() -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(certificate_base64()).unwrap()
}

/// The RSA key in the certificate, as ring wants it.
pub fn rsa_key() -> Vec<u8> {
    let der = certificate_der();
    let (_, certificate) = X509Certificate::from_der(&der).unwrap();
    certificate.public_key().subject_public_key.data.to_vec()
}

/// A service provider of samael. It reads the clock: its limits are wide enough for messages of 2026-01-01.
#[cfg(feature = "xmlsec")]
pub fn samael_service_provider() -> samael::service_provider::ServiceProvider {
    let metadata = format!(
        r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.test"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.test/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>"#,
        certificate_base64()
    );
    samael::service_provider::ServiceProvider {
        entity_id: Some("https://sp.test/md".to_owned()),
        acs_url: Some("https://sp.test/acs".to_owned()),
        idp_metadata: metadata.parse().expect("metadata"),
        max_issue_delay: chrono::Duration::days(36_500),
        max_clock_skew: chrono::Duration::days(36_500),
        ..Default::default()
    }
}

/// A verifying context of bergshamra, strict, with the pinned key. `ID` is among its identifiers; a second time it is a duplicate.
#[cfg(feature = "xmldsig")]
pub fn bergshamra_context() -> bergshamra::DsigContext {
    let mut keys = bergshamra::KeysManager::new();
    keys.add_key(bergshamra::keys::loader::load_x509_cert_pem(certificate_pem().as_bytes()).unwrap());
    bergshamra::DsigContext::new(keys)
}

/// Both sides of saml-rs. Its drifts are wide enough for messages of 2026-01-01.
#[cfg(feature = "xmldsig")]
pub fn saml_rs_parties() -> (saml_rs::raw::ServiceProvider, saml_rs::raw::IdentityProvider) {
    use saml_rs::raw::metadata::{Endpoint, IdpMetadataConfig, SpMetadataConfig};
    use saml_rs::raw::{Binding, EntitySetting, IdentityProvider, ServiceProvider};
    let century = 100 * 365 * 24 * 3_600 * 1_000;
    let setting = || {
        let mut setting = EntitySetting::default();
        setting.clock_drifts = (-century, century);
        setting
    };
    let idp = IdentityProvider::from_config(
        &IdpMetadataConfig {
            entity_id: "https://idp.test".into(),
            signing_certs: vec![certificate_base64()],
            single_sign_on_service: vec![Endpoint::new(Binding::Post, "https://idp.test/sso")],
            ..Default::default()
        },
        setting(),
    )
    .unwrap();
    let sp = ServiceProvider::from_config(
        &SpMetadataConfig {
            entity_id: "https://sp.test/md".into(),
            want_assertions_signed: true,
            assertion_consumer_service: vec![Endpoint::new(Binding::Post, "https://sp.test/acs")],
            ..Default::default()
        },
        setting(),
    )
    .unwrap();
    (sp, idp)
}
