import django.db.models.deletion
from django.db import migrations, models
from knox.settings import knox_settings

import gateway.models.base

# Not what makemigrations writes: that asks for KNOX_TOKEN_MODEL, which nobody has to set.
TOKEN_MODEL = knox_settings.TOKEN_MODEL


class Migration(migrations.Migration):

    dependencies = [
        ('gateway', '0036_own_limits_and_proofs'),
        # Its newest one: the first ones of knox had another key.
        (TOKEN_MODEL.split('.')[0], '__latest__'),
    ]

    operations = [
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('name', models.CharField(max_length=80)),
                ('reads_only', models.BooleanField(default=False)),
                ('last_used_at', models.DateTimeField(editable=False, null=True)),
                ('token', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='gateway_token', to=TOKEN_MODEL)),
            ],
            options={
                'verbose_name': 'API token',
            },
        ),
    ]
