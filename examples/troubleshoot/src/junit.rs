//! Results of tests in the form that build servers read.

use bonafide::characters::escape_hidden;
use std::fmt::Write as _;

/// One test.
#[derive(Debug, Default)]
pub struct Case {
    pub group: String,
    pub name: String,
    /// Why it failed.
    pub failure: Option<String>,
    /// Why it was not run.
    pub skipped: Option<String>,
    /// What else there is to say.
    pub output: Option<String>,
}

pub fn suite(name: &str, cases: &[Case]) -> String {
    let failures = cases.iter().filter(|case| case.failure.is_some()).count();
    let skipped = cases.iter().filter(|case| case.skipped.is_some()).count();
    let some_skipped = if skipped > 0 { format!(" skipped=\"{skipped}\"") } else { String::new() };
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\"{some_skipped}>\n",
        xml(name),
        cases.len(),
    );
    for case in cases {
        let _ = write!(text, "  <testcase classname=\"{}\" name=\"{}\"", xml(&case.group), xml(&case.name));
        let mut inside = Vec::new();
        inside.extend(case.failure.as_ref().map(|why| format!("<failure message=\"{}\"/>", xml(why))));
        inside.extend(case.skipped.as_ref().map(|why| format!("<skipped message=\"{}\"/>", xml(why))));
        inside.extend(case.output.as_ref().map(|said| format!("<system-out>{}</system-out>", xml(said))));
        if inside.is_empty() {
            text.push_str("/>\n");
        } else {
            let _ = writeln!(text, ">\n    {}\n  </testcase>", inside.join("\n    "));
        }
    }
    text.push_str("</testsuite>\n");
    text
}

fn xml(text: &str) -> String {
    let plain = escape_hidden(text);
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
