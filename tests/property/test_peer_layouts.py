"""One evidence in the layouts of netmeta, multinma, MBNMAtime and metafor is one ``Evidence``."""

import random
from itertools import combinations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.dresses import fixed
from trialpool.evidence import (
    Evidence,
    from_mbnmatime,
    from_metafor,
    from_multinma,
    from_netmeta,
    read_evidence,
)

SCALE, WIDTH = "relief of pain 0-50 lower better", 50
RAW = [("mean", "m"), ("sd", "sd"), ("n", "n")]
PAIR = {"control": "old", "treated": "new"}

arm = st.fixed_dictionaries(
    {
        "mean": st.integers(0, 5000).map(lambda hundredths: hundredths / 100),
        "sd": st.integers(10, 3000).map(lambda hundredths: hundredths / 100),
        "n": st.integers(5, 400),
        "share": st.floats(0.1, 0.9),
    }
)
#: Study -> treatment -> arm; some studies have a third arm.
studies = st.dictionaries(
    st.sampled_from(["Ægir 2019", "B & C; 2020", "日本 2021", "4", "nan"]),
    st.fixed_dictionaries({"new": arm, "old": arm}, optional={"third": arm}),
    min_size=1,
)


def table_of(studies, seed):
    """One row an arm, in any order."""
    rows = [
        {"study": study, "trt": trt} | numbers
        for study, arms in studies.items()
        for trt, numbers in arms.items()
    ]
    random.Random(seed).shuffle(rows)
    table = pd.DataFrame(rows)
    table["r"] = (table["share"] * table["n"]).astype(int).clip(lower=1)
    table["se"] = table["sd"] / np.sqrt(table["n"])
    return table


def wide(table):
    """One row a study, as metafor has it: the first group is the new treatment."""
    sides = [
        table[table["trt"] == trt].set_index("study").add_suffix(f"_{side}")
        for side, trt in ((1, "new"), (2, "old"))
    ]
    return sides[0].join(sides[1]).reset_index()


def pairs(table, seed):
    """One row a pair of arms, as netmeta has it: either of the two may come first."""
    rng, rows = random.Random(seed), []
    for study, arms in table.groupby("study"):
        for pair in combinations(arms.to_dict("records"), 2):
            one, two = rng.sample(pair, 2)
            sides = {f"{name}{side}": x[name] for side, x in ((1, one), (2, two)) for name in x}
            rows.append(sides | {"studlab": study, "treat1": one["trt"], "treat2": two["trt"]})
    rng.shuffle(rows)
    return pd.DataFrame(rows)


def contrasts(table, seed):
    """multinma: one arm of each study is the baseline, the others are contrasts with it."""
    rng, rows = random.Random(seed), []
    for study, arms in table.groupby("study"):
        base, *others = rng.sample(arms.to_dict("records"), len(arms))
        rows.append({"study": study, "trt": base["trt"], "y": np.nan, "se": base["se"]})
        for other in others:
            difference = {
                "y": other["mean"] - base["mean"],
                "se": np.hypot(other["se"], base["se"]),
            }
            rows.append({"study": study, "trt": other["trt"]} | difference)
    rng.shuffle(rows)
    return pd.DataFrame(rows)


@settings(fixed, max_examples=25)
@given(studies=studies, seed=st.integers(0, 2**32))
def test_counts(studies, seed):
    table = table_of(studies, seed)
    metafor = wide(table).rename(
        columns={"r_1": "ai", "n_1": "n1i", "r_2": "ci", "n_2": "n2i", "study": "trial"}
    )
    cells = metafor.assign(bi=metafor["n1i"] - metafor["ai"], di=metafor["n2i"] - metafor["ci"])
    netmeta = pairs(table, seed).rename(columns={"r1": "event1", "r2": "event2"})
    for measure in ("OR", "RR", "RD"):
        found = [
            from_metafor(cells[["trial", "ai", "bi", "ci", "di"]], study="trial", measure=measure),
            from_metafor(metafor, study="trial", measure=measure),
            from_netmeta(netmeta, measure=measure, **PAIR),
            from_multinma(table[["study", "trt", "r", "n"]], measure=measure, **PAIR),
            Evidence.from_arms(
                table,
                study="study",
                treatment="trt",
                events="r",
                total="n",
                measure=measure,
                **PAIR,
            ),
        ]
        assert {one.layout for one in found} == {"counts" if measure == "OR" else "effects"}
        assert len({one.data_hash for one in found}) == 1
        assert set(found[0].reports["study"]) == set(studies)


@settings(fixed, max_examples=25)
@given(studies=studies, seed=st.integers(0, 2**32))
def test_means(studies, seed):
    table = table_of(studies, seed)
    metafor = wide(table).rename(
        columns={f"{name}_{k}": f"{short}{k}i" for name, short in RAW for k in (1, 2)}
    )
    y = metafor["m1i"] - metafor["m2i"]
    vi = metafor["sd1i"] ** 2 / metafor["n1i"] + metafor["sd2i"] ** 2 / metafor["n2i"]
    netmeta = pairs(table, seed)
    effects = netmeta[["studlab", "treat1", "treat2"]].assign(
        TE=netmeta["mean1"] - netmeta["mean2"], seTE=np.hypot(netmeta["se1"], netmeta["se2"])
    )
    # What has the same numbers has the same hash.
    exact = [
        from_metafor(metafor, study="study", measure="MD"),
        from_netmeta(netmeta, measure="MD", **PAIR),
        Evidence.from_arms(
            table, study="study", treatment="trt", mean="mean", sd="sd", n="n", **PAIR
        ),
    ]
    assert len({one.data_hash for one in exact}) == 1
    # What carries the SE in another form agrees up to rounding.
    arms = table[["study", "trt", "se"]].assign(y=table["mean"])
    rounded = [
        from_metafor(pd.DataFrame({"study": metafor["study"], "yi": y, "vi": vi}), study="study"),
        from_netmeta(effects, measure="MD", **PAIR),
        from_multinma(arms, **PAIR),
        from_multinma(contrasts(table, seed), **PAIR),
        over_time(table),
    ]
    expected = exact[0].reports.set_index("study")
    for one in rounded:
        reports = one.reports.set_index("study").loc[expected.index]
        np.testing.assert_allclose(reports["y"], expected["y"], rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(reports["se"], expected["se"], rtol=1e-9)
        assert len(one.reports) == len(studies)


def over_time(table):
    """Differences of the arms that MBNMAtime's layout gives, in units of the scale."""
    used = mbnmatime(table).used.set_index(["trial", "arm"])
    new, old = used.xs("new", level="arm"), used.xs("old", level="arm")
    y = (new["y"] - old["y"]) * WIDTH / 100
    se = np.hypot(new["se"], old["se"]).reindex(y.index) * WIDTH / 100
    frame = pd.DataFrame({"study": y.index, "y": y, "se": se})
    return Evidence.from_effects(frame, study="study", effect="y", se="se", measure="MD")


def mbnmatime(table, weeks=26):
    frame = table.rename(columns={"study": "studyID", "trt": "treatment", "mean": "y"})
    return from_mbnmatime(
        frame.assign(time=weeks), outcome="pain", scale=SCALE, reference="old", months=12 / 52
    )


@settings(fixed, max_examples=15)
@given(studies=studies, seed=st.integers(0, 2**32), weeks=st.integers(1, 200))
def test_means_over_time_are_a_folder(tmp_path, studies, seed, weeks):
    table = table_of(studies, seed)
    found = mbnmatime(table, weeks)
    folder = table.rename(columns={"study": "trial"}).assign(
        arm=table["trt"],
        treatment=table["trt"],
        outcome="pain",
        scale=SCALE,
        kind="mean",
        source="",
    )
    # As a person would write it: in any order of the rows, months to twelve digits.
    folder["class"], folder["months"] = table["trt"], f"{weeks * 12 / 52:.12g}"
    folder.drop(columns=["trt", "share", "r", "sd"]).to_csv(tmp_path / "reports.csv", index=False)
    pd.DataFrame({"trial": list(studies)}).to_csv(tmp_path / "trials.csv", index=False)
    roles = {"old": "reference", "new": "active", "third": "active"}
    pd.Series(roles, name="role").rename_axis("class").to_csv(tmp_path / "classes.csv")
    assert found.data_hash == read_evidence(tmp_path).data_hash
    assert len(found.used) == len(table)
