from django.db import migrations, models


class Migration(migrations.Migration):
    """The Message-ID of what a customer wrote by mail; none is known of what came before."""

    dependencies = [
        ("gateway", "0042_held_language"),
    ]

    operations = [
        migrations.AddField(
            model_name='customermessage',
            name='mail_id',
            field=models.TextField(blank=True, db_default='', default='', help_text='The Message-ID of the mail, in whose thread it is answered.'),
        ),
        migrations.AddField(
            model_name='messagereply',
            name='mail_id',
            field=models.TextField(blank=True, db_default='', default='', help_text='The Message-ID of the mail, in whose thread it is answered.'),
        ),
    ]
