"""The study of table intervals resumes, and asks every kind about the same tables."""

import json

from benchmarks.table_coverage import law_records, main


def test_kinds_of_interval_see_the_same_tables():
    plug_in, jackknife = law_records("0.3", "0.5", 300, 0.7, 4, ("plug-in", "jackknife"))
    assert plug_in["truth"] == jackknife["truth"] > 0.1
    assert (plug_in["interval"], jackknife["interval"]) == ("plug-in", "jackknife")
    alone, again = law_records("0.3", "0.5", 300, 0.7, 4, ("plug-in",)), law_records("0.3", "0.5", 300, 0.7, 4)
    assert alone[0] == plug_in == again[0]
    # Of one table the plug-in value lies above that less its bias.
    assert plug_in["bias"] > again[1]["bias"]


def test_an_interrupted_study_goes_on(tmp_path, capsys):
    store = tmp_path / "rows.jsonl"
    arguments = ["--sizes", "30", "--sets", "1", "--jobs", "1", "--store", str(store)]
    main(arguments)
    first = capsys.readouterr().out
    lines = store.read_text().splitlines()
    assert {json.loads(line)["n"] for line in lines} == {30}
    store.write_text("\n".join(lines[:-5]) + "\n")
    main(arguments)
    assert capsys.readouterr().out == first
    assert sorted(store.read_text().splitlines()) == sorted(lines)
