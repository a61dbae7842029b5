"""What kind of page it is: a post, or something else."""
