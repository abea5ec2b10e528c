"""Set up what the tests need, then become pytest."""

import os
import shutil
import subprocess
import sys

import _setup

BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def has_browser() -> bool:
    """Tell whether a Chromium runs here; on some systems the package holds a command that only asks for another."""
    for name in BROWSERS:
        found = shutil.which(name)
        if found and _setup.run([found, "--version"], **_setup.SILENT) == 0:
            return True
    return False


def ready_browser() -> None:
    """Have a browser, or say in one line what is left out; `.ci/run` takes no for an error."""
    if has_browser():
        return
    if _setup.may_install():
        _setup.say("Installing Chromium for the browser tests ...")
        if _setup.install_packages("chromium") and has_browser():
            return
    if os.environ.get("PIPIR_REQUIRE_BROWSER") == "1":
        _setup.fail("The browser tests are required here, and no Chromium could be had.")
    _setup.say("There is no Chromium, so the browser tests are skipped: ask for  sudo apt-get install -y chromium")


def ready_java() -> None:
    """Have a JDK for the second gate of the PDF, or say in one line what is left out; `.ci/run` takes no for an error.

    A runtime alone is not enough: the gate is a source file, which is compiled where it runs.
    """
    if shutil.which("javac"):
        return
    if _setup.may_install():
        _setup.say("Installing a JDK for the PDF checks ...")
        if _setup.install_packages("default-jdk-headless") and shutil.which("javac"):
            return
    if os.environ.get("PIPIR_REQUIRE_BROWSER") == "1":
        _setup.fail("The PDF validator is required here, and no JDK could be had.")
    _setup.say(
        "There is no JDK, so the PDF validator is skipped: ask for  sudo apt-get install -y default-jdk-headless"
    )


def ready_calendar() -> None:
    """Have a calendar client for the feeds, or say in one line what is left out."""
    if shutil.which("calcurse"):
        return
    if _setup.may_install():
        _setup.say("Installing a calendar client for the tests of feeds ...")
        if _setup.install_packages("calcurse") and shutil.which("calcurse"):
            return
    _setup.say("There is no calcurse, so no feed is opened in a client: ask for  sudo apt-get install -y calcurse")


def whole_suite() -> list[str]:
    """Return what pytest is told where nobody says more: a file at a time by each of three workers."""
    # Tests wait for the database and the browser, so that three workers keep two processors at work. The files come in
    # their own order, in which the longest ones are first and not last.
    return ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"] if (os.cpu_count() or 1) > 1 else []


def main(words: list[str]) -> None:
    _setup.set_up(tests=True)
    ready_browser()
    ready_java()
    ready_calendar()
    sys.stdout.flush()
    os.chdir(_setup.CHECKOUT)
    os.execv(_setup.PYTHON, [str(_setup.PYTHON), "-m", "pytest", *(words or whole_suite())])


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (KeyboardInterrupt, subprocess.TimeoutExpired):
        sys.exit(130)
