"""Gold files: the format, what a check finds, drafts and their confirmation; the shipped ones are sound."""

import json
from hashlib import sha256
from types import SimpleNamespace

import pytest
from conftest import DEMO, write_articles
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from rag.__main__ import app
from rag.config import CHECKOUT
from rag.errors import GoldError
from rag.gold import LANGUAGES, TYPES, Gold, Place, doc_of, evidence_spans, locate_place, read_gold
from rag.gold.check import check, coverage, longest_copy, read_cleaned
from rag.gold.draft import draft, place_of, read_candidates

GOLD = CHECKOUT / "store" / "gold"
LINE = {"id": "x", "lang": "en", "type": "who", "question": "Who spoke?", "answer_all": [["Ana"]]}
TEXT = "The harbour strike\n\nAna Ruiz spoke to 40 crane drivers on Monday.\nThe port of Velm closed at noon.\n"
QUOTE = "Ana Ruiz spoke to 40 crane drivers on Monday."
GOOD = LINE | {"evidence": [{"doc": "port", "quote": QUOTE}]}
runner = CliRunner()


def write_gold(folder, *rows):
    file = folder / "gold.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return file


@pytest.fixture
def corpus(tmp_path):
    return write_articles(tmp_path / "articles", {"port.txt": TEXT})


def found(tmp_path, corpus, *rows):
    """What a check says: (line, level, message)."""
    findings, _ = check([write_gold(tmp_path, *rows)], read_cleaned([corpus]))
    return [(finding.line, finding.level, finding.message) for finding in findings]


# ── the format ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"lang": "fr"}, "lang is 'fr', not one of"),
        ({"type": "riddle"}, "type is 'riddle'"),
        ({"question": " "}, "question is empty"),
        ({"question": None}, "question is None"),
        ({"answer_all": []}, "answer_all"),
        ({"answer_all": [[]]}, "answer_all.0"),
        ({"type": "unanswerable"}, "answer_all"),
        ({"evidence": [{"doc": "x"}]}, "either quote or start and end"),
        ({"evidence": [{"doc": "x", "quote": "a", "start": 1, "end": 2}]}, "either quote or start and end"),
        ({"evidence": [{"doc": "x", "start": 2, "end": 2}]}, "end must be greater"),
        ({"evidence": [{"doc": "x", "quote": "a", "sha256": "beef"}]}, "sha256"),
        ({"correction": [["no"]]}, "wrong premise"),
        ({"answers": ["a"]}, "no key 'answers'"),
    ],
)
def test_a_bad_line_is_named(tmp_path, change, says):
    with pytest.raises(GoldError, match=f"line 2.*{says}"):
        read_gold([write_gold(tmp_path, LINE, LINE | {"id": "y"} | change)])


def test_all_bad_lines_are_listed_at_once(tmp_path):
    file = write_gold(tmp_path, LINE, {"id": "y"}, LINE | {"id": "z"}, LINE)
    file.write_text(file.read_text("utf-8") + "\n{oops", "utf-8")
    with pytest.raises(GoldError) as raised:
        read_gold([file])
    lines = str(raised.value).splitlines()
    assert ["line 2" in lines[0], "line 4" in lines[1], "line 5" in lines[2]] == [True] * 3
    assert "question is missing" in lines[0] and "twice" in lines[1] and "not JSON" in lines[2]


def test_files_must_be_there_and_hold_something(tmp_path):
    with pytest.raises(GoldError, match="can't be read"):
        read_gold([tmp_path / "none.jsonl"])
    (tmp_path / "empty.jsonl").write_text("\n", "utf-8")
    with pytest.raises(GoldError, match="no question"):
        read_gold([tmp_path / "empty.jsonl"])


def test_a_question_has_another_digest_when_anything_of_it_changes():
    gold = Gold.model_validate(GOOD)
    for change in ({"question": "Who?"}, {"answer_all": [["Ana", "安娜"]]}, {"evidence": []}):
        assert Gold.model_validate(GOOD | change).digest != gold.digest
    assert Gold.model_validate(json.loads(gold.model_dump_json())).digest == gold.digest


# ── the check ──────────────────────────────────────────────────────────────────────────────────


def test_a_sound_file_has_no_findings(tmp_path, corpus):
    assert found(tmp_path, corpus, GOOD) == []


@pytest.mark.parametrize(
    ("change", "level", "says"),
    [
        ({"evidence": []}, "error", "needs evidence"),
        ({"evidence": [{"doc": "train", "quote": "x"}]}, "error", "names 0 of the articles"),
        ({"evidence": [{"doc": "port", "quote": "Ana Ruiz sang"}]}, "error", "not in port.txt"),
        ({"evidence": [{"doc": "port", "start": 5, "end": 9}]}, "error", "sha256"),
        ({"evidence": [{"doc": "port", "start": 5, "end": 9, "sha256": "0" * 64}]}, "error", "not the version"),
        ({"evidence": [{"doc": "port", "quote": QUOTE + "\n"}]}, "warning", "white space"),
        ({"answer_all": [["Borg"]]}, "warning", "no string of group 1"),
        ({"question": "Did Ana speak?"}, "warning", "says the answer"),
        ({"question": "谁讲话了？"}, "warning", "looks otherwise"),
        ({"history": ["What about the strike?"]}, "error", "only follow-ups and unanswerable"),
        ({"type": "followup"}, "error", "need a history"),
        ({"type": "conflict"}, "warning", "more than one group"),
        ({"type": "unanswerable", "answer_all": []}, "error", "correction of its premise"),
    ],
)
def test_the_check_finds(tmp_path, corpus, change, level, says):
    assert any((1, level) == (line, lev) and says in text for line, lev, text in found(tmp_path, corpus, GOOD | change))


def test_a_place_beyond_the_file_is_found(tmp_path, corpus):
    digest = sha256(TEXT.encode()).hexdigest()
    place = {"doc": "port", "start": 0, "end": len(TEXT) + 1, "sha256": digest}
    assert "lies outside" in found(tmp_path, corpus, GOOD | {"evidence": [place]})[0][2]


def test_the_same_question_twice_and_the_same_id_twice_are_found(tmp_path, corpus):
    says = [text for *_, text in found(tmp_path, corpus, GOOD, GOOD | {"id": "y", "question": "ＷＨＯ spoke?"}, GOOD)]
    assert sum("the same question" in text for text in says) == 2
    assert sum("the id is there twice" in text for text in says) == 1


def test_questions_that_trained_the_reader_are_found(tmp_path, corpus):
    trained = json.loads((CHECKOUT / "store" / "training" / "news_questions.jsonl").read_text("utf-8").splitlines()[0])
    says = found(tmp_path, corpus, GOOD | {"question": trained["question"], "lang": trained["lang"]})
    assert any("trained on this question" in text for *_, text in says)


def test_sentences_of_articles_that_are_not_ours_are_found(tmp_path, corpus):
    digest = sha256(TEXT.encode()).hexdigest()
    start = TEXT.index(QUOTE)
    place = {"doc": "port", "start": start, "end": start + len(QUOTE), "sha256": digest}
    row = GOOD | {"evidence": [place]}
    assert found(tmp_path, corpus, row) == []
    copied = found(tmp_path, corpus, row | {"answer_all": [["Ana", QUOTE + " The port of Velm"]]})
    assert any(level == "error" and "is copied from port.txt" in text for _, level, text in copied)
    assert any("give start and end" in text for *_, text in found(tmp_path, corpus, GOOD | {"evidence": [
        {"doc": "port", "quote": QUOTE, "sha256": digest}]}))  # fmt: skip


@pytest.mark.parametrize(
    ("text", "source", "copied"),
    [
        ("谁在港口罢工期间对四十名吊车司机讲话", "安娜在港口罢工期间对四十名吊车司机讲话，当天", True),
        ("谁对吊车司机讲话", "安娜对吊车司机讲话，当天", False),  # short enough to be anybody's
        ("Open AI and SoftBank", "Open AI and SoftBank are partners", False),
    ],
)
def test_what_counts_as_a_copy(text, source, copied):
    assert bool(longest_copy(text, source)) == copied


def test_coverage_counts_languages_types_and_thirds(corpus):
    spread = coverage([Gold.model_validate(GOOD)], read_cleaned([corpus]))
    assert spread.by_language == {"en": 1, "zh": 0, "zh-Hant": 0} and spread.by_type["who"] == 1
    assert sum(spread.by_article["port.txt"].values()) == 1


# ── the shipped ones ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["demo.jsonl", "five.jsonl"])
def test_the_shipped_gold_covers_every_type_and_language(name):
    gold = read_gold([GOLD / name])
    assert {g.type for g in gold} == set(TYPES) and {g.lang for g in gold} == set(LANGUAGES)
    assert sum(not g.answerable for g in gold) >= 6


def test_the_demo_gold_has_no_errors():
    findings, gold = check([GOLD / "demo.jsonl", GOLD / "followups.jsonl"], read_cleaned([DEMO]))
    assert [str(finding) for finding in findings if finding.level == "error"] == []
    articles = read_cleaned([DEMO])
    for one in gold:
        assert all(evidence_spans(one, articles)), one.id


def test_the_real_gold_has_no_errors(real_articles):
    findings, _ = check([GOLD / "five.jsonl"], read_cleaned([real_articles]))
    assert [str(finding) for finding in findings if finding.level == "error"] == []


def test_the_real_gold_holds_places_not_sentences():
    for gold in read_gold([GOLD / "five.jsonl"]):
        for place in (place for item in gold.evidence for place in item.places):
            assert place.quote is None and place.sha256


# ── naming documents ───────────────────────────────────────────────────────────────────────────


@given(st.sets(st.lists(st.sampled_from(["a", "b", "index", "x.zip"]), min_size=1, max_size=3).map("/".join)))
def test_every_file_has_a_name_of_its_own(sources):
    # As in a file system, nothing is a file and a folder at once.
    sources = {one for one in sources if not any(other.startswith(one + "/") for other in sources)}
    articles = [SimpleNamespace(id=source, source=source, raw="Words.") for source in sources]
    for source in sources:
        place = Place(doc=doc_of(source, sources), quote="Words.")
        assert locate_place("g", place, articles)[0].source == source


@pytest.mark.parametrize("number", [1, 3, 9])
def test_a_record_that_has_moved_in_its_dump_is_found_by_its_text(number):
    records = [SimpleNamespace(source=f"x/dump.jsonl#{n}", raw=f"Report {n}.") for n in (1, 2, 3)]
    digest = sha256(records[1].raw.encode()).hexdigest()
    for doc in (f"x/dump.jsonl#{number}", f"dump.jsonl#{number}"):
        place = Place(doc=doc, start=0, end=6, sha256=digest)
        assert locate_place("g", place, records) == (records[1], 0, 6)
    with pytest.raises(GoldError, match="not the version|names 0"):
        locate_place("g", Place(doc=f"dump.jsonl#{number}", start=0, end=6, sha256="0" * 64), records)


def test_line_breaks_that_json_leaves_alone_do_not_cut_a_question(tmp_path):
    file = write_gold(tmp_path, GOOD | {"question": "Who\u2028spoke\x85?"}, GOOD | {"id": "y"})
    assert len(read_gold([file])) == len(read_candidates(file)) == 2


# ── the commands ───────────────────────────────────────────────────────────────────────────────


def test_the_check_command_prints_and_fails(tmp_path, corpus):
    bad = write_gold(tmp_path, GOOD, GOOD | {"id": "y", "evidence": []})
    result = runner.invoke(app, ["gold", "check", str(bad), "--articles", str(corpus)])
    assert result.exit_code == 1 and "line 2 (y)" in result.output and "2 questions, " in result.output
    good = write_gold(tmp_path, GOOD)
    assert runner.invoke(app, ["gold", "check", str(good), "--articles", str(corpus)]).exit_code == 0


def test_the_show_command_prints_evidence_in_context(tmp_path, corpus):
    result = runner.invoke(app, ["gold", "show", str(write_gold(tmp_path, GOOD)), "--articles", str(corpus)])
    assert QUOTE in result.output and "The port of Velm" in result.output and "= Ana" in result.output


# ── drafts ─────────────────────────────────────────────────────────────────────────────────────


def test_drafts_are_gold_whose_answer_stands_in_the_evidence_and_not_in_the_question(demo):
    found = list(draft(demo.articles(), demo.names, 20))
    assert 12 <= len(found) <= 20
    assert [one.id for one in found] == [one.id for one in draft(demo.articles(), demo.names, 20)]
    assert len({one.evidence[0].doc for one in found}) >= 8, "spread over the articles"
    for one in found:
        gold = one.as_gold()
        assert all(evidence_spans(gold, demo.articles()))
        assert gold.answer_all[0][0] in gold.evidence[0].quote
        assert gold.answer_all[0][0] not in gold.question


def test_a_model_words_questions_and_what_it_invents_is_dropped(demo):
    from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata

    class Words(CustomLLM):
        replies: list[str]

        @property
        def metadata(self):
            return LLMMetadata()

        def complete(self, prompt, **kwargs):
            sentence = prompt.split("---\n")[1].strip()
            return CompletionResponse(text=self.replies.pop(0).replace("SENTENCE", sentence[:6].replace('"', "")))

        def stream_complete(self, prompt, **kwargs):
            raise NotImplementedError

    says = ['Here: {"question": "Which?", "answer": "SENTENCE"}', '{"question": "Q", "answer": "made up"}', "no idea"]
    kept = list(draft(demo.articles()[:3], demo.names, 3, llm=Words(replies=says)))
    assert [one.question for one in kept] == ["Which?"]


def test_confirming_keeps_edits_and_skips(tmp_path, demo_store, demo):
    drafts = tmp_path / "drafts.jsonl"
    first, second, third = list(draft(demo.articles(), demo.names, 20))[:3]
    drafts.write_text("".join(one.model_dump_json(exclude_defaults=True) + "\n" for one in (first, second, third)))
    target = tmp_path / "mine.jsonl"
    command = ["gold", "confirm", str(drafts), "--to", str(target), "--store", str(demo_store)]
    said = runner.invoke(app, command, input="y\ns\ne\nIs it known?\nunanswerable\n\n\ny\n")
    assert said.exit_code == 0 and "2 questions added" in said.output
    kept = read_gold([target])
    assert [one.id for one in kept] == [first.id, third.id]
    assert (kept[1].question, kept[1].type, kept[1].evidence) == ("Is it known?", "unanswerable", ())
    again = runner.invoke(app, command, input="q\n")
    assert "1 candidates to look at, 2 more already" in again.output
    assert f"question [{third.question}]" in said.output and f"[{third.type}]" in said.output, "what Enter keeps"
    assert read_gold([target]) == kept


def test_what_the_chat_exports_can_be_confirmed(tmp_path, demo_store, demo):
    """Keys of the export beyond the format are let through; without answers it has to be edited first."""
    article = demo.articles()[0]
    quote = article.text[: article.text.index("\n")]
    exported = {"id": "feedback-1", "lang": "zh", "type": "fact", "question": "说了什么？", "answer_all": [],
                "evidence": [], "feedback": {"vote": "down", "comment": "wrong person", "time": "2026"}}  # fmt: skip
    file = tmp_path / "votes.jsonl"
    file.write_text(json.dumps(exported, ensure_ascii=False), "utf-8")
    target = tmp_path / "mine.jsonl"
    command = ["gold", "confirm", str(file), "--to", str(target), "--store", str(demo_store)]
    said = runner.invoke(app, command, input=f"y\ne\n\n\n{quote[:4]} / other\n{quote}\ny\n")
    assert "wrong person" in said.output and "answer_all must be empty" in said.output
    (gold,) = read_gold([target])
    assert gold.answer_all == ((quote[:4], "other"),) and gold.evidence[0].quote == quote
    assert place_of(quote, demo.articles()) == place_of(quote, [article])


def test_candidates_that_are_none_are_listed_by_line(tmp_path):
    file = tmp_path / "c.jsonl"
    file.write_text('{"id": "a", "question": "q"}\n{"id": "b"}\nnot json\n', "utf-8")
    with pytest.raises(GoldError, match=r"(?s)line 2: question is missing.*line 3: not JSON"):
        read_candidates(file)
