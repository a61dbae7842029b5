"""Tests of the offline library."""
