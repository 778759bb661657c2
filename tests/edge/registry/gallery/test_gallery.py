"""Exact search against a brute-force oracle, and templates that must never match anybody."""

from __future__ import annotations

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.errors import RegistryError
from edge.registry.format import Content, SealedTemplate, hold_bundle
from edge.registry.format.templates import _bound_to
from edge.registry.gallery.gallery import gallery_of, open_gallery
from edge.registry.templates import checked, commitment_of
from edge.registry.templates.vectors import unseal
from edge.vision.configuration import ENGINE_NAMES, FaceEngineName
from tests.edge.registry.repository import (
    SITE,
    TEMPLATE_KEY,
    Repository,
    ordinary_content,
    sealed,
    unit_vector,
)


def unit(values: list[float] | np.ndarray) -> np.ndarray:
    vector = np.asarray(values, dtype=np.float64)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def drawn(seed: int, size: int = 16) -> np.ndarray:
    return unit(np.random.default_rng(seed).normal(size=size))


@given(st.lists(st.integers(1, 4), min_size=1, max_size=12), st.integers(0, 10_000))
def test_search_is_what_comparing_with_everybody_gives(counts: list[int], seed: int) -> None:
    people = {
        f"p{place}": [drawn(seed + 100 * place + number) for number in range(count)]
        for place, count in enumerate(counts)
    }
    probe = drawn(seed + 99_999)
    best = {name: max(float(vector @ probe) for vector in vectors) for name, vectors in people.items()}
    match = gallery_of(people).search(probe)
    assert match is not None
    ranked = sorted(best.values(), reverse=True)
    assert match.subject_id == max(best, key=lambda name: best[name])
    assert match.score == pytest.approx(ranked[0], abs=1e-5)
    assert match.runner_up == pytest.approx(ranked[1] if len(ranked) > 1 else -1.0, abs=1e-5)


def test_two_templates_of_one_person_are_never_each_others_runner_up() -> None:
    match = gallery_of({"ann": [drawn(1), drawn(1)], "bob": [drawn(2)]}).search(drawn(1))
    assert match is not None
    assert match.score == pytest.approx(1.0, abs=1e-5)
    assert match.runner_up == pytest.approx(float(drawn(1) @ drawn(2)), abs=1e-5)


def test_an_empty_gallery_and_a_template_of_another_length_match_nobody() -> None:
    assert gallery_of({}).search(drawn(1)) is None
    assert gallery_of({"ann": [drawn(1)]}).search(drawn(1, size=8)) is None
    assert gallery_of({"ann": [drawn(1)]}).similarity("bob", drawn(1)) is None


def test_similarity_to_the_committed_template_alone() -> None:
    gallery = gallery_of({"ann": [drawn(1), drawn(2)]})
    assert gallery.similarity("ann", drawn(2)) == pytest.approx(1.0, abs=1e-5)
    bound = gallery.similarity("ann", drawn(2), commitment_of(drawn(1)))
    assert bound == pytest.approx(float(drawn(1) @ drawn(2)), abs=1e-5)
    assert gallery.similarity("ann", drawn(2), bytes(32)) is None


@pytest.mark.parametrize(
    "values",
    [
        [float("nan")] * 16,
        [float("inf")] + [0.0] * 15,
        [0.0] * 16,
        [2.0] + [0.0] * 15,
        [],
        [[1.0, 0.0]],
    ],
)
def test_a_template_that_is_none_is_refused(values: list[float]) -> None:
    with pytest.raises(RegistryError):
        checked(values)


def test_a_bad_record_is_refused_alone_and_named(repository: Repository) -> None:
    content = ordinary_content()
    first, second, third = content.templates
    moved = SealedTemplate("subject-1", 1, first.engine, first.sealed)
    other_engine = replace(third, engine="engine-0")
    data = repository.bundle(content=replace(content, templates=(first, moved, other_engine)))
    registry = hold_bundle(data, repository.trusted())
    gallery, findings = open_gallery(registry, (TEMPLATE_KEY,), "engine-1")
    assert gallery.subjects == 1
    assert "subject-1" in findings[0]
    assert "enrol the person again" in findings[1]
    del second


def test_a_gate_without_an_engine_has_nobody_to_enrol_again(repository: Repository) -> None:
    registry = hold_bundle(repository.bundle(), repository.trusted())
    gallery, findings = open_gallery(registry, (TEMPLATE_KEY,), ENGINE_NAMES[FaceEngineName.NONE])
    assert (gallery.subjects, findings) == (0, ())


def test_a_sealed_template_opens_for_its_own_subject_and_site_only() -> None:
    [template, *_] = ordinary_content().templates
    assert unseal(template, key=TEMPLATE_KEY, site=SITE).shape == (128,)
    for wrong in (
        replace(template, subject_id="subject-2"),
        replace(template, subject_version=2),
        replace(template, engine="engine-2"),
        replace(template, sealed=template.sealed[:-1]),
        replace(template, sealed=b""),
    ):
        with pytest.raises(RegistryError):
            unseal(wrong, key=TEMPLATE_KEY, site=SITE)
    for site, key in (("red-court", TEMPLATE_KEY), (SITE, bytes(32))):
        with pytest.raises(RegistryError):
            unseal(template, key=key, site=site)


_people = st.dictionaries(st.sampled_from("abcdefgh"), st.lists(st.integers(0, 99), max_size=3), max_size=6)


@given(_people, _people, st.integers(0, 99))
def test_an_updated_gallery_is_the_one_built_anew(
    before: dict[str, list[int]], changed: dict[str, list[int]], seed: int
) -> None:
    updated = gallery_of(vectors_of(before)).updated(vectors_of(changed))
    anew = gallery_of(vectors_of(before | changed))
    assert (updated.subjects, updated.templates) == (anew.subjects, anew.templates)
    for name in before | changed:
        assert updated.rows(name).tolist() == anew.rows(name).tolist()
    found, expected = updated.search(drawn(seed)), anew.search(drawn(seed))
    if found is None or expected is None:
        assert found is expected
    else:
        assert found.score == pytest.approx(expected.score, abs=1e-5)
        assert found.runner_up == pytest.approx(expected.runner_up, abs=1e-5)


def vectors_of(people: dict[str, list[int]]) -> dict[str, list[np.ndarray]]:
    return {name: [drawn(seed) for seed in seeds] for name, seeds in people.items()}


def test_an_update_with_templates_of_another_length_is_refused_whole() -> None:
    gallery = gallery_of({"ann": [drawn(1)]})
    with pytest.raises(RegistryError):
        gallery.updated({"bob": [drawn(2, size=8)]})
    assert gallery.subjects == 1


def test_a_new_registry_opens_only_what_changed(repository: Repository) -> None:
    """The sealed templates of unchanged people are not opened again: here the key that could is gone."""
    content = ordinary_content()
    first = hold_bundle(repository.bundle(content=content), repository.trusted())
    gallery, _ = open_gallery(first, (TEMPLATE_KEY,), "engine-1")
    fewer = replace(content, subjects=content.subjects[1:], templates=content.templates)
    second = hold_bundle(repository.bundle(content=fewer), repository.trusted())
    updated, findings = open_gallery(second, (bytes(32),), "engine-1", (first, gallery))
    assert [len(updated.rows(f"subject-{number}")) for number in range(3)] == [0, 1, 1]
    assert len(findings) == 1, "the templates of somebody who is no subject any more are named and dropped"
    red = replace(content, subjects=(replace(content.subjects[0], version=2), *content.subjects[1:]))
    third = hold_bundle(repository.bundle(content=red), repository.trusted())
    updated, findings = open_gallery(third, (bytes(32),), "engine-1", (first, gallery))
    assert [len(updated.rows(f"subject-{number}")) for number in range(3)] == [1, 1, 1]
    assert findings == (), "a status that changes leaves the face as it was"
    fourth = hold_bundle(repository.bundle(content=_with_a_later_template(red)), repository.trusted())
    updated, [finding] = open_gallery(fourth, (TEMPLATE_KEY,), "engine-1", (third, updated))
    assert [len(updated.rows(f"subject-{number}")) for number in range(3)] == [0, 1, 1]
    assert "later version" in finding


def _with_a_later_template(content: Content) -> Content:
    later = sealed(replace(content.subjects[0], version=3), unit_vector(0))
    return replace(content, templates=(later, *content.templates[1:]))


@pytest.mark.parametrize(
    "values",
    [
        [float("nan")] * 128,
        [float("inf")] + [0.0] * 127,
        [0.0] * 128,
        [3.0] + [0.0] * 127,
        [1.0] * 3,
        [1.0] + [0.0] * 63,
        [],
    ],
)
def test_a_sealed_template_that_is_none_is_refused_alone_and_matches_nobody(
    repository: Repository, values: list[float]
) -> None:
    """Genuinely sealed, signed and published: only the gate can see what is in it."""
    content = ordinary_content()
    plain = np.array(values, "<f4").tobytes()
    bound = _bound_to(SITE, "subject-1", 1, "engine-1")
    noise = SealedTemplate(
        "subject-1", 1, "engine-1", bytes(12) + AESGCM(TEMPLATE_KEY).encrypt(bytes(12), plain, bound)
    )
    wrong = replace(content, templates=(content.templates[0], noise, content.templates[2]))
    registry = hold_bundle(repository.bundle(content=wrong), repository.trusted())
    gallery, [finding] = open_gallery(registry, (TEMPLATE_KEY,), "engine-1")
    assert "subject-1" in finding
    assert gallery.subjects == 2
    assert gallery.similarity("subject-1", unit_vector(1)) is None
