r"""The command that takes the SMC client off a source server again.

UNCERTAIN, and therefore only here. No page says how the client is uninstalled. Documented are the
folder that it lives in (`/smc`, `C:\smc`), that nothing of it runs elsewhere, and that Cloud
Assistant's plug-in manager removes a plug-in (`acs-plugin-manager --remove --plugin`). So what runs
from the folder is ended, the folder deleted, and the plug-in removed. What the client changed on
the system beside, such as an rsync that it installed or the driver of a block replication, stays.

Nothing is removed that was there before: the import command leaves a mark in the folder if there
was no such folder, and without the mark this command does nothing. It is constant: no value is
ever put into it. The PowerShell form was never run.

Source: SMC user guide, "Migrate servers to ECS"; ECS, "Automatically install or upgrade the GRID
driver" (removal of a plug-in); smc-docs sections 1 and 1b.
"""

KEPT = 64
"""Exit code where the client was there before the import, or was brought by another command."""

TIMEOUT_SECONDS = 120

LINUX = r"""
set -u
# Takes the Server Migration Center client off this server, if smc-migration brought it here.
[ -d /smc ] || exit 0
[ -f /smc/.smc-migration ] || exit 64
processes() {
  ls -l /proc/[0-9]*/exe 2>/dev/null | sed -n 's|.* /proc/\([0-9]*\)/exe -> /smc/.*|\1|p'
}
for signal in TERM KILL; do
  for process in $(processes); do kill -s "$signal" "$process" 2>/dev/null; done
  for second in 1 2 3 4 5 6 7 8 9 10; do
    [ -n "$(processes)" ] || break
    sleep 1
  done
done
[ -z "$(processes)" ] || { echo 'what runs from /smc does not end'; exit 1; }
rm -rf --one-file-system /smc || exit 1
acs-plugin-manager --remove --plugin smc-client-plugin >/dev/null 2>&1
exit 0
"""

WINDOWS = r"""
$ErrorActionPreference = 'Stop'
# Takes the Server Migration Center client off this server, if smc-migration brought it here.
if (-not (Test-Path -LiteralPath 'C:\smc')) { exit 0 }
if (-not (Test-Path -LiteralPath 'C:\smc\.smc-migration')) { exit 64 }
Get-Process | Where-Object Path -Like 'C:\smc\*' | Stop-Process -Force
Start-Sleep -Seconds 2
Remove-Item -LiteralPath 'C:\smc' -Recurse -Force
$assist = Get-ChildItem 'C:\ProgramData\aliyun\assist' -Directory |
  Where-Object Name -Match '^[0-9.]+$' | Sort-Object { [version]$_.Name } | Select-Object -Last 1
& "$($assist.FullName)\acs-plugin-manager.exe" --remove --plugin smc-client-plugin-win | Out-Null
exit 0
"""


def removal_script(os_type: str) -> str:
    """The script for a server of `os_type` (`linux` or `windows`)."""
    return WINDOWS if os_type == "windows" else LINUX
