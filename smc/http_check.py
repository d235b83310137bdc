"""Which status web addresses answer with, asked of all at once and each for a bounded time."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp
from requests.utils import select_proxy

from smc.transport import proxies_for

LONGEST_SECONDS = 10.0
"""For one answer, from the connection to the end of its head."""

USER_AGENT = "smc-migration smoke test"
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        url: http or https.
        host: Host header, and name in an https certificate; empty: those of the url.
    """

    url: str
    host: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: `status` is 0 where there was no answer, and `error` says why."""

    status: int
    error: str = ""

    def __str__(self) -> str:
        if not self.status:
            return f"does not answer: {self.error}"
        known = [s.phrase for s in HTTPStatus if s == self.status]
        return f"answers {self.status}" + (f" ({known[0]})" if known else "")


def ask(questions: Mapping[str, Question]) -> dict[str, Answer]:
    """The answer to each question. Redirects are not followed, bodies not read."""
    if not questions:
        return {}
    return asyncio.run(_ask_all(questions))


async def _ask_all(questions: Mapping[str, Question]) -> dict[str, Answer]:
    # With trust_env it would also send what ~/.netrc holds.
    async with aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=LONGEST_SECONDS),
        headers={"User-Agent": USER_AGENT},
        trust_env=False,
    ) as session:
        answers = await asyncio.gather(*(_ask(session, each) for each in questions.values()))
    return dict(zip(questions, answers, strict=True))


async def _ask(session: aiohttp.ClientSession, question: Question) -> Answer:
    try:
        async with session.get(
            question.url,
            headers={"Host": question.host} if question.host else None,
            server_hostname=question.host or None,
            proxy=proxy_for(question.url),
            allow_redirects=False,
        ) as response:
            return Answer(response.status)
    except TimeoutError:
        return Answer(0, f"nothing came in {LONGEST_SECONDS:.0f} seconds")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        return Answer(0, said[:SHOWN])


def proxy_for(url: str) -> str | None:
    """The proxy that the environment names for an address, networks in NO_PROXY included."""
    proxy = select_proxy(url, proxies_for(url))
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy


def address(url: str, public_ips: Iterable[str], private_ips: Iterable[str]) -> str | None:
    """A url with the addresses of an instance in it; None if the instance lacks one of them."""
    public, private = next(iter(public_ips), ""), next(iter(private_ips), "")
    values = {"ip": public or private, "publicIp": public, "privateIp": private}
    for name, value in values.items():
        if f"{{{name}}}" in url and not value:
            return None
        url = url.replace(f"{{{name}}}", value)
    return url
