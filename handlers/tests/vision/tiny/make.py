#!/usr/bin/env python3
"""Writes random-weight Qwen2.5-VL and Qwen3-VL checkpoints in the published layout.

    python3 make.py DIR                 # DIR/qwen2_5_vl and DIR/qwen3_vl, about 2 MB each
    python3 make.py DIR --shape real    # the same in the shapes of Qwen2.5-VL-7B and Qwen3-VL-8B: bf16, about 17 GB each
    python3 make.py DIR --only qwen3_vl # one of them

Only the standard library is used, so a plain python3 makes the models wherever the tests run. The same bytes come out every
time: each weight is drawn by a generator that is seeded with the weight's name, by additions and multiplications alone. One line
`sha256  file` per file goes to stdout.

The models know nothing. What they are for: an engine that computes the same numbers from them as the reference implementation
does (`references.json`) reads the checkpoint, the prompt and the page as it should, at a size that a test can afford. In their real
shapes they cost what the published models cost, in time and in memory.
"""

import argparse
import array
import hashlib
import json
import random
import shutil
import struct
import sys
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path
from string import ascii_lowercase

SEEDS = {"qwen2_5_vl": 21, "qwen3_vl": 25}

# Names and order of the published models' added tokens; False: an added token that counts as text.
ADDED_TOKENS = [
    ("<|endoftext|>", True),
    ("<|im_start|>", True),
    ("<|im_end|>", True),
    ("<|object_ref_start|>", True),
    ("<|object_ref_end|>", True),
    ("<|box_start|>", True),
    ("<|box_end|>", True),
    ("<|quad_start|>", True),
    ("<|quad_end|>", True),
    ("<|vision_start|>", True),
    ("<|vision_end|>", True),
    ("<|vision_pad|>", True),
    ("<|image_pad|>", True),
    ("<|video_pad|>", True),
    ("<tool_call>", False),
    ("</tool_call>", False),
    ("<|fim_prefix|>", False),
    ("<|fim_middle|>", False),
    ("<|fim_suffix|>", False),
    ("<|fim_pad|>", False),
    ("<|repo_name|>", False),
    ("<|file_sep|>", False),
]


def characters():
    """The characters that are one token each: printable ASCII, tab, newline, Latin-1 and common typographic signs."""
    ascii_text = "\n\t" + "".join(map(chr, range(0x20, 0x7F)))
    latin = "".join(chr(code) for code in range(0xA1, 0x100) if code != 0xAD)
    return ascii_text + latin + "–—‘’“”•…€"


@dataclass(frozen=True)
class Shape:
    """The sizes of one model."""

    hidden: int
    heads: int
    key_value_heads: int
    head_dim: int
    intermediate: int
    # Halves of a head that turn with time, height and width; they add up to head_dim / 2.
    mrope_section: tuple
    layers: int
    # Rows of the embedding: more than there are tokens, as in the published models.
    vocabulary: int
    # Tokens before the added ones: the characters, then words that no prompt is split into.
    texts: int
    vision: dict
    dtype: str

    def ids(self):
        """Id of each character and added token, by its text."""
        ids = {text: number for number, text in enumerate(characters())}
        return ids | {text: self.texts + number for number, (text, _) in enumerate(ADDED_TOKENS)}

    def words(self):
        """The words that fill the vocabulary up, by their id: of four letters, so that a schema allows them inside its strings."""
        words = map("".join, product(ascii_lowercase, repeat=4))
        return dict(zip(islice(words, self.texts - len(characters())), range(len(characters()), self.texts)))


# ---- tokenizer -----------------------------------------------------------------------------------------------------------------


def byte_letters():
    """The letter that byte-level tokenizers write for each byte: itself where it is visible, else one from U+0100 on."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = {byte: chr(byte) for byte in visible}
    for byte in range(256):
        if byte not in letters:
            letters[byte] = chr(0x100 + len(letters) - len(visible))
    return letters


def tokenizer(shape):
    """tokenizer.json: every character is split off and is a token of its own, so any text round-trips."""
    letters, ids = byte_letters(), shape.ids()
    vocabulary = {"".join(letters[byte] for byte in text.encode()): ids[text] for text in characters()} | shape.words()
    added = [
        {"id": ids[text], "content": text, "special": special, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
        for text, special in ADDED_TOKENS
    ]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    each_character = {"type": "Split", "pattern": {"Regex": r"[\s\S]"}, "behavior": "Isolated", "invert": False}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [each_character, byte_level]},
        "post_processor": byte_level,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": False,
            "byte_fallback": False,
            # A character of several bytes is looked up whole: there is no token for a part of it.
            "ignore_merges": True,
            "vocab": vocabulary,
            "merges": [],
        },
    }


# What both families write for the parts of one message.
TEMPLATE_PARTS = """\
{%- macro parts(content) -%}
  {%- if content is string -%}
    {{- content -}}
  {%- else -%}
    {%- for part in content -%}
      {%- if part.type == 'image' or 'image' in part or 'image_url' in part -%}
        {{- '<|vision_start|><|image_pad|><|vision_end|>' -}}
      {%- elif part.type == 'video' or 'video' in part -%}
        {{- '<|vision_start|><|video_pad|><|vision_end|>' -}}
      {%- elif 'text' in part -%}
        {{- part.text -}}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro -%}
"""

# Qwen2.5-VL opens with a system message of its own where the caller gives none; Qwen3-VL does not.
TEMPLATE_DEFAULT_SYSTEM = """\
{%- if messages[0].role != 'system' -%}
  {{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' -}}
{%- endif -%}
"""

TEMPLATE_MESSAGES = """\
{%- for message in messages -%}
  {{- '<|im_start|>' + message.role + '\\n' -}}
  {{- parts(message.content) -}}
  {{- '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
  {{- '<|im_start|>assistant\\n' -}}
{%- endif -%}
"""


def tokenizer_config(shape, chat_template):
    """tokenizer_config.json. The class is the plain one, since the family's own would rebuild the tokenizer from merges."""
    ids = shape.ids()
    added = {
        str(ids[text]): {"content": text, "special": special, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
        for text, special in ADDED_TOKENS
    }
    return {
        "add_bos_token": False,
        "add_prefix_space": False,
        "added_tokens_decoder": added,
        "additional_special_tokens": [text for text, special in ADDED_TOKENS if special and text != "<|endoftext|>"],
        "bos_token": None,
        "chat_template": chat_template,
        "clean_up_tokenization_spaces": False,
        "eos_token": "<|im_end|>",
        "errors": "replace",
        "model_max_length": 131072,
        "pad_token": "<|endoftext|>",
        "split_special_tokens": False,
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": None,
    }


def generation_config(shape):
    """generation_config.json, greedy: the published ones sample."""
    ids = shape.ids()
    return {
        "bos_token_id": ids["<|endoftext|>"],
        "pad_token_id": ids["<|endoftext|>"],
        "eos_token_id": [ids["<|im_end|>"], ids["<|endoftext|>"]],
        "do_sample": False,
    }


# ---- weights -------------------------------------------------------------------------------------------------------------------


class Weights:
    """The tensors of one checkpoint, by their published names."""

    def __init__(self, family, shape):
        self.family = family
        self.shape = shape
        self.tensors = {}

    def uniform(self, name, shape, centre, spread):
        """Draws a tensor evenly from centre +- spread."""
        draw = random.Random(f"{SEEDS[self.family]} {self.family} {name}").random
        values = array.array("f", (centre + spread * (2.0 * draw() - 1.0) for _ in range(count(shape))))
        self.tensors[name] = (list(shape), values)

    def matrix(self, name, shape, gain=1.0):
        """Draws a projection: inputs of unit size give outputs of size `gain`."""
        self.uniform(f"{name}.weight", shape, 0.0, gain * (3.0 / count(shape[1:])) ** 0.5)

    def linear(self, name, outputs, inputs, gain=1.0):
        """Draws a projection with a bias."""
        self.matrix(name, [outputs, inputs], gain)
        self.uniform(f"{name}.bias", [outputs], 0.0, 0.2)

    def rms_norm(self, name, size, centre=1.0):
        """Draws a norm's scales."""
        self.uniform(f"{name}.weight", [size], centre, 0.2)

    def layer_norm(self, name, size):
        """Draws a norm's scales and shifts."""
        self.rms_norm(name, size)
        self.uniform(f"{name}.bias", [size], 0.0, 0.2)

    def head(self, gain):
        """Draws the last projection. Only characters have a row: a free decoding never stops and never asks for an image."""
        self.matrix("lm_head", [self.shape.vocabulary, self.shape.hidden], gain)
        values = self.tensors["lm_head.weight"][1]
        for place in range(len(characters()) * self.shape.hidden, len(values)):
            values[place] = 0.0

    def write(self, folder):
        """Writes the safetensors file."""
        with open(folder / "model.safetensors", "wb") as file:
            file.write(safetensors_header("F32", 4, {name: shape for name, (shape, _) in self.tensors.items()}))
            for _, (_, values) in sorted(self.tensors.items()):
                if sys.byteorder == "big":
                    values.byteswap()
                file.write(values.tobytes())


class LargeWeights(Weights):
    """Tensors too large to draw each: pieces of a few random blocks of bf16 values, one block for each range of values."""

    # A prime number of values: no two rows of a tensor are the same piece.
    BLOCK = 1_048_573
    SHARD_BYTES = 5_000_000_000

    def uniform(self, name, shape, centre, spread):
        """Notes a tensor; it is drawn when it is written."""
        self.tensors[name] = (list(shape), (centre, spread))

    def head(self, gain):
        """The last projection; the rows that belong to no character are zeroed when it is written."""
        self.matrix("lm_head", [self.shape.vocabulary, self.shape.hidden], gain)

    def shards(self):
        """Lists of names, in order, of about five gigabytes each."""
        shards, room = [[]], self.SHARD_BYTES
        for name, (shape, _) in sorted(self.tensors.items()):
            if room < 0:
                shards.append([])
                room = self.SHARD_BYTES
            shards[-1].append(name)
            room -= 2 * count(shape)
        return shards

    def write(self, folder):
        """Writes the shards and their index."""
        total = 2 * sum(count(shape) for shape, _ in self.tensors.values())
        free = shutil.disk_usage(folder).free
        if free < total + 1_000_000_000:
            sys.exit(f"{self.family} takes {total / 1e9:.1f} GB of disk and {free / 1e9:.1f} GB are free in {folder}")
        blocks, shards, places = {}, self.shards(), {}
        for number, names in enumerate(shards, 1):
            path = folder / f"model-{number:05}-of-{len(shards):05}.safetensors"
            with open(path, "wb") as file:
                file.write(safetensors_header("BF16", 2, {name: self.tensors[name][0] for name in names}))
                for name in names:
                    self.write_tensor(file, name, blocks)
            places |= dict.fromkeys(names, path.name)
            print(f"{self.family}: {path.name}, {number} of {len(shards)}, {path.stat().st_size / 1e9:.1f} GB", flush=True)
        write_json(folder / "model.safetensors.index.json", {"metadata": {"total_size": total}, "weight_map": places})

    def write_tensor(self, file, name, blocks):
        """Writes one tensor from the block of its range, from a place that its name gives."""
        shape, (centre, spread) = self.tensors[name]
        if (centre, spread) not in blocks:
            blocks[centre, spread] = memoryview(bf16_block(f"{self.family} {centre} {spread}", centre, spread, self.BLOCK))
        block, size = blocks[centre, spread], 2 * count(shape)
        zeros = 0
        if name == "lm_head.weight":
            zeros = size - 2 * len(characters()) * self.shape.hidden
        left, start = size - zeros, 2 * (int(hashlib.sha256(name.encode()).hexdigest(), 16) % self.BLOCK)
        while left > 0:
            left -= file.write(block[start : start + left])
            start = 0
        empty = bytes(2 * self.BLOCK)
        while zeros > 0:
            zeros -= file.write(empty[:zeros])


def bf16_block(seed, centre, spread, length):
    """Values drawn evenly from centre +- spread: the upper halves of their 32 bits."""
    draw = random.Random(seed).random
    values = array.array("f", (centre + spread * (2.0 * draw() - 1.0) for _ in range(length)))
    if sys.byteorder == "big":
        values.byteswap()
    whole, block = values.tobytes(), bytearray(2 * length)
    block[0::2], block[1::2] = whole[2::4], whole[3::4]
    return bytes(block)


def count(shape):
    """How many values a tensor has."""
    total = 1
    for side in shape:
        total *= side
    return total


def safetensors_header(dtype, width, shapes):
    """What a safetensors file begins with: its length, then where each tensor lies, in the order of their names."""
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in sorted(shapes.items()):
        end = offset + width * count(shape)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def text_layer(weights, name):
    """What the text layers of both families share."""
    shape = weights.shape
    weights.rms_norm(f"{name}.input_layernorm", shape.hidden)
    weights.rms_norm(f"{name}.post_attention_layernorm", shape.hidden)
    weights.matrix(f"{name}.self_attn.o_proj", [shape.hidden, shape.heads * shape.head_dim], 3.0)
    weights.matrix(f"{name}.mlp.gate_proj", [shape.intermediate, shape.hidden], 1.5)
    weights.matrix(f"{name}.mlp.up_proj", [shape.intermediate, shape.hidden])
    weights.matrix(f"{name}.mlp.down_proj", [shape.hidden, shape.intermediate])


# ---- Qwen2.5-VL ----------------------------------------------------------------------------------------------------------------

def qwen2_5_vision(depth, hidden, intermediate, heads, out, whole_page):
    """vision_config of Qwen2.5-VL. Most blocks look at windows of 4 x 4 merged patches (112 pixels), some at the whole page."""
    return {
        "depth": depth,
        "hidden_act": "silu",
        "hidden_size": hidden,
        "in_chans": 3,
        "intermediate_size": intermediate,
        "num_heads": heads,
        "out_hidden_size": out,
        "patch_size": 14,
        "spatial_merge_size": 2,
        "spatial_patch_size": 14,
        "window_size": 112,
        "fullatt_block_indexes": whole_page,
        "tokens_per_second": 2,
        "temporal_patch_size": 2,
        "model_type": "qwen2_5_vl",
    }


QWEN2_5_SHAPES = {
    "tiny": Shape(
        hidden=64,
        heads=4,
        key_value_heads=2,
        head_dim=16,
        intermediate=160,
        mrope_section=(2, 3, 3),
        layers=3,
        vocabulary=256,
        texts=len(characters()),
        vision=qwen2_5_vision(4, 64, 96, 4, 64, [1, 3]),
        dtype="float32",
    ),
    "real": Shape(
        hidden=3584,
        heads=28,
        key_value_heads=4,
        head_dim=128,
        intermediate=18944,
        mrope_section=(16, 24, 24),
        layers=28,
        vocabulary=152064,
        texts=151643,
        vision=qwen2_5_vision(32, 1280, 3420, 16, 3584, [7, 15, 23, 31]),
        dtype="bfloat16",
    ),
}


def qwen2_5_config(shape):
    """config.json of Qwen2.5-VL: the text model's fields lie at the top."""
    ids = shape.ids()
    return {
        "architectures": ["Qwen2_5_VLForConditionalGeneration"],
        "attention_dropout": 0.0,
        "bos_token_id": ids["<|endoftext|>"],
        "eos_token_id": ids["<|im_end|>"],
        "vision_start_token_id": ids["<|vision_start|>"],
        "vision_end_token_id": ids["<|vision_end|>"],
        "vision_token_id": ids["<|vision_pad|>"],
        "image_token_id": ids["<|image_pad|>"],
        "video_token_id": ids["<|video_pad|>"],
        "hidden_act": "silu",
        "hidden_size": shape.hidden,
        "initializer_range": 0.02,
        "intermediate_size": shape.intermediate,
        "max_position_embeddings": 128000,
        "max_window_layers": shape.layers,
        "model_type": "qwen2_5_vl",
        "num_attention_heads": shape.heads,
        "num_hidden_layers": shape.layers,
        "num_key_value_heads": shape.key_value_heads,
        "rms_norm_eps": 1e-06,
        "rope_theta": 1000000.0,
        "sliding_window": 32768,
        "tie_word_embeddings": False,
        "torch_dtype": shape.dtype,
        "use_cache": True,
        "use_sliding_window": False,
        "vision_config": shape.vision,
        "rope_scaling": {"type": "mrope", "mrope_section": list(shape.mrope_section)},
        "vocab_size": shape.vocabulary,
    }


def qwen2_5_preprocessor():
    """preprocessor_config.json of Qwen2.5-VL."""
    return {
        "min_pixels": 3136,
        "max_pixels": 12845056,
        "patch_size": 14,
        "temporal_patch_size": 2,
        "merge_size": 2,
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
        "image_processor_type": "Qwen2VLImageProcessor",
        "processor_class": "Qwen2_5_VLProcessor",
    }


def qwen2_5_weights(weights):
    """The tensors of Qwen2.5-VL."""
    shape, vision = weights.shape, weights.shape.vision
    size, inner = vision["hidden_size"], vision["intermediate_size"]
    weights.matrix("visual.patch_embed.proj", [size, 3, 2, 14, 14])
    for number in range(vision["depth"]):
        block = f"visual.blocks.{number}"
        weights.rms_norm(f"{block}.norm1", size)
        weights.rms_norm(f"{block}.norm2", size)
        weights.linear(f"{block}.attn.qkv", 3 * size, size, 1.5)
        weights.linear(f"{block}.attn.proj", size, size, 2.0)
        weights.linear(f"{block}.mlp.gate_proj", inner, size)
        weights.linear(f"{block}.mlp.up_proj", inner, size)
        weights.linear(f"{block}.mlp.down_proj", size, inner)
    merged = size * vision["spatial_merge_size"] ** 2
    weights.rms_norm("visual.merger.ln_q", size)
    weights.linear("visual.merger.mlp.0", merged, merged, 2.0)
    weights.linear("visual.merger.mlp.2", shape.hidden, merged, 2.0)

    weights.uniform("model.embed_tokens.weight", [shape.vocabulary, shape.hidden], 0.0, 0.3)
    for number in range(shape.layers):
        layer = f"model.layers.{number}"
        text_layer(weights, layer)
        weights.linear(f"{layer}.self_attn.q_proj", shape.heads * shape.head_dim, shape.hidden, 1.8)
        weights.linear(f"{layer}.self_attn.k_proj", shape.key_value_heads * shape.head_dim, shape.hidden, 1.8)
        weights.linear(f"{layer}.self_attn.v_proj", shape.key_value_heads * shape.head_dim, shape.hidden, 1.5)
    weights.rms_norm("model.norm", shape.hidden)
    weights.head(3.0)


# ---- Qwen3-VL ------------------------------------------------------------------------------------------------------------------

def qwen3_vision(depth, hidden, intermediate, heads, positions, out, deepstack):
    """vision_config of Qwen3-VL. Features of three blocks are added to the text model's first three layers (deepstack)."""
    return {
        "deepstack_visual_indexes": deepstack,
        "depth": depth,
        "hidden_act": "gelu_pytorch_tanh",
        "hidden_size": hidden,
        "in_channels": 3,
        "initializer_range": 0.02,
        "intermediate_size": intermediate,
        "model_type": "qwen3_vl",
        "num_heads": heads,
        "num_position_embeddings": positions,
        "out_hidden_size": out,
        "patch_size": 16,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
    }


QWEN3_SHAPES = {
    "tiny": Shape(
        hidden=64,
        heads=4,
        key_value_heads=2,
        head_dim=16,
        intermediate=160,
        mrope_section=(2, 3, 3),
        layers=3,
        vocabulary=256,
        texts=len(characters()),
        vision=qwen3_vision(4, 48, 96, 3, 256, 64, [0, 1, 2]),
        dtype="float32",
    ),
    "real": Shape(
        hidden=4096,
        heads=32,
        key_value_heads=8,
        head_dim=128,
        intermediate=12288,
        mrope_section=(24, 20, 20),
        layers=36,
        vocabulary=151936,
        texts=151643,
        vision=qwen3_vision(27, 1152, 4304, 16, 2304, 4096, [8, 16, 24]),
        dtype="bfloat16",
    ),
}


def qwen3_config(shape):
    """config.json of Qwen3-VL."""
    ids = shape.ids()
    return {
        "architectures": ["Qwen3VLForConditionalGeneration"],
        "image_token_id": ids["<|image_pad|>"],
        "model_type": "qwen3_vl",
        "text_config": {
            "attention_bias": False,
            "attention_dropout": 0.0,
            "bos_token_id": ids["<|endoftext|>"],
            "dtype": shape.dtype,
            "eos_token_id": ids["<|im_end|>"],
            "head_dim": shape.head_dim,
            "hidden_act": "silu",
            "hidden_size": shape.hidden,
            "initializer_range": 0.02,
            "intermediate_size": shape.intermediate,
            "max_position_embeddings": 262144,
            "model_type": "qwen3_vl_text",
            "num_attention_heads": shape.heads,
            "num_hidden_layers": shape.layers,
            "num_key_value_heads": shape.key_value_heads,
            "rms_norm_eps": 1e-06,
            "rope_scaling": {"mrope_interleaved": True, "mrope_section": list(shape.mrope_section), "rope_type": "default"},
            "rope_theta": 5000000,
            "use_cache": True,
            "vocab_size": shape.vocabulary,
        },
        "tie_word_embeddings": False,
        "video_token_id": ids["<|video_pad|>"],
        "vision_config": shape.vision,
        "vision_end_token_id": ids["<|vision_end|>"],
        "vision_start_token_id": ids["<|vision_start|>"],
    }


def qwen3_preprocessor():
    """preprocessor_config.json of Qwen3-VL: the sizes are areas in pixels."""
    return {
        "size": {"longest_edge": 16777216, "shortest_edge": 65536},
        "patch_size": 16,
        "temporal_patch_size": 2,
        "merge_size": 2,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
        "processor_class": "Qwen3VLProcessor",
        "image_processor_type": "Qwen2VLImageProcessorFast",
    }


def qwen3_video_preprocessor():
    """video_preprocessor_config.json of Qwen3-VL: the reference implementation wants it even where no video is read."""
    config = qwen3_preprocessor()
    del config["image_processor_type"]
    return {**config, "size": {"longest_edge": 25165824, "shortest_edge": 4096}, "video_processor_type": "Qwen3VLVideoProcessor"}


def qwen3_merger(weights, name, norm_size):
    """A merger of four patches into one token."""
    vision = weights.shape.vision
    merged = vision["hidden_size"] * vision["spatial_merge_size"] ** 2
    weights.layer_norm(f"{name}.norm", norm_size)
    weights.linear(f"{name}.linear_fc1", merged, merged, 2.0)
    weights.linear(f"{name}.linear_fc2", weights.shape.hidden, merged, 2.0)


def qwen3_weights(weights):
    """The tensors of Qwen3-VL."""
    shape, vision = weights.shape, weights.shape.vision
    size, inner = vision["hidden_size"], vision["intermediate_size"]
    weights.matrix("model.visual.patch_embed.proj", [size, 3, 2, 16, 16])
    weights.uniform("model.visual.patch_embed.proj.bias", [size], 0.0, 0.2)
    weights.uniform("model.visual.pos_embed.weight", [vision["num_position_embeddings"], size], 0.0, 0.5)
    for number in range(vision["depth"]):
        block = f"model.visual.blocks.{number}"
        weights.layer_norm(f"{block}.norm1", size)
        weights.layer_norm(f"{block}.norm2", size)
        weights.linear(f"{block}.attn.qkv", 3 * size, size, 1.5)
        weights.linear(f"{block}.attn.proj", size, size, 2.0)
        weights.linear(f"{block}.mlp.linear_fc1", inner, size)
        weights.linear(f"{block}.mlp.linear_fc2", size, inner)
    qwen3_merger(weights, "model.visual.merger", size)
    for number in range(len(vision["deepstack_visual_indexes"])):
        qwen3_merger(weights, f"model.visual.deepstack_merger_list.{number}", size * vision["spatial_merge_size"] ** 2)

    weights.uniform("model.language_model.embed_tokens.weight", [shape.vocabulary, shape.hidden], 0.0, 0.3)
    for number in range(shape.layers):
        layer = f"model.language_model.layers.{number}"
        text_layer(weights, layer)
        weights.matrix(f"{layer}.self_attn.q_proj", [shape.heads * shape.head_dim, shape.hidden])
        weights.matrix(f"{layer}.self_attn.k_proj", [shape.key_value_heads * shape.head_dim, shape.hidden])
        weights.matrix(f"{layer}.self_attn.v_proj", [shape.key_value_heads * shape.head_dim, shape.hidden], 1.5)
        # Queries and keys are normed: these scales alone say how sharply a head looks.
        weights.rms_norm(f"{layer}.self_attn.q_norm", shape.head_dim, 1.8)
        weights.rms_norm(f"{layer}.self_attn.k_norm", shape.head_dim, 1.8)
    weights.rms_norm("model.language_model.norm", shape.hidden)
    weights.head(3.0)


# ---- files ---------------------------------------------------------------------------------------------------------------------


def write_json(path, value):
    """Writes one JSON file."""
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Family:
    """What makes a checkpoint of a shape."""

    config: object
    preprocessor: object
    weights: object
    chat_template: str
    shapes: dict


FAMILIES = {
    "qwen2_5_vl": Family(
        qwen2_5_config,
        qwen2_5_preprocessor,
        qwen2_5_weights,
        TEMPLATE_PARTS + TEMPLATE_DEFAULT_SYSTEM + TEMPLATE_MESSAGES,
        QWEN2_5_SHAPES,
    ),
    "qwen3_vl": Family(qwen3_config, qwen3_preprocessor, qwen3_weights, TEMPLATE_PARTS + TEMPLATE_MESSAGES, QWEN3_SHAPES),
}


def write_model(folder, name, shape_name):
    """Writes one checkpoint."""
    family = FAMILIES[name]
    shape = family.shapes[shape_name]
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "config.json", family.config(shape))
    write_json(folder / "generation_config.json", generation_config(shape))
    write_json(folder / "preprocessor_config.json", family.preprocessor())
    write_json(folder / "tokenizer.json", tokenizer(shape))
    write_json(folder / "tokenizer_config.json", tokenizer_config(shape, family.chat_template))
    write_json(folder / "chat_template.json", {"chat_template": family.chat_template})
    if name == "qwen3_vl":
        write_json(folder / "video_preprocessor_config.json", qwen3_video_preprocessor())
    weights = LargeWeights(name, shape) if shape.dtype == "bfloat16" else Weights(name, shape)
    family.weights(weights)
    weights.write(folder)


def main():
    """Writes the models and, of tiny ones, lists what was written."""
    arguments = argparse.ArgumentParser(description="Writes random-weight checkpoints.")
    arguments.add_argument("dir", type=Path)
    arguments.add_argument("--shape", choices=["tiny", "real"], default="tiny")
    arguments.add_argument("--only", choices=list(FAMILIES))
    options = arguments.parse_args()
    names = [options.only] if options.only else list(FAMILIES)
    for name in names:
        write_model(options.dir / name, name, options.shape)
    if options.shape == "tiny":
        for path in sorted(path for name in names for path in (options.dir / name).iterdir()):
            print(hashlib.sha256(path.read_bytes()).hexdigest(), path.relative_to(options.dir))


if __name__ == "__main__":
    main()
