//! The report for people: 100 columns, symbol and word, the repair last, nothing said by colour alone.

use super::json::place;
use super::{Context, Difference, Style, comparable, consequences, plain, plain_value, provenance, symbol};
use crate::diagnosis::{Catalogue, Claims, Diagnosis, Finding, Provider, Redactor, Verdict};
use crate::error::{Class, Severity};

impl Diagnosis {
    /// The report for people. Foreign text is escaped where it could steer a terminal.
    #[must_use]
    pub fn to_human(&self, context: &Context, redactor: &Redactor, style: Style) -> String {
        let catalogue = Catalogue::embedded();
        let mut page = Page { text: String::new(), style };
        page.headline(self, context);
        let folded = |finding: &&Finding| !finding.caused_by().is_empty();
        let causes = self.findings().iter().filter(|finding| !folded(finding));
        let denials = causes.clone().filter(|finding| finding.severity() == Severity::Deny).count();
        let mut number = 0_usize;
        for finding in causes {
            let position = (finding.severity() == Severity::Deny && denials > 1).then(|| {
                number = number.saturating_add(1);
                format!("cause {number}/{denials}")
            });
            page.finding(
                finding,
                self.provider,
                position,
                &consequences(self, finding.code()),
                &catalogue,
                redactor,
            );
        }
        if let Some(claims) = self.claims() {
            page.claims(claims, redactor);
        }
        page.mapping(self, redactor);
        page.rest(self, context);
        page.text
    }
}

struct Page {
    text: String,
    style: Style,
}

impl Page {
    fn headline(&mut self, diagnosis: &Diagnosis, context: &Context) {
        let verdict = diagnosis.verdict();
        let word = self.paint(verdict_colour(verdict), &verdict.as_str().to_uppercase());
        let how = match context.decoded.as_slice() {
            [] => String::new(),
            steps => format!(" ({})", steps.join(" > ")),
        };
        let at = context.evaluated_at;
        self.line(&format!(
            "{word}  {}{how}, judged at {at} ({})",
            plain(&context.kind),
            context.time_source.as_str()
        ));
    }

    fn finding(
        &mut self,
        finding: &Finding,
        provider: Option<Provider>,
        position: Option<String>,
        consequences: &[String],
        catalogue: &Catalogue,
        redactor: &Redactor,
    ) {
        let (symbol, word, colour) = severity(finding.severity());
        let code = finding.code();
        let title = format!("{symbol} {word}  {code} {}", code.name());
        let tail = [finding.check().map(|check| check.name().to_owned()), position]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("  ");
        let room = COLUMNS.saturating_sub(title.chars().count()).saturating_sub(tail.chars().count());
        let gap = " ".repeat(room.max(2));
        let title = self.paint(colour, &title);
        self.line("");
        self.line(&format!("{title}{gap}{tail}"));
        let at = place(finding.location());
        if !at.is_empty() {
            self.field("at", &plain(&at));
        }
        self.values(finding, redactor);
        self.field("why", finding.why());
        if !consequences.is_empty() {
            self.field("explains", &consequences.join(", "));
        }
        let Some(entry) = catalogue.entry(code) else { return };
        let provider = provider.filter(|_| finding.own_fix().is_none());
        if let Some((provider, fix)) = provider.and_then(|provider| Some((provider, entry.fix(provider)?))) {
            self.field(&format!("in {}", provider.name()), fix);
        }
        self.field("fix", finding.own_fix().or(entry.fix(Provider::Any)).unwrap_or_default());
    }

    fn values(&mut self, finding: &Finding, redactor: &Redactor) {
        let shown = |values: &[crate::error::Quoted]| -> Vec<String> {
            values.iter().map(|value| plain_value(&redactor.show(value))).collect()
        };
        let (seen, expected) = (shown(finding.seen()), shown(finding.expected()));
        for (index, value) in seen.iter().enumerate() {
            let label = if index == 0 { "seen" } else { "" };
            self.field(label, &format!("{value}  [{}]", provenance(finding.provenance())));
        }
        for (index, value) in expected.iter().enumerate() {
            self.field(if index == 0 { "expected" } else { "" }, value);
        }
        if let ([seen], [expected], true) = (seen.as_slice(), expected.as_slice(), comparable(finding))
            && let Some(marks) = marks(seen, expected)
        {
            self.line(&format!("{}{marks}", " ".repeat(INDENT)));
        }
    }

    fn claims(&mut self, claims: &Claims, redactor: &Redactor) {
        let person = |text: &str| plain(&redactor.show_text(text, Class::Person));
        self.line("");
        self.field("issuer", &plain(claims.issuer()));
        if let Some(subject) = claims.subject() {
            self.field("subject", &person(subject));
        }
        if let Some(format) = claims.subject_format() {
            self.field("format", &plain(format));
        }
        for (name, values) in claims.attributes() {
            let shown = |value: &Option<String>| value.as_deref().map_or_else(|| "(nil)".to_owned(), person);
            let values: Vec<String> = values.iter().map(shown).collect();
            self.field("claim", &format!("{} = {}", plain(name), values.join(" | ")));
        }
    }

    fn mapping(&mut self, diagnosis: &Diagnosis, redactor: &Redactor) {
        for (index, (label, text)) in diagnosis.attached_lines(redactor).into_iter().enumerate() {
            if index == 0 {
                self.line("");
            }
            self.field(label, &plain(&text));
        }
    }

    fn rest(&mut self, diagnosis: &Diagnosis, context: &Context) {
        self.line("");
        for skipped in diagnosis.skipped() {
            let (code, needs) = (skipped.code, context.need(skipped.needs));
            self.field("skipped", &format!("{code} {}: needs {needs}", code.name()));
        }
        let passed = diagnosis.passed();
        if !passed.is_empty() {
            let mut names: Vec<&str> = passed.iter().map(|code| code.name()).collect();
            names.sort_unstable();
            names.dedup();
            self.field(&format!("passed {}", passed.len()), &names.join(", "));
        }
        if let Some(first) = diagnosis.findings().first() {
            let code = first.code();
            self.field(
                "more",
                &format!("troubleshoot explain {code}: causes, checks, and the field in each product"),
            );
        }
    }

    /// A label and a text, wrapped at the columns of the page.
    fn field(&mut self, label: &str, text: &str) {
        let mut label = format!("    {label}");
        for line in wrap(text, COLUMNS.saturating_sub(INDENT)) {
            let pad = " ".repeat(INDENT.saturating_sub(label.chars().count()).max(1));
            let line = format!("{label}{pad}{line}");
            self.line(line.trim_end());
            label.clear();
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        match self.style {
            Style::Plain => text.to_owned(),
            Style::Colour => format!("\u{1b}[1;{colour}m{text}\u{1b}[0m"),
        }
    }
}

const fn verdict_colour(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "32",
        Verdict::Denied => "31",
        Verdict::Undecidable => "33",
    }
}

const fn severity(severity: Severity) -> (&'static str, &'static str, &'static str) {
    let colour = match severity {
        Severity::Deny => "31",
        Severity::Risk => "35",
        Severity::Warn => "33",
        _ => "36",
    };
    (symbol(severity), severity.as_str(), colour)
}

/// Marks under the characters of `expected` that differ from `seen`; nothing when the marks would not fit one line.
fn marks(seen: &str, expected: &str) -> Option<String> {
    let difference = Difference::of(seen, expected)?;
    let width = expected.chars().count().max(seen.chars().count());
    if width > COLUMNS.saturating_sub(INDENT) {
        return None;
    }
    let length = difference.expected.chars().count().max(1);
    Some(format!("{}{}", " ".repeat(difference.before.chars().count()), "~".repeat(length)))
}

/// Lines of at most `width` characters, broken at spaces where there are any.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let (have, more) = (line.chars().count(), word.chars().count());
        if have > 0 && have.saturating_add(more) >= width {
            lines.push(core::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        for c in word.chars() {
            if line.chars().count() >= width {
                lines.push(core::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    lines.push(line);
    lines
}

const COLUMNS: usize = 100;
const INDENT: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_within_the_page() {
        let long = format!("a {} b c {}", "x".repeat(200), "word ".repeat(50));
        assert!(wrap(&long, 86).iter().all(|line| line.chars().count() <= 86));
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("one two", 4), ["one", "two"]);
    }

    #[test]
    fn differing_characters_are_marked() {
        assert_eq!(marks("http://a", "https://a").unwrap(), "    ~");
        assert_eq!(marks("https://a/acs", "https://a/metadata").unwrap(), "          ~~~~~~~~");
        assert_eq!(marks("https://a/", "https://a").unwrap(), "         ~");
    }

    #[test]
    fn terminals_are_not_steered() {
        assert_eq!(plain("a\u{1b}[2Jb\u{202e}c"), "a\\u{1b}[2Jb\\u{202e}c");
    }
}
