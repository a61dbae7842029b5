"""Runs the crawls that are due, each in a process of its own, never two on one host."""
