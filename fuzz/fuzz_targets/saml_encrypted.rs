#![no_main]

#[path = "../properties/saml_encrypted.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|data: &[u8]| property::check(data));
