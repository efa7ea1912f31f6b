import pytest
from collecting import open_bench


@pytest.fixture
async def bench(tmp_path):
    async with open_bench(tmp_path) as opened:
        yield opened
