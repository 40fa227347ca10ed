"""Draws the icons: a city hall that stands on two arrows, one going out and one coming back.

Run it as `python -m manifests.icons.draw`; what it draws is committed beside it, and a test
compares the two. Sizes: Teams wants 192 in colour and 32 as a white outline ("App icons for the
Teams Store" on learn.microsoft.com), Slack a square from 512 to 2,000.
"""

from pathlib import Path

from PIL import Image, ImageDraw

FOLDER = Path(__file__).resolve().parent
BACKGROUND = (0x0B, 0x5C, 0x8A)
WHITE = (255, 255, 255)

FINER = 8
"""Drawn so many times larger and then made smaller, which makes the edges smooth."""

Point = tuple[float, float]

ROOF: list[Point] = [(16, 3), (27, 9.5), (27, 11.5), (5, 11.5), (5, 9.5)]
COLUMNS: list[Point] = [(8, 13), (14.5, 13), (21, 13)]
COLUMN_WIDTH, COLUMN_HEIGHT = 3, 5.5
ARROW_OUT: list[Point] = [
    (5, 21.5),
    (22, 21.5),
    (22, 20),
    (27, 22.75),
    (22, 25.5),
    (22, 24),
    (5, 24),
]
ARROW_BACK: list[Point] = [
    (27, 27),
    (10, 27),
    (10, 25.5),
    (5, 28.25),
    (10, 31),
    (10, 29.5),
    (27, 29.5),
]
"""Everything on a square of 32; the arrow back mirrors the arrow out."""


def mark(side: int, inner: float) -> Image.Image:
    """The mark as a mask of `side` pixels, 255 where it is; `inner` is how much of it is filled."""
    large = side * FINER
    mask = Image.new("L", (large, large), 0)
    pen = ImageDraw.Draw(mask)
    scale = large * inner / 32
    offset = large * (1 - inner) / 2

    def at(points: list[Point]) -> list[Point]:
        return [(x * scale + offset, y * scale + offset - scale) for x, y in points]

    for shape in (ROOF, ARROW_OUT, ARROW_BACK):
        pen.polygon(at(shape), fill=255)
    for x, y in COLUMNS:
        corner, opposite = at([(x, y), (x + COLUMN_WIDTH, y + COLUMN_HEIGHT)])
        pen.rectangle((*corner, *opposite), fill=255)
    return mask.resize((side, side), Image.Resampling.LANCZOS)


def colour(side: int) -> Image.Image:
    """White on a full square: both platforms round the corners themselves."""
    picture = Image.new("RGB", (side, side), BACKGROUND)
    picture.paste(WHITE, mask=mark(side, 0.68))
    return picture


def outline(side: int) -> Image.Image:
    """White on nothing."""
    picture = Image.new("RGBA", (side, side), (*WHITE, 0))
    picture.putalpha(mark(side, 1.0))
    return picture


def icons() -> dict[str, Image.Image]:
    """Every icon by its file's name."""
    return {
        "color.png": colour(192),
        "outline.png": outline(32),
        "slack-512.png": colour(512),
        "slack-1024.png": colour(1024),
    }


if __name__ == "__main__":
    for name, picture in icons().items():
        picture.save(FOLDER / name, optimize=True)
