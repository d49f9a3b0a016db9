//! Tokens: detected, not judged in this build.

use super::args::Check;
use super::{Outcome, Stop, World};

/// What arrived.
#[derive(Debug)]
#[allow(dead_code, reason = "read when tokens are judged")]
pub enum Arrived {
    Token(String),
    /// A token response, UserInfo or another JSON text.
    Json(String),
}

pub fn check(
    arrived: &Arrived,
    _steps: &[&'static str],
    _input: &[u8],
    _options: &Check,
    _world: &World,
) -> Result<Outcome, Stop> {
    let what = match arrived {
        Arrived::Token(_) => "a token",
        Arrived::Json(_) => "JSON",
    };
    Err(Stop::usage(format!(
        "the input is {what}; OpenID Connect is not in this build, only SAML responses are judged"
    )))
}
