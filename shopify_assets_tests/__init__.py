"""The tests; one folder per package folder, and stories that cross them."""
