use super::*;
use crate::error::Reason;
use crate::xml::parse;

fn refused(input: &str) -> Check {
    match parse(input.as_bytes(), &XmlLimits::MESSAGE, Comments::Refused) {
        Ok(_) => panic!("accepted: {input}"),
        Err(malformed) => malformed.check(),
    }
}

#[test]
fn what_is_refused_and_by_which_check() {
    use Check as C;
    for (input, check) in [
        ("", C::XmlNotWellFormed),
        ("  ", C::XmlNotWellFormed),
        ("<", C::XmlNotWellFormed),
        ("\u{feff}", C::XmlNotWellFormed),
        ("\u{feff}\u{feff}<a/>", C::XmlNotWellFormed),
        ("<?xml version=\"1.0\"?>", C::XmlNotWellFormed),
        ("x<a/>", C::XmlTrailingContent),
        ("<a/>x", C::XmlTrailingContent),
        ("<a/>&#32;", C::XmlTrailingContent),
        ("<a/><![CDATA[x]]>", C::XmlNotWellFormed),
        ("<a/><b/>", C::XmlMultipleRoots),
        ("<a>", C::XmlNotWellFormed),
        ("<a><b></a></b>", C::XmlNotWellFormed),
        ("<p:a xmlns:p='urn:x'></a>", C::XmlNotWellFormed),
        ("<a></a></a>", C::XmlNotWellFormed),
        (" <?xml version=\"1.0\"?><a/>", C::XmlDeclInvalid),
        ("<?xml version=\"1.0\"?><?xml version=\"1.0\"?><a/>", C::XmlDeclInvalid),
        ("<a><?xml version=\"1.0\"?></a>", C::XmlDeclInvalid),
        ("<!DOCTYPE a><a/>", C::XmlDoctypeForbidden),
        ("<!doctype a><a/>", C::XmlDoctypeForbidden),
        ("<!DOCTYPE a [<!ENTITY x 'y'>", C::XmlDoctypeForbidden),
        ("<!x<!-- -->><a/>", C::XmlNotWellFormed),
        ("<!><a/>", C::XmlNotWellFormed),
        ("<! DOCTYPE><a/>", C::XmlNotWellFormed),
        ("<!--c--><a/>", C::XmlCommentForbidden),
        ("<a><?p x?></a>", C::XmlPiForbidden),
        ("<?XML version='1.0'?><a/>", C::XmlPiForbidden),
        ("<a>&foo;</a>", C::XmlEntityForbidden),
        ("<a b='&foo;'/>", C::XmlEntityForbidden),
        ("<a>x & y</a>", C::XmlNotWellFormed),
        ("<a>]]></a>", C::XmlNotWellFormed),
        ("<a b='1' b='2'/>", C::XmlDuplicateAttribute),
        ("<a xmlns='urn:a' xmlns='urn:b'/>", C::XmlDuplicateAttribute),
        ("<a xmlns:p='urn:a' xmlns:q='urn:a' p:x='1' q:x='2'/>", C::XmlDuplicateAttribute),
        ("<a b=1/>", C::XmlNotWellFormed),
        ("<a b/>", C::XmlNotWellFormed),
        ("<a b='1'c='2'/>", C::XmlNotWellFormed),
        ("<a b '1'/>", C::XmlNotWellFormed),
        ("<a b='<'/>", C::XmlNotWellFormed),
        ("<a '/>", C::XmlNotWellFormed),
        ("<a b:c:d='1'/>", C::XmlNotWellFormed),
        ("<1a/>", C::XmlNotWellFormed),
        ("< a/>", C::XmlNotWellFormed),
        ("<a/ >", C::XmlNotWellFormed),
        ("<p:a/>", C::XmlUnboundPrefix),
        ("<a p:b='1'/>", C::XmlUnboundPrefix),
        ("<a xmlns:xml='urn:x'/>", C::XmlReservedNamespace),
        ("<a xmlns:xmlns='urn:x'/>", C::XmlReservedNamespace),
        ("<a xmlns='http://www.w3.org/2000/xmlns/'/>", C::XmlReservedNamespace),
        ("<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>", C::XmlReservedNamespace),
        ("<a xml:xmlns='urn:x'/>", C::XmlReservedNamespace),
        ("<xmlns:a/>", C::XmlReservedNamespace),
        ("<a xmlns:p=''/>", C::XmlNotWellFormed),
        ("<a xmlns='1'/>", C::XmlRelativeNamespace),
        ("<a>\u{0}</a>", C::XmlForbiddenChar),
        ("<a b='&#0;'/>", C::XmlForbiddenChar),
        ("<a>&#xFFFE;</a>", C::XmlForbiddenChar),
        ("<a><![CDATA[", C::XmlNotWellFormed),
        ("<a><?x", C::XmlNotWellFormed),
        ("<a><!-- ", C::XmlNotWellFormed),
        ("<a b='", C::XmlNotWellFormed),
    ] {
        assert_eq!(refused(input), check, "{input}");
    }
}

#[test]
fn foreign_encodings_are_named() {
    let check =
        |input: &[u8]| parse(input, &XmlLimits::MESSAGE, Comments::Refused).map(|_| ()).unwrap_err().check();
    for input in [&b"\xfe\xff\0<"[..], b"\xff\xfe<\0", b"\0<\0a", b"<\0a\0", b"\0\0\0<", b"\x4c\x6f\xa7\x94"]
    {
        assert_eq!(check(input), Check::EncodingNotUtf8, "{input:?}");
    }
    for input in [&b"<a>\x80</a>"[..], b"<a>\xc3", b"<a>\xff</a>", b"<a>\xc0\x80</a>", b"<a>\xed\xa0\x80</a>"]
    {
        assert_eq!(check(input), Check::InvalidUtf8, "{input:?}");
    }
}

#[test]
fn limits_hold_exactly() {
    let nested = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
    let limits = XmlLimits::MESSAGE;
    let ok =
        |text: &str| parse(text.as_bytes(), &limits, Comments::Refused).map(|_| ()).map_err(|e| e.check());
    assert_eq!(ok(&nested(limits.depth)), Ok(()));
    assert_eq!(ok(&nested(limits.depth + 1)), Err(Check::LimitDepth));
    let attributes = |n: usize| format!("<a{}/>", (0..n).map(|i| format!(" b{i}=''")).collect::<String>());
    assert_eq!(ok(&attributes(limits.attributes)), Ok(()));
    assert_eq!(ok(&attributes(limits.attributes + 1)), Err(Check::LimitAttributes));
    let spaces =
        |n: usize| format!("<a{}/>", (0..n).map(|i| format!(" xmlns:b{i}='urn:x'")).collect::<String>());
    assert_eq!(ok(&spaces(limits.namespaces)), Ok(()));
    assert_eq!(ok(&spaces(limits.namespaces + 1)), Err(Check::LimitNamespaces));
    // The limit that was passed is the one that is told.
    let levels: String =
        (0..=limits.namespaces_in_scope).map(|i| format!("<a xmlns:b{i}='urn:x'>")).collect();
    let shallow = XmlLimits { depth: usize::MAX, ..limits };
    let error = parse(levels.as_bytes(), &shallow, Comments::Refused).err().unwrap();
    assert_eq!(error.check(), Check::LimitNamespaces);
    let Reason::Limit { limit, unit, .. } = error.reason() else { panic!("{:?}", error.reason()) };
    assert_eq!((limit, unit), (limits.namespaces_in_scope, "declarations in scope"));
    assert_eq!(ok(&format!("<r>{}</r>", "<a/>".repeat(limits.elements - 1))), Ok(()));
    assert_eq!(ok(&format!("<r>{}</r>", "<a/>".repeat(limits.elements))), Err(Check::LimitElements));
    assert_eq!(ok(&format!("<r>{}</r>", "x".repeat(limits.text_bytes))), Ok(()));
    assert_eq!(ok(&format!("<r>{}</r>", "x".repeat(limits.text_bytes + 1))), Err(Check::LimitTextLength));
    assert_eq!(
        ok(&format!("<r>{}</r>", "x&amp;".repeat(limits.text_bytes / 2 + 1))),
        Err(Check::LimitTextLength)
    );
    assert_eq!(ok(&" ".repeat(limits.input_bytes + 1)), Err(Check::LimitInputSize));
}

#[test]
fn text_is_one_value() {
    let text = |input: &str| {
        let tree = parse(input.as_bytes(), &XmlLimits::MESSAGE, Comments::Refused).ok().unwrap();
        tree.root().text().map(Cow::into_owned)
    };
    assert_eq!(text("<a>x<![CDATA[<y>]]>&#x2E;z&amp;</a>").as_deref(), Some("x<y>.z&"));
    assert_eq!(text("<a>1\r\n2\r3&#13;4\u{85}5\u{2028}6</a>").as_deref(), Some("1\n2\n3\r4\u{85}5\u{2028}6"));
    assert_eq!(text("<a/>").as_deref(), Some(""));
    assert_eq!(text("<a>x<b/>y</a>"), None);
}

/// Comparing them would be slow: see [`EMPTY`].
#[test]
fn nothing_empty_stands_where_nothing_can_be_read() {
    let input = "<a xmlns='' b='1' c='2'><é/><p:d xmlns='urn:x' xmlns:p='urn:p'/></a>";
    let tree = parse(input.as_bytes(), &XmlLimits::MESSAGE, Comments::Refused).unwrap();
    let names = tree.elements().filter_map(|element| tree.name(element.id())).map(|name| name.prefix);
    let attributes = tree.attributes.iter().map(|attribute| attribute.prefix);
    let declared =
        tree.namespaces.iter().skip(2).flat_map(|declared| [declared.prefix, declared.uri.as_ref()]);
    let inside = input.as_bytes().as_ptr_range();
    let (mut empty, mut all) = (0, 0);
    for text in names.chain(attributes).chain(declared) {
        assert!(inside.contains(&text.as_ptr()), "{text:?}");
        empty += usize::from(text.is_empty());
        all += 1;
    }
    assert_eq!((empty, all), (7, 11));
    let none = tree.namespace(NamespaceId(0)).0;
    assert!(none.is_empty() && none.as_ptr().addr() > 1);
}
