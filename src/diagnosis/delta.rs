//! Near misses: the kind of difference between a value that was seen and one that was expected.

use super::Configured;
use crate::characters::is_hidden;
use crate::error::Quoted;

/// The kind of difference between seen and expected. The first that explains all of it is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Delta {
    /// Equal without leading, trailing or invisible characters.
    Whitespace,
    /// Equal but for slashes at the end.
    TrailingSlash,
    /// Equal but for `http` and `https`.
    Scheme,
    /// Equal but for the port.
    Port,
    /// Equal but for upper and lower case in the host.
    HostCase,
    /// Equal but for upper and lower case elsewhere.
    Case,
    /// Equal after undoing percent-encoding.
    PercentEncoding,
    /// Equal but for query or fragment.
    QueryOrFragment,
    /// Equal but for `www.`.
    Www,
    /// Equal but for letters that look alike.
    Homoglyph,
    /// Seen is what another field of the configuration holds.
    SwappedFields,
    /// Seen is another value of the same field of the configuration.
    OtherConfiguredValue,
    /// One is the v1.0 and the other the v2.0 issuer of the same Entra tenant.
    EntraVersion,
    /// A placeholder such as `{tenantid}` was not filled in.
    UnresolvedPlaceholder,
    /// One is the Okta organisation and the other one of its authorization servers.
    OktaAuthorizationServer,
    /// Several of the above at once.
    SeveralDifferences,
    /// At most two characters differ.
    EditDistance,
    /// The clocks differ, or delivery was slow, by minutes.
    ClockSkew,
    /// The message is old: an old capture, or a login that took very long.
    StaleCapture,
}

impl Delta {
    /// The word for it in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.words().0
    }

    /// What it means, in a clause.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        self.words().1
    }

    /// True for differences of time, where no characters differ.
    pub(super) const fn is_of_time(self) -> bool {
        matches!(self, Self::ClockSkew | Self::StaleCapture)
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Whitespace => ("whitespace", "they differ in white space or invisible characters only"),
            Self::TrailingSlash => ("trailing-slash", "they differ in the slash at the end only"),
            Self::Scheme => ("scheme", "they differ in http and https only"),
            Self::Port => ("port", "they differ in the port only"),
            Self::HostCase => ("host-case", "they differ in upper and lower case of the host only"),
            Self::Case => ("case", "they differ in upper and lower case only"),
            Self::PercentEncoding => ("percent-encoding", "they differ in percent-encoding only"),
            Self::QueryOrFragment => ("query-or-fragment", "they differ in query or fragment only"),
            Self::Www => ("www", "they differ in `www.` only"),
            Self::Homoglyph => ("homoglyph", "they differ in letters that look alike"),
            Self::SwappedFields => ("swapped-fields", "the value belongs in another field"),
            Self::OtherConfiguredValue => {
                ("other-configured-value", "the value is another one of the same field: another environment?")
            }
            Self::EntraVersion => ("entra-version", "one is the v1.0, the other the v2.0 issuer of Entra"),
            Self::UnresolvedPlaceholder => ("unresolved-placeholder", "a placeholder was not filled in"),
            Self::OktaAuthorizationServer => (
                "okta-authorization-server",
                "one is the Okta organisation, the other its authorization server",
            ),
            Self::SeveralDifferences => {
                ("several-differences", "they differ in several small ways (scheme, case, slash, port ...)")
            }
            Self::EditDistance => ("edit-distance", "one or two characters differ: a typing error?"),
            Self::ClockSkew => ("clock-skew", "a matter of minutes: the clocks differ, or delivery was slow"),
            Self::StaleCapture => ("stale-capture", "the message is old: was it captured some time ago?"),
        }
    }
}

/// The best explanation over all pairs of seen and expected, then over the rest of the configuration.
pub(super) fn of(
    seen: &[Quoted],
    expected: &[Quoted],
    configured: &[Configured],
) -> Option<(Delta, Option<&'static str>)> {
    let pairs = || seen.iter().flat_map(|s| expected.iter().map(move |e| (s.as_str(), e.as_str())));
    let expects = |value: &str| expected.iter().any(|quoted| quoted.as_str() == value);
    for seen in seen {
        let elsewhere = configured.iter().find(|other| same(other.value.as_str(), seen.as_str()));
        if let Some(other) = elsewhere.filter(|other| !expects(other.value.as_str())) {
            let field_of_expected = configured.iter().find(|known| expects(known.value.as_str()));
            let same_field = field_of_expected.is_some_and(|known| known.field == other.field);
            let delta = if same_field { Delta::OtherConfiguredValue } else { Delta::SwappedFields };
            return Some((delta, Some(other.field)));
        }
    }
    RULES.iter().find_map(|(delta, rule)| {
        pairs().any(|(seen, expected)| rule(seen, expected)).then_some((*delta, None))
    })
}

type Rule = fn(&str, &str) -> bool;

/// In the order in which they are tried. Each is symmetric.
const RULES: &[(Delta, Rule)] = &[
    (Delta::Whitespace, |a, b| same_after(a, b, visible)),
    (Delta::UnresolvedPlaceholder, |a, b| placeholder(a, b) || placeholder(b, a)),
    (Delta::EntraVersion, |a, b| entra_versions(a, b) || entra_versions(b, a)),
    (Delta::OktaAuthorizationServer, |a, b| okta_server(a, b) || okta_server(b, a)),
    (Delta::TrailingSlash, |a, b| same_after(a, b, without_slash)),
    (Delta::Scheme, schemes_differ),
    (Delta::Port, |a, b| same_after(a, b, without_port)),
    (Delta::HostCase, |a, b| same_after(a, b, lower_host)),
    (Delta::Case, |a, b| same_after(a, b, str::to_lowercase)),
    (Delta::PercentEncoding, |a, b| same_after(a, b, percent_decoded)),
    (Delta::QueryOrFragment, |a, b| same_after(a, b, without_query)),
    (Delta::Www, |a, b| same_after(a, b, without_www)),
    (Delta::Homoglyph, |a, b| same_after(a, b, look_alike)),
    (Delta::SeveralDifferences, |a, b| same_after(a, b, all_at_once)),
    (Delta::EditDistance, |a, b| within_two_edits(a, b)),
];

fn same_after(a: &str, b: &str, change: impl Fn(&str) -> String) -> bool {
    a != b && same(&change(a), &change(b))
}

/// Equal and not empty: two values that are empty after a change have nothing in common.
fn same(a: &str, b: &str) -> bool {
    !a.is_empty() && a == b
}

fn visible(text: &str) -> String {
    text.trim().chars().filter(|c| !is_hidden(*c)).collect()
}

fn without_slash(text: &str) -> String {
    text.trim_end_matches('/').to_owned()
}

fn without_scheme(text: &str) -> String {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    // A default port belongs to its scheme.
    rest.map_or_else(|| text.to_owned(), without_default_port)
}

fn schemes_differ(a: &str, b: &str) -> bool {
    let is_https = |text: &str| text.starts_with("https://");
    is_https(a) != is_https(b) && same_after(a, b, without_scheme)
}

fn without_default_port(rest: &str) -> String {
    let (authority, tail) = split_authority(rest);
    let host = authority.strip_suffix(":443").or_else(|| authority.strip_suffix(":80")).unwrap_or(authority);
    format!("{host}{tail}")
}

fn without_port(text: &str) -> String {
    in_authority(text, |authority| {
        let host = authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        host.map_or_else(|| authority.to_owned(), |(host, _)| host.to_owned())
    })
}

fn lower_host(text: &str) -> String {
    let (scheme, _) = text.split_once("://").unwrap_or_default();
    let lowered = in_authority(text, str::to_lowercase);
    lowered.strip_prefix(scheme).map(|rest| format!("{}{rest}", scheme.to_lowercase())).unwrap_or(lowered)
}

fn without_www(text: &str) -> String {
    in_authority(text, |authority| authority.strip_prefix("www.").unwrap_or(authority).to_owned())
}

fn without_query(text: &str) -> String {
    text.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// The text with its authority (what stands between `://` and the next `/`, `?` or `#`) changed.
fn in_authority(text: &str, change: impl Fn(&str) -> String) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (authority, tail) = split_authority(rest);
    format!("{scheme}://{}{tail}", change(authority))
}

fn split_authority(rest: &str) -> (&str, &str) {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    rest.split_at_checked(end).unwrap_or((rest, ""))
}

fn percent_decoded(text: &str) -> String {
    crate::encoding::form::decode(&text.replace('+', "%2B")).unwrap_or_else(|_| text.to_owned())
}

/// Letters that are mistaken for each other, and Cyrillic or Greek ones that look Latin.
fn look_alike(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            'а' | 'α' => 'a',
            'е' | 'ε' => 'e',
            'о' | 'ο' | '0' | 'O' => 'o',
            'р' | 'ρ' => 'p',
            'с' => 'c',
            'х' => 'x',
            'у' => 'y',
            'і' | 'ι' | 'l' | 'I' | '1' | '|' => 'i',
            'ѕ' => 's',
            'һ' => 'h',
            'ԁ' => 'd',
            '‐' | '‑' | '‒' | '–' | '—' | '−' | '_' => '-',
            other => other,
        })
        .collect()
}

fn all_at_once(text: &str) -> String {
    let text = percent_decoded(&visible(text)).to_lowercase();
    without_slash(&without_scheme(&without_port(&without_www(&without_query(&text)))))
}

fn placeholder(with: &str, filled: &str) -> bool {
    let Some((before, rest)) = with.split_once('{') else { return false };
    let Some((_, after)) = rest.split_once('}') else { return false };
    filled.len() > before.len().saturating_add(after.len())
        && filled.starts_with(before)
        && filled.ends_with(after)
}

fn entra_versions(v1: &str, v2: &str) -> bool {
    let old = v1.strip_prefix("https://sts.windows.net/").and_then(|rest| rest.strip_suffix('/'));
    let new =
        v2.strip_prefix("https://login.microsoftonline.com/").and_then(|rest| rest.strip_suffix("/v2.0"));
    old.is_some_and(|tenant| !tenant.is_empty() && new == Some(tenant))
}

fn okta_server(organisation: &str, server: &str) -> bool {
    server
        .strip_prefix(organisation.trim_end_matches('/'))
        .and_then(|rest| rest.strip_prefix("/oauth2/"))
        .is_some_and(|name| !name.is_empty() && !name.contains('/'))
        && organisation.starts_with("https://")
}

/// At most two insertions, deletions or substitutions, in texts of at least six characters.
fn within_two_edits(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let long_enough = a.len().min(b.len()) >= 6;
    long_enough && a.len().abs_diff(b.len()) <= 2 && (1..=2).contains(&edits(&a, &b, 2))
}

/// Edit distance, or more than `most`: after the common start, one of three edits, `most` levels deep.
fn edits(a: &[char], b: &[char], most: usize) -> usize {
    let common = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.get(common..).unwrap_or_default(), b.get(common..).unwrap_or_default());
    match (a, b) {
        ([], rest) | (rest, []) => rest.len(),
        ([_, a_rest @ ..], [_, b_rest @ ..]) => match most.checked_sub(1) {
            None => 1,
            Some(less) => {
                let least =
                    edits(a_rest, b_rest, less).min(edits(a_rest, b, less)).min(edits(a, b_rest, less));
                least.saturating_add(1)
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(seen: &str, expected: &str) -> Option<&'static str> {
        of(&[Quoted::tenant(seen)], &[Quoted::tenant(expected)], &[]).map(|(delta, _)| delta.as_str())
    }

    #[test]
    fn near_misses_by_name() {
        let base = "https://app.acme.example/saml/metadata";
        for (seen, name) in [
            (" https://app.acme.example/saml/metadata", "whitespace"),
            ("https://app.acme.example/saml/metadata\u{a0}", "whitespace"),
            ("https://app.acme.example/saml/\u{200b}metadata", "whitespace"),
            ("https://app.acme.example/saml/metadata/", "trailing-slash"),
            ("http://app.acme.example/saml/metadata", "scheme"),
            ("http://app.acme.example:80/saml/metadata", "scheme"),
            ("https://app.acme.example:443/saml/metadata", "port"),
            ("https://app.acme.example:8443/saml/metadata", "port"),
            ("https://App.Acme.example/saml/metadata", "host-case"),
            ("HTTPS://app.acme.example/saml/metadata", "host-case"),
            ("https://app.acme.example/SAML/Metadata", "case"),
            ("https://app.acme.example/saml%2Fmetadata", "percent-encoding"),
            ("https%3A%2F%2Fapp.acme.example%2Fsaml%2Fmetadata", "percent-encoding"),
            ("https://app.acme.example/saml/metadata?x=1", "query-or-fragment"),
            ("https://www.app.acme.example/saml/metadata", "www"),
            ("https://app.аcme.example/saml/metadata", "homoglyph"),
            ("http://APP.acme.example/saml/metadata/", "several-differences"),
            ("https://app.acme.example/saml/metdata", "edit-distance"),
            ("https://app.acme.example/saml/metaadta", "edit-distance"),
            ("{tenant}/saml/metadata", "unresolved-placeholder"),
        ] {
            assert_eq!(delta(seen, base), Some(name), "{seen}");
            assert_eq!(delta(base, seen), Some(name), "{seen} the other way round");
        }
        for seen in ["https://other.example/x", "", "urn:x", "https://app.acme.example/saml/acs"] {
            assert_eq!(delta(seen, base), None, "{seen}");
        }
        assert_eq!(delta("abc", "abd"), None, "too short for a typing error");
    }

    #[test]
    fn issuers_of_providers() {
        let v1 = "https://sts.windows.net/9188040d-6c67-4c5b-b112-36a304b66dad/";
        let v2 = "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0";
        assert_eq!(delta(v1, v2), Some("entra-version"));
        assert_eq!(
            delta(v2, "https://login.microsoftonline.com/{tenantid}/v2.0"),
            Some("unresolved-placeholder")
        );
        let okta = "https://acme.okta.com";
        assert_eq!(delta(okta, "https://acme.okta.com/oauth2/default"), Some("okta-authorization-server"));
    }

    #[test]
    fn swapped_fields_name_the_field() {
        let configured = [("the ACS URL", "https://sp.test/acs"), ("the entity ID", "https://sp.test/md")]
            .map(|(field, value)| Configured { field, value: Quoted::tenant(value) });
        let expected = [Quoted::tenant("https://sp.test/md")];
        let found = of(&[Quoted::tenant("https://sp.test/acs")], &expected, &configured);
        assert_eq!(found, Some((Delta::SwappedFields, Some("the ACS URL"))));
    }

    #[test]
    fn edit_distance_is_bounded() {
        let long = "x".repeat(1024);
        assert!(!within_two_edits(&long, &"y".repeat(1024)));
        assert!(within_two_edits(&long, &format!("{long}yy")));
    }
}
