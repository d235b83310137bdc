"""What an import will do, server by server, on its row of a preview.

Pulumi does not ask a dynamic provider about a resource that is yet to be created, so the program
looks for itself.
"""

from typing import Any

import pulumi

from providers import SourceImport
from smc.errors import MigrationError
from smc.handlers.context import Context, RoleAccess
from smc.handlers.precheck import import_preview
from smc.settings import Settings


def selectors(settings: Settings) -> dict[str, dict[str, Any]]:
    """How each server is found, as inputs of the import."""
    return {
        name: server.select.model_dump(exclude_none=True)
        if server.select
        else {"source_id": server.source_id}
        for name, server in settings.servers.items()
    }


def show_import_preview(
    settings: Settings, stack: str, imported: SourceImport
) -> pulumi.Output[bool]:
    """Look at the servers if the import has something to do, and say what. Changes nothing.

    Returns:
        Whether there was something to say.
    """

    async def told() -> bool:
        if await imported.sources.is_known():
            return False
        try:
            lines = _lines(settings, stack)
        except MigrationError as error:
            lines = [f"the servers could not be checked: {error}"]
        pulumi.log.info("\n".join(lines), imported)
        return True

    # The program ends only when every output is known.
    return pulumi.Output.from_input(told())


def _lines(settings: Settings, stack: str) -> list[str]:
    source = settings.source
    default = settings.destination.region
    return import_preview(
        stack,
        settings.connection(settings.destination),
        RoleAccess.of(source),
        selectors(settings),
        {name: server.target.region or default for name, server in settings.servers.items()},
        None if source.role.existing else settings.connection(source),
        Context(),
    )
