"""Plans made on a Dask cluster of four workers, one of whom is killed in the middle."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.cli.main import run
from tests.far.clusters import cluster, killed
from tests.far.partners import KINDS, asked, partner
from tests.far.test_shares import content, together
from tests.planner.world import AT
from tests.policies.writing import policy


def test_the_same_bytes_though_a_worker_is_killed_in_the_middle(tmp_path: Path) -> None:
    from reconciler.pipeline import Engine, plan

    world = partner(tmp_path, [[kind, "quiet"] for kind in KINDS] * 4)
    policy(tmp_path, "some", "action.action != 'cancel' || customer.name > 'customer-010'")
    with cluster(4, "planning") as made:
        found = plan(*asked(world, engine=Engine(executor="dask", scheduler=made.url)))
        assert killed(made.workers) == 1
    expected = together(world)
    assert (expected.summary.blocked, expected.summary.cancel) == (4, 4)
    assert content(found) == content(expected)


def test_a_cluster_that_cannot_do_it_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("reconciler.pipeline.clustering._PATIENCE", 3)
    world = partner(tmp_path, [["quiet"], ["renamed"]])
    plan = ["plan", "--estate", str(world.estate()), "--at", AT, "--executor", "dask", "--scheduler"]

    def told(url: str) -> str:
        assert run([*plan, url]) == 1
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        return error

    assert "no Dask scheduler answers there" in told("tcp://127.0.0.1:9")
    assert "no Dask scheduler answers there" in told("nonsense://x")
    with cluster(0) as made:
        assert f"--scheduler {made.url}: the cluster has no workers; start some" in told(made.url)
    with cluster(1, cwd=Path("/")) as made:
        monkeypatch.setattr("reconciler.pipeline.clustering.__version__", "9.9.9")
        assert "it has version 0.1.0 of this program, not 9.9.9" in told(made.url)
        monkeypatch.undo()
        monkeypatch.chdir(tmp_path)
        config = "apiVersion: reconciler/v1\nkind: Config\nprovider: snapshot\nsnapshot: estate.json\n"
        (tmp_path / "reconciler.yaml").write_text(config)
        assert run(["plan", "--at", AT, "--executor", "dask", "--scheduler", made.url]) == 1
        assert "it does not see estate.json; workers read the files themselves" in capsys.readouterr().err


def test_a_worker_that_reads_another_commit_makes_no_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    world = partner(tmp_path, [["quiet"], ["renamed"]])
    with cluster(1, "elsewhere") as made:
        where = ["--estate", str(world.estate()), "--at", AT, "--executor", "dask", "--scheduler", made.url]
        assert run(["plan", *where]) == 1
    told = capsys.readouterr().err
    assert told == (
        "error: --executor dask: a worker read another desired/customer-000.yaml than is here; "
        "give all workers the same commit\n"
    )


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--executor", "dask"], "--executor dask needs a cluster: say where its scheduler is"),
        (["--scheduler", "tcp://127.0.0.1:8786"], "--scheduler goes with --executor dask"),
    ],
)
def test_options_that_need_each_other_say_so(
    arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["plan", *arguments]) == 1
    assert text in capsys.readouterr().err
