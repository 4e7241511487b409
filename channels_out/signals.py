"""News that travels upward. Each is sent inside the transaction that records it.

`delivery_changed`: sender=Delivery, delivery, previous_state.
`opted_out`: sender=Suppression, suppression (a new one; the address may no longer be written to).
`address_bounced`: sender=Delivery, delivery, address, reason (a mail that came back for good).
`complained`: sender=Delivery, delivery, address (the reader reported the mail as spam).
"""

from django.dispatch import Signal

delivery_changed = Signal()
opted_out = Signal()
address_bounced = Signal()
complained = Signal()
