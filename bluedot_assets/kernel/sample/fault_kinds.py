"""The names of the kinds of bad files, in the order of source-format.md's table: what the command line offers without
reading more. What each kind holds is in `faults`."""

from typing import Literal

FaultKind = Literal[
    "truncated",
    "empty",
    "binary",
    "not-json",
    "wrong-shape",
    "vendor-error",
    "no-bars",
    "only-holidays",
    "bad-bars-few",
    "bad-bars-many",
    "nan-price",
    "rlst-out-of-range",
    "bc-not-positive",
    "same-bar-twice",
    "two-bars-one-date",
    "future-bar",
    "bad-dot-date",
    "name-clash",
    "name-clash-same-bytes",
    "name-dots",
    "name-control",
    "name-too-long",
    "name-empty",
    "over-size",
    "wrong-timezone",
    "stray-files",
]
