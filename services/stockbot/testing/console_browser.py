"""A person at the console in a real browser: signs in, waits for words, presses, and answers the dialogs."""

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from stockbot.testing.browser import page_text, wait_until

DIALOG = "dialog.confirmation[open]"
SHOWN = {"sbt_ada": "ada \N{MIDDLE DOT} trader", "sbt_root": "root \N{MIDDLE DOT} admin"}  # whose name the header has


def there(selector: str) -> tuple[str, str]:
    return By.CSS_SELECTOR, selector


def wait_for(browser: Chrome, words: str) -> None:
    wait_until(browser, lambda driver: words in page_text(driver), words)


def press(browser: Chrome, selector: str) -> None:
    wait_until(browser, lambda driver: driver.find_elements(*there(selector)), selector)
    browser.find_element(*there(selector)).click()


def sign_in(browser: Chrome, url: str, token: str, path: str) -> None:
    """Through the login's form, to the page that it was asked for."""
    browser.get(f"{url}/login?redirect_to={path}")
    browser.find_element(By.NAME, "token").send_keys(token, Keys.ENTER)
    wait_for(browser, SHOWN[token])


def give_reason(browser: Chrome, reason: str) -> None:
    """Answer a dialog that asks for nothing else, and wait until it is done."""
    wait_until(browser, lambda driver: driver.find_elements(*there(DIALOG)), "the dialog")
    browser.find_element(*there(f"{DIALOG} [name=reason]")).send_keys(reason, Keys.ENTER)
    wait_until(browser, lambda driver: not driver.find_elements(*there(DIALOG)), "the dialog's end")
