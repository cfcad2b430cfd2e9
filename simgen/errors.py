"""The exception tree. Every error that simgen raises on purpose derives from `SimgenError`."""

from __future__ import annotations


class SimgenError(Exception):
    """Base of all deliberate errors; `exit_code` is what the command line returns for it."""

    exit_code = 1


class UserError(SimgenError):
    """Raised when what the user gave (a file, an option, a value) is wrong. Exit code 2."""

    exit_code = 2


class ScenarioError(UserError):
    """Raised when a scenario does not validate; holds every problem found, already formatted.

    Attributes:
        problems: one formatted message a problem, each beginning `file:line:column:`.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n\n".join(problems))
        self.problems = problems


class PlacementError(UserError):
    """Raised when an actor cannot be placed without overlap within the bounded number of tries."""


class RequirementError(UserError):
    """Raised when no draw of a sample meets what its scenario requires within the bounded number of tries."""


class PlanMismatchError(UserError):
    """Raised when an output folder holds a dataset of another plan, seed or renderer."""


class OutputError(SimgenError):
    """Raised when the output folder cannot be written or the disk is full."""


class CorruptShardError(SimgenError):
    """Raised when a shard's bytes are not what the manifest says, or it cannot be read."""


class PhysicsError(SimgenError):
    """Raised when the simulation leaves the physical: NaN, exploding energy, bodies far below ground.

    Attributes:
        reason: a word for programs, "not_finite" for example (see `simgen.world.health`); "" when there is none.
        tick: physics tick at which it was found; -1 when it belongs to none.
        who: names of the actors concerned.
    """

    def __init__(self, message: str, *, reason: str = "", tick: int = -1, who: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.reason = reason
        self.tick = tick
        self.who = who


class MissingDependencyError(SimgenError):
    """Raised when a library of the system is missing; the message names the package to install."""
