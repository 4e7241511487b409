from django.db import migrations, models

from channels_out.index_operations import AddIndexAside


class Migration(migrations.Migration):
    """Finds what is held for a question. Nobody waits while the index is built."""

    atomic = False

    dependencies = [
        ('gateway', '0009_questions'),
    ]

    operations = [
        AddIndexAside(
            model_name='helditem',
            index=models.Index(condition=models.Q(('question__isnull', False)), fields=['question'], name='gateway_held_question'),
        ),
    ]
