"""What other places say the text of a post is."""
