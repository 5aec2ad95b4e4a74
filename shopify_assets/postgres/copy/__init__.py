"""How rows travel to PostgreSQL: binary COPY, checked on the way."""
