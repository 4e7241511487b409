from django.db import migrations, models


class Migration(migrations.Migration):
    """What is known of a held mail or text goes along when it is filed; a member's text may be his answer."""

    dependencies = [
        ('gateway', '0041_copies'),
    ]

    operations = [
        migrations.AddField(
            model_name='helditem',
            name='language',
            field=models.CharField(blank=True, db_default='', default='', help_text='What the text is written in, where that is known.', max_length=12),
        ),
        migrations.AddField(
            model_name='helditem',
            name='seal',
            field=models.CharField(blank=True, choices=[('signed', "It was signed by its writer's mail program; the signature was not checked."), ('encrypted', 'It is encrypted, and only a mail program with the right key opens it. Ask the writer to send it again without encryption.')], db_default='', default='', max_length=10),
        ),
        migrations.AlterField(
            model_name='messagereply',
            name='written_via',
            field=models.CharField(blank=True, choices=[('dashboard', 'Dashboard'), ('api', 'REST'), ('email', 'Email reply'), ('phone', 'Phone'), ('text', 'Text message'), ('button', 'Button in a mail')], help_text='How the owner answered.', max_length=10),
        ),
    ]
