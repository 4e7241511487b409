from django.db import migrations
from django.db.models import Q

from channels_out.phones import one_form


def into_one_form(apps, schema_editor):
    """A stop is asked for by the one form of its phone; where another stands in it already, that one holds."""
    suppressions = apps.get_model("channels_out", "Suppression").objects.using(schema_editor.connection.alias)
    concerned = Q(address__startswith="+521") | Q(address__startswith="+54") | Q(address__startswith="+55")
    for row in suppressions.filter(concerned).iterator():
        form = one_form(row.address)
        if form == row.address:
            continue
        same = suppressions.filter(channel=row.channel, scope=row.scope, address=form, lifted_at=None)
        if row.lifted_at or not same.exists():
            suppressions.filter(pk=row.pk).update(address=form)


class Migration(migrations.Migration):
    dependencies = [("channels_out", "0012_sender_queued")]

    operations = [migrations.RunPython(into_one_form, migrations.RunPython.noop, elidable=True)]
