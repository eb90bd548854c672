"""The head of an office gives a desk other spheres: by dragging, and with the keyboard alone."""

from playwright.sync_api import expect

from tests.support.browsing import Browsing


def _chip(sphere: str) -> str:
    return f"[data-sphere='{sphere}'] [data-desk]:has-text('28')"


def test_a_desk_is_dragged_out_of_a_sphere_and_brought_back_by_keyboard(browsing: Browsing) -> None:
    page = browsing.as_person("SHV", "shv-office-head", "uk").new_page()
    page.goto(f"{browsing.city.url('SHV')}/supervisor/desks")
    chip = page.locator(_chip("residence"))
    expect(chip).to_be_visible()

    chip.drag_to(page.locator("[data-sphere='passports']"))
    expect(page.locator(_chip("residence"))).to_have_count(0)
    expect(page.locator(_chip("passports"))).to_be_visible()

    box = page.locator("tbody tr").last.locator("input[value='residence']")
    expect(box).not_to_be_checked()
    box.focus()
    page.keyboard.press("Space")
    page.locator("tbody tr").last.locator("button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(_chip("residence"))).to_be_visible()
    page.close()
