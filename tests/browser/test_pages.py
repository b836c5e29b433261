"""The start page and the documentation page as people see them: complete, quiet, from one host, at both widths."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched
from tests.browser.looking import findings

DOCS = "/api/v1/docs"
DESK_PX, PHONE_PX = 1280, 390
widths = pytest.mark.parametrize("width_px", [DESK_PX, PHONE_PX])
themes = pytest.mark.parametrize("theme", ["light", "dark"])


def open_docs(page: Page) -> None:
    page.goto(DOCS)
    expect(page.locator(".opblock-tag").first).to_be_visible()


def groups(page: Page) -> dict[str, set[tuple[str, str]]]:
    """Every operation that the served document has, by its group."""
    found: dict[str, set[tuple[str, str]]] = {}
    for path, item in page.request.get("/api/v1/openapi.json").json()["paths"].items():
        for method, operation in item.items():
            for tag in operation["tags"]:
                found.setdefault(tag, set()).add((method, path))
    return found


def shown_operations(page: Page) -> set[tuple[str, str]]:
    """Every operation that the page has a row for."""
    rows = page.locator(".opblock").evaluate_all(
        "rows => rows.map(row => [row.querySelector('.opblock-summary-method').innerText,"
        " row.querySelector('.opblock-summary-path').dataset.path])"
    )
    return {(method.lower(), re.sub(r"\u200b", "", path)) for method, path in rows}


@widths
@themes
def test_the_start_page_is_quiet_and_fits_its_width(watched: Watched, width_px: int, theme: str) -> None:
    watched.page.goto("/")
    expect(watched.page.locator("#state")).to_contain_text("就绪")
    expect(watched.page.locator("h1")).to_contain_text("门前")
    assert watched.fits_its_width()
    watched.keep_screenshot(f"start-{width_px}-{theme}")
    assert watched.strangers == []
    assert watched.errors == []


def test_every_link_of_the_start_page_leads_somewhere(watched: Watched) -> None:
    watched.page.goto("/")
    links = watched.page.locator("a").evaluate_all("links => links.map(link => link.href)")
    assert len(links) >= 5
    for link in links:
        assert watched.page.request.get(link).status == 200, link


def test_the_start_page_says_when_the_deployment_is_not_ready(watched: Watched) -> None:
    watched.page.route("**/readyz", lambda route: route.fulfill(status=503, json={"status": "no database"}))
    watched.page.goto("/")
    expect(watched.page.locator("#state")).to_contain_text("未就绪")
    expect(watched.page.locator("#state")).to_contain_text("no database")


def test_the_documentation_is_whole_and_quiet_fits_each_width_and_opens_what_is_asked_for(
    watched: Watched,
) -> None:
    page = watched.page
    open_docs(page)
    assert watched.fits_its_width()
    told = groups(page)
    assert set(page.locator(".opblock-tag").evaluate_all("all => all.map(one => one.dataset.tag)")) == set(
        told
    )
    assert shown_operations(page) == set(), "hundreds of calls drawn at once keep a browser busy"
    group = "上报 reports"
    page.locator(f'[data-tag="{group}"]').click()
    expect(page.locator(".opblock")).to_have_count(len(told[group]))
    assert shown_operations(page) == told[group]
    opened = page.locator("#operations-上报_reports-put_report")
    opened.locator(".opblock-summary").click()
    expect(opened.locator(".responses-table").first).to_be_visible()
    expect(opened).to_contain_text("report_conflict")
    expect(opened).to_contain_text("multipart/form-data")
    for width_px in (DESK_PX, PHONE_PX):
        page.set_viewport_size({"width": width_px, "height": 900})
        assert watched.fits_its_width(), width_px
        watched.keep_screenshot(f"docs-open-{width_px}")
    opened.locator(".opblock-summary").click()
    expect(opened.locator(".responses-table")).to_have_count(0)
    assert watched.fits_its_width()
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        expect(page.locator("html.dark-mode")).to_have_count(1 if theme == "dark" else 0)
        watched.keep_screenshot(f"docs-{theme}")
        # Of how Swagger UI is made: buttons that hold links, and its first headings are of the third rank.
        assert findings(page, but={"nested-interactive", "heading-order"}) == []
    assert watched.strangers == []
    assert watched.errors == []


def test_no_page_allows_a_script_that_is_not_a_file_of_ours(watched: Watched) -> None:
    for path in ("/", DOCS):
        answer = watched.page.request.get(path)
        policy = dict(
            part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
        )
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|javascript:", answer.text()), path


def test_signing_in_and_asking_works_from_the_page_and_a_script_put_into_it_is_not_run(
    watched: Watched,
) -> None:
    page = watched.page
    open_docs(page)
    group = next(group for group, calls in groups(page).items() if ("get", "/api/v1/keys") in calls)
    page.locator(f'[data-tag="{group}"]').click()
    keys = page.locator("[id$=get_keys]").first
    keys.locator(".opblock-summary").click()
    keys.get_by_role("button", name="Try it out").click()
    keys.get_by_role("button", name="Execute").click()
    expect(keys.locator(".live-responses-table")).to_contain_text("Ed25519")
    assert watched.errors == []
    page.evaluate(
        "() => { const made = document.createElement('script');"
        " made.textContent = 'window.ran = true'; document.body.append(made); }"
    )
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in error for error in watched.errors)
