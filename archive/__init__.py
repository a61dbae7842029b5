"""The offline library: reads and writes collections, extracts text, opens no connection."""

__version__ = "0.1.0"
