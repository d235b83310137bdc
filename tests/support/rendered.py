"""What a forge makes of Markdown: rendered by GitHub's own library, then looked at as HTML."""

from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

LITERAL = {"code", "pre"}


class Rendered(HTMLParser):
    """Tags, attributes and texts of rendered Markdown.

    Attributes:
        tags: names of all elements.
        attributes: names of all attributes.
        prose: text outside of code.
        text: all text.
        comments: HTML comments.
    """

    def __init__(self, markdown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.prose = ""
        self.text = ""
        self.comments: list[str] = []
        self._inside: list[str] = []
        # Unsafe, for GitHub too lets HTML through: the review folds its details with it.
        options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES
        self.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, options))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.text += data
        if not LITERAL & set(self._inside):
            self.prose += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data.strip())
