import django.db.models.deletion
import gateway.models.base
from django.db import migrations, models


class Migration(migrations.Migration):
    """Which deliveries tell members what is no message of a customer, and what mail stands by for a text."""

    dependencies = [
        ('channels_out', '0008_recipients'),
        ('gateway', '0043_mail_id'),
    ]

    operations = [
        migrations.CreateModel(
            name='Telling',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('event', models.CharField(blank=True, choices=[('new', 'A new conversation'), ('next', 'A customer goes on writing'), ('held', 'Something is held and waits for a person'), ('failed', 'An answer did not arrive')], max_length=10)),
                ('mail', models.JSONField(null=True)),
                ('delivery', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='tellings', to='channels_out.delivery')),
                ('membership', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='gateway.membership')),
            ],
            options={
                'abstract': False,
            },
        ),
    ]
