"""Bulk operations: their rules, their life, the lines of their files."""
