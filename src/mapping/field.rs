//! One field: from the first name that hits to its final values.

use super::claims::{Claims, Origin};
use super::document::{Accept, OnAbsent, OnOverage, Values, VerifiedBy};
use super::names::{EMAIL_FORMAT, Name, Selector, is_email_name};
use super::ops::Refused;
use super::plan::{EmailPlan, FieldPlan, Mapping, Part};
use super::resolve::{Hit, Raw, State, Unproven, Views};
use super::walk::{FieldTrace, Tried, Walk, kept};
use crate::characters::{is_hidden, is_invisible, looks_like_another};
use crate::check::Check;
use crate::error::{Failure, Location, Quoted, Reason};
use crate::report::Provenance;
use std::borrow::Cow;

/// Everything that a walk over one login reads.
pub(super) struct Context<'c> {
    pub(super) mapping: &'c Mapping,
    pub(super) views: Views<'c>,
    pub(super) resolved: &'c [super::input::Resolved<'c>],
    pub(super) scopes: Vec<&'c str>,
}

/// A field of one login.
#[derive(Clone)]
pub(super) struct Evaluated<'c> {
    pub(super) state: Raw<'c>,
    pub(super) claim: Cow<'c, str>,
    pub(super) origin: Origin,
    pub(super) provenance: Provenance,
    /// Nobody vouches for it, and the mapping says so: for display only.
    pub(super) display_only: bool,
    /// The values came as a list, even where it is a list of one.
    pub(super) list: bool,
    /// The provider may have stopped counting at a limit.
    pub(super) maybe_truncated: bool,
    /// No claim came, whatever the default made of it.
    pub(super) was_absent: bool,
}

impl<'c> Evaluated<'c> {
    fn of(hit: Hit<'c>) -> Self {
        Self {
            state: hit.state,
            claim: Cow::Borrowed(hit.name),
            origin: hit.origin,
            provenance: hit.provenance,
            display_only: false,
            list: hit.list,
            maybe_truncated: false,
            was_absent: false,
        }
    }
}

impl<'c> Context<'c> {
    pub(super) fn accept(&self) -> &'c Accept {
        &self.mapping.document.accept
    }

    pub(super) fn field(&self, plan: &'c FieldPlan, walk: &mut Walk) -> Result<Evaluated<'c>, Failure> {
        let mut tried = Vec::new();
        let wants_trace = walk.trace.is_some();
        let hit = self.views.find(&plan.from, &mut |hit| {
            if wants_trace {
                tried.push(Tried { name: hit.name.to_owned(), origin: hit.origin, state: kept(&hit.state) });
            }
        });
        let mut steps = Vec::new();
        let done = self.finish(plan, hit, walk, &mut steps)?;
        if let Some(trace) = &mut walk.trace {
            trace.fields.push(FieldTrace {
                field: plan.name.clone(),
                tried,
                steps,
                result: kept(&done.state),
            });
        }
        Ok(done)
    }

    fn finish(
        &self,
        plan: &'c FieldPlan,
        mut hit: Hit<'c>,
        walk: &mut Walk,
        steps: &mut Vec<(&'static str, Vec<String>)>,
    ) -> Result<Evaluated<'c>, Failure> {
        let view = hit.view;
        let mut email = plan.email.as_ref();
        let email_format = hit.subject.is_some_and(|subject| subject.format.as_deref() == Some(EMAIL_FORMAT));
        if email.is_none() && email_format && plan.decides {
            email = Some(BY_CLAIM);
        }
        if matches!(hit.state, State::Absent | State::Empty) {
            self.concat(plan, &mut hit, &mut email);
        }
        let mut done = Evaluated::of(hit);
        self.ask_host(plan, &mut done, walk)?;
        done.was_absent = done.state == State::Absent;
        let raw = match &mut done.state {
            State::Present(values) => Some(core::mem::take(values)),
            _ => None,
        };
        if let Some(values) = raw {
            self.present(plan, email.map(|email| (email, view)), values, &mut done, walk, steps)?;
        }
        if matches!(done.state, State::Absent | State::Empty)
            && let Some(default) = &plan.default
        {
            done.state = State::Present(vec![Cow::Borrowed(&**default)]);
            (done.claim, done.origin, done.provenance) =
                (Cow::Borrowed(""), Origin::Mapping, Provenance::Config);
        }
        self.demand(plan, &done, walk)?;
        Ok(done)
    }

    fn concat(&self, plan: &'c FieldPlan, hit: &mut Hit<'c>, email: &mut Option<&'c EmailPlan>) {
        if plan.concat.is_empty() {
            return;
        }
        let mut text = String::new();
        let mut provenance = Provenance::Derived;
        for (index, part) in plan.concat.iter().enumerate() {
            match part {
                Part::Text(separator) => text.push_str(separator),
                Part::Claim(name) => {
                    let found = self.views.find(core::slice::from_ref(name), &mut |_| {});
                    let State::Present(values) = &found.state else {
                        if let State::Unproven(why) = found.state {
                            hit.state = State::Unproven(why);
                        }
                        return;
                    };
                    let [value] = values.as_slice() else {
                        hit.state = State::Unproven(Unproven::Ambiguous);
                        return;
                    };
                    let beside = plan.concat.iter().skip(index.saturating_sub(1)).take(3);
                    let forged = |part: &Part| matches!(part, Part::Text(text) if value.contains(&**text));
                    if plan.decides && beside.into_iter().any(forged) {
                        hit.state = State::Unproven(Unproven::Ambiguous);
                        return;
                    }
                    if name.is_email() {
                        *email = email.or(Some(BY_CLAIM));
                    }
                    if found.provenance == Provenance::Unsigned {
                        provenance = Provenance::Unsigned;
                    }
                    hit.origin = found.origin;
                    text.push_str(value);
                }
            }
        }
        hit.state = State::Present(vec![Cow::Owned(text)]);
        hit.name = "";
        hit.provenance = provenance;
    }

    fn ask_host(
        &self,
        plan: &'c FieldPlan,
        done: &mut Evaluated<'c>,
        walk: &mut Walk,
    ) -> Result<(), Failure> {
        let wanted = match &done.state {
            State::Overage(_) => plan.on_overage == OnOverage::Host,
            State::Absent => plan.on_absent == Some(OnAbsent::Host),
            _ => return Ok(()),
        };
        let list = self.resolved.iter().find(|list| {
            wanted && (list.claim == plan.name || plan.from.iter().any(|name| name.text == list.claim))
        });
        if let Some(list) = list {
            done.state = if list.values.is_empty() {
                State::Empty
            } else {
                State::Present(list.values.iter().map(|value| Cow::Borrowed(&**value)).collect())
            };
            done.claim = Cow::Borrowed(&*list.source);
            (done.origin, done.provenance, done.list) = (Origin::Host, Provenance::Config, true);
            return Ok(());
        }
        match &done.state {
            State::Overage(overage) => {
                let reason = match &overage.link {
                    Some(link) => Reason::Found { what: overage.marker, found: link.clone() },
                    None => Reason::Missing { what: overage.marker },
                };
                walk.refuse(Failure::new(Check::GroupsOverage, reason, at_field(plan)))
            }
            _ if wanted => walk.refuse(Failure::new(
                Check::FieldMissing,
                Reason::Missing { what: "the list that the caller resolves" },
                at_field(plan),
            )),
            _ => Ok(()),
        }
    }

    fn present(
        &self,
        plan: &'c FieldPlan,
        email: Option<(&EmailPlan, usize)>,
        mut values: Vec<Cow<'c, str>>,
        done: &mut Evaluated<'c>,
        walk: &mut Walk,
        steps: &mut Vec<(&'static str, Vec<String>)>,
    ) -> Result<(), Failure> {
        let count = values.len();
        let caps = self.mapping.preset.map_or(&[][..], |preset| &preset.group_caps);
        done.maybe_truncated =
            plan.values == Values::Many && done.origin != Origin::Host && caps.contains(&count);
        self.reserved(&values, plan, walk)?;
        self.characters(&values, plan, walk, |value| plan.decides && looks_like_another(value))?;
        let mut list = done.list || count > 1;
        let raw = if email.is_some() { values.clone() } else { Vec::new() };
        for (name, op) in &plan.ops {
            match op.run(values, list, &self.scopes) {
                Ok(next) => values = next,
                Err(refused) => {
                    done.state = State::Unproven(Unproven::Ambiguous);
                    return walk.refuse(refusal(refused, plan));
                }
            }
            list |= values.len() > 1;
            if walk.trace.is_some() {
                steps.push((name, values.iter().map(|value| value.clone().into_owned()).collect()));
            }
        }
        if let Some(keep) = &plan.keep {
            values.retain(|value| keep.matches(value));
            if walk.trace.is_some() {
                steps.push(("keep", values.iter().map(|value| value.clone().into_owned()).collect()));
            }
        }
        if values.iter().all(|value| value.is_empty()) {
            done.state = State::Empty;
            return Ok(());
        }
        if values.len() > plan.max {
            done.state = State::Unproven(Unproven::Ambiguous);
            let reason = Reason::Limit { limit: plan.max, unit: "values", found: Some(values.len()) };
            return walk.refuse(Failure::new(Check::FieldCardinality, reason, at_field(plan)));
        }
        if !plan.ops.is_empty() {
            self.reserved(&values, plan, walk)?;
        }
        self.characters(&values, plan, walk, |value| {
            value.chars().any(char::is_control) || (plan.decides && looks_like_another(value))
        })?;
        match plan.values {
            Values::Many => {}
            Values::First => values.truncate(1),
            Values::One if values.len() == 1 => {}
            Values::One => {
                done.state = State::Unproven(Unproven::Ambiguous);
                let reason = Reason::Limit { limit: 1, unit: "values", found: Some(values.len()) };
                return walk.refuse(Failure::new(Check::FieldCardinality, reason, at_field(plan)));
            }
        }
        done.state = State::Present(values);
        if let Some((email, view)) = email {
            match self.vouched(email, view, &done.claim, &raw, done.state.values()) {
                Vouched::Yes => {}
                Vouched::No => done.state = State::Unproven(Unproven::Email),
                Vouched::DisplayOnly => done.display_only = true,
            }
        }
        Ok(())
    }

    /// What a missing value leads to.
    fn demand(&self, plan: &'c FieldPlan, done: &Evaluated<'c>, walk: &mut Walk) -> Result<(), Failure> {
        let names = || plan.from.iter().map(|name| Quoted::tenant(&name.text)).collect();
        let failure = match &done.state {
            State::Absent if plan.required || plan.on_absent == Some(OnAbsent::Deny) => {
                let found = self.received();
                let reason = Reason::Mismatch { what: "claim", expected: names(), found };
                Failure::new(Check::FieldMissing, reason, at_field(plan))
            }
            State::Empty if plan.required => Failure::new(
                Check::FieldEmpty,
                Reason::Found { what: "claim without a value", found: Quoted::tenant(&done.claim) },
                at_field(plan),
            ),
            State::Unproven(why) if plan.required => {
                let check = match why {
                    Unproven::Email => Check::EmailUnverified,
                    _ => Check::SourceUnproven,
                };
                let reason = Reason::Found { what: why.as_str(), found: Quoted::tenant(&done.claim) };
                Failure::new(check, reason, at_field(plan))
            }
            _ => return Ok(()),
        };
        if walk.failures.iter().any(|earlier| earlier.at == failure.at) {
            return Ok(()); // The state follows from a failure of this field that is noted already.
        }
        walk.refuse(failure)
    }

    /// The names of the claims that came, for a report: sorted, at most 50.
    fn received(&self) -> Vec<Quoted> {
        let mut names: Vec<&str> = self
            .views
            .claims
            .iter()
            .flat_map(|claims| claims.entries.iter().map(|entry| &*entry.name))
            .collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().take(REPORTED).map(Quoted::tenant).collect()
    }

    /// Who vouches for an address. Both what came and what it became must pass, so that no operation can launder it.
    pub(super) fn vouched(
        &self,
        plan: &EmailPlan,
        view: usize,
        claim: &str,
        raw: &[Cow<'_, str>],
        last: &[Cow<'_, str>],
    ) -> Vouched {
        let Some((claims, login)) = self.views.claims.get(view).zip(self.views.login()) else {
            return Vouched::No;
        };
        let own = plan.per_issuer.iter().find(|own| own.issuer == login.issuer);
        let (by, domains) = own.map_or((plan.by, &plan.domains), |own| (own.by, &own.domains));
        let holds = match by {
            VerifiedBy::None => return Vouched::DisplayOnly,
            VerifiedBy::Idp => true,
            VerifiedBy::Domain => raw.iter().chain(last).all(|value| {
                domain(value)
                    .is_some_and(|domain| domains.iter().any(|known| known.eq_ignore_ascii_case(domain)))
            }),
            VerifiedBy::Claim => raw.len() == 1 && is_email_name(claim) && is_verified(claims, self.flags()),
        };
        if holds { Vouched::Yes } else { Vouched::No }
    }

    fn flags(&self) -> &'c [String] {
        self.mapping.preset.map_or(&[], |preset| &preset.verified_claims)
    }

    /// Refuses values with a reserved prefix, whatever its case and the blanks before it.
    pub(super) fn reserved(
        &self,
        values: &[Cow<'_, str>],
        plan: &FieldPlan,
        walk: &mut Walk,
    ) -> Result<(), Failure> {
        for value in values {
            if let Some(prefix) = self.reserved_prefix(value) {
                walk.refuse(Failure::new(
                    Check::ValueForbidden,
                    Reason::Mismatch {
                        what: "value without reserved prefix",
                        expected: vec![Quoted::tenant(prefix)],
                        found: vec![Quoted::person(value)],
                    },
                    at_field(plan),
                ))?;
            }
        }
        Ok(())
    }

    pub(super) fn reserved_prefix(&self, value: &str) -> Option<&'c str> {
        let mut prefixes = self.accept().reserved_prefixes.iter().map(|prefix| &**prefix);
        if value.is_ascii() && value.bytes().next().is_some_and(|first| first.is_ascii_graphic()) {
            return prefixes.find(|prefix| {
                value.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            });
        }
        let seen = || value.trim_start_matches(is_hidden_or_space).chars().filter(|c| !is_invisible(*c));
        prefixes.find(|prefix| {
            let mut seen = seen();
            prefix.chars().all(|c| seen.next().is_some_and(|own| own.eq_ignore_ascii_case(&c)))
        })
    }

    /// Refuses values that hold what nobody sees.
    fn characters(
        &self,
        values: &[Cow<'_, str>],
        plan: &FieldPlan,
        walk: &mut Walk,
        hostile: impl Fn(&str) -> bool,
    ) -> Result<(), Failure> {
        match values.iter().find(|value| !is_printable_ascii(value) && hostile(value)) {
            Some(value) => walk.refuse(Failure::new(Check::ValueForbidden, unseen(value), at_field(plan))),
            None => Ok(()),
        }
    }
}

/// Whether an address may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vouched {
    Yes,
    No,
    DisplayOnly,
}

/// `email_verified` beside the address, in the same document. One `false` is enough to say no.
fn is_verified(claims: &Claims<'_>, more: &[String]) -> bool {
    use super::claims::Datum;
    let mut verified = false;
    for name in core::iter::once("email_verified").chain(more.iter().map(|name| &**name)) {
        let data = claims.named(name).flat_map(|entry| match &entry.datum {
            // The values of an attribute; a list in a token says nothing.
            Datum::List(values) if claims.is_saml() => values,
            datum => core::slice::from_ref(datum),
        });
        for datum in data {
            let yes = match datum {
                Datum::Bool(yes) => *yes,
                Datum::Text(text) => text.eq_ignore_ascii_case("true"),
                _ => false,
            };
            if !yes {
                return false;
            }
            verified = true;
        }
    }
    verified
}

fn domain(address: &str) -> Option<&str> {
    let (local, domain) = address.trim_ascii().split_once('@')?;
    let plain = !local.is_empty() && !domain.contains('@') && !address.chars().any(|c| c.is_control());
    plain.then_some(domain)
}

/// One pass without branches, for the common case.
fn is_printable_ascii(text: &str) -> bool {
    !text.bytes().fold(false, |found, byte| found | !matches!(byte, 0x20..=0x7e))
}

fn is_hidden_or_space(c: char) -> bool {
    c == ' ' || is_hidden(c)
}

/// A value that is not what its reader sees.
pub(super) fn unseen(value: &str) -> Reason {
    let control = value.chars().any(char::is_control);
    let what = if control { "control character" } else { "invisible character" };
    Reason::Found { what, found: Quoted::person(value) }
}

fn refusal(refused: Refused, plan: &FieldPlan) -> Failure {
    let (check, reason) = match refused {
        Refused::Separator => (
            Check::ValueForbidden,
            Reason::Stated("a value of a list holds the separator that lists are split at"),
        ),
        Refused::Scope(scope) => {
            (Check::ScopeMismatch, Reason::Found { what: "scope", found: Quoted::tenant(&scope) })
        }
        Refused::TooMany => (
            Check::FieldCardinality,
            Reason::Limit { limit: super::ops::VALUES, unit: "values", found: None },
        ),
    };
    Failure::new(check, reason, at_field(plan))
}

pub(super) fn at_field(plan: &FieldPlan) -> Location {
    Location::built(format!("/field/{}", plan.name))
}

/// The e-mail decision for a key part: that of the field that reads the same name.
pub(super) fn email_plan_for<'c>(mapping: &'c Mapping, part: &Name) -> &'c EmailPlan {
    let nameid = |name: &Name| matches!(name.selector, Selector::NameId(_));
    let same = |name: &Name| name.text == part.text || (nameid(name) && nameid(part));
    let reads = |plan: &&FieldPlan| plan.from.iter().any(same);
    let own = mapping.fields.iter().filter(|plan| plan.email.is_some()).find(reads);
    own.and_then(|plan| plan.email.as_ref()).unwrap_or(BY_CLAIM)
}

pub(super) const BY_CLAIM: &EmailPlan =
    &EmailPlan { by: VerifiedBy::Claim, domains: Vec::new(), per_issuer: Vec::new() };
/// Values and names that one report lists.
pub(super) const REPORTED: usize = 50;
