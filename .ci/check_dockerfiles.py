#!/usr/bin/env python3
"""Checks the Dockerfiles and docker-compose.yml without a Docker engine.

A base image has a tag, and not `latest`. What COPY names is in the build context or in an earlier stage. With nothing but the
copied files cargo still finds the package, program and profile of each `cargo build`. ENTRYPOINT starts a file that was copied.
docker-compose.yml names existing Dockerfiles and targets, and variables that docs/configuration.md describes.
"""

import fnmatch
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROFILES = re.findall(r"^\[profile\.(\w+)\]", (ROOT / "Cargo.toml").read_text(), re.M) + ["dev", "release"]
problems = []


def instructions(path):
    """The instructions of a Dockerfile with continued lines joined and comments left out."""
    lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
    text = re.sub(r"\\\n", " ", "\n".join(lines))
    return [tuple(line.strip().split(None, 1)) for line in text.splitlines() if line.strip()]


def ignored(path, patterns):
    """Whether .dockerignore keeps a file out; the few forms of patterns that ours has."""
    parts = path.parts
    for pattern in patterns:
        if pattern.startswith("**/"):
            if any(fnmatch.fnmatch(part, pattern[3:]) for part in parts):
                return True
        elif fnmatch.fnmatch(parts[0], pattern):
            return True
    return False


def context():
    """The files that `docker build .` sends: tracked or new, and not ignored."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [path for path in map(pathlib.Path, listed) if (ROOT / path).is_file() and not ignored(path, patterns)]


class Stage:
    def __init__(self, name, parent):
        self.name = name
        self.sources = list(parent.sources) if parent else []  # of the context
        self.files = list(parent.files) if parent else []  # absolute paths in the stage


def check(path, files):
    stages, by_name = [], {}
    say = lambda what: problems.append(f"{path.name}: {what}")
    for word, rest in instructions(path):
        if word == "FROM":
            image, _, name = re.match(r"(?:--\S+\s+)?(\S+)(\s+AS\s+(\S+))?$", rest).groups()
            if image not in by_name and not re.search(r":(?!latest$)[\w.-]+$", image):
                say(f"the base image {image} has no fixed tag")
            stages.append(Stage(name, by_name.get(image)))
            by_name[name] = stages[-1]
        elif word == "COPY":
            copy(rest, files, stages[-1], by_name, say)
        elif word == "RUN":
            for build in re.findall(r"cargo build ([^&|;]+)", rest):
                cargo_build(build, stages[-1], say)
                made = re.search(r"cp \S+ (\S+)$", rest)
                stages[-1].files += [made.group(1)] if made else []
        elif word == "ENTRYPOINT":
            program = json.loads(rest)[0]
            if not any(os.path.basename(file) == program for file in stages[-1].files):
                say(f"the entry point {program} was not copied")
    if not any(word == "USER" for word, _ in instructions(path)):
        say("it runs as root")
    return set(by_name) - {None}


def copy(rest, files, stage, by_name, say):
    words = rest.split()
    origin = words.pop(0).removeprefix("--from=") if words[0].startswith("--from=") else None
    *sources, target = words
    for source in sources:
        if origin is None:
            found = [file for file in files if file == pathlib.Path(source) or pathlib.Path(source) in file.parents]
            stage.sources += found
            if not found:
                say(f"COPY {source}: nothing of that name in the build context")
        elif origin not in by_name:
            say(f"COPY --from={origin}: no such stage")
        stage.files.append(target if not target.endswith("/") else target + os.path.basename(source))


def cargo_build(arguments, stage, say):
    options = dict(re.findall(r"(-p|--bin|--profile) (\S+)", arguments))
    if "--locked" not in arguments:
        say("cargo build without --locked")
    if options.get("--profile") not in PROFILES:
        say(f"there is no profile {options.get('--profile')}")
    with tempfile.TemporaryDirectory() as folder:
        for source in stage.sources:
            (pathlib.Path(folder) / source).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, pathlib.Path(folder) / source)
        command = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--locked"]
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if ran.returncode != 0:
            say(f"cargo can't load the workspace from what is copied: {ran.stderr.strip()}")
            return
        packages = json.loads(ran.stdout)["packages"]
        for file in missing_includes(folder, packages, options.get("-p")):
            say(f"{file} is compiled in but was not copied")
        targets = {
            (package["name"], target["name"])
            for package in packages
            for target in package["targets"]
            if "bin" in target["kind"] and pathlib.Path(target["src_path"]).is_file()
        }
    if (options.get("-p"), options.get("--bin")) not in targets:
        say(f"no program {options.get('--bin')} in package {options.get('-p')}")


def missing_includes(folder, packages, root):
    """Files that a package and those below it compile in, and that are not there."""
    by_name = {package["name"]: package for package in packages}
    open_names, seen = [root], set()
    while open_names:
        name = open_names.pop()
        if name in seen or name not in by_name:
            continue
        seen.add(name)
        open_names += [dependency["name"] for dependency in by_name[name]["dependencies"] if dependency["kind"] != "dev"]
        for source in pathlib.Path(by_name[name]["manifest_path"]).parent.glob("src/**/*.rs"):
            code = source.read_text().split("#[cfg(test)]")[0]
            for included in re.findall(r'include_(?:str|bytes)!\("([^"]+)"\)', code):
                file = source.parent / included
                if source.stem != "tests" and not file.is_file():
                    yield os.path.relpath(file, folder)


def check_compose(stages):
    text = (ROOT / "docker-compose.yml").read_text()
    documented = (ROOT / "docs/configuration.md").read_text()
    for dockerfile, target in re.findall(r"dockerfile: ([\w.-]+)(?:,? *target: ([\w-]+))?", text):
        if dockerfile not in stages:
            problems.append(f"docker-compose.yml: there is no {dockerfile}")
        elif target and target not in stages[dockerfile]:
            problems.append(f"docker-compose.yml: {dockerfile} has no target {target}")
    for name in set(re.findall(r"^\s+([A-Z][A-Z0-9_]+):", text, re.M)):
        if f"`{name}`" not in documented:
            problems.append(f"docker-compose.yml: docs/configuration.md does not describe {name}")


files = context()
check_compose({path.name: check(path, files) for path in sorted(ROOT.glob("Dockerfile.*"))})
for problem in problems:
    print(problem, file=sys.stderr)
sys.exit(1 if problems else 0)
