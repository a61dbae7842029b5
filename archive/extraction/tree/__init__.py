"""Reading a page as a tree, and the words in it: no decision about posts."""
