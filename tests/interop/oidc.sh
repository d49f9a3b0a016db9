#!/bin/sh
# Fresh ID tokens of other people's providers and libraries: accepted by `troubleshoot check`, and refused when altered, by another
# key, with another nonce or for another client. Installs its peers (PyPI, npm): needs the network.
set -eu
cd "$(dirname "$0")/../.."
. tests/interop/lib.sh
failed=0

if need_python oidc joserfc jwcrypto authlib; then
    "$python" tests/interop/oidc/libraries.py "$work" || failed=1
else
    failed=1
fi
if need_node oidc oidc-provider; then
    node tests/interop/oidc/provider.mjs "$work" || failed=1
else
    failed=1
fi

# shellcheck disable=SC2086
python3 tests/interop/judge.py "$work" $tool || failed=1
exit $failed
