"""Text of others in Markdown, rendered as GitHub does: seen as it is, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.review.markdown import APART, code, code_in_cell, fenced, one_line, plain
from tests.support.rendered import Rendered

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</details></td><script>alert(1)</script>",
    "--> <!-- smc-migration-review: other/stack -->",
    "![x](https://evil.example/x.png) [a](javascript:alert(1))",
    "| a | b |\n|---|---|\n# heading\n> quote",
    "`code` ``more`` ```\nfence",
    "@everyone, @org/team and #1, GH-1, user/repo#2, a@b.example",
    "https://evil.example/?q=1 www.evil.example ftp://x.example",
    "*bold* __strong__ ~~gone~~ :tada: \\* &amp; &lt;b&gt; $x$ [^1] - [ ] task",
    "right\u202eleft \u200bhidden\ufeff \x1b[31mred\x1b[0m \x00",
    "\\",
    "a\\",
]
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60), st.lists(
    st.sampled_from([*"`|\\<>[]()!*_~#@&:-$\n ", "www.", "http://", "a", "-->"]), max_size=25
).map("".join))  # fmt: skip


def seen(rendered: Rendered) -> str:
    return " ".join(rendered.text.replace(APART, "").split())


@given(TEXTS)
def test_plain_text_in_prose_and_in_a_table(text: str) -> None:
    line = one_line(text)
    in_prose = Rendered(f"It says {plain(text)} here.")
    assert in_prose.tags <= {"p"}
    assert in_prose.comments == []
    assert seen(in_prose) == " ".join(f"It says {line} here.".split())
    in_table = Rendered(f"| x | y |\n| --- | --- |\n| {plain(text)} | end |\n")
    assert in_table.tags == {"table", "thead", "tbody", "tr", "th", "td"}
    assert seen(in_table) == " ".join(f"x y {line} end".split())


@given(TEXTS)
def test_code_in_prose_and_in_a_table(text: str) -> None:
    line = one_line(text, 120)
    in_prose = Rendered(f"Server {code(text)} here.")
    assert in_prose.tags <= {"p", "code"}
    in_table = Rendered(f"| x | y |\n| --- | --- |\n| {code_in_cell(text)} | end |\n")
    assert in_table.tags <= {"table", "thead", "tbody", "tr", "th", "td", "code"}
    assert seen(in_table) == " ".join(f"x y {line} end".split())
    assert " ".join(in_prose.text.split()) == " ".join(f"Server {line} here.".split())


@given(st.lists(TEXTS.map(one_line), max_size=4))
def test_fences_hold(lines: list[str]) -> None:
    rendered = Rendered(f"{fenced(lines, 'diff')}\n\nend")
    assert rendered.tags <= {"pre", "code", "p"}
    assert rendered.prose.split() == ["end"]


@pytest.mark.parametrize("text", HOSTILE)
def test_nobody_is_mentioned_and_nothing_linked(text: str) -> None:
    rendered = Rendered(f"- **Destroyed:** {code(text)}: {plain(text)}")
    assert rendered.tags <= {"ul", "li", "strong", "code"}
    assert "@everyone" not in rendered.prose
    assert "#1" not in rendered.prose
    assert not {"href", "src"} & rendered.attributes
