"""The offline library: reads and writes collections, extracts text, and never opens a connection."""
