"""The outside world on one machine: a text provider, a mail server and the people behind them.

It speaks only the public protocols and imports nothing of the product.
"""
