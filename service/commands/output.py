"""What commands print: readable lines, or JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

Thing = Mapping[str, Any]


def show(thing: Thing | Sequence[Thing], as_json: bool, lines: Sequence[str]) -> None:
    """Print the thing itself with `--json`, otherwise the lines."""
    if as_json:
        print(json.dumps(thing, ensure_ascii=False, indent=2, default=str))
    else:
        print("\n".join(lines))


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Rows under headings, in columns as wide as they need to be."""
    cells = [[str(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def count(number: int, one: str, many: str) -> str:
    """`1 city`, `2 cities`."""
    return f"{number:,} {one if number == 1 else many}"
