"""How often a stranger may try: requests counted in the cache, by what they come from."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from django.core.cache import cache

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


@dataclass(frozen=True)
class Brake:
    """At most so many in a window that begins with the first. `rate` is written as `60/hour`."""

    name: str
    rate: str

    @property
    def window(self) -> int:
        """Its length in seconds."""
        return SECONDS[self.rate.partition("/")[2]]

    def allows(self, caller: str) -> bool:
        """Counts one more from this caller and says whether it is still within the rate."""
        key = f"gateway.{self.name}.{sha256(caller.encode()).hexdigest()}"
        if cache.add(key, 1, self.window):
            return True
        try:
            return cache.incr(key) <= int(self.rate.partition("/")[0])
        except ValueError:  # the window ended between the two calls
            return True
