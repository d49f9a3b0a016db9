//! Why did this login fail, and what must change? An offline tool around the library: see `troubleshoot --help`.
#![forbid(unsafe_code)]

use bonafide_troubleshoot as tool;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    tool::progress::watched(std::io::stderr().is_terminal() && !dumb);
    let world = tool::World { clock, random, colour };
    let outcome = tool::run(std::env::args_os(), &mut std::io::stdin().lock(), &world);
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(outcome.stdout.as_bytes()).and_then(|()| stdout.flush());
    let _ = std::io::stderr().lock().write_all(outcome.stderr.as_bytes());
    match written {
        // A reader that goes away early (`| head`) is no failure of ours.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            eprintln!("troubleshoot: standard output: {error}; the report is not complete");
            ExitCode::from(tool::UNDECIDABLE)
        }
        _ => ExitCode::from(outcome.code),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the clock: `now` is an argument below it"
)]
fn clock() -> time::OffsetDateTime {
    time::OffsetDateTime::now_utc()
}

fn random() -> Option<[u8; 32]> {
    use ring::rand::SecureRandom as _;
    let mut octets = [0; 32];
    ring::rand::SystemRandom::new().fill(&mut octets).ok().map(|()| octets)
}
