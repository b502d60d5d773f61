import io
import re
import sys

from text_terminal import main

TYPED = """\
press Add
fill Display name = Head office
press Nothing
press Cancel
press Discard
card Ada
queue
use Head office
quit
"""


def test_a_person_uses_the_host_by_typing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO(TYPED))
    main(tmp_path)
    read = capsys.readouterr().out
    assert "Display name: Head office" in read
    assert 'There is no button "Nothing" that can be used now.' in read
    assert re.search(r"^[01] waiting$", read, re.M)
    assert 'There is no connection "Head office" that can be used now.' in read
