"""The door in: what comes from outside finds its conversation, or is held."""
