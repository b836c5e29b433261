"""One POST to a webhook or a group robot: to a judged address, over TLS, within a time, without following anybody.

The limit is for everything from connecting to the last byte read: a host that drips its answer holds nobody.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from server.notices.outcome import Outcome, Trouble, failed, refused, sent
from server.notices.pinning import NotReached, Pins

# About where a message goes and who sends it, not about this message: any other would be refused as well.
_ABOUT_THE_HOST = frozenset({401, 403, 404, 405, 407, 408, 410, 425, 429})


@dataclass(frozen=True)
class Answer:
    """What a host said: status, and the beginning of its body."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Poster:
    """Sends JSON over HTTP.

    Attributes:
        timeout_s: for the whole exchange; looking up the name comes before it and has the system's own limit.
        answer_max_bytes: what is read of an answer.
        trust: the authorities whose certificates count.
    """

    pins: Pins
    timeout_s: float
    answer_max_bytes: int
    trust: ssl.SSLContext

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> tuple[Outcome, bytes]:
        """Post `body` once; the outcome by status, and what of the answer was read."""
        url = self.pins.rules.read(address)
        if url is None:
            return failed(Trouble.ADDRESS_REFUSED), b""
        try:
            answer = asyncio.run(self._exchange(url, self.pins.pin(url), body, headers))
        except NotReached as error:
            return failed(error.trouble), b""
        except TimeoutError:
            return failed(Trouble.TIMED_OUT), b""
        except httpx.ConnectError as error:
            trouble = Trouble.NOT_TRUSTED if _is_tls(error) else Trouble.UNREACHABLE
            return failed(trouble), b""
        except httpx.HTTPError:
            return failed(Trouble.UNREACHABLE), b""
        return _by_status(answer.status), answer.body

    async def _exchange(
        self, url: httpx.URL, addresses: list[str], body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        async with (
            asyncio.timeout(self.timeout_s),
            # No proxy and no password from the environment: both would lead past the judged address.
            httpx.AsyncClient(verify=self.trust, trust_env=False, timeout=None) as client,
        ):
            *others, last = addresses
            for address in others:
                try:
                    return await self._ask(client, url, address, body, headers)
                except httpx.ConnectError:
                    continue
            return await self._ask(client, url, last, body, headers)

    async def _ask(
        self,
        client: httpx.AsyncClient,
        url: httpx.URL,
        address: str,
        body: bytes,
        headers: Mapping[str, str],
    ) -> Answer:
        sending = client.build_request(
            "POST",
            url.copy_with(host=address, fragment=None),
            content=body,
            headers={"Host": url.netloc.decode("ascii"), "User-Agent": "frontage", **headers},
            # The certificate is that of the name, though the connection goes to the address.
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        )
        response = await client.send(sending, stream=True, follow_redirects=False)
        try:
            read = bytearray()
            async for piece in response.aiter_raw():
                read += piece
                if len(read) >= self.answer_max_bytes:
                    break
        finally:
            await response.aclose()
        return Answer(response.status_code, bytes(read[: self.answer_max_bytes]))


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _by_status(status: int) -> Outcome:
    if 200 <= status < 300:
        return sent(status)
    if 300 <= status < 400:
        return failed(Trouble.REDIRECTED, status)
    if status >= 500 or status in _ABOUT_THE_HOST:
        return failed(Trouble.ANSWERED_ERROR, status)
    return refused(Trouble.ANSWERED_ERROR, status)
