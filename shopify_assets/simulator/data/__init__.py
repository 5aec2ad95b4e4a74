"""The records of a simulated shop, modelled by hand and consistent with each other.

Charter: one module a subject; each makes records from a place, a seed and the facts of
`ground.py`. What is not modelled here is made up from the schema by `fallback.py`.
"""
