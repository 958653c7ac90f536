"""Looks at the page of `explore` as whoever edits deploy.toml sees it: without and with script, dark and light, on a phone and at a desk.

usage: explore.py BINARY PICTURES    (the binary is started here and ended by its own handle)
"""

import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

VIEWS = [("desk", 1280, "light"), ("desk-dark", 1280, "dark"), ("phone", 375, "light"), ("phone-dark", 375, "dark")]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}
HOSTILE = "</script><img src=x onerror=alert(1)>"


def rule(name, group, scope):
    return f'\n[[rules]]\nname = {json.dumps(name)}\ngroups = [{json.dumps(group)}]\nadd_scopes = [{json.dumps(scope)}]\n'


def look(browser, address, pictures):
    """What can be seen holds axe-core's rules and fits into its window, and the browser has nothing to complain about."""
    for name, width, scheme in VIEWS:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
        page, said = context.new_page(), []
        page.on("dialog", lambda dialog: (said.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{address}?group=staff&group=managers")
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, f"{name}: {overflow} pixels wider than the window"
        page.screenshot(path=pictures / f"explore-{name}.png", full_page=True)
        faults = [f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:90]}" for one in Axe().run(page, options=RULES).response["violations"]]
        assert not faults and not said, f"{name}: {faults} {said}"
        context.close()


def read_without_script(browser, address):
    """The button does what the script saves."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.get_by_role("checkbox", name="staff", exact=True).check()
    page.get_by_role("button", name="Show the token").click()
    assert "group=staff" in page.url, page.url
    assert "orders/write" in page.locator("#token table").first.inner_text()
    context.close()


def follow_edits(browser, address, file):
    """A save is seen without a hand on the page, whatever was saved; the subject stays."""
    text = file.read_text()
    page = browser.new_page()
    page.goto(address)
    page.get_by_role("checkbox", name="staff", exact=True).check()
    expect(page.locator("#token table").first).to_contain_text("orders/write")
    assert "group=staff" in page.url and "metadata=" not in page.url, page.url
    file.write_text(text + rule(HOSTILE, "staff", "orders/refund"))
    expect(page.locator("#token table").first).to_contain_text("orders/refund")
    expect(page.locator("#rules")).to_contain_text(HOSTILE)
    file.write_text(text + rule("typo", "staff", "orders/refund").replace("add_scopes", "ad_scopes"))
    expect(page.locator("pre").first).to_contain_text("^^^")
    expect(page.locator("pre").first).to_contain_text("add_scopes")
    expect(page.locator("#token table").first).to_contain_text("orders/refund")  # as it was before
    file.write_text(text)
    expect(page.locator("#token table").first).not_to_contain_text("orders/refund")
    expect(page.get_by_role("alert")).to_have_count(0)
    return page


def stay_alone(browser, address):
    """Another page gets nothing, whatever it knows."""
    page = browser.new_page()
    page.goto("data:text/html,<title>elsewhere</title>")
    answer = page.evaluate("address => fetch(address).then(answer => answer.text(), error => 'refused')", address)
    assert answer == "refused", answer
    with page.expect_response(address) as answer:
        page.evaluate("address => { setTimeout(() => { location = address }) }", address)
    assert answer.value.status == 403, f"a link from elsewhere opened it: {answer.value.status}"
    for changed in (address.replace("127.0.0.1", "localhost").rsplit("/", 2)[0] + "/", address[:-2] + "/"):
        try:
            urllib.request.urlopen(changed)
        except urllib.error.HTTPError as error:
            assert error.code == 404, error
        else:
            raise AssertionError(f"{changed} was answered")


def main(binary, pictures):
    pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        subprocess.run([binary, "init"], cwd=directory, check=True, capture_output=True)
        file = pathlib.Path(directory, "deploy.toml")
        explorer = subprocess.Popen([binary, "explore", "--no-browser"], cwd=directory, stdout=subprocess.PIPE, text=True)
        browser = None
        try:
            address = explorer.stdout.readline().strip()
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
            look(browser, address, pictures)
            read_without_script(browser, address)
            stay_alone(browser, address)
            page = follow_edits(browser, address, file)
            explorer.send_signal(signal.SIGINT)
            assert explorer.wait(30) == 130, explorer.returncode
            expect(page.locator("#gone")).to_be_visible()
        finally:
            explorer.kill()
            explorer.wait()
            if browser:
                browser.close()
    print("explore: ok")


main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]))
