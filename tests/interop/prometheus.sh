#!/bin/sh
# The text of `certs --format prometheus`, read by both parsers of prometheus_client (installed from PyPI into a folder of its
# own): the text format 0.0.4 and OpenMetrics. Not part of `cargo test`, because it needs the network.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tool="${TROUBLESHOOT:-cargo run --quiet -p bonafide-troubleshoot --}"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet prometheus_client pyyaml
# An entity whose name needs every escape there is.
printf '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="https://x.test/&quot;\\&#10;\303\251"><md:IDPSSODescriptor><md:KeyDescriptor><ds:X509Certificate>%s</ds:X509Certificate></md:KeyDescriptor></md:IDPSSODescriptor></md:EntityDescriptor>' \
    "$(cat testdata/certs/rsa2048.b64)" > "$work/odd.xml"
$tool certs --format prometheus --at 2026-01-01T00:00:00Z testdata/certs testdata/certs/fleet.toml "$work/odd.xml" \
    > "$work/certs.prom" || true
$tool certs alerts > "$work/rules.yml"
"$work/venv/bin/python" - "$work/certs.prom" "$work/rules.yml" <<'PY'
import re, sys
import yaml
from prometheus_client.parser import text_string_to_metric_families as text
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics

content = open(sys.argv[1], encoding="utf-8", newline="").read()
def read(parse):
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in parse(content) for s in family.samples}
plain, strict = read(text), read(openmetrics)
assert plain == strict, "the parsers differ"
assert len(plain) == sum(1 for line in content.split("\n") if line and not line.startswith("#")), "series are lost"
assert any('"\\' in dict(labels).get("entity", "") for _, labels in plain), "the odd entity is lost"
rules = yaml.safe_load(open(sys.argv[2], encoding="utf-8"))["groups"][0]["rules"]
names = {name for name, _ in plain}
used = {word for rule in rules for word in re.findall(r"fed_[a-z_]+", rule["expr"])}
assert used <= names, f"rules speak of {used - names}"
print(f"{len(rules)} alerting rules over {sorted(used)}")
print(f"{len(plain)} series, the same in text format 0.0.4 and OpenMetrics")
PY
