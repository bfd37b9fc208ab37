"""The catalogue of fraud methods (手法): every code a `category` may carry, and what it belongs to.

In: a YAML file with version, families (类), methods, each in one family, and the sets that work plans name.
Out: a frozen `Catalogue`. Invariant: a code means one thing only; methods and sets name known families. Which
method belongs to which family is the file's statement and not an official one: a county may replace it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from schemas.strict_yaml import faults, read_yaml

_Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


class CatalogueError(ValueError):
    """The catalogue file cannot be used; says where and why."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`methods` and `families` are in the file's order; `sets` maps a set's code to its families."""

    version: str
    name: str
    note: str
    families: tuple[str, ...]
    methods: tuple[str, ...]
    sets: Mapping[str, tuple[str, ...]]
    _labels: Mapping[str, str]
    _families: Mapping[str, str]

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code a category may have: the methods, then the families, for reports that say no more."""
        return self.methods + self.families

    def family_of(self, code: str) -> str | None:
        """The family of a method; a family is its own; None for a code this catalogue does not know."""
        return self._families.get(code)

    def label(self, code: str) -> str:
        """The Chinese name of a method, family or set; an unknown code stands for itself."""
        return self._labels.get(code, code)


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Method(_Form):
    name: _Name
    family: _Code


class _Set(_Form):
    name: _Name
    families: list[_Code] = Field(min_length=1)


class _File(_Form):
    version: _Name
    name: _Name
    note: str = ""
    families: dict[_Code, _Name] = Field(min_length=1)
    methods: dict[_Code, _Method]
    sets: dict[_Code, _Set] = {}

    @model_validator(mode="after")
    def _closed(self) -> Self:
        wrong = [
            f"methods/{code}/family: 未知的类 / unknown family {m.family!r}"
            for code, m in self.methods.items()
            if m.family not in self.families
        ]
        for code, chosen in self.sets.items():
            wrong += [
                f"sets/{code}/families: 未知的类 / unknown family {f!r}"
                for f in chosen.families
                if f not in self.families
            ]
            if len(set(chosen.families)) != len(chosen.families):
                wrong.append(f"sets/{code}/families: 有重复 / a family twice")
        every = [*self.families, *self.methods, *self.sets]
        wrong += [f"{code}: 一码两用 / one code, two meanings" for code in {c for c in every if every.count(c) > 1}]
        if wrong:
            raise ValueError("; ".join(sorted(wrong)))
        return self


def read_catalogue(text: str, name: str = "catalogue") -> Catalogue:
    """The catalogue in a YAML text. Raises `CatalogueError` with the line or the field; `name` says whose."""
    try:
        form = _File.model_validate(read_yaml(text))
    except yaml.YAMLError as error:
        raise CatalogueError(f"{name}: 不是 YAML / not YAML: {error}") from error
    except ValidationError as error:
        raise CatalogueError(f"{name}: {faults(error.errors())}") from error
    labels = dict(form.families)
    labels |= {code: m.name for code, m in form.methods.items()}
    labels |= {code: s.name for code, s in form.sets.items()}
    return Catalogue(
        version=form.version,
        name=form.name,
        note=form.note.strip(),
        families=tuple(form.families),
        methods=tuple(form.methods),
        sets=MappingProxyType({code: tuple(s.families) for code, s in form.sets.items()}),
        _labels=MappingProxyType(labels),
        _families=MappingProxyType(
            {f: f for f in form.families} | {code: m.family for code, m in form.methods.items()}
        ),
    )


@cache
def default_catalogue() -> Catalogue:
    """The catalogue that stands from the first day: 48 methods in eleven families."""
    name = "methods-2016.yaml"
    return read_catalogue(files("schemas").joinpath("catalogues", name).read_text("utf-8"), name)
