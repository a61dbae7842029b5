"""Runs the crawls that are due: each once, in a process of its own, never two on one host."""
