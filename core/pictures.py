"""What a picture is, by its first bytes. Nothing here unpacks anything. Pure."""

from collections.abc import Iterator

DOWNLOAD = "application/octet-stream"

MOST_PIXELS = 50_000_000
"""More than a good camera takes; a picture that says it has more is passed on as a file."""

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_SIZED = frozenset(media_type for _, media_type in _SIGNATURES)
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_NO_FRAMES = frozenset({0xC4, 0xC8, 0xCC})
_MOST_SEGMENTS = 1_000


def picture_type(content: bytes) -> str:
    """The media type of a known kind of picture by its content, otherwise an empty text."""
    for start, media_type in _SIGNATURES:
        if content.startswith(start):
            return media_type
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    return ""


def honest_type(told: str, content: bytes) -> str:
    """The media type that a file is passed on with, `told` being what its sender called it.

    A picture stays one only when its content is one, of a size that people's programs can show.
    """
    if told not in _SIZED:
        return told
    found = picture_type(content)
    if found not in _SIZED:
        return found or DOWNLOAD
    width, height = _size(found, content)
    return found if 0 < width * height <= MOST_PIXELS else DOWNLOAD


def _size(media_type: str, content: bytes) -> tuple[int, int]:
    """Width and height as the picture's head tells them, 0 when it does not."""
    if media_type == "image/gif":
        return int.from_bytes(content[6:8], "little"), int.from_bytes(content[8:10], "little")
    if media_type == "image/png":
        if len(content) < 24 or content[12:16] != b"IHDR":
            return 0, 0
        return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    for marker, at in _segments(content):
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAMES:
            height, width = content[at + 5 : at + 7], content[at + 7 : at + 9]
            return int.from_bytes(width, "big"), int.from_bytes(height, "big")
    return 0, 0


def _segments(content: bytes) -> Iterator[tuple[int, int]]:
    """The markers of a JPEG before its picture begins, and where each marker's byte stands."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        while content[at : at + 1] == b"\xff":
            at += 1
        if at >= len(content) or content[at - 1] != 0xFF or content[at] == 0xDA:
            return
        marker = content[at]
        yield marker, at - 1
        length = 0 if marker in _STANDALONE else int.from_bytes(content[at + 1 : at + 3], "big")
        at += 1 + length
