//! Canonicalisation and signatures against other people's vectors: the shared corpus (outside this repository) and the
//! project's own in `testdata/c14n`, whose expected octets were made by xmlsec1 and lxml.

use super::build::parse;
use super::c14n::{Method, MethodKind, canonicalize};
use super::names::Ns;
use super::reader::Comments;
use super::signature::{Rules, verify};
use super::signed_info;
use super::tree::{Element, NodeId, Tree};
use crate::check::Check;
use crate::crypto::{self, Certificate, PublicKey, TrustedKey, TrustedKeys};
use crate::encoding::base64;
use crate::exception::{Exception, Relaxation};
use crate::instant::Instant;
use crate::limits::XmlLimits;
use serde_json::Value;
use shared::{entries, name, shared};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[path = "../../tests/support/shared.rs"]
mod shared;

/// What is not compared, why, and how many there are: a change here is a change of the profile or of the corpus.
const C14N_OUT_OF_PROFILE: &[(&str, usize)] = &[
    ("no element can be read: XmlDoctypeForbidden", 6),
    ("no element can be read: XmlPiForbidden", 3),
    ("no element can be read: XmlUnboundPrefix", 1),
    ("a node set that is not one element with everything in it", 1),
    ("a signature over XPath node sets", 1),
    ("joins xml:base of left-out ancestors", 3),
    (PEER_WRONG, 1),
];

/// xml-crypto leaves out a listed prefix that is declared above the apex; libxml2 and Santuario write it, as Exclusive C14N
/// section 3 wants (`subtree-inherits/exc-listed-b` of our own vectors).
const XMLCRYPTO_10: &str = "xmlcrypto-10";
const PEER_WRONG: &str = "the output of the peer is not that of the specification";

#[test]
fn shared_c14n_vectors_are_met_octet_by_octet() {
    let Some(folder) = shared("corpus/c14n") else { return };
    let mut tally = Tally::default();
    for entry in entries(&folder) {
        let meta = json(&entry.join("meta.json"));
        if meta["algorithm"] == "mixed" {
            merlin(&entry, &mut tally);
        } else {
            let outcome = one_vector(&entry, &meta);
            let differs = outcome.as_ref().is_ok_and(|(found, expected)| found != expected);
            let known = name(&entry) == XMLCRYPTO_10 && differs;
            tally.note(&name(&entry), if known { Err(PEER_WRONG.to_owned()) } else { outcome });
        }
    }
    tally.report("c14n");
    assert_eq!(tally.failed, Vec::<String>::new());
    assert_eq!(tally.out_of_profile, expected(C14N_OUT_OF_PROFILE));
}

#[test]
fn own_c14n_vectors_are_met_octet_by_octet() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/c14n");
    let vectors = json(&folder.join("vectors.json"));
    let mut tally = Tally::default();
    for vector in vectors.as_array().expect("a list of vectors") {
        let expected = vector["expected"].as_str().unwrap().as_bytes();
        let found = select_and_canonicalize(vector["input"].as_str().unwrap().as_bytes(), vector);
        tally.note(vector["id"].as_str().unwrap(), found.map(|octets| (octets, expected.to_vec())));
    }
    tally.report("own c14n");
    assert_eq!(tally.failed, Vec::<String>::new());
    assert!(tally.out_of_profile.is_empty(), "{:?}", tally.out_of_profile);
    assert!(tally.equal >= 60, "only {}", tally.equal);
}

/// Vectors with relative namespace names, which the reader refuses, are compared with absolute ones in their place.
fn one_vector(entry: &Path, meta: &Value) -> Result<(Vec<u8>, Vec<u8>), String> {
    let text = |file| fs::read_to_string(entry.join(file)).unwrap();
    let (input, expected) = (text("input.xml"), text("expected.txt"));
    match select_and_canonicalize(input.as_bytes(), meta) {
        Err(reason) if reason.ends_with("XmlRelativeNamespace") => {
            let found = select_and_canonicalize(absolute(&input).as_bytes(), meta)?;
            Ok((found, absolute(&expected).into_bytes()))
        }
        found => Ok((found?, expected.into_bytes())),
    }
}

/// The text with `urn:` before every relative namespace name.
fn absolute(text: &str) -> String {
    let mut parts = text.split("xmlns");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut done, part| {
        let value = part.find(['"', '\'']).filter(|at| part[..*at].ends_with('='));
        let at = value.map_or(0, |at| at + 1);
        let relative = value.is_some() && !part[at..].starts_with(['"', '\'']) && {
            let name = part[at..].split(['"', '\'']).next().unwrap_or_default();
            !name.contains(':')
        };
        done.push_str("xmlns");
        done.push_str(&part[..at]);
        done.push_str(if relative { "urn:" } else { "" });
        done.push_str(&part[at..]);
        done
    })
}

fn select_and_canonicalize(input: &[u8], meta: &Value) -> Result<Vec<u8>, String> {
    let tree = read(input)?;
    let mut method = Method::from_uri(meta["algorithm"].as_str().unwrap()).expect("a known method");
    if let (MethodKind::Exclusive { inclusive_prefixes }, Some(listed)) =
        (&mut method.kind, meta["inclusive_prefixes"].as_array())
    {
        let prefixes = listed.iter().map(|prefix| prefix.as_str().unwrap());
        inclusive_prefixes.extend(prefixes.map(|prefix| prefix.trim_start_matches("#default").to_owned()));
    }
    let (apex, excluded) =
        select(&tree, &meta["select"]).ok_or("a node set that is not one element with everything in it")?;
    canonicalize(apex, excluded, &method).map_err(|check| match check {
        Check::C14nAlgorithmForbidden => "joins xml:base of left-out ancestors".to_owned(),
        other => panic!("{other}"),
    })
}

/// Merlin Hughes' vectors: a signature file and the octets of each Reference, the last those of SignedInfo.
fn merlin(entry: &Path, tally: &mut Tally) {
    let file = entries(entry).into_iter().find(|path| {
        let name = name(path);
        name.ends_with(".xml") && !name.contains("Stripped") && !name.contains("manifest")
    });
    let input = fs::read(file.unwrap()).unwrap();
    let tree = match read(&input) {
        Ok(tree) => tree,
        Err(reason) => return tally.out(reason),
    };
    let find = |local: &str| tree.elements().filter(|e| e.is(Ns::Ds, local)).collect::<Vec<_>>();
    if tree.elements().any(|e| e.local() == "XPath") {
        return tally.out("a signature over XPath node sets".to_owned());
    }
    let target = tree.elements().find(|e| e.attribute("Id") == Some("to-be-signed")).unwrap();
    let mut pairs: Vec<(Element<'_, '_>, Element<'_, '_>)> =
        find("Transform").into_iter().map(|transform| (target, transform)).collect();
    pairs.push((find("SignedInfo")[0], find("CanonicalizationMethod")[0]));
    for (index, (apex, algorithm)) in pairs.into_iter().enumerate() {
        let mut method = Method::from_uri(algorithm.attribute("Algorithm").unwrap()).unwrap();
        if let MethodKind::Exclusive { inclusive_prefixes } = &mut method.kind {
            let listed = algorithm.children().find_map(|e| e.attribute("PrefixList")).unwrap_or_default();
            inclusive_prefixes.extend(
                listed.split_whitespace().map(|prefix| prefix.trim_start_matches("#default").to_owned()),
            );
        }
        let expected = fs::read(entry.join(format!("c14n-{index}.txt"))).unwrap();
        tally.note(
            &format!("{} {index}", name(entry)),
            Ok((canonicalize(apex, None, &method).unwrap(), expected)),
        );
    }
}

/// The few forms of selection that mean one element with everything in it, and the enveloped signature to leave out.
fn select<'t, 'a>(tree: &'t Tree<'a>, selection: &Value) -> Option<(Element<'t, 'a>, Option<NodeId>)> {
    let signatures: Vec<_> = tree.elements().filter(|e| e.is(Ns::Ds, "Signature")).collect();
    if let Some(target) = selection["target_id"].as_str() {
        let index = usize::try_from(selection["signature_index"].as_u64()?).ok()?;
        let signature = signatures.get(index.checked_sub(1)?)?;
        let id = target.trim_start_matches('#');
        let has_id = |e: &Element<'_, '_>| {
            ["ID", "Id", "id", "AssertionID"].iter().any(|a| e.attribute(a) == Some(id))
        };
        let apex = if id.is_empty() { Some(tree.root()) } else { tree.elements().find(has_id) };
        return Some((apex?, Some(signature.id())));
    }
    let path = selection.as_str()?.trim();
    if path == "/*" || path == "//*" {
        return Some((tree.root(), None));
    }
    if let Some(rest) = path.strip_prefix("(//*[local-name()='Signature'") {
        let (_, index) = rest.split_once(")[")?;
        let index: usize = index.split_once(']')?.0.parse().ok()?;
        let signature = signatures.get(index.checked_sub(1)?)?;
        return Some((signature.children().find(|e| e.is(Ns::Ds, "SignedInfo"))?, None));
    }
    if let Some(rest) = path.strip_prefix("(//. | //@* | //namespace::*)") {
        let name = rest.trim().strip_prefix("[ancestor-or-self::")?.strip_suffix(']')?;
        let local = name.rsplit(':').next()?;
        let mut found = tree.elements().filter(|e| e.local() == local);
        return found.next().filter(|_| found.next().is_none()).map(|apex| (apex, None));
    }
    if let Some(predicate) = path.strip_prefix("//*[local-name(") {
        let quoted: Vec<&str> = predicate.split('\'').skip(1).step_by(2).collect();
        let wanted = |e: &Element<'_, '_>| {
            e.local() == quoted[0] && quoted.get(1).is_none_or(|uri| e.namespace_uri() == *uri)
        };
        return tree.elements().find(wanted).map(|apex| (apex, None));
    }
    let mut steps = path.strip_prefix('/')?.split('/');
    let mut at = Some(tree.root()).filter(|root| steps.next() == Some(root.local()))?;
    for step in steps {
        at = at.children().find(|e| e.local() == step)?;
    }
    Some((at, None))
}

/// Signatures over documents that are no SAML messages. Most are out of profile; what is accepted must be a documented
/// accept. Apart from the shape, every SignatureValue that xmlsec1 verifies is verified over our canonical SignedInfo.
#[test]
fn shared_signatures_are_accepted_only_where_documented() {
    let Some(folder) = shared("corpus/xmldsig") else { return };
    let (mut accepted, mut values) = (Vec::new(), 0_usize);
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    let mut skipped: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for entry in entries(&folder) {
        let meta = json(&entry.join("meta.json"));
        let verdict = meta["expected"]["verdict"].as_str().unwrap_or_default().to_owned();
        let input = fs::read(entry.join("signature.xml")).unwrap();
        let tree = match read(&input) {
            Ok(tree) => tree,
            Err(reason) => {
                *refused.entry(reason).or_default() += 1;
                continue;
            }
        };
        for signature in tree.elements().filter(|e| e.is(Ns::Ds, "Signature")) {
            let keys = keys_of(&entry, signature);
            match profile(signature, &keys) {
                Ok(()) => {
                    accepted.push(name(&entry));
                    if verdict != "accept" {
                        wrong.push(format!("{}: {verdict}, but accepted", name(&entry)));
                    }
                }
                Err(reason) => *refused.entry(reason).or_default() += 1,
            }
            match value_alone(signature, &keys) {
                Ok(()) => values += 1,
                Err(reason) => {
                    if reason.starts_with("SignatureInvalid") && verdict != "reject" {
                        wrong.push(format!("{}: {verdict}, but {reason}", name(&entry)));
                    }
                    *skipped.entry(reason).or_default() += 1;
                }
            }
        }
    }
    println!("xmldsig: {} accepted: {accepted:#?}, refused: {refused:#?}", accepted.len());
    println!("xmldsig: {values} signature values verified, others: {skipped:#?}");
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!((accepted.len(), values), (7, 62), "accepted in the profile; signature values that verify");
}

/// The signature in the strict profile, over its parent.
fn profile(signature: Element<'_, '_>, keys: &[PublicKey]) -> Result<(), String> {
    let parent = signature.parent().ok_or("the signature is the root element")?;
    let trusted: Vec<TrustedKey> = keys.iter().cloned().map(TrustedKey::from_key).collect();
    let trusted = TrustedKeys::new(trusted).map_err(|_| "no public key at hand")?;
    let day = time::Date::from_calendar_date(2100, time::Month::January, 1).unwrap();
    let exceptions: Vec<Exception> =
        Relaxation::ALL.iter().map(|r| Exception::new(*r, "old vectors", "tests", day).unwrap()).collect();
    let now = Instant::from(time::OffsetDateTime::UNIX_EPOCH);
    let rules = Rules { keys: &trusted, exceptions: &exceptions, now };
    let vouched = verify(parent, signature, &rules, "/").map_err(|failure| failure.check.to_string())?;
    assert!(!vouched.octets.as_bytes().is_empty());
    Ok(())
}

/// Only canonical SignedInfo and SignatureValue, whatever the References look like.
fn value_alone(signature: Element<'_, '_>, keys: &[PublicKey]) -> Result<(), String> {
    let child = |parent: Element<'_, '_>, local: &str| {
        parent.children().find(|e| e.is(Ns::Ds, local)).map(|e| e.id())
    };
    let tree = signature.tree();
    let signed_info = tree.element(child(signature, "SignedInfo").ok_or("no SignedInfo")?);
    let part = |local| child(signed_info, local).map(|id| tree.element(id));
    let method = part("CanonicalizationMethod").ok_or("no CanonicalizationMethod")?;
    let method = signed_info::canonicalization(method).map_err(|(check, _)| check.to_string())?;
    let uri = part("SignatureMethod").ok_or("no SignatureMethod")?;
    let algorithm = signed_info::signature_method(uri)
        .map_err(|_| format!("algorithm {}", uri.attribute("Algorithm").unwrap_or_default()))?;
    let value = tree.element(child(signature, "SignatureValue").ok_or("no SignatureValue")?).text();
    let value = base64::decode_xml(&value.unwrap_or_default()).ok_or("SignatureValue is not base64")?;
    let octets = canonicalize(signed_info, None, &method).map_err(|check| check.to_string())?;
    let mut why = "no public key at hand".to_owned();
    for key in keys {
        match crypto::verify_legacy(algorithm, key, &octets, &value) {
            Ok(_) => return Ok(()),
            Err(check) => why = format!("{check} with {}", key.kind()),
        }
    }
    Err(why)
}

/// Keys that come with the entry, and those that the signature itself shows (which only a test would look at).
fn keys_of(entry: &Path, signature: Element<'_, '_>) -> Vec<PublicKey> {
    let mut keys = Vec::new();
    for file in entries(entry) {
        let octets = fs::read(&file).unwrap();
        let name = name(&file);
        if name.ends_with(".pem") {
            if let Ok(found) = TrustedKeys::from_pem(&String::from_utf8_lossy(&octets)) {
                keys.extend(found.iter().map(|trusted| trusted.key().clone()));
            }
        } else if name.ends_with(".der") {
            keys.extend(Certificate::from_der(&octets).ok().map(|certificate| certificate.key().clone()));
            keys.extend(PublicKey::from_spki_der(&octets).ok());
        }
    }
    for element in signature.subtree() {
        let octets = || element.text().and_then(|text| base64::decode_xml(&text));
        match element.local() {
            "X509Certificate" => keys.extend(
                octets()
                    .and_then(|der| Certificate::from_der(&der).ok())
                    .map(|certificate| certificate.key().clone()),
            ),
            "DEREncodedKeyValue" => keys.extend(octets().and_then(|der| PublicKey::from_spki_der(&der).ok())),
            "RSAKeyValue" => {
                let number = |local: &str| {
                    element
                        .children()
                        .find(|e| e.local() == local)?
                        .text()
                        .and_then(|t| base64::decode_xml(&t))
                };
                if let (Some(n), Some(e)) = (number("Modulus"), number("Exponent")) {
                    keys.extend(PublicKey::from_rsa_components(&n, &e).ok());
                }
            }
            "PublicKey" => keys.extend(octets().and_then(|point| {
                let (x, y) = point.get(1..)?.split_at_checked(point.len() / 2)?;
                let kind = if x.len() == 32 { crypto::KeyKind::P256 } else { crypto::KeyKind::P384 };
                PublicKey::from_ec_point(kind, x, y).ok()
            })),
            _ => {}
        }
    }
    keys
}

#[derive(Default)]
struct Tally {
    equal: usize,
    failed: Vec<String>,
    out_of_profile: BTreeMap<String, usize>,
}

impl Tally {
    fn note(&mut self, id: &str, outcome: Result<(Vec<u8>, Vec<u8>), String>) {
        match outcome {
            Ok((found, expected)) if found == expected => self.equal += 1,
            Ok((found, expected)) => self.failed.push(format!(
                "{id}\n  found    {}\n  expected {}",
                String::from_utf8_lossy(&found),
                String::from_utf8_lossy(&expected)
            )),
            Err(reason) => {
                println!("{id}: {reason}");
                self.out(reason);
            }
        }
    }

    fn out(&mut self, reason: String) {
        *self.out_of_profile.entry(reason).or_default() += 1;
    }

    fn report(&self, what: &str) {
        println!(
            "{what}: {} equal, {} different, out of profile: {:#?}",
            self.equal,
            self.failed.len(),
            self.out_of_profile
        );
    }
}

fn expected(table: &[(&str, usize)]) -> BTreeMap<String, usize> {
    table.iter().map(|(reason, count)| ((*reason).to_owned(), *count)).collect()
}

fn read(input: &[u8]) -> Result<Tree<'_>, String> {
    parse(input, &XmlLimits::METADATA, Comments::Anywhere)
        .map_err(|malformed| format!("no element can be read: {}", malformed.check()))
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        .unwrap()
}
