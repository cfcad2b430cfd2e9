"""The digest of a scenario's content: the same for texts that mean the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence as Sequence_
from typing import Any

from simgen.scenario.document import Mapping, Node, Sequence
from simgen.scenario.timeline_plan import CHANGES, by_amount
from simgen.units import UnitError, parse_quantity

_ORDERED = ("actors", "sensors", "choice")  # maps whose order means something


def digest_of(document: Mapping, files: Sequence_[str] = ()) -> str:
    """Digest of what a document means: quantities in SI, order where it matters, no id or description.

    Args:
        document: resolved.
        files: by the names of their content, the files that it names, in its order.
    """
    entries = {k: v for k, v in document.entries.items() if k not in ("id", "description", "extends")}
    data = _canonical(Mapping(document.mark, entries, document.key_marks), "")
    params = entries.get("params")
    if "correlate" in entries and isinstance(params, Mapping):
        data["correlate"]["order"] = list(params.entries)  # a copula is built in the order of its members
    if files:
        data["files"] = list(files)
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _canonical(node: Node, key: str) -> Any:
    if isinstance(node, Sequence):
        return [_canonical(item, "") for item in node.items]
    if isinstance(node, Mapping):
        pairs = {k: _canonical(v, k) for k, v in node.entries.items()}
        if key in CHANGES:  # "+1 m" is by 1 m, and not 1 m
            pairs |= {k: {"by": pairs[k]} for k, v in node.entries.items() if by_amount(v)}
        return [[_quantity(k), v] for k, v in pairs.items()] if key in _ORDERED else pairs
    return _quantity(node.text)


def _quantity(text: str) -> str:
    try:
        found = parse_quantity(text)
    except UnitError:
        return text
    dimension = found.dimension.exponents if found.dimension is not None else ""
    return f"{found.value!r} {dimension}"
