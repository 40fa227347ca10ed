"""Measures this version beside a bare client. Run by `make bench`."""
