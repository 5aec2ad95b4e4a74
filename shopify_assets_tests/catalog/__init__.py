"""The compiler: from a declaration and the schema to tables and queries."""
