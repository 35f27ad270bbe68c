"""Print the lowest declared version of every dependency, as pip constraints."""

import re
import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))
FLOOR = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*>=\s*([0-9][^,;\s]*)")

declared = [
    *PROJECT["project"]["dependencies"],
    *(
        requirement
        for extra in PROJECT["project"]["optional-dependencies"].values()
        for requirement in extra
        if not requirement.startswith(f"{PROJECT['project']['name']}[")
    ),
]
for requirement in declared:
    floor = FLOOR.match(requirement)
    if floor is None:
        raise SystemExit(f"{requirement!r} declares no lowest version with >=")
    print(f"{floor[1]}=={floor[2]}")  # noqa: T201 - the output is the product
