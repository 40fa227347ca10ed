"""What is a picture, told from its first bytes only."""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.pictures import DOWNLOAD, honest_type, picture_type


def _drawn(kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "#3b7a55").save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
@pytest.mark.parametrize("told", ["image/png", "image/jpeg", "image/gif"])
def test_a_picture_is_what_its_content_is(kind: str, told: str) -> None:
    assert honest_type(told, _drawn(kind)) == f"image/{kind.lower()}"


@pytest.mark.parametrize("options", [{"progressive": True}, {"comment": b"x" * 60_000}])
def test_every_form_of_jpeg(options: dict[str, object]) -> None:
    assert honest_type("image/jpeg", _drawn("JPEG", **options)) == "image/jpeg"


def test_what_is_none_or_far_too_large_is_a_file() -> None:
    assert honest_type("image/png", b"<html>") == DOWNLOAD
    huge = bytearray(_drawn("PNG"))
    huge[16:24] = (20_000).to_bytes(4, "big") * 2
    assert honest_type("image/png", bytes(huge)) == DOWNLOAD
    assert honest_type("image/gif", b"GIF89a" + b"\xff\xff" * 2) == DOWNLOAD
    assert honest_type("image/png", _drawn("PNG")[:20]) == DOWNLOAD
    assert honest_type("image/png", _drawn("WEBP")) == "image/webp"


@given(st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_any_content_is_answered(content: bytes, start: bytes) -> None:
    assert honest_type("image/jpeg", start + content)
    assert honest_type("application/pdf", start + content) == "application/pdf"
    assert picture_type(start + content) in {"", "image/png", "image/jpeg", "image/gif"}
