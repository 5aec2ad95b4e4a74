"""Dagster's web server, behind a guard: who may ask it, and for what.

Charter: Dagster's UI knows no login, takes mutations from whoever reaches it, and every
page that a browser has open reaches this machine. `rules` decides, without a server;
`guard` applies that to requests; `server` starts Dagster's pages behind it.
"""
