//! Patterns of the mapping language: always the whole value, always one pass over it.
//!
//! A pattern is compiled to a deterministic automaton, so that matching costs one step per byte whatever the value is.
//! Classes are those of ASCII; `.` is any byte but a line feed. An automaton above the size limit is refused.

use regex_automata::dfa::{Automaton, dense};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};
use std::borrow::Cow;

#[derive(Clone)]
pub(super) enum Pattern {
    /// A text without any operator.
    Exact(String),
    /// A text without any operator, then `.*`.
    Prefix(String),
    Automaton(Box<dense::DFA<Vec<u32>>>),
}

impl Pattern {
    /// Compiles a pattern; the error is a sentence for its author.
    pub(super) fn new(pattern: &str) -> Result<Self, Cow<'static, str>> {
        if pattern.len() > PATTERN_BYTES {
            return Err(Cow::Borrowed("the pattern is longer than 1000 bytes"));
        }
        if is_literal(pattern) {
            return Ok(Self::Exact(pattern.to_owned()));
        }
        if let Some(prefix) = pattern.strip_suffix(".*").filter(|prefix| is_literal(prefix)) {
            return Ok(Self::Prefix(prefix.to_owned()));
        }
        // By itself first: `a)|(b` must not reach out of the group below.
        build(pattern)?;
        build(&format!(r"\A(?:{pattern})\z")).map(|automaton| Self::Automaton(Box::new(automaton)))
    }

    /// True when the pattern matches the whole value.
    pub(super) fn matches(&self, value: &str) -> bool {
        match self {
            Self::Exact(text) => value == text,
            Self::Prefix(prefix) => value.strip_prefix(&**prefix).is_some_and(|rest| !rest.contains('\n')),
            Self::Automaton(automaton) => {
                let input = Input::new(value).anchored(Anchored::Yes);
                automaton
                    .try_search_fwd(&input)
                    .is_ok_and(|found| found.is_some_and(|found| found.offset() == value.len()))
            }
        }
    }
}

impl core::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Pattern")
    }
}

fn is_literal(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '/' | '@' | ' ' | '=' | ','))
}

fn build(pattern: &str) -> Result<dense::DFA<Vec<u32>>, Cow<'static, str>> {
    dense::Builder::new()
        .syntax(syntax::Config::new().unicode(false).utf8(false).nest_limit(NESTING))
        .thompson(
            regex_automata::nfa::thompson::Config::new().utf8(false).nfa_size_limit(Some(AUTOMATON_BYTES)),
        )
        .configure(
            dense::Config::new()
                .start_kind(regex_automata::dfa::StartKind::Anchored)
                .dfa_size_limit(Some(AUTOMATON_BYTES))
                .determinize_size_limit(Some(AUTOMATON_BYTES)),
        )
        .build(pattern)
        .map_err(|error| {
            let detail =
                std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            Cow::Owned(format!("not a pattern, or too large: {}", detail.replace('\n', " ")))
        })
}

/// Bytes of one pattern. 1000: lint warns above 200, the longest in practice are lists of group names.
const PATTERN_BYTES: usize = 1000;
/// Bytes of one automaton. 1 MiB.
const AUTOMATON_BYTES: usize = 1024 * 1024;
/// Nested groups in one pattern.
const NESTING: u32 = 32;

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn a_pattern_is_the_whole_value() {
        for (pattern, value, expected) in [
            ("admin", "admin", true),
            ("admin", "non-admins", false),
            ("admin", "admins", false),
            ("app-.*", "app-users", true),
            ("app-.*", "app-", true),
            ("app-.*", "my-app-users", false),
            ("app-.*", "app-a\nadmin", false),
            ("a|ab", "ab", true),
            ("a|ab", "abc", false),
            ("(?m)a$", "a\nb", false),
            ("^a$", "a", true),
            ("^a$", "a\n", false),
            (".*", "für", true),
            ("(?i)ADMIN", "admin", true),
            ("[a-z]{3}\\d", "abc1", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(Pattern::new(pattern).unwrap().matches(value), expected, "{pattern} {value}");
        }
    }

    #[test]
    fn what_reaches_out_of_its_group_is_refused() {
        for pattern in
            ["a)|(b", "a)|(?:b", "(", "[", "*", "a{1000}{1000}", "(?x)a # )", "\\p{Greek}", "(a)\\1"]
        {
            assert!(Pattern::new(pattern).is_err(), "{pattern}");
        }
        assert!(Pattern::new(&"(".repeat(400)).is_err());
        assert!(Pattern::new(&"a".repeat(1001)).is_err());
        // Exponential for a backtracking engine: here either small or refused, never slow.
        if let Ok(pattern) = Pattern::new("(a|aa)+b") {
            assert!(!pattern.matches(&"a".repeat(100_000)));
        }
    }
}
