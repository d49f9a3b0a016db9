//! Random small mappings and logins, from a fixed seed: `who` against brute force, order, totality.

use super::super::{Mapping, Reach, Sample};
use super::at;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// xorshift64*: enough to shuffle and to choose, always the same.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }

    fn some(&mut self, from: &[&str]) -> Vec<String> {
        from.iter().filter(|_| self.one_in(2)).map(|text| (*text).to_owned()).collect()
    }
}

const VALUES: [&str; 3] = ["a", "B", "c"];
const ROLES: [&str; 3] = ["r0", "r1", "r2"];
const LEVELS: [&str; 3] = ["none", "mfa", "hardware"];

fn mapping(dice: &mut Dice) -> Value {
    let mut many = json!({ "from": ["g"], "values": "many" });
    let mut one = json!({ "from": ["d"], "values": "one" });
    if dice.one_in(4) {
        many["ops"] = json!(["ascii_lower"]);
    }
    if dice.one_in(4) {
        many["keep"] = json!("[ac]");
    }
    if dice.one_in(4) {
        many["max"] = json!(2);
    }
    if dice.one_in(3) {
        one["default"] = json!(dice.pick(&["a", "c", "z"]));
    }
    let mut rules = Vec::new();
    for _ in 0..=dice.below(4) {
        let mut rule = json!({ "grant": [dice.pick(&ROLES)] });
        if dice.one_in(4) {
            rule["grant"] = json!(["r0", "r1"]);
        }
        let (any, all) = (dice.one_in(2), dice.one_in(3));
        for (kind, wanted) in [("any", any || !all), ("all", all), ("none", dice.one_in(2))] {
            let mut table = json!({});
            for field in ["groups", "dept"] {
                if dice.one_in(2) {
                    table[field] = json!(dice.some(&VALUES));
                }
            }
            if wanted && (kind == "none" || table != json!({})) {
                rule[kind] = table;
            }
        }
        if rule.get("any").is_none() && rule.get("all").is_none() {
            rule["any"] = json!({ "groups": dice.some(&VALUES) });
        }
        if dice.one_in(3) {
            rule["assurance"] = json!(dice.pick(&LEVELS));
        }
        if dice.one_in(5) {
            rule["expires"] = json!("2020-01-01");
        }
        rules.push(rule);
    }
    let mut roles = json!({ "combine": dice.pick(&["union", "first", "highest"]), "order": ROLES });
    if dice.one_in(3) {
        roles["conflicts"] = json!([["r0", "r1"]]);
    }
    if dice.one_in(4) {
        roles["default"] = json!([dice.pick(&ROLES)]);
    }
    json!({ "version": 1, "subject": { "key": [["sub", "issuer"]] },
        "field": { "groups": many, "dept": one }, "roles": roles, "role": rules })
}

/// Every login that matters: each subset of the raw values, each department or none, each level.
fn logins() -> Vec<(Vec<&'static str>, Option<&'static str>, Value)> {
    let mut logins = Vec::new();
    let raw = ["a", "B", "b", "c"];
    for mask in 0..16_usize {
        let groups: Vec<&str> = (0..4).filter(|bit| mask & (1 << bit) != 0).map(|bit| raw[bit]).collect();
        for dept in [None, Some("a"), Some("B"), Some("c"), Some("other")] {
            for acr in [None, Some("phrh"), Some("https://refeds.org/profile/mfa")] {
                let mut claims = json!({ "iss": "i", "sub": "s", "g": groups });
                {
                    // Present and empty: what is absent proves no absence, and could hide a rule from this count.
                    let dept = dept.unwrap_or_default();
                    claims["d"] = json!(dept);
                }
                if let Some(acr) = acr {
                    claims["acr"] = json!(acr);
                }
                logins.push((groups.clone(), dept, claims));
            }
        }
    }
    logins
}

#[test]
fn who_agrees_with_brute_force() {
    let mut dice = Dice(0x5eed_0001);
    let now = at("2026-06-01T00:00:00Z");
    let samples: Vec<Sample> =
        logins().into_iter().map(|(.., claims)| Sample::from_value(claims).unwrap()).collect();
    let mut reachable = 0;
    for round in 0..150 {
        let written = mapping(&mut dice);
        let mapping = Mapping::from_json(&written.to_string()).unwrap_or_else(|e| panic!("{e} {written}"));
        // (role, rule, field, value) for every login in which that rule decides and reads that value.
        let mut seen: BTreeSet<(String, usize, String, String)> = BTreeSet::new();
        let mut ruled: BTreeSet<(String, usize)> = BTreeSet::new();
        for sample in &samples {
            let Ok(outcome) = mapping.simulate(sample, now) else { continue };
            for granted in outcome.roles() {
                for (index, rule) in mapping.rules.iter().enumerate() {
                    let first = written["roles"]["combine"] == "first";
                    if !rule.grant.contains(&granted.role) || (first && granted.rule != Some(index)) {
                        continue;
                    }
                    let values = |field: usize| outcome.values(&mapping.fields[field].name).to_vec();
                    let listed = |own: &super::super::plan::Clause| {
                        own.values.iter().filter(|value| values(own.field).contains(value)).count()
                    };
                    let level = outcome.assurance().level;
                    let effective = (rule.any.is_empty() || rule.any.iter().any(|own| listed(own) > 0))
                        && rule.all.iter().all(|own| listed(own) > 0)
                        && rule.none.iter().all(|own| listed(own) == 0)
                        && level >= rule.assurance
                        && rule.expires.is_none();
                    if !effective {
                        continue;
                    }
                    ruled.insert((granted.role.clone(), index));
                    for own in rule.any.iter().chain(&rule.all) {
                        for value in own.values.iter().filter(|value| values(own.field).contains(value)) {
                            let name = mapping.fields[own.field].name.clone();
                            seen.insert((granted.role.clone(), index, name, value.clone()));
                        }
                    }
                }
            }
        }
        for role in ROLES {
            for rule in mapping.who(role, now).rules {
                let yes = ruled.contains(&(role.to_owned(), rule.rule));
                let expected = if yes { Reach::Yes } else { Reach::No };
                assert_eq!(rule.reach, expected, "round {round}, {role} by {}: {written:#}", rule.rule);
                reachable += usize::from(yes);
                for value in rule.any.iter().chain(&rule.all) {
                    let key = (role.to_owned(), rule.rule, value.field.clone(), value.value.clone());
                    let expected = if seen.contains(&key) { Reach::Yes } else { Reach::No };
                    assert_eq!(value.reach, expected, "round {round}, {key:?}: {written:#}");
                }
            }
        }
    }
    assert!(reachable > 120, "{reachable}");
}

/// Any JSON text value that claims are made of.
fn any_claim(dice: &mut Dice, depth: usize) -> Value {
    let texts = [
        "",
        " ",
        "a",
        "admin",
        "/a",
        "a;b;;c",
        "system:x",
        "CN=a,OU=b",
        "a@b.test",
        "\u{0}",
        "\u{202e}x",
        "é",
        "true",
        "0f1e2d3c-0000-4000-8000-000000000001",
        "x=\\2C",
        "a@b@c",
        "-1",
    ];
    match dice.below(if depth > 2 { 5 } else { 8 }) {
        0 => Value::Null,
        1 => json!(dice.one_in(2)),
        2 => json!(*dice.pick(&[0.5, -1.0, 1e300])),
        3 => json!(dice.below(1000)),
        4 | 5 => json!(dice.pick(&texts)),
        6 => Value::Array((0..dice.below(5)).map(|_| any_claim(dice, depth + 1)).collect()),
        _ => Value::Object(
            (0..dice.below(4))
                .map(|_| ((*dice.pick(&NAMES)).to_owned(), any_claim(dice, depth + 1)))
                .collect(),
        ),
    }
}

const NAMES: [&str; 18] = [
    "groups",
    "roles",
    "email",
    "email_verified",
    "realm_access",
    "realm_access.roles",
    "a",
    "a.b",
    "sub",
    "tid",
    "oid",
    "hasgroups",
    "_claim_names",
    "_claim_sources",
    "acr",
    "amr",
    "upn",
    "http://schemas.microsoft.com/claims/groups.link",
];

fn any_mapping(dice: &mut Dice) -> Value {
    let from = [
        "groups",
        "roles",
        "email",
        "realm_access.roles",
        "a.b",
        "issuer",
        "nameid",
        "nameid.persistent",
        "upn",
    ];
    let ops = [
        r#""trim""#,
        r#""ascii_lower""#,
        r#""ascii_upper""#,
        r#"{"split":";"}"#,
        r#"{"join":";"}"#,
        r#"{"strip_prefix":"/"}"#,
        r#"{"strip_suffix":"x"}"#,
        r#"{"before":"@"}"#,
        r#"{"after":"@"}"#,
        r#"{"dn_rdn":"CN"}"#,
        r#""guid""#,
        r#""scope_check""#,
        r#"{"table":{"a":"b"}}"#,
        r#"{"keep":"[a-z]+"}"#,
        r#"{"drop":"b.*"}"#,
        r#"{"prefix":"p"}"#,
        r#"{"suffix":"s"}"#,
        r#""drop_empty""#,
        r#""dedup""#,
        r#""sort""#,
    ];
    let mut fields = json!({});
    for name in ["f", "g", "h"] {
        let mut field = json!({ "from": [dice.pick(&from), dice.pick(&from)] });
        field["values"] = json!(dice.pick(&["one", "many"]));
        let list: Vec<Value> =
            (0..dice.below(5)).map(|_| serde_json::from_str(ops[dice.below(ops.len())]).unwrap()).collect();
        field["ops"] = json!(list);
        if dice.one_in(4) {
            field["concat"] = json!([dice.pick(&from), "-", dice.pick(&from)]);
        }
        if dice.one_in(6) {
            field["required"] = json!(true);
        }
        if dice.one_in(4) {
            field["on_overage"] = json!("host");
        }
        if dice.one_in(4) {
            field["on_absent"] = json!(dice.pick(&["empty", "deny", "host"]));
        }
        if dice.one_in(3) {
            field["verified_by"] = json!(dice.pick(&["claim", "idp", "none"]));
        }
        fields[name] = field;
    }
    let mut written = mapping(dice);
    written["field"]["x"] = json!({ "from": ["a"] });
    for (name, field) in fields.as_object().unwrap() {
        written["field"][name] = field.clone();
    }
    written["subject"]["key"] =
        json!([[dice.pick(&["oid", "email", "upn", "nameid", "a.b"]), "issuer"], ["sub"]]);
    if dice.one_in(2) {
        written["preset"] =
            json!(dice.pick(&["entra-oidc", "entra-saml", "okta-oidc", "edu", "google-oidc"]));
    }
    if dice.one_in(3) {
        written["accept"] = json!({ "reserved_prefixes": ["system:"], "userinfo": "fetched" });
    }
    if dice.one_in(2) {
        written["roles"]["on_none"] = json!("allow");
    }
    written
}

fn any_sample(dice: &mut Dice) -> Value {
    let claims = |dice: &mut Dice| {
        let mut claims = json!({ "iss": "https://idp.test", "sub": "u1" });
        for _ in 0..dice.below(8) {
            claims[*dice.pick(&NAMES)] = any_claim(dice, 0);
        }
        claims
    };
    if dice.one_in(2) {
        let mut sample = json!({ "protocol": "oidc", "claims": claims(dice) });
        if dice.one_in(3) {
            sample["userinfo"] = claims(dice);
            sample["userinfo_signed"] = json!(dice.one_in(2));
        }
        if dice.one_in(3) {
            sample["access_token"] = claims(dice);
        }
        if dice.one_in(3) {
            sample["resolved"] =
                json!([{ "claim": "groups", "owner": ["sub", "u1"], "source": "s", "values": ["a", "c"] }]);
        }
        return sample;
    }
    let attributes: Vec<Value> = (0..dice.below(6))
        .map(|_| {
            let values: Vec<Value> = (0..dice.below(4)).map(|_| any_claim(dice, 2)).collect();
            json!({ "name": dice.pick(&NAMES), "values": values })
        })
        .collect();
    json!({ "protocol": "saml", "issuer": "https://idp.test", "attributes": attributes,
        "nameid": { "value": dice.pick(&["n1", "a@b.test", ""]),
            "format": dice.pick(&[super::super::names::PERSISTENT, super::super::names::EMAIL_FORMAT]) } })
}

#[test]
fn applying_is_total_and_the_order_of_claims_changes_nothing() {
    let mut dice = Dice(0x5eed_0002);
    let now = at("2026-06-01T00:00:00Z");
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..2000 {
        let (written, sample) = (any_mapping(&mut dice), any_sample(&mut dice));
        let Ok(mapping) = Mapping::from_json(&written.to_string()) else {
            panic!("round {round}: {written:#}");
        };
        let sample = Sample::from_value(sample).unwrap();
        let first = mapping.simulate(&sample, now);
        let explained = mapping.explain_sample(&sample, now);
        assert_eq!(explained.is_accepted(), first.is_ok(), "round {round}");
        assert_eq!(explained.rejections.first(), first.as_ref().err(), "round {round}");
        let _ = explained.to_json(&|quoted| quoted.as_str().to_owned());
        let mut input = sample.input();
        for claims in &mut input.claims {
            for last in (1..claims.entries.len()).rev() {
                claims.entries.swap(last, dice.below(last + 1));
            }
        }
        if input.claims.len() == 3 {
            input.claims.swap(1, 2);
        }
        let walk = &mut super::super::walk::Walk::deciding();
        let shuffled = mapping.evaluate(&input, now.into(), walk);
        match (first, shuffled) {
            (Ok(first), Ok(shuffled)) => {
                assert!(first == shuffled, "round {round}: {first:?} {shuffled:?}");
                accepted += 1;
            }
            (Err(first), Err(shuffled)) => {
                assert_eq!(first.check(), shuffled.check, "round {round}");
                refused += 1;
            }
            (first, shuffled) => panic!("round {round}: {first:?} {shuffled:?}"),
        }
    }
    assert!(accepted > 200 && refused > 500, "{accepted} {refused}");
}

#[test]
fn the_order_of_group_values_changes_no_role_and_no_key() {
    let mut dice = Dice(0x5eed_0003);
    for case in super::cases() {
        let Some(groups) = case.sample["claims"]["groups"].as_array().cloned() else { continue };
        let sample = Sample::from_value(case.sample.clone()).unwrap();
        let first = case.mapping.simulate(&sample, case.now);
        let mut shuffled = groups;
        for last in (1..shuffled.len()).rev() {
            shuffled.swap(last, dice.below(last + 1));
        }
        let mut sample = case.sample;
        sample["claims"]["groups"] = Value::Array(shuffled);
        let second = case.mapping.simulate(&Sample::from_value(sample).unwrap(), case.now);
        match (first, second) {
            (Ok(first), Ok(second)) => {
                assert_eq!(first.roles(), second.roles(), "{}", case.id);
                assert_eq!(first.subject_key(), second.subject_key(), "{}", case.id);
            }
            (first, second) => assert_eq!(first.err().map(|e| e.code()), second.err().map(|e| e.code())),
        }
    }
}

/// Taking a value away from a login never gives it more, unless a rule excludes by that value; adding an unknown one
/// never gives anything.
#[test]
fn an_unknown_group_gives_nothing() {
    let mut dice = Dice(0x5eed_0004);
    let now = at("2026-06-01T00:00:00Z");
    for _ in 0..300 {
        let mapping = Mapping::from_json(&mapping(&mut dice).to_string()).unwrap();
        for (groups, _, mut claims) in logins().into_iter().step_by(7) {
            let before = mapping.simulate(&Sample::from_value(claims.clone()).unwrap(), now);
            let mut groups: Vec<&str> = groups;
            groups.extend(["aa", "xa", "a\u{301}", "A "]);
            claims["g"] = json!(groups);
            let after = mapping.simulate(&Sample::from_value(claims).unwrap(), now);
            if let (Ok(before), Ok(after)) = (&before, &after) {
                assert_eq!(before.roles(), after.roles());
            }
            assert!(before.is_ok() || after.is_err());
        }
    }
}

/// A login that proves less never has a role that it would not have by proving more.
#[test]
fn proving_less_gives_no_role_that_proving_more_does_not() {
    let mut dice = Dice(0x5eed_0005);
    let now = at("2026-06-01T00:00:00Z");
    let mut compared = 0;
    for _ in 0..300 {
        let mut written = mapping(&mut dice);
        // A default role is what is left when nothing is proven, and a conflict refuses the stronger login.
        written["roles"].as_object_mut().unwrap().retain(|name, _| name != "default" && name != "conflicts");
        let mapping = Mapping::from_json(&written.to_string()).unwrap();
        for (.., mut claims) in logins().into_iter().step_by(11) {
            claims.as_object_mut().unwrap().remove("acr");
            let Ok(less) = mapping.simulate(&Sample::from_value(claims.clone()).unwrap(), now) else {
                continue;
            };
            claims["acr"] = json!("phrh");
            let more = mapping.simulate(&Sample::from_value(claims).unwrap(), now).unwrap();
            let rank = |role: &str| ROLES.iter().position(|own| *own == role).unwrap();
            for granted in less.roles() {
                let kept = more.has_role(&granted.role)
                    || (written["roles"]["combine"] == "highest"
                        && more.roles().iter().any(|other| rank(&other.role) < rank(&granted.role)));
                assert!(kept, "{granted:?} {written:#}");
                compared += 1;
            }
        }
    }
    assert!(compared > 200, "{compared}");
}
