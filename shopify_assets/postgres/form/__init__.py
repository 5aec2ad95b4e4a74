"""The form of the warehouse: tables, migrations, views."""
