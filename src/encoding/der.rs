//! Tag, length, value (X.690): the few structures that are read without a schema compiler. Lengths may be longer than they
//! need to be or indefinite, as old exporters write them; tags beyond 30 are refused.

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    /// Header, content and, where there is one, the end mark.
    pub(crate) raw: &'a [u8],
}

impl<'a> Element<'a> {
    /// The elements inside.
    pub(crate) const fn inside(&self) -> Reader<'a> {
        Reader { rest: self.content }
    }
}

/// Elements one after another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }

    /// What has not been read yet.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next element, whatever it is.
    pub(crate) fn any(&mut self) -> Option<Element<'a>> {
        let header = header(self.rest)?;
        let (length, end_mark) = match header.length {
            Some(length) => (length, 0),
            None => (indefinite(self.rest.get(header.octets..)?)?, END_MARK),
        };
        let end = header.octets.checked_add(length)?;
        let content = self.rest.get(header.octets..end)?;
        let (raw, rest) = self.rest.split_at_checked(end.checked_add(end_mark)?)?;
        self.rest = rest;
        Some(Element { tag: header.tag, content, raw })
    }

    /// The next element, if it has this tag; otherwise nothing is read.
    pub(crate) fn next(&mut self, tag: u8) -> Option<Element<'a>> {
        if self.rest.first() == Some(&tag) { self.any() } else { None }
    }
}

struct Header {
    tag: u8,
    octets: usize,
    /// None: indefinite.
    length: Option<usize>,
}

fn header(octets: &[u8]) -> Option<Header> {
    let (tag, rest) = octets.split_first()?;
    let (first, rest) = rest.split_first()?;
    if tag & HIGH_TAG == HIGH_TAG {
        return None;
    }
    let tag = *tag;
    match *first {
        short @ 0..=0x7f => Some(Header { tag, octets: 2, length: Some(usize::from(short)) }),
        0x80 if tag & CONSTRUCTED != 0 => Some(Header { tag, octets: 2, length: None }),
        0x80 => None,
        long => {
            let count = usize::from(long & 0x7f);
            let digits = rest.get(..count)?;
            let zeros = digits.iter().take_while(|digit| **digit == 0).count();
            let digits = digits.get(zeros..)?;
            if digits.len() > 4 {
                return None;
            }
            let length = digits.iter().fold(0_u64, |sum, digit| (sum << 8) | u64::from(*digit));
            Some(Header { tag, octets: count.checked_add(2)?, length: Some(usize::try_from(length).ok()?) })
        }
    }
}

/// How many octets stand before the end mark that belongs to this content.
fn indefinite(content: &[u8]) -> Option<usize> {
    let (mut at, mut open) = (0_usize, 1_usize);
    loop {
        let header = header(content.get(at..)?)?;
        let after = at.checked_add(header.octets)?;
        at = match (header.tag, header.length) {
            (0, Some(0)) => {
                open = open.checked_sub(1)?;
                if open == 0 {
                    return Some(at);
                }
                after
            }
            (_, None) => {
                open = open.checked_add(1)?;
                after
            }
            (_, Some(length)) => after.checked_add(length)?,
        };
    }
}

/// The content of an OBJECT IDENTIFIER in dotted form.
pub(crate) fn dotted(oid: &[u8]) -> String {
    let mut arcs: Vec<u64> = Vec::new();
    let mut arc = 0_u64;
    for octet in oid {
        arc = arc.saturating_mul(128).saturating_add(u64::from(octet & 0x7f));
        if octet & 0x80 == 0 {
            if arcs.is_empty() {
                let root = (arc / 40).min(2);
                arcs.push(root);
                arc = arc.saturating_sub(root.saturating_mul(40));
            }
            arcs.push(arc);
            arc = 0;
        }
    }
    arcs.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

/// An element with this tag around the parts.
pub(crate) fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let length = content.len().to_be_bytes();
            let zeros = length.iter().take_while(|octet| **octet == 0).count();
            let digits = length.get(zeros..).unwrap_or_default();
            out.push(0x80 | u8::try_from(digits.len()).unwrap_or(0));
            out.extend_from_slice(digits);
        }
    }
    out.extend_from_slice(&content);
    out
}

/// A non-negative INTEGER from its big-endian digits.
pub(crate) fn integer(digits: &[u8]) -> Vec<u8> {
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    let digits = digits.get(zeros..).unwrap_or_default();
    match digits.first() {
        None => wrap(INTEGER, &[&[0]]),
        Some(0x80..) => wrap(INTEGER, &[&[0], digits]),
        Some(_) => wrap(INTEGER, &[digits]),
    }
}

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// `[0]`, constructed.
pub(crate) const CONTEXT_0: u8 = 0xa0;

const CONSTRUCTED: u8 = 0x20;
const HIGH_TAG: u8 = 0x1f;
const END_MARK: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_short_long_and_indefinite() {
        for octets in [
            &b"\x30\x03\x02\x01\x05"[..],
            b"\x30\x81\x03\x02\x01\x05",
            b"\x30\x84\0\0\0\x03\x02\x01\x05",
            b"\x30\x80\x02\x01\x05\0\0",
        ] {
            let mut reader = Reader::new(octets);
            let outer = reader.next(SEQUENCE).unwrap();
            assert_eq!((outer.raw, reader.rest().len()), (octets, 0));
            assert_eq!(outer.inside().next(INTEGER).unwrap().content, [5], "{octets:x?}");
        }
        let nested = b"\x30\x80\xa0\x80\x02\x01\x05\0\0\0\0rest";
        let mut reader = Reader::new(nested);
        assert_eq!(reader.any().unwrap().content, b"\xa0\x80\x02\x01\x05\0\0");
        assert_eq!(reader.rest(), b"rest");
        for bad in [
            &b""[..],
            b"\x30",
            b"\x30\x05\x02",
            b"\x30\x80\x02\x01\x05",
            b"\x02\x80\0\0",
            b"\x30\x85\x01\0\0\0\0",
            b"\x1f\x01\0",
        ] {
            assert!(Reader::new(bad).any().is_none(), "{bad:x?}");
        }
    }

    #[test]
    fn written_as_it_is_read() {
        assert_eq!(integer(&[0, 0x80]), b"\x02\x02\0\x80");
        assert_eq!(integer(&[]), b"\x02\x01\0");
        let long = wrap(SEQUENCE, &[&[7; 300]]);
        assert_eq!(long.get(..4).unwrap(), b"\x30\x82\x01\x2c");
        assert_eq!(Reader::new(&long).any().unwrap().content, [7; 300]);
        assert_eq!(dotted(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"), "1.2.840.113549.1.1.11");
        assert_eq!(dotted(b"\x88\x37\x03"), "2.999.3");
    }
}
