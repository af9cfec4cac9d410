"""Roles of priors: defaults, what a user may replace, and what is refused."""

import numpy as np
import pytest

from trialpool import priors
from trialpool.errors import ModelError
from trialpool.synthesis.roles import FAMILIES, resolve

PUBLIC_ROLES = {
    "effect", "tau", "class_sd", "treatment_sd", "half_life", "half_life_sd", "onset", "control",
    "spread", "rho", "baseline",
}  # fmt: skip


def test_families_are_the_layouts_of_evidence():
    layouts = {"longitudinal", "events", "effects", "counts", "network"}
    assert layouts <= set(FAMILIES)
    # A layout on another scale is a family of its own, such as events_risk.
    assert {name.partition("_")[0] for name in FAMILIES} == layouts


def test_public_roles_exist():
    assert set(FAMILIES["longitudinal"]) >= PUBLIC_ROLES


@pytest.mark.parametrize(
    ("family", "name"), [(f, name) for f, roles in FAMILIES.items() for name in roles]
)
def test_every_role_says_what_it_is(family, name):
    role = FAMILIES[family][name]
    assert role.meaning and role.source
    assert role.unit or name == "rho"  # a correlation has none
    if role.scale:
        assert role.prior.logpdf(-1.0) == -np.inf


def test_given_priors_replace_defaults_and_nothing_else():
    given = {"tau": priors.HalfNormal(1)}
    merged = resolve(FAMILIES["longitudinal"], given)
    assert merged["tau"] == priors.HalfNormal(1)
    assert {k: v for k, v in merged.items() if k != "tau"} == {
        k: role.prior for k, role in FAMILIES["longitudinal"].items() if k != "tau"
    }
    assert given == {"tau": priors.HalfNormal(1)}


def test_unknown_role_names_all_roles_and_the_nearest():
    with pytest.raises(ModelError, match=r"'tua'.*effect, tau.*did you mean 'tau'"):
        resolve(FAMILIES["effects"], {"tua": priors.HalfNormal(1)})


def test_role_of_another_family_is_unknown_here():
    with pytest.raises(ModelError, match="half_life"):
        resolve(FAMILIES["effects"], {"half_life": priors.LogNormal(3, 1)})


@pytest.mark.parametrize("prior", [priors.Normal(0, 1), priors.Uniform(-1, 1)], ids=repr)
def test_a_scale_cannot_be_negative(prior):
    with pytest.raises(ModelError, match="'tau', which cannot be negative; expected HalfNormal"):
        resolve(FAMILIES["effects"], {"tau": prior})


@pytest.mark.parametrize(
    "prior",
    [priors.Uniform(0, 9), priors.Flat(), priors.HalfT(3, 1), priors.LogT(5, 0, 1)],
    ids=repr,
)
def test_a_scale_may_be_anything_positive(prior):
    assert resolve(FAMILIES["effects"], {"tau": prior})["tau"] == prior


@pytest.mark.parametrize(
    "prior", [priors.Uniform(-0.5, 0.5), priors.Uniform(0, 1), priors.Normal(0.5, 0.1)], ids=repr
)
def test_rho_stays_within_what_compound_symmetry_allows(prior):
    with pytest.raises(ModelError, match="'rho'; expected Uniform"):
        resolve(FAMILIES["longitudinal"], {"rho": prior})
