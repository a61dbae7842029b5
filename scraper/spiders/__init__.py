"""The spiders: `blog` finds a blog's posts, `pages` fetches a list of URLs."""
