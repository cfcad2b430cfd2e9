"""Conditions that a timeline can change and a rule can read: what may stand for each, as `conditions` declares it."""

from __future__ import annotations

from collections.abc import Mapping

from simgen.conditions import SETTINGS
from simgen.scenario.kinds import Kind
from simgen.scenario.rules_table import PREFIX, declared_setting
from simgen.scenario.table import CONDITIONS

__all__ = ["PREFIX", "SETTING_KINDS"]

SETTING_KINDS: Mapping[str, Kind] = {name: declared_setting(CONDITIONS, name).kind() for name in SETTINGS}
"""Kinds and bounds, by the names of `simgen.conditions.SETTINGS`."""
