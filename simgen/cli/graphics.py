"""The one place that loads OpenCV, because its wheel needs a library that servers often lack."""

from __future__ import annotations

from types import ModuleType

from simgen.errors import MissingDependencyError


def require_cv2() -> ModuleType:
    """The module cv2.

    Raises:
        MissingDependencyError: it cannot be loaded; the message names the package to install.
    """
    try:
        import cv2
    except ImportError as error:
        text = str(error)
        if "libGL" in text or "libgthread" in text or "libglib" in text:
            raise MissingDependencyError(
                f"OpenCV cannot be loaded: {text}. Install the system library "
                "(Debian, Ubuntu: apt-get install libgl1 libglib2.0-0), or use the build without it: "
                "pip uninstall opencv-python && pip install opencv-python-headless"
            ) from error
        raise MissingDependencyError(
            f"OpenCV cannot be loaded: {text}. Install it: pip install opencv-python-headless"
        ) from error
    module: ModuleType = cv2
    return module
