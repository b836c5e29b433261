"""Accounts, bodies, their histories and personal tokens as they are sent and answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from server.access import ROLES
from server.contract import Answer, Moment, Page, Strict, Text

USERNAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{1,63}$"
_ACCOUNT: JsonDict = {
    "username": "jinsha.officer",
    "display_name": "张三",
    "role": "officer",
    "body": "320612001",
    "team": "一队",
}


def _known_role(value: str) -> str:
    if value not in ROLES:
        raise ValueError(f"one of {', '.join(ROLES)} wanted")
    return value


def _said(value: str) -> str:
    if not value.strip():
        raise ValueError("a name wanted")
    return value.strip()


Role = Annotated[str, AfterValidator(_known_role), Field(json_schema_extra={"enum": list(ROLES)})]
# What stands in one line.
Name = Annotated[Text, AfterValidator(_said), Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")]
Code = Annotated[Text, Field(min_length=1, max_length=64)]


class IfMatch(BaseModel):
    """Whose version a change was made from."""

    if_match: str | None = Field(
        None, alias="If-Match", description='所依据的版本,如 "3" / the version it is made from, as in "3"'
    )


# --- Accounts -------------------------------------------------------------------------------------------------


class AccountsQuery(Page):
    search: Text | None = Field(
        None, min_length=1, max_length=100, description="用户名或姓名的一部分 / part of a name or user name"
    )
    role: Role | None = None
    body: Code | None = Field(None, description="机构代码 / code of a body")
    state: Literal["enabled", "disabled"] | None = None
    off_from: Moment | None = Field(
        None,
        description="与 off_to 同用:此间未排班的一线人员 / with off_to: who of the street is on no roster then",
    )
    off_to: Moment | None = None


class AccountIn(Strict):
    """A new account. Its first password is made here, and its holder has to change it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ACCOUNT]})

    username: Text = Field(pattern=USERNAME_PATTERN, description="登录名,不可更改 / for signing in, for good")
    display_name: Name
    role: Role
    body: Code = Field(description="机构代码 / code of the body")
    team: Name | None = Field(None, description="该机构的班组 / a team of that body")


class AccountPatch(Strict):
    """What is to be otherwise; what is left out stays."""

    display_name: Name | None = None
    role: Role | None = None
    body: Code | None = Field(None, description="调离后不再属于原班组 / another body ends the team")
    team: Name | None = Field(None, description="null 为不属于任何班组 / null: in no team")
    disabled: bool | None = Field(None, description="停用即刻结束其会话 / disabled, its sessions end at once")


class AccountBodyOut(Answer):
    code: str
    name: str


class AccountOut(Answer):
    """One account. What is null beyond `team` and `disabled_at` is told to its administrators only."""

    id: UUID
    username: str
    display_name: str
    role: str
    body: AccountBodyOut
    team: str | None
    sample: bool
    created_at: str
    disabled_at: str | None
    version: int = Field(description="同 ETag / as in the ETag")
    must_change_password: bool | None = Field(
        description="密码由他人告知,首次登录须更换 / the first sign-in has to change it"
    )
    sessions: int | None = Field(description="进行中的会话数 / sessions that go on")
    tokens: int | None = Field(description="有效的个人令牌数 / personal tokens that are good")


class AccountList(Answer):
    items: list[AccountOut]
    next: str | None


class AccountSecretOut(Answer):
    """An account with a password that is shown this once and kept nowhere."""

    account: AccountOut
    password: str = Field(description="仅此一次可见 / seen this once")
    address: str = Field(description="登录网址 / where to sign in")
    qr_png: str = Field(description="登录网址的二维码,PNG 的 base64 / that address as a code, PNG in base64")


# --- Histories ------------------------------------------------------------------------------------------------


class ChangerOut(Answer):
    username: str
    display_name: str


class ChangeOut(Answer):
    """One change: what was otherwise before and what came instead."""

    version: int
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    made_at: str
    made_by: ChangerOut | None = Field(
        description="null 为命令行上的运维人员 / null: an operator at the command line"
    )
    undo: Literal["possible", "final", "overtaken"] = Field(
        description="final 不能撤销,overtaken 其后又有更改 / final: never; overtaken: something changed since"
    )


class ChangeList(Answer):
    items: list[ChangeOut]
    next: str | None


# --- Bodies ---------------------------------------------------------------------------------------------------


class OrganisationIn(Strict):
    """A township that is new here, by its administrative code."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "320612111",
                    "name": "某某镇",
                    "body_name": "某某镇综合行政执法局",
                    "body_name_en": "Enforcement Bureau of Moumou",
                }
            ]
        }
    )

    code: str = Field(
        pattern=r"^[0-9]{9}$", description="统计用区划代码前 9 位 / 9-digit administrative code"
    )
    name: Name = Field(description="镇街名 / name of the township")
    body_name: Name = Field(description="机构名 / name of the body, in Chinese")
    body_name_en: Name = Field(description="机构英文名 / name of the body, in English")


class OrganisationPatch(Strict):
    """What is to be otherwise; what is left out stays."""

    name: Name | None = None
    body_name: Name | None = None
    body_name_en: Name | None = None
    closed: bool | None = Field(
        None, description="撤销的机构不再进人、不再接案 / closed: no people, no cases any more"
    )


class OrganisationOut(Answer):
    """The district or a township, and the body that answers for it."""

    code: str
    kind: Literal["district", "township"]
    name: str
    body_name: str
    body_name_en: str
    closed_at: str | None
    version: int
    people: int | None = Field(description="在用账号数,限其管理员 / accounts in use, for its administrators")


class OrganisationList(Answer):
    items: list[OrganisationOut]
    next: None


# --- Personal tokens ------------------------------------------------------------------------------------------


class TokensQuery(Strict):
    account: UUID | None = Field(
        None, description="缺省为本人;他人的限其管理员 / unset: oneself; of others for their administrators"
    )


class TokenIn(Strict):
    """A token for a program of the asker's own."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "月报脚本", "scope": "read", "days": 90}]}
    )

    name: Name
    scope: Literal["read", "write"] = Field(
        description="read 只读,write 可读写;权限始终为本人当前权限 / as far as the owner's rights of then reach"
    )
    days: int = Field(ge=1, le=3660, description="有效天数 / days it is good for")


class TokenOut(Answer):
    """A personal token, without what opens it."""

    id: UUID
    account: UUID
    name: str
    scope: Literal["read", "write"]
    state: Literal["active", "expired", "revoked"]
    created_at: str
    expires_at: str
    last_used_on: str | None = Field(description="最近使用日,UTC / day of its last use, in UTC")
    revoked_at: str | None
    revoked_by: str | None


class TokenList(Answer):
    items: list[TokenOut]
    next: None


class TokenSecretOut(Answer):
    """A personal token with its text, which is shown this once and kept nowhere."""

    token: TokenOut
    secret: str = Field(description="仅此一次可见,作 Bearer 使用 / seen this once; used as the bearer token")
