"""What scanners, cameras and copiers do to a page."""

import io
import math

from PIL import Image, ImageChops, ImageEnhance, ImageFilter


def noise(image, rng, sigma):
    """Grain. Seeded through a tile of our own random numbers, so that a seed always gives the same page."""
    tile = Image.frombytes("L", (256, 256), rng.randbytes(65536)).point([max(0, min(255, round(128 + (v - 128) * sigma / 74))) for v in range(256)])
    grain = Image.new("L", image.size)
    for x in range(0, image.width, 256):
        for y in range(0, image.height, 256):
            grain.paste(tile.rotate(rng.choice([0, 90, 180, 270])), (x, y))
    return ImageChops.add(image.convert("RGB"), grain.convert("RGB"), 1, -128)


def skew(image, degrees, background=(255, 255, 255)):
    return image.rotate(degrees, Image.BICUBIC, expand=True, fillcolor=background)


def uneven_light(image, rng):
    """Brighter at one side, darker at another, as under a lamp."""
    size = 64
    angle = rng.uniform(0, math.tau)
    shade = Image.new("L", (size, size))
    shade.putdata([round(222 + 30 * math.cos(angle) * (x / size - 0.5) * 2 * 0.5 + 30 * math.sin(angle) * (y / size - 0.5)) for y in range(size) for x in range(size)])
    return ImageChops.multiply(image.convert("RGB"), shade.resize(image.size, Image.BICUBIC).convert("RGB"))


def jpeg(image, quality):
    data = io.BytesIO()
    image.convert("RGB").save(data, "JPEG", quality=quality)
    return Image.open(io.BytesIO(data.getvalue())).convert("RGB")


def photo(image, rng, degrees=2.4):
    """On a table, turned, in perspective, with uneven light, grain and a little blur."""
    margin = image.width // 14
    table = Image.new("RGB", (image.width + 2 * margin, image.height + 2 * margin), rng.choice([(112, 96, 80), (88, 92, 98), (140, 128, 110)]))
    turned = image.convert("RGBA").rotate(degrees, Image.BICUBIC, expand=True)
    table.paste(turned.convert("RGB"), (margin, margin), turned.getchannel("A"))
    w, h = table.size
    lean = 0.012
    quad = (w * lean, h * lean, 0, h, w, h * (1 - lean), w * (1 - lean), 0)
    table = table.transform((w, h), Image.QUAD, quad, Image.BICUBIC)
    return noise(uneven_light(table, rng).filter(ImageFilter.GaussianBlur(0.6)), rng, 5)


def scanned(image, rng):
    """One draw of a scanner: skew within 3 degrees, grain, blur, contrast, JPEG, each of them or not."""
    notes = []
    if rng.random() < 0.5:
        degrees = rng.uniform(-3, 3)
        image = skew(image, degrees)
        notes.append(f"skew {degrees:.1f}")
    if rng.random() < 0.4:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 0.9)))
        notes.append("blur")
    if rng.random() < 0.3:
        image = ImageEnhance.Contrast(image).enhance(rng.uniform(0.55, 0.8))
        notes.append("faint")
    if rng.random() < 0.5:
        image = noise(image, rng, rng.uniform(3, 12))
        notes.append("grain")
    if rng.random() < 0.3:
        image = image.convert("L").convert("RGB")
        notes.append("grey")
    return image, notes
