"""The bench: what the pipeline costs, in CPU seconds, bytes of log and peak memory.

Charter: `make bench` and its parts. It runs the real steps of the stream `orders`, in a
process of their own, from bulk files on the wire to merged tables, and compares them
with the floor: the same rows by binary COPY from a prepared file into bare tables.
CPU seconds are what to compare; wall times tell what else the machine was doing.
"""
