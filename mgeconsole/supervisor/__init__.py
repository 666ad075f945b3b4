"""Runs the whole stack as child processes of one: the work behind `manage.py up`."""
