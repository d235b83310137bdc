"""Whether tests take their time: every call instead of some, many random walks instead of few."""

import os

THOROUGH = bool(os.environ.get("THOROUGH"))
