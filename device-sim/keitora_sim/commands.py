"""`keitora replay` and `keitora sim`."""

from keitora_sim.demo import command as demo_command
from keitora_sim.replay import command as replay_command


def replay(argv: list[str]) -> int:
    """Send recordings of real drives as a logger would."""
    return replay_command.run(argv, replay.__doc__ or "")


def sim(argv: list[str]) -> int:
    """Register and drive the simulated demo fleet."""
    return demo_command.main(argv, sim.__doc__ or "")
