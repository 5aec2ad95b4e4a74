"""The warehouse: a real server, real crashes."""
