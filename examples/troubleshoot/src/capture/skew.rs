//! How far the clocks of the two servers differ, measured by their `Date` headers against the one clock of the browser.

use super::{Capture, Exchange, host};
use bonafide::diagnosis::Fact;
use bonafide::error::{Code, Quoted};
use time::OffsetDateTime;

/// Seconds by which the clock of the identity provider is ahead of that of the service (negative: behind).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skew {
    pub seconds: i64,
}

impl Skew {
    pub fn fact(self) -> Fact {
        let ahead = if self.seconds > 0 { "ahead of" } else { "behind" };
        let why = format!(
            "the clock of the identity provider is {} s {ahead} that of the service, measured by their Date headers (\u{b1}1 s)",
            self.seconds.abs()
        );
        let seen = Quoted::protocol(&format!("{} s", self.seconds));
        Fact::new(Code::FL105, &why).with_seen(seen).with_expected(Quoted::protocol("0 s"))
    }
}

/// Measured around the exchange in which the message was posted to the service.
pub fn measured(capture: &Capture, arrival: &Exchange) -> Option<Skew> {
    let service = arrival.host();
    let provider = provider_host(capture, arrival)?;
    let ahead = |host: &str| {
        let mut offsets: Vec<i64> =
            capture.exchanges.iter().filter(|e| e.host() == host).filter_map(offset).collect();
        offsets.sort_unstable();
        offsets.get(offsets.len() / 2).copied()
    };
    let seconds = (ahead(&provider)? - ahead(service)?) as f64 / 1000.0;
    #[expect(clippy::cast_possible_truncation, reason = "seconds between two dates")]
    let seconds = seconds.round() as i64;
    Some(Skew { seconds })
}

/// Milliseconds of the server's clock before that of the browser. `Date` has whole seconds: the middle of it is meant.
fn offset(exchange: &Exchange) -> Option<i64> {
    let (date, started) = (exchange.date()?, exchange.started?);
    let millis = |t: OffsetDateTime| t.unix_timestamp_nanos() / 1_000_000;
    i64::try_from(millis(date) - millis(started)).ok()
}

/// Who sent the browser to the service: the page that posted, else the last host that was asked for a login.
pub fn provider_host(capture: &Capture, arrival: &Exchange) -> Option<String> {
    let other = |host: &str| !host.is_empty() && host != arrival.host();
    let named = ["origin", "referer"].iter().filter_map(|name| arrival.request_header(name)).map(host);
    let before = || capture.exchanges.iter().filter(|e| e.number < arrival.number).rev();
    let asked =
        before().filter(|e| e.parameter("SAMLRequest").is_some() || e.posted("SAMLRequest").is_some());
    let asked_token = before().filter(|e| e.parameter("response_type").is_some());
    named
        .chain(asked.map(Exchange::host))
        .chain(asked_token.map(Exchange::host))
        .chain(before().filter(|e| e.date().is_some()).map(Exchange::host))
        .find(|host| other(host))
        .map(str::to_owned)
}
