"""Every table of the gateway in Django's admin; what happened is shown there, and not edited."""

from gateway.admin import (
    asking,
    businesses,
    conversations,
    customers,
    desk,
    glance,
    held,
    operations,
    routing,
)

__all__ = [
    "asking",
    "businesses",
    "conversations",
    "customers",
    "desk",
    "glance",
    "held",
    "operations",
    "routing",
]
