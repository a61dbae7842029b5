"""Which element holds the post, told by standards, names and place."""
