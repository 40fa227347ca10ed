"""What every integration needs at the wire."""
