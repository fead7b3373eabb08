#!/usr/bin/env python3
"""Measures the reading engine beside Python's rapidocr: same models, same runtime, same pages, page by page in turn.

    python3 bench/reading/bench.py PAGES [--labels labels.json] [--passes 1] [--python PYTHON]

PAGES is a folder of PNG or JPEG pages; with labels they are named NAME.PAGE.png for the document NAME. Without --python, a
virtual environment with the peer is made under the target folder. Prints wall and CPU time per page with their ratios, the
peak of resident memory, and with labels the share of labelled values that each engine's text has.
"""

import argparse
import glob
import json
import os
import statistics
import subprocess
import sys

import accuracy

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))


class Engine:
    """A running reader that takes paths on its standard input and answers one line for each on standard error."""

    def __init__(self, name, command, out):
        self.name, self.out, self.wall, self.cpu = name, out, [], []
        self.process = subprocess.Popen(
            command + [out], stdin=subprocess.PIPE, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_megabytes(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(line.split()[1]) // 1024 for line in file if line.startswith("VmHWM"))

    def read(self, path):
        before = self.cpu_seconds()
        print(path, file=self.process.stdin, flush=True)
        for line in self.process.stderr:
            parts = line.split("\t")
            if len(parts) == 3 and parts[0] == os.path.basename(path):
                return float(parts[2].split()[0]), self.cpu_seconds() - before
        sys.exit(f"{self.name} ended at {os.path.basename(path)}")

    def measure(self, path):
        wall, cpu = self.read(path)
        self.wall.append(wall)
        self.cpu.append(cpu)


def peer_python():
    venv = os.path.join(TARGET, "bench-reading")
    python = os.path.join(venv, "bin", "python")
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", os.path.join(HERE, "requirements.txt")], check=True)
    return python


def built_reader():
    subprocess.run(
        ["cargo", "build", "--quiet", "--release", "-p", "reading", "--example", "read_pages"], cwd=ROOT, check=True
    )
    return os.path.join(TARGET, "release", "examples", "read_pages")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages")
    parser.add_argument("--labels")
    parser.add_argument("--passes", type=int, default=1)
    parser.add_argument("--python", help="a Python that has rapidocr")
    parser.add_argument("--reader", help="a built read_pages")
    options = parser.parse_args()
    pages = sorted(p for p in glob.glob(os.path.join(options.pages, "*")) if p.lower().endswith((".png", ".jpg", ".jpeg")))
    if not pages:
        sys.exit(f"no pages in {options.pages}")
    python = options.python or peer_python()
    results = os.path.join(TARGET, "bench-reading-results")
    ours = Engine("ours", [options.reader or built_reader()], os.path.join(results, "ours"))
    peer = Engine("rapidocr", [python, os.path.join(HERE, "peer.py")], os.path.join(results, "rapidocr"))
    for engine in (ours, peer):
        engine.read(pages[0])  # warm-up, not counted
    for turn in range(options.passes):
        for i, page in enumerate(pages):
            for engine in (ours, peer) if (i + turn) % 2 == 0 else (peer, ours):
                engine.measure(page)
    report(ours, peer)
    if options.labels:
        with open(options.labels, encoding="utf-8") as file:
            labels = json.load(file)
        for engine in (ours, peer):
            found = accuracy.score(engine.out, labels)
            print(f"{engine.name:9} labelled values found {accuracy.share(found):.4f}")


def report(ours, peer):
    for engine in (ours, peer):
        print(
            f"{engine.name:9} wall {statistics.mean(engine.wall):.3f} s/page  CPU {statistics.mean(engine.cpu):.3f} s/page"
            f"  peak {engine.peak_megabytes()} MB"
        )
    wall = [a / b for a, b in zip(ours.wall, peer.wall)]
    print(
        f"ratio     wall {sum(ours.wall) / sum(peer.wall):.3f} (per page: median {statistics.median(wall):.3f},"
        f" {min(wall):.3f} to {max(wall):.3f})  CPU {sum(ours.cpu) / sum(peer.cpu):.3f}"
    )


if __name__ == "__main__":
    main()
