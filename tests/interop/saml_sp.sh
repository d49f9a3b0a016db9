#!/usr/bin/env bash
# Our AuthnRequest, LogoutRequest, LogoutResponse and metadata are accepted by pysaml2, samlify, node-saml, xmlsec1 and
# OpenSAML's samlsign; their redirect URLs and logout messages are accepted by us. Installs its peers below $BONAFIDE_INTEROP_CACHE.
# run.sh calls it by sh.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${BONAFIDE_INTEROP_CACHE:-/tmp/bonafide-interop}/saml_sp
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0

# expect NAME COMMAND...: the command succeeds.
expect() {
    local name=$1
    shift
    if "$@" >"$work/log" 2>&1 </dev/null; then
        echo "ok    $name"
        passed=$((passed + 1))
    else
        echo "FAIL  $name"
        tail -n 20 "$work/log" | sed 's/^/    | /'
        failed=$((failed + 1))
    fi
}

skip() {
    echo "skip  $*"
    skipped=$((skipped + 1))
}

for tool in xmlsec1 samlsign; do
    command -v "$tool" >/dev/null && continue
    package=$([ "$tool" = xmlsec1 ] && echo xmlsec1 || echo opensaml-tools)
    { apt-get update -q && apt-get install -y -q --no-install-recommends "$package"; } >"$work/apt" 2>&1 || true
done
mkdir -p "$cache"
[ -x "$cache/venv/bin/python" ] || python3 -m venv "$cache/venv"
"$cache/venv/bin/python" -c 'import saml2' 2>/dev/null || "$cache/venv/bin/pip" -q install pysaml2==7.5.5
if [ ! -d "$cache/node_modules/samlify" ] || [ ! -d "$cache/node_modules/@node-saml/node-saml" ]; then
    (cd "$cache" && { [ -f package.json ] || npm init -y >/dev/null; } &&
        npm install --silent --no-audit --no-fund samlify@2.13.1 @node-saml/node-saml@5.1.0)
fi

cargo build --quiet --locked --manifest-path "$root/Cargo.toml" -p bonafide --example sp_messages
cargo build --quiet --locked --manifest-path "$root/Cargo.toml" -p bonafide-troubleshoot
target=$(cargo metadata --manifest-path "$root/Cargo.toml" --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
bin=$target/debug/examples

for party in sp idp; do
    openssl req -x509 -newkey rsa:2048 -sha256 -nodes -days 30 -subj "/CN=$party.interop.test" \
        -keyout "$work/$party.key" -out "$work/$party.crt" 2>/dev/null
    cat "$work/$party.key" "$work/$party.crt" >"$work/$party.pem"
done
openssl ecparam -name prime256v1 -genkey -noout -out "$work/ec.key"
openssl req -x509 -new -sha256 -key "$work/ec.key" -days 30 -subj /CN=ec.interop.test -out "$work/ec.crt"
cat "$work/ec.key" "$work/ec.crt" >"$work/ec.pem"

mint() {
    local kind=$1 out=$2
    shift 2
    "$bin/sp_messages" "$kind" --key "$work/sp.pem" "$@" >"$work/$out" 2>"$work/$out.pending"
}
sso=https://idp.interop.test/sso slo=https://idp.interop.test/slo
persistent=urn:oasis:names:tc:SAML:2.0:nameid-format:persistent
logout=(--destination "$slo" --name-id alice-0001 --format "$persistent" --session-index _s1)
mint metadata sp-metadata.xml
mint authn-request authn.url --binding redirect --destination "$sso" --relay-state 'a b&c=d' --force --format "$persistent"
mint authn-request authn.xml --destination "$sso" --context urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport
mint logout-request logout.url --binding redirect "${logout[@]}" --relay-state state-1
mint logout-request logout.xml "${logout[@]}"

# Signatures: libxmlsec1 and Shibboleth's OpenSAML.
for message in authn:AuthnRequest logout:LogoutRequest; do
    file=$work/${message%%:*}.xml name=${message##*:}
    expect "xmlsec1 verifies our $name" xmlsec1 --verify --pubkey-cert-pem "$work/sp.crt" \
        --id-attr:ID "urn:oasis:names:tc:SAML:2.0:protocol:$name" "$file"
    if command -v samlsign >/dev/null; then
        expect "samlsign verifies our $name" samlsign -c "$work/sp.crt" -f "$file"
    else
        skip "samlsign is not there"
    fi
done
expect "xmlsec1 verifies our metadata" xmlsec1 --verify --pubkey-cert-pem "$work/sp.crt" \
    --id-attr:ID urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor "$work/sp-metadata.xml"
"$bin/sp_messages" logout-request --key "$work/ec.pem" "${logout[@]}" >"$work/ec.xml" 2>/dev/null
expect "xmlsec1 verifies our LogoutRequest (ECDSA)" xmlsec1 --verify --pubkey-cert-pem "$work/ec.crt" \
    --id-attr:ID urn:oasis:names:tc:SAML:2.0:protocol:LogoutRequest "$work/ec.xml"

# pysaml2 and the JavaScript peers read ours and write theirs.
py() { "$cache/venv/bin/python" "$here/saml_sp/pysaml2_idp.py" "$work" "$@"; }
js() { NODE_PATH=$cache/node_modules node "$here/saml_sp/peers.cjs" "$work" "$@"; }
for step in metadata authn-redirect authn-post logout-redirect logout-post; do
    expect "pysaml2 accepts our $step" py "read-$step"
done
for step in samlify-authn-redirect samlify-authn-post samlify-logout-redirect samlify-logout-post node-saml-logout-redirect \
    node-saml-logout-post; do
    expect "${step%-*-*} accepts our ${step#"${step%-*-*}-"}" js "read-$step"
done
expect "pysaml2 writes" py write
expect "samlify and node-saml write" js write

ours() {
    "$target/debug/troubleshoot" check --idp-cert "$work/idp.crt" --idp-entity-id https://idp.interop.test/metadata \
        --slo https://sp.interop.test/slo --fail-on deny "$@"
}
for file in "$work"/peer-*-request.*; do
    expect "we accept $(basename "$file")" ours "$file"
done
for file in "$work"/peer-*-response.*; do
    expect "we accept $(basename "$file")" ours --request-id _out-interop "$file"
done

# And our LogoutResponse to theirs.
mint logout-response answer.url --binding redirect --destination "$slo" --request "$work/peer-pysaml2-request.url" \
    --idp-cert "$work/idp.crt"
mint logout-response answer.xml --destination "$slo" --request "$work/peer-pysaml2-request.xml" --idp-cert "$work/idp.crt"
expect "xmlsec1 verifies our LogoutResponse" xmlsec1 --verify --pubkey-cert-pem "$work/sp.crt" \
    --id-attr:ID urn:oasis:names:tc:SAML:2.0:protocol:LogoutResponse "$work/answer.xml"
expect "pysaml2 accepts our logout response (redirect)" py read-answer-redirect
expect "pysaml2 accepts our logout response (post)" py read-answer-post
expect "samlify accepts our logout response (redirect)" js read-samlify-answer-redirect

echo "saml_sp: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
