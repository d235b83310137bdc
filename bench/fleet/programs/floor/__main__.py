"""So many trivial dynamic resources: what the engine, Python and the state cost by themselves."""

import pulumi
from trivial import Trivial

for number in range(pulumi.Config().require_int("count")):
    Trivial(f"trivial-{number:04}", number)
