"""The door out: answers to customers, notifications to members."""
