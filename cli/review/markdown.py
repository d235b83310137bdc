"""Text from users and services inside of Markdown: shown as it is, never read as markup.

What is dangerous in a comment: HTML, links and images, `@mentions` and `#references` that notify
people, a fence or a table cell that ends early, an HTML comment that ends the marker by which the
comment is found again, and characters that turn the direction of a line.
Source: GitHub Flavored Markdown Spec; CommonMark 2.4, backslash escapes.
"""

import re

CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]+"
)
MARKUP = re.compile(r"[\\`*_\[\]#!|~&@]|:(?=\S)|(?<=www)\.", re.IGNORECASE)
"""Characters that can mean something inside of a line, addresses that become links included."""

ENTITIES = {"<": "&lt;", ">": "&gt;", "$": "&#36;"}
APART = "\u200b"
"""Zero width space: behind `@` and `#` it keeps a forge from making a mention of a word."""


def one_line(text: str, longest: int = 300) -> str:
    """The text in one line, without characters that cannot be seen, cut off if it is long."""
    line = " ".join(CONTROL.sub(" ", text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def plain(text: str, longest: int = 300) -> str:
    """The text for prose or a table cell; every character of it stands for itself."""
    escaped = MARKUP.sub(r"\\\g<0>", one_line(text, longest))
    for character, entity in ENTITIES.items():
        escaped = escaped.replace(character, entity)
    return escaped.replace("\\@", f"\\@{APART}").replace("\\#", f"\\#{APART}")


def code(text: str, longest: int = 120) -> str:
    """The text as a code span."""
    line = one_line(text, longest)
    if not line:
        return ""
    ticks = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    padding = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{padding}{line}{padding}{ticks}"


def code_in_cell(text: str, longest: int = 120) -> str:
    """The text as a code span in a table, which ends its cells before it looks for code."""
    return code(text, longest).replace("|", "\\|")


def fenced(lines: list[str], language: str) -> str:
    """A block of code, in a fence that no line of it can end."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}{language}", *lines, fence])


def folded(title: str, content: str) -> str:
    """A part that is opened on request. `title` is ours, and `content` Markdown."""
    return f"<details><summary>{title}</summary>\n\n{content}\n\n</details>"
