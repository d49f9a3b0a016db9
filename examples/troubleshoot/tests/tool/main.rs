//! The tool as its users meet it: a command line and standard input in; reports and an exit code out.

#[path = "../../../../tests/jwe_support/mod.rs"]
mod jwe_support;
mod support {
    pub(crate) mod captures;
}

mod captures;
mod cases;
mod certs;
mod check;
mod commands;
mod encryption;
mod jwe;
mod lab;
mod leaks;
mod map;
mod messages;
mod metadata;
mod oidc;
mod onboard;
mod second_opinion;
mod settings;

/// The folder of the workspace, in which `testdata` is.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
