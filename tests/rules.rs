//! Each walk judges exactly the rules that its plan names: read from the source, so that neither can drift from the other.

use std::collections::BTreeSet;
use std::fs;

/// Each walk: the file with its plan and the files that judge.
const WALKS: &[(&str, &[&str])] = &[
    ("saml/outcome.rs", &["saml/checks.rs"]),
    ("saml/logout/rules.rs", &["saml/logout/rules.rs"]),
    ("saml/metadata/checks.rs", &["saml/metadata/checks.rs"]),
    ("oidc/checks.rs", &["oidc/checks.rs"]),
    ("oidc/binding.rs", &["oidc/binding.rs"]),
    ("oidc/access_token.rs", &["oidc/access_token.rs"]),
    ("oidc/client_assertion.rs", &["oidc/client_assertion.rs"]),
    ("oidc/dpop.rs", &["oidc/dpop.rs"]),
    ("oidc/introspection.rs", &["oidc/introspection.rs"]),
    ("oidc/jarm.rs", &["oidc/jarm.rs"]),
    ("oidc/login.rs", &["oidc/login.rs"]),
    ("oidc/logout_token.rs", &["oidc/logout_token.rs"]),
    ("oidc/userinfo.rs", &["oidc/userinfo.rs"]),
];

/// Words after which a rule is named in order to be planned.
const PLANS: &[&str] = &["RuleSet::of(", ".with(", ".with_if("];

#[test]
fn every_walk_judges_what_its_plan_names() {
    let mut planned_anywhere = BTreeSet::new();
    for (plan, walk) in WALKS {
        let planned: BTreeSet<String> =
            rules(&source(plan)).into_iter().filter(|r| r.planned).map(name).collect();
        let judged: BTreeSet<String> =
            walk.iter().flat_map(|file| rules(&source(file))).filter(|r| !r.planned).map(name).collect();
        assert_eq!(planned, judged, "{plan}");
        assert!(!planned.is_empty(), "{plan}");
        planned_anywhere.extend(planned);
    }
    let declared = declared();
    assert_eq!(declared.iter().cloned().collect::<BTreeSet<_>>(), planned_anywhere);
    assert!(declared.len() >= 100, "only {} rules", declared.len());
}

/// A rule of SAML has one walk; the kinds of tokens share what they have in common.
#[test]
fn a_rule_has_one_walk() {
    for rule in declared() {
        let walks: Vec<&str> = WALKS
            .iter()
            .filter(|(plan, _)| rules(&source(plan)).iter().any(|named| named.name == rule))
            .map(|(plan, _)| *plan)
            .collect();
        let of_tokens = walks.iter().all(|walk| walk.starts_with("oidc/"));
        assert!(walks.len() == 1 || (of_tokens && !walks.is_empty()), "{rule}: {walks:?}");
    }
}

/// No file plans or judges besides those listed above.
#[test]
fn every_walk_is_listed() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let mut folders = vec![std::path::PathBuf::from(root)];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            let text = without_tests(&fs::read_to_string(&path).unwrap()).to_owned();
            if text.contains("RuleSet::of(&[Rule::") || text.contains("RuleSet::of(&[\n") {
                assert!(WALKS.iter().any(|(plan, _)| *plan == name), "{name} has a plan of its own");
                seen += 1;
            }
        }
    }
    assert!(seen >= WALKS.len() - 1, "only {seen} plans seen");
}

struct Named {
    name: String,
    planned: bool,
}

fn name(rule: Named) -> String {
    rule.name
}

/// Every `Rule::X` of a text, and whether it stands in a plan: inside the parentheses of one of the words of `PLANS`.
fn rules(text: &str) -> Vec<Named> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("Rule::") {
        if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let name: String = text[at + 6..].chars().take_while(|c| c.is_alphanumeric()).collect();
        found.push(Named { name, planned: is_planned(&text[..at]) });
    }
    found
}

fn is_planned(before: &str) -> bool {
    let mut depth = 0;
    for (at, c) in before.char_indices().rev() {
        match c {
            ')' | ']' | '}' => depth += 1,
            '(' | '[' | '{' if depth > 0 => depth -= 1,
            '(' if PLANS.iter().any(|word| before[..=at].ends_with(word)) => return true,
            ';' if depth == 0 => return false,
            _ => {}
        }
    }
    false
}

fn declared() -> Vec<String> {
    let text = source("rule.rs");
    let list = text.split("rules! {\n").nth(1).unwrap().split("\n}\n").next().unwrap();
    let names = list.lines().filter_map(|line| Some(line.trim().split_once(" => ")?.0.to_owned()));
    names.collect()
}

fn source(name: &str) -> String {
    let path = format!("{}/src/{name}", env!("CARGO_MANIFEST_DIR"));
    without_tests(&fs::read_to_string(path).unwrap()).to_owned()
}

fn without_tests(text: &str) -> &str {
    text.split("mod tests {").next().unwrap()
}
