"""Programs that measure: each runs by itself, and prints a table."""
