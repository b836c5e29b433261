"""The command line `frontage`: what operators do, as short commands over the verbs of the features.

This module reads the configuration, turns refusals into one message and an exit code, and names the commands; each
group has its module. Exit codes: 0 done; 1 refused or something found; 2 wrong use or settings; 3 no database.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import Any

import click
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from config import Config, ConfigRefused
from demo.load import DemoRefused
from demo.phone import NotSent
from server.authority import AuthorityUnusable
from server.backup_folder import BackupRefused
from server.cli import (
    assessment,
    backing,
    batch,
    demo,
    doctor,
    duty,
    evidence,
    generating,
    keeping,
    keys,
    notices,
    operating,
    parking,
    patrol,
    people,
    phones,
    places,
    plans,
    rulebooks,
    rules,
    schema,
    times,
)
from server.cli.base import Place, error_console
from server.cluster import ClusterError
from server.deployment import Deployment
from server.evidence.faults import EvidenceFault
from server.evidence.signing import SigningKeyUnusable
from server.people.accounts import AccountRefused
from server.places.importing import ImportRefused
from server.running import RunFailed

REFUSED, WRONG, NO_DATABASE = 1, 2, 3
_UNDEFINED_TABLE = "42P01"


class _Commands(click.Group):
    """Turns what the verbs raise into a message for a person and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigRefused as error:
            _refuse(ctx, f"配置有误 / Settings cannot be used:\n{error}", WRONG)
        except ImportRefused as error:
            faults = "\n".join(f"  {fault}" for fault in error.faults)
            _refuse(ctx, f"文件未导入,共 {len(error.faults)} 处 / Nothing was imported:\n{faults}", REFUSED)
        except AuthorityUnusable as error:
            _refuse(ctx, f"本地证书不可用 / The local authority cannot be used: {error}", WRONG)
        except SigningKeyUnusable as error:
            _refuse(ctx, f"签名密钥不可用 / The signing key cannot be used: {error}", WRONG)
        except ClusterError as error:
            _refuse(ctx, str(error), NO_DATABASE)
        except (AccountRefused, DemoRefused, NotSent, EvidenceFault, RunFailed, BackupRefused) as error:
            _refuse(ctx, str(error), REFUSED)
        except DBAPIError as error:
            _refuse(ctx, _database_words(error), NO_DATABASE)


def _refuse(ctx: click.Context, words: str, code: int) -> None:
    error_console().print(words, style="red", markup=False, highlight=False, soft_wrap=True)
    ctx.exit(code)


def _database_words(error: DBAPIError) -> str:
    first = str(error.orig).partition("\n")[0]
    if isinstance(error, ProgrammingError) and getattr(error.orig, "pgcode", None) == _UNDEFINED_TABLE:
        return (
            f"数据库结构未建立,请运行 frontage db migrate。 / No schema: run frontage db migrate. ({first})"
        )
    if isinstance(error, OperationalError):
        return f"无法连接数据库 / The database cannot be reached: {first}"
    return f"数据库拒绝 / The database refused: {first}"


def _speak_utf8() -> None:
    """Chinese is written whatever LANG says; what a terminal cannot show is replaced, never an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.pass_context
def main(ctx: click.Context) -> None:
    """门前 Frontage:城市管理照片上报 / photo reports to the township that answers.

    设置见 `frontage config` / settings are FRONTAGE_* variables, see `frontage config`.
    退出码 / exit codes: 0 完成 done, 1 拒绝或发现问题 refused or found, 2 用法或设置 usage or settings,
    3 数据库不可用 no database.
    """
    _speak_utf8()
    ctx.obj = Place(lambda: Deployment(Config.from_env(os.environ)), _overridden)


def _overridden(**settings: str | None) -> Deployment:
    """The deployment with settings of the command line in place of those of the environment."""
    given = {f"FRONTAGE_{name.upper()}": value for name, value in settings.items() if value is not None}
    return Deployment(Config.from_env({**os.environ, **given}))


for _module in (
    operating,
    backing,
    doctor,
    phones,
    schema,
    people,
    places,
    generating,
    parking,
    rules,
    rulebooks,
    times,
    duty,
    patrol,
    plans,
    batch,
    assessment,
    evidence,
    keeping,
    keys,
    demo,
    notices,
):
    for _command in _module.COMMANDS:
        main.add_command(_command)
