"""The pictures of the demo that the README shows: the report's first screen, and the explorer while somebody uses it.

Run: make screenshots (or python docs/screenshots.py [RESULT]; without a result folder the demo is solved first).
"""

from __future__ import annotations

import io
import queue
import shutil
import sys
import tempfile
import threading
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from moo_budget.cli import main as moo_budget
from moo_budget.explorer import explore
from moo_budget.report import write_report
from moo_budget.results import read_result

PICTURES = Path(__file__).parent / "pictures"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
SIZE = {"width": 1280, "height": 1300}

IN_USE = """() => {
  const { state, model } = MooBudget;
  const risk = model.column.risk;
  const most = Number((risk.least + 0.6 * risk.span).toPrecision(3));
  state.change({ limits: { risk: [null, most] }, colour: "awareness", pins: [model.ids[60]] });
}"""


def solved(place: Path) -> Path:
    """A result folder of the demo."""
    try:
        moo_budget(["demo", "--out", str(place / "demo"), "--quiet"])
    except SystemExit as ended:
        if ended.code:
            raise
    return place / "demo"


def address_of(folder: Path) -> str:
    """Where an explorer of the folder listens, for as long as this program runs."""
    told: queue.Queue[str] = queue.Queue()
    settings = {"browser": False, "opened": lambda opened: told.put(opened.address)}
    threading.Thread(target=explore, args=(folder,), kwargs=settings, daemon=True).start()
    return told.get(timeout=60)


def save(page: Page, name: str) -> None:
    """The picture of a page as a small PNG."""
    page.wait_for_timeout(500)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture = picture.quantize(256, kmeans=4, dither=Image.Dither.NONE)
    picture.save(PICTURES / name, optimize=True)
    print(f"docs/pictures/{name}: {(PICTURES / name).stat().st_size / 1000:.0f} kB")


def main() -> None:
    """Take both pictures."""
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else solved(Path(place))
        report = Path(place) / "report.html"
        write_report(read_result(folder), report)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.goto(report.as_uri())
        save(page, "report.png")
        page.goto(address_of(folder))
        page.wait_for_selector("#view-cards li")
        page.evaluate(IN_USE)
        save(page, "explorer.png")
        browser.close()


if __name__ == "__main__":
    main()
