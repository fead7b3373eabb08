"""How much of the labelled values a reading found. Standard library only.

A reading is a folder of NAME.PAGE.png.json files with {"lines": [{"text": ...}]}; labels are {NAME: {"fields": ...}}.
Dates and flags are left out (pages print them in other forms than labels do). A number counts when a word of the text has
its digits, a text when its letters and digits stand in one line or its words are all somewhere on the page.
"""

import glob
import json
import os
import re


def fold(text):
    return re.sub(r"[^\w]|_", "", str(text).lower())


def leaves(value, path=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{i}]")
    else:
        yield path, value


def digits_of(number):
    """The ways a page prints a number, without its separators."""
    cents = round(abs(number) * 100)
    forms = {f"{cents / 100:.2f}".replace(".", "")}
    if cents % 100 == 0:
        forms.add(str(cents // 100))
    if cents % 10 == 0:
        forms.add(str(cents // 10))
    return forms


def found(value, lines):
    words = [fold(word) for line in lines for word in line.split()]
    if isinstance(value, (int, float)):
        strip = lambda word: re.sub(r"^[a-z]{0,3}|[a-z]{0,3}$", "", word)
        forms = digits_of(value)
        merged = {re.sub(r"\D", "", fold(line)) for line in lines}
        return any(strip(word) in forms for word in words) or bool(forms & merged)
    want = fold(value)
    if any(want in fold(line) for line in lines):
        return True
    text = fold("".join(lines))
    return all(fold(part) in text for part in str(value).split())


def score(folder, labels):
    """{document: (found, labelled, [missed paths])}"""
    result = {}
    for name, label in labels.items():
        files = sorted(glob.glob(os.path.join(folder, glob.escape(name) + ".*.json")))
        lines = [line["text"] for file in files for line in json.load(open(file, encoding="utf-8"))["lines"]]
        hits, missed = 0, []
        for path, value in leaves(label.get("fields", {})):
            if value is None or isinstance(value, bool) or re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)) or not fold(value):
                continue
            if found(value, lines):
                hits += 1
            else:
                missed.append((path, value))
        result[name] = (hits, hits + len(missed), missed)
    return result


def share(result):
    return sum(hits for hits, _, _ in result.values()) / max(1, sum(count for _, count, _ in result.values()))
