"""What time it is, as something that is handed in."""

from collections.abc import Callable
from datetime import datetime

Clock = Callable[[], datetime]
"""Gives the time now, aware and in UTC."""
