"""Leads every shop's domain to the simulated shops on this machine (SIMULATOR_PORT).

Charter: loaded by Python itself, into the processes of other people's clients.
"""

import os
import socket

_resolve = socket.getaddrinfo


def _here(host, port, *more, **options):  # type: ignore[no-untyped-def] # noqa: ANN
    name = host.decode() if isinstance(host, bytes) else host or ""
    if name.endswith(".myshopify.com"):
        host, port = "127.0.0.1", int(os.environ["SIMULATOR_PORT"])
    return _resolve(host, port, *more, **options)


socket.getaddrinfo = _here
