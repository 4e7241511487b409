"""Mail providers: Anymail's own views verify and read their requests, taken apart for the journal."""
