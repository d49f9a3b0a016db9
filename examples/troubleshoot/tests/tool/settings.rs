//! Whatever the library can be told about a login, the tool and the settings file can be told, by the same words. The setters
//! are read out of the source, so that a new one fails here until it has a flag and a key, or a reason why not.

use std::collections::BTreeSet;
use std::path::Path;

/// Setter, flag, key of the settings file. No flag, or no key: the reason stands in its place, with a dash.
const SAID: &[(&str, &str, &str)] = &[
    // Trust.
    ("saml/idp with_exception", "allow", "exception"),
    (
        "saml/idp with_algorithm",
        "- needs the feature aws-lc, which names what the default build cannot compute",
        "-",
    ),
    ("oidc/provider with_algorithms", "algorithm", "algorithms"),
    ("oidc/provider with_key_selection", "key_selection", "key_selection"),
    ("oidc/provider with_issuer_alias", "issuer_alias", "issuer_aliases"),
    ("oidc/provider symmetric", "client_secret", "client_secret"),
    ("oidc/provider from_template", "tenant", "tenants"),
    ("oidc/provider from_discovery_of_tenants", "tenant", "tenants"),
    ("oidc/provider from_discovery", "discovery", "discovery"),
    ("oidc/provider from_jwks", "jwks", "jwks"),
    // What the application expects: SAML.
    ("saml/policy with_leeway", "leeway", "leeway"),
    ("saml/policy with_required_signature", "require_signed", "require_signed"),
    ("saml/policy with_authn_context", "authn_context", "authn_context"),
    ("saml/policy with_name_id", "name_id", "name_id"),
    ("saml/policy with_max_authn_age", "max_age", "max_age"),
    ("saml/policy with_max_message_age", "max_message_age", "max_message_age"),
    ("saml/policy with_certificate_validity", "certificate_validity", "certificate_validity"),
    ("saml/policy with_decryptor", "sp_key", "keys"),
    ("saml/policy with_affiliation", "affiliation", "affiliations"),
    ("saml/explain with_idp", "idp_metadata", "metadata"),
    ("saml/explain with_sp_entity_id", "sp_entity_id", "entity_id"),
    ("saml/explain with_acs", "acs", "acs"),
    ("saml/explain with_request", "request_id", "- another one for each login; `unsolicited` is a key"),
    ("saml/explain with_leeway", "leeway", "leeway"),
    ("saml/explain with_required_signature", "require_signed", "require_signed"),
    ("saml/explain with_authn_context", "authn_context", "authn_context"),
    ("saml/explain with_max_authn_age", "max_age", "max_age"),
    ("saml/explain with_name_id", "name_id", "name_id"),
    ("saml/explain with_decryptor", "sp_key", "keys"),
    ("saml/explain with_affiliations", "affiliation", "affiliations"),
    // OpenID Connect.
    ("oidc/policy with_leeway", "leeway", "leeway"),
    ("oidc/policy with_other_audience", "other_audience", "other_audiences"),
    ("oidc/policy with_other_party", "other_party", "other_parties"),
    ("oidc/policy with_max_token_age", "max_token_age", "max_token_age"),
    ("oidc/policy with_max_auth_age", "max_age", "max_age"),
    ("oidc/policy with_acr", "acr", "acr"),
    ("oidc/policy with_amr", "amr", "amr"),
    ("oidc/policy with_access_token", "access_token", ONE_LOGIN),
    ("oidc/policy with_code", "code", ONE_LOGIN),
    ("oidc/policy with_state", "state", ONE_LOGIN),
    ("oidc/policy with_subject", "subject", ONE_LOGIN),
    ("oidc/policy with_proof", "dpop", ONE_LOGIN),
    ("oidc/policy with_login_issuer", "- an answer of the same login names it", "-"),
    ("oidc/policy for_refresh_of", "- needs a login that was verified before", "-"),
    ("oidc/explain with_provider", "issuer", "issuer"),
    ("oidc/explain with_issuer", "issuer", "issuer"),
    ("oidc/explain with_keys", "jwks", "jwks"),
    ("oidc/explain with_decryption", "sp_key", "keys"),
    ("oidc/explain with_client_id", "client_id", "client_id"),
    (
        "oidc/explain with_nonce",
        "nonce",
        "- another one for each login; `no_nonce` and `ignore_nonce` are keys",
    ),
    ("oidc/explain with_state", "state", ONE_LOGIN),
    ("oidc/explain with_subject", "subject", ONE_LOGIN),
    ("oidc/explain with_access_token", "access_token", ONE_LOGIN),
    ("oidc/explain with_code", "code", ONE_LOGIN),
    ("oidc/explain with_max_auth_age", "max_age", "max_age"),
    ("oidc/explain with_max_token_age", "max_token_age", "max_token_age"),
    ("oidc/explain with_other_audience", "other_audience", "other_audiences"),
    ("oidc/explain with_other_party", "other_party", "other_parties"),
    ("oidc/explain with_acr", "acr", "acr"),
    ("oidc/explain with_amr", "amr", "amr"),
    ("oidc/explain with_scope", "scope", "scopes"),
    ("oidc/explain with_proof", "dpop", ONE_LOGIN),
    ("oidc/explain with_profile", "profile", "profile"),
    ("oidc/explain with_leeway", "leeway", "leeway"),
    ("oidc/explain with_login_issuer", "- an answer of the same login names it", "-"),
    ("oidc/explain with_policy", "- all of the above", "-"),
    ("oidc/access_token with_profile", "profile", "profile"),
    ("oidc/access_token with_leeway", "leeway", "leeway"),
    ("oidc/access_token with_scope", "scope", "scopes"),
    ("oidc/access_token with_proof", "dpop", ONE_LOGIN),
    // Words of enumerations that are flags of their own.
    ("oidc/policy Nonce::NotUsed", "no_nonce", "no_nonce"),
    ("oidc/policy Nonce::Ignored", "ignore_nonce", "ignore_nonce"),
    ("saml/policy Request::Unsolicited", "unsolicited", "unsolicited"),
];

const ONE_LOGIN: &str = "- another one for each login";

/// Flags of `check` that say something about input and report, or that a flag above needs.
const OF_THE_TOOL: &[&str] = &[
    "input",
    "entry",
    "config",
    "second_opinion",
    "http_method",
    "http_uri",
    "client_cert",
    "kind",
    "at",
    "mapping",
    "reveal",
    "pseudonym_key",
    "fail_on",
    "format",
    "given",
    "slo",
    "idp_cert",
    "idp_entity_id",
];

/// Keys of the settings file that hold others, or that stand for flags of [`OF_THE_TOOL`].
const OF_THE_FILE: &[&str] = &["sp", "idp", "policy", "mapping", "slo", "certificates"];

const FILES: [&str; 6] =
    ["saml/idp", "saml/policy", "saml/explain", "oidc/policy", "oidc/explain", "oidc/access_token"];

fn source(path: &str) -> String {
    std::fs::read_to_string(Path::new(crate::ROOT).join(path)).unwrap()
}

/// Names of public functions that begin with one of these.
fn setters(file: &str, prefixes: &[&str]) -> BTreeSet<String> {
    let text = source(&format!("src/{file}.rs"));
    let names = text.lines().filter_map(|line| {
        let line = line.trim().strip_prefix("pub ")?;
        let name = line.strip_prefix("const ").unwrap_or(line).strip_prefix("fn ")?;
        Some(name.split(['(', '<']).next()?.to_owned())
    });
    let wanted = |name: &String| prefixes.iter().any(|prefix| name.starts_with(prefix));
    names.filter(wanted).map(|name| format!("{file} {name}")).collect()
}

/// Names of the fields of a struct.
fn fields(text: &str, opening: &str) -> BTreeSet<String> {
    let body =
        text.split_once(opening).unwrap_or_else(|| panic!("no {opening}")).1.split_once("\n}").unwrap().0;
    let lines = body.lines().map(|line| line.trim().trim_start_matches("pub "));
    let names = lines.filter_map(|line| line.split_once(": ")).map(|(name, _)| name);
    names
        .filter(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn what_the_library_can_be_told_the_tool_can_be_told() {
    let args = source("examples/troubleshoot/src/args.rs");
    let flags = fields(&args, "pub struct Check {");
    let config = source("examples/troubleshoot/src/config.rs");
    let mut keys = BTreeSet::new();
    for part in ["struct Settings {", "struct Service {", "struct Provider {", "struct Policy {"] {
        keys.extend(fields(&config, part));
    }
    let mut setters: BTreeSet<String> =
        FILES.iter().flat_map(|file| self::setters(file, &["with_", "for_"])).collect();
    setters.extend(self::setters("oidc/provider", &["with_", "symmetric", "from_"]));
    let known: BTreeSet<String> = SAID.iter().map(|(setter, ..)| (*setter).to_owned()).collect();
    let untold: Vec<&String> = setters.difference(&known).collect();
    assert!(untold.is_empty(), "neither a flag nor a reason: {untold:?}");
    let gone: Vec<&String> =
        known.iter().filter(|name| !name.contains("::") && !setters.contains(*name)).collect();
    assert!(gone.is_empty(), "no such setter any more: {gone:?}");
    for (setter, flag, key) in SAID {
        assert!(flag.starts_with('-') || flags.contains(*flag), "{setter}: no flag {flag}");
        assert!(key.starts_with('-') || keys.contains(*key), "{setter}: no key {key} in the settings");
    }
    let told = |names: &BTreeSet<String>,
                more: &[&str],
                column: fn(&(&'static str, &'static str, &'static str)) -> &'static str| {
        let known: BTreeSet<&str> = SAID.iter().map(column).chain(more.iter().copied()).collect();
        names.iter().filter(|name| !known.contains(name.as_str())).cloned().collect::<Vec<_>>()
    };
    assert_eq!(told(&flags, OF_THE_TOOL, |row| row.1), Vec::<String>::new(), "flags that no setter knows");
    assert_eq!(told(&keys, OF_THE_FILE, |row| row.2), Vec::<String>::new(), "keys that no setter knows");
}
