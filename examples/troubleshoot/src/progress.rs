//! A progress bar on standard error: for somebody who waits at a terminal, never in a pipe or a log.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Somebody watches. False until the binary has looked at its standard error, so that nothing else ever draws.
static WATCHED: AtomicBool = AtomicBool::new(false);

/// Says whether somebody watches.
pub fn watched(somebody: bool) {
    WATCHED.store(somebody, Ordering::Relaxed);
}

/// A bar that is gone when this is dropped.
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// Over a known number of steps; a few of them are no long work.
    pub fn over(steps: usize, what: &'static str) -> Self {
        let bar = (steps >= MANY).then(|| ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX)));
        Self::shown(bar, "{msg} [{bar:40}] {pos}/{len} {eta}", what)
    }

    /// Over work of unknown length on that many octets; a small file is no long work.
    pub fn on(octets: usize, what: &'static str) -> Self {
        let shown =
            Self::shown((octets >= LARGE).then(ProgressBar::new_spinner), "{spinner} {msg} {elapsed}", what);
        shown.0.iter().for_each(|bar| bar.enable_steady_tick(Duration::from_millis(100)));
        shown
    }

    fn shown(bar: Option<ProgressBar>, template: &str, what: &'static str) -> Self {
        let bar = bar.filter(|_| WATCHED.load(Ordering::Relaxed));
        if let Some(bar) = &bar {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
            bar.set_style(
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar.set_message(what);
        }
        Self(bar)
    }

    /// One step is done.
    pub fn step(&self) {
        self.0.iter().for_each(|bar| bar.inc(1));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.iter().for_each(ProgressBar::finish_and_clear);
    }
}

const MANY: usize = 50;
const LARGE: usize = 4 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::Progress;

    #[test]
    fn nobody_watches_a_test() {
        for progress in [Progress::over(1_000_000, "x"), Progress::on(1 << 30, "x")] {
            progress.step();
            assert!(progress.0.is_none());
        }
    }
}
