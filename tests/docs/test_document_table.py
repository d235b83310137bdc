"""The table of the console's steps: nothing in it is missing, and the page is made from it."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tools.docs.api_parameters import exists
from tools.docs.document_table import TARGET, Row, sections, table_page
from tools.docs.reference import key_paths

ROOT = Path(__file__).parents[2]
ROWS = [row for section in sections() for row in section.rows]


@cache
def functions() -> set[str]:
    trees = (ast.parse(file.read_text()) for file in (ROOT / "tests").rglob("test_*.py"))
    return {node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_the_page_that_is_checked_in_is_up_to_date() -> None:
    assert TARGET.read_text() == table_page(), "run `python -m tools.docs table`"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.console.en)
def test_keys_parameters_and_tests_of_a_row_exist(row: Row) -> None:
    assert [key for key in row.keys if key not in key_paths()] == []
    assert [each for each in row.api_references() if not exists(each)] == []
    assert row.tests
    assert [test for test in row.tests if test not in functions()] == []


def test_every_parameter_of_steps_2_and_3_is_there() -> None:
    """The labels of the page's tables, in its order."""
    labels = " ".join(row.console.ja for row in ROWS)
    for label in (
        "移行元タイプ",
        "インポート方法",
        "アカウント間移行",
        "ソースサーバーの Alibaba Cloud アカウント",
        "ソースサーバーのアカウントのロール",
        "リージョン",
        "インスタンス",
        "タスク名",
        "タスクの説明",
        "移行先のタイプ",
        "移行先リージョン",
        "イメージ名",
        "ターゲットインスタンス",
        "移行ドリル",
        "ドリルのみ",
        "ドリルと移行",
        "即時移行",
        "スケジュール移行",
        "作成のみ",
        "自動増分同期",
        "同期頻度",
        "保持されるイメージの最大数",
        "移行テンプレートを有効にする",
        "ディスクパーティション構造のサイズ変更",
        "パーティションサイズと順序",
        "転送方法",
        "LVM",
        "速度",
        "残りの同期時間",
    ):
        assert label in labels
