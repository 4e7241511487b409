import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Conversations that are a part of others."""

    dependencies = [
        ('gateway', '0019_held_reasons'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='customermessage',
            name='merged_into',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, help_text='The conversation that all of this one was joined to; then it is in the trash, but to stay.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='merged', to='gateway.customermessage'),
        ),
        migrations.AddField(
            model_name='move',
            name='is_join',
            field=models.BooleanField(db_default=False, default=False, help_text='They were all that there was.'),
        ),
    ]
