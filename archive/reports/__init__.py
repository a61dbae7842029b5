"""Reports that a person reads: what a crawl did, what a corpus holds."""
