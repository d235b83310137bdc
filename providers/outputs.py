"""Outputs for the inputs of many resources."""

from typing import TypeVar

import pulumi

Value = TypeVar("Value")


def urn_of(resource: type, name: str, opts: pulumi.ResourceOptions | None) -> pulumi.Output[str]:
    """The URN that a dynamic resource of module `smc` will get."""
    kind = f"pulumi-python:dynamic/smc:{resource.__name__}"
    parent = opts.parent if opts else None
    # One step, where `pulumi.create_urn` takes eight: there are a thousand of them.
    urn = (
        parent.urn.apply(lambda urn: f"{urn.rpartition('::')[0]}${kind}::{name}")
        if parent
        else pulumi.create_urn(name, kind)
    )
    # As an output of the parent it would make the resource depend on its parent's children, and so
    # on itself.
    return only_value(urn)


def only_value(output: pulumi.Output[Value]) -> pulumi.Output[Value]:
    """An output of which nobody comes to depend on the resources that it is from."""
    return pulumi.Output(set(), output.future(), output.is_known(), output.is_secret())  # type: ignore[arg-type]
