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
    for round in 0..400 {
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
    assert!(reachable > 300, "{reachable}");
}
