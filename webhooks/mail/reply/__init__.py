"""What was newly written in a mail, and what was quoted."""

from webhooks.mail.reply.ladder import Reply, newly_written

__all__ = ["Reply", "newly_written"]
