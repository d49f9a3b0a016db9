//! Samples out of the test vectors: the first one for which the tool itself names the code first.

use super::{Sample, flags, test_data};
use crate::{Stop, World};
use bonafide::diagnosis::Catalogue;
use bonafide::error::Code;
use serde_json::Value;
use std::ffi::OsString;

pub fn sample(code: Code, world: &World) -> Result<Sample, Stop> {
    let vectors: Vec<Value> = serde_json::from_slice(&test_data("vectors.json")?).unwrap_or_default();
    let checks: Vec<&str> = Catalogue::checks(code).iter().map(|check| check.name()).collect();
    let refused = |vector: &&Value| {
        let expected = &vector["expect"];
        let any = expected["reject_any"].as_array().into_iter().flatten();
        any.chain(expected.get("reject")).filter_map(Value::as_str).any(|check| checks.contains(&check))
    };
    for vector in vectors.iter().filter(refused).filter(|vector| vector["build"].is_null()) {
        let Some(sample) = of_vector(vector)? else { continue };
        if first_finding(&sample, world).as_deref() == Some(code.as_str()) {
            return Ok(sample);
        }
    }
    Err(Stop::usage(format!("{code} has no sample yet; `troubleshoot lab list` names those that have")))
}

/// `None` where the command line has no flag for the policy of the vector.
fn of_vector(vector: &Value) -> Result<Option<Sample>, Stop> {
    let Some(file) = vector["file"].as_str() else { return Ok(None) };
    let (policy, trust) = (&vector["policy"], &vector["trust"]);
    let plain = policy.as_object().is_none_or(|policy| policy.keys().all(|name| name == "leeway"));
    if !plain || vector["binding"] != "xml" {
        return Ok(None);
    }
    let mut files = vec![("response.xml".to_owned(), test_data(file)?)];
    let mut command = vec!["check".to_owned()];
    for (flag, value) in flags() {
        let value = match flag.as_str() {
            "--idp-entity-id" => trust["entity_id"].as_str().unwrap_or(&value).to_owned(),
            "--at" => vector["now"].as_str().unwrap_or(&value).to_owned(),
            _ => value,
        };
        if flag == "--idp-cert" {
            let certs = trust["certs"].as_array().cloned().unwrap_or_else(|| vec![Value::from(value)]);
            for name in certs.iter().filter_map(Value::as_str) {
                files.push((name.to_owned(), test_data(&format!("keys/{name}"))?));
                command.extend([flag.clone(), name.to_owned()]);
            }
            continue;
        }
        command.extend([flag, value]);
    }
    if let Some(leeway) = policy["leeway"].as_u64() {
        command.extend(["--leeway".to_owned(), leeway.to_string()]);
    }
    command.push("response.xml".to_owned());
    let text = |name: &str| vector[name].as_str().unwrap_or_default().to_owned();
    Ok(Some(Sample { title: text("id"), cause: text("comment"), files, command }))
}

/// What the tool says about the sample, judged from the test data in place.
fn first_finding(sample: &Sample, world: &World) -> Option<String> {
    let keys = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/saml/keys"));
    let mut arguments: Vec<OsString> = vec!["troubleshoot".into()];
    let mut previous = "";
    for argument in &sample.command {
        let file = previous == "--idp-cert";
        arguments.push(if file { keys.join(argument).into() } else { argument.into() });
        previous = argument;
    }
    arguments.pop();
    arguments.extend(["-".into(), "--format".into(), "json".into()]);
    let message = &sample.files.first()?.1;
    let outcome = crate::run(arguments, &mut message.as_slice(), world);
    let report: Value = serde_json::from_str(&outcome.stdout).ok()?;
    report.pointer("/findings/0/code")?.as_str().map(str::to_owned)
}
