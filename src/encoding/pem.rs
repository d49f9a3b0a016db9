//! PEM (RFC 7468): blocks between BEGIN and END lines, anything between blocks is passed over.

use super::base64;
use zeroize::Zeroizing;

/// One block: its label, such as `CERTIFICATE`, and its DER octets; `None` when the base64 is not canonical.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) label: String,
    pub(crate) der: Option<Zeroizing<Vec<u8>>>,
}

/// Every block of the text, in order. A block without its END line has no octets.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(label) = label_of(line, "-----BEGIN ") else { continue };
        let mut body = Zeroizing::new(String::new());
        let mut ended = false;
        for line in lines.by_ref() {
            if label_of(line, "-----END ") == Some(label) {
                ended = true;
                break;
            }
            // Headers such as `Proc-Type:` belong to encrypted keys, which are not read here.
            body.push_str(line);
            body.push('\n');
        }
        let der = if ended { base64::decode_xml(&body).map(Zeroizing::new) } else { None };
        found.push(Block { label: label.to_owned(), der });
    }
    found
}

fn label_of<'a>(line: &'a str, start: &str) -> Option<&'a str> {
    line.trim().strip_prefix(start)?.strip_suffix("-----")
}

#[cfg(test)]
mod tests {
    use super::blocks;

    #[test]
    fn junk_between_blocks_is_passed_over() {
        let text = "junk\n-----BEGIN A-----\r\naGk=\r\n-----END A-----\nmore\n-----BEGIN B-----\n!\n-----END B-----\n-----BEGIN C-----\naGk=\n";
        let found = blocks(text);
        let ders: Vec<_> =
            found.iter().map(|block| (block.label.as_str(), block.der.as_ref().map(|der| &***der))).collect();
        assert_eq!(ders, [("A", Some(&b"hi"[..])), ("B", None), ("C", None)]);
    }
}
