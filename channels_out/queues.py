from django.db import connections, router

from channels_out.models import Delivery

PLANS = "SELECT set_config('jit', 'off', true), set_config('enable_bitmapscan', 'off', true)"


def read_from_the_front() -> None:
    """PostgreSQL reads queues by their index in this transaction, in order, and stops once it has enough.

    It knows a queue as it was when it last looked, and so as empty: it would rather fetch and sort all that waits,
    130 ms of 20,000 for a claim of 500 that takes 3. And what it takes for dear, it compiles first, for 17 ms:
    https://www.postgresql.org/docs/current/runtime-config-query.html
    https://www.postgresql.org/docs/current/jit-decision.html
    Another database is left alone.
    """
    connection = connections[router.db_for_write(Delivery)]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(PLANS)
