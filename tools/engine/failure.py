"""The one way in which this tool fails: with what to do."""


class EngineError(Exception):
    """What failed and what to do about it, in a few lines."""
