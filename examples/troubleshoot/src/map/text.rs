//! The reports of `map` for people, written from the redacted documents: nothing else can get in.

use crate::junit::{self, Case};
use bonafide::characters::escape_hidden;
use serde_json::Value;
use std::fmt::Write as _;

pub fn explain(document: &Value, mapping: &Value) -> String {
    let mut text = String::new();
    for (index, sample) in list(document, "samples").iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        let verdict = word(sample, "verdict").to_uppercase();
        let _ = writeln!(text, "{verdict}  {}", escape_hidden(word(sample, "sample")));
        list(sample, "rejections").iter().for_each(|finding| problem(&mut text, finding));
        list(&sample["identity"], "findings").iter().for_each(|finding| problem(&mut text, finding));
        for key in list(sample, "key") {
            let parts: Vec<String> = list(key, "parts")
                .iter()
                .map(|part| format!("{} = {}", word(part, "claim"), state(&part["is"])))
                .collect();
            row(&mut text, if key["used"] == true { "key" } else { "no key" }, &parts.join(", "));
        }
        list(sample, "fields").iter().for_each(|field| one_field(&mut text, field));
        for (index, rule) in list(sample, "rules").iter().enumerate() {
            one_rule(&mut text, rule, &mapping["role"][index], &mapping["labels"]);
        }
        for granted in list(&sample["identity"], "grants") {
            let rule =
                granted["rule"].as_u64().map_or("by default".to_owned(), |rule| format!("rule {rule}"));
            let until = granted["expires"].as_str().map_or(String::new(), |day| format!(", until {day}"));
            row(&mut text, "role", &format!("{}  [{rule}{until}]", word(granted, "role")));
        }
        for role in list(&sample["identity"], "withheld") {
            row(&mut text, "withheld", &format!("{}: needs {}", word(role, "role"), word(role, "needs")));
        }
        if let Some(level) = sample["identity"]["assurance"]["level"].as_str() {
            row(&mut text, "assurance", level);
        }
        list(sample, "missing").iter().for_each(|missing| one_missing(&mut text, missing));
        let unused = texts(&sample["unused"]);
        if !unused.is_empty() {
            row(&mut text, "unused", &unused.join(", "));
        }
    }
    text
}

fn one_field(text: &mut String, field: &Value) {
    row(text, "field", &format!("{} = {}", word(field, "field"), state(&field["result"])));
    for tried in list(field, "tried") {
        let tried =
            format!("  tried {}  [{}] {}", word(tried, "claim"), word(tried, "origin"), state(&tried["is"]));
        row(text, "", &tried);
    }
    for step in list(field, "steps") {
        row(text, "", &format!("  {}: {}", word(step, "op"), texts(&step["values"]).join(" | ")));
    }
}

fn one_rule(text: &mut String, rule: &Value, written: &Value, labels: &Value) {
    let mut why = Vec::new();
    for (member, no) in [("matched", "no match"), ("active", "ended"), ("assured", "too little assurance")] {
        why.extend((rule[member] != true).then_some(no));
    }
    let mark =
        if why.is_empty() { "\u{2713} yes".to_owned() } else { format!("\u{2717} no: {}", why.join(", ")) };
    let number = rule["rule"].as_u64().unwrap_or_default();
    row(text, &format!("rule {number}"), &format!("{}  {mark}", texts(&written["grant"]).join(", ")));
    let label = |value: &String| match labels[value.as_str()].as_str() {
        Some(label) => format!("{value} ({label})"),
        None => value.clone(),
    };
    for clause in list(rule, "clauses") {
        let mark = if clause["holds"] == true { '\u{2713}' } else { '\u{2717}' };
        let listed: Vec<String> = texts(&clause["listed"]).iter().map(label).collect();
        let present = texts(&clause["present"]);
        let present = if present.is_empty() { "none".to_owned() } else { present.join(" | ") };
        let (kind, field) = (word(clause, "kind"), word(clause, "field"));
        let line = format!("  {mark} {kind} {field}: wants {}; has {present}", listed.join(" | "));
        row(text, "", &line);
    }
}

fn one_missing(text: &mut String, missing: &Value) {
    for candidate in list(missing, "candidates") {
        let claim = candidate["claim"].as_str().map_or(String::new(), |claim| format!(": {claim}"));
        let line = format!("{}: {}{claim}", word(missing, "field"), word(candidate, "why"));
        row(text, "missing", &line);
        for (label, member) in [("write", "line"), ("or", "elsewhere")] {
            if !word(candidate, member).is_empty() {
                row(text, label, word(candidate, member));
            }
        }
    }
}

pub fn test(document: &Value) -> String {
    let mut text = String::new();
    for test in list(document, "tests") {
        let word_of = if test["passed"] == true { "\u{2713} passed" } else { "\u{2717} FAILED" };
        let _ = writeln!(text, "{word_of}  {}", escape_hidden(word(test, "name")));
        texts(&test["differences"]).iter().for_each(|line| row(&mut text, "", line));
    }
    let _ = writeln!(text, "{} passed, {} failed", document["passed"], document["failed"]);
    text
}

/// The form that build servers read.
pub fn junit(document: &Value) -> String {
    let cases = list(document, "tests").iter().map(|test| {
        let differences = texts(&test["differences"]);
        let failure = (!differences.is_empty()).then(|| differences.join("; "));
        Case { group: "mapping".to_owned(), name: word(test, "name").to_owned(), failure, ..Case::default() }
    });
    junit::suite("mapping", &cases.collect::<Vec<_>>())
}

pub fn diff(document: &Value) -> String {
    let mut text = format!("compared with {} samples\n", document["compared"]);
    for role in list(document, "roles") {
        let privileged = if role["privileged"] == true { "  <- privileged" } else { "" };
        let gained: Vec<String> = list(role, "gained")
            .iter()
            .map(|gain| match gain["rule"].as_u64() {
                Some(rule) => format!("{} (rule {rule})", word(gain, "sample")),
                None => word(gain, "sample").to_owned(),
            })
            .collect();
        let lost = texts(&role["lost"]);
        if !gained.is_empty() {
            row(&mut text, "gained", &format!("{}: {}{privileged}", word(role, "role"), gained.join(", ")));
        }
        if !lost.is_empty() {
            row(&mut text, "lost", &format!("{}: {}", word(role, "role"), lost.join(", ")));
        }
    }
    for sample in list(document, "samples") {
        let name = word(sample, "sample");
        if let (Some(before), Some(after)) =
            (sample["key"]["before"].as_str(), sample["key"]["after"].as_str())
        {
            row(&mut text, "key", &format!("{name}: {before} -> {after}: a new account"));
        }
        let (before, after) = (sample["refused_before"].as_str(), sample["refused_after"].as_str());
        if before != after {
            let named =
                |code: Option<&str>| code.map_or("accepted".to_owned(), |code| format!("refused {code}"));
            row(&mut text, "login", &format!("{name}: {} -> {}", named(before), named(after)));
        }
    }
    for value in list(document, "new_values") {
        let privileged = if value["privileged"] == true { "  <- privileged" } else { "" };
        let by = match word(value, "field") {
            "" => String::new(),
            field => format!(" by {field} = {}", word(value, "value")),
        };
        row(&mut text, "easier", &format!("{}{by}: {}{privileged}", word(value, "role"), word(value, "why")));
    }
    list(document, "lint").iter().for_each(|finding| problem(&mut text, finding));
    let unused = texts(&document["newly_unused"]);
    if !unused.is_empty() {
        row(&mut text, "unused", &unused.join(", "));
    }
    for role in texts(&document["not_accepted_gains"]) {
        row(&mut text, "accept", &format!("a privileged role is gained: --accept-gain {role}"));
    }
    if text.lines().count() == 1 {
        row(&mut text, "", "nothing changes");
    }
    text
}

pub fn lint(document: &Value) -> String {
    let mut text = String::new();
    list(document, "findings").iter().for_each(|finding| problem(&mut text, finding));
    if text.is_empty() {
        text.push_str("nothing to say\n");
    }
    text
}

pub fn who(document: &Value) -> String {
    let privileged = if document["privileged"] == true { " (privileged)" } else { "" };
    let mut text = format!("who can have {}{privileged}\n", escape_hidden(word(document, "role")));
    if document["by_default"] == true {
        row(&mut text, "default", "everybody whom no rule gives anything");
    }
    for rule in list(document, "rules") {
        let number = rule["rule"].as_u64().unwrap_or_default();
        let mut facts = vec![format!("reachable: {}", word(rule, "reach"))];
        for (name, member) in
            [("assurance", "assurance"), ("until", "expires"), ("owner", "owner"), ("ticket", "ticket")]
        {
            facts.extend(rule[member].as_str().map(|value| format!("{name} {value}")));
        }
        row(&mut text, &format!("rule {number}"), &facts.join(", "));
        for (kind, what) in [("any", "one of"), ("all", "needs"), ("none", "not")] {
            for value in list(rule, kind) {
                let label = value["label"].as_str().map_or(String::new(), |label| format!(" ({label})"));
                let reach = word(value, "reach");
                let reach = if reach == "yes" { String::new() } else { format!("  [reachable: {reach}]") };
                let (field, value) = (word(value, "field"), word(value, "value"));
                row(&mut text, "", &format!("  {what} {field} = {value}{label}{reach}"));
            }
        }
    }
    if document["anybody"] != true {
        row(&mut text, "", "nobody can have this role now");
    }
    text
}

pub fn unused(document: &Value) -> String {
    let names = texts(&document["unused"]);
    let mut text =
        format!("{} claims come in {} samples and are never read\n", names.len(), document["samples"]);
    names.iter().for_each(|name| row(&mut text, "", name));
    text
}

fn problem(text: &mut String, finding: &Value) {
    let (symbol, severity) = match word(finding, "severity") {
        "deny" => ('\u{2717}', "deny"),
        "note" => ('\u{b7}', "note"),
        other => ('!', other),
    };
    let _ = writeln!(text, "{symbol} {severity}  {} {}", word(finding, "code"), word(finding, "name"));
    for (label, member) in [("at", "at"), ("why", "why")] {
        if !word(finding, member).is_empty() {
            row(text, label, word(finding, member));
        }
    }
    for member in ["seen", "expected"] {
        let values = texts(&finding[member]);
        if !values.is_empty() {
            row(text, member, &values.join(" | "));
        }
    }
    if !word(finding, "fix").is_empty() {
        row(text, "fix", word(finding, "fix"));
    }
}

/// A value as it stands: its values, or why there are none.
fn state(state: &Value) -> String {
    let name = word(state, "state");
    let values = texts(&state["values"]);
    match (values.is_empty(), state["because"].as_str().or(state["marker"].as_str())) {
        (false, _) => values.join(" | "),
        (true, Some(why)) => format!("({name}: {why})"),
        (true, None) => format!("({name})"),
    }
}

fn row(text: &mut String, label: &str, rest: &str) {
    let rest = escape_hidden(rest);
    let words = rest.trim_start();
    let indent = rest.len() - words.len();
    for (index, line) in wrapped(words, COLUMNS - 16 - indent).iter().enumerate() {
        let (label, more) = if index == 0 { (label, indent) } else { ("", indent + 2) };
        let _ = writeln!(text, "{}", format!("    {label:<11} {}{line}", " ".repeat(more)).trim_end());
    }
    if words.is_empty() {
        let _ = writeln!(text, "{}", format!("    {label}").trim_end());
    }
}

/// Lines of words, the later ones a little shorter; a word that is longer stays whole.
pub fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let least = room.saturating_sub(if lines.len() > 1 { 2 } else { 0 });
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= least => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Columns of a report.
const COLUMNS: usize = 100;

fn list<'v>(value: &'v Value, member: &str) -> &'v [Value] {
    value[member].as_array().map_or(&[], Vec::as_slice)
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

fn word<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_default()
}
