"""Page requisites: what a page needs to look as it did. Finding them, and fetching them."""
