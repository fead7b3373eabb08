#!/usr/bin/env python3
"""Draws the sample documents of this folder, or any number of random variants of them, with their labels.

    pip install -r requirements.txt                        # and the fonts: fonts-liberation, fonts-dejavu-core
    python3 render.py                                      # the samples: pages/, labels.json
    python3 render.py --variants 60 --seed 1 --out DIR     # DIR/pages/, DIR/labels.json

Every person, firm, number and bank is made up. `labels.json`: {file: {type, fields, notes}}, the values as drawn; a seed always
draws the same values.
"""

import argparse
import json
import pathlib
import random
import time

import bill
import check
import effects
import invoice
import other
import receipt
import statements
import tax_forms
import w2

MAKERS = {"W2": w2.make, **{form: (lambda rng, form=form, **how: tax_forms.make(rng, form, **how)) for form in tax_forms.FORMS}, "bank_statement": statements.bank,
          "credit_card_statement": statements.credit_card, "invoice": invoice.make, "bill": bill.make, "receipt": receipt.make, "check": check.make, "other": other.make}
# Types of which there is more to vary come more often.
WEIGHTS = {"W2": 3, "bill": 1, "invoice": 5, "receipt": 3, "bank_statement": 3, "credit_card_statement": 3, "check": 2, "other": 3}

# file: (type, seed, layout and other choices)
SAMPLES = {
    "w2.png": ("W2", 11, {"layout": "official"}),
    "w2_cards.png": ("W2", 23, {"layout": "cards-4"}),
    "1099int.png": ("1099-INT", 4, {"layout": "grid"}),
    "1099div_list.png": ("1099-DIV", 5, {"layout": "list"}),
    "1099misc.png": ("1099-MISC", 6, {"layout": "grid"}),
    "1099nec.png": ("1099-NEC", 7, {"layout": "grid"}),
    "1099r.png": ("1099-R", 8, {"layout": "grid"}),
    "1098.png": ("1098", 9, {"layout": "grid"}),
    "invoice.png": ("invoice", 31, {"language": "en", "layout": "modern"}),
    "invoice_german.png": ("invoice", 32, {"language": "de", "layout": "classic"}),
    "invoice_utility_bill.png": ("bill", 34, {"layout": "Electric"}),
    "invoice_two_pages.pdf": ("invoice", 33, {"language": "en", "layout": "boxed", "pages": 2}),
    "receipt.png": ("receipt", 41, {"country": "us", "layout": "quantity-first"}),
    "receipt_photo.jpg": ("receipt", 42, {"country": "my", "layout": "quantity-below"}),
    "bank_statement.png": ("bank_statement", 51, {"layout": "running"}),
    "credit_card_statement.png": ("credit_card_statement", 52, {"layout": "two-blocks"}),
    "check.png": ("check", 61, {"layout": "personal"}),
    "letter.png": ("other", 71, {"layout": "letter"}),
    "w2_photo.jpg": ("W2", 12, {"layout": "official"}),
}


def save(images, path, rng, dpi):
    if path.suffix == ".pdf":
        images[0].convert("L").save(path, save_all=True, append_images=[i.convert("L") for i in images[1:]], resolution=dpi, quality=50,
                                creationDate=time.gmtime(0), modDate=time.gmtime(0))
    elif path.suffix == ".jpg":
        images[0].convert("RGB").save(path, quality=rng.choice([55, 70, 85]), optimize=True)
    else:
        images[0].convert("RGB").quantize(32).save(path, optimize=True)


def samples(out):
    labels = {}
    for name, (doc_type, seed, how) in SAMPLES.items():
        rng = random.Random(seed)
        images, doc_type, fields, notes = MAKERS[doc_type](rng, dpi=150, **how)
        if name.endswith("_photo.jpg"):
            images = [effects.photo(images[0], rng)]
            notes += ", photographed"
        save(images, out / "pages" / name, rng, 150)
        labels[name] = {"type": doc_type, "fields": fields, "notes": notes}
    return labels


def variants(out, count, seed):
    labels = {}
    bag = [t for t in MAKERS for _ in range(WEIGHTS.get(t, 2))]
    order = []
    rng = random.Random(seed)
    while len(order) < count:
        rng.shuffle(bag)
        order += bag
    for n, doc_type in enumerate(order[:count]):
        rng = random.Random(f"{seed}/{n}")
        dpi = rng.choice([110, 130, 150, 150, 180, 200])
        images, labelled, fields, notes = MAKERS[doc_type](rng, dpi=dpi)
        images[0], done = effects.scanned(images[0], rng)
        if rng.random() < 0.12:
            images[0] = effects.photo(images[0], rng, rng.uniform(-2.5, 2.5))
            done.append("photographed")
        name = f"{n:03}_{doc_type.lower().replace('-', '')}.{rng.choice(['png', 'jpg', 'jpg', 'pdf'])}"
        save(images, out / "pages" / name, rng, dpi)
        labels[name] = {"type": labelled, "fields": fields, "notes": ", ".join([notes, f"{dpi} dpi", *done])}
    return labels


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", type=int, default=0, help="number of random documents to draw instead of the samples")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent)
    args = parser.parse_args()
    (args.out / "pages").mkdir(parents=True, exist_ok=True)
    labels = variants(args.out, args.variants, args.seed) if args.variants else samples(args.out)
    (args.out / "labels.json").write_text(json.dumps(labels, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
