//! A validated login, mapped: from the octets of a signed Response to one identity.

use bonafide::mapping::{Mapping, Origin};
use bonafide::report::Provenance;
use bonafide::saml::{Policy, Request, TrustedIdp, validate};
use serde_json::json;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-01-01 00:00:00 UTC);

#[test]
fn a_signed_response_becomes_an_identity() {
    let pem = std::fs::read_to_string(folder().join("keys/k.crt")).unwrap();
    let idp = TrustedIdp::from_pem("https://idp.test", &pem).unwrap();
    let policy =
        Policy::new("https://sp.test/md", ["https://sp.test/acs"], Request::InResponseTo("_req1".to_owned()))
            .unwrap();
    let response = std::fs::read(folder().join("base/b-a.xml")).unwrap();
    let login = validate(&response, &idp, &policy, NOW).unwrap();

    let attribute = login.attributes().iter().next().expect("the base message has attributes");
    let value = attribute.values()[0].as_text().unwrap();
    let written = json!({
        "version": 1,
        "accept": { "issuers": ["https://idp.test"] },
        "subject": { "key": [["nameid.email", "issuer"]] },
        "field": {
            "email": { "from": ["nameid.email"], "verified_by": "domain", "domains": ["idp.test"] },
            "it": { "from": [attribute.name()], "values": "many", "verified_by": "idp" },
        },
        "role": [{ "grant": ["user"], "any": { "it": [value] } }],
    });
    let mapping = Mapping::from_json(&written.to_string()).unwrap();
    let identity = mapping.apply(&login, NOW);
    let explained = mapping.explain(&login, NOW);
    let identity = identity.unwrap_or_else(|error| panic!("{error} {:?}", explained.rejections));
    assert!(identity.has_role("user") && explained.is_accepted());
    let key = "k1;12:nameid.email=14:alice@idp.test;6:issuer=16:https://idp.test;";
    assert_eq!(identity.subject_key(), key);
    assert_eq!(identity.value("email"), Some(login.name_id().unwrap().value()));
    let codes: Vec<&str> = identity.notes().iter().map(|note| note.code.as_str()).collect();
    assert_eq!(codes, ["CM108"], "an address as key is remarked upon");
    let field = identity.field("it").unwrap();
    assert_eq!((field.origin, field.provenance), (Origin::Assertion, Provenance::Signed));
    assert_eq!(field.claim, attribute.name());

    // The same key where nobody vouches for the address: refused.
    let mut unverified = written.clone();
    unverified["field"].as_object_mut().unwrap().remove("email");
    let refused = Mapping::from_json(&unverified.to_string()).unwrap().apply(&login, NOW).unwrap_err();
    assert_eq!(refused.code().as_str(), "CM109");

    // The same login under the mapping of another customer: refused before anything is mapped.
    let mut other = written;
    other["accept"]["issuers"] = json!(["https://other.test"]);
    let refused = Mapping::from_json(&other.to_string()).unwrap().apply(&login, NOW).unwrap_err();
    assert_eq!(refused.code().as_str(), "CM110");
}

/// SAML core 2.2.2: the name of this service as SPNameQualifier says no more than none, the name of an affiliation does.
#[test]
fn a_qualifier_that_is_the_default_is_no_part_of_the_key() {
    let pem = std::fs::read_to_string(folder().join("keys/k.crt")).unwrap();
    let idp = TrustedIdp::from_pem("https://idp.test", &pem).unwrap();
    let request = Request::InResponseTo("_req1".to_owned());
    let policy = Policy::new("https://sp.test/md", ["https://sp.test/acs"], request).unwrap();
    let policy = policy.with_affiliation("https://group.test");
    let mapping = json!({
        "version": 1,
        "accept": { "issuers": ["https://idp.test"] },
        "subject": { "key": [["nameid.email", "issuer"]] },
        "field": { "email": { "from": ["nameid.email"], "verified_by": "domain", "domains": ["idp.test"] } },
        "roles": { "on_none": "allow" },
    });
    let mapping = Mapping::from_json(&mapping.to_string()).unwrap();
    let key = |file: &str| {
        let login = validate(&std::fs::read(folder().join(file)).unwrap(), &idp, &policy, NOW).unwrap();
        assert_eq!(login.sp_entity_id(), "https://sp.test/md");
        mapping.apply(&login, NOW).unwrap_or_else(|error| panic!("{file}: {error}")).subject_key().to_owned()
    };
    let plain = "k1;12:nameid.email=14:alice@idp.test;6:issuer=16:https://idp.test;";
    for file in ["base/b-a.xml", "sv/sv-51-own.xml", "sv/sv-51-empty.xml", "ms/ms-46-qualifiers.xml"] {
        assert_eq!(key(file), plain, "{file}");
    }
    let group = "k1;12:nameid.email=14:alice@idp.test;15:SPNameQualifier=18:https://group.test;\
                 6:issuer=16:https://idp.test;";
    assert_eq!(key("sv/sv-51-affiliation.xml"), group);
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/saml")
}
