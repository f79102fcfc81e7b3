"""The base of all models, so that pydantic costs a cold start no more than it has to."""

import os
import sys
from types import ModuleType

from pydantic import BaseModel, ConfigDict


def _without_search() -> None:
    """Where plugins are switched off (in our functions, by the template), pydantic still imports what it would search
    for them with, importlib.metadata and 60 modules behind it: a sixth of the CPU of a cold start. So it gets a search
    that finds none.
    """
    search = ModuleType("pydantic.plugin._loader")
    vars(search)["get_plugins"] = tuple
    sys.modules.setdefault(search.__name__, search)


if os.environ.get("PYDANTIC_DISABLE_PLUGINS") in ("__all__", "1", "true"):
    _without_search()


class Model(BaseModel):
    """A model. What validates and writes it is made when it is first used, or with `model_rebuild`: a function needs
    few of those that it imports.
    """

    model_config = ConfigDict(defer_build=True)
