"""The stack that a program belongs to."""

import pulumi


def full_stack_name() -> str:
    """`organization/project/stack`: what marks the stack's objects, see `smc.ownership`."""
    return f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
