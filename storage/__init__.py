"""Where the exchange keeps what it knows."""
