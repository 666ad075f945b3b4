"""Reads that join several models."""

from apps.budgets.queries.forecast import forecast_of, forecasts_of

__all__ = ["forecast_of", "forecasts_of"]
