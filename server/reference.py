"""Writes docs/problems.md, configuration.md and cases.md from what the code says: `python -m server.reference`.

The pages are committed, so that they can be read without running anything; tests/test_docs.py fails when they are
not what this module would write. The glossary is written by people.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import UnionType
from typing import Any, get_args

import click
import orjson
from pydantic.fields import FieldInfo

from config import PREFIX, Config
from server.app import create_app
from server.cases.described import cases_page
from server.document import document
from server.messages import say
from server.problems.answering import every_problem
from server.problems.people import TooManyLogins
from server.problems.request import StorageFull, Unavailable

DOCS = Path(__file__).resolve().parents[1] / "docs"
_GENERATED = "<!-- 由 `python -m server.reference` 生成,请勿手改 / generated, do not edit -->"
_HEADING = re.compile(r"^    # (?P<heading>.+)$")
_FIELD = re.compile(r"^    (?P<name>[a-z_0-9]+): ")
_CHINESE_HEADINGS = {
    "Where things are": "位置",
    "The district": "本区",
    "Server": "服务器",
    "Photos": "照片",
    "Evidence that leaves": "证据输出",
    "Login": "登录",
    "Personal tokens": "个人令牌",
    "Judging a report": "判定上报",
    "Matching": "落区判定",
    "Maps": "地图",
    "Live feed": "动态",
    "Routing": "派向规则",
    "Casework": "案卷办理",
    "Deadlines": "时限",
    "Editing zones": "编辑责任区",
    "Importing layers": "导入图层",
    "Notices": "通知",
    "Tracks and visits": "轨迹与到访",
}
_LIMITS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "pattern": "形如"}


def problems_page() -> str:
    """docs/problems.md: every code a client can meet, in order of status."""
    lines = [
        _GENERATED,
        "# 错误代码 Problem codes",
        "",
        "出错时返回 `application/problem+json`(RFC 9457):`type`、`title`(中文)、`title_en`、`status`、`code`、"
        "`instance`、`request_id`;内容不合要求时另有 `errors: [{path, message}]`。程序只看 `code`,它不会改变含义,"
        "也不会再用于别的错误。",
        "",
        "Errors are `application/problem+json` (RFC 9457). A program looks at `code` only: it never changes its "
        "meaning and is never used again for something else. `request_id` leads to the log.",
        "",
        "| 状态 status | code | 中文 | English | 含义 meaning | 重试 retry |",
        "|---|---|---|---|---|---|",
    ]
    rows = [(problem.status, code, problem) for problem in every_problem() for code in problem.codes()]
    for status, code, problem in sorted(rows, key=lambda row: row[:2]):
        words = say(f"problem.{code}")
        meaning = " ".join((problem.__doc__ or "").split())
        again = "`Retry-After`" if issubclass(problem, Unavailable | StorageFull | TooManyLogins) else ""
        lines.append(f"| {status} | `{code}` | {words['text']} | {words['text_en']} | {meaning} | {again} |")
    return "\n".join(lines) + "\n"


def configuration_page() -> str:
    """docs/configuration.md: every setting with type, default, limits and the reason of the default."""
    lines = [
        _GENERATED,
        "# 设置 Configuration",
        "",
        "每个设置是一个环境变量,启动时读一次;写错的会一次全部列出。单位写在名称里:`_m` 米,`_s` 秒,`_ms` 毫秒,"
        "`_bytes` 字节,`_deg` 度,`_px` 像素。`frontage config` 显示本部署的取值。",
        "",
        "Every setting is an environment variable, read once at start; all mistakes are told together, unknown names "
        "included. Units stand in the names. `frontage config` shows the values of a deployment.",
    ]
    for heading, fields in _groups():
        lines += ["", f"## {heading}", ""]
        lines += [
            "| 变量 variable | 类型 type | 默认 default | 范围 limits | 理由 reason |",
            "|---|---|---|---|---|",
        ]
        lines += [_setting(name, Config.model_fields[name]) for name in fields]
    return "\n".join(lines) + "\n"


def _groups() -> Iterator[tuple[str, list[str]]]:
    """Settings under the headings that stand as comments in settings/, in the order of config.py."""
    heading, fields = "", list[str]()
    for line in "".join(inspect.getsource(part) for part in Config.__bases__).splitlines():
        if found := _HEADING.match(line):
            if fields:
                yield heading, fields
            words = found["heading"]
            heading, fields = f"{_CHINESE_HEADINGS.get(words, '')} {words}".strip(), []
        elif (found := _FIELD.match(line)) and found["name"] in Config.model_fields:
            fields.append(found["name"])
    yield heading, fields


def _setting(name: str, field: FieldInfo) -> str:
    limits = ", ".join(_limits(field))
    reason = (field.description or "").replace("|", "\\|").replace("<", "&lt;")
    return (
        f"| `{PREFIX}{name.upper()}` | {_type_words(field.annotation)} | {_default_words(field.default)} | "
        f"{limits} | {reason} |"
    )


def _limits(field: FieldInfo) -> Iterator[str]:
    for rule in field.metadata:
        for name, sign in _LIMITS.items():
            value = getattr(rule, name, None)
            if value is not None:
                yield f"{sign} `{value}`" if name == "pattern" else f"{sign} {_number(value)}"


def _type_words(annotation: Any) -> str:
    kinds = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    return " / ".join(kind.__name__ for kind in kinds if kind is not type(None))


def _default_words(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{_number(value)}`" if isinstance(value, int | float) else f"`{value}`"


def _number(value: int | float) -> str:
    # A port or an SRID is read in one piece; a number of bytes is not.
    return f"{value:_}" if value >= 100_000 else f"{value}"


def api_document() -> bytes:
    """The OpenAPI document of this code, as the web pages are typed by it; needs no database."""
    with TemporaryDirectory() as var:
        app = create_app(Config(var=Path(var)), app_database_url="postgresql://nobody@nowhere/none")
    return orjson.dumps(document(app), option=orjson.OPT_SORT_KEYS)


PAGES: dict[str, Callable[[], str]] = {
    "problems.md": problems_page,
    "configuration.md": configuration_page,
    "cases.md": lambda: cases_page(_GENERATED),
}


@click.command()
@click.option(
    "--openapi",
    type=click.Path(path_type=Path),
    help="只写接口文档到此文件 / Only the API's document, to this file.",
)
def main(openapi: Path | None) -> None:
    """重写由程序生成的文档 / Rewrite the pages of docs/ that the code is the source of."""
    if openapi:
        openapi.write_bytes(api_document())
        return
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
        click.echo(f"docs/{name}")


if __name__ == "__main__":
    main()
