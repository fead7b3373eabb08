#!/usr/bin/env python3
"""Records what Hugging Face transformers computes from the tiny models, as references for the engines.

    python3 make.py DIR && python3 record.py DIR references.json

Needs `requirements.txt`. Everything runs on the CPU in 32-bit floats, with the processor, the chat template and the generation loop
of transformers. README.md beside this file says what each field of the output means.

A reference is worth keeping only if the page decides it and rounding does not: pages are drawn anew until no choice of a decoding
was closer than MARGIN, and the recorder fails where two pages give the same answer.
"""

import json
import math
import re
import sys
from hashlib import sha256
from importlib.metadata import version
from itertools import combinations
from pathlib import Path

import llguidance.hf
import torch
from llguidance import LLMatcher
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor
from transformers.generation import LogitsProcessor, StoppingCriteria

# ---- what is asked -------------------------------------------------------------------------------------------------------------

LETTERS = "ABCDEFGHIJKLM"
CLASSIFY = "Name the type of this page with one letter, A to M.\nAnswer with the letter – and nothing else."
EXTRACT = "Read the pages as one document.\nAnswer with one JSON object; a value that isn’t there is null."

# Widths and heights that the models take as they are: whole multiples of 28 or 32 pixels, within the area limits.
CLASSIFY_SIZES = {
    "qwen2_5_vl": [(84, 112), (112, 84), (112, 112), (224, 280), (392, 140), (196, 308), (280, 364)],
    "qwen3_vl": [(256, 256), (224, 320), (320, 224), (192, 352), (576, 128), (256, 384), (416, 448)],
}
EXTRACT_SIZES = {
    "one page": [(256, 256)],
    "one tall page": [(224, 352)],
    "two pages of one size": [(256, 256), (256, 256)],
    "two pages of two sizes": [(224, 320), (320, 224)],
    "three pages of one size": [(256, 288), (256, 288), (256, 288)],
    "three pages of three sizes": [(256, 256), (384, 192), (224, 320)],
}

MONEY = {"type": ["string", "null"], "pattern": "^-?[0-9]{1,4}\\.[0-9]{2}$"}
ITEM = {
    "type": "object",
    "properties": {"amount": MONEY, "text": {"type": ["string", "null"], "maxLength": 6}},
    "required": ["amount", "text"],
    "additionalProperties": False,
}
# The fields are in the order of the alphabet, so that a JSON library that sorts them asks for the same answer.
SCHEMA = {
    "type": "object",
    "properties": {
        "items": {"type": "array", "items": ITEM, "maxItems": 2},
        "kind": {"enum": ["invoice", "letter", "receipt"]},
        "number": {"type": ["string", "null"], "maxLength": 8},
        "total": MONEY,
    },
    "required": ["items", "kind", "number", "total"],
    "additionalProperties": False,
    "x-guidance": {"whitespace_flexible": False},
}

SCHEMA_TOKENS = 160
FREE_TOKENS = 24

# Nats between the best and the next allowed token, at every step. Two right engines differ by about a thousandth of one.
MARGIN = 0.03
TRIES = 60

# ---- pages ---------------------------------------------------------------------------------------------------------------------


def noise(seed, x, y):
    """Three bytes that look random, from unsigned 32-bit arithmetic that wraps."""
    mask = 0xFFFFFFFF
    value = (seed * 0x9E3779B1 + x * 0x85EBCA77 + y * 0xC2B2AE3D) & mask
    value ^= value >> 15
    value = value * 0x2C1B3C6D & mask
    value ^= value >> 12
    value = value * 0x297A2D39 & mask
    value ^= value >> 15
    return value & 255, value >> 8 & 255, value >> 16 & 255


def draw(seed, width, height):
    """A page: blocks of 32 pixels, each of its own colour, with a fainter grain of 4 pixels over them."""
    coarse = {(x, y): noise(seed, x, y) for x in range(width // 32 + 1) for y in range(height // 32 + 1)}
    fine = {(x, y): noise(seed + 1_000_000, x, y) for x in range(width // 4 + 1) for y in range(height // 4 + 1)}
    image = Image.new("RGB", (width, height))
    for y in range(height):
        for x in range(width):
            block, grain = coarse[x // 32, y // 32], fine[x // 4, y // 4]
            image.putpixel((x, y), tuple((3 * b + g) // 4 for b, g in zip(block, grain, strict=True)))
    return image


# ---- models --------------------------------------------------------------------------------------------------------------------


class Reference:
    """One model of transformers with its processor."""

    def __init__(self, folder):
        self.processor = AutoProcessor.from_pretrained(folder)
        self.tokenizer = self.processor.tokenizer
        self.model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
        self.model.generation_config.max_length = None

    def ask(self, pages, text):
        """The prompt of one user message, pages first, as text and as the model's inputs."""
        content = [{"type": "image"} for _ in pages] + [{"type": "text", "text": text}]
        prompt = self.processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
        images = [draw(page["seed"], page["width"], page["height"]) for page in pages]
        inputs = self.processor(text=[prompt], images=images, return_tensors="pt")
        self.check_sizes(pages, inputs["image_grid_thw"])
        return prompt, inputs

    def check_sizes(self, pages, grids):
        """A page that the processor resizes would compare two resize filters and not two models."""
        patch = self.processor.image_processor.patch_size
        for page, (_, rows, columns) in zip(pages, grids.tolist(), strict=True):
            assert (page["width"], page["height"]) == (columns * patch, rows * patch), f"{page} was resized"


class Steps(LogitsProcessor):
    """Notes the logits of each step and masks what the schema, where there is one, forbids."""

    def __init__(self, reference, prompt_tokens, schema):
        self.prompt_tokens = prompt_tokens
        self.logits = []
        self.allowed = []
        self.matcher = None
        if schema is not None:
            vocabulary = reference.model.config.get_text_config().vocab_size
            table = llguidance.hf.from_tokenizer(reference.tokenizer, n_vocab=vocabulary)
            self.matcher = LLMatcher(table, LLMatcher.grammar_from_json_schema(json.dumps(schema)))
            assert not self.matcher.is_error(), self.matcher.get_error()

    def __call__(self, input_ids, scores):
        allowed = torch.ones(scores.shape[1], dtype=torch.bool)
        if self.matcher is not None:
            bits = self.matcher.compute_bitmask()
            allowed = torch.tensor([bool(bits[token // 8] >> token % 8 & 1) for token in range(scores.shape[1])])
        self.logits.append(scores[0].double())
        self.allowed.append(allowed)
        return scores.masked_fill(~allowed, -math.inf)

    def margin(self):
        """The smallest lead of a chosen token over the next allowed one."""
        leads = [math.inf]
        for logits, allowed in zip(self.logits, self.allowed, strict=True):
            if allowed.sum() > 1:
                best = logits[allowed].topk(2).values
                leads.append(float(best[0] - best[1]))
        return min(leads)


class Closed(StoppingCriteria):
    """Feeds each chosen token to the grammar and ends the decoding with the JSON."""

    def __init__(self, steps):
        self.steps = steps

    def __call__(self, input_ids, scores, **_):
        matcher = self.steps.matcher
        if matcher is None:
            return torch.tensor([False])
        assert matcher.consume_token(int(input_ids[0, -1])), matcher.get_error()
        return torch.tensor([matcher.is_stopped()])


# ---- what is recorded ----------------------------------------------------------------------------------------------------------


def pages_of(seed, sizes):
    """Pages of one document, by number, width and height."""
    return [{"seed": seed + place, "width": width, "height": height} for place, (width, height) in enumerate(sizes)]


def classify(name, reference, seed, size):
    """The letters' probabilities at the first token of the answer."""
    pages = pages_of(seed, [size])
    prompt, inputs = reference.ask(pages, CLASSIFY)
    logits = reference.model(**inputs).logits[0, -1].double()
    letters = reference.tokenizer.convert_tokens_to_ids(list(LETTERS))
    probabilities = torch.softmax(logits[letters], 0).tolist()
    return {
        "model": name,
        "page": pages[0],
        "prompt": prompt,
        "prompt_tokens": inputs["input_ids"].shape[1],
        "probabilities": [round(value, 9) for value in probabilities],
    }


def decode(reference, inputs, limit, schema=None):
    """A greedy decoding, and its smallest margin."""
    count = inputs["input_ids"].shape[1]
    steps = Steps(reference, count, schema)
    output = reference.model.generate(
        **inputs, do_sample=False, max_new_tokens=limit, logits_processor=[steps], stopping_criteria=[Closed(steps)]
    )
    tokens = output[0, count:].tolist()
    chosen = [float(torch.log_softmax(row, 0)[token]) for row, token in zip(steps.logits, tokens, strict=True)]
    answer = {
        "tokens": tokens,
        "text": reference.tokenizer.decode(tokens),
        "log_probabilities": [round(value, 6) for value in chosen],
    }
    if schema is not None:
        answer["forced"] = "".join("1" if allowed.sum() == 1 else "0" for allowed in steps.allowed)
        answer["closed"] = steps.matcher.is_stopped()
    return answer, steps.margin()


def extract(reference, name, sizes, first_seed):
    """A document that is decoded with the schema and freely: the first whose every choice is clear."""
    for attempt in range(TRIES):
        pages = pages_of(first_seed + 10 * attempt, sizes)
        prompt, inputs = reference.ask(pages, EXTRACT)
        free, free_margin = decode(reference, inputs, FREE_TOKENS)
        if free_margin < MARGIN:
            continue
        constrained, margin = decode(reference, inputs, SCHEMA_TOKENS, SCHEMA)
        if margin < MARGIN or not constrained["closed"]:
            continue
        json.loads(constrained["text"])
        return {
            "name": name,
            "pages": pages,
            "prompt": prompt,
            "prompt_tokens": inputs["input_ids"].shape[1],
            "margin": round(min(margin, free_margin), 4),
            "constrained": constrained,
            "free": free,
        }
    sys.exit(f"{name}: no document within {TRIES} tries; change the seed or the scales in make.py")


def check_pages_matter(cases):
    """Fails where two pages are told apart by too little for a test to notice a wrong one."""
    for one, other in combinations(cases, 2):
        if one["model"] == other["model"]:
            pairs = zip(one["probabilities"], other["probabilities"], strict=True)
            apart = max(abs(first - second) for first, second in pairs)
            assert apart > 0.02, f"{one['page']} and {other['page']} differ by {apart}"


def main():
    """Records both models."""
    if len(sys.argv) != 3:
        sys.exit("usage: record.py DIR OUT")
    root, out = Path(sys.argv[1]), Path(sys.argv[2])
    torch.set_grad_enabled(False)
    models = {name: Reference(root / name) for name in CLASSIFY_SIZES}
    classified = [
        classify(name, models[name], 100 + place, size)
        for name, sizes in CLASSIFY_SIZES.items()
        for place, size in enumerate(sizes)
    ]
    check_pages_matter(classified)
    extracted = [
        extract(models["qwen3_vl"], name, sizes, 1000 * (place + 1)) for place, (name, sizes) in enumerate(EXTRACT_SIZES.items())
    ]
    record = {
        "recorded_with": {package: version(package) for package in ("torch", "transformers", "llguidance")},
        "weights_sha256": {name: sha256((root / name / "model.safetensors").read_bytes()).hexdigest() for name in models},
        "classify": {"letters": LETTERS, "instruction": CLASSIFY, "cases": classified},
        "extract": {"instruction": EXTRACT, "schema": SCHEMA, "cases": extracted},
    }
    text = json.dumps(record, indent=1, ensure_ascii=False)
    out.write_text(re.sub(r"\[[-\d.,e\s]+\]", lambda numbers: " ".join(numbers[0].split()), text) + "\n", encoding="utf-8")
    for case in extracted:
        print(case["name"], case["margin"], case["pages"][0]["seed"], case["constrained"]["text"], repr(case["free"]["text"]))


if __name__ == "__main__":
    main()
