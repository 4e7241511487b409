"""A business's numbers: counted by the day, kept as rows, and added up for whoever looks."""
