"""The certificate of simulated shops, for clients that speak TLS only.

Charter: an authority of the moment, and what it signs for the shops' domains and for
this machine. Nobody trusts it who is not told to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_HERE = ("127.0.0.1", "localhost")


@dataclass(frozen=True)
class Certificate:
    """Files of a certificate, in PEM.

    Attributes:
        authority: what a client must trust.
        chain: the server's private key and certificates.
    """

    authority: Path
    chain: Path

    @classmethod
    def made(cls, folder: Path, domains: Iterable[str]) -> Certificate:
        """Make one for `domains` and this machine.

        Raises:
            ConfigurationError: the library that makes it is not installed.
        """
        try:
            import trustme  # noqa: PLC0415 -- an extra
        except ModuleNotFoundError as error:
            raise ConfigurationError(
                "TLS needs the package trustme: pip install trustme"
            ) from error
        issuer = trustme.CA(organization_name="simulated shops")
        files = cls(folder / "authority.pem", folder / "server.pem")
        issuer.cert_pem.write_to_path(str(files.authority))
        issued = issuer.issue_cert(*_HERE, *domains)
        # Readable by its owner only: it holds a private key.
        files.chain.touch(mode=0o600)
        issued.private_key_and_cert_chain_pem.write_to_path(str(files.chain))
        return files
