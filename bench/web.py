"""The web pages in Chromium over the server as it is run: the phone, then the desk with a whole district's work."""

from __future__ import annotations

from playwright.sync_api import sync_playwright

from bench import desk_pages, district_day, phone_pages
from bench.figures import Findings
from bench.ground import Streets
from bench.scale import Scale
from bench.stand import Stand


def measure(stand: Stand, scale: Scale) -> Findings:
    """Rounds on a ground of the smallest size of matching: zones are drawn, their number is measured elsewhere."""
    zones = scale.match_zones[0]
    stand.fill(district_day.DATABASE, zones=zones, township_vertices=scale.township_vertices)
    streets = Streets(zones)
    findings = Findings(
        f"网页 web pages; {scale.desk_cases:,} open cases, {scale.live_officers} officers who walk"
    )
    with stand.serve(scale.officers) as server, sync_playwright() as playwright:
        district_day.open_cases(stand, server, streets, scale.desk_cases)
        district_day.send_officers_out(stand, streets, scale.live_officers)
        phone_pages.measure(findings, stand, server, playwright, scale.rounds)
        desk_pages.measure(findings, stand, server, playwright, streets.at(0, 100.0, 0.0), scale)
    return findings
