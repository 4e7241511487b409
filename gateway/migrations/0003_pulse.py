from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gateway', '0002_conversations'),
    ]

    operations = [
        migrations.CreateModel(
            name='Pulse',
            fields=[
                ('name', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(help_text='When it last arrived.')),
            ],
        ),
    ]
