"""What each resource does: create, read, update and delete, on typed inputs and plain outputs.

Handlers know nothing of Pulumi. Everything they create can be created again: they look for their
own objects first, by tag and by deterministic names (`smc.ownership`).
"""
