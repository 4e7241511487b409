import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Conversations that are joined to others, and what says whether the writer of a held mail is told."""

    dependencies = [
        ('gateway', '0016_contact_address_index'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='customermessage',
            name='merged_into',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, help_text='The conversation that all of this one was joined to; then it is in the trash, but to stay.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='merged', to='gateway.customermessage'),
        ),
        migrations.AddField(
            model_name='helditem',
            name='dmarc',
            field=models.CharField(blank=True, db_default='', default='', help_text='What its domain says of the mail: pass, fail, or nothing.', max_length=10),
        ),
        migrations.AddField(
            model_name='helditem',
            name='is_automatic',
            field=models.BooleanField(db_default=False, default=False, help_text='Written by a machine.'),
        ),
        migrations.AddField(
            model_name='helditem',
            name='mail_id',
            field=models.TextField(blank=True, db_default='', default='', help_text='The Message-ID of the mail, in whose thread its writer is told.'),
        ),
        migrations.AddField(
            model_name='helditem',
            name='writer_told_at',
            field=models.DateTimeField(blank=True, help_text='When its writer was told that it was refused.', null=True),
        ),
        migrations.AddField(
            model_name='move',
            name='is_join',
            field=models.BooleanField(db_default=False, default=False, help_text='They were all that there was.'),
        ),
    ]
