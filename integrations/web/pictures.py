"""A city's picture: its initials on a colour of its own."""

import asyncio
import colorsys
import hashlib
import io
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from aiohttp import web

from core.ids import CityId
from core.places import City

FindCity = Callable[[CityId], Awaitable[City | None]]
Colour = tuple[int, int, int]

SIDE = 192
KEPT = 2_000
LEAST_CONTRAST = 4.5
"""Of white letters on the colour, as the Web Content Accessibility Guidelines ask (1.4.3)."""


def initials(name: str) -> str:
    """At most two letters: `Yellow Springs` is `YS`, `Boston` is `Bo`."""
    words = [word for word in re.split(r"[\s\-–./]+", name) if word[:1].isalnum()]
    if len(words) >= 2:
        return (words[0][0] + words[1][0]).upper()
    return words[0][:2].capitalize() if words else "?"


def luminance(colour: Colour) -> float:
    """How bright a colour is to the eye, from 0 to 1."""
    parts = [part / 255 for part in colour]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast_with_white(colour: Colour) -> float:
    """The contrast of white letters on a colour, from 1 to 21."""
    return 1.05 / (luminance(colour) + 0.05)


def colour_of(city: CityId) -> Colour:
    """The colour that belongs to an id, dark enough for white letters."""
    digest = hashlib.sha256(city.encode()).digest()
    hue = int.from_bytes(digest[:2], "big") / 65_536
    lightness = 0.45
    while True:
        red, green, blue = colorsys.hls_to_rgb(hue, lightness, 0.55)
        colour = (round(red * 255), round(green * 255), round(blue * 255))
        if contrast_with_white(colour) >= LEAST_CONTRAST:
            return colour
        lightness -= 0.01


def draw(city: CityId, name: str) -> bytes:
    """The picture as PNG. Takes some milliseconds of computing."""
    # Imported late: not every process draws, and it costs start-up time.
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (SIDE, SIDE), colour_of(city))
    ImageDraw.Draw(picture).text(
        (SIDE / 2, SIDE / 2),
        initials(name),
        fill="white",
        font=ImageFont.load_default(size=SIDE * 0.46),
        anchor="mm",
    )
    target = io.BytesIO()
    picture.save(target, "PNG", optimize=True)
    return target.getvalue()


class PicturePages:
    """`GET /pictures/{geoid}.png`. The newest pictures stay in memory."""

    def __init__(self, find: FindCity) -> None:
        self._find = find
        self._kept: OrderedDict[CityId, bytes] = OrderedDict()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The city's picture, or 404 for a city that we don't know."""
        city_id = CityId(request.match_info["geoid"])
        content = self._kept.get(city_id)
        if content is None:
            city = await self._find(city_id)
            if city is None:
                raise web.HTTPNotFound
            content = await asyncio.to_thread(draw, city.id, city.name)
            self._kept[city_id] = content
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return web.Response(
            body=content,
            content_type="image/png",
            headers={"Cache-Control": "public, max-age=86400"},
        )
