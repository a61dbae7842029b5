"""The comments of readers, as threads."""
