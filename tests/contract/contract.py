"""What one view has to hold to: however its batches come, it ends as if each had come once."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from tests.contract.script import Script
from tests.contract.stage import Stage
from tests.contract.subjects import Subject
from tests.contract.trial import Outcome, Trial, trial


class Contract:
    def __init__(self, subject: Subject, stage: Stage, script: Script, expected: Outcome) -> None:
        self._subject = subject
        self._stage = stage
        self._script = script
        self._expected = expected
        self.bootstrap = stage.servers.kafka

    def trial(self) -> AbstractAsyncContextManager[Trial]:
        return trial(self._subject, self._stage, self._script)

    @asynccontextmanager
    async def kept(self, how: str) -> AsyncIterator[Trial]:
        """A trial whose outcome must be the one without faults; `how` names this schedule."""
        async with self.trial() as on_trial:
            yield on_trial
            outcome = await on_trial.outcome()
            assert outcome == self._expected, how


async def contract(subject: Subject, stage: Stage) -> Contract:
    script = stage.script(late=subject.late)
    async with trial(subject, stage, script) as calm:
        for batch in calm.batches:
            await calm.look()
            await calm.take_over(batch)
        expected = await calm.outcome()
    assert expected.checkpoints == script.ends(calm.batches)
    return Contract(subject, stage, script, expected)
