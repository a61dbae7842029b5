"""What all pages of a site tell of each of them."""
