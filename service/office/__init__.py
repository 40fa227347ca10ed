"""Where a city sets itself up and administers what it takes part in."""
