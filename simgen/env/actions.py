"""What a policy may do: continuous and discrete spaces over one set of named values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete
from numpy.typing import NDArray

from simgen.errors import UserError
from simgen.world import Action, ArmAction

KINDS = ("continuous", "discrete")


@dataclass(frozen=True)
class ActionSet:
    """The values that an action gives, each in [-1, 1], and what they command.

    Attributes:
        names: of the values.
        meanings: of the values, one line each.
        columns: of /ego in shards, where the values are recorded.
        choices: (N) values of each discrete action.
        command: the command of the values.
    """

    names: tuple[str, ...]
    meanings: tuple[str, ...]
    columns: tuple[str, ...]
    choices: tuple[tuple[float, ...], ...]
    command: Callable[[Sequence[float]], Action | ArmAction]

    def space(self, kind: str) -> Box | Discrete[np.int64]:
        """`Box(-1, 1, (len(names),), float32)`, or `Discrete(len(choices))`.

        Raises:
            UserError: no such kind.
        """
        if kind == "continuous":
            return Box(-1.0, 1.0, (len(self.names),), dtype=np.float32)
        if kind == "discrete":
            return Discrete(len(self.choices))
        raise UserError(f"action is {kind!r}; expected one of {', '.join(KINDS)}")

    def values(self, action: Any, kind: str) -> tuple[float, ...]:
        """The values of an action; finite values outside [-1, 1] are clipped.

        Raises:
            ValueError: it is not of the space: another shape, not finite, no such choice.
        """
        if kind == "discrete":
            return self.choices[self._choice(action)]
        given: NDArray[np.float64] = np.asarray(action, dtype=np.float64)
        wanted = ", ".join(self.names)
        if given.shape != (len(self.names),):
            raise ValueError(f"action has shape {given.shape}; expected ({len(self.names)},): {wanted}")
        if not np.isfinite(given).all():
            raise ValueError(f"action is {given.tolist()}; expected finite numbers: {wanted}")
        return tuple(np.clip(given, -1.0, 1.0).tolist())

    def nearest(self, values: Sequence[float]) -> int:
        """The discrete action whose values lie nearest."""
        away = [sum((a - b) ** 2 for a, b in zip(c, values, strict=True)) for c in self.choices]
        return away.index(min(away))

    def _choice(self, action: Any) -> int:
        given = np.asarray(action)
        if given.ndim != 0 or given.dtype.kind not in "iu" or not 0 <= int(given) < len(self.choices):
            raise ValueError(f"action is {action!r}; expected a whole number from 0 to {len(self.choices) - 1}")
        return int(given)


def _drive(values: Sequence[float]) -> Action:
    return Action(steer=values[0], accel=values[1])


def _brake(values: Sequence[float]) -> Action:
    return Action(steer=0.0, accel=values[0])


def _move(values: Sequence[float]) -> ArmAction:
    return ArmAction(move=(values[0], values[1], values[2]), grip=1.0)


DRIVE = ActionSet(
    ("steer", "accel"),
    ("left positive, share of the greatest angle (robots: yaw rate)", "share of full drive; negative of full braking"),
    ("action_steer", "action_accel"),
    tuple(product((-0.4, -0.1, 0.0, 0.1, 0.4), (-1.0, -0.3, 0.0, 0.6))),
    _drive,
)
"""Vehicles and mobile robots."""

PEDALS = ActionSet(
    ("accel",),
    ("share of full drive; negative of full braking",),
    ("action_accel",),
    ((-1.0,), (-0.5,), (-0.2,), (0.0,), (0.3,)),
    _brake,
)
"""Pedals alone: somebody else steers."""

TOOL = ActionSet(
    ("x", "y", "z"),
    tuple(f"speed of the tool along the world's {axis}, share of 0.5 m/s" for axis in "xyz"),
    tuple(f"action_move_{axis}" for axis in "xyz"),
    ((0.0, 0.0, 0.0), *(tuple(s * (k == axis) for k in range(3)) for axis in range(3) for s in (-1.0, 1.0))),
    _move,
)
"""The tool of an arm, fingers closed, its orientation kept."""
