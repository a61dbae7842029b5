"""What a page says beside its text: title, authors, dates, tags, rights."""
