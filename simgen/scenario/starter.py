"""A first file for an author: small, valid, and commented from the table of the language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from simgen.errors import UserError
from simgen.scenario.language import Key, walk
from simgen.scenario.library import ID, SUFFIXES
from simgen.scenario.schema import default_text
from simgen.scenario.table import SCENARIO

KINDS = ("driving", "robotics")
"""Sorts of starter files."""

_MODELINE = """\
# For completion in an editor, run `simgen schema > scenario.schema.json` beside this file and make its first line:
#   # yaml-language-server: $schema=scenario.schema.json
# Every key is described by `simgen docs`; `simgen validate`, `simgen preview` and `simgen lint` check this file.
"""
# `#: path` stands for what the table says of a key.
_DRIVING = """\
simgen: 1  #: simgen
id: {id}  #: id
description: >
  A car stands in the ego's lane in fog, with its hazard lights on or dead. An edge case because the obstacle has
  little contrast until it is close. (Say here what happens in yours, why it is hard, and the source.)
extends: [lib/road/country.yaml, lib/rigs/front_camera.yaml]  #: extends

params:  #: params
  gap: {uniform: [45 m, 110 m]}

conditions:  #: conditions
  sun: {elevation: {uniform: [8 deg, 40 deg]}}  #: conditions.sun.elevation
  fog: {mor: {log_uniform: [40 m, 300 m]}}  #: conditions.fog.mor
  surface: {film: {choice: {0 mm: 2, 0.5 mm: 1}}}  #: conditions.surface.film

actors:  #: actors
  ego:
    model: car.sedan  #: actors.NAME.model
    place: {lane: main.0, s: 30 m}  #: actors.NAME.place
    speed: {uniform: [40 km/h, 80 km/h]}  #: actors.NAME.speed
    lights: {head: true, tail: true}  #: actors.NAME.lights
  stalled:
    model: {choice: [car.sedan, car.hatchback]}
    place: {ahead_of: ego, by: $gap, offset: {uniform: [-0.4 m, 0.4 m]}}
    lights: {hazard: {bernoulli: 0.6}}
  crossing:
    model: person.adult
    include: {bernoulli: 0.3}  #: actors.NAME.include
    place: {ahead_of: stalled, by: {uniform: [-14 m, -8 m]}, offset: -4.5 m, facing: 90 deg}
    behaviour: {cross: {trigger: {distance: 30 m}}}  #: actors.NAME.behaviour

duration: 4 s  #: duration
rate: 10 Hz  #: rate
"""
_ROBOTICS = """\
simgen: 1  #: simgen
id: {id}  #: id
description: >
  A robot drives down an aisle of a dim warehouse in thin smoke, past boxes that have fallen. An edge case because
  the boxes are low, dark and close. (Say here what happens in yours, why it is hard, and the source.)
extends: [lib/room/warehouse.yaml, lib/rigs/robot_camera.yaml]  #: extends

params:  #: params
  smoke: {log_uniform: [12 m, 80 m]}

conditions:  #: conditions
  room_lights: {illuminance: {log_uniform: [5 lx, 200 lx]}}  #: conditions.room_lights.illuminance
  fog: {mor: $smoke, albedo: 0.7}  #: conditions.fog.mor

actors:  #: actors
  ego:
    model: robot.husky  #: actors.NAME.model
    place: {lane: aisle.0, s: 3 m}  #: actors.NAME.place
    speed: {uniform: [0.5 m/s, 1.0 m/s]}  #: actors.NAME.speed
    lights: {head: true}  #: actors.NAME.lights
  box:
    model: box
    count: {poisson: {mean: 3, max: 6}}  #: actors.NAME.count
    place: {lane: aisle.0, s: {uniform: [6 m, 16 m]}, offset: {uniform: [-1.2 m, 1.2 m]}, min_gap: 0.3 m}
  worker:
    model: person.adult
    include: {bernoulli: 0.5}  #: actors.NAME.include
    place: {lane: aisle.0, s: {uniform: [9 m, 15 m]}, offset: {uniform: [-0.9 m, 0.9 m]}, facing: any}

duration: 4 s  #: duration
rate: 10 Hz  #: rate
"""
_TEMPLATES = dict(zip(KINDS, (_DRIVING, _ROBOTICS), strict=True))


def starter(identity: str, kind: str = KINDS[0]) -> str:
    """The text of a starter file.

    Args:
        identity: id that it gives itself.
        kind: one of `KINDS`.
    """
    keys = dict(walk(SCENARIO))
    lines = [_commented(line, keys) for line in _TEMPLATES[kind].replace("{id}", identity).splitlines()]
    return _MODELINE + "\n".join(lines) + "\n"


def write_starter(name: str, kind: str, folder: Path) -> Path:
    """Write a starter file and give its path.

    Args:
        name: of the scenario, with or without ".yaml"; folders in it are made.
        kind: one of `KINDS`.
        folder: that the name is relative to.

    Raises:
        UserError: the name is no id, or the file is there already.
    """
    plain = next((name.removesuffix(s) for s in SUFFIXES if name.endswith(s)), name)
    identity = Path(plain).name if Path(plain).is_absolute() else plain
    if not ID.fullmatch(identity):
        raise UserError(f"{name!r} cannot name a scenario; expected lower-case letters, digits, _ and -, joined by /")
    path = folder / f"{plain}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(starter(identity, kind))
    except FileExistsError:
        raise UserError(f"{path} is there already; give another name, or remove it") from None
    return path


def _commented(line: str, keys: Mapping[str, Key]) -> str:
    text, _, path = line.partition("  #: ")
    if not path:
        return line
    key = keys[path]
    default = default_text(key)
    comment = re.sub(r" *;$", "", key.about) + (f"; default {default}" if default else "")
    indent = len(text) - len(text.lstrip())
    return f"{text}  # {comment}" if len(text) + len(comment) <= 116 else f"{' ' * indent}# {comment}\n{text}"
