"""Why the text of a page is what it is: each block, kept or dropped, and each field's source.

`explain` reads a captured page again; `on_terminal` and `as_page` show what it found. Nothing of
the page is ever run, nor anything fetched.
"""
