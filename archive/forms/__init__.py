"""The forms of an article's text: plain, Markdown and TEI, all of the same words.

`read_structure` reads the kept part of a page as `parts`; `plain`, `markdown` and `tei` write them.
"""
