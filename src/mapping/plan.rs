//! From the written mapping to one that can run. Everything that could fail at a login fails here, before any login.

use super::assurance::{Ladder, Level};
use super::document::{Case, Document, Field, OnAbsent, OnOverage, Rule, Values, VerifiedBy, VerifiedFor};
use super::names::Name;
use super::ops::{Op, VALUES};
use super::pattern::Pattern;
use super::preset::Preset;
use super::unique::Table;
use crate::check::Check;
use crate::error::{Location, Malformed, Protocol, Quoted, Reason};
use crate::instant::Instant;
use std::borrow::Cow;

/// A mapping that can run: from the claims of a login to one identity.
///
/// It is read once and applied to many logins; it holds no state.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub(super) document: Document,
    pub(super) preset: Option<&'static Preset>,
    pub(super) key: Vec<Vec<Name>>,
    pub(super) case: Case,
    pub(super) tenant: Vec<Name>,
    pub(super) fields: Vec<FieldPlan>,
    pub(super) rules: Vec<RulePlan>,
    pub(super) ladder: Ladder,
}

#[derive(Clone, Debug)]
pub(super) struct FieldPlan {
    pub(super) name: String,
    pub(super) from: Vec<Name>,
    pub(super) concat: Vec<Part>,
    pub(super) required: bool,
    pub(super) values: Values,
    pub(super) ops: Vec<(&'static str, Op)>,
    pub(super) keep: Option<Pattern>,
    pub(super) default: Option<String>,
    pub(super) on_absent: Option<OnAbsent>,
    pub(super) on_overage: OnOverage,
    pub(super) max: usize,
    pub(super) email: Option<EmailPlan>,
    /// A rule reads it.
    pub(super) decides: bool,
    /// How many values the rules list for it.
    pub(super) listed: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Part {
    Claim(Name),
    Text(String),
}

#[derive(Clone, Debug)]
pub(super) struct EmailPlan {
    pub(super) by: VerifiedBy,
    pub(super) domains: Vec<String>,
    pub(super) per_issuer: Vec<VerifiedFor>,
}

#[derive(Clone, Debug)]
pub(super) struct RulePlan {
    pub(super) grant: Vec<String>,
    pub(super) any: Vec<Clause>,
    pub(super) all: Vec<Clause>,
    pub(super) none: Vec<Clause>,
    pub(super) assurance: Level,
    pub(super) owner: Option<String>,
    pub(super) ticket: Option<String>,
    pub(super) expires: Option<Instant>,
}

#[derive(Clone, Debug)]
pub(super) struct Clause {
    /// Index into [`Mapping::fields`].
    pub(super) field: usize,
    pub(super) values: Vec<String>,
}

impl Mapping {
    /// Reads a mapping written as JSON.
    ///
    /// # Errors
    /// `JsonMalformed` when it is not JSON; `ConfigurationInvalid` when it is not a mapping: the reason tells what is
    /// wrong, the location where.
    pub fn from_json(text: &str) -> Result<Self, Malformed> {
        too_long(text)?;
        let document = serde_json::from_str(text).map_err(|error| {
            let check = if error.is_data() { Check::ConfigurationInvalid } else { Check::JsonMalformed };
            written(check, &error.to_string())
        })?;
        Self::new(document)
    }

    /// Reads a mapping written as TOML.
    ///
    /// # Errors
    /// `ConfigurationInvalid` when it is not TOML or not a mapping.
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Self, Malformed> {
        too_long(text)?;
        let document =
            toml::from_str(text).map_err(|error| written(Check::ConfigurationInvalid, &error.to_string()))?;
        Self::new(document)
    }

    /// The mapping as JSON, as it was written, with the defaults that hold.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(&self.document).unwrap_or_default()
    }

    /// The preset that it builds on.
    #[must_use]
    pub fn preset(&self) -> Option<&'static Preset> {
        self.preset
    }

    /// The names of its fields, sorted.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| &*field.name)
    }

    /// Every role that it can grant, in its order of roles, then by name.
    #[must_use]
    pub fn roles(&self) -> Vec<&str> {
        let granted = self.rules.iter().flat_map(|rule| &rule.grant);
        let mut roles: Vec<&str> = granted.chain(&self.document.roles.default).map(|role| &**role).collect();
        roles.sort_unstable_by_key(|role| (self.rank(role), *role));
        roles.dedup();
        roles
    }

    /// The place of a role in `order`; roles that are not there come last.
    pub(super) fn rank(&self, role: &str) -> usize {
        self.document.roles.order.iter().position(|name| name == role).unwrap_or(usize::MAX)
    }

    /// A readable name for an opaque value.
    pub(super) fn label(&self, value: &str) -> Option<&str> {
        self.document.labels.get(value).map(|label| &**label)
    }

    fn new(document: Document) -> Result<Self, Malformed> {
        if document.version != 1 {
            return Err(invalid("/version", "the version of the mapping language is 1", None));
        }
        let preset = match &document.preset {
            None => None,
            Some(name) => Some(
                Preset::named(name)
                    .ok_or_else(|| invalid("/preset", "there is no such preset", Some(name)))?,
            ),
        };
        for (at, list) in [
            ("/accept/issuers", &document.accept.issuers),
            ("/accept/tenants", &document.accept.tenants),
            ("/accept/scopes", &document.accept.scopes),
            ("/accept/reserved_prefixes", &document.accept.reserved_prefixes),
            ("/roles/default", &document.roles.default),
            ("/roles/order", &document.roles.order),
        ] {
            no_blank(at, list)?;
        }
        let (key, case) = key(&document, preset)?;
        let mut fields = Vec::new();
        for (name, field) in document.field.iter() {
            if document.constants.contains_key(name) {
                return Err(invalid(
                    &format!("/const/{name}"),
                    "a constant has the name of a field",
                    Some(name),
                ));
            }
            fields.push(field_plan(name, field, preset)?);
        }
        let mut rules = Vec::new();
        for (index, rule) in document.role.iter().enumerate() {
            rules.push(rule_plan(index, rule, &mut fields)?);
        }
        let mut mapping = Self {
            ladder: Ladder::new(preset, &document.assurance),
            tenant: Vec::new(),
            document,
            preset,
            key,
            case,
            fields,
            rules,
        };
        mapping.tenant = mapping.tenant_names()?;
        mapping.check_roles()?;
        Ok(mapping)
    }

    fn tenant_names(&self) -> Result<Vec<Name>, Malformed> {
        let known = self.preset.map(|preset| &preset.tenant).filter(|names| !names.is_empty());
        let names = known
            .map_or_else(|| TENANT.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), Clone::clone);
        names.iter().map(|name| self.name("/preset", name)).collect()
    }

    fn name(&self, at: &str, text: &str) -> Result<Name, Malformed> {
        Name::new(text, self.preset).map_err(|why| because(at, why, text))
    }

    fn check_roles(&self) -> Result<(), Malformed> {
        let roles = &self.document.roles;
        if roles.combine == super::document::Combine::Highest
            && let Some(role) = self.roles().into_iter().find(|role| self.rank(role) == usize::MAX)
        {
            return Err(invalid("/roles/order", "`highest` needs every granted role in `order`", Some(role)));
        }
        for (index, set) in roles.conflicts.iter().enumerate() {
            let at = format!("/roles/conflicts/{index}");
            no_blank(&at, set)?;
            if set.len() < 2 {
                return Err(invalid(&at, "a conflict set has two roles or more", None));
            }
        }
        Ok(())
    }
}

fn key(document: &Document, preset: Option<&'static Preset>) -> Result<(Vec<Vec<Name>>, Case), Malformed> {
    let (key, case) = match (&document.subject, preset) {
        (Some(subject), _) => (&subject.key, subject.case),
        (None, Some(preset)) => (&preset.subject, Case::Exact),
        (None, None) => return Err(invalid("/subject", "there is no subject key", None)),
    };
    if key.is_empty() || key.len() > ALTERNATIVES {
        return Err(invalid("/subject/key", "a subject key has 1 to 8 alternatives", None));
    }
    let mut alternatives = Vec::new();
    for (index, parts) in key.iter().enumerate() {
        let at = format!("/subject/key/{index}");
        if parts.is_empty() || parts.len() > ALTERNATIVES {
            return Err(invalid(&at, "an alternative of the key has 1 to 8 parts", None));
        }
        let mut names = Vec::new();
        for part in parts {
            names.push(Name::new(part, preset).map_err(|why| because(&at, why, part))?);
        }
        if names.iter().all(Name::is_shared) {
            return Err(invalid(
                &at,
                "the key is the same for every user of the issuer",
                parts.first().map(|p| &**p),
            ));
        }
        alternatives.push(names);
    }
    Ok((alternatives, case))
}

fn field_plan(name: &str, field: &Field, preset: Option<&Preset>) -> Result<FieldPlan, Malformed> {
    let at = format!("/field/{name}");
    if name.trim() != name || name.is_empty() || name.chars().any(char::is_control) {
        return Err(invalid(
            &at,
            "a field name is empty, has blanks around it or control characters",
            Some(name),
        ));
    }
    if field.from.is_empty() && field.concat.is_empty() {
        return Err(invalid(&at, "the field has neither `from` nor `concat`", Some(name)));
    }
    let read = |text: &String| Name::new(text, preset).map_err(|why| because(&at, why, text));
    let from = field.from.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let part = |text: &String| {
        let is_name = text.chars().any(char::is_alphanumeric);
        if is_name { read(text).map(Part::Claim) } else { Ok(Part::Text(text.clone())) }
    };
    let concat = field.concat.iter().map(part).collect::<Result<Vec<_>, _>>()?;
    if field.ops.len() > OPERATIONS || field.from.len() > NAMES || field.concat.len() > NAMES {
        return Err(invalid(&at, "a field has at most 32 operations and 64 names", None));
    }
    let mut ops = Vec::new();
    for operation in &field.ops {
        let op = Op::new(operation).map_err(|why| because(&at, why, operation.name()))?;
        ops.push((operation.name(), op));
    }
    let keep = match &field.keep {
        Some(pattern) => Some(Pattern::new(pattern).map_err(|why| because(&at, why, pattern))?),
        None => None,
    };
    if field.max.is_some_and(|max| max == 0 || max > VALUES) {
        return Err(invalid(&at, "`max` is 1 to 10000", None));
    }
    Ok(FieldPlan {
        name: name.to_owned(),
        email: email_plan(&at, field, &from, &concat)?,
        from,
        concat,
        required: field.required,
        values: field.values,
        ops,
        keep,
        default: field.default.clone(),
        on_absent: field.on_absent,
        on_overage: field.on_overage.unwrap_or(OnOverage::Deny),
        max: field.max.unwrap_or(VALUES),
        decides: false,
        listed: 0,
    })
}

fn email_plan(
    at: &str,
    field: &Field,
    from: &[Name],
    concat: &[Part],
) -> Result<Option<EmailPlan>, Malformed> {
    let in_concat = |part: &Part| matches!(part, Part::Claim(name) if name.is_email());
    let is_email = from.iter().any(Name::is_email) || concat.iter().any(in_concat);
    if !is_email && field.verified_by.is_none() && field.verified_for.is_empty() {
        return Ok(None);
    }
    let by = field.verified_by.unwrap_or(VerifiedBy::Claim);
    let decisions = field.verified_for.iter().map(|own| (own.by, &own.domains));
    for (by, domains) in core::iter::once((by, &field.domains)).chain(decisions) {
        if by == VerifiedBy::Domain && domains.is_empty() {
            return Err(invalid(at, "`verified_by = \"domain\"` needs `domains`", None));
        }
        no_blank(at, domains)?;
    }
    for (index, own) in field.verified_for.iter().enumerate() {
        if field.verified_for.iter().take(index).any(|other| other.issuer == own.issuer) {
            return Err(invalid(at, "an issuer occurs twice in `verified_for`", Some(&own.issuer)));
        }
    }
    Ok(Some(EmailPlan { by, domains: field.domains.clone(), per_issuer: field.verified_for.clone() }))
}

fn rule_plan(index: usize, rule: &Rule, fields: &mut [FieldPlan]) -> Result<RulePlan, Malformed> {
    let at = format!("/role/{index}");
    if rule.grant.is_empty() {
        return Err(invalid(&at, "the rule grants nothing", None));
    }
    no_blank(&at, &rule.grant)?;
    if rule.any.is_empty() && rule.all.is_empty() {
        return Err(invalid(&at, "the rule has neither `any` nor `all`: it would hold for everybody", None));
    }
    let mut clauses = |kind: &str, table: &Table<Vec<String>>| {
        let mut clauses = Vec::new();
        for (name, values) in table.iter() {
            let at = format!("{at}/{kind}/{name}");
            let position = fields.iter().position(|field| field.name == *name);
            let Some((field, plan)) =
                position.and_then(|position| Some((position, fields.get_mut(position)?)))
            else {
                return Err(invalid(
                    &at,
                    "there is no such field: rules read fields, not claims",
                    Some(name),
                ));
            };
            if kind == "none" && plan.values == Values::First {
                return Err(invalid(
                    &at,
                    "`none` on a field with `values = \"first\"` sees one value only",
                    Some(name),
                ));
            }
            if values.iter().any(String::is_empty) {
                return Err(invalid(&at, "an empty text matches nothing", Some(name)));
            }
            plan.decides = true;
            plan.listed = plan.listed.saturating_add(values.len());
            clauses.push(Clause { field, values: values.clone() });
        }
        Ok(clauses)
    };
    Ok(RulePlan {
        grant: rule.grant.clone(),
        any: clauses("any", &rule.any)?,
        all: clauses("all", &rule.all)?,
        none: clauses("none", &rule.none)?,
        assurance: rule.assurance.unwrap_or_default(),
        owner: rule.owner.clone().filter(|owner| !owner.trim().is_empty()),
        ticket: rule.ticket.clone().filter(|ticket| !ticket.trim().is_empty()),
        expires: match &rule.expires {
            Some(day) => Some(
                midnight(day)
                    .ok_or_else(|| invalid(&at, "`expires` is a day such as 2026-12-31", Some(day)))?,
            ),
            None => None,
        },
    })
}

/// 00:00Z of a day written `YYYY-MM-DD`.
fn midnight(day: &str) -> Option<Instant> {
    let shaped = day.len() == 10 && day.is_ascii();
    shaped.then(|| crate::encoding::datetime::parse(&format!("{day}T00:00:00Z")).ok()).flatten()
}

fn no_blank(at: &str, texts: &[String]) -> Result<(), Malformed> {
    match texts.iter().find(|text| text.trim() != **text || text.is_empty()) {
        Some(text) => Err(invalid(at, "a text is empty or has blanks around it", Some(text))),
        None => Ok(()),
    }
}

fn too_long(text: &str) -> Result<(), Malformed> {
    if text.len() > DOCUMENT_BYTES {
        return Err(Malformed::new(
            Check::LimitInputSize,
            Protocol::Mapping,
            "the mapping is longer than the limit",
            Location::default(),
        )
        .with_reason(Reason::Limit { limit: DOCUMENT_BYTES, unit: "bytes", found: Some(text.len()) }));
    }
    Ok(())
}

fn written(check: Check, message: &str) -> Malformed {
    let what = "the text is not a mapping";
    Malformed::new(check, Protocol::Mapping, what, Location::default())
        .with_reason(Reason::Found { what: "in the mapping", found: Quoted::tenant(message) })
}

fn invalid(at: &str, what: &'static str, found: Option<&str>) -> Malformed {
    let malformed =
        Malformed::new(Check::ConfigurationInvalid, Protocol::Mapping, what, Location::built(at.to_owned()));
    match found {
        Some(found) => malformed.with_reason(Reason::Found { what, found: Quoted::tenant(found) }),
        None => malformed,
    }
}

fn because(at: &str, why: Cow<'static, str>, text: &str) -> Malformed {
    match why {
        Cow::Borrowed(what) => invalid(at, what, Some(text)),
        Cow::Owned(why) => invalid(at, "a pattern cannot be used", Some(&format!("{text}: {why}"))),
    }
}

/// Claims that name the tenant where no preset says which: Microsoft's, then Google's.
const TENANT: &[&str] = &["tid", "hd"];
/// Bytes of a written mapping. 4 MiB: 10,000 rules are near 2 MiB.
const DOCUMENT_BYTES: usize = 4 * 1024 * 1024;
const ALTERNATIVES: usize = 8;
const OPERATIONS: usize = 32;
const NAMES: usize = 64;
