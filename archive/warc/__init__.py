"""WARC files: their records, how these are written, read and, after damage, recovered."""
