"""`frontage users` and `bodies`: accounts and the bodies they belong to, as an operator sets them up.

Passwords are asked for or made, never arguments.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import orjson
from rich.table import Table

from server.access import ROLES
from server.cli.base import Place, console, pass_place
from server.people import accounts
from server.people.accounts import AccountRefused, put_organisations

_ask_password = click.option(
    "--ask-password",
    is_flag=True,
    help="输入密码(默认随机生成)/ Type the password; else a random one is made.",
)


@click.group("users")
def users() -> None:
    """账号 / Accounts."""


@users.command("list")
@pass_place
def list_users(place: Place) -> None:
    """列出账号 / List all accounts."""
    table = Table("用户名 / username", "姓名 / name", "角色 / role", "机构 / body", "状态 / state")
    with place.owner() as connection:
        for one in accounts.list_accounts(connection):
            state = "停用 disabled" if one.disabled_at else "示例 sample" if one.sample else "启用 enabled"
            body = f"{one.organisation_name} {one.organisation_code}"
            table.add_row(one.username, one.display_name, one.role, body, state)
    console().print(table)


@users.command("add")
@click.argument("username")
@click.option("--name", "display_name", required=True, help="显示姓名 / Name to show.")
@click.option("--role", required=True, type=click.Choice(ROLES), help="角色 / Role.")
@click.option("--body", "body_code", required=True, help="机构代码 / Code of the district or township.")
@_ask_password
@pass_place
def add(
    place: Place, username: str, display_name: str, role: str, body_code: str, ask_password: bool
) -> None:
    """新建账号 / Create an account; a password that was made is shown this once."""
    password = _asked(ask_password)
    with place.owner() as connection:
        made = accounts.create_account(
            connection,
            username=username,
            display_name=display_name,
            role=role,
            organisation_code=body_code,
            password=password,
        )
    click.echo(f"已建立 / created: {username}")
    _tell(None if password else made.password)


@users.command("set-password")
@click.argument("username")
@_ask_password
@pass_place
def set_password(place: Place, username: str, ask_password: bool) -> None:
    """更改密码并结束其会话 / Another password; sessions end."""
    given = _asked(ask_password)
    with place.owner() as connection:
        password = accounts.set_password(connection, username, given)
    click.echo(f"密码已更改 / password changed: {username}")
    _tell(None if given else password)


@users.command("disable")
@click.argument("username")
@pass_place
def disable(place: Place, username: str) -> None:
    """停用账号并结束其会话 / Let nobody in with it any more; sessions end."""
    with place.owner() as connection:
        accounts.disable_account(connection, username)
    click.echo(f"已停用 / disabled: {username}")


@users.command("enable")
@click.argument("username")
@pass_place
def enable(place: Place, username: str) -> None:
    """重新启用账号 / Let a disabled account in again."""
    with place.owner() as connection:
        accounts.enable_account(connection, username)
    click.echo(f"已启用 / enabled: {username}")


def _asked(ask: bool) -> str | None:
    if not ask:
        return None
    password: str = click.prompt("密码 / password", hide_input=True, confirmation_prompt=True)
    return password


def _tell(password: str | None) -> None:
    if password is not None:
        click.echo(f"密码(只显示这一次)/ password, shown this once: {password}")


@click.group("bodies")
def bodies() -> None:
    """机构 / The district and its townships."""


@bodies.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_place
def import_bodies(place: Place, file: Path) -> None:
    """导入机构(区在前)/ Import bodies from a JSON list, the district first; names of known codes are renewed.

    每项 / each: code, kind (district | township), name, body_name_zh, body_name_en.
    """
    with place.owner() as connection:
        put = put_organisations(connection, _listed(file))
    click.echo(f"机构 / bodies: {len(put)}")


def _listed(file: Path) -> Any:
    try:
        return orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise AccountRefused("organisation_file", {"fault": str(error)}) from None


COMMANDS = (users, bodies)
