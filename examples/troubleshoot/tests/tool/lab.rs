//! The lab is the regression corpus: for every sample the tool names the cause first.

use bonafide_troubleshoot::{Outcome, World, run};
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

fn clock() -> time::OffsetDateTime {
    time::OffsetDateTime::UNIX_EPOCH
}

fn troubleshoot(arguments: &[&str], stdin: &[u8]) -> Outcome {
    let world = World { clock, random: || Some([7; 32]), colour: false };
    run(["troubleshoot"].iter().chain(arguments).map(OsString::from), &mut &stdin[..], &world)
}

/// A new folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bonafide-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Makes a sample and runs the command of its answer sheet.
fn made(code: &str, folder: &Path) -> (Value, Outcome) {
    let folder = folder.join(code);
    let made = troubleshoot(&["lab", "make", code, "-o", folder.to_str().unwrap()], b"");
    assert_eq!(made.code, 0, "{made:?}");
    let answer: Value = serde_json::from_slice(&std::fs::read(folder.join("answer.json")).unwrap()).unwrap();
    let command: Vec<String> =
        answer["command"].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect();
    let in_folder = |word: &String| {
        let path = folder.join(word);
        if !word.is_empty() && path.is_file() { path.display().to_string() } else { word.clone() }
    };
    let command: Vec<String> = command.iter().map(in_folder).collect();
    let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
    arguments.extend(["--format", "json"]);
    let outcome = troubleshoot(&arguments, b"");
    (answer, outcome)
}

fn first(outcome: &Outcome) -> String {
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap_or_default();
    report["findings"][0]["code"].as_str().unwrap_or("nothing").to_owned()
}

#[test]
fn every_sample_is_explained_by_its_code_first() {
    let folder = Folder::new("lab");
    let list = troubleshoot(&["lab", "list"], b"").stdout;
    let mut wrong = Vec::new();
    let mut judged = 0;
    for code in list.lines().filter_map(|line| line.split("  ").next()).filter(|code| code.len() == 5) {
        let (answer, outcome) = made(code, &folder.0);
        if outcome.code == 64 && outcome.stderr.contains("--mapping") {
            continue;
        }
        judged += 1;
        if first(&outcome) != code || answer["first_finding"] != code {
            wrong.push(format!("{code}: {} {}", first(&outcome), outcome.stderr));
        }
    }
    assert!(judged >= 17, "{judged}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn codes_of_vectors_have_samples() {
    let folder = Folder::new("vectors");
    for code in ["SA101", "SA103", "SA201", "SA203", "SA207", "SA209", "SA402", "SA501", "IN104"] {
        let (_, outcome) = made(code, &folder.0);
        assert_eq!(first(&outcome), code);
    }
    let path = folder.0.join("SA401");
    let make = || troubleshoot(&["lab", "make", "SA401", "-o", path.to_str().unwrap()], b"").code;
    assert_eq!((make(), make()), (0, 64), "nothing is overwritten");
    assert_eq!(troubleshoot(&["lab", "make", "SA999"], b"").code, 64);
}
