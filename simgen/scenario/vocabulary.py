"""What an expression may name and call: the words that its surroundings lend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from simgen.scenario.kinds import Kind


@dataclass(frozen=True)
class ActorArgument:
    """An argument that is a name and no value: an actor, a region, "all".

    Attributes:
        what: what it is, for messages: "an actor".
        options: the names that may stand there.
    """

    what: str
    options: tuple[str, ...]

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True)
class Function:
    """A function beside the built-in ones (`simgen.scenario.arithmetic.BUILT_IN`), such as a measure.

    Attributes:
        name: as it is called.
        arguments: what each argument is.
        result: kind of the result, within its bounds.
        description: for the reference.
    """

    name: str
    arguments: tuple[Kind | ActorArgument, ...]
    result: Kind
    description: str = ""


class Names(Protocol):
    """What an expression may name."""

    def kind_of(self, name: str) -> Kind | None:
        """The kind of a name, with the bounds of its values; None where there is none, or it is at fault."""
        ...

    def known(self) -> Iterable[str]:
        """All names, those of functions too. One that is known and of no kind has its fault reported elsewhere."""
        ...

    def function(self, name: str) -> Function | None:
        """A function beside the built-in ones."""
        ...
