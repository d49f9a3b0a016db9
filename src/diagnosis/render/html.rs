//! The report as one HTML file: no script, nothing from elsewhere, and a policy that forbids both.

use super::json::place;
use super::{Context, Difference, comparable, consequences, plain, plain_value, provenance, svg, symbol};
use crate::diagnosis::{
    Catalogue, Claims, Diagnosis, Finding, KeyRow, Provider, Redactor, Timeline, Verdict,
};
use crate::error::{Class, Code, Protocol, Quoted, Severity};
use crate::instant::{Instant, outside};
use base64::Engine as _;

impl Diagnosis {
    /// The report as one HTML file that needs nothing else, for light and dark screens and for paper.
    #[must_use]
    pub fn to_html(&self, context: &Context, redactor: &Redactor) -> String {
        let catalogue = Catalogue::embedded();
        let mut page = Page { html: String::new() };
        page.head(self);
        page.headline(self, context);
        let (causes, folded): (Vec<&Finding>, Vec<&Finding>) =
            self.findings().iter().partition(|finding| finding.caused_by().is_empty());
        for finding in causes {
            page.card(self, finding, &catalogue, redactor);
        }
        if !folded.is_empty() {
            page.consequences(&folded);
        }
        if let Some(timeline) = self.timeline() {
            page.timeline(timeline, context.evaluated_at);
        }
        if let Some(claims) = self.claims() {
            page.claims(claims, redactor);
        }
        page.keys(self, context.evaluated_at);
        page.lists(self, context);
        page.appendix(self, &catalogue);
        page.foot(context);
        page.html
    }
}

struct Page {
    html: String,
}

impl Page {
    fn head(&mut self, diagnosis: &Diagnosis) {
        let digest = ring::digest::digest(&ring::digest::SHA256, STYLE.as_bytes());
        let hash = base64::engine::general_purpose::STANDARD.encode(digest.as_ref());
        self.line("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">");
        self.line(&format!(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; \
             base-uri 'none'; form-action 'none'\">"
        ));
        self.line("<meta name=\"referrer\" content=\"no-referrer\">");
        self.line("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        let title = diagnosis
            .findings()
            .first()
            .map_or(String::new(), |f| format!(": {} {}", f.code(), f.code().name()));
        self.line(&format!("<title>{}{title}</title>", diagnosis.verdict().as_str()));
        self.line(&format!("<style>{STYLE}</style>\n</head>\n<body>"));
    }

    fn headline(&mut self, diagnosis: &Diagnosis, context: &Context) {
        let verdict = diagnosis.verdict();
        let sentence = match (verdict, diagnosis.findings().first()) {
            (Verdict::Accepted, None) => "every check passed".to_owned(),
            (Verdict::Accepted, Some(_)) => "with something to know".to_owned(),
            (Verdict::Denied, Some(first)) => meaning(first.code()),
            _ => "something that is needed is not supplied".to_owned(),
        };
        let word = verdict.as_str();
        self.line(&format!(
            "<header><h1><span class=\"{word}\">{}</span> \u{2013} {}</h1>",
            word.to_uppercase(),
            escaped(&sentence)
        ));
        let steps = if context.decoded.is_empty() {
            String::new()
        } else {
            format!(" ({})", context.decoded.join(" \u{2192} "))
        };
        self.line(&format!(
            "<p class=\"meta\">{}{}, judged at {} ({})</p></header>",
            escaped(&context.kind),
            escaped(&steps),
            context.evaluated_at,
            context.time_source.as_str()
        ));
    }

    fn card(&mut self, diagnosis: &Diagnosis, finding: &Finding, catalogue: &Catalogue, redactor: &Redactor) {
        let (code, severity) = (finding.code(), finding.severity());
        let word = severity.as_str();
        self.line(&format!(
            "<section class=\"card {word}\"><h3>{} <span class=\"word\">{word}</span> {code} {}</h3><dl>",
            symbol(severity),
            code.name()
        ));
        let at = place(finding.location());
        if !at.is_empty() {
            self.field("at", &code_of(&at));
        }
        self.values(finding, redactor);
        self.field("why", &words(finding.why()));
        let explains = consequences(diagnosis, code);
        if !explains.is_empty() {
            self.field("explains", &escaped(&explains.join(", ")));
        }
        if let Some(entry) = catalogue.entry(code) {
            let own = diagnosis.provider.filter(|_| finding.own_fix().is_none());
            let own = own.and_then(|provider| Some((provider, entry.fix(provider)?)));
            if let Some((provider, fix)) = own {
                self.field(&format!("in {}", provider.name()), &words(fix));
            }
            let fix = words(finding.own_fix().or(entry.fix(Provider::Any)).unwrap_or_default());
            self.line(&format!("<dt>fix</dt><dd class=\"fix\">{fix}</dd>"));
        }
        self.line("</dl></section>");
    }

    fn values(&mut self, finding: &Finding, redactor: &Redactor) {
        let shown = |values: &[Quoted]| -> Vec<String> {
            values.iter().map(|value| plain_value(&redactor.show(value))).collect()
        };
        let (seen, expected) = (shown(finding.seen()), shown(finding.expected()));
        let from = format!(" <small>[{}]</small>", provenance(finding.provenance()));
        if let ([seen], [expected], true) = (seen.as_slice(), expected.as_slice(), comparable(finding))
            && let Some(parts) = Difference::of(seen, expected)
        {
            let marked = |differs: &str| {
                let mark = if differs.is_empty() {
                    String::new()
                } else {
                    format!("<mark>{}</mark>", escaped(differs))
                };
                format!("<code>{}{mark}{}</code>", escaped(parts.before), escaped(parts.after))
            };
            self.field("seen", &format!("{}{from}", marked(parts.seen)));
            self.field("expected", &marked(parts.expected));
            return;
        }
        let list =
            |values: &[String]| values.iter().map(|value| code_of(value)).collect::<Vec<_>>().join("<br>");
        if !seen.is_empty() {
            self.field("seen", &format!("{}{from}", list(&seen)));
        }
        if !expected.is_empty() {
            self.field("expected", &list(&expected));
        }
    }

    fn consequences(&mut self, folded: &[&Finding]) {
        self.line("<h2>Consequences</h2><ul>");
        for finding in folded {
            let causes: Vec<&str> = finding.caused_by().iter().map(|code| code.as_str()).collect();
            let (name, word) = (escaped(&super::named(finding)), finding.severity().as_str());
            self.line(&format!("<li>{name} ({word}), explained by {}</li>", causes.join(", ")));
        }
        self.line("</ul>");
    }

    fn timeline(&mut self, timeline: &Timeline, now: Instant) {
        self.line("<h2>Timeline</h2>");
        self.html.push_str(&svg::drawing(timeline, now));
        self.line("<table><tr><th>what</th><th>from</th><th>until</th><th>when judged</th></tr>");
        for period in timeline.periods() {
            let (start, end) = (period.not_before, period.not_on_or_after);
            let state = match outside(now, start, end, timeline.leeway()) {
                None => "holds",
                Some(crate::instant::Outside::NotYet) => "not yet",
                Some(crate::instant::Outside::NoLonger) => "over",
            };
            let text = |end: Option<Instant>| end.map_or_else(|| "open".to_owned(), |end| end.to_string());
            self.line(&format!(
                "<tr><td>{}</td><td>{}</td><td>{}</td><td>{state}</td></tr>",
                escaped(period.label),
                text(start),
                text(end)
            ));
        }
        for moment in timeline.moments() {
            let (label, at) = (escaped(moment.label), moment.at);
            self.line(&format!("<tr><td>{label}</td><td colspan=\"2\">{at}</td><td></td></tr>"));
        }
        self.line(&format!(
            "<tr><td>tolerance</td><td colspan=\"2\">{} s around {now}</td><td></td></tr></table>",
            timeline.leeway().duration().whole_seconds()
        ));
    }

    fn claims(&mut self, claims: &Claims, redactor: &Redactor) {
        let person = |text: &str| code_of(&plain(&redactor.show_text(text, Class::Person)));
        self.line("<h2>Claims</h2><table><tr><th>claim</th><th>value</th></tr>");
        let mut row = |name: &str, value: &str| {
            self.html.push_str(&format!("<tr><td>{}</td><td>{value}</td></tr>\n", escaped(&plain(name))));
        };
        row("issuer", &code_of(&plain(claims.issuer())));
        if let Some(subject) = claims.subject() {
            row("subject", &person(subject));
        }
        if let Some(format) = claims.subject_format() {
            row("format", &code_of(&plain(format)));
        }
        for (name, values) in claims.attributes() {
            let shown = |value: &Option<String>| value.as_deref().map_or_else(|| "(nil)".to_owned(), person);
            row(name, &values.iter().map(shown).collect::<Vec<_>>().join("<br>"));
        }
        self.line("</table>");
    }

    /// Which keys are trusted, until when, and which of them signed.
    fn keys(&mut self, diagnosis: &Diagnosis, now: Instant) {
        if diagnosis.keys.is_empty() {
            return;
        }
        if diagnosis.protocol() == Protocol::Oidc {
            return self.token_keys(&diagnosis.keys);
        }
        self.line("<h2>Trusted keys</h2><table class=\"keys\"><tr><th>key</th><th>kind</th><th>subject</th><th>valid until</th><th>this message</th></tr>");
        for key in &diagnosis.keys {
            let until = match key.not_after {
                Some(end) if end < now => format!("{end} (over)"),
                Some(end) => end.to_string(),
                None => "no certificate".to_owned(),
            };
            let subject =
                key.subject.as_deref().map_or_else(|| "\u{2013}".to_owned(), |name| escaped(&plain(name)));
            let signed = if key.signed { "\u{2713} its signature holds" } else { "\u{2013}" };
            let (name, kind) = (code_of(&key.name), escaped(&key.kind));
            self.line(&format!(
                "<tr><td>{name}</td><td>{kind}</td><td>{subject}</td><td>{until}</td><td>{signed}</td></tr>"
            ));
        }
        self.line("</table>");
    }

    /// The keys of a JWK set: which of them the token names, and which of them signed it.
    fn token_keys(&mut self, keys: &[KeyRow]) {
        self.line("<h2>Trusted keys</h2><table class=\"keys\"><tr><th>key id</th><th>kind</th><th>algorithm</th><th>this token</th></tr>");
        for key in keys {
            let here = match (key.signed, key.unused, key.named) {
                (true, _, _) => "\u{2713} its signature holds".to_owned(),
                (_, Some(check), true) => format!("named by its kid; not used: {check}"),
                (_, Some(check), false) => format!("not used: {check}"),
                (_, None, true) => "named by its kid".to_owned(),
                (_, None, false) => "\u{2013}".to_owned(),
            };
            let kind = if key.kind.is_empty() { "\u{2013}" } else { &key.kind };
            let algorithm = key.algorithm.as_deref().unwrap_or("any that fits");
            let algorithm = if key.kind.is_empty() { "\u{2013}" } else { algorithm };
            let name = code_of(&key.name);
            self.line(&format!(
                "<tr><td>{name}</td><td>{}</td><td>{algorithm}</td><td>{here}</td></tr>",
                escaped(kind)
            ));
        }
        self.line("</table>");
    }

    /// Where to repair the causes in each product.
    fn appendix(&mut self, diagnosis: &Diagnosis, catalogue: &Catalogue) {
        let mut codes: Vec<Code> = Vec::new();
        for finding in
            diagnosis.findings().iter().filter(|f| f.caused_by().is_empty() && f.own_fix().is_none())
        {
            if finding.severity() > Severity::Note && !codes.contains(&finding.code()) {
                codes.push(finding.code());
            }
        }
        let rows: Vec<String> = codes
            .iter()
            .take(APPENDIX_CODES)
            .filter_map(|code| Some((*code, catalogue.entry(*code)?)))
            .flat_map(|(code, entry)| {
                let products = Provider::ALL.iter().filter(|provider| **provider != Provider::Any);
                products.filter_map(move |provider| {
                    let fix = words(entry.fix(*provider)?);
                    Some(format!("<tr><td>{code}</td><td>{}</td><td>{fix}</td></tr>", provider.name()))
                })
            })
            .collect();
        if !rows.is_empty() {
            self.line("<h2>Where to repair it</h2><table class=\"appendix\"><tr><th>code</th><th>product</th><th>place</th></tr>");
            rows.iter().for_each(|row| self.line(row));
            self.line("</table>");
        }
    }

    fn lists(&mut self, diagnosis: &Diagnosis, context: &Context) {
        if !diagnosis.skipped().is_empty() {
            self.line("<h2>Not judged</h2><ul>");
            for skipped in diagnosis.skipped() {
                let (code, needs) = (skipped.code, escaped(&context.need(skipped.needs)));
                self.line(&format!("<li>{code} {}: needs {needs}</li>", code.name()));
            }
            self.line("</ul>");
        }
        let passed: Vec<String> =
            diagnosis.passed().iter().map(|code| format!("{code} {}", code.name())).collect();
        if !passed.is_empty() {
            self.line(&format!("<h2>Passed ({})</h2><p>{}</p>", passed.len(), passed.join(" \u{b7} ")));
        }
    }

    fn foot(&mut self, context: &Context) {
        self.line(&format!(
            "<footer><p>Input SHA-256 <code>{}</code>. Person data is shown as pseudonyms unless it was revealed on \
             purpose; replayable values are never shown.</p></footer>\n</body>\n</html>",
            context.sha256
        ));
    }

    /// A label of ours and a value that is HTML already.
    fn field(&mut self, label: &str, html: &str) {
        self.line(&format!("<dt>{}</dt><dd>{html}</dd>", escaped(label)));
    }

    fn line(&mut self, line: &str) {
        self.html.push_str(line);
        self.html.push('\n');
    }
}

fn meaning(code: Code) -> String {
    Catalogue::embedded()
        .entry(code)
        .map_or_else(|| code.name().to_owned(), |entry| entry.meaning().to_owned())
}

/// Text in which backticks mark foreign names.
fn words(text: &str) -> String {
    let mut html = String::new();
    for (index, part) in text.split('`').enumerate() {
        let part = escaped(&plain(part));
        if index % 2 == 1 {
            html.push_str(&format!("<code>{part}</code>"));
        } else {
            html.push_str(&part);
        }
    }
    html
}

fn code_of(text: &str) -> String {
    format!("<code>{}</code>", escaped(&plain(text)))
}

/// Text as HTML text or attribute value.
pub(super) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
}

/// Causes that the appendix repeats: more would be a third page.
const APPENDIX_CODES: usize = 3;

const STYLE: &str = include_str!("report.css");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_no_markup() {
        assert_eq!(
            code_of("<a href='x'>&\"\u{202e}"),
            "<code>&lt;a href=&#39;x&#39;&gt;&amp;&quot;\\u{202e}</code>"
        );
        assert_eq!(words("`a<b` is <no> value"), "<code>a&lt;b</code> is &lt;no&gt; value");
    }

    #[test]
    fn the_style_closes_nothing() {
        assert!(!STYLE.contains("</") && !STYLE.contains("url(") && !STYLE.contains("@import"));
    }
}
