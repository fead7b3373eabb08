"""Reads a Dockerfile as a build would, without a Docker engine, and collects what is wrong with it.

Used by check_dockerfiles.py, which says what is checked, and by check_runpod.py.
"""

import contextlib
import fnmatch
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROFILES = re.findall(r"^\[profile\.(\w+)\]", (ROOT / "Cargo.toml").read_text(), re.M) + ["dev", "release"]
RUST = re.search(r'channel = "([\d.]+)"', (ROOT / "rust-toolchain.toml").read_text()).group(1)
# The C library of the distributions that our bases are, as minor version of glibc 2.
C_LIBRARY = {"ubuntu:?22\\.04": 35, "bookworm": 36, "ubuntu:?24\\.04": 39, "trixie": 41}
VARIABLE = re.compile(r"(?<!\\)\$(?:\{(\w+)[^}]*\}|(\w+))")


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
    """What is known of a stage. A stage that starts from another has all of that one's."""

    def __init__(self, name, image, parent):
        self.name, self.image = name, parent.image if parent else image
        self.sources = list(parent.sources) if parent else []  # of the context
        self.files = dict(parent.files) if parent else {}  # absolute path: C library it was linked with, if it is a program
        self.variables = dict(parent.variables) if parent else {}
        self.text = parent.text if parent else ""  # of its instructions
        self.user = parent.user if parent else None
        self.runs = False  # whether it has an ENTRYPOINT of its own
        self.used = False  # by another stage

    @property
    def c_library(self):
        return next((minor for pattern, minor in C_LIBRARY.items() if re.search(pattern, self.image)), None)


class Dockerfile:
    """One Dockerfile, read from top to bottom as a build would."""

    def __init__(self, path, files):
        self.path, self.context, self.problems = path, files, []
        self.stages, self.by_name, self.arguments, self.builds = [], {}, {}, []
        for word, rest in instructions(path):
            getattr(self, f"on_{word.lower()}", lambda rest: None)(rest)
            if word != "FROM" and self.stages:
                self.stages[-1].text += f" {rest}"
        self.finish()

    def say(self, what):
        self.problems.append(f"{self.path.name}: {what}")

    def need(self, text, known, where):
        for name in {first or second for first, second in VARIABLE.findall(text)} - set(known) - {"PATH", "HOME"}:
            self.say(f"{where} uses {name}, which is not declared before it")

    def on_arg(self, rest):
        name, _, default = rest.partition("=")
        known = self.stages[-1].variables if self.stages else self.arguments
        self.need(default, known, f"ARG {name}")
        known[name] = default or self.arguments.get(name, "")

    def on_env(self, rest):
        self.need(rest, self.stages[-1].variables, "ENV")
        self.stages[-1].variables.update(re.findall(r'(\w+)=("[^"]*"|\S*)', rest))

    def on_user(self, rest):
        self.stages[-1].user = rest

    def on_workdir(self, rest):
        self.need(rest, self.stages[-1].variables, "WORKDIR")

    def on_entrypoint(self, rest):
        program, stage = json.loads(rest)[0], self.stages[-1]
        stage.runs = True
        if not any(os.path.basename(file) == program for file in stage.files):
            self.say(f"the entry point {program} was not copied")

    def on_from(self, rest):
        image, _, name = re.match(r"(?:--\S+\s+)?(\S+)(\s+AS\s+(\S+))?$", rest).groups()
        self.need(image, self.arguments, "FROM")
        image = VARIABLE.sub(lambda found: self.arguments.get(found.group(1) or found.group(2), ""), image)
        parent = self.by_name.get(image)
        if parent:
            parent.used = True
        elif image != "scratch" and not re.search(r":(?!latest$)[\w.-]+$", image):
            self.say(f"the base image {image} has no fixed tag")
        version = re.match(r"rust:([\d.]+)", image)
        if version and version.group(1) != RUST:
            self.say(f"{image} is not the toolchain {RUST} of rust-toolchain.toml")
        self.stages.append(Stage(name, image, parent))
        self.by_name[name] = self.stages[-1]

    def on_copy(self, rest):
        words, stage = rest.split(), self.stages[-1]
        self.need(rest, stage.variables, "COPY")
        origin = words.pop(0).removeprefix("--from=") if words[0].startswith("--from=") else None
        *sources, target = words
        for source in sources:
            file = target if not target.endswith("/") else target + os.path.basename(source)
            stage.files[file] = self.copy_from(origin, source) if origin else self.copy_context(source)

    def copy_context(self, source):
        found = [file for file in self.context if file == pathlib.Path(source) or pathlib.Path(source) in file.parents]
        self.stages[-1].sources += found
        if not found:
            self.say(f"COPY {source}: nothing of that name in the build context")

    def copy_from(self, origin, source):
        """The C library that the file was linked with, if it is a program of ours."""
        if origin not in self.by_name:
            return self.say(f"COPY --from={origin}: no such stage")
        other, stage = self.by_name[origin], self.stages[-1]
        other.used = True
        stage.sources += other.sources
        # A bare image from elsewhere can't be looked into.
        if other.text and source not in other.files and not re.search(rf"(^|\s){re.escape(source)}(/?\s|/|$)", other.text):
            self.say(f"COPY --from={origin} {source}: nothing there makes it")
        linked = other.files.get(source)
        if linked and stage.c_library and stage.c_library < linked:
            self.say(f"{source} is linked with glibc 2.{linked}, but {stage.image} has 2.{stage.c_library}")
        return linked

    def on_run(self, rest):
        stage = self.stages[-1]
        own = re.findall(r"\bfor (\w+) in\b|\b(\w+)=|\benv=(\w+)", rest)
        self.need(rest, {*stage.variables, *(name for names in own for name in names)}, "RUN")
        for build in re.findall(r"cargo build ([^&|;]+)", rest):
            self.cargo_build(build.strip(), rest)

    def cargo_build(self, arguments, rest):
        stage, options = self.stages[-1], dict(re.findall(r"(-p|--bin|--profile|--features) (\S+)", arguments))
        self.builds.append((arguments, options, stage))
        if "--locked" not in arguments:
            self.say("cargo build without --locked")
        if options.get("--profile") not in PROFILES:
            self.say(f"there is no profile {options.get('--profile')}")
        made, kept = re.search(r"cp (\S+) (\S+)$", rest).groups()
        if made != f"target/{options.get('--profile')}/{options.get('--bin')}":
            self.say(f"cp {made}: cargo does not build that")
        stage.files[kept] = stage.c_library
        if "cuda" in options.get("--features", ""):
            if not re.match(r"nvidia/cuda:.*-devel-", stage.image):
                self.say(f"{stage.image} has no CUDA compiler")
            # Without it the build asks the GPU, and no builder has one.
            if not re.fullmatch(r"\d+", stage.variables.get("CUDA_COMPUTE_CAP", "")):
                self.say("CUDA_COMPUTE_CAP has no value where the CUDA kernels are built")
        with copied(stage) as folder:
            self.workspace(folder, options)

    def workspace(self, folder, options):
        command = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--locked"]
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if ran.returncode != 0:
            return self.say(f"cargo can't load the workspace from what is copied: {ran.stderr.strip()}")
        packages = {package["name"]: package for package in json.loads(ran.stdout)["packages"]}
        for file in missing_includes(folder, packages, options.get("-p")):
            self.say(f"{file} is compiled in but was not copied")
        package = packages.get(options.get("-p"), {"targets": [], "features": {}})
        programs = [target["name"] for target in package["targets"] if "bin" in target["kind"] and os.path.isfile(target["src_path"])]
        if options.get("--bin") not in programs:
            self.say(f"no program {options.get('--bin')} in package {options.get('-p')}")
        for feature in filter(None, options.get("--features", "").split(",")):
            if feature not in package["features"]:
                self.say(f"package {options.get('-p')} has no feature {feature}")

    def finish(self):
        if not self.stages[-1].runs:
            self.say("the last stage, which is what a build without --target makes, has no ENTRYPOINT")
        for stage in self.stages:
            if not stage.runs and not stage.used:
                self.say(f"nothing uses the stage {stage.name}")
            if stage.runs and not re.fullmatch(r"[1-9]\d*(:\d+)?", stage.user or ""):
                self.say(f"the stage {stage.name or 'at the end'} runs as root, or as a user without a number")
            for file, linked in stage.files.items():
                if stage.runs and linked and not stage.c_library and f"ldd {file}" not in stage.text:
                    self.say(f"{stage.image} may have too old a C library for {file}: run ldd on it")

    def build(self):
        """Runs each cargo build that needs no CUDA where nothing is but what was copied."""
        for arguments, options, stage in self.builds:
            if "cuda" in options.get("--features", ""):
                continue
            with copied(stage) as folder:
                target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or f"{folder}/target")
                print(f"{self.path.name}: cargo build {arguments}", flush=True)
                ran = subprocess.run(["cargo", "build", *arguments.split()], cwd=folder, env={**os.environ, "CARGO_TARGET_DIR": str(target)})
                if ran.returncode != 0 or not (target / options["--profile"] / options["--bin"]).is_file():
                    self.say(f"cargo build {arguments} fails")


@contextlib.contextmanager
def copied(stage):
    """A folder with the files of the context that a stage has, and no others."""
    with tempfile.TemporaryDirectory() as folder:
        for source in stage.sources:
            (pathlib.Path(folder) / source).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, pathlib.Path(folder) / source)
        yield folder


def missing_includes(folder, packages, root):
    """Files that a package and those below it compile in, and that are not there."""
    open_names, seen = [root], set()
    while open_names:
        name = open_names.pop()
        if name in seen or name not in packages:
            continue
        seen.add(name)
        open_names += [dependency["name"] for dependency in packages[name]["dependencies"] if dependency["kind"] != "dev"]
        for source in pathlib.Path(packages[name]["manifest_path"]).parent.glob("src/**/*.rs"):
            code = source.read_text().split("#[cfg(test)]")[0]
            for included in re.findall(r'include_(?:str|bytes)!\("([^"]+)"\)', code):
                file = source.parent / included
                if source.stem != "tests" and not file.is_file():
                    yield os.path.relpath(file, folder)
