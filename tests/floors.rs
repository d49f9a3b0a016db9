//! The floors of the library: `use` points down only (SECURITY.md and the drawing in `src/lib.rs` rest on it).
//!
//! Reads every file of `src/` as tokens, so that comments, strings and test modules do not count, and finds each path
//! that starts at `crate::` or climbs there by `super::`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each top-level module and its floor. A module may use modules of lower floors and itself. `json` is the
/// lower half of its floor: tokens are read with it.
const FLOORS: &[(&str, u32)] = &[
    ("characters", 0),
    ("check", 0),
    ("instant", 0),
    ("limits", 0),
    ("rule", 5),
    ("error", 10),
    ("exception", 10),
    ("report", 20),
    ("encoding", 30),
    ("crypto", 40),
    ("json", 50),
    ("xml", 55),
    ("jose", 55),
    ("trust", 60),
    ("replay", 60),
    ("diagnosis", 70),
    ("saml", 80),
    ("oidc", 80),
    ("mapping", 90),
    ("certs", 90),
    ("fuzzing", 100),
    ("lib", 100),
];

/// A file that wants more has two subjects.
const LINES: usize = 600;

/// Fewer paths than this, and the reader of this test has gone blind. It is also held against the plain `use crate::` lines.
const FEWEST_USES: usize = 40;

#[test]
fn use_points_down_only() {
    let sources = Sources::read();
    let mut faults = Vec::new();
    let mut uses = 0_usize;
    for file in sources.library() {
        let Some(floor) = floor(&file.module) else {
            faults.push(format!("{}: module `{}` has no floor in tests/floors.rs", file.name, file.module));
            continue;
        };
        for used in paths(&file.tokens, file.depth) {
            uses += 1;
            if used.name == file.module || file.module == "lib" {
                continue;
            }
            let place = format!("{}:{}", file.name, used.line);
            match crate::floor(&used.name) {
                Some(below) if below < floor => {}
                Some(same) if same == floor => {
                    faults.push(format!("{place}: `{}` uses its neighbour `{}`", file.module, used.name));
                }
                Some(_) => faults.push(format!("{place}: `{}` uses `{}` above it", file.module, used.name)),
                None => faults.push(format!(
                    "{place}: `crate::{}` goes through lib.rs; name the module that defines it",
                    used.name
                )),
            }
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
    let plain: usize = sources.library().map(|file| file.plain_uses).sum();
    let least = FEWEST_USES.max(plain);
    assert!(uses >= least, "only {uses} uses seen in {} files, {plain} by eye", sources.files.len());
}

#[test]
fn a_file_has_one_subject() {
    let long: Vec<String> = Sources::read()
        .files
        .iter()
        .filter(|file| file.lines > LINES)
        .map(|file| format!("{}: {} lines", file.name, file.lines))
        .collect();
    assert!(long.is_empty(), "more than {LINES} lines:\n{}\n", long.join("\n"));
}

#[test]
fn every_module_is_read() {
    let sources = Sources::read();
    let seen: BTreeSet<&str> = sources.library().map(|file| file.module.as_str()).collect();
    let lib = sources.files.iter().find(|file| file.name == "lib.rs").expect("src/lib.rs");
    let words: Vec<&str> = lib.tokens.iter().map(|token| token.text.as_str()).collect();
    let declared: BTreeSet<&str> =
        words.windows(3).filter(|w| w[0] == "mod" && w[2] == ";").map(|w| w[1]).collect();
    assert!(!declared.is_empty(), "no module is declared in src/lib.rs");
    for module in declared {
        assert!(seen.contains(module), "no file of `{module}` was read");
    }
}

/// What this test sees in a text is pinned here; otherwise a hole in it would look like order in the library.
#[test]
fn the_reader_sees_what_it_should() {
    let seen = |text: &str, depth: usize| -> Vec<String> {
        paths(&without_tests(tokens(text)).0, depth).into_iter().map(|used| used.name).collect()
    };
    let none: [&str; 0] = [];
    assert_eq!(seen("use crate::check::Check;", 1), ["check"]);
    assert_eq!(
        seen("use crate::{check::Check, error::{Failure, Reason}, xml};", 1),
        ["check", "error", "xml"]
    );
    assert_eq!(seen("pub(crate) use { crate :: a, super::super::b::{c, d}, super::e };", 2), ["a", "b"]);
    assert_eq!(seen("fn f(x: &crate::xml::Tree) -> ::crate::nope {}", 1), ["xml", "nope"]);
    assert_eq!(seen("use super::xml; use self::y; use super::super::z;", 1), ["xml"]);
    assert_eq!(seen("pub(crate) fn f() {} pub(in crate::xml) fn g() {}", 1), ["xml"]);
    assert_eq!(seen("// crate::a\n/* crate::b /* */ crate::c */ /// crate::d\n", 1), none);
    assert_eq!(
        seen(r####"const A: &str = "crate::a \" crate::b"; const B: &str = r#"crate::c"#;"####, 1),
        none
    );
    assert_eq!(seen("const A: char = '\"'; use crate::a; const B: &[u8] = b\"crate::b\";", 1), ["a"]);
    assert_eq!(seen("fn f<'a>(x: &'a str) { let y = '\\''; crate::a::b(x) }", 1), ["a"]);
    assert_eq!(seen("#[cfg(test)]\n#[allow(x)]\nmod tests { use crate::a; } use crate::b;", 1), ["b"]);
    assert_eq!(seen("#[cfg(all(test, feature = \"x\"))] use crate::a::{b, c}; use crate::d;", 1), ["d"]);
    assert_eq!(
        seen("#[cfg(not(test))] use crate::a; #[cfg(feature = \"test\")] use crate::b;", 1),
        ["a", "b"]
    );
    assert_eq!(seen("#[cfg(test)] fn f() -> [u8; 3] { crate::a() } use crate::b;", 1), ["b"]);
    assert_eq!(seen("use crate::a as b; use crate::c::*; use crate::*;", 1), ["a", "c", "*"]);
    assert_eq!(without_tests(tokens("#[cfg(test)] mod corpus; mod other;")).1, ["corpus"]);
    assert_eq!(paths(&tokens("\n\nuse crate::\na;"), 1)[0].line, 4);
}

fn floor(module: &str) -> Option<u32> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

struct Sources {
    files: Vec<Source>,
    /// Files that hold nothing but a test module.
    tests: BTreeSet<PathBuf>,
}

struct Source {
    path: PathBuf,
    /// Path below `src`.
    name: String,
    /// The top-level module that it belongs to.
    module: String,
    /// Modules between it and the root: 1 for `src/xml/mod.rs`, 2 for `src/xml/c14n.rs`.
    depth: usize,
    lines: usize,
    /// Lines that begin with `use crate::`.
    plain_uses: usize,
    tokens: Vec<Token>,
}

impl Sources {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut paths = Vec::new();
        collect(&root, &mut paths);
        paths.sort();
        let mut sources = Self { files: Vec::new(), tests: BTreeSet::new() };
        for path in paths {
            let text = fs::read_to_string(&path).expect("a source file is readable");
            let (tokens, test_modules) = without_tests(tokens(&text));
            let below = path.strip_prefix(&root).expect("below src");
            let parts: Vec<String> =
                below.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
            let is_mod = parts.last().is_some_and(|last| last == "mod" || last == "lib");
            let own = if is_mod { &parts[..parts.len() - 1] } else { &parts[..] };
            let home = own.iter().fold(root.clone(), |home, part| home.join(part));
            for module in test_modules {
                sources.tests.insert(home.join(format!("{module}.rs")));
                sources.tests.insert(home.join(module).join("mod.rs"));
            }
            sources.files.push(Source {
                name: below.to_string_lossy().into_owned(),
                module: parts[0].clone(),
                depth: own.len(),
                lines: text.lines().count(),
                plain_uses: text.lines().filter(|line| line.starts_with("use crate::")).count(),
                tokens,
                path,
            });
        }
        sources
    }

    /// The files that are part of the library, not of its tests.
    fn library(&self) -> impl Iterator<Item = &Source> {
        self.files.iter().filter(|file| {
            !self.tests.iter().any(|test| {
                let folder = if test.ends_with("mod.rs") {
                    test.parent().map(Path::to_path_buf).unwrap_or_default()
                } else {
                    test.with_extension("")
                };
                file.path == *test || file.path.starts_with(folder)
            })
        })
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of src is readable") {
        let path = entry.expect("an entry of src").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

struct Used {
    /// What stands after the root.
    name: String,
    line: usize,
}

/// Every first segment below the crate root that the tokens name. `depth`: how many `super` lead to the root.
fn paths(tokens: &[Token], depth: usize) -> Vec<Used> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        // `pub(crate)` has no `::` behind it; a `super` that continues a path was counted with its first one.
        let continues = at > 0 && text(at - 1) == "::" && text(at.wrapping_sub(2)) == "super";
        let after = match text(at) {
            "crate" if text(at + 1) == "::" => at + 2,
            "super" if !continues => {
                let climbs = (0..).take_while(|n| text(at + 2 * n) == "super").count();
                if climbs != depth || text(at + 2 * climbs - 1) != "::" {
                    continue;
                }
                at + 2 * climbs
            }
            _ => continue,
        };
        first_segments(tokens, after, &mut found);
    }
    found
}

/// The name at `at`, or the first names of each branch of a `{..}` there.
fn first_segments(tokens: &[Token], at: usize, found: &mut Vec<Used>) {
    let Some(token) = tokens.get(at) else { return };
    if token.text != "{" {
        found.push(Used { name: token.text.clone(), line: token.line });
        return;
    }
    let mut level = 0_usize;
    let mut wanted = false;
    for token in &tokens[at..] {
        match token.text.as_str() {
            "{" => {
                level += 1;
                wanted = level == 1;
            }
            "}" => {
                level -= 1;
                if level == 0 {
                    return;
                }
            }
            "," if level == 1 => wanted = true,
            _ if wanted && level == 1 => {
                found.push(Used { name: token.text.clone(), line: token.line });
                wanted = false;
            }
            _ => {}
        }
    }
}

/// Takes out what `#[cfg(test)]` (or `#[cfg(all(test, ..))]`) stands on, and names the test modules in files of their own.
fn without_tests(tokens: Vec<Token>) -> (Vec<Token>, Vec<String>) {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let mut kept = Vec::new();
    let mut modules = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if text(at) == "#" && text(at + 1) == "[" {
            let end = matching(&tokens, at + 1);
            let words: Vec<&str> = tokens[at..end].iter().map(|token| token.text.as_str()).collect();
            let gated = words.get(2) == Some(&"cfg") && words.contains(&"test") && !words.contains(&"not");
            if gated && !words.contains(&"any") {
                let mut item = end;
                while text(item) == "#" {
                    item = matching(&tokens, item + 1);
                }
                let start = item;
                while item < tokens.len() && !matches!(text(item), "{" | ";") {
                    item = if matches!(text(item), "(" | "[") { matching(&tokens, item) } else { item + 1 };
                }
                let module = (start..item).find(|at| text(*at) == "mod");
                if text(item) == ";" {
                    modules.extend(module.map(|at| text(at + 1).to_owned()));
                }
                let is_use = (start..item).any(|at| text(at) == "use");
                at = if text(item) == "{" { matching(&tokens, item) } else { item + 1 };
                if is_use && text(at) == ";" {
                    at += 1;
                }
                continue;
            }
            kept.extend(tokens[at..end].iter().cloned());
            at = end;
            continue;
        }
        kept.push(tokens[at].clone());
        at += 1;
    }
    (kept, modules)
}

/// One past the bracket that closes the one at `open`.
fn matching(tokens: &[Token], open: usize) -> usize {
    let mut level = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "(" | "[" | "{" => level += 1,
            ")" | "]" | "}" => {
                level = level.saturating_sub(1);
                if level == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

#[derive(Clone)]
struct Token {
    text: String,
    line: usize,
}

/// Words, `::` and single signs; comments are dropped, and a literal is one empty token.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let get = |at: usize| chars.get(at).copied().unwrap_or('\0');
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let start = at;
        let c = get(at);
        let mut word = String::new();
        if c == '/' && get(at + 1) == '/' {
            while at < chars.len() && get(at) != '\n' {
                at += 1;
            }
        } else if c == '/' && get(at + 1) == '*' {
            at = after_block_comment(&chars, at);
        } else if let Some(end) = after_string(&chars, at) {
            at = end;
            word.push('"');
        } else if c == '\'' {
            at = after_quote(&chars, at);
            word.push('\'');
        } else if c.is_alphanumeric() || c == '_' {
            while get(at).is_alphanumeric() || get(at) == '_' {
                word.push(get(at));
                at += 1;
            }
        } else if c == ':' && get(at + 1) == ':' {
            word.push_str("::");
            at += 2;
        } else {
            if !c.is_whitespace() {
                word.push(c);
            }
            at += 1;
        }
        if !word.is_empty() {
            found.push(Token { text: word, line });
        }
        line += chars[start..at].iter().filter(|c| **c == '\n').count();
    }
    found
}

fn after_block_comment(chars: &[char], mut at: usize) -> usize {
    let mut level = 0_usize;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => {
                level += 1;
                at += 2;
            }
            ('*', Some('/')) => {
                level -= 1;
                at += 2;
                if level == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    at
}

/// One past the string literal that starts here, plain or raw, with any prefix; `None` when none starts here.
fn after_string(chars: &[char], start: usize) -> Option<usize> {
    let get = |at: usize| chars.get(at).copied().unwrap_or('\0');
    if start > 0 && (get(start - 1).is_alphanumeric() || get(start - 1) == '_') {
        return None;
    }
    let mut at = start;
    while matches!(get(at), 'b' | 'c') && at - start < 1 {
        at += 1;
    }
    let raw = get(at) == 'r';
    at += usize::from(raw);
    let mut hashes = 0;
    while raw && get(at) == '#' {
        hashes += 1;
        at += 1;
    }
    if get(at) != '"' {
        return None;
    }
    at += 1;
    while at < chars.len() {
        match get(at) {
            '\\' if !raw => at += 2,
            '"' if (1..=hashes).all(|n| get(at + n) == '#') => return Some(at + 1 + hashes),
            _ => at += 1,
        }
    }
    Some(at)
}

/// One past a character literal, or past the quote of a lifetime.
fn after_quote(chars: &[char], at: usize) -> usize {
    let get = |at: usize| chars.get(at).copied().unwrap_or('\0');
    if get(at + 1) == '\\' {
        let mut end = at + 3;
        while end < chars.len() && get(end) != '\'' {
            end += 1;
        }
        return end + 1;
    }
    if get(at + 2) == '\'' { at + 3 } else { at + 1 }
}

#[test]
fn floors_are_listed_once() {
    let mut names = BTreeMap::new();
    for (name, floor) in FLOORS {
        assert!(names.insert(name, floor).is_none(), "`{name}` is listed twice");
    }
}
