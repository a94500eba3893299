"""`keitora replay` and `keitora sim`."""

from keitora_sim.demo import command as demo_command
from keitora_sim.replay import command as replay_command
from keitora_sim.score import command as score_command


def replay(argv: list[str]) -> int:
    """Send recordings of real drives as a logger would."""
    return replay_command.run(argv, replay.__doc__ or "")


def sim(argv: list[str]) -> int:
    """Simulate trucks: the demo fleet, scenarios, and load."""
    return demo_command.main(argv, sim.__doc__ or "")


def score(argv: list[str]) -> int:
    """Hold what the server derived against the truth of a simulated run."""
    return score_command.main(argv, score.__doc__ or "")
