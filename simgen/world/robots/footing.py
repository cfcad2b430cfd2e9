"""What a robot's wheels or feet stand on: the friction of the patch of ground under each."""

from __future__ import annotations

from simgen.conditions import Surface
from simgen.world.robots.articulation import Articulation


class Footing:
    """Keeps the contact friction of some links that of the ground under them."""

    def __init__(self, body: Articulation, links: tuple[str, ...], surface: Surface) -> None:
        """Give the links the friction of the ground away from its patches.

        Args:
            body: whose links.
            links: names of what touches the ground.
            surface: the ground; a wheel or a foot grips like a standing tyre.
        """
        self._body = body
        self._links = links
        self._surface = surface
        friction = surface.friction(0.0)
        self._friction = [friction] * len(links)
        body.set_friction(links, friction)

    def take(self, surface: Surface) -> None:
        """Stand on another ground from now on."""
        self._surface = surface
        self._refresh()

    def feel(self) -> None:
        """Take the friction of where each link is now; without patches nothing changes."""
        if self._surface.patches:
            self._refresh()

    def _refresh(self) -> None:
        for k, (x_m, y_m) in enumerate(self._body.places_m(self._links)):
            friction = self._surface.at(x_m, y_m).friction(0.0)
            if friction != self._friction[k]:
                self._friction[k] = friction
                self._body.set_friction(self._links[k : k + 1], friction)
