"""A webhook goes to the address that was judged, over TLS to the name that was typed, and nowhere inside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest

from config import Config
from server.jobs import connect
from server.notices.outcome import Trouble
from server.notices.pinning import AddressRules, NotReached, Pins, resolve_by_system
from server.wiring import deliverer_of
from tests.server.notices.conftest import Desk, ShiftedClock
from tests.server.notices.receivers import Authority, Receiver, authority, http_receiver

STRICT = AddressRules()
PUBLIC = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]
OURS = [
    "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1",
    "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1", "2001:0:7f00:1::1",
    "2001:db8::1",
]  # fmt: skip


def pins(*answers: Sequence[str], rules: AddressRules = STRICT) -> Pins:
    """Pins over a resolver that gives these answers, one after the other."""
    left = list(answers)
    return Pins(rules, lambda host, port: left.pop(0))


def trouble(made: Pins, url: str) -> Trouble:
    with pytest.raises(NotReached) as refused:
        made.pin(httpx.URL(url))
    return refused.value.trouble


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_connected_to_as_it_was_resolved(address: str) -> None:
    assert pins([address]).pin(httpx.URL("https://receiver.test/")) == [address]


@pytest.mark.parametrize("address", OURS)
def test_an_address_of_our_own_networks_is_refused_by_name_and_by_number(address: str) -> None:
    assert trouble(pins([address]), "https://receiver.test/") is Trouble.ADDRESS_REFUSED
    # One of ours among public ones is odd enough.
    assert trouble(pins([PUBLIC[0], address]), "https://receiver.test/") is Trouble.ADDRESS_REFUSED
    literal = f"[{address}]" if ":" in address else address
    assert not STRICT.usable(f"https://{literal}/hook")


@pytest.mark.parametrize("host", ["0x7f.1", "127.1", "2130706433", "localhost", "017700000001"])
def test_other_spellings_of_this_machine_are_seen_through_by_the_system_s_resolver(host: str) -> None:
    assert trouble(Pins(STRICT, resolve_by_system), f"https://{host}/") is Trouble.ADDRESS_REFUSED


def test_a_network_that_is_listed_is_allowed_and_its_neighbour_is_not() -> None:
    rules = AddressRules(private=(ip_network("10.20.0.0/16"),))
    assert pins(["10.20.3.4"], rules=rules).pin(httpx.URL("https://hook.bureau.test/")) == ["10.20.3.4"]
    assert pins(["::ffff:10.20.3.4"], rules=rules).pin(httpx.URL("https://hook.bureau.test/"))
    assert trouble(pins(["10.21.3.4"], rules=rules), "https://hook.bureau.test/") is Trouble.ADDRESS_REFUSED


@pytest.mark.parametrize("answer", [[], ["not an address"]])
def test_a_name_without_a_usable_answer_is_not_reached(answer: list[str]) -> None:
    assert trouble(pins(answer), "https://receiver.test/") in (Trouble.NAME_UNKNOWN, Trouble.ADDRESS_REFUSED)


def test_a_name_nobody_knows_is_told_as_such() -> None:
    assert trouble(Pins(STRICT), "https://nobody.invalid/") is Trouble.NAME_UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "http://receiver.test/", "ftp://receiver.test/", "receiver.test/hook", "https://", "https:///hook",
        "https://user:password@receiver.test/", "https://user@receiver.test/", "https://a b/", "https://h:99999/",
        "https://h:0/", "https://xn--/", "https://xn--a/",
        "https://receiver.test:port/", "javascript:alert(1)", "", "https://[::1/", "https://receiver.test\\@10.0.0.1/",
    ],
)  # fmt: skip
def test_what_is_no_plain_https_address_is_not_kept(text: str) -> None:
    assert not STRICT.usable(text)


@pytest.mark.parametrize(
    "text", ["https://receiver.test/hook?key=1", "https://receiver.test:8443", "https://例子.cn/钩"]
)
def test_a_plain_https_address_is_kept(text: str) -> None:
    assert STRICT.usable(text)


# --- The connection itself -----------------------------------------------------------------------------------------


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return authority(tmp_path)


@pytest.fixture
def secure(ours: Authority) -> Iterator[Receiver]:
    """A receiver that can prove to be receiver.test."""
    with http_receiver(ours.serving("receiver.test")) as made:
        yield made


@pytest.fixture
def send(
    desk: Desk, config: Config, worker_url: str, shifted: ShiftedClock
) -> Callable[..., list[tuple[str, int, str | None]]]:
    """`send(url, resolve, **settings)`: one event by one webhook; what became of it."""

    def sent(
        url: str, resolve: Callable[[str, int], Sequence[str]], **settings: object
    ) -> list[tuple[str, int, str | None]]:
        made = config.model_copy(update=settings)
        desk.channel("webhook", url)
        desk.tell("k")
        deliverer_of(made, lambda: connect(worker_url), shifted, resolve=resolve).run()
        return desk.states()

    return sent


def test_tls_is_checked_against_the_name_though_the_connection_goes_to_the_address(
    send: Callable[..., object], secure: Receiver, ours: Authority
) -> None:
    asked: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1"]

    url = f"https://receiver.test:{secure.port}/hook"
    assert send(url, resolve, webhook_ca_file=ours.ca_path) == [("sent", 1, None)]
    assert asked == [("receiver.test", secure.port)]
    assert secure.requests[0].headers["host"] == f"receiver.test:{secure.port}"


@pytest.mark.parametrize("host, trusted", [("other.test", True), ("receiver.test", False)])
def test_a_certificate_of_another_name_or_of_nobody_we_trust_is_refused(
    send: Callable[..., object], secure: Receiver, ours: Authority, host: str, trusted: bool
) -> None:
    url = f"https://{host}:{secure.port}/hook"
    settings = {"webhook_ca_file": ours.ca_path} if trusted else {}
    assert send(url, lambda *_: ["127.0.0.1"], **settings) == [("pending", 1, "not_trusted")]
    assert secure.requests == []


def test_a_name_that_changes_its_mind_after_it_was_judged_changes_nothing(
    send: Callable[..., object], receiver: Receiver
) -> None:
    answers = [["127.0.0.2"], ["127.0.0.1"], ["127.0.0.1"]]
    url = f"http://localhost:{receiver.port}/hook"
    # Nobody listens at the first answer; whoever asked again, us or the system, would get through.
    assert send(url, lambda *_: answers.pop(0)) == [("pending", 1, "unreachable")]
    assert len(answers) == 2 and receiver.requests == []


def test_a_name_that_leads_inside_is_not_connected_to(
    send: Callable[..., object], receiver: Receiver
) -> None:
    url = f"http://inside.test:{receiver.port}/hook"
    assert send(url, lambda *_: ["127.0.0.1"], webhook_private_networks="") == [
        ("pending", 1, "address_refused")
    ]
    assert receiver.requests == []


def test_a_redirect_inside_is_not_followed(send: Callable[..., object], receiver: Receiver) -> None:
    with http_receiver() as inside:
        receiver.answers(307, Location=inside.url)
        assert send(receiver.url, lambda *_: ["127.0.0.1"]) == [("pending", 1, "redirected")]
        assert inside.requests == []


def test_the_next_address_of_a_name_is_taken_when_nobody_listens_at_the_first(
    send: Callable[..., object], receiver: Receiver
) -> None:
    url = f"http://two.test:{receiver.port}/hook"
    assert send(url, lambda *_: ["127.0.0.2", "127.0.0.1"]) == [("sent", 1, None)]


def test_a_proxy_named_in_the_environment_is_not_asked(
    send: Callable[..., object], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http_receiver() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        assert send(receiver.url, lambda *_: ["127.0.0.1"]) == [("sent", 1, None)]
        assert proxy.requests == []


def test_plain_http_is_refused_when_sending_too_unless_it_is_allowed(
    send: Callable[..., object], receiver: Receiver
) -> None:
    assert send(receiver.url, lambda *_: ["127.0.0.1"], webhook_plain_http=False) == [
        ("pending", 1, "address_refused")
    ]
    assert receiver.requests == []
