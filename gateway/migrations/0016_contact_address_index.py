from django.db import migrations, models

from channels_out.index_operations import AddIndexAside


class Migration(migrations.Migration):
    """An index of whom a phone deals with, whatever the business. Nobody waits while it is built."""

    atomic = False

    dependencies = [
        ('gateway', '0015_writers_and_mailboxes'),
    ]

    operations = [
        AddIndexAside(
            model_name='contactaddress',
            index=models.Index(fields=['normalized', 'channel'], name='gateway_contactaddress_whose'),
        ),
    ]
