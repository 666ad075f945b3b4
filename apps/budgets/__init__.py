"""Prices, holds, the ledger, caps and the overrides that people decide."""
