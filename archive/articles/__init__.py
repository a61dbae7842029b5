"""Article files: for each WARC file one with a row per article in it."""
