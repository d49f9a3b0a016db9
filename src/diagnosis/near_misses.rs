//! Generated near misses of audiences, issuers and URLs: at least 95 of 100 get the right class.

use super::{Delta, Draft};
use crate::check::Check;
use crate::error::{Failure, Protocol, Quoted, Reason};
use crate::report::{Observation, Provenance};

const BASES: [&str; 5] = [
    "https://app.acme.example/saml/metadata",
    "https://login.acme.example/realms/staff",
    "https://portal.acme.example/sso/acs",
    "https://idp.acme.example/idp/shibboleth",
    "https://sp.acme.example/Shibboleth.sso/SAML2/POST",
];

type Variant = (&'static str, fn(&str) -> String);

const VARIANTS: [Variant; 13] = [
    ("trailing-slash", |base| format!("{base}/")),
    ("scheme", |base| base.replace("https://", "http://")),
    ("port", |base| base.replace(".example/", ".example:8443/")),
    ("port", |base| base.replace(".example/", ".example:443/")),
    ("host-case", |base| base.replace("acme", "Acme")),
    ("case", |base| base.replace("/s", "/S").replace("/i", "/I").replace("/r", "/R").replace("/Sh", "/sh")),
    ("whitespace", |base| format!(" {base}\u{a0}")),
    ("percent-encoding", |base| base.replace(".example/", ".example%2F")),
    ("query-or-fragment", |base| format!("{base}?idp=1")),
    ("www", |base| base.replace("https://", "https://www.")),
    ("homoglyph", |base| base.replace("acme", "\u{430}cme")),
    ("edit-distance", |base| base.replace("acme", "acmee")),
    ("several-differences", |base| format!("{}/", base.replace("https://", "http://www."))),
];

/// What a report says about two values that should be the same.
fn delta(seen: &str, expected: &str, configured: &[(&'static str, &str)]) -> Option<&'static str> {
    let reason = Reason::Mismatch {
        what: "Audience",
        expected: vec![Quoted::tenant(expected)],
        found: vec![Quoted::tenant(seen)],
    };
    let draft = configured
        .iter()
        .fold(Draft::new(Protocol::Saml), |draft, (field, value)| draft.configured(field, value));
    let failure = Failure::at(Check::AudienceMismatch, "", reason);
    let diagnosis = draft.observe(&Observation { failure, provenance: Provenance::Signed }).finish();
    diagnosis.findings().first().and_then(|finding| finding.delta()).map(Delta::as_str)
}

#[test]
fn near_misses_are_classified() {
    let mut wrong = Vec::new();
    let mut total = 0;
    for base in BASES {
        for (class, change) in VARIANTS {
            let changed = change(base);
            assert_ne!(changed, base, "{class}");
            for (seen, expected) in [(changed.as_str(), base), (base, changed.as_str())] {
                total += 1;
                let found = delta(seen, expected, &[]);
                if found != Some(class) {
                    wrong.push(format!("{seen:?} for {expected:?}: {found:?}, not {class}"));
                }
            }
        }
        let fields = [("the ACS URL", "https://app.acme.example/acs"), ("the entity ID", base)];
        for (class, seen) in
            [("swapped-fields", "https://app.acme.example/acs"), ("unresolved-placeholder", "https://{host}")]
        {
            total += 1;
            let expected = if class == "swapped-fields" { base } else { "https://app.acme.example" };
            if delta(seen, expected, &fields) != Some(class) {
                wrong.push(format!("{seen} for {expected}: not {class}"));
            }
        }
    }
    assert!(total >= 60 && wrong.len() * 20 <= total, "{} of {total}:\n{}", wrong.len(), wrong.join("\n"));
    let far = delta("https://other.example/x", BASES[0], &[]);
    assert_eq!(far, None, "what is not near has no class");
}
