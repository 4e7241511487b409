"""How and when members are told: their choices, quiet hours, gathered mails, digests, texts, the second channel."""
