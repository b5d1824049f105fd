"""Texts of the synthetic company: what they are made of, what they follow, and that their labels are true."""

import itertools
import re

import numpy as np
import polars as pl
import pytest

from seeds.company import Parameters
from seeds.company.history import simulation, structure
from seeds.company.history.record import History
from seeds.company.text import phrases
from seeds.company.text.authors import WORDS, Names, hard_to_redact, outsiders
from seeds.company.text.compose import ASPECTS, Written
from seeds.company.text.kinds import CLASSES, KINDS
from seeds.company.text.phrases import BANKS, CELL, LANGUAGES, OPEN, PARTS, WITHHELD, misspelt, read_phrases

DAYS_BACK = 100
# Sentences of both banks may begin alike ("You", a name); what follows must not.
SHARED_PARTS = {"empty", "subject"}
NEVER_SAID = {
    "stupid", "idiot", "lazy", "dumb", "useless", "incompetent", "fool", "shit", "crap", "damn", "hate", "ugly", "fat", "crazy",
    "elderly", "age", "gender", "male", "female", "woman", "women", "man", "men", "girl", "boy", "pregnant", "pregnancy", "mother",
    "father", "religion", "religious", "church", "muslim", "christian", "jewish", "race", "black", "ethnic", "nationality", "disabled",
    "disability", "sick", "illness", "health", "gay", "lesbian", "union", "he", "she", "his", "her", "him", "hers",
    "dumm", "faul", "idiotisch", "schwanger", "krank", "frau", "mann", "tonto", "vago", "embarazada", "enfermo", "mujer", "hombre",
}  # fmt: skip


def played(**settings: object) -> History:
    parameters = Parameters(**({"employees": 300, "years": 1} | settings))
    return History(parameters, simulation.simulate(structure.build(parameters), parameters))


@pytest.fixture(scope="module")
def history() -> History:
    return played()


def written(history: History, kind: str, count: int, **given: object) -> tuple[Written, np.ndarray]:
    """Texts by and about random people on one day, and how the authors feel."""
    random, day = np.random.default_rng(5), history.until - DAYS_BACK
    staff = history.staff_on(day)["person"].to_numpy()
    feeling = random.normal(0, 0.5, count)
    arguments = {
        "key": np.arange(count), "author": random.choice(staff, count), "about": random.choice(staff, count),
        "day": np.full(count, day), "feeling": feeling,
    } | given  # fmt: skip
    return history.writing.texts(kind, **arguments), arguments["feeling"]


def test_every_part_has_phrases_in_every_language_and_bank() -> None:
    table, missing = read_phrases(), []
    for part, groups in PARTS.items():
        for number, names in enumerate(itertools.product(*groups)):
            # Where a topic has none, a deed is told instead.
            if part != "topic":
                sizes = table.size[:, :, CELL[part] + number]
                missing += [(part, names, LANGUAGES[i], BANKS[j]) for i, j in zip(*np.nonzero(sizes == 0), strict=True)]
    assert missing == []


def test_the_two_banks_share_no_phrase() -> None:
    table = read_phrases()
    text = table.text.to_list()
    for part, following in zip(PARTS, [*list(CELL.values())[1:], phrases.CELLS], strict=True):
        if part in SHARED_PARTS:
            continue
        for language, name in enumerate(LANGUAGES):
            said: list[set[str]] = []
            for bank in (OPEN, WITHHELD):
                cells = range(CELL[part], following)
                spans = [(table.first[language, bank, cell], table.size[language, bank, cell]) for cell in cells]
                said.append({text[row] + text[table.tail[row]] for start, size in spans for row in range(start, start + size)})
            assert said[OPEN]
            assert said[WITHHELD]
            assert not said[OPEN] & said[WITHHELD], (part, name)


def test_withheld_writers_never_use_an_open_behaviour(history: History) -> None:
    """What the labels call withheld must be so in the text: that is what models are judged on."""
    table, text = read_phrases(), read_phrases().text.to_list()
    heads = {
        bank: {text[row] for cell in range(CELL["deed"], CELL["deed"] + 24)
               for row in range(table.first[0, bank, cell], table.first[0, bank, cell] + table.size[0, bank, cell])}
        for bank in (OPEN, WITHHELD)
    }  # fmt: skip
    made, _ = written(history, "strengths", 3000)
    frame = pl.DataFrame({"text": made.text.str.to_lowercase(), "bank": made.bank, "language": made.language}).filter(
        pl.col("language") == 0
    )
    for bank, other in ((OPEN, WITHHELD), (WITHHELD, OPEN)):
        rows = frame.filter(pl.col("bank") == bank)["text"]
        uses = {of: rows.str.contains_any(sorted(head.lower() for head in heads[of])).sum() for of in (bank, other)}
        assert uses[other] == 0
        assert uses[bank] > 0.5 * len(rows)
    assert 0.1 < (made.bank == WITHHELD).mean() < 0.3  # a fifth of about 300 authors


def test_nobody_is_insulted_and_no_protected_trait_is_named() -> None:
    """Misspelt phrases count too: a dropped letter makes words of its own."""
    table, seen = read_phrases(), 0
    for language, name in enumerate(LANGUAGES):
        # "he" is Spanish for "I have".
        forbidden = NEVER_SAID - ({"he"} if name == "es" else set())
        for bank, cell in itertools.product((OPEN, WITHHELD), range(phrases.CELLS)):
            start, size = table.first[language, bank, cell], table.size[language, bank, cell]
            for variant in (0, 2):
                for phrase in table.text[variant * table.count + start : variant * table.count + start + size]:
                    seen += 1
                    assert not forbidden & set(re.findall(r"[a-zäöüßáéíóúñ]+", phrase.lower())), phrase
    assert seen > 5000


def test_a_misspelt_phrase_is_one_slip_away() -> None:
    for phrase in read_phrases().text.to_list()[: read_phrases().count]:
        wrong = misspelt(phrase)
        assert abs(len(wrong) - len(phrase)) <= 1
        assert re.findall(r"\d+", wrong) == re.findall(r"\d+", phrase)
        assert wrong == misspelt(phrase)
    assert misspelt("kept the schedule despite the late input") != "kept the schedule despite the late input"


@pytest.mark.parametrize("kind", KINDS)
def test_texts_of_every_kind_are_clean_and_labelled(history: History, kind: str) -> None:
    made, _ = written(history, kind, 1500)
    assert made.text.null_count() == 0
    assert made.text.str.len_chars().min() >= 4
    assert not made.text.str.contains(r"[{}]|  |^ | $|\n|\.\.|/[sei]\b").any()
    assert (made.text.str.slice(0, 1) == made.text.str.slice(0, 1).str.to_uppercase()).all()
    labels = made.labels("t", "f", pl.Series([f"r{number}" for number in range(1500)]))
    assert labels["tone"].is_between(-1, 1).all()
    assert labels["specificity"].is_between(0, 4).all()
    assert labels["aspect"].drop_nulls().is_in(ASPECTS).all()
    assert labels["sentence_class"].is_in(CLASSES).all()
    assert set(labels["language"]) == set(LANGUAGES)


def test_specificity_counts_elements_that_are_in_the_text(history: History) -> None:
    """The definition's own examples: "good job" is 0, a product with a measured result at least 3; vagueness never scores."""
    made, _ = written(history, "praise", 20_000)
    frame = pl.DataFrame({"text": made.text, "specificity": made.specificity, "language": made.language}).filter(pl.col("language") == 0)
    empty = frame.filter(pl.col("text").str.contains(r"^(Good job|Well done|Outstanding work)[.!]?$"))
    assert empty.height > 20
    assert (empty["specificity"] == 0).all()
    measured = frame.filter(pl.col("text").str.contains(r"^Your [a-z ]+ reduced objections by \d+%[.!]?$"))
    assert measured.height > 20
    assert (measured["specificity"] == 3).all()
    deed = "^You (explained the trade-offs in plain words|helped a colleague who was stuck|automated the manual steps)"
    bare = frame.filter(pl.col("text").str.contains(rf"{deed}[.!]?$"))
    assert bare.height > 5
    assert (bare["specificity"] == 1).all()
    hedged = frame.filter(pl.col("text").str.contains(rf"{deed}, (somehow|more or less|and things like that)[.!]?$"))
    assert hedged.height > 0
    assert (hedged["specificity"] == 0).all()
    full = frame.filter(
        pl.col("text").str.contains(r"^You [^.!,]* in the [^.!,]*, in \d+ of \d+ cases, (so|which|and the decision)[^.!]+[.!]?$")
    )
    assert full.height > 5
    assert full["specificity"].min() >= 3
    # What scores nothing brings no number: evidence is always one.
    assert not frame.filter(pl.col("specificity") == 0)["text"].str.contains(r"\d+ of \d+|\d+%").any()


def test_long_vague_texts_exist_and_score_nothing(history: History) -> None:
    made, _ = written(history, "review_summary", 5000)
    long = pl.DataFrame({"text": made.text, "specificity": made.specificity}).filter(pl.col("text").str.len_chars() > 90)
    vague = long.filter(pl.col("text").str.contains_any(["Things are moving along in general", "Various topics were touched on"]))
    assert (vague["specificity"] == 0).sum() > 5
    assert (long["specificity"] == 4).sum() > 100


def correlation(history: History, kind: str = "assessment_comment") -> float:
    made, feeling = written(history, kind, 8000)
    return float(np.corrcoef(made.tone, feeling)[0, 1])


def test_tone_follows_the_feeling_loosely_and_by_its_switch(history: History) -> None:
    """At 8,000 texts chance alone stays within 0.035 (three standard errors of a correlation)."""
    usual = correlation(history)
    assert 0.2 < usual < 0.7
    assert abs(correlation(played(text_feeling_effect=0))) < 0.035
    assert correlation(played(text_feeling_effect=-0.6)) < -0.2


def test_tone_follows_the_situation(history: History) -> None:
    situations = np.tile(np.arange(4), 1000)
    made, _ = written(history, "goal_update_comment", 4000, situation=situations)
    means = [made.tone[situations == number].mean() for number in range(4)]
    assert means[2] < means[1] < 0 < means[0] < means[3]


def all_phrases(part: str, *groups: str) -> list[str]:
    """The phrases of a part, in all languages and both banks, without their blanks."""
    table = read_phrases()
    number = 0
    for options, chosen in zip(PARTS[part], groups, strict=True):
        number = number * len(options) + options.index(chosen)
    first, size = (each[:, :, CELL[part] + number].ravel() for each in (table.first, table.size))
    return [table.text[int(at)].strip() for start, count in zip(first, size, strict=True) for at in range(start, start + count)]


def holding(texts: Written, phrases_: list[str]) -> int:
    """How many of the texts hold one of the phrases."""
    return int(texts.text.str.to_lowercase().str.contains_any([phrase.lower() for phrase in phrases_]).sum())


def test_what_is_completed_has_nothing_left_to_do(history: History) -> None:
    rest = all_phrases("evidence", "goal")
    under_way, done = (written(history, "goal_update_comment", 3000, situation=np.full(3000, state))[0] for state in (0, 3))
    assert holding(under_way, rest) > 300
    assert holding(done, rest) == 0


def test_the_gap_that_a_plan_is_for_is_always_something(history: History) -> None:
    said_of_nothing = [phrase for phrase in all_phrases("filler") if len(phrase) > 10]
    assert holding(written(history, "coaching", 2000)[0], said_of_nothing) > 50
    assert holding(written(history, "pip_gap", 2000)[0], said_of_nothing) == 0


def test_nothing_is_said_twice_with_another_number(history: History) -> None:
    texts = written(history, "career_aspiration", 4000)[0].text
    for wish in (r"(?i)wants to lead a team within \d+ years", r"(?i)aims at a senior role within \d+ years"):
        said = texts.str.count_matches(wish)
        assert said.max() == 1, wish
        assert said.sum() > 50, wish


def test_a_given_aspect_is_the_aspect_of_the_text(history: History) -> None:
    aspect = np.tile(np.arange(len(ASPECTS)), 300)
    for kind in ("item_comment", "strengths", "check_in_notes"):
        made, _ = written(history, kind, len(aspect), aspect=aspect)
        told = made.aspect >= 0
        assert told.mean() > 0.75  # the rest judges without saying what
        assert (made.aspect[told] == aspect[told]).mean() > 0.9  # else a later sentence has the only aspect


def test_a_text_depends_on_its_own_row_only(history: History) -> None:
    """Other rows, and a later last day, change nothing: what a source held on a day stays the same."""
    made, _ = written(history, "requested", 400, key=np.arange(400) * 7)
    random, day = np.random.default_rng(5), history.until - DAYS_BACK
    staff = history.staff_on(day)["person"].to_numpy()
    feeling, author, about = random.normal(0, 0.5, 400), random.choice(staff, 400), random.choice(staff, 400)
    part = np.arange(3, 400, 5)
    earlier = played(until="2026-04-02")
    for other in (history, earlier):
        again = other.writing.texts(
            "requested", key=7 * part, author=author[part], about=about[part], day=np.full(len(part), day), feeling=feeling[part]
        )
        assert again.text.to_list() == made.text.gather(part).to_list()


def test_texts_hardly_repeat(history: History) -> None:
    """10,000 distinct sentences at 10,000 people are asked for; a tenth of their texts of one kind already brings that."""
    made, _ = written(history, "assessment_comment", 15_000)
    sentences = made.text.str.split(". ").explode().str.strip_chars(".! ")
    assert sentences.n_unique() > 10_000


def test_languages_typing_errors_and_their_switches(history: History) -> None:
    everybody = played(employees=2000)
    languages = everybody.writing._styles.language[:-1]
    assert 0.07 < (languages > 0).mean() < 0.13  # a tenth, of about 2,000 authors
    assert min((languages == number).sum() for number in (1, 2)) > 50
    made, _ = written(played(text_other_language_share=0, text_typo_share=0), "strengths", 2000)
    assert set(made.language) == {0}
    assert made.text.str.contains("explained|delivered|tested").any()
    slips = sorted({misspelt(phrase).strip() for phrase in ("explained the trade-offs in plain words", "automated the manual steps")})
    assert not made.text.str.contains_any(slips).any()
    wrong, _ = written(played(text_other_language_share=0, text_typo_share=1), "strengths", 2000)
    assert wrong.text.str.contains_any(slips).any()


def test_people_named_in_texts_are_colleagues_or_known_outsiders(history: History) -> None:
    made, _ = written(played(text_mention_share=1, text_other_language_share=0), "constructive", 1500)
    staff = history.staff_on(history.until - DAYS_BACK)["person"].to_numpy()
    colleagues = Names(history).people["display_name"].gather(staff).to_list()
    full = made.text.str.extract(r"(?:Agreed with|In copy:) (\p{Lu}[\p{L}'-]+ \p{Lu}[\p{L}' -]+?)(?:\.|!| \(|$)").drop_nulls()
    assert len(full) > 50
    assert full.is_in(colleagues).all()
    outside = made.text.str.extract(r"Contact on the customer's side: (\p{Lu}\p{L}+ \p{Lu}\p{L}+)").drop_nulls()
    assert len(outside) > 50
    assert outside.is_in(outsiders()).all()
    assert made.text.str.contains(r"@example\.(com|org)\)").any()


def test_truth_names_who_is_hard_to_redact(history: History) -> None:
    truth = hard_to_redact(history)
    roster = pl.DataFrame({"employee_id": history.employee_ids, "display_name": Names(history).people["display_name"]})
    ours = truth.filter(pl.col("reason") == "name_is_a_word").join(roster, on="employee_id", how="left")
    assert ours.height > 30
    assert ours["name"].is_in(sorted(WORDS)).all()
    assert ours.select(pl.col("display_name").str.contains(pl.col("name"), literal=True).all()).item()
    others = truth.filter(pl.col("reason") == "outside_roster")
    assert others["employee_id"].null_count() == others.height == len(outsiders()) > 50
    assert not others["name"].is_in(roster["display_name"].to_list()).any()
