import django.db.models.deletion
import gateway.models.base
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Who takes care of a conversation."""

    dependencies = [
        ('gateway', '0032_invitations'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('actor_name', models.CharField(blank=True, help_text='As it was then.', max_length=255)),
                ('assignee_name', models.CharField(blank=True, help_text='As it was then.', max_length=255)),
                ('message', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='gateway.customermessage')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='customermessage',
            name='assigned_to',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, help_text="Which of the business's people takes care of it; null for whoever comes first.", null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
    ]
