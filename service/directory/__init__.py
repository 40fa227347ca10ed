"""The directory of places: a seed of real cities, and the Census files."""
