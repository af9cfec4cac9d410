"""A page as a browser would take it apart, without one."""

import json
from base64 import b64decode
from html.parser import HTMLParser

import numpy as np


class Elements(HTMLParser):
    """Every start tag with its attributes, and what stands in scripts and styles."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.texts, self.raw, self._open = [], [], {}, None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._open = (tag, dict(attrs).get("type", ""))
            self.raw[self._open] = ""

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self._open = None

    def handle_data(self, data):
        if self._open:
            self.raw[self._open] += data
        else:
            self.texts.append(data)

    def of(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    @property
    def data(self):
        return json.loads(self.raw["script", "application/json"])


def gain(outcome, one, other, month=None):
    """Gain of one over another in the draws of a page, as its script counts them."""
    columns = len(outcome["months"] or [None])
    packed = np.frombuffer(b64decode(outcome["values"]), dtype=np.uint8).reshape(-1, 3).astype(int)
    steps = packed @ [1, 256, 65536]
    steps = np.where(steps >= 2**23, steps - 2**24, steps)
    values = outcome["scale"] * steps.reshape(-1, columns, outcome["kept"])
    names = outcome["names"][1:]

    def of(name):
        if name == outcome["reference"]:
            return np.zeros(outcome["kept"])
        found = values[names.index(name)]
        if month is None:
            return found[0]
        return np.array([np.interp(month, outcome["months"], draw) for draw in found.T])

    return of(one) - of(other)
