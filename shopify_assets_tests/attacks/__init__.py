"""Whole commands under attack, judged by the truth."""
