"""From a shop and a window to raw files, whole or not at all."""
