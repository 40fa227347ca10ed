"""Checks that every platform passes."""
