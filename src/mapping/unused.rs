//! Claims that were released and that nothing reads: what the identity provider need not send.

use super::claims::GROUPS_LINK;
use super::document::VerifiedBy;
use super::input::Input;
use super::note::Note;
use super::plan::{Mapping, Part};
use super::sample::Sample;
use crate::error::{Code, Quoted};
use std::collections::BTreeSet;

impl Mapping {
    /// The names of claims that come in some of the samples and that the mapping never reads, sorted.
    #[must_use]
    pub fn unused<'s>(&self, samples: impl IntoIterator<Item = &'s Sample>) -> Vec<String> {
        let mut names = BTreeSet::new();
        for sample in samples {
            names.extend(self.unused_of(&sample.input()));
        }
        names.into_iter().collect()
    }

    /// The same as remarks (CM113).
    #[must_use]
    pub fn over_released<'s>(&self, samples: impl IntoIterator<Item = &'s Sample>) -> Vec<Note> {
        let note = |name: String| {
            let fix = match self.preset.map(|preset| &*preset.console).filter(|console| !console.is_empty()) {
                Some(console) => format!("do not release it: {console}"),
                None => "do not release it".to_owned(),
            };
            Note::new(Code::CM113, format!("/claims/{name}"), "the claim comes and nothing reads it", fix)
                .found("claim", Quoted::tenant(&name))
        };
        self.unused(samples).into_iter().map(note).collect()
    }

    pub(super) fn unused_of(&self, input: &Input<'_>) -> Vec<String> {
        let mut names = BTreeSet::new();
        for claims in &input.claims {
            for entry in &claims.entries {
                if !self.reads(&entry.name, claims.is_saml()) {
                    names.insert(entry.name.clone().into_owned());
                }
            }
        }
        names.into_iter().collect()
    }

    fn reads(&self, name: &str, saml: bool) -> bool {
        let fields = self.fields.iter().flat_map(|plan| {
            let parts = plan.concat.iter().filter_map(|part| match part {
                Part::Claim(name) => Some(name),
                Part::Text(_) => None,
            });
            plan.from.iter().chain(parts)
        });
        let tenant = self.tenant.iter().filter(|_| !self.document.accept.tenants.is_empty());
        let mut all =
            fields.chain(self.key.iter().flatten()).chain(tenant).flat_map(|own| own.candidates(saml));
        let within = |own: &String| {
            own == name
                || (!saml && own.strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', '[', '{'])))
        };
        if all.any(within) || (!saml && PROTOCOL.contains(&name)) {
            return true;
        }
        let by_claim = self.fields.iter().filter_map(|plan| plan.email.as_ref()).any(|email| {
            email.by == VerifiedBy::Claim || email.per_issuer.iter().any(|own| own.by == VerifiedBy::Claim)
        });
        let listed = |list: fn(&super::preset::Preset) -> &Vec<String>| {
            self.preset.is_some_and(|preset| list(preset).iter().any(|own| own == name))
        };
        (by_claim && (name == "email_verified" || listed(|preset| &preset.verified_claims)))
            || (saml && (name == GROUPS_LINK || listed(|preset| &preset.assurance_attributes)))
            || self.preset.and_then(|preset| preset.access_token_subject.as_deref()) == Some(name)
    }
}

/// Claims of the protocols themselves, and those that prove assurance or mark an overage.
const PROTOCOL: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "azp",
    "exp",
    "iat",
    "nbf",
    "nonce",
    "jti",
    "sid",
    "at_hash",
    "c_hash",
    "s_hash",
    "auth_time",
    "acr",
    "amr",
    "acrs",
    "typ",
    "ver",
    "aio",
    "rh",
    "uti",
    "client_id",
    "scope",
    "scp",
    "cnf",
    "session_state",
    "_claim_names",
    "_claim_sources",
    "hasgroups",
];
