"""The command that installs and registers the SMC client on a source server.

UNCERTAIN, and therefore only here. The console's import runs the SMC plug-in of Cloud Assistant;
the documentation names the plug-in (`smc-client-plugin`, `smc-client-plugin-win`) and its
parameters for an access key (`acs-plugin-manager -e -P … -p --accessid=…,--secretkey=…`), and it
names the values that the client asks for with an activation code (access_token_id,
access_token_code), but the text of the plug-in's activation-code form is published nowhere. The
template puts the two together; a setting replaces it where it turns out to differ. An access key is
never passed this way.

Source: SMC user guide, "Use Cloud Assistant to import"; smc-docs sections 1 and 1c.
"""

import re

from smc.errors import MigrationError
from smc.models import ActivationCode

LINUX = """\
set -eu
# Registers this server with Server Migration Center; the client goes to /smc.
code='--access_token_id={{access_token_id}},--access_token_code={{access_token_code}}'
# By its mark it is known later that the client was not here before.
[ -e /smc ] || trap '[ ! -d /smc ] || : > /smc/.smc-migration || true' EXIT
acs-plugin-manager -e -P smc-client-plugin -p "$code,--nocheckversion"
"""

WINDOWS = """\
$ErrorActionPreference = 'Stop'
# Registers this server with Server Migration Center; the client goes to C:\\smc.
$code = '--access_token_id={{access_token_id}},--access_token_code={{access_token_code}}'
$assist = Get-ChildItem 'C:\\ProgramData\\aliyun\\assist' -Directory |
  Where-Object Name -Match '^[0-9.]+$' | Sort-Object { [version]$_.Name } | Select-Object -Last 1
$manager = "$($assist.FullName)\\acs-plugin-manager.exe"
# By its mark it is known later that the client was not here before.
$isNew = -not (Test-Path -LiteralPath 'C:\\smc')
& $manager -e -P smc-client-plugin-win -p "$code,--nocheckversion"
$result = $LASTEXITCODE
if ($isNew -and (Test-Path -LiteralPath 'C:\\smc')) {
  New-Item -ItemType File -Path 'C:\\smc\\.smc-migration' -Force | Out-Null
}
exit $result
"""

TIMEOUT_SECONDS = 1800

_VALUE = re.compile(r"[A-Za-z0-9_-]{1,128}")
_IMPORTED = re.compile(r"Import Source Server \[(?P<source_id>s-[A-Za-z0-9]+)\] Successfully")


def import_script(os_type: str, activation: ActivationCode, template: str | None = None) -> str:
    """The script for a server of `os_type` (`linux` or `windows`).

    Args:
        os_type: system of the server.
        activation: the activation code. It becomes part of the script, because Cloud Assistant
            offers no secret parameter that the documented role may use; so it is valid for a day,
            for the exact number of servers, and revoked as soon as they are registered.
        template: replaces the built-in template; `{{access_token_id}}` and
            `{{access_token_code}}` are filled in.
    """
    values = {
        "access_token_id": activation.access_token_id,
        "access_token_code": activation.code,
    }
    if not all(_VALUE.fullmatch(value) for value in values.values()):
        # The values come from the API and go into a script that runs as root.
        raise MigrationError(
            f"SMC returned an activation code ({activation.access_token_id}) with characters that"
            " cannot be put into a command. Fix: report it; nothing was run."
        )
    script = template or (WINDOWS if os_type == "windows" else LINUX)
    for name, value in values.items():
        script = script.replace("{{" + name + "}}", value)
    return script


def registered_source_id(output: str) -> str | None:
    """The source server's id in the output of the client, if it succeeded."""
    match = _IMPORTED.search(output)
    return match["source_id"] if match else None


def log_place(os_type: str) -> str:
    """Where the client's logs are on the server."""
    return "C:\\smc" if os_type == "windows" else "/smc/go2aliyun_client*/Logs"
