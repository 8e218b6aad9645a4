"""Generated from ../protos by `python -m apps.miners.contract.generate`; never edited by hand."""
