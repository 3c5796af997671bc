"""Which topics of the brokers a view is fed from."""

from events.places import real_topic
from events.topic_generations import TopicGenerations
from projections.view import View


def subscription(view: View, generation: int, at: TopicGenerations) -> frozenset[str]:
    """Of a generation of the view."""
    return frozenset(
        real_topic(topic.name, at.read_by(view.name, generation, topic.name))
        for topic in view.topics
    )
