"""`moderato vocabulary`: how a study is to be transcribed: language, the words of its trade, translation."""

from __future__ import annotations

import argparse

from annotate._part import same_text
from annotate.errors import StudyCode, StudyError
from app.cli.places import open_study


def run(options: argparse.Namespace) -> int:
    """Changes what was named, then prints how it is."""
    with open_study(options.study) as store, store.batch():
        if options.language is not None:
            store.update_study(language=None if options.language == "auto" else options.language)
        if options.translate is not None:
            store.set_translate(options.translate == "yes")
        if options.add or options.remove:
            terms = [one.term for one in store.vocabulary()] + options.add
            absent = next((one for one in options.remove if not any(same_text(term, one) for term in terms)), None)
            if absent is not None:
                raise StudyError(StudyCode.VALUE_INVALID, f"{absent} is not in the vocabulary")
            kept = [term for term in terms if not any(same_text(term, other) for other in options.remove)]
            store.set_vocabulary(kept)
        wishes = store.wishes()
    print(f"language: {wishes.language or 'found for each session'}")
    print(f"translated to English: {'yes' if wishes.translate else 'no'}")
    for term in wishes.vocabulary:
        print(f"  {term}")
    return 0
