"""Verification: whether archives are what they say they are, down to the byte.

WARC files are read strictly from end to end; what they hold goes into a ledger on disk, where
records are compared with each other and with index, articles, catalogue, and page lists. Every
fault or difference has a short stable name (`archive.verification.kinds`).
"""
