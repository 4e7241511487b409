import django.db.models.deletion
import django.db.models.functions.text
import gateway.models.base
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Snoozing, notes, tags and saved views."""

    dependencies = [
        ('gateway', '0027_opening'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('author_name', models.CharField(help_text='As it was then.', max_length=255)),
                ('text', models.TextField()),
                ('author', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('message', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='gateway.customermessage')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('name', models.CharField(max_length=40)),
                ('query', models.CharField(help_text='As it stands in the address of the list.', max_length=1000)),
                ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('name',),
                'constraints': [
                    models.UniqueConstraint(models.F('user'), models.F('name'), name='gateway_savedview_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Tag',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('name', models.CharField(max_length=40)),
                ('colour', models.CharField(choices=[('h0', 'Green'), ('h1', 'Blue'), ('h2', 'Yellow'), ('h3', 'Red'), ('h4', 'Purple'), ('h5', 'Teal')], default='h1', max_length=2)),
                ('business', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='tags', to='gateway.business')),
            ],
            options={
                'ordering': ('name',),
                'constraints': [
                    models.UniqueConstraint(models.F('business'), django.db.models.functions.text.Lower('name'), name='gateway_tag_once', violation_error_message='There is a tag of this name.'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Tagging',
            fields=[
                ('id', models.UUIDField(default=gateway.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('message', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='taggings', to='gateway.customermessage')),
                ('tag', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='taggings', to='gateway.tag')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(models.F('message'), models.F('tag'), name='gateway_tagging_once'),
                ],
            },
        ),
        migrations.AddField(
            model_name='customermessage',
            name='no_answer_at',
            field=models.DateTimeField(blank=True, help_text='Nothing written until then needs an answer, a member said.', null=True),
        ),
        migrations.AddField(
            model_name='customermessage',
            name='snoozed_until',
            field=models.DateTimeField(blank=True, help_text='Out of the inbox until then; null for what is archived, spam or in the trash.', null=True),
        ),
        migrations.AddField(
            model_name='tag',
            name='messages',
            field=models.ManyToManyField(related_name='tags', through='gateway.Tagging', to='gateway.customermessage'),
        ),
    ]
