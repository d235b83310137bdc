"""Finds or makes the real Pulumi engine and the alicloud plugin; standard library only.

`python3 -m tools.engine` prints the folder to put on PATH. In this order: Pulumi on PATH, the
official release, a build from Go modules; the plugin likewise.
"""
