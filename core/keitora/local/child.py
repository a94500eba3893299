"""Become another program that ends when its parent ends.

Run as a script, in a process of its own: `child.py PARENT_PID SIGNAL UID:GID PROGRAM ARGUMENT…`. Linux sends the signal
when the parent dies, even by SIGKILL, so nothing is orphaned. A change of user forgets that wish, hence this order.
Only the standard library's cheapest modules: it starts in ten milliseconds.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Change user (unless UID:GID is "-"), tie our life to the parent's, and become the program."""
    parent, signal_number, owner, program = int(arguments[0]), int(arguments[1]), arguments[2], arguments[3]
    if owner != "-":
        uid, gid = (int(number) for number in owner.split(":"))
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal_number)
    # It may have died before the wish was made.
    if os.getppid() != parent:
        sys.exit(1)
    os.execvp(program, arguments[3:])  # noqa: S606 -- no shell is the point


if __name__ == "__main__":
    main(sys.argv[1:])
