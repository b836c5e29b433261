"""The machine: disk, secrets, the built pages, and whether phones get a secure context."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import stat
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from server.authority import (
    RENEWED_BEFORE_END,
    Authority,
    AuthorityUnusable,
    addresses_of,
    machine_addresses,
)
from server.deployment import Deployment
from server.doctor.database import Now
from server.doctor.line import Line, Mark
from server.operation import disks
from server.running import local_address
from server.wiring import watch_of

PAGES = Path(__file__).resolve().parents[2] / "web" / "dist"
ANSWERS_WITHIN_S = 3.0
_TO_PHONES = "手机拍照与定位须 HTTPS:make run HOST=0.0.0.0 / phones need HTTPS: make run HOST=0.0.0.0"


def of_machine(deployment: Deployment, now: Now) -> Iterator[Line]:
    """Everything that needs no database."""
    yield from map(Line.of, disks.checks(watch_of(deployment.config), now.at))
    yield from _secrets(deployment.config.var)
    yield _pages()
    yield _server(deployment)
    yield _secure_context(deployment)
    if Authority(deployment.config.secrets).certificate_path.exists():
        yield _certificate(deployment, now)


def _secrets(var: Path) -> Iterator[Line]:
    """Keys, and the passwords of the demo's accounts: nobody but their owner may read them."""
    about = "密钥权限 / permissions of secrets"
    folder = var / "secrets"
    files = [*folder.rglob("*"), var / "demo-accounts.json", folder] if folder.exists() else []
    here = [path for path in files if path.exists()]
    open_to_others = [path for path in here if stat.S_IMODE(path.stat().st_mode) & 0o077]
    foreign = [path for path in here if path.stat().st_uid != os.geteuid()]
    if not here:
        yield Line("secrets", about, Mark.OK, "尚无 / none yet")
    elif open_to_others:
        names = " ".join(map(str, sorted(open_to_others)))
        yield Line("secrets", about, Mark.BAD, "他人可读 / others can read", f"chmod go= {names}")
    elif foreign:
        names = " ".join(map(str, sorted(foreign)))
        do = f"以其所有者运行,或 / run as their owner, or: chown {os.geteuid()} {names}"
        yield Line("secrets", about, Mark.WARN, "属于其他用户 / another user's", do)
    else:
        yield Line("secrets", about, Mark.OK, f"{len(here)} 个仅所有者可读 / for their owner only")


def _pages() -> Line:
    built = (PAGES / "index.html").is_file() and any((PAGES / "assets").glob("*.js"))
    return Line(
        "pages",
        "网页 / browser build",
        Mark.OK if built else Mark.BAD,
        "已构建 / built" if built else "没有 / none",
        "" if built else "请运行 scripts/build-web.sh / run scripts/build-web.sh",
    )


def _server(deployment: Deployment) -> Line:
    about = "服务器 / server"
    config = deployment.config
    # Behind its own HTTPS it listens here, else where it is told to.
    for host in dict.fromkeys(("127.0.0.1", local_address(config.host))):
        answered = _ready(host, config.port)
        if answered is None:
            continue
        status, told = answered
        if status == 200:
            return Line("server", about, Mark.OK, f"{host}:{config.port}")
        return Line("server", about, Mark.BAD, f"{status} {told}", "见 / see var/log/server.log")
    found = f"端口 {config.port} 无应答 / no answer on port {config.port}"
    return Line("server", about, Mark.WARN, found, "请运行 make run / run make run")


def _ready(host: str, port: int) -> tuple[int, str] | None:
    """What /readyz answers; None when nobody does."""
    line = http.client.HTTPConnection(host, port, timeout=ANSWERS_WITHIN_S)
    try:
        line.request("GET", "/readyz")
        answer = line.getresponse()
        return answer.status, answer.read(300).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        line.close()


def _secure_context(deployment: Deployment) -> Line:
    """Browsers give camera and position to https and to loopback only."""
    config = deployment.config
    about = "安全上下文 / secure context for phones"
    if config.public_url:
        secure = urlsplit(config.public_url).scheme == "https"
        return Line(
            "secure_context",
            about,
            Mark.OK if secure else Mark.BAD,
            config.public_url,
            "" if secure else "FRONTAGE_PUBLIC_URL 须以 https 开头 / must begin with https",
        )
    if config.trusted_proxies:
        do = "请设置 FRONTAGE_PUBLIC_URL=https://… / set it to the proxy's address"
        return Line("secure_context", about, Mark.WARN, "由代理提供 / by the proxy, address unknown", do)
    if _answers_in_tls(deployment):
        return Line("secure_context", about, Mark.OK, f"HTTPS :{config.https_port}")
    found = "只有本机浏览器可用 / browsers on this machine only"
    return Line("secure_context", about, Mark.WARN, found, _TO_PHONES)


def _answers_in_tls(deployment: Deployment) -> bool:
    """Whether a client that trusts the local authority, and nobody else, is served."""
    config = deployment.config
    authority = Authority(config.secrets)
    if not config.https_port or not authority.certificate_path.exists():
        return False
    try:
        context = ssl.create_default_context(cafile=authority.certificate_path)
        for host in _reached_by(authority):
            try:
                with socket.create_connection((host, config.https_port), ANSWERS_WITHIN_S) as line:
                    with context.wrap_socket(line, server_hostname=host):
                        return True
            except ConnectionRefusedError:
                continue
    except (OSError, AuthorityUnusable):
        return False
    return False


def _reached_by(authority: Authority) -> list[str]:
    """Loopback, and the addresses the certificate is for: the front may listen on one of them alone."""
    certificate = authority.server_certificate()
    return ["127.0.0.1", *(str(one) for one in (addresses_of(certificate) if certificate else ()))]


def _certificate(deployment: Deployment, now: Now) -> Line:
    about = "本地证书 / local certificate"
    do = "重新启动即自动换新 / it is made anew by the next start: make run HOST=0.0.0.0"
    try:
        certificate = Authority(deployment.config.secrets).server_certificate()
    except AuthorityUnusable as error:
        return Line("certificate", about, Mark.BAD, str(error), do)
    if certificate is None:
        return Line("certificate", about, Mark.WARN, "没有 / none", do)
    ends = certificate.not_valid_after_utc
    renewed_before = min(RENEWED_BEFORE_END, timedelta(days=deployment.config.https_certificate_days) / 2)
    held = addresses_of(certificate)
    missing = [one for one in machine_addresses() if one not in held and one.version == 4]
    if ends <= now.at or ends - now.at < renewed_before:
        mark = Mark.BAD if ends <= now.at else Mark.WARN
        return Line("certificate", about, mark, f"至 {ends:%Y-%m-%d} / until {ends:%Y-%m-%d}", do)
    if missing and _is_for_all(deployment.config.host):
        names = ", ".join(map(str, missing))
        return Line("certificate", about, Mark.WARN, f"不含 {names} / not for {names}", do)
    return Line("certificate", about, Mark.OK, f"至 {ends:%Y-%m-%d} / until {ends:%Y-%m-%d}")


def _is_for_all(host: str) -> bool:
    """Whether the certificate has to name every address of the machine."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_unspecified
