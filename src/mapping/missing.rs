//! Why a field has no value: what came instead, and the one line to write.

use super::claims::{Claims, Datum, Entry};
use super::document::{OnOverage, UserInfo};
use super::input::Input;
use super::names::{is_email_name, last_segment};
use super::near;
use super::plan::{FieldPlan, Mapping, Part};
use super::preset::Preset;
use super::resolve::{State, Unproven, groups_marker};
use super::walk::Trace;
use crate::error::{Code, Quoted};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One field without usable value, with what may be the reason, the likeliest first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Missing {
    /// The field.
    pub field: String,
    /// The code of the likeliest reason.
    pub code: Code,
    /// What may be the reason, at most 5.
    pub candidates: Vec<Candidate>,
}

/// One possible reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candidate {
    /// What was found.
    pub how: How,
    /// The name that came, where one did.
    pub name: Option<Quoted>,
    /// The line to write in the mapping; empty when the mapping cannot mend it.
    pub line: String,
    /// What to change at the identity provider or in the request instead.
    pub elsewhere: String,
}

/// What was found, in the order of likelihood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum How {
    /// The groups are behind a link.
    Overage,
    /// The name is that of an object, or of a list of objects.
    Parts,
    /// The same name in another case.
    Case,
    /// The name is the FriendlyName of an attribute.
    FriendlyName,
    /// Another name for the same thing.
    Alias,
    /// The same last part of the name.
    LastSegment,
    /// A name that differs by one or two letters.
    Spelling,
    /// The only other claim that holds an e-mail address.
    Shape,
    /// The claim came without a value.
    Empty,
    /// Values came, and `keep` let none of them through.
    Filtered,
    /// Part of the message could not be decrypted.
    Encrypted,
    /// It came in unsigned content.
    Unsigned,
    /// Its scope was not requested.
    Scope,
}

impl How {
    /// The clause for it in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overage => "too many groups: the provider sends a link in their place",
            Self::Parts => {
                "the claim is an object or a list of objects, and the mapping does not say which part to read"
            }
            Self::Case => "the same name in another case came; names are compared exactly",
            Self::FriendlyName => "an attribute has this FriendlyName; its Name is another",
            Self::Alias => "another name for the same thing came",
            Self::LastSegment => "a name with the same last part came",
            Self::Spelling => "a name that is spelled nearly so came",
            Self::Shape => "exactly one other claim holds an e-mail address",
            Self::Empty => "the claim came without a value",
            Self::Filtered => "the claim came, and `keep` let none of its values through",
            Self::Encrypted => "part of the message could not be decrypted",
            Self::Unsigned => "it came in content without a verified signature",
            Self::Scope => "the scope that releases it was not requested",
        }
    }

    /// The code for it.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::Overage => Code::CM104,
            Self::Empty | Self::Filtered => Code::CM102,
            Self::Encrypted => Code::SA104,
            Self::Unsigned | Self::Parts => Code::CM118,
            Self::Scope => Code::OI115,
            _ => Code::CM101,
        }
    }
}

impl Missing {
    /// As JSON. `show` decides how foreign text appears.
    #[must_use]
    pub fn to_json(&self, show: &dyn Fn(&Quoted) -> String) -> Value {
        json!({
            "field": self.field,
            "code": self.code.as_str(),
            "candidates": self.candidates.iter().map(|candidate| json!({
                "code": candidate.how.code().as_str(),
                "why": candidate.how.as_str(),
                "claim": candidate.name.as_ref().map(show),
                "line": candidate.line,
                "elsewhere": candidate.elsewhere,
            })).collect::<Vec<_>>(),
        })
    }
}

/// The last operation but `keep` left values, `keep` left none.
fn is_filtered(steps: &[(&'static str, Vec<String>)]) -> bool {
    steps.last().is_some_and(|(name, values)| *name == "keep" && values.is_empty())
}

impl Mapping {
    /// The diagnosis of every field that ended without usable value.
    pub(super) fn missing(&self, input: &Input<'_>, trace: &Trace) -> Vec<Missing> {
        let mut all = Vec::new();
        for (plan, traced) in self.fields.iter().zip(&trace.fields) {
            if matches!(traced.result, State::Present(_)) {
                continue;
            }
            let mut candidates = self.candidates(plan, &traced.result, input);
            if traced.result == State::Empty && is_filtered(&traced.steps) {
                candidates.retain(|candidate| candidate.how != How::Empty);
                let elsewhere = "correct `keep` of the field, or send a value that it lets through";
                candidates.push(plain(How::Filtered, "", elsewhere));
            }
            candidates.sort_by_key(|a| a.how);
            candidates.truncate(CANDIDATES);
            let code = candidates.first().map_or(code_of(&traced.result), |candidate| candidate.how.code());
            all.push(Missing { field: plan.name.clone(), code, candidates });
        }
        all
    }

    fn candidates(&self, plan: &FieldPlan, state: &State<String>, input: &Input<'_>) -> Vec<Candidate> {
        let console = self.preset.map_or("", |preset| &preset.console);
        let release = |name: &str| {
            let place = if console.is_empty() { "at the identity provider" } else { console };
            format!("release it as {} ({place})", quoted(name))
        };
        let first = plan.from.first().map_or("", |name| &name.text);
        let mut found = Vec::new();
        let overage = matches!(state, State::Overage(_))
            || (is_groups(first) && input.claims.iter().any(|claims| groups_marker(claims).is_some()));
        if overage {
            let line = if plan.on_overage == OnOverage::Host { "" } else { "on_overage = \"host\"" };
            let elsewhere = "send fewer groups: groups assigned to the application, or app roles";
            found.push(plain(How::Overage, line, elsewhere));
        }
        if *state == State::Empty {
            found.push(plain(How::Empty, "", "fill the attribute in the directory of the user"));
        }
        if *state == State::Unproven(Unproven::Unsigned) {
            let fetched = self.document.accept.userinfo == UserInfo::Fetched;
            let line = if fetched { "" } else { "userinfo = \"fetched\" in [accept]" };
            found.push(plain(How::Unsigned, line, "release it in the ID token"));
        }
        if input.hints.encrypted {
            found.push(plain(
                How::Encrypted,
                "",
                "give the application the key that the message was encrypted for",
            ));
        }
        let mut seen = BTreeSet::new();
        for claims in &input.claims {
            let saml = claims.is_saml();
            let wanted: Vec<&str> =
                plan.from.iter().flat_map(|name| name.candidates(saml)).map(|name| &**name).collect();
            // What the field reads already is no hint.
            let in_concat = plan.concat.iter().filter_map(|part| match part {
                Part::Claim(name) => Some(name.candidates(saml)),
                Part::Text(_) => None,
            });
            let read: Vec<&str> =
                in_concat.flatten().map(|name| &**name).chain(wanted.iter().copied()).collect();
            let near = near::names(claims).into_iter().filter_map(|came| {
                let how = wanted.iter().filter_map(|wanted| likeness(wanted, &came)).min()?;
                Some((how, came.written))
            });
            let only = only_address(claims, &wanted).map(|only| (How::Shape, only.to_owned()));
            for (how, written) in near.chain(only) {
                if read.contains(&&*written) || !seen.insert(written.clone()) {
                    continue;
                }
                found.push(Candidate {
                    how,
                    name: Some(Quoted::tenant(&written)),
                    line: format!("from = [{}]", quoted(&written)),
                    elsewhere: release(first),
                });
            }
        }
        let unsigned = |name: &&String| plan.from.iter().any(|own| own.text.eq_ignore_ascii_case(name));
        if let Some(name) = input.hints.unsigned.iter().find(unsigned) {
            found.push(Candidate {
                how: How::Unsigned,
                name: Some(Quoted::tenant(name)),
                line: String::new(),
                elsewhere: "sign the assertion".to_owned(),
            });
        }
        found.extend(scope(plan, input));
        found
    }
}

fn plain(how: How, line: &str, elsewhere: &str) -> Candidate {
    Candidate { how, name: None, line: line.to_owned(), elsewhere: elsewhere.to_owned() }
}

/// The code where nothing was found that could be the reason.
const fn code_of(state: &State<String>) -> Code {
    match state {
        State::Empty => Code::CM102,
        State::Unproven(Unproven::Email) => Code::CM109,
        State::Unproven(Unproven::Scope) => Code::CM111,
        State::Unproven(_) => Code::CM118,
        _ => Code::CM101,
    }
}

fn likeness(wanted: &str, came: &near::Name<'_>) -> Option<How> {
    let name = &*came.path;
    let plain = wanted.replace("[]", "").replace("{}", "");
    let wanted = &*plain;
    // Of a member of another claim, the name without those above it.
    let last = |name| match last_segment(name) {
        last if came.nested => last.rsplit('.').next().unwrap_or_default(),
        last => last,
    };
    let segment = last(wanted);
    if name == wanted {
        Some(How::Parts)
    } else if name.eq_ignore_ascii_case(wanted) {
        Some(How::Case)
    } else if came.friendly.is_some_and(|friendly| friendly.eq_ignore_ascii_case(wanted)) {
        Some(How::FriendlyName)
    } else if same_thing(wanted, name) {
        Some(How::Alias)
    } else if segment.len() > 1 && last(name).eq_ignore_ascii_case(segment) {
        Some(How::LastSegment)
    } else if wanted.len() > 3 && distance(wanted, name, 2).is_some() {
        Some(How::Spelling)
    } else {
        None
    }
}

/// Two names for one thing, by the alias tables of all presets.
fn same_thing(one: &str, other: &str) -> bool {
    if is_email_name(one) && is_email_name(other) {
        return true;
    }
    Preset::all().iter().flat_map(|preset| preset.aliases.iter()).any(|(short, alias)| {
        let is_one =
            |name: &str| short == name || alias.saml.iter().chain(&alias.oidc).any(|own| own == name);
        is_one(one) && is_one(other)
    })
}

fn only_address<'c>(claims: &'c Claims<'_>, wanted: &[&str]) -> Option<&'c str> {
    if !wanted.iter().any(|name| is_email_name(name)) {
        return None;
    }
    let holds = |entry: &&Entry<'_>| {
        matches!(entry.datum.items(), [Datum::Text(text)] if {
            text.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.') && !domain.contains('@'))
        })
    };
    let mut holders = claims.entries.iter().filter(holds);
    let only = holders.next()?;
    holders.next().is_none().then_some(&*only.name)
}

fn scope(plan: &FieldPlan, input: &Input<'_>) -> Option<Candidate> {
    if input.claims.first().is_none_or(Claims::is_saml) {
        return None;
    }
    let known = |name: &super::names::Name| {
        SCOPES.iter().find(|(claims, _)| claims.contains(&&*name.text)).map(|(_, scope)| *scope)
    };
    let scope = plan.from.iter().find_map(known)?;
    if input.hints.scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|own| own == scope)) {
        return None;
    }
    Some(plain(How::Scope, "", &format!("request the scope `{scope}`")))
}

fn is_groups(name: &str) -> bool {
    last_segment(name).eq_ignore_ascii_case("groups")
}

fn quoted(name: &str) -> String {
    Value::String(name.to_owned()).to_string()
}

/// The number of letters to change, when it is at most `most`. Linear in the names: only a band of the table is computed.
fn distance(one: &str, other: &str, most: usize) -> Option<usize> {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > most || one.len() > NAME_LETTERS {
        return None;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, left) in one.iter().enumerate() {
        let mut corner = line;
        let mut before = line.saturating_add(1);
        let mut next = vec![before];
        for (column, right) in other.iter().enumerate() {
            let above = row.get(column.saturating_add(1)).copied().unwrap_or(usize::MAX);
            let change = corner.saturating_add(usize::from(left != right));
            let cell = change.min(above.saturating_add(1)).min(before.saturating_add(1));
            corner = above;
            before = cell;
            next.push(cell);
        }
        row = next;
    }
    row.last().copied().filter(|distance| *distance <= most)
}

/// OIDC Core 5.4; `groups` is what providers call the scope by custom.
const SCOPES: &[(&[&str], &str)] = &[
    (&["email", "email_verified"], "email"),
    (
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
            "displayName",
        ],
        "profile",
    ),
    (&["address"], "address"),
    (&["phone_number", "phone_number_verified"], "phone"),
    (&["groups"], "groups"),
];
const CANDIDATES: usize = 5;
const NAME_LETTERS: usize = 128;
