//! The mapping language as it is written: closed, versioned, unknown fields refused.

use super::assurance::Level;
use super::unique::Table;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) preset: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) accept: Accept,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<Subject>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) field: Table<Field>,
    #[serde(default, rename = "const", skip_serializing_if = "is_default")]
    pub(super) constants: Table<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) labels: Table<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) assurance: Evidence,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) roles: Roles,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) role: Vec<Rule>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Accept {
    pub(super) issuers: Vec<String>,
    pub(super) tenants: Vec<String>,
    pub(super) scopes: Vec<String>,
    pub(super) reserved_prefixes: Vec<String>,
    pub(super) userinfo: UserInfo,
    pub(super) email_verified: Flag,
}

/// Which UserInfo responses may give values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum UserInfo {
    /// Those with a verified signature.
    #[default]
    Signed,
    /// Also those that the host fetched over TLS with the access token (OIDC Core 5.3.2).
    Fetched,
}

/// In which form `email_verified` is believed. Both are now: the member is read so that mappings that have it still are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Flag {
    /// `true`.
    #[default]
    Boolean,
    /// Also the text `"true"`.
    Text,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Subject {
    pub(super) key: Vec<Vec<String>>,
    #[serde(default)]
    pub(super) case: Case,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Case {
    #[default]
    Exact,
    AsciiLower,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Field {
    pub(super) from: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) concat: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) required: bool,
    pub(super) values: Values,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) ops: Vec<Operation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) keep: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) on_absent: Option<OnAbsent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) on_overage: Option<OnOverage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) verified_by: Option<VerifiedBy>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) domains: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) verified_for: Vec<VerifiedFor>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Values {
    #[default]
    One,
    First,
    Many,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OnAbsent {
    Empty,
    Deny,
    Host,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OnOverage {
    Deny,
    Host,
}

/// Who says that an address belongs to the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum VerifiedBy {
    /// `email_verified` of the same document.
    Claim,
    /// The issuer may speak for the listed domains.
    Domain,
    /// The issuer sends verified addresses only.
    Idp,
    /// Nobody: the value is for display.
    None,
}

/// The same decision for one issuer.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VerifiedFor {
    pub(super) issuer: String,
    pub(super) by: VerifiedBy,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) domains: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Operation {
    Trim,
    AsciiLower,
    AsciiUpper,
    Nfc,
    Split(String),
    Join(String),
    StripPrefix(String),
    StripSuffix(String),
    Before(String),
    After(String),
    DnRdn(String),
    Guid,
    ScopeCheck,
    Table(Table<String>),
    Keep(String),
    Drop(String),
    Prefix(String),
    Suffix(String),
    DropEmpty,
    Dedup,
    Sort,
}

impl Operation {
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Trim => "trim",
            Self::AsciiLower => "ascii_lower",
            Self::AsciiUpper => "ascii_upper",
            Self::Nfc => "nfc",
            Self::Split(_) => "split",
            Self::Join(_) => "join",
            Self::StripPrefix(_) => "strip_prefix",
            Self::StripSuffix(_) => "strip_suffix",
            Self::Before(_) => "before",
            Self::After(_) => "after",
            Self::DnRdn(_) => "dn_rdn",
            Self::Guid => "guid",
            Self::ScopeCheck => "scope_check",
            Self::Table(_) => "table",
            Self::Keep(_) => "keep",
            Self::Drop(_) => "drop",
            Self::Prefix(_) => "prefix",
            Self::Suffix(_) => "suffix",
            Self::DropEmpty => "drop_empty",
            Self::Dedup => "dedup",
            Self::Sort => "sort",
        }
    }
}

/// What proves which level, beyond the standards and the preset. An entry here replaces theirs.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Evidence {
    pub(super) acr: Table<Level>,
    pub(super) amr: Table<Level>,
    pub(super) acrs: Table<Level>,
    pub(super) authn_context: Table<Level>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Roles {
    pub(super) default: Vec<String>,
    pub(super) on_none: OnNone,
    pub(super) combine: Combine,
    pub(super) order: Vec<String>,
    pub(super) conflicts: Vec<Vec<String>>,
    pub(super) privileged: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OnNone {
    #[default]
    Deny,
    Allow,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Combine {
    #[default]
    Union,
    First,
    Highest,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Rule {
    pub(super) grant: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) any: Table<Vec<String>>,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) all: Table<Vec<String>>,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) none: Table<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) assurance: Option<Level>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ticket: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<String>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
