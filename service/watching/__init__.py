"""Nothing dies silently: what stops is found, told, and mended."""
