#!/usr/bin/env python3
"""Writes testdata/keys/points.json: points on the NIST curves and near misses. Needs cryptography, which computes the multiples;
the points with a small x or y come from the equation."""
import json
import os

from cryptography.hazmat.primitives.asymmetric import ec

TARGET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "keys", "points.json")
CURVES = {
    "P-256": (ec.SECP256R1, 32, 2**256 - 2**224 + 2**192 + 2**96 - 1, 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B),
    "P-384": (ec.SECP384R1, 48, 2**384 - 2**128 - 2**96 + 2**32 - 1, 0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF),
    "P-521": (ec.SECP521R1, 66, 2**521 - 1, 0x0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00),
}


def rows():
    for name, (curve, octets, p, b) in CURVES.items():
        def row(x, y, good, why, length=octets):
            return {"crv": name, "x": f"{x:0{2 * length}x}", "y": f"{y:0{2 * length}x}", "good": good, "why": why}

        # p is 3 modulo 4 for all three, so a root is a power.
        def root(x):
            square = (pow(x, 3, p) - 3 * x + b) % p
            y = pow(square, (p + 1) // 4, p)
            return y if y * y % p == square else None

        for times in [*range(1, 9), 2**64 - 1, 2**64, 2**128 + 5, 3**80]:
            numbers = ec.derive_private_key(times, curve()).public_key().public_numbers()
            x, y = numbers.x, numbers.y
            yield row(x, y, True, f"G times {times}")
            yield row(x, p - y, True, f"minus G times {times}")
            yield row(x ^ 1, y, False, "another x")
            yield row(x, y ^ (1 << (8 * octets - 9)), False, "another y")
            yield row(y, x, False, "exchanged")
        small = [x for x in range(40) if root(x) is not None]
        for x in small[:6]:
            yield row(x, root(x), True, "a small x")
            if x + p < 1 << (8 * octets):
                yield row(x + p, root(x), False, "x is not reduced")
            if root(x) + p < 1 << (8 * octets):
                yield row(x, root(x) + p, False, "y is not reduced")
        x = small[1]
        yield row(0, 0, False, "the origin")
        yield row(p, root(x), False, "x is p")
        yield row(x, p, False, "y is p")
        yield row(x, root(x), False, "a zero before it", octets + 1)
        yield {**row(x, root(x), False, "a short x"), "x": f"{x:0{2 * octets - 2}x}"}
        yield {**row(x, root(x), False, "a long y"), "y": f"{root(x):0{2 * octets + 2}x}"}


with open(TARGET, "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(row) for row in rows()) + "\n]\n")
