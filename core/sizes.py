"""Sizes as people say them."""


def say_size(size: int) -> str:
    """`640 bytes`, `12 KB`, `1.2 MB`."""
    if size < 1_000:
        return f"{size} bytes"
    if size < 1_000_000:
        return f"{round(size / 1_000)} KB"
    return f"{size / 1_000_000:.1f} MB"
