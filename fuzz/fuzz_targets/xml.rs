#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bonafide::fuzzing::xml(data));
