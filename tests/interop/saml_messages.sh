#!/bin/sh
# Fresh messages of other people's identity providers and signers: accepted by `troubleshoot check`, and refused when altered or by
# another key. Installs its peers (Debian, PyPI, npm): needs the network, and root for what Debian has to install.
set -eu
cd "$(dirname "$0")/../.."
. tests/interop/lib.sh
minters=tests/interop/saml_messages
failed=0

for who in idp sp; do
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/$who.key" -out "$work/$who.crt" -days 30 -subj "/CN=$who.interop.test" 2>/dev/null
done
cp "$work/idp.crt" "$work/good.crt"
cp "$work/sp.crt" "$work/other.crt"

# mint PEER COMMAND...: a peer that cannot mint is one failure, and the others go on.
mint() {
    peer=$1
    shift
    if ! "$@" >"$work/mint.log" 2>&1; then
        echo "FAIL $peer mints [$(tail -n 1 "$work/mint.log")]"
        failed=1
    fi
    grep '^FAIL' "$work/mint.log" || true
}

if need_debian xmlsec1 openssl && need_python saml pysaml2 python3-saml; then
    mint pysaml2 "$python" "$minters/pysaml2.py" "$work"
    mint python3-saml "$python" "$minters/python3saml.py" "$work"
else
    failed=1
fi
if need_node saml samlify @boxyhq/saml20 saml; then
    mint JavaScript node "$minters/javascript.js" "$work"
else
    failed=1
fi
if need_debian simplesamlphp php-cli php-xml php-mbstring; then
    mint SimpleSAMLphp php "$minters/simplesamlphp.php" "$work"
else
    failed=1
fi
if need_debian xmlsec1 opensaml-tools && [ -n "${python:-}" ]; then
    mint signers "$python" "$minters/signers.py" "$work"
else
    failed=1
fi

# shellcheck disable=SC2086
python3 tests/interop/judge.py "$work" $tool || failed=1
exit $failed
