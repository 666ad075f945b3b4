"""Versions of live topics, kept for the time that Valkey does not answer."""

from django.db import models


class TopicVersion(models.Model):
    """The last version of a topic that could not be written to Valkey."""

    topic = models.CharField(primary_key=True, max_length=100)
    version = models.BigIntegerField()
