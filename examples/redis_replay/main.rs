//! One login twice, with a replay guard over Redis: `cargo run --example redis_replay -- 127.0.0.1:6379`.

mod guard;

use bonafide::replay::ReplayGuard;
use bonafide::saml::{self, Policy, Request, TrustedIdp};
use guard::RedisReplayGuard;
use std::process::ExitCode;
use time::macros::datetime;

fn main() -> ExitCode {
    let Some(Ok(address)) = std::env::args().nth(1).map(|address| address.parse()) else {
        eprintln!("usage: redis_replay ADDRESS:PORT");
        return ExitCode::from(64);
    };
    let guard = RedisReplayGuard::new(address, "example:replay:");
    for attempt in ["first", "second"] {
        match login(&guard) {
            Ok(user) => println!("{attempt} attempt: {user} is in"),
            Err(refusal) => println!("{attempt} attempt: {refusal}"),
        }
    }
    ExitCode::SUCCESS
}

fn login(guard: &impl ReplayGuard) -> Result<String, String> {
    let now = datetime!(2026-01-01 00:00:00 UTC);
    let idp = TrustedIdp::from_pem("https://idp.test", include_str!("../../testdata/saml/keys/k.crt"));
    let request = Request::InResponseTo("_req1".to_owned());
    let policy = Policy::new("https://sp.test/md", ["https://sp.test/acs"], request);
    let (idp, policy) = idp.and_then(|idp| Ok((idp, policy?))).map_err(|error| error.to_string())?;
    let response = include_bytes!("../../testdata/saml/base/b-a.xml");
    let login = saml::validate(response, &idp, &policy, now).map_err(|error| error.to_string())?;
    guard.first_use(&login.replay_key(), now).map_err(|refusal| refusal.to_string())?;
    Ok(login.name_id().map(|name| name.value().to_owned()).unwrap_or_default())
}
