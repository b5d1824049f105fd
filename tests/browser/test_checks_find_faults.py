"""The looks for faults find faults: each kind is put into a page, and is found.

Belongs here: proof that the browser tests can fail. Does not belong here: pages as they are.
"""

from __future__ import annotations

from tests.browser.conftest import Look
from tests.browser.looking import Visit

INTO_MAIN = (
    "html => document.querySelector('[data-testid=stMain] [data-testid=stMainBlockContainer]').insertAdjacentHTML('beforeend', html)"
)
FAULTS = {
    "faint": '<p style="color:#9ca3af;background:#ffffff">Hard to read</p>',
    "nameless": "<button><span></span></button>",
    "headings": "<h5>Too deep</h5>",
    "wide": '<p style="width:3000px">Too wide</p>',
    "alerts": '<div data-testid="stException">Traceback</div>',
    "empty": '<div data-testid="stVegaLiteChart" aria-label="x"><svg class="marks" width="9" height="9"></svg></div>',
    "cut": '<div data-testid="stVegaLiteChart" aria-label="x"><svg class="marks" width="9" height="9" style="overflow:visible">'
    '<g class="role-mark"><text y="9">Longer than its picture</text></g></svg></div>',
    "unread": '<div data-testid="stVegaLiteChart" style="width:9px;height:9px"></div>',
}


def test_each_kind_of_fault_is_found(look: Look) -> None:
    visit = look().open("definitions")
    before = visit.checked()
    assert not [name for name in FAULTS if before[name]]
    for name, html in FAULTS.items():
        visit.page.evaluate(INTO_MAIN, html)
        assert visit.checked()[name], f"{name} is not found"
        visit.page.evaluate("() => document.querySelector('[data-testid=stMainBlockContainer]').lastElementChild.remove()")
        assert not visit.checked()[name]


def test_errors_missing_files_and_other_hosts_are_found(look: Look, address: str) -> None:
    visit: Visit = look().open("definitions")
    assert visit.troubles == []
    visit.page.evaluate("() => console.error('seen')")
    visit.page.evaluate("() => setTimeout(() => { throw new Error('thrown') })")
    visit.page.evaluate("() => fetch('/_stcore/metrics')")
    visit.page.evaluate("() => fetch('http://127.0.0.2:9/').catch(() => null)")
    visit.page.wait_for_timeout(0)
    visit.page.wait_for_function("() => true")
    found = "\n".join(visit.troubles)
    for part in ("console: seen", "thrown", f"404: {address}/_stcore/metrics"):
        assert part in found
    assert "127.0.0.2" in found
