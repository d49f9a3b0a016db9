#!/bin/sh
# Runs every script of this folder: interoperability with other people's software. Each installs the peers that it needs, into a
# cache outside of the repository (BONAFIDE_INTEROP_CACHE), from Debian, PyPI and npm.
#   tests/interop/run.sh [NAME...]     such as `saml_messages`; without a name, all
# One line for each check, `ok` or `FAIL`, then a count. Exit code 1 when one failed.
set -eu
cd "$(dirname "$0")/../.."
. tests/interop/lib.sh
# Built once for all.
case $tool in */*) TROUBLESHOOT=$(cd "$(dirname "$tool")" && pwd)/$(basename "$tool") ;; *) TROUBLESHOOT=$tool ;; esac
export TROUBLESHOOT
results=$work/results
: >"$results"
names=$*
[ -n "$names" ] || names=$(for script in tests/interop/*.sh; do basename "$script" .sh; done | grep -v -x -e run -e lib)
for name in $names; do
    log=$work/log
    # jwe.sh takes the binary as its argument, the others from TROUBLESHOOT.
    sh "tests/interop/$name.sh" "$TROUBLESHOOT" >"$log" 2>&1 && code=0 || code=$?
    lines=$(grep -E '^(ok|FAIL|skip) ' "$log" || true)
    if [ -z "$lines" ] || { [ "$code" != 0 ] && ! grep -q '^FAIL ' "$log"; }; then
        # A script with a summary of its own.
        last=$(tail -n 1 "$log")
        [ "$code" = 0 ] && lines="ok   $name $last" || lines="$lines
FAIL $name exit code $code: $last"
    fi
    echo "$lines" | grep . | tee -a "$results"
done
passed=$(grep -c '^ok ' "$results" || true)
failed=$(grep -c '^FAIL ' "$results" || true)
skipped=$(grep -c '^skip ' "$results" || true)
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
