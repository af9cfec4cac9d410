"""Headless Chromium, and pages opened from the disk as a reader would."""

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium():
    """A browser; without one the tests are skipped with the reason, in CI they fail."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        reason = f"no browser: none of {', '.join(NAMES)} is installed (apt-get install chromium)"
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as engine:
        # As root, in a container, Chromium has no sandbox of its own.
        browser = engine.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


class Watched:
    """A page with everything that it complained of or asked for."""

    def __init__(self, page):
        self.page, self.complaints, self.requests = page, [], []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog {dialog.message}"))
        page.on("request", lambda request: self.requests.append(request.url))
        page.add_init_script(
            "window.violations = []; addEventListener('securitypolicyviolation',"
            " (event) => window.violations.push(event.violatedDirective + event.blockedURI));"
        )

    def open(self, path):
        """Open a file, and wait until its script has answered."""
        self.page.goto(path.as_uri())
        return self.page

    def quiet(self, path):
        """No complaint, no violation of the policy, and nothing asked for but the file itself."""
        asked = [url for url in self.requests if not url.startswith("data:")]
        return (
            self.complaints == []
            and self.page.evaluate("window.violations") == []
            and set(asked) == {path.as_uri()}
        )


@pytest.fixture
def watched(chromium):
    """Makes a watched page of a width; other words go to the browser's context."""
    contexts = []

    def make(width=1280, **how):
        context = chromium.new_context(viewport={"width": width, "height": 900}, **how)
        context.set_default_timeout(10_000)
        contexts.append(context)
        return Watched(context.new_page())

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def report_path(page_files, tmp_path_factory):
    """The page of the short fits."""
    import trialpool as tp

    path = tmp_path_factory.mktemp("report") / "report.html"
    return tp.write_report([*page_files.values()], path)


@pytest.fixture(scope="session")
def hostile_path(hostile_file, tmp_path_factory):
    """The page of a fit with hostile names."""
    import trialpool as tp

    return tp.write_report([hostile_file], tmp_path_factory.mktemp("hostile") / "report.html")
