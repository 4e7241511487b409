from django.db import connections, router

from channels_out.models import Delivery


def without_jit() -> None:
    """PostgreSQL makes no machine code of this transaction's queries; another database is left alone.

    It does for what it takes for dear, as a look-up for each of many rows that wait, of which a claim reads the first
    few hundred: 17 ms for what takes 3: https://www.postgresql.org/docs/current/jit-decision.html
    """
    connection = connections[router.db_for_write(Delivery)]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL jit = off")
