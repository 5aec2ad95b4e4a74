"""`python -m shopify_assets_tests.clients`: other people's clients, tried.

Charter: a shop behind TLS, each client in its own environment, and what it reports
beside what the shop truly holds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shopify_assets.catalog.schema import PINNED_VERSION
from shopify_assets.simulator.http.server import SimulatedShop, Simulator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HERE = Path(__file__).parent
BUILD = Path("build/clients").resolve()
SHOP = SimulatedShop("ember.myshopify.com", orders=400)


def _run(*command: object, environment: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(  # noqa: S603 -- what the table below says
        list(map(str, command)),
        cwd=BUILD,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def _javascript(script: str, environment: Mapping[str, str]) -> str:
    packages = ("@shopify/admin-api-client", "@shopify/shopify-api")
    if not all((BUILD / "node_modules" / name).exists() for name in packages):
        _run("npm", "install", "--silent", "--no-save", "--prefix", BUILD, *packages)
    for name in (script, "checking.mjs", "here.cjs"):
        (BUILD / name).write_text((HERE / name).read_text("utf-8"), "utf-8")
    return _run("node", "--require", "./here.cjs", script, environment=environment)


def _python(script: str, package: str, environment: Mapping[str, str]) -> str:
    home = BUILD / package
    if not home.exists():
        _run(sys.executable, "-m", "venv", home)
        _run(home / "bin" / "pip", "install", "--quiet", package)
    more = {**environment, "PYTHONPATH": str(HERE / "here")}
    return _run(home / "bin" / "python", HERE / script, environment=more)


CLIENTS: dict[str, Callable[[Mapping[str, str]], str]] = {
    "admin-api-client": lambda env: _javascript("admin_api_client.mjs", env),
    "shopify-api": lambda env: _javascript("shopify_api.mjs", env),
    "shopifyapp": lambda env: _python("shopifyapp_client.py", "shopifyapp", env),
    "airbyte": lambda env: _python("airbyte_streams.py", "airbyte-source-shopify", env),
}


def _environment(simulator: Simulator) -> dict[str, str]:
    authority = str(simulator.authority)
    return {
        "SIMULATOR_PORT": str(simulator.port),
        "SHOP": SHOP.domain,
        "TOKEN": SHOP.access_token,
        "CLIENT_ID": SHOP.client_id,
        "CLIENT_SECRET": SHOP.client_secret,
        "VERSION": PINNED_VERSION,
        "NODE_EXTRA_CA_CERTS": authority,
        "REQUESTS_CA_BUNDLE": authority,
        "SSL_CERT_FILE": authority,
    }


def _held(simulator: Simulator) -> dict[str, Any]:
    """What the shop holds of the types that clients count."""
    store = simulator.store(SHOP.domain)
    with store.lock:
        return {kind: len(store.world.places(kind)) for kind in store.world.tables}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(CLIENTS)))
def main(names: tuple[str, ...]) -> None:
    """Try clients; all of them, unless some are named."""
    BUILD.mkdir(parents=True, exist_ok=True)
    for name in names or CLIENTS:
        with Simulator([SHOP], tls=True) as simulator:
            began = time.monotonic()
            report = CLIENTS[name](_environment(simulator))
            seconds = time.monotonic() - began
            click.echo(f"{name} ({seconds:.0f} s): {report.strip()}")
            if name == "airbyte":
                click.echo(f"  the shop holds {json.dumps(_held(simulator))}")


if __name__ == "__main__":
    main()
