#!/usr/bin/env python3
"""Regenerates testdata/saml (see README.md there)."""
import sys

import bases
import lib
import metadata

ROWS = ["rows_sx", "rows_si", "rows_sv", "rows_sc", "rows_sf", "rows_ms"]


def tools():
    """Versions of what made the vectors, for README.md."""
    import cryptography
    from lxml import etree
    import platform
    lines = ["Python " + platform.python_version(), "lxml " + etree.__version__ + " on libxml2 " + ".".join(map(str, etree.LIBXML_VERSION)), "cryptography " + cryptography.__version__,
             lib.run(["xmlsec1", "--version"]).stdout.decode().strip(), lib.run(["openssl", "version"]).stdout.decode().strip()]
    lib.write("TOOLS.txt", "\n".join(lines) + "\n")


def main():
    for r in ROWS:
        __import__(r).run_rows()
    metadata.run_rows()
    lib.dump()
    tools()
    print(len(lib.VECTORS), "vectors,", len(metadata.INDEX), "metadata files")
    if "--no-check" not in sys.argv:
        import check
        import pss_check
        pss_check.run_all(bases.PSS)
        sys.exit(1 if check.run_all() else 0)


main()
