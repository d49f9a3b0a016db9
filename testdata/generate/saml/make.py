#!/usr/bin/env python3
"""Regenerates testdata/saml (see README.md there)."""
import sys

import bases
import lib

ROWS = ["rows_sx", "rows_si", "rows_sv", "rows_sc", "rows_sf", "rows_ms"]


def main():
    for r in ROWS:
        __import__(r).run_rows()
    lib.dump()
    print(len(lib.VECTORS), "vectors")
    if "--no-check" not in sys.argv:
        import check
        sys.exit(1 if check.run_all() else 0)


main()
