"""Tests; each area has its folder."""
