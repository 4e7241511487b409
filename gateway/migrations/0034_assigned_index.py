from django.db import migrations, models

from channels_out.index_operations import AddIndexAside


class Migration(migrations.Migration):
    """The index of what is assigned. Nobody waits while it is built."""

    atomic = False

    dependencies = [
        ('gateway', '0033_assignment'),
    ]

    operations = [
        AddIndexAside(
            model_name='customermessage',
            index=models.Index(models.F('assigned_to'), models.F('business'), models.OrderBy(models.F('last_activity_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('assigned_to__isnull', False)), name='gateway_message_assigned'),
        ),
    ]
