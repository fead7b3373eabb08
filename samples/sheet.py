"""A sheet of paper to draw on: coordinates in points from the top left, text, cells of a form, tables. Letter and A4."""

from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

LETTER, A4 = (612, 792), (595, 842)

# Free fonts by file name; packages fonts-liberation, fonts-dejavu-core (and, for more variety, fonts-freefont-ttf, fonts-lato,
# fonts-roboto-unhinted, fonts-open-sans). The first two packages are enough.
FAMILIES = {
    "sans": ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
    "serif": ("LiberationSerif-Regular.ttf", "LiberationSerif-Bold.ttf"),
    "mono": ("LiberationMono-Regular.ttf", "LiberationMono-Bold.ttf"),
    "script": ("LiberationSerif-Italic.ttf", "LiberationSerif-BoldItalic.ttf"),
    "narrow": ("LiberationSansNarrow-Regular.ttf", "LiberationSansNarrow-Bold.ttf"),
    "dejavu": ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    "dejavu-mono": ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf"),
    "freesans": ("FreeSans.ttf", "FreeSansBold.ttf"),
    "freemono": ("FreeMono.ttf", "FreeMonoBold.ttf"),
    "lato": ("Lato-Regular.ttf", "Lato-Bold.ttf"),
    "roboto": ("Roboto-Regular.ttf", "Roboto-Bold.ttf"),
    "opensans": ("OpenSans-Regular.ttf", "OpenSans-Bold.ttf"),
}
PROSE = ["sans", "serif", "dejavu", "freesans", "lato", "roboto", "opensans"]
TYPED = ["mono", "dejavu-mono", "freemono", "sans", "roboto"]


@lru_cache(maxsize=None)
def font(family, bold, pixels):
    return ImageFont.truetype(FAMILIES[family][bool(bold)], pixels)


@lru_cache(maxsize=None)
def installed(family):
    try:
        font(family, False, 12), font(family, True, 12)
        return True
    except OSError:
        return False


def some_family(rng, names):
    """A family of the list. One that is not installed gives way to the first one after it was drawn, so that the values of a
    seed do not depend on the fonts."""
    name = rng.choice(names)
    return name if installed(name) else names[0]


class Sheet:
    """One page. `text` returns where it ended, so that a caller can go on behind it."""

    def __init__(self, size=LETTER, dpi=150, family="sans", ink=(20, 20, 24), paper=(255, 255, 255)):
        self.k = dpi / 72
        self.size, self.dpi, self.family, self.ink = size, dpi, family, ink
        self.image = Image.new("RGB", (round(size[0] * self.k), round(size[1] * self.k)), paper)
        self.draw = ImageDraw.Draw(self.image)

    def font(self, points, bold=False, family=None):
        return font(family or self.family, bold, max(6, round(points * self.k)))

    def width(self, text, points, bold=False, family=None):
        return self.font(points, bold, family).getlength(text) / self.k

    def text(self, x, y, text, points=9, bold=False, family=None, align="left", ink=None):
        """Draws one line with its top left (or right, or centre) at x, y; returns (right end, bottom)."""
        text = str(text)
        face = self.font(points, bold, family)
        width = face.getlength(text) / self.k
        left = x - {"left": 0, "right": width, "center": width / 2}[align]
        self.draw.text((left * self.k, y * self.k), text, font=face, fill=ink or self.ink)
        return left + width, y + points * 1.22

    def wrap(self, text, width, points, bold=False, family=None):
        lines = []
        for part in text.split("\n"):
            line = ""
            for word in part.split(" "):
                longer = f"{line} {word}".strip()
                if line and self.width(longer, points, bold, family) > width:
                    lines.append(line)
                    longer = word
                line = longer
            lines.append(line)
        return lines

    def block(self, x, y, lines, points=9, leading=1.25, **how):
        """Draws lines below each other (a string is wrapped by the caller); returns the y below them."""
        for line in lines:
            self.text(x, y, line, points, **how)
            y += points * leading
        return y

    def paragraph(self, x, y, text, width, points=9, leading=1.25, **how):
        bold, family = how.get("bold", False), how.get("family")
        return self.block(x, y, self.wrap(text, width, points, bold, family), points, leading, **how)

    def line(self, x0, y0, x1, y1, width=0.7, ink=None):
        self.draw.line([x0 * self.k, y0 * self.k, x1 * self.k, y1 * self.k], fill=ink or self.ink, width=max(1, round(width * self.k)))

    def box(self, x, y, w, h, width=0.7, fill=None, ink=None):
        self.draw.rectangle([x * self.k, y * self.k, (x + w) * self.k, (y + h) * self.k], outline=(ink or self.ink) if width else None,
                            width=max(1, round(width * self.k)) if width else 0, fill=fill)

    def checkbox(self, x, y, size, ticked, width=0.7):
        self.box(x, y, size, size, width)
        if ticked:
            m = size * 0.18
            self.line(x + m, y + m, x + size - m, y + size - m, 1.1)
            self.line(x + size - m, y + m, x + m, y + size - m, 1.1)

    def cell(self, x, y, w, h, label, value="", *, points=6.2, value_points=9.5, value_family="mono", dollar=False, align=None,
             bold_number=True, border=0.7):
        """A cell of a form: its label at the top left, the value below it. `value` may be lines."""
        if border:
            self.box(x, y, w, h, border)
        number, _, rest = label.partition(" ")
        bottom = y + 1.5
        if bold_number and number[:1].isdigit() or (bold_number and len(number) == 1 and number.islower()):
            end, _ = self.text(x + 2, bottom, number, points, bold=True)
            lines = self.wrap(rest, w - (end - x) - 4, points)
            bottom = self.block(end + 2.5, bottom, lines, points, 1.1)
        else:
            bottom = self.paragraph(x + 2.5, bottom, label, w - 5, points, 1.1)
        lines = value if isinstance(value, list) else [value] if value != "" else []
        room = h - (bottom - y) - 1
        step = min(value_points * 1.2, room / max(1, len(lines)))
        at = y + h - step * len(lines) - 2 if len(lines) == 1 else bottom + 1
        if dollar:
            self.text(x + 3, y + h - value_points * 1.25 - 1, "$", points + 2)
        for text in lines:
            if align == "right":
                self.text(x + w - 5, at, text, value_points, family=value_family, align="right")
            else:
                self.text(x + (12 if dollar else 6), at, text, value_points, family=value_family)
            at += step


def money(cents, style="en", sign=""):
    """Cents as a page writes them: en 1,234.56, de 1.234,56, fr 1 234,56, ch 1'234.56, plain 1234.56."""
    thousands, mark = {"en": (",", "."), "de": (".", ","), "fr": (" ", ","), "ch": ("'", "."), "plain": ("", ".")}[style]
    units, rest = divmod(abs(cents), 100)
    grouped = f"{units:,}".replace(",", thousands)
    return f"{'-' if cents < 0 else ''}{sign}{grouped}{mark}{rest:02}"


def number(cents):
    """Cents as a label's number."""
    return round(cents / 100, 2)
