"""New collections: looked at, named by an OPML file, written with their settings."""
