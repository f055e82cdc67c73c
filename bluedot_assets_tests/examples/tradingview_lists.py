"""A reader of watchlists as TradingView imports them: entries between commas, `###` begins a section. No test."""

import re

ENTRY = re.compile(r"[A-Z0-9_]+:[A-Z0-9._!/]+")


def sections(text: str) -> dict[str, list[str]]:
    """Symbols by section. An entry that TradingView would not take fails the test that reads it."""
    found: dict[str, list[str]] = {}
    section = ""
    for entry in text.split(","):
        if entry.startswith("###"):
            section = entry.removeprefix("###")
            assert section and section not in found, text[:200]
            found[section] = []
        else:
            assert ENTRY.fullmatch(entry), entry
            found[section].append(entry)
    return found


def symbols(text: str) -> list[str]:
    return [symbol for listed in sections(text).values() for symbol in listed]
