"""`python -m cli fleet`: an inventory that is larger than one stack, split into several."""
