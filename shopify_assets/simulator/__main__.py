"""`python -m shopify_assets.simulator`: simulated shops until Ctrl-C.

Charter: the command line of the simulator; `shopify-assets simulate` calls `serve` too.
"""

from __future__ import annotations

import threading

import click

from shopify_assets.catalog.schema import PINNED_VERSION
from shopify_assets.simulator.demo import demo_shops
from shopify_assets.simulator.http.server import Simulator


def serve(*, port: int, shops: int, orders: int, tls: bool = False) -> None:
    """Serve simulated shops until interrupted, telling how to reach them."""
    with Simulator(demo_shops(shops, orders), port=port, tls=tls) as simulator:
        click.echo(f"Simulated Shopify Admin API {PINNED_VERSION} on {simulator.url}")
        for domain in simulator.domains:
            spec = simulator.store(domain).spec
            click.echo(f"\n  {domain}  ({spec.orders:,} orders, {spec.currency})")
            click.echo(f"    base_url      {simulator.base_url(domain)}")
            click.echo(f"    access token  {spec.access_token}")
        if tls:
            _tell_of_tls(simulator)
        click.echo("\nPress Ctrl-C to stop.")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            click.echo("Stopped.")


def _tell_of_tls(simulator: Simulator) -> None:
    """How a client is brought here that insists on `https` and the shop's domain."""
    (domain, *_), port = simulator.domains, simulator.port
    click.echo(f"\n  Clients must trust {simulator.authority}:")
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        click.echo(f"    export {name}={simulator.authority}")
    click.echo("\n  By a shop's domain, once /etc/hosts has the line")
    click.echo(f"    127.0.0.1  {' '.join(simulator.domains)}")
    click.echo(f"  ask https://{domain}:{port}, or without that line:")
    click.echo(f"    curl --connect-to {domain}:443:127.0.0.1:{port} https://{domain}/")


@click.command()
@click.option(
    "--port", default=8080, show_default=True, help="Port; 0 takes a free one."
)
@click.option("--shops", default=3, show_default=True, help="How many shops.")
@click.option("--orders", default=2000, show_default=True, help="Orders of each shop.")
@click.option("--tls", is_flag=True, help="Answer https, also by the shops' domains.")
def main(port: int, shops: int, orders: int, *, tls: bool) -> None:
    """Serve simulated Shopify shops on this machine."""
    serve(port=port, shops=shops, orders=orders, tls=tls)


if __name__ == "__main__":
    main()
