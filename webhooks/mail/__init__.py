"""One mail, read whole: `read_mail` turns what a provider delivered into the domain's inbound mail."""

from webhooks.mail.read import read_mail

__all__ = ["read_mail"]
