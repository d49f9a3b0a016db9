//! The timeline as an inline SVG: one row per period and moment, the evaluation time with its tolerance across all of them.

use super::html::escaped;
use crate::diagnosis::Timeline;
use crate::instant::Instant;
use core::fmt::Write as _;
use time::Duration;

/// The drawing. Colours come from the classes; what it says also stands in the table beside it.
pub(super) fn drawing(timeline: &Timeline, evaluated_at: Instant) -> String {
    let axis = Axis::around(timeline, evaluated_at);
    let rows = timeline.periods().len().saturating_add(timeline.moments().len());
    let height = TOP + ROW * float(rows) + BOTTOM;
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"axis-title\">\n\
         <title id=\"axis-title\">Validity periods and moments around the evaluation time</title>\n"
    );
    let (from, until) = (axis.x(axis.leeway.0), axis.x(axis.leeway.1));
    let now = axis.x(evaluated_at);
    let _ = writeln!(
        svg,
        "<rect class=\"band\" x=\"{from:.1}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{:.1}\"/>",
        (until - from).max(2.0),
        height - TOP - BOTTOM
    );
    let mut y = TOP;
    for period in timeline.periods() {
        let start = period.not_before.map_or(LEFT, |start| axis.x(start));
        let end = period.not_on_or_after.map_or(RIGHT, |end| axis.x(end));
        label(&mut svg, period.label, y);
        let _ = writeln!(
            svg,
            "<rect class=\"bar\" x=\"{start:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"12\" rx=\"3\"/>",
            y + 5.0,
            (end - start).max(3.0)
        );
        if period.not_before.is_none_or(|start| start < axis.first) {
            arrow(&mut svg, LEFT, y, "6,-5 6,5");
        }
        if period.not_on_or_after.is_none_or(|end| end > axis.last) {
            arrow(&mut svg, RIGHT, y, "-6,-5 -6,5");
        }
        y += ROW;
    }
    for moment in timeline.moments() {
        let x = axis.x(moment.at);
        label(&mut svg, moment.label, y);
        let _ = writeln!(svg, "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{:.1}\" r=\"5\"/>", y + 11.0);
        y += ROW;
    }
    let anchor = if now > (LEFT + RIGHT) / 2.0 { "end" } else { "start" };
    let _ = writeln!(
        svg,
        "<line class=\"now\" x1=\"{now:.1}\" y1=\"{:.1}\" x2=\"{now:.1}\" y2=\"{:.1}\"/>\n\
         <text class=\"nowtext\" x=\"{now:.1}\" y=\"14\" text-anchor=\"{anchor}\">judged at {}</text>",
        TOP - 4.0,
        height - BOTTOM + 4.0,
        escaped(&evaluated_at.to_string())
    );
    let ends = [(LEFT, "start", axis.first), (RIGHT, "end", axis.last)];
    for (x, anchor, instant) in ends {
        let whole = Instant::from_unix(instant.unix_seconds(), 0);
        let _ = writeln!(
            svg,
            "<text class=\"end\" x=\"{x}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{whole}</text>",
            height - 6.0
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn label(svg: &mut String, text: &str, y: f64) {
    let _ = writeln!(
        svg,
        "<line class=\"row\" x1=\"{LEFT}\" y1=\"{:.1}\" x2=\"{RIGHT}\" y2=\"{:.1}\"/>\n\
         <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
        y + 11.0,
        y + 11.0,
        LEFT - 10.0,
        y + 15.0,
        escaped(text)
    );
}

/// The period goes on beyond the axis.
fn arrow(svg: &mut String, x: f64, y: f64, corners: &str) {
    let _ = writeln!(
        svg,
        "<polygon class=\"clip\" transform=\"translate({x:.1} {:.1})\" points=\"0,0 {corners}\"/>",
        y + 11.0
    );
}

/// The part of time that is drawn.
struct Axis {
    first: Instant,
    last: Instant,
    leeway: (Instant, Instant),
}

impl Axis {
    /// From the first to the last thing that is not years away, with a margin.
    fn around(timeline: &Timeline, evaluated_at: Instant) -> Self {
        let tolerance = timeline.leeway().duration();
        let leeway = (evaluated_at.minus(tolerance), evaluated_at.plus(tolerance));
        let moments = timeline.moments().iter().map(|moment| moment.at);
        let ends = timeline.periods().iter().filter_map(|period| {
            let (start, end) = (period.not_before, period.not_on_or_after);
            let long = start.zip(end).is_some_and(|(start, end)| end.seconds_since(start) > LONG_SECONDS);
            (!long).then_some([start, end])
        });
        let all: Vec<Instant> = moments.chain(ends.flatten().flatten()).chain([leeway.0, leeway.1]).collect();
        let first = all.iter().min().copied().unwrap_or(evaluated_at);
        let last = all.iter().max().copied().unwrap_or(evaluated_at);
        let span = last.seconds_since(first).max(60);
        let margin = Duration::seconds(span.checked_div(20).unwrap_or_default());
        Self { first: first.minus(margin), last: last.plus(margin), leeway }
    }

    /// Where an instant stands, within the axis.
    fn x(&self, instant: Instant) -> f64 {
        let seconds =
            |instant: Instant| Duration::seconds(instant.seconds_since(self.first)).as_seconds_f64();
        let share = seconds(instant) / seconds(self.last).max(1.0);
        LEFT + (RIGHT - LEFT) * share.clamp(0.0, 1.0)
    }
}

fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(0.0, f64::from)
}

const WIDTH: f64 = 800.0;
const LEFT: f64 = 170.0;
const RIGHT: f64 = 790.0;
const TOP: f64 = 24.0;
const ROW: f64 = 24.0;
const BOTTOM: f64 = 26.0;

/// Longer periods (certificates) are cut where the axis ends.
const LONG_SECONDS: i64 = 2 * 86_400;
