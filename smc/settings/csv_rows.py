"""Rows of a CSV file as people and spreadsheets write them, each with the line it begins on."""

import csv
import io
from collections.abc import Iterator

DELIMITERS = ",;\t"
"""Spreadsheets write the one that their locale wants."""


class CsvError(Exception):
    """The file is not CSV from a line on.

    Args:
        line: where the broken row begins.
        reason: what the reader says.
    """

    def __init__(self, line: int, reason: str) -> None:
        self.line = line
        self.reason = reason
        super().__init__(f"line {line}: {reason}")


def delimiter_of(text: str) -> str:
    """What separates the cells of the header: comma, semicolon or tab."""
    return max(DELIMITERS, key=next(_Lines(text), "").count)


def csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows, the header first; blank lines, empty rows and lines that begin with `#` are left out.

    The header decides on comma, semicolon or tab. Quoted cells may span lines.

    Raises:
        CsvError: quotes that do not match.
    """
    lines = _Lines(text)
    delimiter = delimiter_of(text)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    while True:
        lines.between_rows = True
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise CsvError(lines.began, str(error)) from error
        yield lines.began, [cell.strip() for cell in row]


class _Lines(Iterator[str]):
    """Lines of a text. What is no row is skipped between rows, never within a quoted cell."""

    def __init__(self, text: str) -> None:
        self._lines = enumerate(io.StringIO(text, newline=""), start=1)
        self.between_rows = True
        self.began = 1

    def __next__(self) -> str:
        for number, line in self._lines:
            if self.between_rows:
                if line.lstrip().startswith("#") or not line.strip(f" \r\n{DELIMITERS}"):
                    continue
                self.began = number
                self.between_rows = False
            return line
        raise StopIteration
