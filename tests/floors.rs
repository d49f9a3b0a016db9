//! The floors of the library: `use` points down only, and no new files need each other (ARCHITECTURE.md rests on it).
//!
//! Reads every file of `src/` without its tests and follows each path in it, re-exports included, to the file that defines it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};

/// Each top-level module and its floor. A module may use modules of lower floors and itself.
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
];

/// A file that wants more has two subjects.
const LINES: usize = 600;

#[test]
fn use_points_down_only() {
    let house = House::read();
    let floors: BTreeMap<&str, u32> = FLOORS.iter().copied().collect();
    assert_eq!(floors.len(), FLOORS.len(), "a module is listed twice");
    let mut faults = Vec::new();
    for (from, to) in house.edges() {
        let (here, there) = (house.module(from), house.module(to));
        if here == there || from == ROOT {
            continue;
        }
        match (floors.get(here), floors.get(there)) {
            (Some(own), Some(used)) if used < own => {}
            (Some(_), Some(_)) => faults.push(format!("{from} uses {to}, which is not below it")),
            _ => faults.push(format!("{from} uses {to}: one of the two has no floor")),
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
    assert!(house.edges().count() > 500, "this test has gone blind");
}

/// Circles that are older than this rule, each by its first file and its size. One that grew, or a new one, fails; one that shrank
/// or is gone is to be struck off here.
const OLD_CIRCLES: &[(&str, usize)] = &[
    ("certs/read/aggregate.rs", 6),
    ("crypto/backend/mod.rs", 2),
    ("diagnosis/catalogue.rs", 9),
    ("diagnosis/render/html.rs", 2),
    ("diagnosis/render/json.rs", 2),
    ("error/code.rs", 3),
    ("mapping/assurance.rs", 3),
    ("mapping/names.rs", 3),
    ("oidc/binding.rs", 8),
    ("saml/assertion.rs", 16),
    ("saml/logout/mod.rs", 5),
];

#[test]
fn no_new_files_need_each_other() {
    let circles = House::read().circles();
    let found: Vec<(&str, usize)> = circles.iter().map(|files| (files[0].as_str(), files.len())).collect();
    let lines: Vec<String> = circles.iter().map(|files| files.join(" <-> ")).collect();
    assert_eq!(found, OLD_CIRCLES, "\n{}\n", lines.join("\n"));
}

#[test]
fn a_file_has_one_subject() {
    let house = House::read();
    let long: Vec<_> =
        house.rooms.values().filter(|room| room.lines > LINES).map(|room| &room.name).collect();
    assert!(long.is_empty(), "more than {LINES} lines: {long:?}");
}

/// What this test sees is pinned here; otherwise a hole in it would look like order in the library.
#[test]
fn the_reader_sees_what_it_should() {
    let house = House::of(&[
        ("lib.rs", "pub mod a; mod b; pub mod c;"),
        ("a/mod.rs", "mod one; mod two; pub use one::One; pub(crate) use two::{self as zwei, Two};"),
        ("a/one.rs", "use super::two::Two; use crate::b; fn f() -> Result<crate::c::C, ()> { b::deep::f() }"),
        (
            "a/two.rs",
            "#[cfg(test)] mod tests { use super::super::one; } #[cfg(test)] use crate::c; struct Two;",
        ),
        ("b/mod.rs", "pub mod deep; fn g() { vec![crate::a::One]; }"),
        ("b/deep.rs", "mod inline { use super::super::super::c::C; use super::f; } pub fn f() {}"),
        ("c.rs", "#[cfg(not(test))] use crate::a::Two; #[cfg(all(test, x))] mod more; pub struct C;"),
        ("c/more.rs", "use crate::a::one;"),
    ]);
    let seen: Vec<(&str, &str)> = house.edges().collect();
    let wanted = [
        ("a/one.rs", "a/two.rs"),
        ("a/one.rs", "b/deep.rs"),
        ("a/one.rs", "b/mod.rs"),
        ("a/one.rs", "c.rs"),
        ("b/deep.rs", "c.rs"),
        ("b/mod.rs", "a/one.rs"),
        ("c.rs", "a/two.rs"),
    ];
    assert_eq!(seen, wanted);
    assert_eq!(house.circles(), [["a/one.rs", "b/mod.rs"]]);
}

/// Module path from the crate's root, such as `["saml", "checks"]`.
type Module = Vec<String>;

const ROOT: &str = "lib.rs";

struct House {
    rooms: BTreeMap<Module, Room>,
    uses: BTreeMap<String, BTreeSet<String>>,
}

struct Room {
    name: String,
    lines: usize,
    syntax: syn::File,
    /// What it passes on under its own name: name, and where that comes from.
    exports: BTreeMap<String, Module>,
}

impl House {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut paths = Vec::new();
        collect(&root, &mut paths);
        let texts: Vec<(String, String)> = paths
            .iter()
            .map(|path| {
                let name = path.strip_prefix(&root).expect("below src").to_string_lossy().into_owned();
                (name, fs::read_to_string(path).expect("a readable source file"))
            })
            .collect();
        Self::of(&texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>())
    }

    fn of(texts: &[(&str, &str)]) -> Self {
        let mut rooms = BTreeMap::new();
        let mut tests: Vec<Module> = Vec::new();
        for (name, text) in texts {
            let mut module: Module = name.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            if module.last().is_some_and(|last| last == "mod" || last == "lib") {
                module.pop();
            }
            let mut syntax = syn::parse_file(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            syntax.items.retain(|item| {
                let test = is_test(attributes(item));
                if let (true, syn::Item::Mod(inner)) = (test, item) {
                    tests.push([&module[..], &[inner.ident.to_string()]].concat());
                }
                !test
            });
            let mut exports = BTreeMap::new();
            for item in &syntax.items {
                if let syn::Item::Use(item) = item
                    && !matches!(item.vis, syn::Visibility::Inherited)
                {
                    for (path, shown) in leaves(&item.tree) {
                        exports.insert(shown, path);
                    }
                }
            }
            let room = Room { name: (*name).to_owned(), lines: text.lines().count(), syntax, exports };
            rooms.insert(module, room);
        }
        rooms.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
        let mut house = Self { rooms, uses: BTreeMap::new() };
        house.uses = house.rooms.iter().map(|(at, room)| (room.name.clone(), house.seen(at, room))).collect();
        house
    }

    fn seen(&self, at: &Module, room: &Room) -> BTreeSet<String> {
        let mut reader = Reader { module: at.clone(), found: Vec::new(), imports: BTreeMap::new() };
        reader.visit_file(&room.syntax);
        let Reader { found, imports, .. } = reader;
        let mut files = BTreeSet::new();
        for (module, path) in found {
            let is_first_import = path.first().and_then(|first| imports.get(first));
            let path = match is_first_import {
                Some(import) => [&import[..], &path[1..]].concat(),
                None => path,
            };
            files.extend(self.absolute(&module, &path).and_then(|path| self.file(&path, 0)));
        }
        files.remove(&room.name);
        files
    }

    /// The path from the crate's root; `None` for what comes from elsewhere.
    fn absolute(&self, module: &Module, path: &[String]) -> Option<Module> {
        let mut base = module.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => {
                base.clear();
                rest = &path[1..];
            }
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|first| first == "super") {
                    base.pop()?;
                    rest = &rest[1..];
                }
            }
            first => {
                let child = [&base[..], &[first.to_owned()]].concat();
                self.rooms.get(&child)?;
            }
        }
        Some([&base[..], rest].concat())
    }

    /// The file that defines what a path from the root names.
    fn file(&self, path: &[String], jumps: usize) -> Option<String> {
        let mut module = Module::new();
        let mut rest = path;
        while let Some(first) = rest.first() {
            let child = [&module[..], std::slice::from_ref(first)].concat();
            if !self.rooms.contains_key(&child) {
                break;
            }
            module = child;
            rest = &rest[1..];
        }
        let room = self.rooms.get(&module)?;
        let export = rest.first().and_then(|first| room.exports.get(first));
        match export.and_then(|export| self.absolute(&module, export)) {
            Some(export) if jumps < 8 => self.file(&[&export[..], &rest[1..]].concat(), jumps + 1),
            _ => Some(room.name.clone()),
        }
    }

    fn edges(&self) -> impl Iterator<Item = (&str, &str)> {
        self.uses.iter().flat_map(|(from, to)| to.iter().map(|to| (from.as_str(), to.as_str())))
    }

    /// The top-level module that a file belongs to.
    fn module<'f>(&self, file: &'f str) -> &'f str {
        file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
    }

    /// Strongly connected components of more than one file.
    fn circles(&self) -> Vec<Vec<String>> {
        let reached = |from: &String| {
            let mut seen = BTreeSet::new();
            let mut open = vec![from];
            while let Some(file) = open.pop() {
                for next in self.uses.get(file).into_iter().flatten() {
                    if seen.insert(next) {
                        open.push(next);
                    }
                }
            }
            seen
        };
        let reach: BTreeMap<&String, BTreeSet<&String>> =
            self.uses.keys().map(|file| (file, reached(file))).collect();
        let mut circles = BTreeSet::new();
        for (file, there) in &reach {
            let circle: Vec<String> = there
                .iter()
                .filter(|other| reach.get(**other).is_some_and(|back| back.contains(*file)))
                .map(|other| (*other).clone())
                .collect();
            if circle.len() > 1 {
                circles.insert(circle);
            }
        }
        circles.into_iter().collect()
    }
}

/// Collects the paths of a file.
struct Reader {
    module: Module,
    /// Where each path stands, and the path.
    found: Vec<(Module, Vec<String>)>,
    /// Names that `use` brings in, and what they stand for.
    imports: BTreeMap<String, Module>,
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.content.is_some() {
            self.module.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let passed_on = !matches!(item.vis, syn::Visibility::Inherited);
        for (path, shown) in leaves(&item.tree) {
            if !passed_on {
                self.found.push((self.module.clone(), path.clone()));
            }
            self.imports.insert(shown, path);
        }
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.found.push((self.module.clone(), segments));
        visit::visit_path(self, path);
    }

    /// Paths that begin at `crate`, which the tokens of a macro hold.
    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        let text = item.tokens.to_string().replace(' ', "");
        for path in text.split("crate::").skip(1) {
            let path =
                path.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').next().unwrap_or("");
            let segments = std::iter::once("crate").chain(path.split("::")).map(str::to_owned).collect();
            self.found.push((self.module.clone(), segments));
        }
        visit::visit_macro(self, item);
    }
}

/// The paths of a `use`, each with the name that it gets.
fn leaves(tree: &syn::UseTree) -> Vec<(Module, String)> {
    fn walk(tree: &syn::UseTree, before: &[String], found: &mut Vec<(Module, String)>) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => walk(&path.tree, &with(&path.ident), found),
            syn::UseTree::Name(name) if name.ident == "self" => {
                found.push((before.to_vec(), before.last().cloned().unwrap_or_default()));
            }
            syn::UseTree::Name(name) => found.push((with(&name.ident), name.ident.to_string())),
            syn::UseTree::Rename(name) if name.ident == "self" => {
                found.push((before.to_vec(), name.rename.to_string()));
            }
            syn::UseTree::Rename(name) => found.push((with(&name.ident), name.rename.to_string())),
            syn::UseTree::Glob(_) => found.push((before.to_vec(), "*".to_owned())),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| walk(tree, before, found)),
        }
    }
    let mut found = Vec::new();
    walk(tree, &[], &mut found);
    found
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// `#[cfg(test)]` or `#[cfg(all(test, ..))]`.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).any(|attribute| {
        let condition = match &attribute.meta {
            syn::Meta::List(list) => list.tokens.to_string().replace(' ', ""),
            _ => String::new(),
        };
        condition == "test" || condition.starts_with("all(test,")
    })
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
