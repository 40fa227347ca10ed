"""What leaves: conversations take turns, and each turn does what is due."""
