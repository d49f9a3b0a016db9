//! The report as Markdown, for tickets and wikis. Foreign text stands in code spans, where nothing is markup.

use super::json::place;
use super::{Context, comparable, consequences, plain, provenance, symbol};
use crate::diagnosis::{Catalogue, Claims, Diagnosis, Finding, Provider, Redactor};
use crate::error::{Class, Quoted};

impl Diagnosis {
    /// The report as Markdown (CommonMark with tables), with a line end.
    #[must_use]
    pub fn to_markdown(&self, context: &Context, redactor: &Redactor) -> String {
        let catalogue = Catalogue::embedded();
        let mut page = Page { text: String::new() };
        page.headline(self, context);
        let (causes, folded): (Vec<&Finding>, Vec<&Finding>) =
            self.findings().iter().partition(|finding| finding.caused_by().is_empty());
        for finding in causes {
            page.finding(self, finding, &catalogue, redactor);
        }
        if !folded.is_empty() {
            page.line("\n## Consequences\n");
        }
        for finding in folded {
            let causes: Vec<&str> = finding.caused_by().iter().map(|code| code.as_str()).collect();
            let (code, causes) = (finding.code(), causes.join(", "));
            page.line(&format!(
                "- {code} {} ({}), explained by {causes}",
                code.name(),
                finding.severity().as_str()
            ));
        }
        if let Some(claims) = self.claims() {
            page.claims(claims, redactor);
        }
        page.rest(self, context);
        page.text
    }
}

struct Page {
    text: String,
}

impl Page {
    fn headline(&mut self, diagnosis: &Diagnosis, context: &Context) {
        self.line(&format!(
            "# {}: {}\n",
            diagnosis.verdict().as_str().to_uppercase(),
            escaped(&context.kind)
        ));
        self.line("| | |\n|---|---|");
        let decoded: Vec<String> = context.decoded.iter().map(|step| escaped(step)).collect();
        let decoded = if decoded.is_empty() { "as it is".to_owned() } else { decoded.join(" &gt; ") };
        self.line(&format!("| decoded | {decoded} |"));
        self.line(&format!("| judged at | {} ({}) |", context.evaluated_at, context.time_source.as_str()));
        self.line(&format!("| input | SHA-256 `{}` |", context.sha256));
    }

    fn finding(
        &mut self,
        diagnosis: &Diagnosis,
        finding: &Finding,
        catalogue: &Catalogue,
        redactor: &Redactor,
    ) {
        let (code, severity) = (finding.code(), finding.severity());
        self.line(&format!("\n## {} {}: {code} {}\n", symbol(severity), severity.as_str(), code.name()));
        self.line("| | |\n|---|---|");
        let at = place(finding.location());
        if !at.is_empty() {
            self.line(&format!("| at | {} |", span(&at)));
        }
        let from = provenance(finding.provenance());
        self.values("seen", finding.seen(), &format!(" ({from})"), redactor);
        self.values("expected", finding.expected(), "", redactor);
        if let (Some(delta), true) = (finding.delta(), comparable(finding)) {
            self.line(&format!("| difference | {} |", delta.as_str()));
        }
        self.line(&format!("| why | {} |", escaped(finding.why())));
        let explains = consequences(diagnosis, code);
        if !explains.is_empty() {
            self.line(&format!("| explains | {} |", explains.join(", ")));
        }
        let Some(entry) = catalogue.entry(code) else { return };
        let own = diagnosis.provider.filter(|_| finding.own_fix().is_none());
        let own = own.and_then(|provider| Some((provider, entry.fix(provider)?)));
        if let Some((provider, fix)) = own {
            self.line(&format!("| in {} | {} |", provider.name(), escaped(fix)));
        }
        self.line(&format!(
            "| **fix** | {} |",
            escaped(finding.own_fix().or(entry.fix(Provider::Any)).unwrap_or_default())
        ));
    }

    fn values(&mut self, label: &str, values: &[Quoted], note: &str, redactor: &Redactor) {
        let shown: Vec<String> = values.iter().map(|value| span(&redactor.show(value))).collect();
        if !shown.is_empty() {
            self.line(&format!("| {label} | {}{note} |", shown.join("<br>")));
        }
    }

    fn claims(&mut self, claims: &Claims, redactor: &Redactor) {
        let person = |text: &str| span(&redactor.show_text(text, Class::Person));
        self.line("\n## Claims\n\n| claim | value |\n|---|---|");
        self.line(&format!("| issuer | {} |", span(claims.issuer())));
        if let Some(subject) = claims.subject() {
            self.line(&format!("| subject | {} |", person(subject)));
        }
        if let Some(format) = claims.subject_format() {
            self.line(&format!("| format | {} |", span(format)));
        }
        for (name, values) in claims.attributes() {
            let shown = |value: &Option<String>| value.as_deref().map_or_else(|| "(nil)".to_owned(), person);
            let values: Vec<String> = values.iter().map(shown).collect();
            self.line(&format!("| {} | {} |", span(name), values.join("<br>")));
        }
    }

    fn rest(&mut self, diagnosis: &Diagnosis, context: &Context) {
        if !diagnosis.skipped().is_empty() {
            self.line("\n## Not judged\n");
        }
        for skipped in diagnosis.skipped() {
            let (code, needs) = (skipped.code, escaped(&context.need(skipped.needs)));
            self.line(&format!("- {code} {}: needs {needs}", code.name()));
        }
        let passed: Vec<String> =
            diagnosis.passed().iter().map(|code| format!("{code} {}", code.name())).collect();
        if !passed.is_empty() {
            self.line(&format!("\n## Passed ({})\n\n{}", passed.len(), passed.join(" \u{b7} ")));
        }
        self.line("\nPerson data is shown as pseudonyms unless it was revealed on purpose; replayable values are never shown.");
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// Foreign text in a code span of a table cell: nothing in it is markup.
fn span(text: &str) -> String {
    let text = plain(text).replace('|', "\\|");
    let fence = "`".repeat(longest_run(&text).saturating_add(1));
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

/// Words of our own: they may hold backticks on purpose, and nothing that starts HTML or a cell.
fn escaped(text: &str) -> String {
    plain(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_no_markup() {
        assert_eq!(span("a|b`c"), "``a\\|b`c``");
        assert_eq!(span("`x`"), "`` `x` ``");
        assert_eq!(span("<img src=x>\n# x"), "`<img src=x>\\u{a}# x`");
        assert_eq!(escaped("<b>|"), "&lt;b&gt;\\|");
    }
}
