"""Measurements; each says what it measured, on what, and writes bench/results/NAME.json."""
