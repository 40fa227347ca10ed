"""Our own drawings, as SVG within the page. Colours come from the style sheet, so that they are
right in the dark as well. Each has a text for those who can't see it."""

from integrations.web.markup import Html, Part, tag


def _box(x: float, y: float, width: float, height: float, looks: str, round_: float = 0) -> Html:
    size = {"x": f"{x:g}", "y": f"{y:g}", "width": f"{width:g}", "height": f"{height:g}"}
    return tag("rect", class_=looks, rx=f"{round_:g}", **size)


def _path(form: str, looks: str) -> Html:
    return tag("path", class_=looks, d=form)


def _round(x: float, y: float, radius: float, looks: str) -> Html:
    return tag("circle", class_=looks, cx=f"{x:g}", cy=f"{y:g}", r=f"{radius:g}")


def _label(x: float, y: float, words: str, looks: str = "word") -> Html:
    return tag("text", words, class_=looks, x=f"{x:g}", y=f"{y:g}")


def _picture(alternative: str, width: int, height: int, *parts: Part, looks: str = "") -> Html:
    return tag(
        "svg",
        *parts,
        class_=looks,
        role="img",
        aria_label=alternative,
        viewBox=f"0 0 {width} {height}",
        width=str(width),
        height=str(height),
    )


def mark() -> Html:
    """The city hall on two arrows; decoration, because the name stands beside it."""
    return tag(
        "svg",
        _box(0, 0, 48, 48, "accent", 10),
        _path("M24 9 37 16v2H11v-2z", "on-accent"),
        *(_box(x, 20, 4, 6, "on-accent") for x in (14, 22, 30)),
        _path("M11 29h20v-3l6 4-6 4v-3H11z M37 36H17v-3l-6 4 6 4v-3h20z", "on-accent"),
        class_="mark",
        aria_hidden="true",
        viewBox="0 0 48 48",
        width="48",
        height="48",
    )


def _town_hall(x: float, ground: float, size: float) -> list[Html]:
    """A city hall that stands on a line; `size` is its width."""
    unit, top = size / 10, ground - size * 0.72
    columns = (x + unit * (1.1 + 2.1 * n) for n in range(4))
    return [
        _path(
            f"M{x:g} {top + unit * 2.4:g} {x + size / 2:g} {top:g} {x + size:g} "
            f"{top + unit * 2.4:g}z",
            "accent",
        ),
        _box(x + unit * 0.5, top + unit * 2.4, unit * 9, unit * 0.7, "accent"),
        *(_box(c, top + unit * 3.4, unit * 1.3, unit * 2.9, "soft-accent") for c in columns),
        _box(x, ground - unit * 0.7, size, unit * 0.7, "accent"),
    ]


def _bubble(x: float, y: float, width: float, lines: int, looks: str = "card") -> list[Html]:
    height = 22 + 14 * lines
    rows = (
        _box(x + 14, y + 15 + 14 * n, width * (0.76 if n < lines - 1 else 0.5), 6, "faint", 3)
        for n in range(lines)
    )
    tail = f"M{x + 24:g} {y + height - 1:g}v14l16-14z"
    return [_path(tail, looks), _box(x, y, width, height, looks, 12), *rows]


def two_cities() -> Html:
    """A question goes from one city hall to another, and an answer comes back."""
    return _picture(
        "Two city halls, a large one and a small one. A question goes from one to the other, "
        "and an answer comes back.",
        640,
        250,
        *_town_hall(40, 222, 170),
        *_town_hall(470, 222, 120),
        _path("M20 222h600", "edge"),
        *_bubble(120, 12, 170, 2),
        *_bubble(380, 40, 150, 2, "tint"),
        _path("M255 148h150", "arrow"),
        _path("M397 140l10 8-10 8", "arrow"),
        _path("M425 182H275", "arrow"),
        _path("M283 174l-10 8 10 8", "arrow"),
        looks="hero",
    )


def _window(alternative: str, *parts: Part) -> Html:
    return _picture(
        alternative,
        280,
        170,
        _box(1, 1, 278, 168, "card", 12),
        _path("M1 30h278", "edge"),
        *(_round(18 + 14 * n, 15.5, 4, "faint") for n in range(3)),
        *parts,
        looks="window",
    )


def _button(x: float, y: float, width: float, words: str) -> list[Html]:
    return [_box(x, y, width, 30, "accent", 8), _label(x + width / 2, y + 20, words, "on-button")]


def press(words: str) -> Html:
    """A page with one button."""
    return _window(
        f"A page with the button {words}.",
        _box(40, 52, 200, 8, "faint", 4),
        _box(70, 70, 140, 8, "faint", 4),
        *_button(65, 102, 150, words),
    )


def agree() -> Html:
    """Slack asks whether the app may be added."""
    rows = (
        part
        for n in range(3)
        for part in (
            _path(f"M28 {80 + 17 * n}l4 4 7-8", "tick"),
            _box(48, 77 + 17 * n, 130 - 22 * n, 7, "faint", 3.5),
        )
    )
    return _window(
        "Slack lists what the app may do. At the top right you choose the workspace, below you "
        "press Allow.",
        _box(168, 40, 96, 22, "tint", 6),
        _label(178, 55, "Your city"),
        _path("M248 48l4 5 4-5", "tick"),
        *rows,
        *_button(184, 128, 80, "Allow"),
    )


def upload() -> Html:
    """The package goes into the Teams admin center."""
    return _window(
        "The Teams admin center, with an arrow that shows the package being uploaded.",
        _box(20, 46, 60, 8, "faint", 4),
        *(_box(20, 66 + 18 * n, 44, 7, "faint", 3.5) for n in range(4)),
        _path("M96 30v139", "edge"),
        _box(140, 84, 96, 58, "tint", 8),
        _label(188, 119, "app.zip", "word middle"),
        _path("M188 76V50", "arrow"),
        _path("M178 59l10-10 10 10", "arrow"),
    )


def add_to_team() -> Html:
    """A team's owner adds the app and agrees."""
    return _window(
        "The app's page in Teams, with the button Add to a team.",
        _box(24, 48, 46, 46, "accent", 10),
        _path("M47 56 60 63v2H34v-2z", "on-accent"),
        *(_box(x, 67, 4, 6, "on-accent") for x in (37, 45, 53)),
        _path("M35 77h24v4H35zM35 84h24v4H35z", "on-accent"),
        _label(86, 66, "Mayoral Exchange", "word strong"),
        _box(86, 78, 120, 7, "faint", 3.5),
        _path("M28 113l4 4 7-8", "tick"),
        _box(48, 110, 110, 7, "faint", 3.5),
        *_button(138, 128, 126, "Add to a team"),
    )


def claim() -> Html:
    """A form in which a city is looked up by its name."""
    return _window(
        "A form in which “Marfa” is typed. Below it, a list offers Marfa, TX.",
        _label(24, 54, "Your city", "word strong"),
        _box(24, 62, 232, 28, "field", 6),
        _label(34, 81, "Marfa"),
        _path("M70 68v16", "tick"),
        _box(24, 94, 232, 30, "tint", 6),
        _label(34, 114, "Marfa, TX"),
        _label(246, 114, "1,800 people", "word end"),
        *_button(176, 132, 80, "Next"),
    )


def confirmed() -> Html:
    """A message that says that the city takes part."""
    return _window(
        "A message that the city has been confirmed, with a tick beside it.",
        _round(60, 98, 28, "accent"),
        _path("M47 99l9 9 17-19", "on-accent-line"),
        _label(106, 88, "Marfa, TX", "word strong"),
        _label(106, 108, "has been confirmed."),
        _box(106, 122, 110, 7, "faint", 3.5),
    )


def linked() -> Html:
    """A channel in which another city has answered."""
    return _window(
        "A channel called housing. A colleague asks something, and somebody from Boston answers.",
        _label(24, 50, "# housing", "word strong"),
        _round(36, 78, 12, "soft-accent"),
        _box(58, 68, 70, 7, "faint", 3.5),
        _box(58, 82, 160, 7, "faint", 3.5),
        _path("M36 96v20", "edge"),
        _round(66, 124, 12, "accent"),
        _label(88, 122, "Boston, MA", "word strong"),
        _box(88, 130, 150, 7, "faint", 3.5),
        _box(88, 143, 110, 7, "faint", 3.5),
    )


def arrived() -> Html:
    """The app, with a tick: it is in."""
    return _picture(
        "The app's icon, with a tick: it was added.",
        120,
        104,
        _box(4, 12, 84, 84, "accent", 18),
        _path("M46 28 69 40v4H23v-4z", "on-accent"),
        *(_box(x, 47, 7, 11, "on-accent") for x in (28, 42.5, 57)),
        _path("M23 63h35v-5l11 7-11 7v-5H23z M69 80H34v5l-11-7 11-7v5h35z", "on-accent"),
        _round(92, 24, 20, "card"),
        _path("M83 25l6 6 12-13", "tick"),
        looks="arrived",
    )
