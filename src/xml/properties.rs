//! What holds for every input of this module: only in builds with `--cfg fuzzing` and in unit tests.
//!
//! A property holds for every input; it is an `assert!`. The committed corpus is replayed by the unit tests below.

use super::build::parse;
use super::c14n::{Method, MethodKind, canonicalize};
use super::reader::Comments;
use super::tree::{Attribute, Element, Tree};
use crate::limits::XmlLimits;
use std::collections::BTreeSet;

/// The reader never panics. Whatever it reads canonicalises, by every method and from every element, to octets that
/// read as the same content and that are their own canonical form.
pub(crate) fn xml(data: &[u8]) {
    for comments in [Comments::Refused, Comments::BetweenElements] {
        let Ok(tree) = parse(data, &XmlLimits::MESSAGE, comments) else { continue };
        for method in methods() {
            for apex in tree.elements().take(SUBTREES) {
                // The one refusal that a read tree may meet: Canonical XML 1.1 below an `xml:base`.
                let Ok(octets) = canonicalize(apex, None, &method) else {
                    assert_eq!(method.kind, MethodKind::Inclusive11, "only 1.1 may refuse a tree");
                    continue;
                };
                let again = parse(&octets, &WIDER, comments);
                let shown = String::from_utf8_lossy(&octets);
                let again =
                    again.unwrap_or_else(|error| panic!("{method:?} does not read: {error}: {shown}"));
                assert_eq!(
                    content(apex),
                    content(again.root()),
                    "{method:?} reads as something else: {shown}"
                );
                let twice = canonicalize(again.root(), None, &method).unwrap_or_default();
                assert_eq!(shown, String::from_utf8_lossy(&twice), "{method:?} is not stable");
            }
        }
    }
}

/// Canonical text is longer where characters are escaped.
const WIDER: XmlLimits = XmlLimits { input_bytes: 64 << 20, text_bytes: 16 << 20, ..XmlLimits::MESSAGE };

/// Elements of one document that are canonicalised each for itself.
const SUBTREES: usize = 8;

fn methods() -> impl Iterator<Item = Method> {
    const URIS: [&str; 6] = [
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
        "http://www.w3.org/2006/12/xml-c14n11",
        "http://www.w3.org/2006/12/xml-c14n11#WithComments",
    ];
    let inclusive_prefixes = ["", "a", "b", "xs", "xml"].map(str::to_owned).to_vec();
    let listed = Method { kind: MethodKind::Exclusive { inclusive_prefixes }, with_comments: false };
    URIS.into_iter().filter_map(Method::from_uri).chain([listed])
}

/// Everything that a reader of the tree can learn of an element and what is in it, whatever prefixes it is written with.
fn content(apex: Element<'_, '_>) -> Vec<String> {
    let inherited = |name: &str| name.starts_with("{http://www.w3.org/XML/1998/namespace}");
    apex.subtree()
        .map(|element| {
            let attributes: BTreeSet<String> = element
                .attributes()
                .iter()
                .map(|attribute| format!("{}={:?}", expanded(element.tree(), attribute), attribute.value))
                // Inclusive methods bring `xml:` attributes of left-out ancestors to the apex.
                .filter(|name| element.id() != apex.id() || !inherited(name))
                .collect();
            let (text, own) = (element.text(), element.has_own_text());
            format!("{{{}}}{} {attributes:?} {text:?} {own}", element.namespace_uri(), element.local())
        })
        .collect()
}

fn expanded(tree: &Tree<'_>, attribute: &Attribute<'_>) -> String {
    format!("{{{}}}{}", tree.namespace(attribute.namespace).0, attribute.local)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_corpus_of_xml_replays() {
        let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/xml");
        let seeds = std::fs::read_dir(corpus).map(Iterator::collect).unwrap_or_else(|_| Vec::new());
        for seed in &seeds {
            let path = seed.as_ref().unwrap().path();
            println!("{}", path.display());
            super::xml(&std::fs::read(path).unwrap());
        }
        println!("{} seeds of xml", seeds.len());
    }
}
