"""A comment in Markdown as a forge shows it: GitHub's own library, and a style like a forge's."""

import cmarkgfm
from cmarkgfm.cmark import Options

STYLE = """
body { margin: 0; padding: 20px 26px; width: 1060px; background: #fff; color: #1f2328;
       font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; }
h2 { font-size: 1.4em; padding-bottom: .3em; border-bottom: 1px solid #d1d9e0; }
h3 { font-size: 1.15em; }
table { border-collapse: collapse; margin-bottom: 1em; }
th, td { border: 1px solid #d1d9e0; padding: .35em .75em; text-align: left; }
tr:nth-child(2n) td { background: #f6f8fa; }
code { background: #eff1f3; border-radius: 5px; padding: .15em .35em; font-size: .88em; }
td code { white-space: nowrap; }
pre { background: #f6f8fa; padding: 1em; border-radius: 6px; }
pre code { background: none; padding: 0; }
"""


def comment_page(markdown: str) -> str:
    """The HTML of a comment."""
    html = cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE)
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style>{html}'
