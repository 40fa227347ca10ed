"""What is committed under manifests/ is what is made now."""

from pathlib import Path

import pytest
from PIL import Image, ImageChops

from integrations.common.yaml_text import as_yaml
from integrations.slack import scopes
from integrations.slack.manifest import slack_manifest
from manifests.icons.draw import icons
from manifests.samples import ADDRESS, FOLDER, samples

ICONS = FOLDER / "icons"
AGAIN = "write them anew with `python -m manifests.samples`, and look at the difference"
DRAW = "draw them anew with `python -m manifests.icons.draw`"


@pytest.mark.parametrize("name", sorted(samples()))
def test_the_samples_are_what_is_made_now(name: str) -> None:
    committed = (FOLDER / name).read_text(encoding="utf-8")
    assert committed == samples()[name], AGAIN


def test_there_is_no_sample_that_nothing_makes() -> None:
    found = [*FOLDER.glob("slack/*"), *FOLDER.glob("teams/*")]
    assert {str(path.relative_to(FOLDER)) for path in found} == set(samples())


def test_a_changed_scope_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    committed = (FOLDER / "slack" / "manifest.yaml").read_text(encoding="utf-8")
    assert as_yaml(slack_manifest(ADDRESS)) == committed
    monkeypatch.setitem(scopes.BOT_SCOPES, "bookmarks:read", "read the bookmarks")
    monkeypatch.setattr(
        scopes, "METHOD_SCOPES", {**scopes.METHOD_SCOPES, "bookmarks.list": ("bookmarks:read",)}
    )
    assert as_yaml(slack_manifest(ADDRESS)) != committed


@pytest.mark.parametrize("name", sorted(icons()))
def test_the_icons_are_what_is_drawn_now(name: str) -> None:
    with Image.open(ICONS / name) as committed:
        drawn = icons()[name]
        assert (committed.format, committed.mode, committed.size) == ("PNG", drawn.mode, drawn.size)
        different = ImageChops.difference(committed.convert("RGBA"), drawn.convert("RGBA"))
    # Another release of the library may round differently.
    for band in different.split():
        assert band.point(lambda value: 255 if value > 8 else 0).getbbox() is None, DRAW


def test_no_icon_is_left_over() -> None:
    assert {path.name for path in ICONS.glob("*.png")} == set(icons())
    told = (ICONS / "README.md").read_text(encoding="utf-8")
    assert [name for name in icons() if f"`{name}`" not in told] == []


def test_the_colour_icon_is_192_and_full() -> None:
    with Image.open(ICONS / "color.png") as icon:
        assert icon.size == (192, 192)
        assert icon.mode == "RGB"
        corners = {icon.getpixel(at) for at in ((0, 0), (191, 0), (0, 191), (191, 191))}
    assert len(corners) == 1


def test_the_outline_icon_is_32_white_and_transparent() -> None:
    with Image.open(ICONS / "outline.png") as icon:
        assert icon.size == (32, 32)
        assert icon.mode == "RGBA"
        red, green, blue, alpha = icon.split()
    assert {part.getextrema() for part in (red, green, blue)} == {(255, 255)}
    assert alpha.getextrema() == (0, 255)
    clear = sum(1 for value in alpha.tobytes() if value == 0)
    assert clear > 32 * 32 / 3


@pytest.mark.parametrize("name", ["slack-512.png", "slack-1024.png"])
def test_slacks_icons_are_large_squares(name: str) -> None:
    path: Path = ICONS / name
    with Image.open(path) as icon:
        assert icon.width == icon.height
        assert 512 <= icon.width <= 2000
    assert path.stat().st_size < 1_000_000
