#![no_main]

#[path = "../properties/redirect.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|data: &[u8]| property::check(data));
