import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.errors import MigrationError
from smc.import_command import import_script, registered_source_id
from smc.models import ActivationCode

CODE = ActivationCode(access_token_id="at-bp1", code="s3cret-code")


@pytest.mark.parametrize(
    ("os_type", "plugin"), [("linux", "smc-client-plugin "), ("windows", "smc-client-plugin-win")]
)
def test_script_runs_the_documented_plugin_with_the_code(os_type: str, plugin: str) -> None:
    script = import_script(os_type, CODE)
    assert plugin in script
    assert "--access_token_id=at-bp1,--access_token_code=s3cret-code" in script
    assert "{{" not in script


def test_a_template_of_the_user_replaces_it() -> None:
    assert import_script("linux", CODE, "run {{access_token_id}} {{access_token_code}}") == (
        "run at-bp1 s3cret-code"
    )


@pytest.mark.parametrize(
    "evil", ["a b", "$(id)", "`id`", "a;b", "a\nb", "a'b", 'a"b', "{{x}}", "a\u2028b", ""]
)
def test_a_code_that_could_break_out_is_refused_and_not_shown(evil: str) -> None:
    with pytest.raises(MigrationError) as raised:
        import_script("linux", ActivationCode(access_token_id="at-bp1", code=evil))
    assert not evil or evil not in str(raised.value).replace("at-bp1", "")


@given(st.text(max_size=40))
def test_no_code_ever_changes_the_script_around_it(code: str) -> None:
    """Either it is refused, or the script differs from another only by the code itself."""
    try:
        script = import_script("linux", ActivationCode(access_token_id="at-bp1", code=code))
    except MigrationError:
        return
    assert script.replace(f"={code}'", "=CODE'") == import_script(
        "linux", ActivationCode(access_token_id="at-bp1", code="CODE")
    )
    assert code.isascii()
    assert not set(code) & set("'\"`$;&|<>(){}[]\\\n \t%")


def test_the_code_is_not_in_its_representation() -> None:
    assert "s3cret" not in repr(CODE)


def test_source_id_is_read_from_the_documented_message() -> None:
    output = "...\nImport Source Server [s-bp18x8751kgz2oyh] Successfully!\n"
    assert registered_source_id(output) == "s-bp18x8751kgz2oyh"
    assert registered_source_id("Goto Aliyun Not Finished!") is None
