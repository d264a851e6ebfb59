"""A bar on a terminal once work takes long, and nothing elsewhere."""

import io
import time

import pytest

from mitk import progress
from mitk.progress import progress_bar


class Terminal(io.StringIO):
    """A stderr that says it is a terminal, or not."""

    def __init__(self, terminal):
        super().__init__()
        self.terminal = terminal

    def isatty(self):
        return self.terminal


def shown_on(monkeypatch, terminal, seconds, total=3, **options):
    stderr = Terminal(terminal)
    monkeypatch.setattr("sys.stderr", stderr)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "DELAY_SECONDS", 0.05)
    with progress_bar("squaring [x]", total, **options) as advance:
        time.sleep(seconds)
        advance()
        advance(2)
    return stderr.getvalue()


@pytest.mark.parametrize("total", [3, None])
def test_long_work_shows_a_bar_on_a_terminal(monkeypatch, total):
    assert "squaring [x]" in shown_on(monkeypatch, True, 0.5, total)


def test_short_work_other_streams_and_the_unwilling_show_none(monkeypatch):
    assert shown_on(monkeypatch, True, 0.0) == ""
    assert shown_on(monkeypatch, False, 0.2) == ""
    assert shown_on(monkeypatch, True, 0.2, shown=False) == ""


def test_an_error_ends_the_bar(monkeypatch):
    stderr = Terminal(True)
    monkeypatch.setattr("sys.stderr", stderr)
    monkeypatch.setattr(progress, "DELAY_SECONDS", 0.0)

    def divide():
        with progress_bar("dividing", 1):
            time.sleep(0.2)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        divide()
    before = stderr.getvalue()
    time.sleep(0.3)
    assert stderr.getvalue() == before
