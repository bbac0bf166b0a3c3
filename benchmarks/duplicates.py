"""Planted duplicates: usability problems, each told by two people in their own words, among others told once.

Written for this purpose. `measure()` says how many of the planted pairs `annotate.duplicates` suggests (recall) and how
many of what it suggests is planted (precision).
"""

from __future__ import annotations

from dataclasses import dataclass

from annotate.duplicates import LIKELY, pairs

PLANTED = (
    ("Buy button gives no feedback", "No feedback after pressing Buy"),
    ("Total is hidden below the fold", "People don't see the total because it is below the fold"),
    ("Back button loses the cart", "Cart is empty after going back"),
    ("The word beneficiary is not understood", "Nobody understands what beneficiary means"),
    ("Voucher field looks like a search box", "Voucher code typed into the search box"),
    ("Invoice list has no dates", "Dates are missing in the list of invoices"),
    ("Delivery address form asks twice", "Has to enter the delivery address two times"),
    ("Error message names a code only", "Error message shows just a code"),
    ("Return label is hard to find", "Can't find the label for the return"),
    ("Filter is reset after opening a product", "Opening a product resets the filters"),
    ("Password rules are shown too late", "Rules for the password appear only after the error"),
    ("Date picker starts in the wrong year", "Year of the date picker is wrong at the start"),
    ("Delete has no undo", "Deleted the entry and could not undo it"),
    ("Progress of the upload is not shown", "No progress while uploading"),
    ("Menu icon is not recognised as a menu", "Menu is not found behind the icon"),
    ("Contrast of the hint text is too low", "Hint text has too little contrast to read"),
    ("Session ends without warning", "Logged out without a warning when the session ended"),
    ("Price includes tax in one place only", "Tax is included in some prices and not in others"),
    ("Confirmation mail arrives late", "Waits for the confirmation mail for minutes"),
    ("Search ignores typing errors", "Search finds nothing after a typing error"),
    ("Phone number is refused with spaces", "Spaces in the phone number are not accepted"),
    ("Map covers the opening hours", "Opening hours are hidden behind the map"),
    ("Seat plan cannot be zoomed", "Zooming the plan of seats does not work"),
    ("Newsletter box is ticked already", "Newsletter tick is set by default"),
)
ALONE = (
    "Font of the terms is small", "Language changes after sign-in", "Photos load slowly", "Video starts by itself",
    "Sizes are given in inches", "Stock is not shown", "Wish list needs an account", "Chat covers the page",
    "Gift wrap cannot be removed", "Reviews are sorted oddly", "Breadcrumb leads to the start page",
    "Cookie banner hides the footer", "Country list is not sorted", "Loyalty points expire silently",
    "Compare shows only two products", "Barcode scanner needs light", "Table scrolls sideways on a phone",
    "Help opens in the same window", "Order number is not selectable", "Tooltip disappears too fast",
    "Calendar hides weekends", "Card type must be chosen by hand", "Title bar shows an old name",
    "Sound cannot be muted",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    """How well duplicates are found. Shares are 0 to 1."""

    planted: int
    suggested: int
    right: int

    @property
    def recall(self) -> float:
        return self.right / self.planted

    @property
    def precision(self) -> float:
        return self.right / self.suggested if self.suggested else 1.0


def measure(threshold: float = LIKELY) -> Measured:
    """Without tasks and notes: titles alone, which is the hardest case."""
    texts = [text for pair in PLANTED for text in pair] + list(ALONE)
    suggested = [(a, b) for a, b, score, _ in pairs(texts, [None] * len(texts)) if score >= threshold]
    right = sum(a // 2 == b // 2 and b < 2 * len(PLANTED) for a, b in suggested)
    return Measured(len(PLANTED), len(suggested), right)
