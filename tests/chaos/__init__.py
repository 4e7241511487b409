"""A run in which everything breaks at once: a provider that lies, workers that die, a Redis that forgets.

`make chaos` runs it large, `make test-services` small. docs/faults.md says what it proves.
"""
