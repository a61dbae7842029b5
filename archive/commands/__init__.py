"""The commands of `archive`, one module each; `archive.cli` puts them together.

A module imports the heavy parts that it needs when its command runs, so that all start at once.
"""
