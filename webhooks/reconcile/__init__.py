"""Asks the provider what its webhooks missed, and writes the ledger of each day."""
