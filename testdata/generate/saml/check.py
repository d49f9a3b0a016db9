#!/usr/bin/env python3
"""Cross-check of what was generated: index, files, and every signature that xmlsec1 or `cryptography` can judge."""
import os
import sys

import lib


def xmlsec_verdicts(path, cert):
    """One verdict per Signature: xmlsec1 --verify with only the pinned certificate as key, KeyInfo ignored."""
    raw = lib.read(path, "rb")
    tree = lib.parse(raw)
    out = []
    for s in tree.iter(f"{{{lib.DS}}}Signature"):
        p = lib.run(["xmlsec1", "--verify", "--enabled-key-data", "raw-x509-cert", "--pubkey-cert-pem",
                     os.path.join(lib.CERTS, cert + ".crt"), *lib.IDARGS, "--node-xpath", lib.index_path(s), path], ok=False)
        out.append(p.returncode == 0)
    return out


def run_all():
    bad = 0
    counts = {True: 0, False: 0}
    for rel, cert, want in lib.CHECKS:
        got = xmlsec_verdicts(os.path.join(lib.OUT, rel), cert)
        ok = bool(got) and (all(got) if want else not any(got))
        counts[want] += ok
        if not ok:
            bad += 1
            print("xmlsec1 disagrees:", rel, cert, "wanted", want, "got", got)
    print(f"xmlsec1: {counts[True]} files verify, {counts[False]} do not verify as intended, {bad} surprises")
    return bad


if __name__ == "__main__":
    sys.exit("run make.sh: the checks need what generation remembers")
