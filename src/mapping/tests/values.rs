//! What a value may hold, what an operation may make of it, and where it may stand.

use super::super::{Mapping, Outcome, Sample};
use super::{at, shown};
use crate::error::Rejection;
use serde_json::{Value, json};

/// A field `f` that a rule reads, with the claims of a token or the attributes of an assertion.
fn login(field: &Value, accept: &Value, saml: bool, claims: &Value) -> Result<Outcome, Rejection> {
    let document = json!({
        "version": 1,
        "accept": accept,
        "subject": { "key": [["sub", "issuer"], ["nameid", "issuer"]] },
        "field": { "f": field },
        "roles": { "on_none": "allow" },
        "role": [{ "grant": ["admin"], "any": { "f": ["admin"] }, "owner": "x", "ticket": "y" }],
    });
    let mapping =
        Mapping::from_json(&document.to_string()).unwrap_or_else(|error| panic!("{}", shown(&error)));
    let mut claims = claims.clone();
    let sub = claims.as_object_mut().unwrap().remove("sub").unwrap_or(json!("u"));
    let sample = if saml {
        json!({ "protocol": "saml", "issuer": "https://idp.test", "nameid": { "value": sub }, "attributes": claims })
    } else {
        claims["sub"] = sub;
        claims["iss"] = json!("https://idp.test");
        json!({ "protocol": "oidc", "claims": claims })
    };
    mapping.simulate(&Sample::from_value(sample).unwrap(), at("2026-01-01T00:00:00Z"))
}

fn many(from: &str, ops: Value) -> Value {
    json!({ "from": [from], "values": "many", "ops": ops })
}

/// The name of the check that refuses, or the values of the field.
fn ends(result: Result<Outcome, Rejection>) -> Result<Vec<String>, &'static str> {
    result
        .map(|outcome| outcome.values("f").iter().map(|v| (*v).to_owned()).collect())
        .map_err(|r| r.check().name())
}

const UNSEEN: [char; 20] = [
    '\u{ad}',
    '\u{34f}',
    '\u{61c}',
    '\u{115f}',
    '\u{1160}',
    '\u{17b5}',
    '\u{180e}',
    '\u{200b}',
    '\u{2028}',
    '\u{2029}',
    '\u{202e}',
    '\u{2800}',
    '\u{3164}',
    '\u{fe0f}',
    '\u{feff}',
    '\u{ffa0}',
    '\u{fffb}',
    '\u{1d173}',
    '\u{e0020}',
    '\u{e0100}',
];

#[test]
fn no_key_and_no_deciding_value_holds_what_nobody_sees() {
    for c in UNSEEN.into_iter().chain(['\u{a0}', '\u{2003}', '\u{3000}']) {
        for saml in [false, true] {
            for text in [format!("admin{c}"), format!("{c}admin")] {
                for ops in [json!([]), json!(["trim"]), json!([{ "strip_suffix": format!("{c}") }, "trim"])] {
                    let result = login(&many("g", ops), &json!({}), saml, &json!({ "g": [text] }));
                    assert_eq!(ends(result), Err("ValueForbidden"), "{c:?}");
                }
                let result =
                    login(&many("g", json!([])), &json!({}), saml, &json!({ "sub": text, "g": ["x"] }));
                assert_eq!(ends(result), Err("ValueForbidden"), "{c:?} in the key");
            }
        }
    }
    // ASCII white space is what `trim` is for; within a name other white space is a letter as any.
    for (text, value) in [(" \t\nadmin\r\n", "admin"), ("Service\u{a0}Paie", "Service\u{a0}Paie")] {
        let result = login(&many("g", json!(["trim"])), &json!({}), true, &json!({ "g": [text] }));
        assert_eq!(ends(result).unwrap(), [value]);
    }
}

#[test]
fn no_operation_makes_a_name_of_its_look_alike() {
    let decoded = login(
        &many("g", json!([{ "dn_rdn": "CN" }])),
        &json!({}),
        true,
        &json!({ "g": ["CN=\\E2\\80\\8Badmin,OU=x"] }),
    );
    assert_eq!(ends(decoded), Err("ValueForbidden"));
    let decoded = login(
        &many("g", json!([{ "dn_rdn": "CN" }])),
        &json!({}),
        true,
        &json!({ "g": ["CN=admin\\C2\\A0,OU=x"] }),
    );
    assert_eq!(ends(decoded), Err("ValueForbidden"));
    let kind = login(
        &many("g", json!([{ "dn_rdn": "CN" }])),
        &json!({}),
        true,
        &json!({ "g": ["CN\u{2009}=admin"] }),
    );
    assert_eq!(ends(kind).unwrap(), Vec::<String>::new());
    let guid = login(
        &many("g", json!(["guid"])),
        &json!({}),
        true,
        &json!({ "g": ["\u{a0}0f1e2d3c-0000-4000-8000-000000000001"] }),
    );
    assert_eq!(ends(guid), Err("ValueForbidden"));
}

#[test]
fn reserved_prefixes_are_looked_for_before_and_after_the_operations() {
    let accept = json!({ "reserved_prefixes": ["system:"] });
    let mut hidden: Vec<String> = UNSEEN.into_iter().map(|c| format!("{c}system:masters")).collect();
    hidden.extend(UNSEEN.into_iter().map(|c| format!("sys{c}tem:masters")));
    hidden.extend([" \u{a0}System:x".to_owned(), "\u{1}system:x".to_owned()]);
    for text in &hidden {
        // A field that no rule reads may hold such characters, and no reserved name.
        let field = json!({ "from": ["d"] });
        let document = json!({ "version": 1, "accept": accept, "subject": { "key": [["sub", "issuer"]] },
            "field": { "d": field }, "roles": { "on_none": "allow" } });
        let mapping = Mapping::from_json(&document.to_string()).unwrap();
        let sample =
            json!({ "protocol": "oidc", "claims": { "iss": "https://idp.test", "sub": "u", "d": text } });
        let result = mapping.simulate(&Sample::from_value(sample).unwrap(), at("2026-01-01T00:00:00Z"));
        assert_eq!(result.map(|_| ()).map_err(|r| r.check().name()), Err("ValueForbidden"), "{text:?}");
    }
    for (ops, text) in [
        (json!([{ "split": ";" }]), "a;system:masters"),
        (json!([{ "strip_prefix": "/" }]), "/system:masters"),
        (json!([{ "after": "=" }]), "x=system:masters"),
        (json!([{ "dn_rdn": "CN" }]), "CN=\\73ystem:masters,OU=x"),
        (json!([{ "prefix": "sys" }]), "tem:masters"),
        (json!([{ "table": { "a": "system:masters" } }]), "a"),
        // And what an operation would take away.
        (json!([{ "drop": "system:.*" }]), "system:masters"),
        (json!([{ "strip_prefix": "system:" }]), "system:masters"),
        (json!([{ "prefix": "team-" }]), "System:masters"),
    ] {
        let result = login(&many("g", ops.clone()), &accept, true, &json!({ "g": [text] }));
        assert_eq!(ends(result), Err("ValueForbidden"), "{ops} {text}");
    }
}

#[test]
fn a_list_of_one_is_a_list() {
    let split = many("g", json!([{ "split": ";" }]));
    let ends = |saml, value: Value| ends(login(&split, &json!({}), saml, &json!({ "g": value })));
    assert_eq!(ends(false, json!("a;admin")).unwrap(), ["a", "admin"], "one text");
    assert_eq!(ends(true, json!(["a;admin"])).unwrap(), ["a", "admin"], "the one value of an attribute");
    assert_eq!(ends(false, json!(["a;admin"])), Err("ValueForbidden"), "a list of one");
    assert_eq!(ends(false, json!(["a"])).unwrap(), ["a"]);
    let kept = many("g", json!([{ "keep": "a.*" }, { "split": ";" }]));
    for saml in [false, true] {
        let result = login(&kept, &json!({}), saml, &json!({ "g": ["a;admin", "b"] }));
        assert_eq!(self::ends(result), Err("ValueForbidden"), "one is left of two");
    }
    let twice = many("g", json!([{ "split": ";" }, { "split": "," }]));
    let result = login(&twice, &json!({}), false, &json!({ "g": "a,admin" }));
    assert_eq!(self::ends(result).unwrap(), ["a", "admin"], "whichever separator it is");
}

#[test]
fn email_verified_is_true_or_the_text_true() {
    let field = json!({ "from": ["email"] });
    for (flag, vouches) in [
        (json!(true), true),
        (json!("true"), true),
        (json!("True"), true),
        (json!("TRUE"), true),
        (json!(false), false),
        (json!("false"), false),
        (json!(1), false),
        (json!("1"), false),
        (json!("yes"), false),
        (json!(""), false),
        (json!(" true"), false),
        (json!(null), false),
        (json!([true]), false),
        (json!(["true"]), false),
        (json!({ "true": true }), false),
    ] {
        for accept in [json!({}), json!({ "email_verified": "boolean" }), json!({ "email_verified": "text" })]
        {
            let result =
                login(&field, &accept, false, &json!({ "email": "a@b.test", "email_verified": flag }));
            assert_eq!(!ends(result).unwrap().is_empty(), vouches, "{flag} {accept}");
        }
    }
    let saml = login(&field, &json!({}), true, &json!({ "email": "a@b.test", "email_verified": ["True"] }));
    assert_eq!(ends(saml).unwrap(), ["a@b.test"]);
    let saml =
        login(&field, &json!({}), true, &json!({ "email": "a@b.test", "email_verified": ["True", "no"] }));
    assert!(ends(saml).unwrap().is_empty());
}

#[test]
fn paths_take_lists_and_objects_apart() {
    let zitadel = json!({ "urn:zitadel:iam:org:project:roles": {
        "admin": { "2001": "acme.example" }, "user": { "2001": "acme.example" }, "gone": false, "none": null } });
    let groups =
        json!({ "groups": [{ "id": 1, "name": "admin" }, { "id": 2, "name": "b" }, { "id": 3 }, null] });
    for (from, claims, values) in [
        ("urn:zitadel:iam:org:project:roles{}", &zitadel, &["admin", "user"][..]),
        ("groups[].name", &groups, &["admin", "b"]),
        ("groups[].id", &groups, &["1", "2", "3"]),
        (
            "a.b[].c.d",
            &json!({ "a": { "b": [{ "c": { "d": ["admin", "x"] } }, { "c": { "d": "y" } }] } }),
            &["admin", "x", "y"],
        ),
        ("a[]{}", &json!({ "a": [{ "admin": {} }, { "x": 1 }] }), &["admin", "x"]),
        ("a[]", &json!({ "a": ["admin", "x"] }), &["admin", "x"]),
        ("a.b{}", &json!({ "a": { "b": { "admin": [] } } }), &["admin"]),
    ] {
        let mut found = ends(login(&many(from, json!([])), &json!({}), false, claims)).unwrap();
        found.sort();
        assert_eq!(found, values, "{from}");
    }
    // What cannot be read so, or in two ways, decides nothing; nothing is an object's text.
    for (from, claims) in [
        ("groups", &groups),
        ("urn:zitadel:iam:org:project:roles", &zitadel),
        ("groups{}", &groups),
        ("a{}", &json!({ "a": "admin" })),
        ("a[].b", &json!({ "a": { "b": "admin" } })),
        ("a[].b", &json!({ "a": [{ "b": "admin" }, "admin"] })),
        ("a[].b", &json!({ "a": [{ "b": "admin" }, { "b": { "x": 1 } }] })),
        ("a[].b", &json!({ "a": [{ "b": "admin" }], "a[].b": "admin" })),
        ("a[].b.c", &json!({ "a": [{ "b.c": "admin", "b": { "c": "x" } }] })),
        ("a[].nope", &json!({ "a": [{ "b": "admin" }] })),
        ("a[].b", &json!({ "a": [] })),
        ("a{}", &json!({ "a": {} })),
    ] {
        let outcome = login(&many(from, json!([])), &json!({}), false, claims).unwrap();
        assert!(outcome.values("f").is_empty() && !outcome.has_role("admin"), "{from} {claims}");
    }
    // The names are values as any: characters, reserved prefixes and separators are judged.
    let reserved = json!({ "reserved_prefixes": ["system:"] });
    for (from, claims) in [
        ("a{}", json!({ "a": { "system:x": {} } })),
        ("a{}", json!({ "a": { "admin\u{200b}": {} } })),
        ("a{}", json!({ "a": { "x;admin": {} } })),
        ("a[].b", json!({ "a": [{ "b": "x;admin" }] })),
    ] {
        let result = login(&many(from, json!([{ "split": ";" }])), &reserved, false, &claims);
        assert_eq!(ends(result), Err("ValueForbidden"), "{claims}");
    }
    // The list behind a link is not whole, whatever part of it is read.
    let marked = json!({ "groups": [{ "name": "admin" }], "_claim_names": { "groups": "src1" } });
    assert!(login(&many("groups[].name", json!([])), &json!({}), false, &marked).is_err());
    // An address in a list is one that somebody must vouch for.
    let address = json!({ "emails": [{ "value": "a@b.test" }] });
    assert!(
        ends(login(&json!({ "from": ["emails[].value"] }), &json!({}), false, &address)).unwrap().is_empty()
    );
}

#[test]
fn hints_reach_into_claims_and_repeat_nothing() {
    let explain = |field: Value, accept: Value, claims: Value| {
        let mut claims = claims;
        (claims["iss"], claims["sub"]) = (json!("https://idp.test"), json!("u"));
        let written = |field: &Value| {
            let document = json!({ "version": 1, "accept": accept, "subject": { "key": [["sub", "issuer"]] },
                "field": { "f": field }, "roles": { "on_none": "allow" } });
            Mapping::from_json(&document.to_string()).unwrap()
        };
        let sample = Sample::from_value(json!({ "protocol": "oidc", "claims": claims })).unwrap();
        let explained = written(&field).explain_sample(&sample, at("2026-01-01T00:00:00Z"));
        let lines: Vec<String> = explained.missing[0].candidates.iter().map(|c| c.line.clone()).collect();
        for line in lines.iter().filter_map(|line| line.strip_prefix("from = ")) {
            let mut mended = field.clone();
            mended["from"] = serde_json::from_str(line).unwrap();
            let outcome = written(&mended).simulate(&sample, at("2026-01-01T00:00:00Z")).unwrap();
            assert!(!outcome.values("f").is_empty(), "{line}");
        }
        (explained.missing[0].code.as_str(), lines)
    };
    let f = |from: &str| json!({ "from": [from], "values": "many" });
    for (from, claims, line) in [
        ("roles", json!({ "realm_access": { "roles": ["a"] } }), "realm_access.roles"),
        ("realm_access.role", json!({ "realm_access": { "roles": ["a"] } }), "realm_access.roles"),
        ("realm_acess.roles", json!({ "realm_access": { "roles": ["a"] } }), "realm_access.roles"),
        ("Realm_Access.Roles", json!({ "realm_access": { "roles": ["a"] } }), "realm_access.roles"),
        ("groups", json!({ "groups": [{ "id": "1", "name": "a" }] }), "groups[].name"),
        ("groups[].nme", json!({ "groups": [{ "id": "1", "name": "a" }] }), "groups[].name"),
        ("role", json!({ "memberships": [{ "role": "a" }] }), "memberships[].role"),
        (
            "roles",
            json!({ "urn:zitadel:iam:org:project:roles": { "a": { "1": "x" } } }),
            "urn:zitadel:iam:org:project:roles{}",
        ),
        (
            "urn:zitadel:iam:org:project:roles",
            json!({ "urn:zitadel:iam:org:project:roles": { "a": { "1": "x" } } }),
            "urn:zitadel:iam:org:project:roles{}",
        ),
    ] {
        let (_, lines) = explain(f(from), json!({}), claims);
        assert_eq!(lines.first(), Some(&format!("from = [\"{line}\"]")), "{from}");
    }
    let unverified = json!({ "email": "a@b.test" });
    assert_eq!(explain(json!({ "from": ["email"] }), json!({}), unverified), ("CM109", vec![]));
    let overage = json!({ "from": ["groups"], "values": "many", "on_overage": "host" });
    let (code, lines) = explain(overage, json!({}), json!({ "hasgroups": true }));
    assert_eq!((code, lines), ("CM104", vec![String::new()]));
    let parts = json!({ "from": ["displayNam"], "concat": ["displayName", " ", "surname"] });
    assert_eq!(explain(parts, json!({}), json!({ "displayName": "x" })).1, Vec::<String>::new());
}
