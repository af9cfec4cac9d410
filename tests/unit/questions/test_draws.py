import json
import subprocess
import sys

import h5py
import numpy as np
import pytest
import xarray as xr

from trialpool.draws import Draws
from trialpool.errors import PosteriorFileError
from trialpool.questions import ask

META = {"outcome": "pain", "layout": "longitudinal", "reference": "placebo"}


@pytest.fixture
def tree():
    rng = np.random.default_rng(3)
    posterior = xr.Dataset(
        {
            "benefit": (("chain", "draw", "class", "months"), rng.normal(size=(2, 50, 2, 3))),
            "tau": (("chain", "draw"), rng.normal(size=(2, 50))),
            "odd_order": (("class", "draw", "chain"), rng.normal(size=(2, 50, 2))),
            "unlabelled": (("chain", "draw", "k"), rng.normal(size=(2, 50, 4))),
        },
        coords={
            "chain": [0, 1],
            "draw": np.arange(50),
            "class": ["MSC", "Pläsma"],
            "months": [0.0, 12.0, 24.0],
        },
    )
    tree = xr.DataTree.from_dict({"posterior": posterior, "sample_stats": xr.Dataset()})
    tree.attrs["trialpool"] = json.dumps(META)
    return tree


@pytest.fixture
def file(tree, tmp_path):
    path = tmp_path / "pain.nc"
    tree.to_netcdf(path, engine="h5netcdf")
    return path


def test_file_gives_back_what_xarray_wrote(file, tree):
    draws = Draws.from_file(file)
    posterior = tree["posterior"]
    assert set(draws.names) == {"benefit", "tau", "odd_order", "unlabelled"}
    np.testing.assert_array_equal(draws.chains("benefit"), posterior["benefit"].values)
    np.testing.assert_array_equal(draws.array("tau"), posterior["tau"].values.ravel())
    assert draws.array("benefit").shape == (100, 2, 3)
    assert draws.coord("class") == ["MSC", "Pläsma"]
    np.testing.assert_array_equal(draws.coord("months"), [0, 12, 24])
    assert dict(draws.meta) == META
    assert draws.has("tau") and not draws.has("class")
    assert not draws.has_coord("k")


def test_sample_dims_come_first_whatever_the_order_in_the_file(file, tree):
    expected = tree["posterior"]["odd_order"].transpose("chain", "draw", "class").values
    np.testing.assert_array_equal(Draws.from_file(file).chains("odd_order"), expected)


def test_compressed_file_reads_alike(tree, tmp_path):
    path = tmp_path / "small.nc"
    encoding = {"/posterior": {"benefit": {"zlib": True, "complevel": 4}}}
    tree.to_netcdf(path, engine="h5netcdf", encoding=encoding)
    np.testing.assert_array_equal(
        Draws.from_file(path).chains("benefit"), tree["posterior"]["benefit"].values
    )


@pytest.mark.parametrize("letters", [False, True])
def test_fixed_length_labels(tmp_path, letters):
    path = tmp_path / "fixed.nc"
    with h5py.File(path, "w") as h:
        h.attrs["trialpool"] = np.bytes_(json.dumps(META))
        group = h.create_group("posterior")
        labels = np.array([b"MSC", b"PRP"])
        data = labels.view("S1").reshape(2, 3) if letters else labels
        for name, values in {"chain": [0], "draw": [0, 1], "class": data}.items():
            group[name] = values
        effect = group.create_dataset("effect", data=np.zeros((1, 2, 2)))
        for name in ("chain", "draw"):
            group[name].make_scale(name)
        if not letters:
            group["class"].make_scale("class")
            effect.dims[2].attach_scale(group["class"])
        else:
            group["string3"] = np.zeros(3)
            group["string3"].make_scale("This is a netCDF dimension but not a netCDF variable.  3")
            group["class"].make_scale("class")
        effect.dims[0].attach_scale(group["chain"])
        effect.dims[1].attach_scale(group["draw"])
    draws = Draws.from_file(path)
    assert draws.chains("effect").shape == (1, 2, 2)
    if not letters:
        assert draws.coord("class") == ["MSC", "PRP"]


def test_only_what_is_asked_for_is_read(file):
    draws = Draws.from_file(file)
    assert draws.coord("class")
    with h5py.File(file, "r+") as h:
        h["posterior/tau"][...] = 7.0
    assert (draws.chains("tau") == 7.0).all()  # read after the change
    with h5py.File(file, "r+") as h:
        h["posterior/tau"][...] = 8.0
    assert (draws.chains("tau") == 7.0).all()  # and once only


def test_arrays_cannot_be_written_to(file):
    for draws in (
        Draws.from_file(file),
        Draws.from_arrays({"x": np.ones((1, 2))}, coords={}, meta={}),
    ):
        name = draws.names[0]
        with pytest.raises(ValueError, match="read-only"):
            draws.chains(name)[0] = 0
        with pytest.raises(ValueError, match="read-only"):
            draws.array(name)[0] = 0


def test_caller_keeps_a_writable_array():
    values = np.ones((1, 2))
    draws = Draws.from_arrays({"x": values}, coords={}, meta={})
    values[...] = 5.0
    assert (draws.chains("x") == 1.0).all()


def test_every_cut_is_refused(file, tmp_path):
    whole = file.read_bytes()
    cut = tmp_path / "cut.nc"
    for share in (0.0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99):
        cut.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(PosteriorFileError, match=r"cut\.nc.*fit again"):
            Draws.from_file(cut)


def test_bad_files_are_named(tmp_path, file):
    missing, text, bare = tmp_path / "no.nc", tmp_path / "text.nc", tmp_path / "bare.nc"
    text.write_text("trial,arm\n")
    with h5py.File(bare, "w") as h:
        h.create_group("posterior")
    for path, words in [
        (missing, "no such file"),
        (tmp_path, "a folder"),
        (text, "cannot be read as netCDF-4"),
        (bare, "without the attribute 'trialpool'"),
    ]:
        with pytest.raises(PosteriorFileError) as caught:
            Draws.from_file(path)
        message = str(caught.value)
        assert str(path) in message and words in message and "fit again" in message.lower()
        assert "\n" not in message


@pytest.mark.parametrize("attribute", ["{not json", "[1, 2]"])
def test_attribute_must_be_a_json_object(file, attribute):
    with h5py.File(file, "r+") as h:
        h.attrs["trialpool"] = attribute
    with pytest.raises(PosteriorFileError, match="JSON"):
        Draws.from_file(file)


def test_no_posterior_group(tmp_path):
    path = tmp_path / "x.nc"
    with h5py.File(path, "w") as h:
        h.attrs["trialpool"] = "{}"
    with pytest.raises(PosteriorFileError, match="no group 'posterior'"):
        Draws.from_file(path)


def test_unknown_names_list_the_known(file):
    draws = Draws.from_file(file)
    with pytest.raises(PosteriorFileError, match=r"no variable 'theta'.*tau"):
        draws.array("theta")
    with pytest.raises(PosteriorFileError, match=r"no coordinate 'k'.*months"):
        draws.coord("k")


def test_arrays_need_both_sample_dims():
    with pytest.raises(ValueError, match="chain, draw"):
        Draws.from_arrays({"x": np.ones(3)}, coords={}, meta={})


def test_a_file_answers_a_question(file):
    (answer,) = ask(Draws.from_file(file), "MSC beats placebo at 24 months")
    assert 0 < answer.probability < 1


def test_asking_loads_no_heavy_library(file):
    code = (
        "import sys\nfrom trialpool.draws import Draws\nfrom trialpool.questions import ask\n"
        f"ask(Draws.from_file({str(file)!r}), 'MSC beats placebo at 24 months')\n"
        "print(*sorted({'pymc', 'pandas', 'xarray', 'arviz', 'scipy'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""


def test_a_file_of_another_format_says_so(tmp_path):
    path = tmp_path / "later.nc"
    with h5py.File(path, "w") as file:
        file.attrs["trialpool"] = json.dumps({"format": 2})
        file.create_group("posterior")
    with pytest.raises(PosteriorFileError, match="a file of format 2, expected format 1"):
        Draws.from_file(path)
