"""The compiler: a Stream and the schema in; queries, tables and columns out."""
