#!/usr/bin/env python3
"""Checks that every relative link in the repository's Markdown files leads to a file."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")

listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
broken = [
    f"{name}: {link}"
    for name in listed
    for link in LINK.findall((ROOT / name).read_text())
    if not (ROOT / name).parent.joinpath(link).exists()
]
print("\n".join(f"no such file: {line}" for line in broken), end="\n" if broken else "", file=sys.stderr)
sys.exit(1 if broken else 0)
