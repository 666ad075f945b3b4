"""Assembles the apps into one console."""

from mgeconsole.celery import app as celery_app

__all__ = ["celery_app"]
