import pytest

from projections.stores import Stores

OWNER = 70_000_000_007


@pytest.fixture
async def owner(stores: Stores) -> int:
    """An account, since nothing can be uploaded for one that was closed."""
    await stores.postgres.execute(
        "INSERT INTO accounts (user_id, username, name) VALUES ($1, 'uploader', '')"
        " ON CONFLICT DO NOTHING",
        OWNER,
    )
    return OWNER
