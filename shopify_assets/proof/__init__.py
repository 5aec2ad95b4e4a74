"""Is every row of the shop in the warehouse? Compared, named, mended."""
