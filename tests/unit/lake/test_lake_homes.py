"""Both homes of a lake, held to one law: the data folder, and a bucket with nothing kept at hand."""

import pytest
from s3_stage import S3, FarShore
from writing_stage import Shore

from contracts.lake_homes import LakeContract
from headwater.lake.depot.cache import Cache

LIMITS = {"files_per_merge": 3, "grace_ms": 0}


@pytest.fixture(scope="module")
def s3():
    server = S3()
    yield server
    server.stop()


class TestInTheFolder(LakeContract):
    @pytest.fixture
    def shore(self, tmp_path):
        return Shore(tmp_path, **LIMITS)

    @pytest.fixture
    def bring(self):
        return lambda _: None

    @pytest.fixture
    def kept(self):
        return Shore.stored_files


class Forgetful(FarShore):
    """Has nothing at hand of what is at home there, each time that it writes."""

    async def write_report(self, **changes):
        for path in self.stored_files():
            (self.lake / path).unlink()
        return await super().write_report(**changes)


class TestOnS3(LakeContract):
    @pytest.fixture
    def shore(self, s3, tmp_path, request):
        return Forgetful(tmp_path, s3.place(request.node.name.replace("_", "-")[:60].strip("-")), **LIMITS)

    @pytest.fixture
    def bring(self):
        return lambda shore: Cache(shore.lake, shore.place).fetch(
            [file.path for file in shore.snapshot().files], now_ms=shore.now_ms
        )

    @pytest.fixture
    def kept(self):
        return FarShore.stored_there
