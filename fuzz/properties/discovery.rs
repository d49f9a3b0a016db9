//! Provider metadata that the fuzzer writes: what is accepted is that of the issuer that was asked for, and its endpoints are
//! absolute URLs.

use bonafide::oidc::Discovery;

/// Holds for every input.
pub fn check(data: &[u8]) {
    const ISSUER: &str = "https://idp.test";
    let Ok(discovery) = Discovery::parse(data, ISSUER) else { return };
    assert_eq!(discovery.issuer(), ISSUER);
    for url in [Some(discovery.jwks_uri()), discovery.endpoint("token_endpoint")].into_iter().flatten() {
        let lower = url.to_ascii_lowercase();
        assert!(lower.starts_with("https://") || lower.starts_with("http://"), "{url}");
        assert!(!lower.starts_with("http://") || !discovery.warnings().is_empty(), "{url} without a warning");
    }
    let value: serde_json::Value = match serde_json::from_slice(data) {
        Ok(value) => value,
        // Numbers beyond a double: text here, an error there.
        Err(error) => return assert!(error.to_string().contains("number out of range"), "{error}"),
    };
    assert_eq!(value["issuer"], ISSUER);
}
