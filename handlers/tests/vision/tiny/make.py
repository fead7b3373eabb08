#!/usr/bin/env python3
"""Writes tiny random-weight Qwen2.5-VL and Qwen3-VL checkpoints in the published layout.

    python3 make.py DIR        # DIR/qwen2_5_vl and DIR/qwen3_vl, about 2 MB each

Only the standard library is used, so a plain python3 makes the models wherever the tests run. The same bytes come out every
time: each weight is drawn by a generator that is seeded with the weight's name, by additions and multiplications alone. One line
`sha256  file` per file goes to stdout.

The models know nothing. What they are for: an engine that computes the same numbers from them as the reference implementation
does (`references.json`) reads the checkpoint, the prompt and the page as it should, at a size that a test can afford.
"""

import array
import hashlib
import json
import random
import struct
import sys
from pathlib import Path

SEEDS = {"qwen2_5_vl": 21, "qwen3_vl": 25}

# A text model of 64 channels: four heads of 16, two of them of keys and values.
HIDDEN = 64
HEADS = 4
KEY_VALUE_HEADS = 2
HEAD_DIM = 16
INTERMEDIATE = 160
# Halves of a head that turn with time, height and width; they add up to HEAD_DIM / 2.
MROPE_SECTION = [2, 3, 3]
TEXT_LAYERS = 3

# The embedding has more rows than there are tokens, as in the published models.
VOCABULARY = 256

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


def token_ids():
    """Id of each token, by its text."""
    texts = list(characters()) + [text for text, _ in ADDED_TOKENS]
    return {text: number for number, text in enumerate(texts)}


IDS = token_ids()


# ---- tokenizer -----------------------------------------------------------------------------------------------------------------


def byte_letters():
    """The letter that byte-level tokenizers write for each byte: itself where it is visible, else one from U+0100 on."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = {byte: chr(byte) for byte in visible}
    for byte in range(256):
        if byte not in letters:
            letters[byte] = chr(0x100 + len(letters) - len(visible))
    return letters


def tokenizer():
    """tokenizer.json: every character is split off and is a token of its own, so any text round-trips."""
    letters = byte_letters()
    vocabulary = {"".join(letters[byte] for byte in text.encode()): IDS[text] for text in characters()}
    added = [
        {"id": IDS[text], "content": text, "special": special, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
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


def tokenizer_config(chat_template):
    """tokenizer_config.json. The class is the plain one, since the family's own would rebuild the tokenizer from merges."""
    added = {
        str(IDS[text]): {"content": text, "special": special, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
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


def generation_config():
    """generation_config.json, greedy: the published ones sample."""
    return {
        "bos_token_id": IDS["<|endoftext|>"],
        "pad_token_id": IDS["<|endoftext|>"],
        "eos_token_id": [IDS["<|im_end|>"], IDS["<|endoftext|>"]],
        "do_sample": False,
    }


# ---- weights -------------------------------------------------------------------------------------------------------------------


class Weights:
    """The tensors of one checkpoint, by their published names."""

    def __init__(self, family):
        self.family = family
        self.tensors = {}

    def uniform(self, name, shape, centre, spread):
        """Draws a tensor evenly from centre +- spread."""
        draw = random.Random(f"{SEEDS[self.family]} {self.family} {name}").random
        count = 1
        for side in shape:
            count *= side
        values = array.array("f", (centre + spread * (2.0 * draw() - 1.0) for _ in range(count)))
        self.tensors[name] = (list(shape), values)

    def matrix(self, name, shape, gain=1.0):
        """Draws a projection: inputs of unit size give outputs of size `gain`."""
        inputs = 1
        for side in shape[1:]:
            inputs *= side
        self.uniform(f"{name}.weight", shape, 0.0, gain * (3.0 / inputs) ** 0.5)

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
        self.matrix("lm_head", [VOCABULARY, HIDDEN], gain)
        values = self.tensors["lm_head.weight"][1]
        for place in range(len(characters()) * HIDDEN, len(values)):
            values[place] = 0.0

    def write(self, path):
        """Writes the safetensors file: length of the header, header, tensors in the order of their names."""
        header, offset = {"__metadata__": {"format": "pt"}}, 0
        for name, (shape, values) in sorted(self.tensors.items()):
            end = offset + 4 * len(values)
            header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, end]}
            offset = end
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        with open(path, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for _, (_, values) in sorted(self.tensors.items()):
                if sys.byteorder == "big":
                    values.byteswap()
                file.write(values.tobytes())


def text_layer(weights, name):
    """What the text layers of both families share."""
    weights.rms_norm(f"{name}.input_layernorm", HIDDEN)
    weights.rms_norm(f"{name}.post_attention_layernorm", HIDDEN)
    weights.matrix(f"{name}.self_attn.o_proj", [HIDDEN, HEADS * HEAD_DIM], 3.0)
    weights.matrix(f"{name}.mlp.gate_proj", [INTERMEDIATE, HIDDEN], 1.5)
    weights.matrix(f"{name}.mlp.up_proj", [INTERMEDIATE, HIDDEN])
    weights.matrix(f"{name}.mlp.down_proj", [HIDDEN, INTERMEDIATE])


# ---- Qwen2.5-VL ----------------------------------------------------------------------------------------------------------------

# Four blocks: two look at windows of 4 x 4 merged patches (112 pixels), two at the whole page.
QWEN2_5_VISION = {
    "depth": 4,
    "hidden_act": "silu",
    "hidden_size": 64,
    "in_chans": 3,
    "intermediate_size": 96,
    "num_heads": 4,
    "out_hidden_size": HIDDEN,
    "patch_size": 14,
    "spatial_merge_size": 2,
    "spatial_patch_size": 14,
    "window_size": 112,
    "fullatt_block_indexes": [1, 3],
    "tokens_per_second": 2,
    "temporal_patch_size": 2,
    "model_type": "qwen2_5_vl",
}


def qwen2_5_config():
    """config.json of Qwen2.5-VL: the text model's fields lie at the top."""
    return {
        "architectures": ["Qwen2_5_VLForConditionalGeneration"],
        "attention_dropout": 0.0,
        "bos_token_id": IDS["<|endoftext|>"],
        "eos_token_id": IDS["<|im_end|>"],
        "vision_start_token_id": IDS["<|vision_start|>"],
        "vision_end_token_id": IDS["<|vision_end|>"],
        "vision_token_id": IDS["<|vision_pad|>"],
        "image_token_id": IDS["<|image_pad|>"],
        "video_token_id": IDS["<|video_pad|>"],
        "hidden_act": "silu",
        "hidden_size": HIDDEN,
        "initializer_range": 0.02,
        "intermediate_size": INTERMEDIATE,
        "max_position_embeddings": 128000,
        "max_window_layers": TEXT_LAYERS,
        "model_type": "qwen2_5_vl",
        "num_attention_heads": HEADS,
        "num_hidden_layers": TEXT_LAYERS,
        "num_key_value_heads": KEY_VALUE_HEADS,
        "rms_norm_eps": 1e-06,
        "rope_theta": 1000000.0,
        "sliding_window": 32768,
        "tie_word_embeddings": False,
        "torch_dtype": "float32",
        "use_cache": True,
        "use_sliding_window": False,
        "vision_config": QWEN2_5_VISION,
        "rope_scaling": {"type": "mrope", "mrope_section": MROPE_SECTION},
        "vocab_size": VOCABULARY,
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


def qwen2_5_weights():
    """The tensors of Qwen2.5-VL."""
    weights, vision = Weights("qwen2_5_vl"), QWEN2_5_VISION
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
    weights.linear("visual.merger.mlp.2", HIDDEN, merged, 2.0)

    weights.uniform("model.embed_tokens.weight", [VOCABULARY, HIDDEN], 0.0, 0.3)
    for number in range(TEXT_LAYERS):
        layer = f"model.layers.{number}"
        text_layer(weights, layer)
        weights.linear(f"{layer}.self_attn.q_proj", HEADS * HEAD_DIM, HIDDEN, 1.8)
        weights.linear(f"{layer}.self_attn.k_proj", KEY_VALUE_HEADS * HEAD_DIM, HIDDEN, 1.8)
        weights.linear(f"{layer}.self_attn.v_proj", KEY_VALUE_HEADS * HEAD_DIM, HIDDEN, 1.5)
    weights.rms_norm("model.norm", HIDDEN)
    weights.head(3.0)
    return weights


# ---- Qwen3-VL ------------------------------------------------------------------------------------------------------------------

# Features of three of the four blocks are added to the text model's first three layers (deepstack).
QWEN3_VISION = {
    "deepstack_visual_indexes": [0, 1, 2],
    "depth": 4,
    "hidden_act": "gelu_pytorch_tanh",
    "hidden_size": 48,
    "in_channels": 3,
    "initializer_range": 0.02,
    "intermediate_size": 96,
    "model_type": "qwen3_vl",
    "num_heads": 3,
    "num_position_embeddings": 256,
    "out_hidden_size": HIDDEN,
    "patch_size": 16,
    "spatial_merge_size": 2,
    "temporal_patch_size": 2,
}


def qwen3_config():
    """config.json of Qwen3-VL."""
    return {
        "architectures": ["Qwen3VLForConditionalGeneration"],
        "image_token_id": IDS["<|image_pad|>"],
        "model_type": "qwen3_vl",
        "text_config": {
            "attention_bias": False,
            "attention_dropout": 0.0,
            "bos_token_id": IDS["<|endoftext|>"],
            "dtype": "float32",
            "eos_token_id": IDS["<|im_end|>"],
            "head_dim": HEAD_DIM,
            "hidden_act": "silu",
            "hidden_size": HIDDEN,
            "initializer_range": 0.02,
            "intermediate_size": INTERMEDIATE,
            "max_position_embeddings": 262144,
            "model_type": "qwen3_vl_text",
            "num_attention_heads": HEADS,
            "num_hidden_layers": TEXT_LAYERS,
            "num_key_value_heads": KEY_VALUE_HEADS,
            "rms_norm_eps": 1e-06,
            "rope_scaling": {"mrope_interleaved": True, "mrope_section": MROPE_SECTION, "rope_type": "default"},
            "rope_theta": 5000000,
            "use_cache": True,
            "vocab_size": VOCABULARY,
        },
        "tie_word_embeddings": False,
        "video_token_id": IDS["<|video_pad|>"],
        "vision_config": QWEN3_VISION,
        "vision_end_token_id": IDS["<|vision_end|>"],
        "vision_start_token_id": IDS["<|vision_start|>"],
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
    merged = QWEN3_VISION["hidden_size"] * QWEN3_VISION["spatial_merge_size"] ** 2
    weights.layer_norm(f"{name}.norm", norm_size)
    weights.linear(f"{name}.linear_fc1", merged, merged, 2.0)
    weights.linear(f"{name}.linear_fc2", HIDDEN, merged, 2.0)


def qwen3_weights():
    """The tensors of Qwen3-VL."""
    weights, vision = Weights("qwen3_vl"), QWEN3_VISION
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

    weights.uniform("model.language_model.embed_tokens.weight", [VOCABULARY, HIDDEN], 0.0, 0.3)
    for number in range(TEXT_LAYERS):
        layer = f"model.language_model.layers.{number}"
        text_layer(weights, layer)
        weights.matrix(f"{layer}.self_attn.q_proj", [HEADS * HEAD_DIM, HIDDEN])
        weights.matrix(f"{layer}.self_attn.k_proj", [KEY_VALUE_HEADS * HEAD_DIM, HIDDEN])
        weights.matrix(f"{layer}.self_attn.v_proj", [KEY_VALUE_HEADS * HEAD_DIM, HIDDEN], 1.5)
        # Queries and keys are normed: these scales alone say how sharply a head looks.
        weights.rms_norm(f"{layer}.self_attn.q_norm", HEAD_DIM, 1.8)
        weights.rms_norm(f"{layer}.self_attn.k_norm", HEAD_DIM, 1.8)
    weights.rms_norm("model.language_model.norm", HIDDEN)
    weights.head(3.0)
    return weights


# ---- files ---------------------------------------------------------------------------------------------------------------------


def write_json(path, value):
    """Writes one JSON file."""
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_model(folder, config, preprocessor, chat_template, weights):
    """Writes one checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "config.json", config)
    write_json(folder / "generation_config.json", generation_config())
    write_json(folder / "preprocessor_config.json", preprocessor)
    write_json(folder / "tokenizer.json", tokenizer())
    write_json(folder / "tokenizer_config.json", tokenizer_config(chat_template))
    write_json(folder / "chat_template.json", {"chat_template": chat_template})
    weights.write(folder / "model.safetensors")


def main():
    """Writes both models and lists what was written."""
    if len(sys.argv) != 2:
        sys.exit("usage: make.py DIR")
    root = Path(sys.argv[1])
    write_model(
        root / "qwen2_5_vl",
        qwen2_5_config(),
        qwen2_5_preprocessor(),
        TEMPLATE_PARTS + TEMPLATE_DEFAULT_SYSTEM + TEMPLATE_MESSAGES,
        qwen2_5_weights(),
    )
    write_model(
        root / "qwen3_vl",
        qwen3_config(),
        qwen3_preprocessor(),
        TEMPLATE_PARTS + TEMPLATE_MESSAGES,
        qwen3_weights(),
    )
    write_json(root / "qwen3_vl" / "video_preprocessor_config.json", qwen3_video_preprocessor())
    for path in sorted(root.glob("qwen*/*")):
        print(hashlib.sha256(path.read_bytes()).hexdigest(), path.relative_to(root))


if __name__ == "__main__":
    main()
