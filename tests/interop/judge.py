"""Judges messages of other people's software with `troubleshoot`: one line for each check, `ok` or `FAIL`, peer and what.

    judge.py FOLDER TROUBLESHOOT...       reads FOLDER/messages.jsonl, as manifest.py of the minters writes it

A message that must be accepted is judged three times: as it is, altered, and by another key. TROUBLESHOOT is the command."""

import json
import re
import subprocess
import sys

WORK, TOOL = sys.argv[1], sys.argv[2:]
USER = "alice-canary"
failed = 0


def judge(entry, text, key):
    path = f"{WORK}/message"
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    arguments = [word.replace("{KEY}", key) for word in entry["args"]]
    run = subprocess.run([*TOOL, entry["command"], *arguments, "--format", "json", path], capture_output=True, text=True, check=False)
    report = json.loads(run.stdout) if run.stdout else {"verdict": run.stderr.strip(), "findings": []}
    checks = [finding.get("check") or finding["code"] for finding in report["findings"] if finding["severity"] == "deny"]
    shown = USER in run.stdout + run.stderr
    return report["verdict"], run.returncode, checks, shown


def line(entry, what, right, found):
    global failed
    failed += not right
    print("ok  " if right else "FAIL", entry["peer"], what if right else f"{what} [{found}]", flush=True)


def altered(entry):
    """The same message with another user; where that cannot be seen, with other ciphertext or claims."""
    text = entry["text"]
    if entry["encrypted"]:
        at = text.rindex("CipherValue>", 0, text.rindex("CipherValue>")) + len("CipherValue>") + 40
        return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1:]
    if USER in text:
        return text.replace(USER, "mallory-canary")
    if text.count(".") == 2:
        head, claims, signature = text.split(".")
        return ".".join([head, claims[:9] + ("A" if claims[9] != "A" else "B") + claims[10:], signature])
    return re.sub("interop.test/(sso|acs)", "evil.test/x", text)


with open(f"{WORK}/messages.jsonl", encoding="utf-8") as messages:
    for entry in map(json.loads, messages):
        verdict, code, checks, shown = judge(entry, entry["text"], "good")
        found = f"{verdict} {code} {checks}" + (" shows a person" if shown else "")
        if entry["encrypted"] and code == 64 and "--sp-key" in verdict:
            print("skip", entry["peer"], f"{entry['what']} [{verdict}]")
            continue
        if entry["refused"] is not None:
            line(entry, f"{entry['what']}: refused", code == 2 and not shown and any(c in entry["refused"] for c in checks), found)
            continue
        line(entry, entry["what"], verdict == "accepted" and code in (0, 1) and not shown, found)
        other = altered(entry)
        if other == entry["text"]:
            line(entry, f"{entry['what']}, altered", False, "nothing to alter")
            continue
        verdict, code, checks, shown = judge(entry, other, "good")
        line(entry, f"{entry['what']}, altered: refused", code == 2 and not shown, f"{verdict} {code} {checks}")
        if any("{KEY}" in word for word in entry["args"]):
            verdict, code, checks, shown = judge(entry, entry["text"], "other")
            line(entry, f"{entry['what']}, another key: refused", code == 2 and not shown, f"{verdict} {code} {checks}")
sys.exit(failed != 0)
