"""The two commands: from any folder, in any path, once for each state of the lock, with nothing left behind."""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
# The real interpreter: the one of this run's .venv is not there on a new machine.
INTERPRETER = Path(sys.executable).resolve()
# What every script does before it hands over: Python may be told to keep no bytecode.
COMPILED = "python -m compileall -qq pipir"


def _executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


class Machine:
    """A copy of the scripts in a path with a space, on a machine whose programs write down how they were called."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "a checkout"
        self.bin = folder / "bin"
        self.calls = folder / "calls"
        shutil.copytree(CHECKOUT / "scripts", self.checkout / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml"):
            shutil.copy(CHECKOUT / name, self.checkout / name)
        self.bin.mkdir()
        for name in ("sh", "dirname", "readlink", "id", "sleep", "env"):
            (self.bin / name).symlink_to(shutil.which(name) or "")
        (self.bin / "python3").symlink_to(INTERPRETER)
        self.variables = {"PATH": str(self.bin), "PYTHONDONTWRITEBYTECODE": "1"}

    def program(self, name: str, then: str = "") -> None:
        """Put a program on the machine's path that notes its words."""
        _executable(self.bin / name, f"#!/bin/sh\necho {name} \"$@\" >> '{self.calls}'\n{then}\n")

    def environment(self, python: str = "", pipir: str = "") -> None:
        """Stand in for a .venv that is there, with programs that note their words."""
        folder = self.checkout / ".venv" / "bin"
        _executable(folder / "python", f"#!/bin/sh\necho python \"$@\" >> '{self.calls}'\n{python}\n")
        _executable(folder / "pipir", f"#!/bin/sh\necho pipir \"$@\" >> '{self.calls}'\n{pipir}\n")

    def stamp(self, *, tests: bool = False) -> None:
        """Mark the environment as set up for the present state."""
        program = "import sys, _setup; [_setup.stamp_of(lock).write_text(_setup.state(lock)) for lock in "
        program += "(_setup.RUN_LOCK, _setup.TEST_LOCK)]" if tests else "(_setup.RUN_LOCK,)]"
        path = {"PYTHONPATH": str(self.checkout / "scripts"), "PYTHONDONTWRITEBYTECODE": "1"}
        subprocess.run([INTERPRETER, "-c", program], check=True, env=path)

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []

    def run(self, script: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.checkout / "scripts" / script, *words],
            capture_output=True,
            text=True,
            env={**self.variables, **variables},
            cwd="/",
            check=False,
            stdin=subprocess.DEVNULL,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_help_says_every_option_and_needs_nothing(machine: Machine) -> None:
    ran = machine.run("run", "--help")
    assert ran.returncode == 0
    for option in ("--setup-only", "--port", "--exercise", "--rehearse", "--production"):
        assert option in ran.stdout
    assert not (machine.checkout / ".venv").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["--prot", "1"],
        ["--port", "http"],
        ["--port", "70000"],
        ["extra"],
        ["--exercise", "--production"],
        ["--rehearse"],
    ],
)
def test_an_option_that_is_not_known_ends_with_the_usage_before_anything_is_made(
    machine: Machine, words: list[str]
) -> None:
    ran = machine.run("run", *words)
    assert ran.returncode == 2
    assert "usage: scripts/run" in ran.stderr
    assert not (machine.checkout / ".venv").exists()


@pytest.mark.parametrize(
    ("words", "serve"),
    [
        ([], "pipir serve --with-worker"),
        (["--port", "8123"], "pipir serve --port 8123 --with-worker"),
        (["--exercise"], "pipir serve --exercise --with-worker"),
        (["--production"], "pipir serve --production --with-worker"),
        (
            ["--rehearse", "2030-12-31T23:59:50-05:00"],
            "pipir serve --rehearse 2030-12-31T23:59:50-05:00 --with-worker",
        ),
    ],
)
def test_the_options_reach_the_product(machine: Machine, words: list[str], serve: str) -> None:
    machine.environment()
    machine.stamp()
    assert machine.run("run", *words).returncode == 0
    assert machine.called() == [COMPILED, serve]


def test_setup_only_stops_before_serving(machine: Machine) -> None:
    machine.environment()
    machine.stamp()
    assert machine.run("run", "--setup-only", "--exercise").returncode == 0
    assert machine.called() == [COMPILED, "pipir setup --exercise"]


def test_what_the_product_answers_is_the_answer(machine: Machine) -> None:
    machine.environment(pipir="exit 3")
    machine.stamp()
    assert machine.run("run").returncode == 3
    assert machine.called() == [COMPILED, "pipir serve --with-worker"]


def test_a_second_start_asks_no_package_index(machine: Machine) -> None:
    machine.environment(python='case "$*" in *pip*) exit 9;; esac')
    machine.stamp()
    assert machine.run("run").returncode == 0
    assert not [call for call in machine.called() if "pip install" in call]


def test_a_changed_lock_is_installed_with_hashes_and_then_the_project_without_the_network(machine: Machine) -> None:
    machine.environment()
    machine.stamp()
    with (machine.checkout / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    assert machine.run("run").returncode == 0
    installs = [call for call in machine.called() if "pip install" in call]
    assert "--require-hashes" in installs[0]
    assert "--no-index" in installs[1]
    assert "--no-build-isolation" in installs[1]
    machine.calls.unlink()
    assert machine.run("run").returncode == 0
    assert not [call for call in machine.called() if "install" in call]


def test_a_failed_installation_is_not_taken_for_done(machine: Machine) -> None:
    machine.environment(python='case "$*" in *install*) echo no route; exit 1;; esac')
    for _ in range(2):
        ran = machine.run("run")
        assert ran.returncode == 1
        assert "no route" in ran.stderr
        assert "could not be installed" in ran.stderr
    assert not [call for call in machine.called() if call.startswith("pipir")]


def test_a_moved_checkout_is_set_up_anew(machine: Machine) -> None:
    """The commands in .venv name the folder that they were made in."""
    machine.environment()
    machine.stamp()
    (machine.checkout / ".venv" / "stands-in").write_text(str(machine.checkout))
    moved = machine.checkout.rename(machine.checkout.with_name("moved"))
    machine.checkout = moved
    broken = machine.calls.with_name("stub")
    broken.mkdir()
    (broken / "ensurepip.py").write_text("raise ImportError")
    machine.program("apt-get")
    ran = machine.run("run", PYTHONPATH=str(broken))
    assert ran.returncode == 1
    assert "venv module is missing" in ran.stderr


def test_a_missing_venv_module_is_installed_by_root_and_asked_for_otherwise(machine: Machine) -> None:
    stub = machine.calls.with_name("stub")
    stub.mkdir()
    (stub / "ensurepip.py").write_text("raise ImportError")
    machine.program("apt-get")
    ran = machine.run("run", PYTHONPATH=str(stub))
    package = f"python3.{sys.version_info.minor}-venv"
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1].endswith(f"ask for  sudo apt-get install -y {package}")
    installed = [call for call in machine.called() if "install" in call]
    assert len(installed) == (1 if os.geteuid() == 0 else 0)
    assert all(call.endswith(package) for call in installed)


def test_a_machine_without_python_says_what_to_ask_for(machine: Machine) -> None:
    (machine.bin / "python3").unlink()
    machine.program("apt-get")
    ran = machine.run("run")
    assert ran.returncode == 1
    assert "Python 3.11 or later is needed" in ran.stderr.splitlines()[-1]
    tried = any("install" in call and "python3-venv" in call for call in machine.called())
    assert tried == (os.geteuid() == 0)


def test_an_old_python_is_passed_over(machine: Machine) -> None:
    (machine.bin / "python3").unlink()
    _executable(machine.bin / "python3", "#!/bin/sh\nexit 1\n")
    (machine.bin / "python3.12").symlink_to(INTERPRETER)
    machine.environment()
    machine.stamp()
    assert machine.run("run").returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", ["setup", "serve"])
def test_a_signal_ends_all_that_was_started(machine: Machine, number: signal.Signals, moment: str) -> None:
    machine.environment(pipir=f'if [ "$1" = {moment} ]; then echo here $$; exec sleep 600; fi')
    machine.stamp()
    with subprocess.Popen(
        [machine.checkout / "scripts" / "run", *(["--setup-only"] if moment == "setup" else [])],
        stdout=subprocess.PIPE,
        text=True,
        env=machine.variables,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline().removeprefix("here "))
        assert pid == process.pid
        # A terminal sends Ctrl-C to the whole group, `kill` to the one process.
        (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
        process.wait(20)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_arguments_of_the_tests_go_to_pytest(machine: Machine) -> None:
    machine.environment()
    machine.stamp(tests=True)
    machine.program("chromium")
    machine.program("java")
    assert machine.run("test", "-k", "a or b", "tests/store").returncode == 0
    assert machine.called()[-1] == "python -m pytest -k a or b tests/store"


def test_the_status_of_the_tests_is_the_status_of_the_script(machine: Machine) -> None:
    machine.environment(python="exit 5")
    machine.stamp(tests=True)
    machine.program("chromium")
    machine.program("java")
    assert machine.run("test").returncode == 5


def _a_machine_without_browser(machine: Machine) -> None:
    machine.environment()
    machine.stamp(tests=True)
    machine.program("java")
    # What Ubuntu calls a Chromium only asks for another package.
    machine.program("chromium-browser", then="exit 1")


def test_a_missing_browser_is_one_clear_line(machine: Machine) -> None:
    _a_machine_without_browser(machine)
    ran = machine.run("test")
    assert ran.returncode == 0
    assert [line for line in ran.stdout.splitlines() if "Chromium" in line] == [
        "There is no Chromium, so the browser tests are skipped: ask for  sudo apt-get install -y chromium"
    ]
    assert machine.called()[-1].startswith("python -m pytest")


def test_a_missing_browser_fails_where_it_is_required(machine: Machine) -> None:
    _a_machine_without_browser(machine)
    shutil.copytree(CHECKOUT / ".ci", machine.checkout / ".ci")
    ran = subprocess.run(
        [machine.checkout / ".ci" / "run"], capture_output=True, text=True, env=machine.variables, cwd="/", check=False
    )
    assert ran.returncode == 1
    assert "required" in ran.stderr
    assert not any(each.startswith("python -m pytest") for each in machine.called())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs packages")
def test_root_gets_the_browser_from_the_systems_packages(machine: Machine) -> None:
    _a_machine_without_browser(machine)
    chromium = machine.bin / "chromium"
    machine.program("apt-get", then=f'case "$*" in *chromium*) /bin/cp "{machine.bin}/java" "{chromium}";; esac')
    ran = machine.run("test")
    assert ran.returncode == 0
    assert "There is no Chromium" not in ran.stdout


def test_the_tests_lock_holds_every_package_of_the_products(machine: Machine) -> None:
    """`scripts/test` makes the environment of `scripts/run` as well."""

    def pinned(name: str) -> set[str]:
        return set(re.findall(r"^\S+==\S+", (CHECKOUT / name).read_text(), re.MULTILINE))

    assert pinned("requirements.lock") <= pinned("requirements-dev.lock")


def test_every_locked_package_has_a_hash() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        blocks = re.split(r"^(?=[\w.-]+(?:\[[^]]*\])?==)", (CHECKOUT / name).read_text(), flags=re.MULTILINE)[1:]
        assert blocks
        assert all("--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize("name", ["scripts/run", "scripts/test", "scripts/check", "scripts/prove", ".ci/run"])
def test_the_commands_can_be_run(name: str) -> None:
    assert (CHECKOUT / name).stat().st_mode & stat.S_IXUSR
    subprocess.run(["sh", "-n", CHECKOUT / name], check=True)


def test_the_checks_take_no_arguments(machine: Machine) -> None:
    assert machine.run("check", "--fix").returncode == 2


def test_a_failing_check_fails_and_shows_its_words(machine: Machine) -> None:
    machine.environment()
    machine.stamp(tests=True)
    folder = machine.checkout / ".venv" / "bin"
    for name in ("ruff", "mypy", "lint-imports"):
        _executable(folder / name, "#!/bin/sh\n")
    assert machine.run("check").returncode == 0
    _executable(folder / "mypy", "#!/bin/sh\necho an unfit type; exit 1\n")
    ran = machine.run("check")
    assert ran.returncode == 1
    assert "an unfit type" in ran.stdout
    assert "Failed: types." in ran.stdout


def test_an_unknown_proof_is_refused(machine: Machine) -> None:
    ran = machine.run("prove", "nothing-of-the-kind")
    assert ran.returncode == 2
    assert "no proof named nothing-of-the-kind" in ran.stderr


Runner = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def prove(machine: Machine) -> Runner:
    """Run `scripts/prove` with a real interpreter over one small proof."""
    machine.environment()
    machine.stamp(tests=True)
    (machine.checkout / ".venv" / "bin" / "python").unlink()
    (machine.checkout / ".venv" / "bin" / "python").symlink_to(INTERPRETER)
    (machine.checkout / ".venv" / "pyvenv.cfg").write_text(f"home = {INTERPRETER.parent}\n")
    proofs = machine.checkout / "scripts" / "proofs"
    for each in proofs.glob("*.py"):
        if each.stem not in {"__init__", "finding"}:
            each.unlink()
    (proofs / "small.py").write_text(
        '"""Two and two are four."""\n'
        "from proofs.finding import Finding, Work\n"
        "def prove(work: Work) -> list[Finding]:\n"
        "    (work.folder / 'ran').open('a').write('x')\n"
        "    return [Finding('sum', str(2 + 2), '4', 2 + 2 == 4)]\n"
    )
    return machine.run


def test_a_proof_runs_once_for_each_state_of_the_tree_and_is_written_down(machine: Machine, prove: Runner) -> None:
    for _ in range(2):
        assert prove("prove").returncode == 0
    kept = machine.checkout / "var" / "prove"
    assert [path.read_text() for path in kept.glob("small-*/ran")] == ["x"]
    table = (machine.checkout / "docs" / "proofs.md").read_text()
    assert "| small | sum | 4 | 4 | yes |" in table
    assert "Two and two are four." in table
    assert prove("prove", "small", "--again").returncode == 0
    assert [path.read_text() for path in kept.glob("small-*/ran")] == ["xx"]


def test_a_proof_that_does_not_hold_fails_the_run(machine: Machine, prove: Runner) -> None:
    proof = machine.checkout / "scripts" / "proofs" / "small.py"
    proof.write_text(proof.read_text().replace("2 + 2 == 4", "2 + 2 == 5"))
    assert prove("prove").returncode == 1
    assert "| **no** |" in (machine.checkout / "docs" / "proofs.md").read_text()
