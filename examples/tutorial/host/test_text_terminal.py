import io
import sys

from text_terminal import main


def test_a_person_uses_the_tab_by_typing(tmp_path, monkeypatch, capsys):
    typed = "press Add\nfill Display name = Head office\npress Nothing\npress Cancel\npress Discard\nquit\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    main(tmp_path)
    read = capsys.readouterr().out
    assert "Display name: Head office" in read
    assert 'There is no button "Nothing" that can be used now.' in read
