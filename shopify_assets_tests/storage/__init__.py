"""The lake: stores, raw files, extractions."""
