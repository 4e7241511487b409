"""Search: the words of what was written, kept beside it, and how they are found."""
