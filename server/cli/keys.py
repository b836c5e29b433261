"""`frontage keys`: the keys that sign receipts."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from server.cli.base import Place, pass_place
from server.evidence.signing import ReceiptSigner


@click.group("keys")
def keys() -> None:
    """回执签名密钥 / Keys that sign receipts."""


@keys.command("list")
@pass_place
def list_keys(place: Place) -> None:
    """列出密钥,使用中的在前 / The key in use, then those before it, which older receipts are checked with."""
    signer = ReceiptSigner.load_or_create(place.deployment.config.secrets / "receipt.pem")
    for key in signer.jwks()["keys"]:
        retired_at = key.get("retired_at")
        click.echo(f"{key['kid']}  {'停用 retired ' + retired_at if retired_at else '使用中 in use'}")


@keys.command("rotate")
@pass_place
def rotate_key(place: Place) -> None:
    """换新签名密钥,旧公钥继续公布 / A new key; the public key before it stays published, so old receipts hold."""
    signer = ReceiptSigner.rotate(place.deployment.config.secrets / "receipt.pem", datetime.now(UTC))
    click.echo(f"新密钥 / new key {signer.key_id}")
    click.echo("请重启服务与后台进程 / restart server and worker: until then they sign with the key before")


COMMANDS = [keys]
