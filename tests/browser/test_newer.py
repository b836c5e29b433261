"""A newer program comes while somebody works: it is offered, taken up when they say so, and what was begun goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from config import Config
from tests.browser.looking import cut_off, findings
from tests.factories import JINSHA, PASSWORD, make_account
from tests.postgres import TestServer
from tests.server.cases.times import set_times
from tests.server.reports.street import REAL_PHOTOS, make_street, rows, spot
from tests.serving import Served, serving

BODYLESS = ("connection", "transfer-encoding", "content-length")
OF_COPIES = ("accept-encoding", "if-none-match", "if-modified-since")


class Deployment(ThreadingHTTPServer):
    """Passes everything on to the server; once `newer`, the page's worker is that of a later build."""

    daemon_threads = True
    newer = False

    def __init__(self, served: Served) -> None:
        self.served = served
        super().__init__(("127.0.0.1", 0), _Passing)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Passing(BaseHTTPRequestHandler):
    server: Deployment

    def _pass(self) -> None:
        worker = self.path == "/app/sw.js"
        headers = {name: value for name, value in self.headers.items() if name.lower() not in BODYLESS}
        if worker:
            headers = {name: value for name, value in headers.items() if name.lower() not in OF_COPIES}
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with closing(HTTPConnection(self.server.served.host, self.server.served.port, timeout=60)) as passing:
            passing.request(self.command, self.path, sent, headers)
            came = passing.getresponse()
            body = came.read() + (b"\n// later" if worker and self.server.newer else b"")
        self.send_response(came.status)
        for name, value in came.getheaders():
            if name.lower() not in BODYLESS:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = _pass

    def handle(self) -> None:
        # A page that is left hangs up on what it asked for.
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the server behind logs."""


@contextmanager
def deployed(served: Served) -> Iterator[Deployment]:
    with Deployment(served) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def test_a_newer_program_waits_until_it_is_asked_for_and_the_report_begun_goes_on(
    browser: Browser, postgres: TestServer, config: Config, database_url: str, owner: Engine
) -> None:
    make_street(owner)
    set_times(owner)
    username = make_account(owner, role="officer", organisation=JINSHA).username
    lon, lat = spot(0, -3)
    with (
        serving(config, database_url=database_url, app_database_url=postgres.app_url(database_url)) as served,
        deployed(served) as front,
    ):
        context = browser.new_context(
            viewport={"width": 390, "height": 844},
            locale="zh-CN",
            geolocation={"longitude": lon, "latitude": lat, "accuracy": 4},
            permissions=["geolocation"],
        )
        page = context.new_page()
        page.goto(f"{front.url}/app/")
        page.get_by_label("用户名").fill(username)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_text("拍照上报").first).to_be_visible()
        # The program of a page is the one it was opened with: from the second time on it is the kept one.
        page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        page.reload()
        page.locator(".officer-shoot input").set_input_files(REAL_PHOTOS / "drawn_01_fruit.jpg")
        expect(page.locator(".officer-verdict strong")).to_be_visible()
        page.get_by_label("备注").fill("写到一半")
        page.evaluate("window.before = true")
        offer = page.get_by_role("button", name="有新版本")
        expect(offer).to_have_count(0)

        front.newer = True
        page.evaluate("navigator.serviceWorker.ready.then((kept) => kept.update()).then(() => null)")

        expect(offer).to_be_visible()
        assert page.evaluate("window.before") is True
        expect(page.get_by_label("备注")).to_have_value("写到一半")
        assert findings(page) + cut_off(page) == []
        with page.expect_navigation():
            offer.click()
        assert page.evaluate("window.before") is None
        expect(page.get_by_label("备注")).to_have_value("写到一半")
        expect(offer).to_have_count(0)
        page.get_by_role("button", name="类别 goods_on_pavement").click()
        page.get_by_role("button", name="发送").click()
        expect(page.get_by_role("status").filter(has_text="已存证")).to_have_count(1)
        kept = rows(owner, "SELECT count(*) AS reports FROM report")
        assert kept == [{"reports": 1}]
        context.close()
