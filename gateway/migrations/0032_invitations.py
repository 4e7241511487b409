import django.db.models.deletion
import gateway.models.base
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Invitations by mail."""

    dependencies = [
        ('channels_out', '0006_circuit'),
        ('gateway', '0031_checks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('address', models.CharField(max_length=254)),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('member', 'Member'), ('agent', 'Agent (suggests, does not answer)')], max_length=10)),
                ('invited_by_name', models.CharField(help_text='As it was then.', max_length=255)),
                ('token_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('expires_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('accepted_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('business', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='gateway.business')),
                ('delivery', models.OneToOneField(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='channels_out.delivery')),
                ('invited_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('created_at',),
                'indexes': [models.Index(fields=['business', 'created_at'], name='gateway_invitation_day')],
                'constraints': [models.UniqueConstraint(models.F('business'), models.F('address'), condition=models.Q(('ended_at', None)), name='gateway_invitation_open_once')],
            },
        ),
    ]
