"""What the language is made of: keys and sections as declarations, from which everything else follows.

`simgen.scenario.table` declares them, once. Reading (`simgen.scenario.fields`), its messages, the JSON Schema, the
reference and the comments of new files all take names, kinds, defaults and descriptions from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from simgen.scenario.distributions import Plain
from simgen.scenario.kinds import Kind, Number, Text, Truth


@dataclass(frozen=True)
class Section:
    """A map with a closed set of keys.

    Attributes:
        what: what messages call it: "'fog'", "a patch".
        about: what it describes, for the reference.
        keys: its keys, in the order of the reference.
    """

    what: str
    about: str
    keys: tuple[Key, ...]

    def __getitem__(self, name: str) -> Key:
        for key in self.keys:
            if key.name == name:
                return key
        raise KeyError(f"{self.what} declares no key {name!r}")

    def names(self) -> tuple[str, ...]:
        """The names of its keys."""
        return tuple(key.name for key in self.keys)


@dataclass(frozen=True)
class Each:
    """A map whose keys are names that the author gives: {name: of}.

    Attributes:
        of: what stands under every name.
        name: what such a name is: "an actor".
        options: gives the names that are allowed; None allows any.
    """

    of: Takes
    name: str
    options: Callable[[], tuple[str, ...]] | None = None


@dataclass(frozen=True)
class Listed:
    """A list of `of`; of exactly `count` entries where that is given."""

    of: Takes
    count: int | None = None


@dataclass(frozen=True)
class Either:
    """One of several shapes."""

    options: tuple[Takes, ...]


@dataclass(frozen=True)
class OneKey:
    """A map of exactly one key, which says what it is: {name: settings}.

    Attributes:
        what: what the key names: "a site".
        sections: gives the settings by name.
        bare: whether the name may stand alone, without settings.
    """

    what: str
    sections: Callable[[], dict[str, Section]]
    bare: bool = False


@dataclass(frozen=True)
class Anything:
    """A value of any kind, told by its text: a parameter."""


Takes = Kind | Section | Each | Listed | Either | OneKey | Anything
"""What may stand under a key; under a kind also a distribution or a `$name`, unless the key is fixed."""


@dataclass(frozen=True)
class Key:
    """One key of a section.

    Attributes:
        name: as an author writes it.
        about: what it means, a phrase.
        takes: what may stand there.
        default: the value without it, in SI units; None where there is none.
        required: whether it must be given.
        fixed: why it is the same in every sample; "" where it may be drawn.
        example: YAML of a value, for the reference and for messages.
        forms: the forms of its section that it goes with (a place has one of several); () is all.
        names: gives the names that may stand there, where the kind does not list them.
    """

    name: str
    about: str
    takes: Takes
    default: Plain | None = None
    required: bool = False
    fixed: str = ""
    example: str = ""
    forms: tuple[str, ...] = ()
    names: Callable[[], tuple[str, ...]] | None = None

    def kind(self) -> Kind:
        """What a single value of it is; of several shapes the first that is one."""
        for shape in self._shapes():
            if isinstance(shape, Number | Text | Truth):
                return shape
        raise TypeError(f"the key {self.name!r} takes no single value")

    def row(self) -> tuple[Kind, int]:
        """What each entry of its list of fixed length is, and how many there are."""
        for shape in self._shapes():
            if isinstance(shape, Listed) and shape.count is not None and isinstance(shape.of, Number | Text | Truth):
                return shape.of, shape.count
        raise TypeError(f"the key {self.name!r} takes no list of fixed length")

    def entries(self) -> Section:
        """The section of each entry of its list."""
        for shape in self._shapes():
            if isinstance(shape, Listed) and isinstance(shape.of, Section):
                return shape.of
        raise TypeError(f"the key {self.name!r} takes no list of maps")

    def _shapes(self) -> tuple[Takes, ...]:
        return self.takes.options if isinstance(self.takes, Either) else (self.takes,)


def walk(takes: Takes, path: str = "") -> Iterator[tuple[str, Key]]:
    """Every key below a declaration with its path ("conditions.fog.mor", "actors.NAME.speed").

    Families of sites and settings of behaviours are left out: their declarations are elsewhere.
    """
    if isinstance(takes, Section):
        for key in takes.keys:
            here = f"{path}.{key.name}" if path else key.name
            yield here, key
            yield from walk(key.takes, here)
    elif isinstance(takes, Each):
        yield from walk(takes.of, f"{path}.NAME")
    elif isinstance(takes, Listed):
        yield from walk(takes.of, f"{path}[]")
    elif isinstance(takes, Either):
        for option in takes.options:
            yield from walk(option, path)
