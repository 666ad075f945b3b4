"""Reads of acceptance that join several models."""
