"""The names that every minter uses, and the list of messages that judge.py reads."""

import json

IDP = "https://idp.interop.test/metadata"
SP = "https://sp.interop.test/metadata"
ACS = "https://sp.interop.test/acs"
REQUEST = "_req-interop-0001"
USER = "alice-canary@idp.interop.test"


def add(work, peer, what, text, *, refused=None, encrypted=False, args=()):
    """`refused`: None for a Response that must be accepted, else the checks of which one must refuse it."""
    trust = ["--idp-cert", work + "/{KEY}.crt", "--idp-entity-id", IDP, "--sp-entity-id", SP, "--acs", ACS]
    when = ["--request-id", REQUEST, "--at", "issue-instant"]
    key = ["--sp-key", f"{work}/sp.key"] if encrypted else []
    entry = {"peer": peer, "what": what, "text": text, "refused": refused, "encrypted": encrypted, "command": "check",
             "args": [*trust, *when, *key, *args]}
    with open(f"{work}/messages.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def add_metadata(work, peer, what, text):
    """Signed metadata that must be accepted."""
    entry = {"peer": peer, "what": what, "text": text, "refused": None, "encrypted": False, "command": "metadata",
             "args": ["--signing-cert", work + "/{KEY}.crt"]}
    with open(f"{work}/messages.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
