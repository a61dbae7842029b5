"""The offline library: reads and writes collections, extracts text, opens no connection."""
