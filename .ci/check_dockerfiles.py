#!/usr/bin/env python3
"""Checks the Dockerfiles and docker-compose.yml without a Docker engine.

A base image has a tag, and not `latest`. What COPY names is in the build context or in an earlier stage. Variables are declared
before they are used. With nothing but the copied files cargo still finds the package, program, profile and features of each
`cargo build`, and a program never runs on an older C library than it was linked with. A stage that is run has an ENTRYPOINT that was
copied and a user that is not root. docker-compose.yml and the documents name Dockerfiles, targets, arguments and
base images that exist.

    check_dockerfiles.py                        # seconds
    check_dockerfiles.py --build [Dockerfile]   # also runs each `cargo build` that needs no CUDA on a copy of just those files;
                                                # minutes; CARGO_TARGET_DIR says where, a temporary folder if it is not set
"""

import argparse
import re
import sys

from dockerfile import ROOT, Dockerfile, context

problems = []


def check_compose(dockerfiles):
    text = (ROOT / "docker-compose.yml").read_text()
    documented = (ROOT / "docs/configuration.md").read_text()
    for dockerfile, target in re.findall(r"dockerfile: ([\w.-]+)(?:,? *target: ([\w-]+))?", text):
        if dockerfile not in dockerfiles:
            problems.append(f"docker-compose.yml: there is no {dockerfile}")
        elif target and target not in dockerfiles[dockerfile].by_name:
            problems.append(f"docker-compose.yml: {dockerfile} has no target {target}")
    for name in set(re.findall(r"^\s+([A-Z][A-Z0-9_]+):", text, re.M)):
        if f"`{name}`" not in documented:
            problems.append(f"docker-compose.yml: docs/configuration.md does not describe {name}")


def check_commands(dockerfiles):
    """The `docker build` commands that people are told to type."""
    for document in [ROOT / "README.md", *ROOT.glob("docs/*.md"), *(dockerfile.path for dockerfile in dockerfiles.values())]:
        for command in re.findall(r"docker build ([^\n&`]+)", re.sub(r"\\\n", " ", document.read_text())):
            options = re.findall(r"(-f|--target|--build-arg)[ =](\w[\w.-]*)", command)
            dockerfile = dockerfiles.get(dict(options).get("-f"))
            if not dockerfile:
                problems.append(f"{document.name}: docker build without a Dockerfile of ours: {command}")
                continue
            arguments = {*dockerfile.arguments, *(name for stage in dockerfile.stages for name in stage.variables)}
            for option, value in options:
                if option == "--target" and value not in dockerfile.by_name or option == "--build-arg" and value not in arguments:
                    problems.append(f"{document.name}: {dockerfile.path.name} has no {option.strip('-')} {value}")


def check_bases(dockerfiles):
    """The base images that the documents name."""
    bases = {stage.image for dockerfile in dockerfiles.values() for stage in dockerfile.stages}
    names = {base.partition(":")[0] for base in bases}
    for document in ROOT.glob("docs/*.md"):
        for name, tag in re.findall(r"`([\w./-]+):([\w.-]+)`", document.read_text()):
            if name in names and f"{name}:{tag}" not in bases:
                problems.append(f"{document.name}: no image is based on {name}:{tag}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", nargs="*", metavar="Dockerfile", help="also run the cargo builds that need no CUDA; default: of all")
    wanted = parser.parse_args().build
    files = context()
    dockerfiles = {path.name: Dockerfile(path, files) for path in sorted(ROOT.glob("Dockerfile.*"))}
    check_compose(dockerfiles)
    check_commands(dockerfiles)
    check_bases(dockerfiles)
    for name in (wanted or dockerfiles) if wanted is not None else []:
        dockerfiles[name].build()
    problems.extend(problem for dockerfile in dockerfiles.values() for problem in dockerfile.problems)
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
