//! Applying the example mapping to a login with 30 groups. Goal: below 5 us.

use bonafide::mapping::{Mapping, Sample};
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::json;
use std::hint::black_box;

fn apply(c: &mut Criterion) {
    let mapping = Mapping::from_json(include_str!("../testdata/mapping/example.json")).unwrap();
    let groups: Vec<String> = (0..30)
        .map(|n| {
            if n % 3 == 0 {
                format!("app-team-{n}")
            } else {
                format!("0f1e2d3c-0000-4000-8000-0000000001{n:02}")
            }
        })
        .chain(core::iter::once("app-users".to_owned()))
        .skip(1)
        .collect();
    let issuer = "https://sts.windows.net/11111111-2222-3333-4444-555555555555/";
    let tenant = "11111111-2222-3333-4444-555555555555";
    let oidc = Sample::from_value(json!({ "protocol": "oidc", "claims": {
        "iss": issuer, "sub": "pairwise", "oid": "aaaaaaaa-0000-4000-8000-0000000000aa", "tid": tenant,
        "email": "ada@acme.example", "name": "Ada L", "groups": groups, "amr": ["pwd", "mfa"], "acr": "1",
    } }))
    .unwrap();
    let saml = Sample::from_value(json!({ "protocol": "saml", "issuer": issuer, "attributes": {
        "http://schemas.microsoft.com/identity/claims/objectidentifier": "aaaaaaaa-0000-4000-8000-0000000000aa",
        "http://schemas.microsoft.com/identity/claims/tenantid": tenant,
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": "ada@acme.example",
        "http://schemas.microsoft.com/identity/claims/displayname": "Ada L",
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups": groups,
    } }))
    .unwrap();
    let now = time::OffsetDateTime::from_unix_timestamp(1_780_272_000).unwrap();
    assert!(mapping.simulate(&oidc, now).unwrap().has_role("viewer"));
    assert!(mapping.simulate(&saml, now).unwrap().has_role("viewer"));
    // Each includes making the view of the claims that the mapping reads.
    c.bench_function("mapping/oidc/30 groups", |b| b.iter(|| mapping.simulate(black_box(&oidc), now)));
    c.bench_function("mapping/saml/30 groups", |b| b.iter(|| mapping.simulate(black_box(&saml), now)));
}

criterion_group!(benches, apply);
criterion_main!(benches);
