"""The page: one HTML file with its own style and script, which loads nothing.

The Content-Security-Policy allows exactly this style and this script, by their hashes; whatever
else a name or a message might smuggle in is not run, even if escaping had a hole.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from cli.report.comparison import compare
from cli.report.failures import told
from cli.report.model import Report
from cli.report.scale import moment_of
from cli.report.throughput import throughput
from cli.report.timeline import time_line, whole_seconds
from smc.estimate.duration import GIB, in_words
from smc.fleet_status import Counts, Stage

DATA_ID = "report-data"
_DATA = re.compile(rf'<script type="application/json" id="{DATA_ID}">(.*?)</script>', re.DOTALL)


def page(report: Report) -> str:
    """The HTML of a report."""
    style, script = _resource("page.css"), _resource("page.js")
    line = time_line(report)
    stages = [server.stage for server in report.servers]
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            report=report,
            style=style,
            script=script,
            policy="; ".join(_policy(style, script)),
            data_id=DATA_ID,
            data=report.model_dump(mode="json", exclude_defaults=True),
            counts=Counts(**{str(stage): stages.count(stage) for stage in Stage}),
            stages=[stage for stage in Stage if stage in stages],
            time_line=line,
            throughput=throughput(report, line.scale) if line else None,
            comparison=compare(report),
            whole_seconds=whole_seconds(report.servers),
            moved_bytes=sum(s.volume_bytes or 0 for s in report.servers if s.stage is Stage.DONE),
            whole_disks=any(s.volume_of == "disks" and s.seconds for s in report.servers),
            failed=[server for server in report.servers if told(server)],
            told={server.server: told(server) for server in report.servers},
            drilled=[server for server in report.servers if server.drill],
            findings=[(s, item) for s in report.servers if s.drill for item in s.drill.items],
        )
    )


def report_of_page(text: str) -> Report:
    """The report that a page was made from.

    Raises:
        ValueError: it is no page of a report.
    """
    found = _DATA.search(text)
    if found is None:
        raise ValueError("it has no data of a report")
    return Report.model_validate_json(found.group(1))


def _policy(style: str, script: str) -> Iterator[str]:
    yield "default-src 'none'"
    yield f"style-src {_hash(style)}"
    yield f"script-src {_hash(script)}"
    yield "base-uri 'none'"
    yield "form-action 'none'"


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _resource(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "deviation": lambda percent: f"{percent:+.0f} %".replace("-", "−"),  # noqa: RUF001 - a minus
        "duration": in_words,
        "gib": lambda size: f"{size / GIB:,.0f}",
        "megabytes": lambda size: f"{size / 1e6:,.1f}",
        "moment": _moment,
        "minute": lambda text: _moment(text)[-5:],
    }
    return environment


def _moment(value: str | datetime) -> str:
    moment = moment_of(value) if isinstance(value, str) else value
    return f"{moment:%d %b %Y %H:%M}" if moment else ""
