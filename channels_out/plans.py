from django.db import connections, router

from channels_out.models import Delivery

NEITHER = ("jit", "enable_bitmapscan", "enable_seqscan", "enable_hashjoin", "enable_mergejoin")
PLANS = "SELECT " + ", ".join(f"set_config('{each}', 'off', true)" for each in NEITHER)


def read_by_index() -> None:
    """PostgreSQL reads by index in this transaction: queues in order from their front, and rows by their keys.

    It knows a queue as it was when it last looked, and so as empty: it would rather fetch and sort all that waits,
    130 ms of 20,000 for a claim of 500 that takes 3, and read a table of 20,000 from end to end for each look into it
    by 500 keys. And what it takes for dear, it compiles first, for 17 ms:
    https://www.postgresql.org/docs/current/runtime-config-query.html
    https://www.postgresql.org/docs/current/jit-decision.html
    Another database is left alone.
    """
    connection = connections[router.db_for_write(Delivery)]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(PLANS)
