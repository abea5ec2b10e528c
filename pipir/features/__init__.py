"""Floor 2: one folder per noun of the program."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType


def feature_modules(name: str) -> list[ModuleType]:
    """The modules called `name` of every feature that has one, in the features' order by name."""
    return [
        import_module(f"{__name__}.{feature.name}.{name}")
        for feature in sorted(iter_modules(__path__), key=lambda each: each.name)
        for folder in __path__
        if (Path(folder) / feature.name / f"{name}.py").exists() or (Path(folder) / feature.name / name).is_dir()
    ]
