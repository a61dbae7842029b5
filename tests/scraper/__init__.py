"""Tests of `scraper`."""
