//! Characters that nobody sees. One table, for mappings that compare values, for reports and for terminals.

/// True for a character that has no shape of its own or a blank one: two texts that differ in it look the same.
///
/// `Default_Ignorable_Code_Point` of the Unicode Character Database, the separators of lines and paragraphs,
/// the marks of interlinear annotations, the object replacement character, and the letters and symbols that are drawn blank.
/// White space is not among them.
#[must_use]
pub const fn is_invisible(c: char) -> bool {
    matches!(c,
        // Soft hyphen, grapheme joiner, Arabic letter mark, Hangul fillers, Khmer inherent vowels, Mongolian selectors.
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        // Zero width, direction of writing, separators, joiners, the blank Braille pattern, Hangul filler.
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        // Variation selectors, byte order mark, half-width filler, specials.
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffc}'
        // Khitan filler, shorthand and musical controls, blank note head, tags and further selectors.
        | '\u{13441}' | '\u{13442}' | '\u{16fe4}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d159}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// True for a character that a report must not show as it is: it is invisible, or steers the terminal, or is white space
/// that looks like a space and is none.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control() || is_invisible(c) || (c.is_whitespace() && c != ' ')
}

/// The text with its hidden characters written as `\u{...}`: it cannot break a line, steer a terminal or hide anything.
#[must_use]
pub fn escape_hidden(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// JSON with its hidden characters as `\u` escapes: the same value, harmless to print. The line ends of its layout stay.
#[must_use]
pub fn escape_hidden_json(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            text.push(c);
        }
    }
    text
}

/// True when the text has a character that its reader does not see: an invisible one, or white space other than ASCII's at
/// an end.
pub(crate) fn looks_like_another(text: &str) -> bool {
    let blank = |c: char| c.is_whitespace() && !c.is_ascii();
    // Most values are ASCII.
    !text.is_ascii() && (text.starts_with(blank) || text.ends_with(blank) || text.chars().any(is_invisible))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each range of `Default_Ignorable_Code_Point`, and of what is blank beyond it.
    const UNSEEN: &str = "\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{180b}\u{180e}\u{180f}\u{200b}\u{200d}\
        \u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2060}\u{2065}\u{2069}\u{206f}\u{2800}\u{3164}\u{fe00}\u{fe0f}\u{feff}\
        \u{ffa0}\u{fff0}\u{fff8}\u{fff9}\u{fffb}\u{1bca0}\u{1bca3}\u{1d173}\u{1d17a}\u{e0000}\u{e0020}\u{e007f}\u{e0080}\
        \u{e0100}\u{e01ef}\u{e0fff}";

    #[test]
    fn what_nobody_sees_is_escaped() {
        for c in UNSEEN.chars() {
            assert!(is_invisible(c) && is_hidden(c), "{c:?}");
            assert_eq!(escape_hidden(&format!("a{c}b")), format!("a\\u{{{:x}}}b", u32::from(c)));
            assert!(looks_like_another(&format!("ali{c}ce")), "{c:?}");
        }
        for c in "\u{a0}\u{1680}\u{2000}\u{200a}\u{202f}\u{205f}\u{3000}".chars() {
            assert!(is_hidden(c) && !is_invisible(c), "{c:?}");
            assert!(looks_like_another(&format!("alice{c}")) && looks_like_another(&format!("{c}alice")));
            assert!(!looks_like_another(&format!("Ann{c}Lee")), "{c:?}");
        }
        for c in "\0\u{7}\t\n\r\u{1b}\u{7f}\u{85}\u{9b}".chars() {
            assert!(is_hidden(c) && !is_invisible(c), "{c:?}");
        }
    }

    #[test]
    fn json_keeps_its_value() {
        let json = serde_json::to_string_pretty(&[UNSEEN, "\u{9b}\u{a0}", "plain \u{e4}"]).unwrap();
        let shown = escape_hidden_json(&json);
        assert!(shown.chars().all(|c| c == '\n' || !is_hidden(c)) && shown.contains("plain \u{e4}"));
        assert_eq!(
            serde_json::from_str::<Vec<String>>(&shown).unwrap(),
            [UNSEEN, "\u{9b}\u{a0}", "plain \u{e4}"]
        );
    }

    #[test]
    fn what_people_write_is_shown() {
        let text = "Jane D\u{f6}e, \u{5c71}\u{7530} \u{43a}\u{430} \u{3b1}\u{5d0}\u{627}\u{e01} \u{1f600} \u{ac00}\u{2010}\u{fffd}";
        assert_eq!(escape_hidden(text), text);
        assert!(!looks_like_another(text) && !looks_like_another(" alice ") && !looks_like_another(""));
    }
}
