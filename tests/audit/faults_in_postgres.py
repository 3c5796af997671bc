"""Faults in the graph, the lists, the notices and the analytics."""

from tests.audit.fault import Fault
from tests.audit.scene import ANN, ANSWER, BEN, CAT, ENDED, KESTREL, LIST, Scene


async def _execute(scene: Scene, view: str, statement: str, *arguments: int) -> None:
    """`statement` changes one row; the view's schema stands in it as `{schema}`."""
    done = await scene.stores.postgres.execute(
        statement.format(schema=f"{view}_g{scene.generation}"), *arguments
    )
    assert done.endswith(" 1"), done


async def a_follow_lost(scene: Scene) -> None:
    await _execute(scene, "graph", "DELETE FROM {schema}.follows WHERE follower = $1", BEN)


async def followers_miscounted(scene: Scene) -> None:
    statement = "UPDATE {schema}.counts SET followers = 2 WHERE user_id = $1"
    await _execute(scene, "graph", statement, ANN)


async def a_mute_that_nobody_made(scene: Scene) -> None:
    await _execute(scene, "graph", "INSERT INTO {schema}.mutes VALUES ($1, $2, 9)", ANN, BEN)


async def a_request_of_another_event(scene: Scene) -> None:
    statement = "UPDATE {schema}.requests SET event_id = 9 WHERE follower = $1"
    await _execute(scene, "graph", statement, CAT)


async def a_block_lost(scene: Scene) -> None:
    await _execute(scene, "graph", "DELETE FROM {schema}.blocks WHERE blocker = $1", ANN)


async def a_list_renamed(scene: Scene) -> None:
    statement = "UPDATE {schema}.lists SET name = 'owls' WHERE list_id = $1"
    await _execute(scene, "lists", statement, LIST)


async def a_deleted_list_that_has_its_name(scene: Scene) -> None:
    statement = "UPDATE {schema}.lists SET name = 'owls' WHERE list_id = $1"
    await _execute(scene, "lists", statement, ENDED)


async def a_member_lost(scene: Scene) -> None:
    await _execute(scene, "lists", "DELETE FROM {schema}.members WHERE member = $1", BEN)


async def a_listing_too_many(scene: Scene) -> None:
    await _execute(scene, "lists", "INSERT INTO {schema}.listed VALUES ($1, 1)", CAT)


async def a_follower_of_a_list_lost(scene: Scene) -> None:
    await _execute(scene, "lists", "DELETE FROM {schema}.choices WHERE user_id = $1", CAT)


async def followers_of_a_list_miscounted(scene: Scene) -> None:
    statement = "UPDATE {schema}.lists SET followers = 2 WHERE list_id = $1"
    await _execute(scene, "lists", statement, LIST)


async def a_pin_of_another(scene: Scene) -> None:
    statement = "INSERT INTO {schema}.choices VALUES ($1, 'pin', $2, 9)"
    await _execute(scene, "lists", statement, LIST, BEN)


async def a_group_miscounted(scene: Scene) -> None:
    statement = "UPDATE {schema}.groups SET count = 9 WHERE tweet_id = $1 AND kind = 'retweet'"
    await _execute(scene, "notices", statement, KESTREL)


async def a_mention_lost(scene: Scene) -> None:
    statement = "DELETE FROM {schema}.said WHERE tweet_id = $1"
    await _execute(scene, "notices", statement, ANSWER)


async def a_notice_that_nobody_caused(scene: Scene) -> None:
    statement = "INSERT INTO {schema}.edges VALUES ($1, 'follow', $2, 9)"
    await _execute(scene, "notices", statement, CAT, ANN)


async def a_marker_too_far(scene: Scene) -> None:
    await _execute(
        scene, "notices", "UPDATE {schema}.markers SET until = 8 WHERE user_id = $1", ANN
    )


async def a_day_miscounted(scene: Scene) -> None:
    statement = "UPDATE {schema}.user_days SET lost = 7 WHERE user_id = $1 AND measure = 'posts'"
    await _execute(scene, "analytics", statement, ANN)


async def a_tie_lost(scene: Scene) -> None:
    statement = "DELETE FROM {schema}.ties WHERE kind = 'like' AND actor = $1"
    await _execute(scene, "analytics", statement, ANN)


async def a_person_renamed(scene: Scene) -> None:
    statement = "UPDATE {schema}.people SET username = 'anne' WHERE user_id = $1"
    await _execute(scene, "analytics", statement, ANN)


FAULTS = (
    Fault("graph", a_follow_lost, "missing", f"{BEN} follows {ANN}"),
    Fault("graph", followers_miscounted, "differs", f"counts {ANN}"),
    Fault("graph", a_mute_that_nobody_made, "surplus", f"{ANN} mutes {BEN}"),
    Fault("graph", a_request_of_another_event, "differs", f"{CAT} requests {BEN}"),
    Fault("graph", a_block_lost, "missing", f"{ANN} blocks {CAT}"),
    Fault("lists", a_list_renamed, "differs", f"list {LIST}"),
    Fault("lists", a_deleted_list_that_has_its_name, "differs", f"list {ENDED}"),
    Fault("lists", a_member_lost, "missing", f"member {BEN} of {LIST}"),
    Fault("lists", a_listing_too_many, "surplus", f"listed {CAT}"),
    Fault("lists", a_follower_of_a_list_lost, "missing", f"follow of {LIST} by {CAT}"),
    Fault("lists", followers_of_a_list_miscounted, "differs", f"list {LIST}"),
    Fault("lists", a_pin_of_another, "surplus", f"pin of {LIST} by {BEN}"),
    Fault("notices", a_group_miscounted, "differs", f"group retweet of {KESTREL}"),
    Fault("notices", a_mention_lost, "missing", f"said to {ANN} in {ANSWER}"),
    Fault("notices", a_notice_that_nobody_caused, "surplus", f"follow to {CAT} by {ANN}"),
    Fault("notices", a_marker_too_far, "differs", f"read by {ANN}"),
    Fault("analytics", a_day_miscounted, "differs", f"posts of user {ANN} on "),
    Fault("analytics", a_tie_lost, "missing", f"like by {ANN} of {ANSWER}"),
    Fault("analytics", a_person_renamed, "differs", f"person {ANN}"),
)
