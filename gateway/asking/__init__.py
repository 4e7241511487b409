"""Asks a customer on a shared number for whom his text is, and files it by his answer."""
