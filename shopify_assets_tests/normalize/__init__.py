"""From raw records to typed tables: exactly, or an error that names the place."""
