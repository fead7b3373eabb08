#!/usr/bin/env python3
"""Checks .runpod/, from which RunPod's Hub lists, builds and tests the extract worker.

hub.json and tests.json have the keys that RunPod's publishing guide asks for. The GPUs are ones that the image's kernels run on, the
CUDA versions ones whose driver runs them. Each variable is described in docs/configuration.md, and no secret has a value. The tests'
inputs are requests by the contract, with pages that are whole. .runpod/Dockerfile is one of ours and makes a GPU image.
"""

import base64
import json
import re
import struct
import sys
import zlib

from dockerfile import ROOT, Dockerfile, context

CATEGORIES = {"audio", "embedding", "language", "video", "image"}
INPUT_TYPES = {"string", "huggingface", "number", "boolean"}
# RunPod's pools, and the GPUs that tests may name, by the generation whose kernels they run. AMPERE_24 and ADA_48_PRO are left out:
# they also hold slices of Blackwell GPUs.
POOLS = {"80": {"AMPERE_16", "ADA_24", "AMPERE_48", "AMPERE_80"}, "90": {"ADA_80_PRO", "HOPPER_141"}, "120": {"ADA_32_PRO", "BLACKWELL_96"}}
GPUS = {"80": {"NVIDIA GeForce RTX 4090", "NVIDIA L4", "NVIDIA A40", "NVIDIA RTX A6000", "NVIDIA A100 80GB PCIe"}, "90": {"NVIDIA H100 80GB HBM3"}}
API = (ROOT / "shared/contract/src/api.rs").read_text()
DOC_TYPES = re.findall(r'rename = "([^"]+)"', (ROOT / "shared/contract/src/doc_type.rs").read_text())
DOCUMENTED = (ROOT / "docs/configuration.md").read_text()
problems = []


def say(file, what):
    problems.append(f".runpod/{file}: {what}")


def need(file, where, value, **types):
    """Whether the keys are there, each of its type."""
    wrong = [key for key, kind in types.items() if not isinstance(value.get(key), kind) or value[key] in ("", [])]
    for key in wrong:
        say(file, f"{where} needs {key}, of type {types[key].__name__}")
    return not wrong


def whole_png(data):
    """Whether each chunk of a PNG is as its checksum says, up to the last."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return False
    at, kind = 8, b""
    while at + 12 <= len(data):
        (length,), kind = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
        if data[at + 8 + length : at + 12 + length] != struct.pack(">I", zlib.crc32(data[at + 4 : at + 8 + length])):
            return False
        at += 12 + length
    return kind == b"IEND" and at == len(data)


def check_image(image, cuda_version, capability):
    """What the endpoint's settings must say because of how the image is built."""

    def check(file, config, gpus, known):
        for gpu in gpus:
            if gpu not in known.get(capability, set()):
                say(file, f"the image's kernels (CUDA_COMPUTE_CAP={capability}) are not known to run on {gpu}")
        for version in config.get("allowedCudaVersions", []):
            if tuple(map(int, version.split("."))) < cuda_version:
                say(file, f"a driver of CUDA {version} can't run an image of CUDA {'.'.join(map(str, cuda_version))}")
        if not config.get("allowedCudaVersions"):
            say(file, "without allowedCudaVersions RunPod may choose a driver that is too old")

    if not image.startswith("nvidia/cuda:"):
        say("Dockerfile", f"its last stage is {image}, not a GPU image")
    return check


def check_variables(file, entries):
    keys = [entry.get("key") for entry in entries]
    for entry in entries:
        key = entry.get("key")
        value, field = entry.get("value"), entry.get("input")
        if keys.count(key) > 1:
            say(file, f"{key} stands there twice")
        if f"| `{key}` |" not in DOCUMENTED:
            say(file, f"docs/configuration.md does not describe {key}")
        if (value is None) == (field is None):
            say(file, f"{key} needs a value or an input")
        if re.search("TOKEN|KEY|SECRET", key or "") and (value or (field or {}).get("default")):
            say(file, f"{key} is a secret and has a value")
        if field is not None and need(file, key, field, name=str, type=str, description=str):
            if field["type"] not in INPUT_TYPES:
                say(file, f"{key}: there is no input of type {field['type']}")
            options = [option["value"] for option in field.get("options", [])]
            if options and field.get("default") not in options:
                say(file, f"{key}: the default is none of the options")
    return set(keys)


def check_hub(hub, check):
    need("hub.json", "it", hub, title=str, description=str, type=str, category=str, config=dict)
    config = hub.get("config", {})
    need("hub.json", "config", config, runsOn=str, containerDiskInGb=int, gpuCount=int, gpuIds=str)
    if hub.get("type") != "serverless" or config.get("runsOn") != "GPU" or hub.get("category") not in CATEGORIES:
        say("hub.json", "type, runsOn or category is none that RunPod knows")
    check("hub.json", config, config.get("gpuIds", "").split(","), POOLS)
    keys = check_variables("hub.json", config.get("env", []))
    for preset in config.get("presets", []):
        if not need("hub.json", "a preset", preset, name=str, defaults=dict) or not set(preset["defaults"]) <= keys:
            say("hub.json", f"the preset {preset.get('name')} sets what is not in env")


def check_input(name, request):
    """As the contract's `ExtractRequest` would."""
    fields = re.findall(r"pub (\w+):", re.search(r"pub struct ExtractRequest \{(.*?)\n\}", API, re.S).group(1))
    most = int(re.search(r"MAX_IMAGE_URLS: usize = (\d+)", API).group(1))
    unknown = set(request) - set(fields)
    urls = request.get("image_urls")
    if unknown:
        say("tests.json", f"{name}: a request has no {', '.join(sorted(unknown))}")
    if not isinstance(urls, list) or not 1 <= len(urls) <= most:
        return say("tests.json", f"{name}: image_urls must have 1 to {most} entries")
    if request.get("doc_type", DOC_TYPES[0]) not in DOC_TYPES:
        say("tests.json", f"{name}: there is no doc_type {request['doc_type']}")
    if not isinstance(request.get("schema", {"properties": {}}).get("properties"), dict):
        say("tests.json", f"{name}: a schema needs properties")
    for url in urls:
        head, _, body = url.partition(",")
        if head != "data:image/png;base64" or not whole_png(base64.b64decode(body)):
            say("tests.json", f"{name}: an image is no PNG in a data: URL, or not whole")


def check_tests(tests, check):
    if need("tests.json", "it", tests, tests=list, config=dict):
        for test in tests["tests"]:
            if need("tests.json", "a test", test, name=str, input=dict, timeout=int):
                check_input(test["name"], test["input"])
        config = tests["config"]
        need("tests.json", "config", config, gpuTypeId=str, gpuCount=int)
        check("tests.json", config, [config.get("gpuTypeId")], GPUS)
        check_variables("tests.json", config.get("env", []))


def main():
    folder = ROOT / ".runpod"
    dockerfile = Dockerfile((folder / "Dockerfile").resolve(strict=True), context())
    capability = next((stage.variables["CUDA_COMPUTE_CAP"] for stage in dockerfile.stages if "CUDA_COMPUTE_CAP" in stage.variables), None)
    image = dockerfile.stages[-1].image
    version = tuple(map(int, re.search(r":(\d+)\.(\d+)|$", image).groups(default="0")))
    check = check_image(image, version, capability)
    check_hub(json.loads((folder / "hub.json").read_text()), check)
    check_tests(json.loads((folder / "tests.json").read_text()), check)
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
