//! Causes before consequences: which findings explain others, and in which order they stand.

use super::{Delta, Finding};
use crate::check::Check;
use crate::error::{Code, Quoted, Severity};

/// Notes at each finding which others explain it.
pub(super) fn fold(findings: &mut [Finding]) {
    let causes: Vec<Cause> = findings.iter().map(Cause::of).collect();
    for finding in findings.iter_mut() {
        let mut caused_by: Vec<Code> = causes
            .iter()
            .filter(|cause| cause.code != finding.code && cause.explains(finding))
            .map(|cause| cause.code)
            .collect();
        caused_by.sort_unstable();
        caused_by.dedup();
        finding.caused_by = caused_by;
    }
    one_of_each_time(findings);
    one_of_each_value(findings);
}

/// The same wrong value at several places is one cause: the first place stands for all.
fn one_of_each_value(findings: &mut [Finding]) {
    let mut stand: Vec<(Code, Vec<String>, Vec<String>)> = Vec::new();
    for finding in findings {
        if !finding.caused_by.is_empty() || finding.severity != Severity::Deny || finding.seen.is_empty() {
            continue;
        }
        let texts = |values: &[Quoted]| values.iter().map(|value| value.as_str().to_owned()).collect();
        let same = (finding.code, texts(&finding.seen), texts(&finding.expected));
        if stand.contains(&same) {
            finding.caused_by.push(finding.code);
        } else {
            stand.push(same);
        }
    }
}

/// Several periods that ended, or have not begun, are one cause: the one that says how far it is from the clock stands for all.
fn one_of_each_time(findings: &mut [Finding]) {
    for code in [Code::SA301, Code::SA302, Code::OI108, Code::OI109] {
        let of_code = |finding: &Finding| {
            finding.code == code && finding.caused_by.is_empty() && finding.severity == Severity::Deny
        };
        let first = findings.iter().position(of_code);
        let telling = findings.iter().position(|finding| of_code(finding) && finding.delta.is_some());
        let Some(stands) = telling.or(first) else { continue };
        for (index, finding) in findings.iter_mut().enumerate() {
            if index != stands && of_code(finding) {
                finding.caused_by.push(code);
            }
        }
    }
}

/// Two settings that each hold the value of the other are one cause: says so at the audience.
pub(super) fn swapped(findings: &mut [Finding]) {
    let holds_the_other = |finding: &Finding, codes: &[Code]| {
        codes.contains(&finding.code) && finding.delta == Some(Delta::SwappedFields)
    };
    if findings.iter().any(|finding| holds_the_other(finding, &[Code::SA401])) {
        for issuer in findings.iter_mut().filter(|finding| holds_the_other(finding, &[Code::SA405])) {
            "the entity IDs of the identity provider and of this service are swapped: each holds the value of the other"
                .clone_into(&mut issuer.why);
        }
    }
    if findings.iter().any(|finding| holds_the_other(finding, &[Code::SA403, Code::SA404])) {
        let audience = findings.iter_mut().find(|finding| holds_the_other(finding, &[Code::SA401]));
        if let Some(audience) = audience {
            "entity ID and assertion consumer service URL of this service are swapped: each holds the value of the other"
                .clone_into(&mut audience.why);
        }
    }
}

/// Refusals first, causes before consequences; otherwise the order of the walk, which is the order of the decision: bytes,
/// structure, status, signature, then the rules of the profile.
pub(super) fn sort(findings: &mut [Finding]) {
    findings.sort_by_key(|finding| {
        // What the identity provider says comes before what it signed: an error response is often not signed.
        let says = finding.check != Some(Check::StatusNotSuccess);
        (core::cmp::Reverse(finding.severity), !finding.caused_by.is_empty(), says)
    });
}

struct Cause {
    code: Code,
    severity: Severity,
    swapped: bool,
    seen: Vec<String>,
}

impl Cause {
    fn of(finding: &Finding) -> Self {
        let seen = finding.seen.iter().map(|quoted| quoted.as_str().to_owned()).collect();
        let swapped = finding.delta == Some(Delta::SwappedFields);
        Self { code: finding.code, severity: finding.severity, swapped, seen }
    }

    fn explains(&self, consequence: &Finding) -> bool {
        use Code as C;
        if self.severity < consequence.severity {
            return false;
        }
        let same_value = || {
            !self.seen.is_empty()
                && self.seen.iter().eq(consequence.seen.iter().map(crate::error::Quoted::as_str))
        };
        match (self.code, consequence.code) {
            // What happened to the copy, not to the message.
            (C::IN102, C::IN107 | C::IN108 | C::SA105) | (C::IN103, C::SA204 | C::SA205 | C::SA206) => true,
            (C::IN105, C::IN101 | C::IN102 | C::IN107 | C::IN109) => true,
            // The identity provider refused: there is no message that could be good.
            (C::FL103 | C::FL104, C::IN105 | C::SA101 | C::SA102) | (C::FL102, C::FL101) => true,
            // An error response has no assertion, and often no signature, window or subject.
            (C::SA101 | C::SA102, C::SA103 | C::SA201 | C::SA501 | C::SA505 | C::SA506) => true,
            // Audience and address are each other's: one mistake.
            (C::SA401, C::SA403 | C::SA404) | (C::SA405, C::SA401) => {
                self.swapped && consequence.delta == Some(Delta::SwappedFields)
            }
            // Both carry the address that the identity provider has for this service.
            (C::SA403, C::SA404) => same_value(),
            // One late delivery ends every window that it meets.
            (C::SA302, C::SA303 | C::SA306) | (C::SA301, C::SA303) => true,
            // Another issuer signs with another key.
            (C::SA405, C::SA204) | (C::OI105, C::OI102 | C::OI103) => true,
            // A token for another service: it was never meant to be verified here.
            (C::OI104 | C::OI113, C::OI102 | C::OI103 | C::OI106 | C::OI111) => true,
            (C::CM104, C::CM101 | C::CM107) | (C::CM101 | C::CM102 | C::CM106, C::CM107) => true,
            _ => false,
        }
    }
}
