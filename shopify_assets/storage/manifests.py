"""What an extraction is made of and how far it is: plans, manifests, receipts.

Charter: the small JSON files beside the raw files, and the answers they give: which
parts are finished, whether an extraction is complete, which extractions hold a window.
The order in which they are written is the crash safety of the lake (see `layout`).
Nothing here fetches or loads.
"""
