"""From a shop and a window to raw files in the lake, whole or not at all."""
