"""The peer of the bench: reads image paths from standard input with rapidocr as it comes, writes OUT_DIR/NAME.json for each
and says `NAME<tab>N lines<tab>SECONDS s` on standard error, as `read_pages` does."""

import json
import os
import sys
import time

import numpy
from PIL import Image
from rapidocr import RapidOCR

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
Image.MAX_IMAGE_PIXELS = None
engine = RapidOCR(params={"Global.log_level": "critical"})
for path in map(str.strip, sys.stdin):
    page = numpy.array(Image.open(path).convert("RGB"))[:, :, ::-1]
    start = time.monotonic()
    result = engine(page)
    seconds = time.monotonic() - start
    texts = result.txts or ()
    name = os.path.basename(path)
    with open(os.path.join(out, name + ".json"), "w", encoding="utf-8") as file:
        json.dump({"lines": [{"text": text, "score": float(score)} for text, score in zip(texts, result.scores or ())]}, file)
    print(f"{name}\t{len(texts)} lines\t{seconds:.3f} s", file=sys.stderr, flush=True)
