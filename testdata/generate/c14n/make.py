"""Makes testdata/c14n/vectors.json: own inputs, expected octets by libxml2 (the engine of xmlsec1 and lxml), each checked
against Apache Santuario. Run: python3 make.py   (needs libxml2, a JDK and Debian's libxml-security-java)"""

import ctypes
import ctypes.util
import json
import os
import subprocess
import tempfile

EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
INC = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
INC11 = "http://www.w3.org/2006/12/xml-c14n11"
ALL = [(EXC, None), (INC, None), (INC11, None)]
COMMENTS = ALL + [(uri + ("WithComments" if uri == EXC else "#WithComments"), None) for uri, _ in ALL]
DS = "http://www.w3.org/2000/09/xmldsig#"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"


def listed(*lists):
    return [(EXC, list(prefixes)) for prefixes in lists]


# id, input, selection, methods
INPUTS = [
    ("empty", "<a/>", "/*", ALL),
    ("declaration", '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n<a></a>\r\n', "/*", ALL),
    ("tag-space", "<a  b = '1'\n\tc=\"2\"\r\n><d\t/></a >", "/*", ALL),
    ("attribute-order", '<e xmlns:b="http://b.test" xmlns:a="http://z.test" z="1" a:b="2" b:b="3" b:a="4" B="5" _="6" é="7"/>', "/*", ALL),
    ("attribute-escapes", "<a b='\"' c=\"'\" d='&lt;&gt;&amp;&quot;&apos;' e='&#9;&#10;&#13;&#32;' f='\t\n\r\r\n x' g='&#x1F600;é'/>", "/*", ALL),
    ("text-escapes", "<a>&lt;&gt;&amp;&quot;&apos;\"'&#13;&#10;&#9;&#x26;&#60;]]&gt;</a>", "/*", ALL),
    ("line-ends", "<a>1\r\n2\r3\n4&#13;\n5\u00856\u20287</a>", "/*", ALL),
    ("cdata", "<a><![CDATA[<x>&amp;\r\n]]>]]&gt;<![CDATA[]]><b><![CDATA[ ]]></b></a>", "/*", ALL),
    ("unicode", '<ä ö="ü" xmlns:ß="urn:s">\U0001F600\ufeff&#xE9;\u0301<ß:x/></ä>', "/*", ALL),
    ("mixed-content", "<a> t <b/> u <c> </c>\n<d>v</d></a>", "/*", ALL),
    ("namespace-order", '<b:e xmlns:b="urn:1" xmlns:a="urn:2" xmlns="urn:3" xmlns:A="urn:4"><a:f/><A:g/><h/></b:e>', "/*", ALL),
    ("superfluous", '<a:e xmlns:a="urn:a"><a:f xmlns:a="urn:a"><a:g xmlns:a="urn:b"><a:h xmlns:a="urn:a"/></a:g></a:f></a:e>', "/*", ALL),
    ("default-undeclared", '<a xmlns=""><b xmlns="urn:1"><c xmlns=""><d xmlns=""/><e xmlns="urn:1"/></c><f/></b></a>', "/*", ALL),
    ("default-redeclared", '<a xmlns="urn:1"><p:b xmlns:p="urn:p"><c xmlns="urn:1"/><p:d xmlns="urn:2"><e/></p:d></p:b><f xmlns=""/></a>', "/*", ALL),
    ("default-in-prefixed", '<p:a xmlns:p="urn:p" xmlns="urn:d" x="1"><p:b xmlns=""><c/></p:b><c/></p:a>', "/*", ALL + listed([""], ["p", ""])),
    ("two-prefixes-one-name", '<a:e xmlns:a="urn:x" xmlns:b="urn:x" a:y="1"><b:f b:y="2" a:z="3"/></a:e>', "/*", ALL),
    ("namespace-escapes", '<a xmlns:p="urn:x?a&amp;b" xmlns="urn:x?a&#38;c=%22"><p:b/></a>', "/*", ALL),
    ("visibly-used", '<a xmlns:u="urn:u" xmlns:v="urn:v" xmlns:w="urn:w"><u:b v:x="1"><c w:y="2"/><u:d/></u:b><c v:x="3"/></a>', "/*", ALL + listed(["w"], ["u", "v"])),
    ("qname-in-content", '<a xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><v xsi:type="xs:string">x</v><v xsi:type="xs:integer">1</v></a>', "/*", ALL + listed(["xs"], ["xs", "xsi"], ["nobody"])),
    ("subtree-inherits", '<r xmlns="urn:d" xmlns:a="urn:a" xmlns:b="urn:b"><a:s xmlns:c="urn:c"><t><b:x c:y="1"/></t></a:s></r>', "//*[local-name()='s']", ALL + listed(["b"], ["", "c"], ["a", "zzz"])),
    ("subtree-rebound", '<r xmlns:p="urn:1" xmlns:q="urn:q"><s xmlns:p="urn:2"><p:t xmlns:q="urn:q2"><q:u xmlns:p="urn:1"><p:v/></q:u></p:t></s></r>', "//*[local-name()='t']", ALL + listed(["q"], ["p", "q"])),
    ("subtree-default", '<r xmlns="urn:d"><s xmlns=""><t><u xmlns="urn:d"/></t></s></r>', "//*[local-name()='t']", ALL + listed([""])),
    ("subtree-of-default", '<r xmlns="urn:d"><p:s xmlns:p="urn:p"><t/></p:s></r>', "//*[local-name()='s']", ALL + listed([""])),
    ("xml-attributes", '<r xml:lang="de" xml:space="preserve" xml:id="i"><s xml:lang="en"><t x="1"><u xml:lang="fr"/></t></s></r>', "//*[local-name()='t']", ALL),
    ("xml-attributes-own", '<r xml:lang="de" xml:space="preserve"><t xml:space="default" xml:lang="">x</t></r>', "//*[local-name()='t']", ALL),
    ("xml-base-own", '<r><t xml:base="http://x.test/a"><u xml:base="b"/></t></r>', "//*[local-name()='t']", ALL),
    ("xml-listed", '<r xmlns:xs="urn:xs" xml:lang="de"><t xml:lang="en"/></r>', "//*[local-name()='t']", listed(["xml", "xs"])),
    ("comments", "<!--before--><a>x<!-- in & < text -->y<b><!----></b><!--between\r\nlines--><c/></a><!--after-->", "/*", COMMENTS),
    ("comments-subtree", '<r xmlns:p="urn:p"><!--out--><p:s><!--in--><t/></p:s><!--out--></r>', "//*[local-name()='s']", COMMENTS),
    # W3C Canonical XML 1.0 sections 3.2 and 3.6, Exclusive XML Canonicalization section 2.2, typed again
    ("w3c-3.2", "<doc>\n   <clean>   </clean>\n   <dirty>   A   B   </dirty>\n   <mixed>\n      A\n      <clean>   </clean>\n      B\n      <dirty>   A   B   </dirty>\n      C\n   </mixed>\n</doc>", "/*", ALL),
    ("w3c-3.6", '<?xml version="1.0"?>\n<doc>&#169;</doc>', "/*", ALL),
    ("w3c-exc-2.2-a", '<n0:local xmlns:n0="foo:bar" xmlns:n3="ftp://example.org"><n1:elem2 xmlns:n1="http://example.net" xml:lang="en"><n3:stuff xmlns:n3="ftp://example.org"/></n1:elem2></n0:local>', "//*[local-name()='elem2']", ALL + listed(["n0", "n3"])),
    ("w3c-exc-2.2-b", '<n2:pdu xmlns:n1="http://example.com" xmlns:n2="http://foo.example" xml:lang="fr" xml:space="retain"><n1:elem2 xmlns:n1="http://example.net" xml:lang="en"><n3:stuff xmlns:n3="ftp://example.org"/></n1:elem2></n2:pdu>', "//*[local-name()='elem2']", ALL + listed(["n2"])),
    (
        "enveloped",
        f'<p:R xmlns:p="urn:p" xmlns:ds="{DS}" ID="_r"><s:A xmlns:s="{SAML}" ID="_a">\n <s:I>x</s:I>\n <ds:Signature><ds:SignedInfo/><ds:Object>y</ds:Object></ds:Signature>\n <s:S xmlns:xs="urn:xs" v="xs:t"/></s:A></p:R>',
        {"target_id": "#_a", "signature_index": 1},
        ALL + listed(["xs"], ["ds", "xs", "p"]),
    ),
    (
        "enveloped-outer",
        f'<p:R xmlns:p="urn:p" xmlns:s="{SAML}" ID="_r"><s:I>x</s:I><ds:Signature xmlns:ds="{DS}"/><s:A ID="_a"><Signature xmlns="{DS}"><SignedInfo/></Signature></s:A></p:R>',
        {"target_id": "#_r", "signature_index": 1},
        ALL,
    ),
]

# Santuario 2.1 takes the outermost of several left-out xml:lang; Canonical XML 1.0 section 2.4 says the nearest.
NEAREST = "xml-attributes/"

xml2 = ctypes.CDLL(ctypes.util.find_library("xml2"))


class Node(ctypes.Structure):
    pass


Node._fields_ = [
    ("private", ctypes.c_void_p),
    ("type", ctypes.c_int),
    ("name", ctypes.c_char_p),
    ("children", ctypes.POINTER(Node)),
    ("last", ctypes.POINTER(Node)),
    ("parent", ctypes.POINTER(Node)),
    ("next", ctypes.POINTER(Node)),
]
ELEMENT, ATTRIBUTE, NAMESPACE = 1, 2, 18
NOENT, QUIET = 2, 96
VISIBLE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(Node), ctypes.POINTER(Node))
xml2.xmlReadMemory.restype = ctypes.c_void_p
xml2.xmlDocGetRootElement.restype = ctypes.POINTER(Node)
xml2.xmlDocGetRootElement.argtypes = [ctypes.c_void_p]
xml2.xmlGetProp.restype = ctypes.c_char_p
xml2.xmlAllocOutputBuffer.restype = ctypes.c_void_p
xml2.xmlOutputBufferGetContent.restype = ctypes.c_void_p
xml2.xmlOutputBufferGetContent.argtypes = [ctypes.c_void_p]
xml2.xmlOutputBufferGetSize.restype = ctypes.c_size_t
xml2.xmlOutputBufferGetSize.argtypes = [ctypes.c_void_p]
xml2.xmlC14NExecute.argtypes = [
    ctypes.c_void_p, VISIBLE, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_void_p,
]


def address(node):
    return ctypes.addressof(node.contents) if node else 0


def elements(node):
    while node:
        if node.contents.type == ELEMENT:
            yield node
            yield from elements(node.contents.children)
        node = node.contents.next


def targets(root, selection):
    """The apex and the excluded signature."""
    everything = list(elements(root))
    if selection == "/*":
        return root, None
    if isinstance(selection, str):
        name = selection.split("'")[1].encode()
        return next(e for e in everything if e.contents.name == name), None
    wanted = selection["target_id"][1:].encode()
    apex = next(e for e in everything if xml2.xmlGetProp(e, b"ID") == wanted)
    signatures = [e for e in everything if e.contents.name == b"Signature"]
    return apex, signatures[selection["signature_index"] - 1]


def canonical(text, selection, uri, prefixes):
    octets = text.encode()
    document = xml2.xmlReadMemory(octets, len(octets), b"input.xml", None, NOENT | QUIET)
    root = xml2.xmlDocGetRootElement(document)
    apex, excluded = (address(node) for node in targets(root, selection))

    def visible(_, node, parent):
        at = parent if node.contents.type in (ATTRIBUTE, NAMESPACE) else node
        while at:
            here = address(at)
            if here == excluded:
                return 0
            if here == apex:
                return 1
            at = at.contents.parent if at.contents.type == ELEMENT or at is node else None
        return 0

    mode = {INC.split("#")[0]: 0, EXC.split("#")[0]: 1, INC11: 2}[uri.split("#")[0]]
    names = [(prefix or "#default").encode() for prefix in prefixes or []] + [None]
    buffer = xml2.xmlAllocOutputBuffer(None)
    length = xml2.xmlC14NExecute(
        document, VISIBLE(visible), None, mode, (ctypes.c_char_p * len(names))(*names), int("Comments" in uri), buffer
    )
    assert length >= 0, (text, uri)
    size = xml2.xmlOutputBufferGetSize(buffer)
    return ctypes.string_at(xml2.xmlOutputBufferGetContent(buffer), size).decode()


def by_santuario(vectors):
    here = os.path.dirname(os.path.abspath(__file__))
    jars = ":".join(f"/usr/share/java/{jar}.jar" for jar in ("xmlsec", "slf4j-api", "slf4j-nop", "commons-codec"))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["javac", "-d", folder, "-cp", jars, os.path.join(here, "Judge.java")], check=True)
        for index, vector in enumerate(vectors):
            selection = vector["select"]
            if not isinstance(selection, str):
                selection = f"{selection['target_id']} {selection['signature_index']}"
            prefixes = " ".join(prefix or "#default" for prefix in vector["inclusive_prefixes"] or [])
            for part, text in (("in", vector["input"]), ("how", "\n".join([vector["algorithm"], selection, prefixes]))):
                with open(os.path.join(folder, f"{index}.{part}"), "w", encoding="utf-8", newline="") as file:
                    file.write(text)
        subprocess.run(["java", "-cp", f"{folder}:{jars}", "Judge", folder, str(len(vectors))], check=True)
        for index in range(len(vectors)):
            with open(os.path.join(folder, f"{index}.out"), encoding="utf-8", newline="") as file:
                yield file.read()


def main():
    vectors = []
    for name, text, selection, methods in INPUTS:
        for uri, prefixes in methods:
            short = {EXC: "exc", INC: "c14n", INC11: "c14n11"}.get(uri, uri.rsplit("/", 1)[1] if "#" in uri else uri)
            short = {"xml-exc-c14n#WithComments": "exc-comments", "REC-xml-c14n-20010315#WithComments": "c14n-comments",
                     "xml-c14n11#WithComments": "c14n11-comments"}.get(short, short)
            tail = "" if prefixes is None else "-listed-" + "-".join(prefix or "default" for prefix in prefixes)
            vectors.append({
                "id": f"{name}/{short}{tail}", "algorithm": uri, "select": selection, "inclusive_prefixes": prefixes,
                "input": text, "expected": canonical(text, selection, uri, prefixes),
            })
    agreed = []
    for vector, second in zip(vectors, by_santuario(vectors)):
        if vector["expected"] == second or vector["id"].startswith(NEAREST):
            agreed.append(vector)
        else:
            print(f"DISAGREE {vector['id']}\n  libxml2   {vector['expected']!r}\n  santuario {second!r}")
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../c14n")
    with open(os.path.join(folder, "vectors.json"), "w", encoding="utf-8") as file:
        json.dump(agreed, file, indent=1)
        file.write("\n")
    print(len(agreed), "of", len(vectors), "vectors written")


main()
