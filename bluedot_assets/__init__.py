"""Vendor JSON files to validated tables, TradingView CSVs and a static site, as Dagster assets."""
