"""The OpenAPI 3.1 document, made from what the code does: routes, the models that validate, who may call, what fails.

flask-openapi3 collects paths and parameters. Added here is what it cannot know: the problems that the layers around
every route answer, roles, and the schemas as pydantic writes them (the library's own drop examples).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

from flask_openapi3 import OpenAPI
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from werkzeug.routing import Rule

from server.access import READING, ROLES, declared, needs_session
from server.contract import API, PROBLEMS, Answer, ProblemBody, Strict, ref
from server.messages import say
from server.problems.answering import MEDIA_TYPE
from server.problems.base import Problem
from server.problems.people import NotAuthenticated, SessionNeeded, TokenReadOnly
from server.problems.request import (
    BodyTooLarge,
    InputRefused,
    Internal,
    MalformedRequest,
    NotAllowed,
    NotFound,
    StorageFull,
    Unavailable,
)

INFO = {
    "title": "门前 Frontage",
    "version": "1",
    "description": (
        "照片上报直达负责的镇街。时间为带时区的 RFC 3339，坐标为经度、纬度（度），以 `_m` 结尾的长度单位为米;"
        "出错时返回 `application/problem+json`，其中 `code` 固定不变。\n\n"
        "Photo reports reach the township that answers for the place. Times are RFC 3339 with an offset, coordinates "
        "longitude and latitude in degrees, lengths ending in `_m` metres; errors are `application/problem+json` "
        "with a stable `code`."
    ),
}
SECURITY = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "登录得到的 `access_token`,或本人创建的个人令牌。"
        "The `access_token` of a login, or a personal token that its owner made for a program.",
    },
    "refresh": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "登录得到的 `refresh_token`，只能用一次;答复丢失时可在片刻内再用一次。The `refresh_token` of a "
        "login, good once, and once more within seconds when the answer was lost.",
    },
    "device": {
        "type": "http",
        "scheme": "basic",
        "description": "设备令牌作密码(用户名为本人账号或空),或作 Bearer。"
        "The token of a device as the password, with the account's name or nothing as user; or as the bearer token.",
    },
}
_SCHEMAS = "#/components/schemas/"
_WRITING = frozenset({"put", "post", "patch", "delete"})
_RETRY = {"Retry-After": {"description": "秒 seconds", "schema": {"type": "integer", "minimum": 0}}}
_HEADERS = {
    401: {
        "WWW-Authenticate": {
            "description": "须出示令牌 A token is wanted (RFC 9110)",
            "schema": {"type": "string"},
        }
    },
    429: _RETRY,
    503: _RETRY,
    507: _RETRY,
}


def document(app: OpenAPI) -> dict[str, Any]:
    """The whole document, as JSON values. Building it takes tens of milliseconds: keep what it gives."""
    made: dict[str, Any] = copy.deepcopy(app.api_doc)
    made["info"] = INFO
    paths = {path: item for path, item in made["paths"].items() if path.startswith(API)}
    for path, method, rule in _operations(app, paths):
        roles = declared(app.view_functions[rule.endpoint]) or frozenset()
        operation = paths[path][method]
        operation["operationId"] = rule.endpoint.rpartition(".")[2]
        _say_who(operation, roles)
        _say_problems(operation, [*_around(operation, method, rule, app)])
    # The deployment decides the host; a client resolves paths against where it got the document.
    made["servers"] = [{"url": "/"}]
    made["paths"] = paths
    made["components"] = {"securitySchemes": SECURITY, "schemas": _schemas(paths)}
    made["tags"] = [tag for tag in made["tags"] if any(tag["name"] in op["tags"] for op in _each(paths))]
    return _titled(made)


def _each(paths: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in paths.values():
        yield from item.values()


def _operations(app: OpenAPI, paths: dict[str, Any]) -> Iterator[tuple[str, str, Rule]]:
    """Every documented operation with the rule that serves it."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^<:>]+:)?([^<>]+)>", r"{\1}", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if method.lower() in paths.get(path, {}):
                yield path, method.lower(), rule


def _say_who(operation: dict[str, Any], roles: frozenset[str]) -> None:
    if not roles:
        # A refresh token or a device's is no access token: routes that take one name it, and are public to the check.
        operation["security"] = [need for need in operation.get("security", []) if "bearer" not in need]
        return
    operation["security"] = [{"bearer": []}]
    if roles != frozenset(ROLES):
        named = ", ".join(role for role in ROLES if role in roles)
        said = f"角色 Roles: {named}"
        operation["description"] = (
            f"{operation['description']}\n\n{said}" if "description" in operation else said
        )


def _around(operation: dict[str, Any], method: str, rule: Rule, app: OpenAPI) -> Iterator[type[Problem]]:
    """What the layers around a route answer, each in the order it is reached."""
    yield from _of_access(app.view_functions[rule.endpoint], method)
    if re.search(r"<[a-z]+:", rule.rule):
        yield NotFound
    if "requestBody" in operation:
        yield MalformedRequest
        yield BodyTooLarge
        yield InputRefused
    elif operation.get("parameters"):
        yield InputRefused
    if method in _WRITING:
        yield StorageFull
    yield Internal
    yield Unavailable


def _of_access(view: Callable[..., object], method: str) -> Iterator[type[Problem]]:
    roles = declared(view)
    if not roles:
        return
    yield NotAuthenticated
    if roles != frozenset(ROLES):
        yield NotAllowed
    if needs_session(view):
        yield SessionNeeded
    elif method.upper() not in READING:
        yield TokenReadOnly


def _say_problems(operation: dict[str, Any], around: list[type[Problem]]) -> None:
    responses = operation["responses"]
    # The library's own guess at a refused input, where the route names none.
    if PROBLEMS not in responses.get("422", {}):
        responses.pop("422", None)
    for problem in around:
        response = responses.setdefault(str(problem.status), {PROBLEMS: []})
        response[PROBLEMS] += [code for code in problem.codes() if code not in response[PROBLEMS]]
    for status, response in responses.items():
        codes = response.pop(PROBLEMS, None)
        if codes is None:
            continue
        response["description"] = "\n".join(f"- `{code}` {_words(code)}" for code in codes)
        response["content"] = {MEDIA_TYPE: {"schema": ref(ProblemBody)}}
        if int(status) in _HEADERS:
            response["headers"] = _HEADERS[int(status)]
    operation["responses"] = dict(sorted(responses.items()))


def _words(code: str) -> str:
    words = say(f"problem.{code}")
    return f"{words['text']}。{words['text_en']}."


def _below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for child in model.__subclasses__():
        yield child
        yield from _below(child)


def _schemas(paths: dict[str, Any]) -> dict[str, Any]:
    """Schemas of all models that the paths lead to, by class name."""
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(ProblemBody, "serialization")]
    wanted += [(model, "validation") for model in _below(Strict)]
    wanted += [(model, "serialization") for model in _below(Answer)]
    _, made = models_json_schema(wanted, ref_template=_SCHEMAS + "{model}")
    known: dict[str, Any] = made["$defs"]
    reached: dict[str, Any] = {}
    waiting = [*_references(paths)]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached[name] = known[name]
            waiting += _references(known[name])
    return dict(sorted(reached.items()))


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        target = value.get("$ref")
        if isinstance(target, str):
            yield target.removeprefix(_SCHEMAS)
        for child in value.values():
            yield from _references(child)
    elif isinstance(value, list):
        for child in value:
            yield from _references(child)


def _titled(made: dict[str, Any]) -> dict[str, Any]:
    """Schemas under their titles: the names of the contract, where a class has to be called otherwise."""
    schemas = made["components"]["schemas"]
    names = {name: schema.get("title", name) for name, schema in schemas.items()}
    if len(set(names.values())) != len(names):
        raise ValueError(f"two schemas of one title: {sorted(names.values())}")
    made["components"]["schemas"] = {names[name]: schema for name, schema in schemas.items()}
    renamed: dict[str, Any] = _renamed(made, names)
    return renamed


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        target = value.get("$ref")
        if isinstance(target, str):
            return {**value, "$ref": _SCHEMAS + names[target.removeprefix(_SCHEMAS)]}
        return {key: _renamed(child, names) for key, child in value.items()}
    if isinstance(value, list):
        return [_renamed(child, names) for child in value]
    return value
