from django.db import models

from channels_out.channel import Channel


class Circuit(models.Model):
    """Whether the provider of one channel of an account answers: one row once it failed by its own fault.

    `account` is as its senders name it; "" for the usual one, and for mail. `failures` are answers in
    a row that were errors of its own, `probes` those of single messages since `opened_at`. Until
    `open_until` nothing is sent there; then one message may try.
    """

    channel = models.CharField(max_length=10, choices=Channel.choices)
    account = models.CharField(max_length=64, blank=True)
    failures = models.PositiveIntegerField(default=0)
    probes = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True, blank=True)
    open_until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "account"], name="circuit_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.account}".strip()
