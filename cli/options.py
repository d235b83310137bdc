"""Options that several commands share."""

from typing import Annotated

import typer

Stack = Annotated[str, typer.Option(help="Name of the stack: its file is Pulumi.<stack>.yaml.")]

Organization = Annotated[
    str, typer.Option(help="Organization of the stack; file and bucket backends have this one.")
]
Regions = Annotated[
    list[str] | None, typer.Option("--region", help="Look there too, beside the targets' regions.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
