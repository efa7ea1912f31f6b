"""The law of a lake, wherever it is at home. A suite passes a `shore`, which has a log and writes the lake from it.

`bring` sees that all that is valid can be read here; `kept` returns the files that are kept, and nothing else may be.
"""

from writing_stage import DAY_MS, START_MS, record

from headwater.lake.erasures import Erasure

EVENTS = 6
IDS = [f"m{number}" for number in range(EVENTS)]


class LakeContract:
    """Subclass it with the fixtures `shore`, `bring` and `kept`. Merges are of three files, and there is no grace."""

    async def written(self, shore):
        for number in range(EVENTS):
            await shore.append(record(number))
            await shore.write()

    async def forgotten(self, shore):
        shore.now_ms += 1
        await shore.write()

    def is_whole(self, shore, bring, kept, ids):
        bring(shore)
        valid = {file.path for file in shore.snapshot().files} | shore.of_ids()

        assert (ids, ids, ids) == (shore.ids(), shore.ids("order_completed"), shore.archived())
        assert valid == kept(shore)

    async def test_each_event_is_in_tables_and_archive_once_and_merged_files_go(self, shore, bring, kept):
        await self.written(shore)
        await self.forgotten(shore)

        self.is_whole(shore, bring, kept, IDS)
        assert len(shore.files("tracks")) < EVENTS / 2

    async def test_an_id_that_comes_again_later_is_not_taken(self, shore, bring, kept):
        await self.written(shore)
        await shore.append(record(1, at_ms=START_MS + DAY_MS), dedupe_window_ms=0, at_ms=START_MS + DAY_MS)
        await self.forgotten(shore)

        self.is_whole(shore, bring, kept, IDS)

    async def test_a_rebuild_makes_the_same_tables(self, shore, bring, kept):
        await self.written(shore)
        bring(shore)
        before = shore.tables()
        await shore.write(rebuild=True)
        await self.forgotten(shore)
        bring(shore)

        assert before == shore.tables()
        self.is_whole(shore, bring, kept, IDS)

    async def test_people_who_are_erased_are_in_no_file_any_more(self, shore, bring, kept):
        await self.written(shore)
        ada = Erasure(id="e1", user_id="ada", anonymous_id=None, up_to=4, asked_at_ms=START_MS)
        await shore.write(erasures=(ada,))
        await self.forgotten(shore)

        self.is_whole(shore, bring, kept, IDS[4:])

    async def test_a_new_day_is_a_new_file_and_the_old_one_stays(self, shore, bring, kept):
        await shore.append(record(0))
        await shore.write()
        await shore.append(record(1, at_ms=START_MS + DAY_MS))
        await self.forgotten(shore)

        self.is_whole(shore, bring, kept, ["m0", "m1"])
        assert len(shore.files("tracks")) == 2
